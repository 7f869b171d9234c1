//! What was seen of a client, in kinds: whatever brings out a new kind is worth going on from.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::evidence::{Evidence, Outcome, Session};
use crate::text::cut;

/// Whatever differs from run to run: numbers, and words that hold some.
static VARYING: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[\w.~+/=-]*\d[\w.~+/=-]*").expect("it is a regular expression"));

/// A text without what differs from run to run.
pub(super) fn steady(text: &str) -> String {
    VARYING.replace_all(&cut(text), "…").into_owned()
}

/// The kinds of behaviour in one run: how each action ended and who was logged in then, and what was asked of whom, with
/// which answer.
pub(super) fn kinds(evidence: &Evidence) -> BTreeSet<String> {
    let (mut kinds, exchanges) = (BTreeSet::new(), evidence.exchanges());
    for attempt in &evidence.attempts {
        let how = match &attempt.outcome {
            Outcome::Done => "done".to_owned(),
            Outcome::Refused(refusal) => {
                let phase = refusal.phase.map_or_else(String::new, |phase| phase.to_string());
                format!("refused {phase}: {}", steady(&refusal.detail))
            }
            Outcome::Crashed(how) => format!("crashed: {}", steady(how)),
            Outcome::ServerError(how) => format!("error: {}", steady(how)),
            Outcome::TimedOut(_) => "no end".to_owned(),
            Outcome::Contradicted(what) => format!("contradiction: {}", steady(what)),
            other => format!("{:?}", std::mem::discriminant(other)),
        };
        let who = match &attempt.session {
            None => "",
            Some(Session::Nobody) => "nobody",
            Some(Session::Subject { .. }) => "somebody",
            Some(_) => "anybody",
        };
        kinds.insert(format!("{}: {how}, {who}", attempt.action.name()));
        let asked = exchanges.iter().filter(|entry| attempt.when.holds(entry.arrived));
        let asked: Vec<_> = asked.map(|it| format!("{} {:?}", it.endpoint, it.status())).collect();
        kinds.insert(format!("{}: {}", attempt.action.name(), asked.join(", ")));
    }
    kinds
}
