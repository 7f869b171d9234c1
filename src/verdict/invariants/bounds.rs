//! The client lives, comes to an end, and does not ask again and again.

use mock_idp::Endpoint;

use super::violation::Violation;
use crate::evidence::{Evidence, Outcome};
use crate::plan::{Action, Invariant};
use crate::suite::Level;

/// How often a client may ask the token endpoint in one step. Those that try again after a failure do so two or three times.
const MOST_TOKEN_REQUESTS: usize = 10;

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
    let storms = evidence.attempts.iter().filter_map(|attempt| {
        let asked = exchanges.iter().filter(|entry| entry.endpoint == Endpoint::Token);
        let asked = asked.filter(|entry| attempt.when.holds(entry.arrived)).count();
        // Several clients' worth of work is done in one step there.
        let is_one = !matches!(attempt.action, Action::CompleteLogins(_) | Action::CallApiAtOnce { .. });
        (is_one && asked > MOST_TOKEN_REQUESTS).then(|| {
            let message = format!("{asked} token requests for one step ({})", attempt.action.name());
            bounds(Level::Should, "asks the token endpoint again and again", message)
        })
    });
    ends.chain(storms).collect()
}
