//! An issuer may look different for every seed, and a client that follows the specifications does not notice.

use std::collections::HashSet;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use mock_idp::{Change, Endpoint, Fault, IssuerConfig, Keys, Point, PublicKeyForm, Signing, Times, Trait, Variation};
use proptest::prelude::*;
use reqwest::RequestBuilder;
use rsa::sha2::{Digest as _, Sha256};
use serde_json::Value;
use tokio::runtime::Runtime;
use url::Url;

use crate::lab::{Answer, CLIENT, Lab, REDIRECT_URI, SECRET, text};
use crate::token_claims::{claims, verified};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime"));

/// One server for all seeds, with an issuer for each.
static SERVER: LazyLock<Lab> = LazyLock::new(|| RUNTIME.block_on(Lab::start()));

fn varied(seed: u64) -> Lab {
    SERVER.beside(IssuerConfig { variation: Variation::seeded(seed), ..IssuerConfig::default() })
}

/// A client that knows nothing but the issuer's identifier and the specifications, and what it has seen.
struct Client<'a> {
    lab: &'a Lab,
    seen: Vec<String>,
}

impl<'a> Client<'a> {
    fn new(lab: &'a Lab) -> Self {
        Self { lab, seen: Vec::new() }
    }

    /// authorize → token → UserInfo → API → refresh → API.
    async fn run(mut self) -> Vec<String> {
        let issuer = self.lab.issuer.identifier().to_owned();
        // OpenID Connect Discovery §4.
        let well_known = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let metadata = self.json(self.lab.request(reqwest::Method::GET, &well_known)).await;
        assert_eq!(metadata["issuer"], issuer.as_str());
        self.json(self.lab.request(reqwest::Method::GET, text(&metadata, "jwks_uri"))).await;

        let verifier = "a-verifier-of-more-than-forty-three-characters";
        let code = self.authorize(text(&metadata, "authorization_endpoint"), verifier).await;
        let token_endpoint = text(&metadata, "token_endpoint");
        let redemption = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", REDIRECT_URI),
            ("code_verifier", verifier),
        ];
        let tokens = self.tokens(token_endpoint, &redemption).await;
        let id_token = text(&tokens, "id_token");
        let subject = claims(id_token)["sub"].clone();
        assert_eq!(claims(id_token)["nonce"], "a-nonce");
        self.verify(id_token).await;

        let userinfo = self.lab.request(reqwest::Method::GET, text(&metadata, "userinfo_endpoint"));
        let userinfo = self.json(userinfo.bearer_auth(text(&tokens, "access_token"))).await;
        assert_eq!(userinfo["sub"], subject);
        self.call_api(&tokens).await;

        let refresh = [("grant_type", "refresh_token"), ("refresh_token", text(&tokens, "refresh_token"))];
        let refreshed = self.tokens(token_endpoint, &refresh).await;
        self.verify(text(&refreshed, "id_token")).await;
        self.call_api(&refreshed).await;
        self.seen
    }

    /// RFC 6749 §4.1.1, §4.1.2; RFC 7636 §4.3.
    async fn authorize(&mut self, endpoint: &str, verifier: &str) -> String {
        let mut url = Url::parse(endpoint).expect("a URL");
        url.query_pairs_mut().extend_pairs([
            ("response_type", "code"),
            ("client_id", CLIENT),
            ("redirect_uri", REDIRECT_URI),
            ("scope", "openid profile offline_access read:contacts"),
            ("audience", "https://api.example/"),
            ("state", "a-state"),
            ("nonce", "a-nonce"),
            ("code_challenge", &URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))),
            ("code_challenge_method", "S256"),
        ]);
        let answer = self.lab.get(url.as_str()).await;
        assert!(matches!(answer.status, 302 | 303), "{}", answer.status);
        assert_eq!(answer.parameter("state").as_deref(), Some("a-state"));
        let names: HashSet<_> = answer.parameters().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names.len(), answer.parameters().len(), "no parameter is there twice");
        let order: Vec<_> = answer.parameters().into_iter().map(|(name, _)| name).collect();
        let code = answer.parameter("code").expect("a code");
        self.seen.push(format!("{} {} {}", answer.status, order.join(" "), code.len()));
        code
    }

    /// RFC 6749 §5.1.
    async fn tokens(&mut self, endpoint: &str, form: &[(&str, &str)]) -> Value {
        let credentials = [("client_id", CLIENT), ("client_secret", SECRET)];
        let form: Vec<_> = form.iter().chain(&credentials).collect();
        let tokens = self.json(self.lab.request(reqwest::Method::POST, endpoint).form(&form)).await;
        assert!(text(&tokens, "token_type").eq_ignore_ascii_case("bearer"));
        let lifetime = tokens["expires_in"].as_i64().expect("a number of seconds");
        let access_token = claims(text(&tokens, "access_token"));
        assert_eq!(access_token["exp"].as_i64(), access_token["iat"].as_i64().map(|issued| issued + lifetime));
        self.seen.push(format!("{lifetime} {}", text(&tokens, "refresh_token").len()));
        tokens
    }

    /// OpenID Connect Core §3.1.3.7.
    async fn verify(&mut self, id_token: &str) {
        let claims = verified(self.lab, id_token, CLIENT).await.expect("the ID token is to be believed");
        assert_eq!(claims["iss"], self.lab.issuer.identifier());
        self.seen.push(members(&claims));
    }

    async fn call_api(&mut self, tokens: &Value) {
        let call = self.lab.request(reqwest::Method::GET, &self.lab.issuer.url(Endpoint::Api));
        self.json(call.bearer_auth(text(tokens, "access_token"))).await;
    }

    /// A successful answer in JSON (RFC 8259, RFC 9110 §8.3.1).
    async fn json(&mut self, request: RequestBuilder) -> Value {
        let answer = Answer::of(request).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let media_type = answer.header("content-type").expect("a media type");
        assert_eq!(media_type.split(';').next(), Some("application/json"));
        let cache = answer.header("cache-control").unwrap_or_default();
        let body = answer.json();
        let kids: Vec<_> = body["keys"].as_array().into_iter().flatten().map(|key| key["kid"].to_string()).collect();
        self.seen.push([media_type, cache, &layout(&answer.body), &members(&body), &kids.join(" ")].join(" | "));
        body
    }
}

