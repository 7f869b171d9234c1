//! Faults that are made up: every message of the provider, altered by the rules of what it consists of.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use mock_idp::{Change, Fault, GrantType, Point, PublicKeyForm, Signing, Times, ValueForm};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use crate::verdict::MARK;

/// A fault of the named table, or a made-up one.
pub(super) fn fault() -> BoxedStrategy<Fault> {
    let named: Vec<_> = mock_idp::fault::names().filter_map(mock_idp::fault::named).filter(ends).collect();
    let what = prop_oneof![
        4 => select(named).no_shrink(),
        6 => id_token_claims(),
        3 => id_token_signature(),
        1 => id_token_header(),
        4 => token_response(),
        3 => authorization_response(),
        2 => userinfo(),
        1 => metadata(),
        2 => http(),
    ];
    let times = prop_oneof![3 => Just(Times::Always), 1 => Just(Times::Once)];
    (what, times).prop_map(|(fault, times)| Fault { times, ..fault }).boxed()
}

/// What never answers, or late, shows nothing but how long a client waits, and costs that time.
fn ends(fault: &Fault) -> bool {
    !matches!(fault.change, Change::Hang | Change::Delay { .. } | Change::Hold { .. })
}

pub(super) fn unnamed(at: Point, grant: Option<GrantType>, change: Change) -> Fault {
    Fault { name: None, at, grant, change, times: Times::Always }
}

/// One or two members of a message, altered; or one that is written otherwise.
fn members(at: Point, grant: Option<GrantType>, names: &'static [&'static str]) -> BoxedStrategy<Fault> {
    let merged = prop::collection::vec(member(names), 1..=2).prop_map(|members| {
        let members: Map<_, _> = members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Change::Merge(Value::Object(members))
    });
    let null = select(names).no_shrink().prop_map(|name| Change::SetNull(vec![name.to_owned()]));
    let retyped = (select(names), select(FORMS.to_vec())).no_shrink();
    let retyped = retyped.prop_map(|(name, form)| Change::Retype(BTreeMap::from([(name.to_owned(), form)])));
    let renamed = select(names).no_shrink();
    let renamed = renamed.prop_map(|name| Change::Rename(BTreeMap::from([(name.to_owned(), name.to_uppercase())])));
    prop_oneof![9 => merged, 1 => null, 1 => retyped, 1 => renamed]
        .prop_map(move |change| unnamed(at, grant, change))
        .boxed()
}

/// A member and its new value: something near what belongs there, mostly.
fn member(names: &'static [&'static str]) -> BoxedStrategy<(&'static str, Value)> {
    select(names)
        .prop_flat_map(|name| prop_oneof![2 => near(name), 1 => value()].prop_map(move |value| (name, value)))
        .no_shrink()
        .boxed()
}

/// For each member the near misses of what belongs there, and the values of other parties; `null` takes it away. The entry
/// without a name is for all others.
static NEAR: LazyLock<BTreeMap<String, Vec<Value>>> =
    LazyLock::new(|| serde_json::from_str(include_str!("near.json")).expect("it is a part of the sources"));

fn near_values(name: &str) -> &'static [Value] {
    NEAR.get(name).unwrap_or(&NEAR[""])
}

/// Something near what belongs into a member.
fn near(name: &str) -> BoxedStrategy<Value> {
    select(near_values(name)).boxed()
}

/// What a member may become besides: texts of other members, and the limits of each JSON type.
fn value() -> BoxedStrategy<Value> {
    let texts = [
        "",
        " ",
        "x",
        "none",
        "null",
        "true",
        "0",
        "{issuer}x",
        "{issuer:slash}",
        "{issuer:upper}",
        "{issuer:shorter}",
        "{issuer:scheme}",
        "https://attacker.example/",
        "{client_id}x",
        "{client_id:upper}",
        "{client_id:shorter}",
        "another-client",
        "{nonce}x",
        "{nonce:upper}",
        "{state}x",
        "{mallory}",
        "{bob}",
        "{mallory_email}",
        "mac",
        "bearer",
        "BEARER",
        "DPoP",
        "access_denied",
        "invalid_grant",
        "openid",
        "{now-60}",
        "{now-3600}",
        "{now-86400}",
        "{now+300}",
        "{now+86400}",
        "..",
        "a.b.c",
    ];
    let others = [
        Value::Null,
        json!(true),
        json!(false),
        json!(0),
        json!(-1),
        json!(1),
        json!(1.5),
        json!(2_147_483_648_u64),
        json!(9_007_199_254_740_993_u64),
        json!(1e300),
        json!([]),
        json!([""]),
        json!(["{client_id}"]),
        json!(["another-client"]),
        json!(["another-client", "{client_id}"]),
        json!({}),
        json!({ "sub": "x" }),
    ];
    let texts: Vec<_> = texts.into_iter().map(|text| Value::String(text.to_owned())).collect();
    let long = prop_oneof![Just(255_usize), Just(4_096), Just(16_385)].prop_map(|length| json!("x".repeat(length)));
    prop_oneof![2 => Just(Value::Null), 8 => select(texts), 4 => select(others.to_vec()), 1 => long].no_shrink().boxed()
}

