//! Metadata and keys (OpenID Connect Discovery; RFC 8414; RFC 7517).

use insta::Settings;
use mock_idp::{Endpoint, GrantType, IssuerConfig, IssuerParameter, Policy};

use crate::lab::Lab;

/// Snapshots without what differs from run to run.
pub(crate) fn stable(lab: &Lab) -> Settings {
    let mut settings = Settings::clone_current();
    settings.add_filter(&lab.idp.address().to_string().replace('.', r"\."), "[address]");
    settings
}

#[tokio::test]
async fn the_metadata_read_like_this() {
    let lab = Lab::start().await;
    let answer = lab.get(&lab.issuer.url(Endpoint::Discovery)).await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    stable(&lab).bind(|| insta::assert_json_snapshot!(answer.json()));
}

/// RFC 9728 §3.1 puts the path of the resource behind the well-known one; §3.3: the client compares `resource` with its URL.
#[tokio::test]
async fn the_api_says_which_authorization_server_it_trusts() {
    let lab = Lab::start().await;
    let origin = format!("http://{}", lab.idp.address());
    let added = lab.idp.add_issuer(IssuerConfig::default());
    for issuer in [&lab.issuer, &added] {
        let api = issuer.url(Endpoint::Api);
        let metadata = api.replace(&origin, &format!("{origin}/.well-known/oauth-protected-resource"));
        let found = lab.get(&metadata).await.json();
        assert_eq!(found["resource"], api);
        assert_eq!(found["authorization_servers"], serde_json::json!([issuer.identifier()]));
        assert_eq!(
            lab.get(&format!("{metadata}/appointments")).await.json()["resource"],
            format!("{api}/appointments")
        );
        assert_eq!(lab.get(&metadata.replace("/api", "/token")).await.status, 404);
    }
}

#[tokio::test]
async fn the_key_set_reads_like_this() {
    let lab = Lab::start().await;
    let keys = lab.get(&lab.issuer.url(Endpoint::Jwks)).await.json();
    let mut settings = stable(&lab);
    settings.add_filter("[A-Za-z0-9_+/=-]{300,}", "[long]");
    settings.bind(|| insta::assert_json_snapshot!(keys));
}

#[tokio::test]
async fn the_certificate_is_the_one_of_the_key_that_signs() {
    let lab = Lab::start().await;
    for _ in 0..4 {
        let pem = lab.get(&lab.issuer.url(Endpoint::Certificate)).await;
        assert_eq!(pem.header("content-type"), Some("application/x-pem-file"));
        let base64: String = pem.body.lines().filter(|line| !line.starts_with("-----")).collect();
        let keys = lab.get(&lab.issuer.url(Endpoint::Jwks)).await.json();
        let current = keys["keys"].as_array().into_iter().flatten().find(|key| key["kid"] == lab.issuer.key_id());
        assert_eq!(current.expect("the current key is published")["x5c"][0], base64);
        lab.issuer.rotate_keys();
    }
}

#[tokio::test]
async fn what_follows_a_tilde_in_the_path_of_an_endpoint_is_not_looked_at() {
    let lab = Lab::with_client(|client| client.grant_types.push(GrantType::DeviceCode)).await;
    for endpoint in Endpoint::ALL {
        let url = format!("{}/~9f3c/anything", lab.issuer.url(endpoint));
        assert_ne!(lab.get(&url).await.status, 404, "{url}");
        assert_eq!(lab.issuer.journal().entries().last().map(|entry| entry.endpoint), Some(endpoint));
    }
}

#[tokio::test]
async fn every_endpoint_of_the_metadata_exists() {
    let lab = Lab::start().await;
    let metadata = lab.get(&lab.issuer.url(Endpoint::Discovery)).await.json();
    for (name, value) in metadata.as_object().expect("an object") {
        if name.ends_with("_endpoint") || name == "jwks_uri" {
            assert_ne!(lab.get(value.as_str().expect("a URL")).await.status, 404, "{name}");
        }
    }
}

#[tokio::test]
async fn the_metadata_can_be_found_in_three_places() {
    let first = Lab::start().await;
    let other = first.beside(IssuerConfig::default());
    let origin = first.issuer.identifier();
    let path = other.issuer.identifier().strip_prefix(origin).expect("the same origin").trim_end_matches('/');
    for url in [
        format!("{origin}{path}/.well-known/openid-configuration"),
        format!("{origin}{path}/.well-known/oauth-authorization-server"),
        format!("{origin}.well-known/oauth-authorization-server/{path}"),
        format!("{origin}.well-known/openid-configuration/{path}"),
    ] {
        assert_eq!(other.get(&url).await.json()["issuer"], other.issuer.identifier(), "{url}");
    }
}

#[tokio::test]
async fn an_issuer_that_identifies_itself_says_so_in_the_metadata() {
    let policy = Policy { issuer_parameter: IssuerParameter::Advertised, ..Policy::default() };
    let lab = Lab::with(IssuerConfig { policy, ..IssuerConfig::default() }).await;
    let metadata = lab.get(&lab.issuer.url(Endpoint::Discovery)).await.json();
    assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);
}

#[tokio::test]
async fn keys_are_published_before_they_sign_and_after() {
    let lab = Lab::start().await;
    let kids = async || {
        let keys = lab.get(&lab.issuer.url(Endpoint::Jwks)).await.json();
        keys["keys"].as_array().expect("keys").iter().map(|key| key["kid"].clone()).collect::<Vec<_>>()
    };
    let before = kids().await;
    lab.issuer.rotate_keys();
    let after = kids().await;
    assert_eq!(before.len(), 2);
    assert_eq!(after, [before[1].clone(), after[1].clone(), before[0].clone()]);
}
