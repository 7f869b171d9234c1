//! Where a browser is led: to pages of the client and of its providers, by URLs of the web.

use mock_idp::{Change, Point};

use super::violation::Violation;
use crate::evidence::Evidence;
use crate::plan::Invariant;
use crate::suite::Level;
use crate::verdict::{expectations, returning};

pub(super) fn violations(evidence: &Evidence) -> Vec<Violation> {
    returned(evidence).into_iter().chain(opened(evidence)).collect()
}

/// RFC 9700 §4.11.1: a link to a login is no way to any other site.
fn returned(evidence: &Evidence) -> Option<Violation> {
    let (url, message) = returning::astray(evidence)?;
    let (level, cause) = match url.host() {
        Some(_) => (Level::Must, "leads a browser to another site that a link to the login names"),
        // A browser may not follow it.
        None => (Level::Should, "leads a browser to a URL of another scheme that a link to the login names"),
    };
    Some(Violation::of(Invariant::Redirects, level, cause, message).under(vec!["RFC9700-4.11.1"]))
}

/// What a shell prints that has read the URL; in the URL it stands in two pieces.
const RUN_BY_A_SHELL: &str = "run-by-a-shell";

/// OpenID Connect Discovery §3: the authorization endpoint is a URL of the web. What an app opens, or sends a browser to, has
/// an effect before anybody has refused anything.
fn opened(evidence: &Evidence) -> Option<Violation> {
    evidence.faults.iter().filter(|armed| armed.at == Point::Discovery).find_map(|armed| {
        let Change::Merge(patch) = &armed.fault.change else { return None };
        let endpoint = patch.get("authorization_endpoint")?.as_str()?;
        let (mark, cause) = unfit(endpoint)?;
        let is_marked = |url: &str| match mark {
            Mark::Holds(text) => url.contains(text),
            Mark::BeginsWith(text) => url.starts_with(text),
        };
        let what = format!("comes from the authorization_endpoint {endpoint:?} of the metadata");
        let message = expectations::never_sent_to(evidence, is_marked, &what).err()?.message;
        Some(Violation::of(Invariant::Redirects, Level::Should, cause, message).under(vec!["OIDC-Discovery-3"]))
    })
}

/// By what a URL shows that an endpoint was used as it stands.
enum Mark<'a> {
    Holds(&'a str),
    BeginsWith(&'a str),
}

/// Why an authorization endpoint is no URL that a browser may be sent to as it stands.
fn unfit(endpoint: &str) -> Option<(Mark<'_>, &'static str)> {
    if endpoint.contains("printf") {
        return Some((Mark::Holds(RUN_BY_A_SHELL), "lets a shell read the authorization endpoint"));
    }
    if endpoint.starts_with('-') {
        return Some((Mark::BeginsWith("-"), "opens an authorization endpoint that is an option of a program"));
    }
    if let Some((_, rest)) = endpoint.split_once(' ') {
        return Some((
            Mark::Holds(&endpoint[endpoint.len() - rest.len() - 1..]),
            "opens an authorization endpoint that holds white space",
        ));
    }
    let (scheme, _) = endpoint.split_once(':')?;
    let is_other =
        scheme.chars().all(|it| it.is_ascii_alphanumeric() || it == '-') && !["http", "https"].contains(&scheme);
    is_other.then(|| {
        (Mark::BeginsWith(&endpoint[..=scheme.len()]), "opens an authorization endpoint that is no page of the web")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoint_of_the_web_is_fit_whatever_its_query() {
        let is_fit = |endpoint| unfit(endpoint).is_none();
        assert!(is_fit("https://idp.example/authorize?x=$(y)"));
        assert!(is_fit("{base_url}{authorization_path}?tenant=a%2Fb"));
        for other in
            ["file:///etc/hostname", "javascript:alert(1)", "search-ms:query=x", "-x", "https://idp.example/a b"]
        {
            assert!(!is_fit(other), "{other}");
        }
    }
}
