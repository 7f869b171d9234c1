//! The honest requests that mistakes are made in, and the values in them.

use mock_idp::{Api, Client, ClientAuthMethod, Endpoint, GrantType, IssuerConfig};
use reqwest::Method;
use url::form_urlencoded::{Serializer, parse};

use crate::lab::{AUDIENCE, Answer, CHALLENGE, CLIENT, Lab, REDIRECT_URI, SECRET, VERIFIER, WITH_PKCE, text};

const OTHER_API: &str = "https://other-api.example/";

/// An honest request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Base {
    Authorize,
    /// By a public client.
    AuthorizePublic,
    Code,
    /// By a public client.
    CodePublic,
    Refresh,
    ClientCredentials,
    Userinfo,
    Api,
    Revoke,
    Introspect,
    EndSession,
}

impl Base {
    pub(super) const ALL: [Self; 11] = [
        Self::Authorize,
        Self::AuthorizePublic,
        Self::Code,
        Self::CodePublic,
        Self::Refresh,
        Self::ClientCredentials,
        Self::Userinfo,
        Self::Api,
        Self::Revoke,
        Self::Introspect,
        Self::EndSession,
    ];

    fn endpoint(self) -> Endpoint {
        match self {
            Self::Authorize | Self::AuthorizePublic => Endpoint::Authorize,
            Self::Code | Self::CodePublic | Self::Refresh | Self::ClientCredentials => Endpoint::Token,
            Self::Userinfo => Endpoint::Userinfo,
            Self::Api => Endpoint::Api,
            Self::Revoke => Endpoint::Revoke,
            Self::Introspect => Endpoint::Introspect,
            Self::EndSession => Endpoint::EndSession,
        }
    }

    fn method(self) -> &'static str {
        match self.endpoint() {
            Endpoint::Authorize | Endpoint::Userinfo | Endpoint::Api | Endpoint::EndSession => "GET",
            _ => "POST",
        }
    }

    fn parameters(self) -> &'static str {
        match self {
            Self::Authorize => {
                "response_type=code&client_id=demo-client&redirect_uri={redirect_uri}\
                 &scope=openid profile read:contacts&audience={audience}&state=s&nonce=n\
                 &code_challenge={challenge}&code_challenge_method=S256"
            }
            Self::AuthorizePublic => {
                "response_type=code&client_id=public&redirect_uri={redirect_uri}&scope=openid&state=s\
                 &code_challenge={challenge}&code_challenge_method=S256"
            }
            Self::Code => {
                "grant_type=authorization_code&code={code}&redirect_uri={redirect_uri}&code_verifier={verifier}\
                 &client_id=demo-client&client_secret=demo-secret"
            }
            Self::CodePublic => {
                "grant_type=authorization_code&code={public_code}&redirect_uri={redirect_uri}&code_verifier={verifier}\
                 &client_id=public"
            }
            Self::Refresh => {
                "grant_type=refresh_token&refresh_token={refresh_token}&client_id=demo-client&client_secret=demo-secret"
            }
            Self::ClientCredentials => {
                "grant_type=client_credentials&audience={audience}&scope=read:contacts&client_id=demo-client\
                 &client_secret=demo-secret"
            }
            Self::Userinfo | Self::Api => "",
            Self::Revoke => "token={refresh_token}&client_id=demo-client&client_secret=demo-secret",
            Self::Introspect => "token={access_token}&client_id=demo-client&client_secret=demo-secret",
            Self::EndSession => {
                "client_id=demo-client&id_token_hint={id_token}&post_logout_redirect_uri=http://127.0.0.1:3000/&state=s"
            }
        }
    }

    fn authorization(self) -> Option<&'static str> {
        matches!(self, Self::Userinfo | Self::Api).then_some("Bearer {access_token}")
    }
}

/// The clients of the tables.
pub(super) fn clients() -> Vec<Client> {
    let demo = || Client {
        grant_types: GrantType::ALL.to_vec(),
        redirect_uris: vec![REDIRECT_URI.into(), "http://localhost:3000/callback".into()],
        ..Client::default()
    };
    let public = |client_id: &str| Client {
        client_id: client_id.into(),
        client_secret: None,
        token_endpoint_auth_method: ClientAuthMethod::None,
        ..demo()
    };
    let limited =
        |client_id: &str, grant: GrantType| Client { client_id: client_id.into(), grant_types: vec![grant], ..demo() };
    vec![
        demo(),
        Client { client_id: "other".into(), ..demo() },
        public("public"),
        public("other-public"),
        limited("service", GrantType::ClientCredentials),
        limited("code-only", GrantType::AuthorizationCode),
    ]
}

/// The APIs of the tables. The first one answers, and demands a scope.
pub(super) fn apis() -> Vec<Api> {
    let required_scope = Some("read:contacts".to_owned());
    vec![Api { required_scope, ..Api::default() }, Api { identifier: OTHER_API.into(), ..Api::default() }]
}

