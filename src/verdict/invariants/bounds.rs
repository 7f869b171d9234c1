//! The client lives, comes to an end, and does not ask again and again.

use mock_idp::Endpoint;

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
        );
        let storms = MOST.into_iter().filter(move |_| is_one).filter_map(move |(endpoint, most, level, cause)| {
            let asked = asked(attempt, endpoint);
            (asked > most).then(|| {
                let message = format!("{asked} {endpoint} requests for one step ({})", attempt.action.name());
                bounds(level, cause, message)
            })
        });
        let logins = asked(attempt, Endpoint::Authorize);
        let is_login = matches!(attempt.action, Action::LogIn { .. });
        let loops = (is_login && logins > MOST_AUTHORIZATION_REQUESTS).then(|| {
            let message = format!("{logins} authorization requests for one login");
            bounds(Level::Interop, "sends the browser to the provider again and again", message)
        });
        storms.chain(loops)
    });
    ends.chain(storms).chain(refreshes::violations(evidence)).collect()
}
