//! What the dialects differ in: the specifications to the letter, and Auth0.

use mock_idp::{Client, ClientAuthMethod, Dialect, Endpoint, GrantType, IssuerConfig, PlainChallenge, Policy};
use reqwest::Method;
use serde_json::{Value, json};

use crate::lab::{Answer, CLIENT, Lab, SECRET, VERIFIER, WITH_PKCE, text};
use crate::token_claims::claims;

fn auth0() -> Dialect {
    "auth0".parse().expect("it is built in")
}

async fn lab(dialect: Dialect) -> Lab {
    with(dialect, Client::default()).await
}

async fn with(dialect: Dialect, client: Client) -> Lab {
    let policy = Policy::of(dialect);
    Lab::with(IssuerConfig { policy, clients: vec![client], ..IssuerConfig::default() }).await
}

async fn metadata(lab: &Lab) -> Value {
    lab.get(&lab.issuer.url(Endpoint::Discovery)).await.json()
}

#[tokio::test]
async fn updated_at_is_a_number_and_text_at_auth0() {
    for (dialect, expected) in [(Dialect::PLAIN, json!(1_735_689_600)), (auth0(), json!("2025-01-01T00:00:00.000Z"))] {
        let lab = lab(dialect).await;
        let tokens = lab.tokens(&[]).await;
        let userinfo = lab.call(Endpoint::Userinfo, text(&tokens, "access_token")).await.json();
        assert_eq!(userinfo["updated_at"], expected);
        assert_eq!(claims(text(&tokens, "id_token"))["updated_at"], expected);
    }
}

#[tokio::test]
async fn the_scope_profile_has_fewer_claims_at_auth0() {
    for (dialect, expected) in [(Dialect::PLAIN, Some(&json!("alice"))), (auth0(), None)] {
        let tokens = lab(dialect).await.tokens(&[("scope", "openid profile")]).await;
        let claims = claims(text(&tokens, "id_token"));
        assert_eq!(claims.get("preferred_username"), expected);
        assert_eq!(claims["nickname"], "alice");
    }
}

#[tokio::test]
async fn a_refused_grant_is_status_400_and_403_at_auth0() {
    for (dialect, status) in [(Dialect::PLAIN, 400), (auth0(), 403)] {
        let lab = lab(dialect).await;
        for answer in [lab.redeem("never-issued", &[]).await, lab.refresh("never-issued", &[]).await] {
            assert_eq!((answer.status, answer.error().as_str()), (status, "invalid_grant"));
        }
        let lab = with(dialect, Client { grant_types: vec![GrantType::AuthorizationCode], ..Client::default() }).await;
        let answer = lab.refresh("any", &[]).await;
        assert_eq!((answer.status, answer.error().as_str()), (status, "unauthorized_client"));
    }
}

#[tokio::test]
async fn a_client_that_fails_to_authenticate_is_challenged_though_not_always_at_auth0() {
    for (dialect, challenged) in [(Dialect::PLAIN, true), (auth0(), false)] {
        let lab = lab(dialect).await;
        let in_body = lab.redeem("any", &[("client_secret", "guess")]).await;
        assert_eq!((in_body.status, in_body.error().as_str()), (401, "invalid_client"));
        assert_eq!(in_body.header("www-authenticate").is_some(), challenged);
        let form = [("grant_type", "refresh_token"), ("refresh_token", "any")];
        let in_header = Answer::of(lab.token_request().basic_auth(CLIENT, Some("guess")).form(&form)).await;
        assert_eq!(in_header.status, 401);
        assert!(in_header.header("www-authenticate").is_some_and(|challenge| challenge.starts_with("Basic ")));
    }
}

#[tokio::test]
async fn a_request_whose_scopes_are_all_unknown_is_refused_but_not_at_auth0() {
    let request = [("scope", "unknown"), ("audience", "")];
    let answer = lab(Dialect::PLAIN).await.authorize(&request).await;
    assert_eq!(answer.parameter("error").as_deref(), Some("invalid_scope"));
    assert_eq!(answer.parameter("state").as_deref(), Some("state-1"));
    let tokens = lab(auth0()).await.tokens(&request).await;
    assert_eq!(tokens.get("scope"), None);
}

#[tokio::test]
async fn offline_access_needs_no_api_but_at_auth0_one_that_allows_it() {
    for (dialect, granted) in [(Dialect::PLAIN, true), (auth0(), false)] {
        let policy = Policy::of(dialect);
        let lab = Lab::with(IssuerConfig { policy, apis: Vec::new(), ..IssuerConfig::default() }).await;
        let tokens = lab.tokens(&[("scope", "openid offline_access"), ("audience", "")]).await;
        assert_eq!(tokens.get("refresh_token").is_some(), granted);
    }
}

