//! What clients do wrong, as a table: each request is refused with the right error, and a row names the switch of the
//! policy that lets it pass, where there is one.
//!
//! A row starts from an honest request and edits it. `name=value` sets a parameter, `-name` takes it out, and
//! `+name=value` adds it once more; `?…` does the same to the query of a POST. `!name: value` adds a header field, and
//! `!-name` takes it out. `@METHOD` is another method, `@type …` another media type, `@body …` another body. `{name}` is
//! a value that the test provides: see [`Scene::value`].

mod access;
mod authorize;
mod code;
mod others;
mod scene;

use std::collections::BTreeSet;

use mock_idp::{IssuerConfig, Policy};

use self::scene::{Base, Scene, clients};
use crate::lab::{Answer, Lab};

/// A switch of the policy, by its name, and how it is thrown.
type Switch = (&'static str, fn(&mut Policy));

/// One mistake.
struct Row {
    base: Base,
    about: &'static str,
    edits: &'static [&'static str],
    /// The status, and what is told: an `error`, a [`PAGE`], [`NOTHING`] or [`INACTIVE`].
    expected: (u16, &'static str),
    switch: Option<Switch>,
}

/// The user is told on a page; nothing is told to the client.
const PAGE: &str = "(a page)";
/// The answer has no body.
const NOTHING: &str = "(nothing)";
/// The introspected token is not good.
const INACTIVE: &str = "(inactive)";

/// Rows from lines: what it is about, the edits, the status and what is told, and the switch, if there is one.
macro_rules! rows {
    ($base:expr; $($about:literal [$($edit:literal),*] $status:literal $told:ident $(unless $switch:ident)?;)+) => {
        vec![$(crate::mistakes::Row {
            base: $base,
            about: $about,
            edits: &[$($edit),*],
            expected: ($status, crate::mistakes::told::$told),
            switch: crate::mistakes::rows!(@ $($switch)?),
        }),+]
    };
    (@) => { None };
    (@ $switch:ident) => { Some((stringify!($switch), crate::mistakes::switches::$switch)) };
}
use rows;

/// What a table says that is told.
#[expect(non_upper_case_globals, reason = "the tables have the words of the specifications")]
mod told {
    pub(super) const access_denied: &str = "access_denied";
    pub(super) const insufficient_scope: &str = "insufficient_scope";
    pub(super) const invalid_client: &str = "invalid_client";
    pub(super) const invalid_grant: &str = "invalid_grant";
    pub(super) const invalid_request: &str = "invalid_request";
    pub(super) const invalid_scope: &str = "invalid_scope";
    pub(super) const invalid_target: &str = "invalid_target";
    pub(super) const invalid_token: &str = "invalid_token";
    pub(super) const login_required: &str = "login_required";
    pub(super) const method_not_allowed: &str = "method_not_allowed";
    pub(super) const request_not_supported: &str = "request_not_supported";
    pub(super) const request_uri_not_supported: &str = "request_uri_not_supported";
    pub(super) const unauthorized_client: &str = "unauthorized_client";
    pub(super) const unsupported_grant_type: &str = "unsupported_grant_type";
    pub(super) const unsupported_response_type: &str = "unsupported_response_type";
    pub(super) const page: &str = super::PAGE;
    pub(super) const nothing: &str = super::NOTHING;
    pub(super) const inactive: &str = super::INACTIVE;
}

/// The switches, under the names that they have in the policy.
mod switches {
    use mock_idp::{
        ClientAuthentication, LoopbackPorts, PkcePolicy, PlainChallenge, Policy, RefreshRotation, Tolerance,
    };

    pub(super) fn client_authentication(policy: &mut Policy) {
        policy.client_authentication = ClientAuthentication::Lenient;
    }
    pub(super) fn double_authentication(policy: &mut Policy) {
        policy.double_authentication = Tolerance::Accepted;
        policy.client_authentication = ClientAuthentication::Lenient;
    }
    pub(super) fn access_token_parameter(policy: &mut Policy) {
        policy.access_token_parameter = Tolerance::Accepted;
    }
    pub(super) fn further_response_types(policy: &mut Policy) {
        policy.further_response_types = Tolerance::Accepted;
    }
    pub(super) fn loopback_ports(policy: &mut Policy) {
        policy.loopback_ports = LoopbackPorts::Any;
    }
    pub(super) fn malformed_pkce(policy: &mut Policy) {
        policy.malformed_pkce = Tolerance::Accepted;
    }
    pub(super) fn malformed_scope(policy: &mut Policy) {
        policy.malformed_scope = Tolerance::Accepted;
    }
    pub(super) fn missing_audience(policy: &mut Policy) {
        policy.missing_audience = Tolerance::Accepted;
    }
    pub(super) fn other_audience(policy: &mut Policy) {
        policy.other_audience = Tolerance::Accepted;
    }
    pub(super) fn missing_pkce(policy: &mut Policy) {
        policy.missing_pkce = Tolerance::Accepted;
    }
    pub(super) fn pkce(policy: &mut Policy) {
        policy.pkce = PkcePolicy::Ignore;
    }
    pub(super) fn plain_challenge(policy: &mut Policy) {
        policy.plain_challenge = PlainChallenge::Accepted;
    }
    pub(super) fn refresh_rotation(policy: &mut Policy) {
        policy.refresh_rotation = RefreshRotation::Static;
    }
    pub(super) fn repeated_parameters(policy: &mut Policy) {
        policy.repeated_parameters = Tolerance::Accepted;
    }
    pub(super) fn unknown_grant_type(policy: &mut Policy) {
        policy.unknown_grant_type = Tolerance::Accepted;
    }
    pub(super) fn unverified_hint(policy: &mut Policy) {
        policy.unverified_hint = Tolerance::Accepted;
    }
}

fn mistakes() -> Vec<Row> {
    [authorize::mistakes(), code::mistakes(), access::mistakes(), others::mistakes()].into_iter().flatten().collect()
}

fn told(answer: &Answer) -> String {
    if answer.header("location").is_some() {
        return answer.parameter("error").unwrap_or_else(|| "a redirect".to_owned());
    }
    match answer.header("content-type") {
        None => NOTHING.to_owned(),
        Some(html) if html.starts_with("text/html") => PAGE.to_owned(),
        Some(_) if answer.json()["active"] == false => INACTIVE.to_owned(),
        Some(_) => answer.json()["error"].as_str().unwrap_or("no error").to_owned(),
    }
}

fn is_good(answer: &Answer) -> bool {
    let refused = [PAGE, INACTIVE].contains(&told(answer).as_str()) || answer.parameter("error").is_some();
    answer.status < 400 && !refused
}

fn scene(server: &Lab, policy: Policy) -> Scene {
    Scene::new(server.beside(IssuerConfig {
        clients: clients(),
        apis: scene::apis(),
        policy,
        ..IssuerConfig::default()
    }))
}

#[tokio::test]
async fn the_request_that_a_row_starts_from_is_good() {
    let server = Lab::start().await;
    for base in Base::ALL {
        let answer = scene(&server, Policy::default()).send(base, &[]).await;
        assert!(
            answer.status < 400 && answer.parameter("error").is_none(),
            "{base:?}: {} {}",
            answer.status,
            answer.body
        );
        assert!(base == Base::EndSession || is_good(&answer), "{base:?}: {}", answer.body);
    }
}

#[tokio::test]
async fn every_mistake_is_refused_with_its_error() {
    let server = Lab::start().await;
    let rows = mistakes();
    assert!(rows.len() >= 140, "{} rows", rows.len());
    let mut wrong = Vec::new();
    for Row { base, about, edits, expected, .. } in &rows {
        let answer = scene(&server, Policy::default()).send(*base, edits).await;
        let told = told(&answer);
        if (answer.status, told.as_str()) != *expected {
            wrong.push(format!("{base:?}: {about}: {} {told}, and not {expected:?}", answer.status));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_switch_lets_its_mistakes_pass() {
    let server = Lab::start().await;
    let mut wrong = Vec::new();
    for Row { base, about, edits, switch, .. } in mistakes() {
        let Some((name, throw)) = switch else { continue };
        let mut policy = Policy::default();
        throw(&mut policy);
        let answer = scene(&server, policy).send(base, edits).await;
        if !is_good(&answer) {
            wrong.push(format!("{base:?}: {about}, with {name}: {} {}", answer.status, told(&answer)));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_served_provider_lets_pass_what_the_page_says_and_nothing_else() {
    let passes = ["client_authentication", "loopback_ports", "missing_audience", "other_audience"];
    let page = include_str!("../../../docs/provider.md");
    assert!(passes.iter().all(|switch| page.contains(&format!("| `{}` |", switch.replace('_', "-")))));
    let server = Lab::start().await;
    let mut wrong = Vec::new();
    for Row { base, about, edits, switch, .. } in mistakes() {
        let answer = scene(&server, Policy::served()).send(base, edits).await;
        if is_good(&answer) != switch.is_some_and(|(name, _)| passes.contains(&name)) {
            wrong.push(format!("{base:?}: {about}: {} {}", answer.status, told(&answer)));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn no_mistake_is_there_twice() {
    let rows = mistakes();
    let distinct: BTreeSet<_> = rows.iter().map(|row| (format!("{:?}", row.base), row.edits)).collect();
    assert_eq!(distinct.len(), rows.len());
    let names: BTreeSet<_> = rows.iter().map(|row| (format!("{:?}", row.base), row.about)).collect();
    assert_eq!(names.len(), rows.len());
}
