//! Which scenarios are played again, and what both times amount to.

use mock_idp::{Change, Fault, Point};

use super::judgement::{Judgement, Verdict};
use crate::evidence::{Attempt, Evidence, throttles};
use crate::plan::{Action, Message, pause_after};
use crate::suite::Scenario;

/// Whether a finding may come of it that the client asks only so often. It had fetched keys a moment before these were
/// replaced, or the token endpoint was busy or down a moment before. A client that has asked since has no such excuse.
#[must_use]
pub fn may_be_too_early(scenario: &Scenario, judgement: &Judgement, evidence: Option<&Evidence>) -> bool {
    let Some(evidence) = evidence else { return false };
    let Some(pause) = pause_after(&scenario.plan.actions) else { return false };
    let waits_for = match pause {
        Action::RotateKeys => vec![Message::JwksRequest],
        _ if evidence.faults.iter().any(|armed| in_trouble(&armed.fault) && evidence.fired(armed)) => {
            vec![Message::TokenRequest, Message::RefreshRequest]
        }
        _ => return false,
    };
    let paused = evidence.attempts.iter().rfind(|attempt| attempt.action == *pause);
    let asked = |since: &Attempt| {
        let sent = waits_for.iter().flat_map(|message| evidence.sent(*message));
        sent.into_iter().any(|entry| entry.arrived >= since.when.ended)
    };
    matches!(judgement.verdict, Verdict::Fail | Verdict::Warn | Verdict::Crashed)
        && paused.is_some_and(|paused| !asked(paused))
}

/// Whether a fault has the token endpoint say that it is busy or down.
fn in_trouble(fault: &Fault) -> bool {
    let is_down = matches!(fault.change, Change::Respond { status: Some(500..), .. });
    fault.at == Point::TokenResponse && (is_down || throttles(fault))
}

/// What a scenario amounts to that was red on a shared client and was played again, alone, on a fresh one.
#[must_use]
pub fn seen_again(scenario: &Scenario, shared: &Judgement, alone: Judgement) -> Judgement {
    if shared.verdict == alone.verdict {
        return alone;
    }
    // What two requests at once have done once is what the client does, even if another try goes well.
    if scenario.plan.has_requests_at_once() && matches!(shared.verdict, Verdict::Fail | Verdict::Warn) {
        let message = format!("{}; it depends on timing: alone, on a fresh client, it did not happen", shared.message);
        return Judgement { message, ..shared.clone() };
    }
    let told = |judgement: &Judgement| match judgement.message.as_str() {
        "" => judgement.verdict.name().to_owned(),
        message => format!("{} ({message})", judgement.verdict.name()),
    };
    let message =
        format!("on a client that other scenarios had used: {}; alone, on a fresh one: {}", told(shared), told(&alone));
    Judgement::new(Verdict::Unstable, "differs-alone", message)
}
