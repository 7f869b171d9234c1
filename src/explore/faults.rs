//! Faults that are made up: every message of the provider, altered by the rules of what it consists of.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use mock_idp::{Change, Fault, GrantType, Point, PublicKeyForm, Signing, Times, ValueForm};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

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

fn unnamed(at: Point, grant: Option<GrantType>, change: Change) -> Fault {
    Fault { name: None, at, grant, change, times: Times::Always }
}

/// One or two members of a message, altered; or one that is written otherwise.
fn members(at: Point, grant: Option<GrantType>, names: &'static [&'static str]) -> BoxedStrategy<Fault> {
    let merged = prop::collection::vec(member(names), 1..=2).prop_map(|members| {
        let members: Map<_, _> = members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Change::Merge(Value::Object(members))
    });
    let null = select(names).no_shrink().prop_map(|name| Change::SetNull(vec![name.to_owned()]));
    let form = select(vec![ValueForm::Text, ValueForm::Date, ValueForm::List, ValueForm::Commas]);
    let retyped = (select(names), form).no_shrink();
    let retyped = retyped.prop_map(|(name, form)| Change::Retype(BTreeMap::from([(name.to_owned(), form)])));
    let renamed = select(names).no_shrink();
    let renamed = renamed.prop_map(|name| Change::Rename(BTreeMap::from([(name.to_owned(), name.to_uppercase())])));
    prop_oneof![9 => merged, 1 => null, 1 => retyped, 1 => renamed]
        .prop_map(move |change| unnamed(at, grant, change))
        .boxed()
}

/// A member, and what becomes of it: something near what belongs there, mostly.
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

/// Something near what belongs into a member.
fn near(name: &str) -> BoxedStrategy<Value> {
    select(NEAR.get(name).unwrap_or(&NEAR[""]).as_slice()).boxed()
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

fn id_token_claims() -> BoxedStrategy<Fault> {
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
    members(Point::IdTokenClaims, None, CLAIMS)
}

fn id_token_header() -> BoxedStrategy<Fault> {
    const MEMBERS: &[&str] = &["alg", "kid", "typ", "crit", "jku", "cty", "x"];
    members(Point::IdTokenHeader, None, MEMBERS)
}

fn id_token_signature() -> BoxedStrategy<Fault> {
    const CLAIMS: &[&str] = &["sub", "iss", "aud", "exp", "nonce", "email"];
    let spelling =
        select(vec!["none", "None", "NONE", "nOnE", ""]).prop_map(|it| Signing::None { spelling: it.to_owned() });
    let after = member(CLAIMS).prop_map(|(name, value)| Signing::AfterSigning(json!({ (name): value })));
    let hmac = select(vec![PublicKeyForm::Pem, PublicKeyForm::Der, PublicKeyForm::Jwk]);
    let hmac = hmac.prop_map(|form| Signing::HmacWithPublicKey { form });
    let others = select(vec![
        Signing::UnknownKey,
        Signing::HmacWithClientSecret,
        Signing::HmacWithEmptyKey,
        Signing::Stripped,
        Signing::Corrupted,
        Signing::EmbeddedJwk,
    ]);
    prop_oneof![2 => spelling, 1 => after, 1 => hmac, 3 => others]
        .prop_map(|signing| unnamed(Point::IdTokenSignature, None, Change::Sign(signing)))
        .no_shrink()
        .boxed()
}

fn token_response() -> BoxedStrategy<Fault> {
    const MEMBERS: &[&str] =
        &["access_token", "token_type", "expires_in", "refresh_token", "scope", "id_token", "error", "x"];
    prop_oneof![
        2 => members(Point::TokenResponse, Some(GrantType::AuthorizationCode), MEMBERS),
        1 => members(Point::TokenResponse, Some(GrantType::RefreshToken), MEMBERS),
    ]
    .boxed()
}

fn authorization_response() -> BoxedStrategy<Fault> {
    let pair = || {
        select(vec!["code", "state", "iss", "error", "x"]).prop_flat_map(|name| {
            let texts = match name {
                "code" => vec!["", "x", "{code}x"],
                "state" => vec!["", "x", "{state}x"],
                "iss" => vec![
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
                "error" => vec![
                    "access_denied",
                    "login_required",
                    "server_error",
                    "temporarily_unavailable",
                    "unauthorized_client",
                    "invalid_request",
                    "x",
                    "<b>x</b>",
                ],
                _ => vec!["", "x"],
            };
            select(texts).prop_map(move |text| (name.to_owned(), text.to_owned()))
        })
    };
    let set = pair().prop_map(|(name, value)| Change::Merge(json!({ (name): value })));
    let without = select(vec!["code", "state", "iss"]).prop_map(|name| Change::Remove(vec![name.to_owned()]));
    // What a provider answers that refuses.
    let refused = select(vec!["access_denied", "login_required", "invalid_request", "temporarily_unavailable", "x"]);
    let refused = refused.prop_map(|error| Change::Merge(json!({ "code": null, "error": error })));
    let append = pair().prop_map(|(name, value)| Change::Append { name, value });
    let prepend = pair().prop_map(|(name, value)| Change::Prepend { name, value });
    prop_oneof![2 => set, 1 => without, 1 => refused, 1 => append, 1 => prepend]
        .prop_map(|change| unnamed(Point::AuthorizationResponse, None, change))
        .no_shrink()
        .boxed()
}

fn userinfo() -> BoxedStrategy<Fault> {
    const MEMBERS: &[&str] = &["sub", "name", "email", "email_verified", "picture", "updated_at", "x"];
    members(Point::Userinfo, None, MEMBERS)
}

/// Metadata that no client needs to be able to go on with are altered rarely: each such plan needs a new client.
fn metadata() -> BoxedStrategy<Fault> {
    const MEMBERS: &[&str] = &["issuer", "userinfo_endpoint", "scopes_supported", "response_types_supported", "x"];
    members(Point::Discovery, None, MEMBERS)
}

/// The HTTP response around a message.
fn http() -> BoxedStrategy<Fault> {
    let at = select(vec![
        (Point::TokenResponse, Some(GrantType::AuthorizationCode)),
        (Point::TokenResponse, Some(GrantType::RefreshToken)),
        (Point::Userinfo, None),
        (Point::ApiResponse, None),
        (Point::Jwks, None),
    ]);
    let status = select(vec![
        None,
        Some(201),
        Some(204),
        Some(302),
        Some(400),
        Some(401),
        Some(403),
        Some(404),
        Some(429),
        Some(500),
        Some(503),
    ]);
    let body = select(vec![
        None,
        Some(""),
        Some("{"),
        Some("null"),
        Some("[]"),
        Some("<!DOCTYPE html><title>Sorry</title>"),
        Some(r#"{"error":"invalid_grant"}"#),
        Some(r#"{"error":{"message":"x"}}"#),
    ]);
    let header = select(vec![
        None,
        Some(("content-type", "text/html")),
        Some(("content-type", "application/json; charset=utf-8")),
        Some(("content-type", "application/JSON")),
        Some(("location", "{stranger}")),
        Some(("retry-after", "1")),
        Some(("www-authenticate", "Bearer error=\"invalid_token\"")),
    ]);
    let answer = (status, body, header).prop_map(|(status, body, header)| Change::Respond {
        status,
        headers: header.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        body: body.map(str::to_owned),
    });
    let change = prop_oneof![5 => answer, 1 => Just(Change::Reset)];
    (at, change).prop_map(|((at, grant), change)| unnamed(at, grant, change)).no_shrink().boxed()
}