/// The names of all members, in order.
fn members(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            members.iter().flat_map(|(name, member)| [name.clone(), format!("{{{}}}", self::members(member))]).collect()
        }
        Value::Array(items) => items.iter().map(members).collect(),
        _ => String::new(),
    }
}

/// The white space and the escaped slashes of a JSON text.
fn layout(json: &str) -> String {
    let is_layout = |c: &char| matches!(c, ' ' | '\n' | '\r' | '\t' | '{' | '}' | '[' | ']' | ':' | ',');
    let outside_texts = json.replace("\\\"", "").split('"').step_by(2).collect::<String>();
    format!("{:?}{}", outside_texts.chars().filter(is_layout).collect::<String>(), json.contains("\\/"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_client_that_follows_the_specifications_gets_through_with_every_seed(seed: u64) {
        RUNTIME.block_on(Client::new(&varied(seed)).run());
    }

    #[test]
    fn one_seed_looks_the_same_every_time(seed: u64) {
        let (one, another) = (varied(seed), varied(seed));
        let first = RUNTIME.block_on(Client::new(&one).run());
        prop_assert_eq!(&RUNTIME.block_on(Client::new(&one).run()), &first, "at the same issuer");
        prop_assert_eq!(&RUNTIME.block_on(Client::new(&another).run()), &first, "at another issuer");
    }

    #[test]
    fn two_seeds_look_different(one: u64, another: u64) {
        prop_assume!(one != another);
        let seen = |seed| RUNTIME.block_on(Client::new(&varied(seed)).run());
        prop_assert_ne!(seen(one), seen(another));
    }

    #[test]
    fn key_identifiers_stay_through_a_rotation(seed: u64) {
        let variation = Variation::seeded(seed).with_traits([Trait::KeyIdentifiers, Trait::KeyOrder]);
        let lab = SERVER.beside(IssuerConfig { variation, ..IssuerConfig::default() });
        let kids = || RUNTIME.block_on(async {
            let keys = lab.get(&lab.issuer.url(Endpoint::Jwks)).await.json();
            keys["keys"].as_array().expect("keys").iter().map(|key| key["kid"].to_string()).collect::<HashSet<_>>()
        });
        let before = kids();
        lab.issuer.rotate_keys();
        let after = kids();
        prop_assert_eq!(before.intersection(&after).count(), 2);
        let plain = format!("{:?}", Keys::embedded());
        prop_assert!(after.iter().all(|kid| !plain.contains(kid.as_str())), "{after:?} {plain}");
    }

    #[test]
    fn a_fault_arrives_as_it_was_told_with_every_seed(seed: u64) {
        let lab = varied(seed);
        let body = r#"{"error":"invalid_grant","error_description":"a/b"}"#;
        let headers = vec![("content-type".to_owned(), "text/plain".to_owned())];
        let change = Change::Respond { status: Some(418), headers, body: Some(body.to_owned()) };
        lab.issuer.arm(Fault { name: None, at: Point::TokenResponse, grant: None, change, times: Times::Once });
        let change = Change::Append { name: "state".to_owned(), value: "another".to_owned() };
        lab.issuer.arm(Fault { name: None, at: Point::AuthorizationResponse, grant: None, change, times: Times::Once });
        let (authorization, token) = RUNTIME.block_on(async {
            let authorization = lab.authorize(&[]).await;
            let code = authorization.parameter("code").expect("a code");
            (authorization, lab.redeem(&code, &[]).await)
        });
        prop_assert_eq!(authorization.parameters().last().cloned(), Some(("state".to_owned(), "another".to_owned())));
        prop_assert_eq!((token.status, token.header("content-type"), token.body.as_str()), (418, Some("text/plain"), body));
    }
}

#[test]
fn a_client_that_follows_the_specifications_gets_through_with_every_trait_alone_and_with_all_of_them() {
    let alone = Trait::ALL.iter().copied().map(Variation::only);
    for variation in alone.chain(Variation::whole()) {
        let lab = SERVER.beside(IssuerConfig { variation, ..IssuerConfig::default() });
        RUNTIME.block_on(Client::new(&lab).run());
    }
}

#[test]
fn every_trait_is_in_force_with_some_seed_and_out_of_force_with_another() {
    for one in Trait::ALL {
        let with = (0..64).filter(|seed| Variation::seeded(*seed).has(*one)).count();
        assert!((1..64).contains(&with), "{one}: {with}");
        assert!(!Variation::seeded(1).without(*one).has(*one));
        assert_eq!(Variation::only(*one).derived("any").traits().collect::<Vec<_>>(), [*one]);
    }
}

#[test]
fn keys_say_what_they_are_for_where_some_are_for_encryption() {
    for seed in 0..64 {
        let variation = Variation::seeded(seed);
        let encrypts = variation.has(Trait::EncryptionKey) || variation.has(Trait::EncryptionKeyOfSameId);
        assert!(!(encrypts && variation.has(Trait::KeyWithoutUse)), "seed {seed}");
    }
}

#[tokio::test]
async fn a_public_key_taken_for_a_secret_is_spelled_as_it_is_published() {
    for seed in 0..8 {
        let lab = Lab::with(IssuerConfig { variation: Variation::seeded(seed), ..IssuerConfig::default() }).await;
        let change = Change::Sign(Signing::HmacWithPublicKey { form: PublicKeyForm::Jwk });
        let at = Point::IdTokenSignature;
        lab.issuer.arm(Fault { name: None, at, grant: None, change, times: Times::Once });
        let tokens = lab.tokens(&[]).await;
        let keys = lab.get(&lab.issuer.url(Endpoint::Jwks)).await.json();
        let (message, signature) = text(&tokens, "id_token").rsplit_once('.').expect("a signature");
        let is_signed_with = |key: &Value| {
            let secret = DecodingKey::from_secret(key.to_string().as_bytes());
            let algorithm = jsonwebtoken::Algorithm::HS256;
            jsonwebtoken::crypto::verify(signature, message.as_bytes(), &secret, algorithm).unwrap_or(false)
        };
        assert!(keys["keys"].as_array().expect("keys").iter().any(is_signed_with), "seed {seed}");
    }
}

#[tokio::test]
async fn header_field_names_are_written_in_both_cases_over_a_few_seeds() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut cases = HashSet::new();
    for seed in 0..8 {
        let lab = Lab::with(IssuerConfig { variation: Variation::seeded(seed), ..IssuerConfig::default() }).await;
        let mut stream = tokio::net::TcpStream::connect(lab.idp.address()).await.expect("a connection");
        let request = b"GET /.well-known/jwks.json HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        stream.write_all(request).await.expect("the request is sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        let name = answer.lines().find(|line| line.to_ascii_lowercase().starts_with("content-type")).expect("a type");
        cases.insert(name.starts_with('C'));
    }
    assert_eq!(cases.len(), 2);
}

#[tokio::test]
async fn an_issuer_without_a_seed_is_plain() {
    let (plain, config) = (Lab::start().await, IssuerConfig::default());
    let derived = plain.beside(IssuerConfig { variation: config.variation.derived("any purpose"), ..config });
    for endpoint in [Endpoint::Jwks, Endpoint::Discovery] {
        let (one, another) =
            (plain.get(&plain.issuer.url(endpoint)).await, plain.get(&derived.issuer.url(endpoint)).await);
        let body = another.body.replace(derived.issuer.identifier(), plain.issuer.identifier());
        assert_eq!(one.body, body);
        assert_eq!(one.header("cache-control"), Some("public, max-age=3600"));
    }
}
