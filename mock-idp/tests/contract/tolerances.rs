//! What a lax issuer lets pass, each by a separate switch: refused by default, accepted and noted with the switch.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mock_idp::{Endpoint, IssuerConfig, Note, Policy, Tolerance};
use rsa::sha2::{Digest as _, Sha256};

use crate::lab::{Answer, CLIENT, Lab, SECRET, redemption, text};

/// An issuer on which this is accepted.
async fn lax(accept: fn(&mut Policy)) -> Lab {
    let mut policy = Policy::default();
    accept(&mut policy);
    Lab::with(IssuerConfig { policy, ..IssuerConfig::default() }).await
}

fn noted(lab: &Lab, note: Note) -> bool {
    lab.issuer.journal().entries().iter().any(|entry| entry.notes.contains(&note))
}

/// A code, or the error, for a request with this at the end of its query.
async fn authorized(lab: &Lab, changes: &[(&str, &str)], further: &str) -> Result<String, String> {
    let answer = lab.get(&format!("{}{further}", lab.authorization_url(changes))).await;
    if answer.status >= 400 {
        return Err("a page".to_owned());
    }
    answer.parameter("code").ok_or_else(|| answer.parameter("error").unwrap_or_default())
}

fn s256(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

#[tokio::test]
async fn repeated_parameter_of_an_authorization_request() {
    for further in ["&scope=openid", "&state=state-2"] {
        let strict = Lab::start().await;
        assert!(authorized(&strict, &[], further).await.is_err(), "{further}");
        let lax = lax(|policy| policy.repeated_parameters = Tolerance::Accepted).await;
        let code = authorized(&lax, &[], further).await.expect("the first one counts");
        assert!(noted(&lax, Note::ParameterRepeated));
        assert_eq!(lax.redeem(&code, &[]).await.status, 200);
    }
}

#[tokio::test]
async fn more_than_a_code() {
    let hybrid = [("response_type", "code id_token")];
    let strict = Lab::start().await;
    assert_eq!(authorized(&strict, &hybrid, "").await, Err("unsupported_response_type".to_owned()));
    let lax = lax(|policy| policy.further_response_types = Tolerance::Accepted).await;
    assert!(authorized(&lax, &hybrid, "").await.is_ok());
    assert!(noted(&lax, Note::ResponseTypeUnsupported));
    assert!(authorized(&lax, &[("response_type", "token")], "").await.is_err(), "there is no code in it");
}

#[tokio::test]
async fn authorization_request_without_openid() {
    let without = [("scope", "profile")];
    let strict = Lab::start().await;
    let code = authorized(&strict, &without, "").await.expect("plain OAuth");
    assert!(strict.redeem(&code, &[]).await.json().get("id_token").is_none());
    let lax = lax(|policy| policy.missing_openid = Tolerance::Accepted).await;
    let code = authorized(&lax, &without, "").await.expect("a code");
    let tokens = lax.redeem(&code, &[]).await.json();
    assert!(tokens.get("id_token").is_some() && noted(&lax, Note::OpenidMissing));
    assert_eq!(lax.call(Endpoint::Userinfo, text(&tokens, "access_token")).await.status, 200);
}

#[tokio::test]
async fn padded_challenge_and_short_verifier() {
    let verifier = "a-verifier-of-43-characters-as-it-has-to-be";
    let challenge = s256(verifier);
    let padded = [("code_challenge", &*format!("{challenge}=")), ("code_challenge_method", "S256")];
    let strict = Lab::start().await;
    assert_eq!(authorized(&strict, &padded, "").await, Err("invalid_request".to_owned()));
    let lax = lax(|policy| policy.malformed_pkce = Tolerance::Accepted).await;
    let code = authorized(&lax, &padded, "").await.expect("a code");
    assert!(noted(&lax, Note::PkceMalformed));
    assert_eq!(
        lax.redeem(&code, &[("code_verifier", "another-verifier-of-43-characters-and-a-few")]).await.status,
        400
    );
    assert_eq!(lax.redeem(&code, &[("code_verifier", verifier)]).await.status, 200);

    let short = [("code_challenge", &*s256("short")), ("code_challenge_method", "S256")];
    for (lab, status) in [(strict, 400), (lax, 200)] {
        let code = authorized(&lab, &short, "").await.expect("the challenge is right");
        assert_eq!(lab.redeem(&code, &[("code_verifier", "shirt")]).await.status, 400);
        assert_eq!(lab.redeem(&code, &[("code_verifier", "short")]).await.status, status);
    }
}

#[tokio::test]
async fn two_client_authentications_at_once() {
    let strict = Lab::start().await;
    let lax = lax(|policy| {
        policy.double_authentication = Tolerance::Accepted;
        policy.client_authentication = mock_idp::ClientAuthentication::Lenient;
    })
    .await;
    for (lab, status) in [(strict, 400), (lax.clone(), 200)] {
        let code = lab.code(&[]).await;
        let request = lab.token_request().form(&redemption(&code, &[])).basic_auth(CLIENT, Some(SECRET));
        assert_eq!(Answer::of(request).await.status, status);
    }
    assert!(noted(&lax, Note::ClientAuthenticatedTwice));
    let code = lax.code(&[]).await;
    let request = lax.token_request().form(&redemption(&code, &[])).basic_auth(CLIENT, Some("wrong"));
    assert_eq!(Answer::of(request).await.status, 401, "the header counts");
}

#[tokio::test]
async fn unknown_grant_type() {
    let strict = Lab::start().await;
    let lax = lax(|policy| policy.unknown_grant_type = Tolerance::Accepted).await;
    for (lab, status) in [(strict, 400), (lax.clone(), 200)] {
        for grant_type in ["code", "Authorization_Code", ""] {
            let code = lab.code(&[]).await;
            assert_eq!(lab.redeem(&code, &[("grant_type", grant_type)]).await.status, status, "{grant_type}");
        }
    }
    assert!(noted(&lax, Note::GrantTypeUnknown));
    let nothing = [("grant_type", "password"), ("code", "")];
    assert_eq!(lax.redeem("", &nothing).await.error(), "unsupported_grant_type");
}
