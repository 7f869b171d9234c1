//! An issuer with the paths and the tokens of Keycloak.

use mock_idp::{Dialect, Endpoint, IssuerConfig, MockIdp};

use crate::lab::{Lab, text};
use crate::token_claims::claims;

fn config() -> IssuerConfig {
    let keycloak = Dialect::named("keycloak").expect("it is built in");
    IssuerConfig { paths: keycloak.paths(), ..IssuerConfig::default() }
}

/// One at its own host, and one beside another issuer.
async fn labs() -> [Lab; 2] {
    let [own, host] = [Lab::with(config()).await, Lab::start().await];
    [own, host.beside(config())]
}

#[tokio::test]
async fn everything_is_where_keycloak_has_it() {
    for lab in labs().await {
        let issuer = lab.issuer.identifier();
        assert!(issuer.ends_with("/realms/quintain"), "{issuer}");
        let metadata = lab.get(&format!("{issuer}/.well-known/openid-configuration")).await.json();
        assert_eq!(metadata["issuer"], issuer);
        for (member, path) in [
            ("authorization_endpoint", "auth"),
            ("token_endpoint", "token"),
            ("userinfo_endpoint", "userinfo"),
            ("jwks_uri", "certs"),
            ("revocation_endpoint", "revoke"),
            ("end_session_endpoint", "logout"),
        ] {
            assert_eq!(metadata[member], format!("{issuer}/protocol/openid-connect/{path}"));
        }
        let tokens = lab.tokens(&[]).await;
        assert_eq!(lab.call(Endpoint::Api, text(&tokens, "access_token")).await.status, 200);
        assert_eq!(lab.call(Endpoint::Userinfo, text(&tokens, "access_token")).await.status, 200);
    }
}

#[tokio::test]
async fn metadata_are_at_both_places_where_an_issuer_with_a_path_may_have_them() {
    for lab in labs().await {
        let issuer = lab.issuer.identifier();
        let path = url::Url::parse(issuer).expect("a URL").path().to_owned();
        let host = issuer.strip_suffix(&path).expect("it ends in its path");
        for name in ["openid-configuration", "oauth-authorization-server"] {
            let appended = lab.get(&format!("{issuer}/.well-known/{name}")).await.json();
            let inserted = lab.get(&format!("{host}/.well-known/{name}{path}")).await.json();
            assert_eq!((&appended["issuer"], &inserted), (&issuer.into(), &appended));
        }
    }
}

#[tokio::test]
async fn nothing_is_at_the_paths_of_others() {
    let lab = Lab::with(config()).await;
    let host = format!("http://{}", lab.idp.address());
    for path in ["/authorize", "/oauth/token", "/api", "/.well-known/openid-configuration", "/realms/other"] {
        assert_eq!(lab.get(&format!("{host}{path}")).await.status, 404, "{path}");
    }
    assert_eq!(lab.get(&format!("{}authorize", lab.issuer.base_url())).await.status, 404);
    for page in ["/", "/realms/quintain", "/realms/quintain/"] {
        assert_eq!(lab.get(&format!("{host}{page}")).await.status, 200, "{page}");
    }
    let plain = Lab::at(MockIdp::start().await.expect("a free port"));
    let elsewhere = format!("{}.well-known/openid-configuration/realms/quintain", plain.issuer.base_url());
    assert_eq!(plain.get(&elsewhere).await.status, 404);
}

#[tokio::test]
async fn every_token_says_what_it_is_and_can_be_read_with_and_without_an_audience() {
    let lab = Lab::with(config()).await;
    for audience in ["https://api.example/", ""] {
        let tokens = lab.tokens(&[("audience", audience)]).await;
        let access_token = claims(text(&tokens, "access_token"));
        assert_eq!(access_token["typ"], "Bearer");
        assert_eq!(access_token["azp"], "demo-client");
        assert_eq!(access_token["iss"], lab.issuer.identifier());
        assert_eq!(access_token["realm_access"]["roles"][0], "user");
        assert_eq!(access_token["preferred_username"], "alice");
        let id_token = claims(text(&tokens, "id_token"));
        assert_eq!(id_token["typ"], "ID");
        assert_eq!(id_token["sid"], access_token["sid"]);
        let refresh_token = text(&tokens, "refresh_token");
        assert_eq!(claims(refresh_token)["typ"], "Refresh");
        let refreshed = lab.refresh(refresh_token, &[]).await.json();
        assert_ne!(refreshed["refresh_token"], *refresh_token);
        assert_eq!(claims(text(&refreshed, "access_token"))["sub"], access_token["sub"]);
    }
}