const CLAIMS: &[&str] = &[
    "iss",
    "aud",
    "exp",
    "iat",
    "nonce",
    "sub",
    "nbf",
    "azp",
    "at_hash",
    "auth_time",
    "name",
    "email",
    "x",
    "https://claims.example/x",
];

const HEADER: &[&str] = &["alg", "kid", "typ", "crit", "jku", "cty", "x"];

const TOKEN_RESPONSE: &[&str] =
    &["access_token", "token_type", "expires_in", "refresh_token", "scope", "id_token", "error", "x"];

const USERINFO: &[&str] = &["sub", "name", "email", "email_verified", "picture", "updated_at", "x"];

const METADATA: &[&str] = &[
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "jwks_uri",
    "end_session_endpoint",
    "scopes_supported",
    "response_types_supported",
    "response_modes_supported",
    "grant_types_supported",
    "subject_types_supported",
    "id_token_signing_alg_values_supported",
    "token_endpoint_auth_methods_supported",
    "code_challenge_methods_supported",
    "claims_supported",
    "x",
];

/// The messages that are altered member by member.
const MESSAGES: [(Point, Option<GrantType>, &[&str]); 7] = [
    (Point::IdTokenClaims, None, CLAIMS),
    (Point::IdTokenClaims, Some(GrantType::RefreshToken), &["iss", "sub", "aud", "nonce", "auth_time", "at_hash"]),
    (Point::IdTokenHeader, None, HEADER),
    (Point::TokenResponse, Some(GrantType::AuthorizationCode), TOKEN_RESPONSE),
    (Point::TokenResponse, Some(GrantType::RefreshToken), TOKEN_RESPONSE),
    (Point::Userinfo, None, USERINFO),
    (Point::Discovery, None, METADATA),
];