#[tokio::test]
async fn access_tokens_can_be_revoked_but_not_at_auth0() {
    for (dialect, status) in [(Dialect::PLAIN, 401), (auth0(), 200)] {
        let lab = lab(dialect).await;
        lab.issuer.register_client(Client { client_id: "other".into(), ..Client::default() });
        let revoke = async |client_id: &str, token: &str| {
            let form = [("client_id", client_id), ("client_secret", SECRET), ("token", token)];
            Answer::of(lab.request(Method::POST, &lab.issuer.url(Endpoint::Revoke)).form(&form)).await.status
        };
        for of_refresh_token in [false, true] {
            let tokens = lab.tokens(&[]).await;
            let access_token = text(&tokens, "access_token");
            let token = text(&tokens, if of_refresh_token { "refresh_token" } else { "access_token" });
            let others = revoke("other", token).await;
            assert_eq!(others == 200, dialect == auth0() && !of_refresh_token, "another client's: {others}");
            assert_eq!(lab.call(Endpoint::Api, access_token).await.status, 200);
            assert_eq!(revoke(CLIENT, token).await, 200);
            assert_eq!(lab.call(Endpoint::Api, access_token).await.status, status);
        }
    }
}

#[tokio::test]
async fn the_metadata_announce_what_is_accepted_and_more_at_auth0() {
    for (dialect, plain_challenge, methods) in [
        (Dialect::PLAIN, PlainChallenge::Refused, json!(["S256"])),
        (Dialect::PLAIN, PlainChallenge::Accepted, json!(["S256", "plain"])),
        (auth0(), PlainChallenge::Refused, json!(["S256", "plain"])),
    ] {
        let lab = lab(dialect).await;
        lab.issuer.set_policy(Policy { plain_challenge, ..Policy::of(dialect) });
        let metadata = metadata(&lab).await;
        assert_eq!(metadata["code_challenge_methods_supported"], methods);
        let authentication = metadata.get("revocation_endpoint_auth_methods_supported");
        let expected = (dialect == Dialect::PLAIN).then_some(&metadata["token_endpoint_auth_methods_supported"]);
        assert_eq!(authentication, expected);
    }
}

#[tokio::test]
async fn every_claim_of_an_id_token_and_of_userinfo_is_announced_but_not_at_auth0() {
    for dialect in [Dialect::PLAIN, auth0()] {
        let lab = lab(dialect).await;
        let tokens = lab.tokens(&[]).await;
        let userinfo = lab.call(Endpoint::Userinfo, text(&tokens, "access_token")).await.json();
        let announced = metadata(&lab).await["claims_supported"].clone();
        let sent = [claims(text(&tokens, "id_token")), userinfo];
        let mut sent = sent.iter().filter_map(Value::as_object).flat_map(|claims| claims.keys());
        let unannounced = sent.find(|claim| !announced.as_array().expect("a list").contains(&json!(claim)));
        assert_eq!(unannounced.is_none(), dialect == Dialect::PLAIN, "{unannounced:?}");
    }
}

#[tokio::test]
async fn what_is_announced_for_the_token_endpoint_is_accepted() {
    for method in ClientAuthMethod::ALL {
        let secret = (method != ClientAuthMethod::None).then(|| SECRET.to_owned());
        let client = Client { token_endpoint_auth_method: method, client_secret: secret.clone(), ..Client::default() };
        let lab = with(Dialect::PLAIN, client).await;
        let announced = metadata(&lab).await["token_endpoint_auth_methods_supported"].clone();
        assert!(announced.as_array().expect("a list").contains(&json!(method.as_str())), "{method}");
        let code = lab.code(&WITH_PKCE).await;
        let verifier = ("code_verifier", VERIFIER);
        let changes: &[_] = match method {
            ClientAuthMethod::ClientSecretPost => &[verifier],
            ClientAuthMethod::ClientSecretBasic | ClientAuthMethod::None => &[verifier, ("client_secret", "")],
        };
        let mut request = lab.token_request().form(&crate::lab::redemption(&code, changes));
        if method == ClientAuthMethod::ClientSecretBasic {
            request = request.basic_auth(CLIENT, secret);
        }
        assert_eq!(Answer::of(request).await.status, 200, "{method}");
    }
}
