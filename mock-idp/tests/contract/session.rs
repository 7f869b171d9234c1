//! The session at the provider: single sign-on, and when the user is asked again (OpenID Connect Core §3.1.2).

use mock_idp::{Client, Dialect, Endpoint, IssuerConfig, Note, Paths, SignIn};
use reqwest::Method;

use crate::lab::{Answer, CLIENT, Lab, REDIRECT_URI, hidden_fields, text};
use crate::token_claims::claims;

const HOME: &str = "http://127.0.0.1:3000/";

/// A browser at an issuer that asks with a page. It keeps the cookie of the provider.
struct Browser {
    lab: Lab,
    cookie: Option<String>,
}

impl Browser {
    async fn start() -> Self {
        let other = Client { client_id: "other".into(), ..Client::default() };
        let clients = vec![Client::default(), other];
        Self::at(Lab::with(IssuerConfig { clients, sign_in: SignIn::Page, ..IssuerConfig::default() }).await)
    }

    fn at(lab: Lab) -> Self {
        Self { lab, cookie: None }
    }

    /// A browser in which Alice has logged in, at the demo client.
    async fn of_alice() -> Self {
        let mut browser = Self::start().await;
        browser.log_in("auth0|alice", &[]).await;
        browser
    }

    async fn send(&mut self, method: Method, url: &str, form: &[(String, String)]) -> Answer {
        let mut request = self.lab.request(method.clone(), url);
        if method == Method::POST {
            request = request.form(form);
        }
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", format!("theme=dark; {cookie}"));
        }
        let answer = Answer::of(request).await;
        if let Some(set) = answer.header("set-cookie") {
            let pair = set.split(';').next().unwrap_or_default().to_owned();
            self.cookie = (!set.contains("Max-Age=0")).then_some(pair);
        }
        answer
    }

    async fn authorize(&mut self, changes: &[(&str, &str)]) -> Answer {
        let url = self.lab.authorization_url(changes);
        self.send(Method::GET, &url, &[]).await
    }

    /// Presses a button of a page, with a user chosen or without.
    async fn press(&mut self, page: &Answer, user: Option<&str>, decision: &str) -> Answer {
        let mut fields = hidden_fields(&page.body);
        fields.extend(user.map(|user| ("mock_idp_user".to_owned(), user.to_owned())));
        fields.push(("mock_idp_decision".into(), decision.into()));
        let url = self.lab.issuer.url(Endpoint::Authorize);
        self.send(Method::POST, &url, &fields).await
    }

    async fn log_in(&mut self, user: &str, changes: &[(&str, &str)]) -> Answer {
        let page = self.authorize(changes).await;
        assert!(page.body.contains("Who are you?"), "{}", page.body);
        self.press(&page, Some(user), "allow").await
    }

    async fn id_token(&self, answer: &Answer) -> String {
        let code = answer.parameter("code").expect("a code");
        text(&self.lab.redeem(&code, &[]).await.json(), "id_token").to_owned()
    }

    async fn log_out(&mut self, parameters: &[(&str, &str)]) -> Answer {
        let mut url = url::Url::parse(&self.lab.issuer.url(Endpoint::EndSession)).expect("a URL");
        url.query_pairs_mut().extend_pairs(parameters);
        self.send(Method::GET, url.as_str(), &[]).await
    }
}

fn error(answer: &Answer) -> Option<String> {
    answer.parameter("error")
}

#[tokio::test]
async fn a_user_who_has_signed_in_is_not_asked_again() {
    let mut browser = Browser::start().await;
    let first = browser.log_in("auth0|bob", &[]).await;
    let first = claims(&browser.id_token(&first).await);
    browser.lab.issuer.clock().advance(3_600);
    let second = browser.authorize(&[]).await;
    assert_eq!(second.status, 302, "there is no page");
    let second = claims(&browser.id_token(&second).await);
    for claim in ["sub", "sid", "auth_time"] {
        assert_eq!(first[claim], second[claim], "{claim}");
    }
    assert_eq!(second["iat"].as_i64().zip(second["auth_time"].as_i64()).map(|(iat, at)| iat - at >= 3_600), Some(true));
}