/// Each message altered in one place, in all the ways that are near what belongs there: what is worth trying before anything is
/// combined.
pub(super) fn singles() -> Vec<Fault> {
    let mut faults: Vec<_> = mock_idp::fault::names().filter_map(mock_idp::fault::named).filter(ends).collect();
    for (at, grant, names) in MESSAGES {
        for name in names {
            let merged = near_values(name).iter().map(|value| Change::Merge(json!({ (*name): value })));
            let null = Change::SetNull(vec![(*name).to_owned()]);
            let retyped = FORMS.map(|form| Change::Retype(BTreeMap::from([((*name).to_owned(), form)])));
            let changes = merged.chain([null]).chain(retyped);
            faults.extend(changes.map(|change| unnamed(at, grant, change)));
        }
    }
    // Whether such an answer was used shows by what else it says.
    let about_others = near_values("sub").iter().map(|subject| {
        let marked = ["name", "nickname", "website"].map(|name| (name.to_owned(), json!(MARK)));
        Change::Merge(Value::Object(marked.into_iter().chain([("sub".to_owned(), subject.clone())]).collect()))
    });
    faults.extend(about_others.map(|change| unnamed(Point::Userinfo, None, change)));
    let refused = json!({ "sub": "{subject}", "name": MARK, "nickname": MARK, "website": MARK }).to_string();
    let refusals = [401, 403, 500].map(|status| respond(Some(status), None, Some(&refused)));
    faults.extend(refusals.map(|change| unnamed(Point::Userinfo, None, change)));
    faults.extend(signings().into_iter().map(|it| unnamed(Point::IdTokenSignature, None, Change::Sign(it))));
    faults.extend(authorization_responses().into_iter().map(|it| unnamed(Point::AuthorizationResponse, None, it)));
    for (at, grant) in ANSWERED {
        let status = STATUSES.map(|status| respond(Some(status), None, None));
        let body = BODIES.map(|body| respond(None, None, Some(body)));
        let refusal = BODIES.map(|body| respond(Some(400), None, Some(body)));
        let header = HEADERS.map(|header| respond(None, Some(header), None));
        let redirects =
            [301, 302, 307, 308].map(|status| respond(Some(status), Some(("location", "{stranger}x")), None));
        // Another port of the same host is another origin.
        let neighbour = respond(Some(302), Some(("location", "{neighbour}x")), None);
        let challenges = CHALLENGES.map(|it| respond(Some(401), Some(("www-authenticate", it)), None));
        let changes = status.into_iter().chain(body).chain(refusal).chain(header).chain([Change::Reset]);
        let changes = changes.chain(redirects).chain([neighbour]).chain(challenges);
        faults.extend(changes.map(|change| unnamed(at, grant, change)));
    }
    let keys = [
        json!({ "kty": "x", "kid": "x" }),
        json!({ "kty": "EC", "crv": "x", "kid": "x", "x": "AA", "y": "AA" }),
        json!({ "kty": "RSA", "kid": "x" }),
    ];
    let keys = keys.map(|key| Change::InsertLast { path: "/keys".to_owned(), values: vec![key] });
    faults.extend(keys.map(|change| unnamed(Point::Jwks, None, change)));
    faults.push(unnamed(Point::ApiResponse, None, Change::Merge(json!({ "next": "{stranger}api?page=2" }))));
    faults
}

const FORMS: [ValueForm; 4] = [ValueForm::Text, ValueForm::Date, ValueForm::List, ValueForm::Commas];

fn id_token_claims() -> BoxedStrategy<Fault> {
    members(Point::IdTokenClaims, None, CLAIMS)
}

fn id_token_header() -> BoxedStrategy<Fault> {
    members(Point::IdTokenHeader, None, HEADER)
}

fn signings() -> Vec<Signing> {
    let spelled = ["none", "None", "NONE", "nOnE", ""].map(|it| Signing::None { spelling: it.to_owned() });
    let hmac = [PublicKeyForm::Pem, PublicKeyForm::Der, PublicKeyForm::Jwk];
    let hmac = hmac.map(|form| Signing::HmacWithPublicKey { form });
    let others = [
        Signing::UnknownKey,
        Signing::HmacWithClientSecret,
        Signing::HmacWithEmptyKey,
        Signing::Stripped,
        Signing::TwoParts,
        Signing::Corrupted,
        Signing::EmbeddedJwk,
    ];
    spelled.into_iter().chain(hmac).chain(others).collect()
}

fn id_token_signature() -> BoxedStrategy<Fault> {
    const CLAIMS: &[&str] = &["sub", "iss", "aud", "exp", "nonce", "email"];
    let after = member(CLAIMS).prop_map(|(name, value)| Signing::AfterSigning(json!({ (name): value })));
    prop_oneof![1 => after, 6 => select(signings())]
        .prop_map(|signing| unnamed(Point::IdTokenSignature, None, Change::Sign(signing)))
        .no_shrink()
        .boxed()
}

fn token_response() -> BoxedStrategy<Fault> {
    prop_oneof![
        2 => members(Point::TokenResponse, Some(GrantType::AuthorizationCode), TOKEN_RESPONSE),
        1 => members(Point::TokenResponse, Some(GrantType::RefreshToken), TOKEN_RESPONSE),
    ]
    .boxed()
}

