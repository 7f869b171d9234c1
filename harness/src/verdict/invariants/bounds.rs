//! The client lives, comes to an end, and does not ask again and again.

use mock_idp::{Endpoint, Entry};
use url::Url;

use super::refreshes;
use super::violation::Violation;
use crate::evidence::{Attempt, Evidence, Outcome};
use crate::plan::{Action, Invariant};
use crate::suite::Level;

/// How often a client may ask an endpoint in one step. Those that try again after a failure do so two or three times.
const MOST: [(Endpoint, usize, Level, &str); 3] = [
    (Endpoint::Token, 10, Level::Should, "asks the token endpoint again and again"),
    (Endpoint::Userinfo, 4, Level::Interop, "asks UserInfo again and again"),
    (Endpoint::Jwks, 4, Level::Interop, "fetches keys again and again"),
];

/// How often a client may send a browser to the provider for one login: it may try first whether the user need not be asked.
const MOST_AUTHORIZATION_REQUESTS: usize = 2;

pub(super) fn violations(evidence: &Evidence) -> Vec<Violation> {
    let bounds = |level, cause: &str, message: String| Violation::of(Invariant::Bounds, level, cause, message);
    let ends = evidence.attempts.iter().filter_map(|attempt| match &attempt.outcome {
        Outcome::Crashed(how) => {
            let message = format!("at {}: {how}", attempt.action.name());
            // A server breaks off a request that is too large for it, for instance.
            Some(match evidence.client_lives {
                true => bounds(Level::Should, "fails without an answer", message),
                false => bounds(Level::Must, "crashes", message),
            })
        }
        // It has refused, perhaps, and nobody has thought of it: `verify` says `refused-with-500`.
        Outcome::ServerError(how) => {
            let message = format!("at {}: {how}", attempt.action.name());
            Some(bounds(Level::May, "answers with status 500", message))
        }
        Outcome::TimedOut(what) => Some(bounds(Level::Should, "hangs", what.clone())),
        _ => None,
    });
    let exchanges = evidence.exchanges();
    let asked = |attempt: &Attempt, endpoint: Endpoint| {
        exchanges.iter().filter(|entry| entry.endpoint == endpoint && attempt.when.holds(entry.arrived)).count()
    };
    let storms = evidence.attempts.iter().flat_map(|attempt| {
        // Several clients' worth of work is done in the other ones.
        let is_one = !matches!(
            attempt.action,
            Action::StartLogins(_)
                | Action::AbandonLogins { .. }
                | Action::CompleteLogins(_)
                | Action::CallApiAtOnce { .. }
                | Action::CallApiTogether(_)
                | Action::DeliverTogether(_)
        );
        let storms = MOST.into_iter().filter(move |_| is_one).filter_map(move |(endpoint, most, level, cause)| {
            let asked = asked(attempt, endpoint);
            (asked > most).then(|| {
                let message = format!("{asked} {endpoint} requests for one step ({})", attempt.action.name());
                bounds(level, cause, message)
            })
        });
        let denied =
            exchanges.iter().filter(|entry| attempt.when.holds(entry.arrived) && is_denial(entry, evidence)).count();
        let is_login = matches!(attempt.action, Action::LogIn { .. });
        let loops = (is_login && denied > MOST_AUTHORIZATION_REQUESTS).then(|| {
            let message = format!("{denied} authorization requests for one login, each answered with an error");
            bounds(Level::Interop, "sends the browser back to the provider after an error, again and again", message)
        });
        storms.chain(loops)
    });
    ends.chain(storms).chain(refreshes::violations(evidence)).collect()
}

/// Whether it is an authorization request that the provider has answered with an error of this login. A client may take one
/// without the state for a stray request, and begin again.
fn is_denial(entry: &Entry, evidence: &Evidence) -> bool {
    let location = entry.response.as_ref().and_then(|response| response.header("location"));
    let url = location.and_then(|location| Url::parse(location).ok());
    let has = |name: &str| url.as_ref().is_some_and(|url| url.query_pairs().any(|(known, _)| known == name));
    entry.endpoint == Endpoint::Authorize && has("error") && (has("state") || !evidence.asks_with("state"))
}
