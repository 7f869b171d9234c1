//! Providers that are imitated: what their files say is on the wire.

use mock_idp::{Dialect, Endpoint, IssuerConfig, Policy};
use reqwest::Method;
use serde_json::{Value, json};

use crate::lab::{Answer, CLIENT, Lab, REDIRECT_URI, SECRET, redemption, text};
use crate::token_claims::claims;

async fn lab(dialect: &str) -> Lab {
    of(dialect.parse().expect("it is built in")).await
}

async fn of(dialect: Dialect) -> Lab {
    Lab::with(IssuerConfig { policy: Policy::of(dialect), paths: dialect.paths(), ..IssuerConfig::default() }).await
}

#[tokio::test]
async fn every_dialect_of_openid_connect_answers_a_whole_session() {
    for dialect in Dialect::built_in().filter(|dialect| dialect.speaks_openid_connect()) {
        let lab = of(dialect).await;
        let issuer = lab.issuer.identifier();
        let well_known = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let metadata = lab.get(&well_known).await.json();
        let (in_metadata, in_tokens) = match dialect.name() {
            "entra-common" => {
                let of = |tenant: &str| format!("{}{tenant}/v2.0", lab.issuer.base_url());
                (of("{tenantid}"), of("9122040d-6c67-4c5b-b112-36a304b66dad"))
            }
            _ => (issuer.to_owned(), issuer.to_owned()),
        };
        assert_eq!(metadata["issuer"], in_metadata, "{dialect}");
        assert_eq!(metadata["token_endpoint"], lab.issuer.url(Endpoint::Token), "{dialect}");
        let tokens = lab.tokens(&[("access_type", "offline")]).await;
        assert_eq!(claims(text(&tokens, "id_token"))["iss"], in_tokens, "{dialect}");
        let access_token = text(&tokens, "access_token");
        assert_eq!(lab.call(Endpoint::Api, access_token).await.status, 200, "{dialect}");
        let userinfo = lab.call(Endpoint::Userinfo, access_token).await.json();
        assert_eq!(userinfo["sub"], "auth0|alice", "{dialect}");
        if let Some(refresh_token) = tokens["refresh_token"].as_str() {
            let refreshed = lab.refresh(refresh_token, &[]).await;
            assert_eq!(refreshed.status, 200, "{dialect}");
            assert_ne!(refreshed.json()["access_token"], *access_token, "{dialect}");
        }
        for path in ["", "_mock/policy"] {
            let url = format!("{}{path}", lab.issuer.base_url());
            assert_eq!(lab.get(&url).await.status, 200, "{dialect}: {url}");
        }
    }
}

#[tokio::test]
async fn a_refused_code_and_a_refused_client_are_worded_as_the_provider_does() {
    for (dialect, code, client) in [
        ("keycloak", (400, json!("invalid_grant")), (401, json!("invalid_client"))),
        ("cognito", (400, json!("invalid_grant")), (400, json!("invalid_client"))),
        ("apple", (400, json!("invalid_grant")), (400, json!("invalid_client"))),
        ("authentik", (400, json!("invalid_grant")), (400, json!("invalid_client"))),
        ("slack", (200, json!("invalid_code")), (200, json!("invalid_client"))),
        ("twitch", (400, Value::Null), (401, Value::Null)),
    ] {
        let lab = lab(dialect).await;
        let refused = lab.redeem("never-issued", &[]).await;
        assert_eq!((refused.status, &refused.json()["error"]), (code.0, &code.1), "{dialect}");
        let refused = lab.redeem("never-issued", &[("client_secret", "guess")]).await;
        assert_eq!((refused.status, &refused.json()["error"]), (client.0, &client.1), "{dialect}");
    }
    let keycloak = lab("keycloak").await.redeem("never-issued", &[]).await.json();
    assert_eq!(keycloak["error_description"], "Code not valid");
    let cognito = lab("cognito").await.redeem("never-issued", &[]).await;
    assert_eq!(cognito.json(), json!({ "error": "invalid_grant" }));
    let entra = lab("entra").await.redeem("never-issued", &[]).await.json();
    assert_eq!(entra["error_codes"], json!([70008]));
    assert!(text(&entra, "error_description").starts_with("AADSTS70008: Invalid authorization code\r\n"));
    let slack = lab("slack").await.redeem("never-issued", &[]).await.json();
    assert_eq!(slack, json!({ "ok": false, "error": "invalid_code" }));
    let facebook = lab("facebook").await.redeem("never-issued", &[]).await.json();
    assert_eq!(facebook["error"]["type"], "OAuthException");
    let okta = lab("okta").await.call(Endpoint::Userinfo, "never-issued").await;
    assert_eq!((okta.status, okta.body.as_str()), (401, ""));
    assert!(okta.header("www-authenticate").is_some_and(|challenge| challenge.contains("authorization_uri")));
    let gitlab = lab("gitlab").await.redeem("never-issued", &[]).await;
    assert_eq!(gitlab.header("www-authenticate"), Some("Bearer realm=\"Doorkeeper\""));
}