/// What becomes of the parameters of an authorization response.
fn authorization_responses() -> Vec<Change> {
    let near: [(&str, &[&str]); 5] = [
        ("code", &["", "x", "{code}x"]),
        ("state", &["", "x", "{state}x"]),
        (
            "iss",
            &[
                "",
                "{issuer}",
                "{issuer}x",
                "x{issuer}",
                "{issuer:slash}",
                "{issuer:upper}",
                "{issuer:shorter}",
                "{issuer:scheme}",
                "https://attacker.example/",
            ],
        ),
        (
            "error",
            &[
                "access_denied",
                "login_required",
                "server_error",
                "temporarily_unavailable",
                "unauthorized_client",
                "invalid_request",
                "x",
                "<b>x</b>",
            ],
        ),
        ("x", &["", "x"]),
    ];
    let pairs = near.into_iter().flat_map(|(name, values)| values.iter().map(move |value| (name, (*value).to_owned())));
    let altered = pairs.flat_map(|(name, value)| {
        // What a provider answers that refuses has no code.
        let refused = (name == "error").then(|| Change::Merge(json!({ "code": null, "error": value })));
        let all = [
            Change::Merge(json!({ (name): value })),
            Change::Append { name: name.to_owned(), value: value.clone() },
            Change::Prepend { name: name.to_owned(), value },
        ];
        all.into_iter().chain(refused)
    });
    let described = json!({ "code": null, "error": "access_denied", "error_description": "<b>x</b>" });
    let without = ["code", "state", "iss"].map(|name| Change::Remove(vec![name.to_owned()]));
    altered.chain(without).chain([Change::Merge(described)]).collect()
}

fn authorization_response() -> BoxedStrategy<Fault> {
    select(authorization_responses())
        .prop_map(|change| unnamed(Point::AuthorizationResponse, None, change))
        .no_shrink()
        .boxed()
}

fn userinfo() -> BoxedStrategy<Fault> {
    members(Point::Userinfo, None, USERINFO)
}

/// They are altered rarely: each such plan needs a new client.
fn metadata() -> BoxedStrategy<Fault> {
    members(Point::Discovery, None, METADATA)
}

/// The messages whose HTTP response is altered.
const ANSWERED: [(Point, Option<GrantType>); 5] = [
    (Point::TokenResponse, Some(GrantType::AuthorizationCode)),
    (Point::TokenResponse, Some(GrantType::RefreshToken)),
    (Point::Userinfo, None),
    (Point::ApiResponse, None),
    (Point::Jwks, None),
];

const STATUSES: [u16; 10] = [201, 204, 302, 400, 401, 403, 404, 429, 500, 503];

const BODIES: [&str; 8] = [
    "",
    "{",
    r#"{"access_token":"{access_token}","token_type":"Bearer","id_token":"#,
    "null",
    "[]",
    "<!DOCTYPE html><title>Sorry</title>",
    r#"{"error":"invalid_grant"}"#,
    r#"{"error":{"message":"x"}}"#,
];

const HEADERS: [(&str, &str); 9] = [
    ("connection", "close"),
    ("content-type", "application/json ; charset=UTF-8"),
    ("link", "<{stranger}api?page=2>; rel=\"next\""),
    ("content-type", "text/html"),
    ("content-type", "application/json; charset=utf-8"),
    ("content-type", "application/JSON"),
    ("location", "{stranger}"),
    ("retry-after", "1"),
    ("www-authenticate", "Bearer error=\"invalid_token\""),
];

/// What a server that refuses may ask for; some of it is not for it to ask.
const CHALLENGES: [&str; 5] = [
    "Bearer error=\"invalid_token\"",
    "bEARER error=\"invalid_token\"",
    "Basic realm=\"x\", Bearer realm=\"x, y\", error=\"invalid_token\"",
    "Basic realm=\"x\"",
    "Bearer authorization_uri=\"{stranger}authorize\", resource_metadata=\"{stranger}.well-known/oauth-protected-resource\"",
];

pub(super) fn respond(status: Option<u16>, header: Option<(&str, &str)>, body: Option<&str>) -> Change {
    Change::Respond {
        status,
        headers: header.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        body: body.map(str::to_owned),
    }
}

/// The HTTP response around a message.
fn http() -> BoxedStrategy<Fault> {
    let status = prop::option::weighted(0.9, select(STATUSES.to_vec()));
    let body = prop::option::weighted(0.9, select(BODIES.to_vec()));
    let header = prop::option::weighted(0.9, select(HEADERS.to_vec()));
    let answer = (status, body, header).prop_map(|(status, body, header)| respond(status, header, body));
    let change = prop_oneof![5 => answer, 1 => Just(Change::Reset)];
    (select(ANSWERED.to_vec()), change).prop_map(|((at, grant), change)| unnamed(at, grant, change)).no_shrink().boxed()
}