#[tokio::test]
async fn the_cookie_is_for_this_issuer_and_for_no_script() {
    let keycloak: Dialect = "keycloak".parse().expect("it is built in");
    for (paths, path) in [(Paths::plain(), "/"), (keycloak.paths(), "/realms/quintain/")] {
        let config = || IssuerConfig { paths, sign_in: SignIn::Page, ..IssuerConfig::default() };
        let lab = Lab::with(config()).await;
        let mut other = Browser::at(lab.beside(config()));
        let mut browser = Browser::at(lab);
        let answer = browser.log_in("auth0|alice", &[]).await;
        let cookie = answer.header("set-cookie").expect("a cookie");
        assert!(cookie.ends_with(&format!("; Path={path}; HttpOnly; SameSite=Lax")), "{cookie}");
        let answer = other.log_in("auth0|alice", &[]).await;
        let cookie = answer.header("set-cookie").expect("a cookie").to_owned();
        assert!(cookie.contains("; Path=/t/"), "{cookie}");
        let name = |cookie: Option<&String>| cookie.and_then(|pair| Some(pair.split_once('=')?.0.to_owned()));
        assert_ne!(name(browser.cookie.as_ref()), name(other.cookie.as_ref()));
        other.cookie = browser.cookie.clone();
        assert_eq!(error(&other.authorize(&[("prompt", "none")]).await).as_deref(), Some("login_required"));
    }
}

#[tokio::test]
async fn without_interaction_the_answer_says_what_is_missing() {
    let mut browser = Browser::start().await;
    let silent = ("prompt", "none");
    assert_eq!(error(&browser.authorize(&[silent]).await).as_deref(), Some("login_required"));
    browser.log_in("auth0|alice", &[("scope", "openid")]).await;
    assert!(browser.authorize(&[silent, ("scope", "openid")]).await.parameter("code").is_some());
    let scope = ("scope", "openid");
    for unasked in [&[scope, ("client_id", "other")][..], &[("scope", "openid email")], &[scope, ("audience", "")]] {
        let answer = browser.authorize(&[&[silent], unasked].concat()).await;
        assert_eq!(error(&answer).as_deref(), Some("consent_required"), "{unasked:?}");
    }
    for prompt in ["none login", "none consent", "none select_account", "login none", "none none"] {
        assert_eq!(error(&browser.authorize(&[("prompt", prompt)]).await).as_deref(), Some("invalid_request"));
    }
}

#[tokio::test]
async fn another_client_asks_a_signed_in_user_for_consent_only() {
    let mut browser = Browser::of_alice().await;
    let page = browser.authorize(&[("client_id", "other")]).await;
    assert!(page.body.contains("Allow access") && page.body.contains("auth0|alice"), "{}", page.body);
    assert!(!page.body.contains("auth0|bob"), "{}", page.body);
    assert!(browser.press(&page, None, "allow").await.parameter("code").is_some());
    assert_eq!(browser.authorize(&[("client_id", "other")]).await.status, 302);
    assert_eq!(error(&browser.press(&page, None, "deny").await).as_deref(), Some("access_denied"));
}

#[tokio::test]
async fn somebody_else_can_take_over_the_browser() {
    let mut browser = Browser::of_alice().await;
    let page = browser.authorize(&[("prompt", "consent")]).await;
    let page = browser.press(&page, None, "switch").await;
    assert!(page.body.contains("Who are you?"));
    let alices = browser.cookie.clone();
    let answer = browser.press(&page, Some("auth0|bob"), "allow").await;
    assert_eq!(claims(&browser.id_token(&answer).await)["sub"], "auth0|bob");
    browser.cookie = alices;
    let gone = browser.authorize(&[("prompt", "none")]).await;
    assert_eq!(error(&gone).as_deref(), Some("login_required"), "the session of a browser is replaced");
}

#[tokio::test]
async fn a_client_can_have_the_user_asked_again() {
    let mut browser = Browser::of_alice().await;
    for prompt in ["login", "select_account", "login consent"] {
        let page = browser.authorize(&[("prompt", prompt)]).await;
        assert!(page.body.contains("Who are you?"), "{prompt}");
        let unnamed = browser.press(&page, None, "allow").await;
        assert!(unnamed.body.contains("Who are you?"), "{prompt}: the session is no answer");
    }
    browser.lab.issuer.clock().advance(100);
    let answer = browser.log_in("auth0|alice", &[("prompt", "login")]).await;
    let again = claims(&browser.id_token(&answer).await);
    assert_eq!(again["iat"], again["auth_time"]);

    let page = browser.authorize(&[("prompt", "consent")]).await;
    assert!(page.body.contains("Allow access"), "{}", page.body);
    browser.lab.issuer.clock().advance(100);
    let answer = browser.press(&page, None, "allow").await;
    let consented = claims(&browser.id_token(&answer).await);
    assert_eq!(consented["auth_time"], again["auth_time"], "consent is no sign-in");
    assert_eq!(browser.authorize(&[("prompt", "create")]).await.status, 302, "an unknown value is ignored");
}

