//! The pages, as a browser sees them.

use mock_idp::{Endpoint, IssuerConfig, SignIn, User};
use reqwest::Method;

use crate::discovery::stable;
use crate::lab::{Answer, Lab, SECRET, hidden_fields, text};

async fn lab() -> Lab {
    Lab::with(IssuerConfig { sign_in: SignIn::Page, ..IssuerConfig::default() }).await
}

/// Submits the form of the consent page.
async fn decide(lab: &Lab, page: &Answer, user: &str, decision: &str) -> Answer {
    let mut fields = hidden_fields(&page.body);
    fields.push(("mock_idp_user".into(), user.into()));
    fields.push(("mock_idp_decision".into(), decision.into()));
    Answer::of(lab.request(Method::POST, &lab.issuer.url(Endpoint::Authorize)).form(&fields)).await
}

#[tokio::test]
async fn the_consent_page_reads_like_this() {
    let lab = lab().await;
    let page = lab.authorize(&[]).await;
    assert_eq!(page.status, 200);
    let mut settings = stable(&lab);
    settings.add_filter("(?s)<style>.*</style>", "<style>[style]</style>");
    settings.bind(|| insta::assert_snapshot!(page.body.replace("><", ">\n<")));
}

#[tokio::test]
async fn the_user_chooses_who_to_be() {
    let lab = lab().await;
    let page = lab.authorize(&[("state", "a\"b<c>&d")]).await;
    let answer = decide(&lab, &page, "auth0|bob", "allow").await;
    assert_eq!((answer.status, answer.parameter("state").as_deref()), (303, Some("a\"b<c>&d")));
    let code = answer.parameter("code").expect("a code");
    let tokens = lab.redeem(&code, &[]).await.json();
    assert_eq!(crate::token_claims::claims(text(&tokens, "id_token"))["sub"], "auth0|bob");
}

#[tokio::test]
async fn the_user_may_decline() {
    let lab = lab().await;
    let page = lab.authorize(&[("response_mode", "form_post")]).await;
    let answer = decide(&lab, &page, "auth0|alice", "deny").await;
    assert_eq!(answer.parameter("error").as_deref(), Some("access_denied"));
    assert_eq!(answer.parameter("state").as_deref(), Some("state-1"));
}

#[tokio::test]
async fn a_decision_counts_only_when_it_is_posted() {
    let lab = lab().await;
    let decided = [("mock_idp_user", "auth0|alice"), ("mock_idp_decision", "allow")];
    assert_eq!(lab.authorize(&decided).await.status, 200, "the page asks again");
}

#[tokio::test]
async fn the_form_does_not_repeat_an_earlier_decision() {
    let lab = lab().await;
    let page = lab.authorize(&[("mock_idp_user", "auth0|alice"), ("mock_idp_decision", "allow")]).await;
    let answer = decide(&lab, &page, "auth0|bob", "deny").await;
    assert_eq!(answer.parameter("error").as_deref(), Some("access_denied"));
}

#[tokio::test]
async fn a_login_hint_preselects_the_user() {
    let lab = lab().await;
    for hint in ["auth0|bob", "bob@example.com"] {
        let page = lab.authorize(&[("login_hint", hint)]).await;
        assert!(page.body.contains("value=\"auth0|bob\" checked"), "{hint}");
        assert_eq!(page.body.matches(" checked").count(), 1);
    }
}

#[tokio::test]
async fn reflected_values_are_escaped() {
    let lab = lab().await;
    let evil = "<script>alert(1)</script>\"'";
    lab.issuer.register_user(User::named(evil, evil));
    for page in [
        lab.authorize(&[("state", evil), ("nonce", evil)]).await,
        lab.authorize(&[("client_id", evil)]).await,
        lab.authorize(&[("redirect_uri", evil)]).await,
        lab.get(lab.issuer.identifier()).await,
        lab.get(&format!("{}?returnTo={evil}", lab.issuer.url(Endpoint::Logout))).await,
    ] {
        assert!(!page.body.contains("<script>alert"), "{}", page.body);
        assert!(page.body.contains("&lt;script&gt;"), "{}", page.body);
    }
}

#[tokio::test]
async fn pages_take_nothing_from_elsewhere() {
    let lab = lab().await;
    for page in [lab.authorize(&[]).await, lab.get(lab.issuer.identifier()).await] {
        let policy = page.header("content-security-policy").expect("a policy");
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"));
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
        assert!(!page.body.contains(" src=") && !page.body.contains("url("));
    }
}

#[tokio::test]
async fn the_home_page_shows_what_happened_without_secrets() {
    let lab = Lab::start().await;
    let tokens = lab.tokens(&[]).await;
    let home = lab.get(lab.issuer.identifier()).await;
    assert_eq!(home.status, 200);
    for shown in ["/oauth/token", "auth0|alice", "demo-client", "redirect_uri"] {
        assert!(home.body.contains(shown), "{shown}");
    }
    for secret in [SECRET, text(&tokens, "access_token"), text(&tokens, "refresh_token")] {
        assert!(!home.body.contains(secret));
    }
    assert_eq!(lab.issuer.journal().entries().len(), 2, "looking leaves no trace");
}