/// An issuer, and what is needed for a request to it.
pub(super) struct Scene {
    lab: Lab,
}

impl Scene {
    pub(super) fn new(lab: Lab) -> Self {
        Self { lab }
    }

    pub(super) async fn send(&self, base: Base, edits: &[&str]) -> Answer {
        let mut parameters = self.decoded(base.parameters()).await;
        let mut query = Vec::new();
        let mut headers: Vec<(String, String)> = Vec::new();
        if let Some(authorization) = base.authorization() {
            headers.push(("authorization".into(), self.filled(authorization).await));
        }
        let (mut method, mut body, mut media_type) = (base.method(), None, "application/x-www-form-urlencoded");
        for edit in edits {
            if let Some(name) = edit.strip_prefix("!-") {
                headers.retain(|(kept, _)| kept != name);
            } else if let Some(field) = edit.strip_prefix('!') {
                let (name, value) = field.split_once(": ").expect("a header field");
                headers.push((name.to_owned(), self.filled(value).await));
            } else if let Some(other) = edit.strip_prefix("@type ") {
                media_type = other;
            } else if let Some(other) = edit.strip_prefix("@body ") {
                body = Some(self.filled(other).await);
            } else if let Some(other) = edit.strip_prefix('@') {
                method = other;
            } else if let Some(edit) = edit.strip_prefix('?') {
                self.edit(&mut query, edit).await;
            } else {
                self.edit(&mut parameters, edit).await;
            }
        }
        let mut url = url::Url::parse(&self.lab.issuer.url(base.endpoint())).expect("a URL");
        let in_query = method == "GET" || method == "HEAD";
        let pairs = if in_query { [parameters.clone(), query].concat() } else { query };
        if !pairs.is_empty() {
            url.query_pairs_mut().extend_pairs(&pairs);
        }
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let mut request = self.lab.request(method, url.as_str());
        for (name, value) in headers {
            request = request.header(name, value);
        }
        if !in_query {
            let form = Serializer::new(String::new()).extend_pairs(&parameters).finish();
            request = request.header("content-type", media_type).body(body.unwrap_or(form));
        }
        Answer::of(request).await
    }

    async fn edit(&self, parameters: &mut Vec<(String, String)>, edit: &str) {
        if let Some(name) = edit.strip_prefix('-') {
            let before = parameters.len();
            parameters.retain(|(kept, _)| kept != name);
            assert_ne!(parameters.len(), before, "there is no {name}");
            return;
        }
        let further = edit.strip_prefix('+');
        let (name, value) = further.unwrap_or(edit).split_once('=').expect("a parameter");
        let value = self.filled(value).await;
        match parameters.iter_mut().find(|(kept, _)| kept == name).filter(|_| further.is_none()) {
            Some(parameter) => parameter.1 = value,
            None => parameters.push((name.to_owned(), value)),
        }
    }

    async fn decoded(&self, form: &str) -> Vec<(String, String)> {
        let mut parameters = Vec::new();
        for (name, value) in parse(form.as_bytes()) {
            parameters.push((name.into_owned(), self.filled(&value).await));
        }
        parameters
    }

    /// The text with its values. A brace that begins no name stays.
    async fn filled(&self, mut text: &str) -> String {
        let mut filled = String::new();
        while let Some((before, rest)) = text.split_once('{') {
            filled.push_str(before);
            let is_name = |name: &str| name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_');
            match rest.split_once('}').filter(|(name, _)| is_name(name)) {
                Some((name, after)) => {
                    filled.push_str(&self.value(name).await);
                    text = after;
                }
                None => {
                    filled.push('{');
                    text = rest;
                }
            }
        }
        filled + text
    }