#[tokio::test]
async fn a_session_that_is_older_than_max_age_is_not_enough() {
    let mut browser = Browser::of_alice().await;
    browser.lab.issuer.clock().advance(100);
    let within = browser.authorize(&[("max_age", "200")]).await;
    let first = claims(&browser.id_token(&within).await);
    assert_eq!(
        first["iat"].as_i64().zip(first["auth_time"].as_i64()).map(|(iat, at)| (99..102).contains(&(iat - at))),
        Some(true)
    );
    for max_age in ["0", "50"] {
        let silent = browser.authorize(&[("max_age", max_age), ("prompt", "none")]).await;
        assert_eq!(error(&silent).as_deref(), Some("login_required"), "{max_age}");
        assert_eq!(browser.authorize(&[("max_age", max_age)]).await.status, 200, "{max_age}");
    }
    let answer = browser.log_in("auth0|alice", &[("max_age", "50")]).await;
    let second = claims(&browser.id_token(&answer).await);
    assert_eq!(second["auth_time"], second["iat"]);
    assert_eq!(second["sid"], first["sid"], "the browser goes on with its session");
}

#[tokio::test]
async fn a_hint_is_about_one_user() {
    let mut browser = Browser::start().await;
    let answer = browser.log_in("auth0|bob", &[]).await;
    let bobs = browser.id_token(&answer).await;
    let hint = ("id_token_hint", bobs.as_str());
    browser.lab.issuer.clock().advance(10 * 86_400);
    assert!(browser.authorize(&[hint, ("prompt", "none")]).await.parameter("code").is_some(), "it may have expired");
    browser.log_in("auth0|alice", &[("prompt", "login")]).await;
    let silent = browser.authorize(&[hint, ("prompt", "none")]).await;
    assert_eq!(error(&silent).as_deref(), Some("login_required"));
    let page = browser.authorize(&[hint]).await;
    assert!(page.body.contains("value=\"auth0|bob\" checked"), "{}", page.body);
    let other = browser.press(&page, Some("auth0|alice"), "allow").await;
    assert_eq!(error(&other).as_deref(), Some("login_required"));
    assert!(browser.press(&page, Some("auth0|bob"), "allow").await.parameter("code").is_some());
}

#[tokio::test]
async fn a_hint_has_to_be_an_id_token_of_this_issuer() {
    let mut browser = Browser::start().await;
    let answer = browser.log_in("auth0|alice", &[]).await;
    let code = answer.parameter("code").expect("a code");
    let tokens = browser.lab.redeem(&code, &[]).await.json();
    let good = text(&tokens, "id_token").to_owned();
    let elsewhere = browser.lab.beside(IssuerConfig::default()).tokens(&[]).await;
    let (signed, signature) = good.rsplit_once('.').expect("a JWS");
    let other_payload = {
        let parts: Vec<_> = good.split('.').collect();
        let foreign: Vec<_> = text(&elsewhere, "id_token").split('.').collect();
        format!("{}.{}.{}", parts[0], foreign[1], parts[2])
    };
    for (case, forged) in [
        ("no token", "hint"),
        ("no signature", &format!("{signed}.")),
        ("another signature", &format!("{signed}.{}", signature.chars().rev().collect::<String>())),
        ("other claims", &other_payload),
        ("another issuer", text(&elsewhere, "id_token")),
        ("an access token", text(&tokens, "access_token")),
    ] {
        let answer = browser.authorize(&[("id_token_hint", forged)]).await;
        assert_eq!(error(&answer).as_deref(), Some("invalid_request"), "{case}");
        let answer = browser.log_out(&[("id_token_hint", forged)]).await;
        assert_eq!(answer.status, 400, "{case}");
        let last = browser.lab.issuer.journal().entries().pop().expect("an entry");
        assert_eq!(last.notes, [Note::IdTokenHintForged], "{case}");
    }
    browser.lab.issuer.rotate_keys();
    assert!(browser.authorize(&[("id_token_hint", &good)]).await.parameter("code").is_some(), "keys may have changed");
}

