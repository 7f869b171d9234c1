//! Where logins lead whose link names a place to go to afterwards (RFC 9700 §4.11.1).

use url::Url;

use super::finding::Finding;
use crate::evidence::{Attempt, Evidence, Outcome, foreign_site};
use crate::plan::Action;

/// What the link of a login named.
fn target(attempt: &Attempt) -> Option<&str> {
    match &attempt.action {
        Action::LogInReturning { target, .. } => Some(target),
        _ => None,
    }
}

/// Where the client sent the browser in an attempt.
fn led_to<'a>(attempt: &'a Attempt, evidence: &'a Evidence) -> impl Iterator<Item = Url> + 'a {
    let hops = evidence.hops.iter().filter(|hop| attempt.when.holds(hop.when.ended));
    hops.flat_map(|hop| &hop.urls).filter_map(|url| Url::parse(url).ok())
}

/// A client that does not go to one of its pages that a link names does nothing with such links.
pub(super) fn never(evidence: &Evidence) -> Option<String> {
    let own = evidence.attempts.iter().find(|attempt| attempt.number.is_none() && target(attempt).is_some())?;
    let named = target(own)?;
    let page = Url::parse(&evidence.redirect_uri).ok()?.join(named).ok()?;
    // A client may add a parameter of its own.
    let is_there =
        |url: Url| url.path() == page.path() && page.query_pairs().all(|pair| url.query_pairs().any(|it| it == pair));
    if matches!(own.outcome, Outcome::Crashed(_) | Outcome::TimedOut(_)) || led_to(own, evidence).any(is_there) {
        return None;
    }
    Some(format!("the client does not go to {named}, its own page that the link to its login names"))
}

/// Where a link leads that names another site: to the host, or to a URL of the scheme. And the same in words.
pub(super) fn astray(evidence: &Evidence) -> Option<(Url, String)> {
    let redirect_uri = Url::parse(&evidence.redirect_uri).ok()?;
    evidence.attempts.iter().filter(|attempt| attempt.number.is_some()).find_map(|attempt| {
        let named = target(attempt)?;
        let site = foreign_site(&redirect_uri, named)?;
        let is_there = |url: &Url| match site.host() {
            Some(host) => url.host() == Some(host),
            None => url.scheme() == site.scheme(),
        };
        let url = led_to(attempt, evidence).find(is_there)?;
        let message = format!("a link that returns to {named:?} leads to {url} after the login");
        Some((url, message))
    })
}

/// No redirect leads to the host that a link names, or to a URL of the scheme that it names.
pub(super) fn leads_to_no_other_site(evidence: &Evidence) -> Result<(), Finding> {
    astray(evidence).map_or(Ok(()), |(_, message)| Err(Finding::unmet("open-redirect", message)))
}