    /// The values that rows can name.
    async fn value(&self, name: &str) -> String {
        let clock = self.lab.issuer.clock();
        match name {
            "redirect_uri" => REDIRECT_URI.into(),
            "audience" => AUDIENCE.into(),
            "verifier" => VERIFIER.into(),
            "challenge" => CHALLENGE.into(),
            "basic" => "Basic ZGVtby1jbGllbnQ6ZGVtby1zZWNyZXQ=".into(),
            "code" => self.code(CLIENT, &WITH_PKCE).await,
            "public_code" => self.code("public", &WITH_PKCE).await,
            "others_code" => self.code("other", &WITH_PKCE).await,
            "other_publics_code" => self.code("other-public", &WITH_PKCE).await,
            "code_without_challenge" => self.code(CLIENT, &[]).await,
            "code_of_other_uri" => {
                self.code(CLIENT, &[&WITH_PKCE[..], &[("redirect_uri", "http://localhost:3000/callback")]].concat())
                    .await
            }
            "code_of_short_verifier" => {
                let short = "-bAHi131ltLqGQEMABu9AJ5lHeLFfo-341XzHrnT9zk";
                self.code(CLIENT, &[("code_challenge", short), ("code_challenge_method", "S256")]).await
            }
            "spent_code" => {
                let code = self.code(CLIENT, &WITH_PKCE).await;
                let answer = self.lab.redeem(&code, &[("code_verifier", VERIFIER)]).await;
                assert_eq!(answer.status, 200, "{}", answer.body);
                code
            }
            "expired_code" => {
                let code = self.code(CLIENT, &WITH_PKCE).await;
                clock.advance(600);
                code
            }
            "expired_access_token" => {
                let token = self.token("access_token", &[]).await;
                clock.advance(86_400);
                token
            }
            "expired_refresh_token" => {
                let token = self.token("refresh_token", &[]).await;
                clock.advance(30 * 86_400);
                token
            }
            "spent_refresh_token" => {
                let token = self.token("refresh_token", &[]).await;
                assert_eq!(self.lab.refresh(&token, &[]).await.status, 200);
                token
            }
            "revoked_access_token" => {
                let token = self.token("access_token", &[]).await;
                self.revoke(&token).await;
                token
            }
            "access_token_of_revoked_refresh_token" => {
                let tokens = self.tokens(&[]).await;
                self.revoke(text(&tokens, "refresh_token")).await;
                text(&tokens, "access_token").to_owned()
            }
            "revoked_refresh_token" => {
                let token = self.token("refresh_token", &[]).await;
                self.revoke(&token).await;
                token
            }
            "refresh_token_of_used_code" => {
                let code = self.code(CLIENT, &WITH_PKCE).await;
                let tokens = self.lab.redeem(&code, &[("code_verifier", VERIFIER)]).await.json();
                self.lab.redeem(&code, &[("code_verifier", VERIFIER)]).await;
                text(&tokens, "refresh_token").to_owned()
            }
            "others_refresh_token" => text(&self.others_tokens().await, "refresh_token").to_owned(),
            "others_access_token" => text(&self.others_tokens().await, "access_token").to_owned(),
            "bobs_id_token" => {
                let bob = mock_idp::SignIn::Headless { sub: "auth0|bob".into() };
                self.lab.issuer.set_sign_in(bob);
                let token = self.token("id_token", &[]).await;
                self.lab.issuer.set_sign_in(mock_idp::SignIn::Headless { sub: "auth0|alice".into() });
                token
            }
            "access_token_without_openid" => self.token("access_token", &[("scope", "read:contacts")]).await,
            "access_token_without_scope" => self.token("access_token", &[("scope", "openid write:contacts")]).await,
            "opaque_token" => self.token("access_token", &[("audience", "")]).await,
            "token_of_other_api" => self.token("access_token", &[("audience", OTHER_API)]).await,
            "token_of_other_issuer" => {
                text(&self.lab.beside(IssuerConfig::default()).tokens(&[]).await, "access_token").to_owned()
            }
            "id_token_of_other_issuer" => {
                text(&self.lab.beside(IssuerConfig::default()).tokens(&[]).await, "id_token").to_owned()
            }
            "tampered_access_token" => tampered(&self.token("access_token", &[]).await),
            "tampered_id_token" => tampered(&self.token("id_token", &[]).await),
            "unsigned_id_token" => {
                let token = self.token("id_token", &[]).await;
                format!("{}.", token.rsplit_once('.').expect("a JWS").0)
            }
            "access_token" | "refresh_token" | "id_token" => self.token(name, &[]).await,
            unknown => panic!("there is no value {unknown}"),
        }
    }

    async fn code(&self, client_id: &str, changes: &[(&str, &str)]) -> String {
        self.lab.code(&[&[("client_id", client_id)], changes].concat()).await
    }

    async fn tokens(&self, changes: &[(&str, &str)]) -> serde_json::Value {
        self.lab.tokens(changes).await
    }

    async fn token(&self, name: &str, changes: &[(&str, &str)]) -> String {
        text(&self.tokens(changes).await, name).to_owned()
    }

    async fn others_tokens(&self) -> serde_json::Value {
        let code = self.code("other", &[]).await;
        self.lab.redeem(&code, &[("client_id", "other")]).await.json()
    }

    async fn revoke(&self, token: &str) {
        let form = [("client_id", CLIENT), ("client_secret", SECRET), ("token", token)];
        let request = self.lab.request(Method::POST, &self.lab.issuer.url(Endpoint::Revoke)).form(&form);
        assert_eq!(Answer::of(request).await.status, 200);
    }
}

/// The token with one character of its claims changed.
fn tampered(token: &str) -> String {
    let (header, rest) = token.split_once('.').expect("a JWS");
    let changed = if rest.starts_with('e') { "f" } else { "e" };
    format!("{header}.{changed}{}", &rest[1..])
}