#[tokio::test]
async fn token_responses_have_the_members_of_the_provider() {
    let tokens = async |dialect| lab(dialect).await.tokens(&[]).await;
    let keycloak = tokens("keycloak").await;
    assert_eq!((&keycloak["not-before-policy"], &keycloak["expires_in"]), (&json!(0), &json!(300)));
    assert_eq!(tokens("salesforce").await.get("expires_in"), None);
    let twitch = tokens("twitch").await;
    assert_eq!((&twitch["scope"][0], &twitch["token_type"]), (&json!("openid"), &json!("bearer")));
    assert_eq!(tokens("slack").await["ok"], true);
    let okta = claims(text(&tokens("okta").await, "access_token"));
    assert_eq!((&okta["scp"][0], okta.get("scope")), (&json!("openid"), None));
    let apple = claims(text(&tokens("apple").await, "id_token"));
    assert_eq!((&apple["email_verified"], apple.get("name")), (&json!("true"), None));
    assert_eq!(claims(text(&tokens("linkedin").await, "id_token")).get("nonce"), None);
}

#[tokio::test]
async fn refresh_tokens_are_given_and_replaced_as_at_the_provider() {
    let google = lab("google").await;
    assert_eq!(google.tokens(&[]).await.get("refresh_token"), None);
    assert!(google.tokens(&[("access_type", "offline")]).await["refresh_token"].is_string());
    let cognito = lab("cognito").await;
    let tokens = cognito.tokens(&[("scope", "openid")]).await;
    let refreshed = cognito.refresh(text(&tokens, "refresh_token"), &[]).await.json();
    assert_eq!(refreshed.get("refresh_token"), None);
    let entra = lab("entra").await;
    let tokens = entra.tokens(&[]).await;
    let first = text(&tokens, "refresh_token");
    let second = entra.refresh(first, &[]).await.json();
    assert_ne!(text(&second, "refresh_token"), first);
    for refresh_token in [first, text(&second, "refresh_token")] {
        assert_eq!(entra.refresh(refresh_token, &[]).await.status, 200);
    }
}

#[tokio::test]
async fn github_writes_a_form_unless_it_is_asked_for_json_and_errors_under_status_200() {
    let lab = lab("github").await;
    let issuer = lab.issuer.identifier().to_owned();
    assert_eq!(lab.get(&format!("{issuer}.well-known/openid-configuration")).await.status, 404);
    let code = lab.code(&[("scope", "profile read:contacts")]).await;
    let form = lab.redeem(&code, &[]).await;
    assert_eq!(form.header("content-type"), Some("application/x-www-form-urlencoded; charset=utf-8"));
    let pairs: Vec<_> = url::form_urlencoded::parse(form.body.as_bytes()).into_owned().collect();
    let value = |name: &str| pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    assert_eq!((value("scope"), value("token_type")), (Some("profile,read:contacts"), Some("bearer")));
    assert_eq!((value("id_token"), value("expires_in"), value("refresh_token")), (None, None, None));
    let user = lab.call(Endpoint::Userinfo, value("access_token").expect("a token")).await.json();
    assert_eq!((&user["login"], &user["email"]), (&json!("auth0|alice"), &Value::Null));
    let request = lab.token_request().header("accept", "application/json").form(&redemption("never-issued", &[]));
    let refused = Answer::of(request).await;
    assert_eq!((refused.status, refused.json()["error"].clone()), (200, json!("bad_verification_code")));
}

#[tokio::test]
async fn a_denial_has_the_names_that_the_provider_gives_it() {
    for (dialect, name, value) in
        [("facebook", "error_code", "access_denied"), ("linkedin", "error", "user_cancelled_authorize")]
    {
        let lab = lab(dialect).await;
        let form = [
            ("client_id", CLIENT),
            ("redirect_uri", REDIRECT_URI),
            ("response_type", "code"),
            ("scope", "profile"),
            ("mock_idp_decision", "deny"),
        ];
        let page = lab.request(Method::POST, &lab.issuer.url(Endpoint::Authorize)).form(&form);
        assert_eq!(Answer::of(page).await.parameter(name).as_deref(), Some(value), "{dialect}");
    }
}

#[tokio::test]
async fn a_dialect_of_the_control_api_brings_its_policy_along() {
    let lab = Lab::start().await;
    let url = format!("{}_mock/policy", lab.issuer.base_url());
    let change = async |patch: Value| {
        let request = lab.request(Method::POST, &url).json(&patch);
        Answer::of(request).await
    };
    let policy = change(json!({ "dialect": "authentik", "code-lifetime": 30 })).await.json();
    assert_eq!((&policy["access-token-lifetime"], &policy["code-lifetime"]), (&json!(3600), &json!(30)));
    let policy = change(json!({ "dialect": "plain" })).await.json();
    assert_eq!(policy["access-token-lifetime"], Value::Null);
    let refused = change(json!({ "dialect": "authentick" })).await;
    assert_eq!(refused.status, 400);
    assert!(refused.body.contains("`authentik`"), "{}", refused.body);
}

#[tokio::test]
async fn a_dialect_of_ones_own_is_read_from_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ours.toml");
    let text = "title = \"Ours\"\nbase = \"keycloak\"\n[[fact]]\nerror.invalid_grant = { description = \"Nope\" }\n";
    std::fs::write(&file, text).expect("it is written");
    let lab = of(Dialect::read(&file).expect("a dialect")).await;
    assert!(lab.issuer.identifier().ends_with("/realms/quintain"));
    let refused = lab.redeem("never-issued", &[("client_secret", SECRET)]).await.json();
    assert_eq!(refused["error_description"], "Nope");
}