#[tokio::test]
async fn a_log_out_with_the_id_token_ends_the_session() {
    let mut browser = Browser::start().await;
    let answer = browser.log_in("auth0|alice", &[]).await;
    let id_token = browser.id_token(&answer).await;
    let hint = ("id_token_hint", id_token.as_str());
    let cookie = browser.cookie.clone();
    let answer = browser.log_out(&[hint, ("post_logout_redirect_uri", HOME)]).await;
    assert_eq!((answer.status, answer.header("location")), (302, Some(HOME)));
    assert_eq!(browser.cookie, None, "the cookie is taken away");
    browser.cookie = cookie;
    assert_eq!(error(&browser.authorize(&[("prompt", "none")]).await).as_deref(), Some("login_required"));
}

#[tokio::test]
async fn a_log_out_without_the_cookie_ends_the_session_that_the_id_token_names() {
    let mut browser = Browser::start().await;
    let answer = browser.log_in("auth0|alice", &[]).await;
    let id_token = browser.id_token(&answer).await;
    let form = [("id_token_hint", id_token.as_str())];
    let url = browser.lab.issuer.url(Endpoint::EndSession);
    assert_eq!(Answer::of(browser.lab.request(Method::POST, &url).form(&form)).await.status, 200);
    assert_eq!(error(&browser.authorize(&[("prompt", "none")]).await).as_deref(), Some("login_required"));
}

#[tokio::test]
async fn a_log_out_that_names_no_user_is_confirmed() {
    let mut browser = Browser::of_alice().await;
    let request = [("client_id", CLIENT), ("post_logout_redirect_uri", HOME), ("state", "bye")];
    let page = browser.log_out(&request).await;
    assert!(page.status == 200 && page.body.contains("Log out?"), "{}", page.body);
    let url = browser.lab.issuer.url(Endpoint::EndSession);
    for (choice, location, silent) in
        [("no", None, None), ("yes", Some("http://127.0.0.1:3000/?state=bye"), Some("login_required"))]
    {
        let mut form = hidden_fields(&page.body);
        form.push(("mock_idp_logout".into(), choice.into()));
        let answer = browser.send(Method::POST, &url, &form).await;
        assert_eq!(answer.header("location"), location, "{choice}");
        assert_eq!(error(&browser.authorize(&[("prompt", "none")]).await).as_deref(), silent, "{choice}");
    }
    let answer = browser.log_out(&request).await;
    assert_eq!(answer.status, 302, "there is nobody to ask");
}

#[tokio::test]
async fn a_log_out_that_is_refused_leaves_the_session_alone() {
    let mut browser = Browser::start().await;
    let answer = browser.log_in("auth0|alice", &[]).await;
    let id_token = browser.id_token(&answer).await;
    let hint = ("id_token_hint", id_token.as_str());
    for wrong in [("client_id", "other"), ("post_logout_redirect_uri", "https://attacker.example/")] {
        assert_eq!(browser.log_out(&[hint, wrong]).await.status, 400);
    }
    assert!(browser.authorize(&[("prompt", "none")]).await.parameter("code").is_some());
}

#[tokio::test]
async fn auth0s_own_log_out_ends_the_session_too() {
    let mut browser = Browser::of_alice().await;
    let url = browser.lab.issuer.url(Endpoint::Logout);
    assert_eq!(browser.send(Method::GET, &url, &[]).await.status, 200);
    assert_eq!(browser.authorize(&[]).await.status, 200, "the page asks");
}

#[tokio::test]
async fn tests_can_end_all_sessions() {
    let mut browser = Browser::of_alice().await;
    let url = format!("{}_mock/sessions", browser.lab.issuer.base_url());
    assert_eq!(Answer::of(browser.lab.request(Method::DELETE, &url)).await.status, 200);
    assert_eq!(error(&browser.authorize(&[("prompt", "none")]).await).as_deref(), Some("login_required"));
}

#[tokio::test]
async fn without_the_page_there_is_no_session() {
    let lab = Lab::start().await;
    for changes in [&[][..], &[("prompt", "none")], &[("prompt", "login")], &[("prompt", "consent"), ("max_age", "0")]]
    {
        let answer = lab.authorize(changes).await;
        assert!(answer.parameter("code").is_some(), "{changes:?}");
        assert_eq!(answer.header("set-cookie"), None, "{changes:?}");
        assert!(answer.header("location").is_some_and(|location| location.starts_with(REDIRECT_URI)));
    }
}
