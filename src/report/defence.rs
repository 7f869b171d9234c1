//! The defence map: which single defences a client has, whether it owes them or not.

use std::collections::BTreeMap;
use std::fmt;

use crate::results::{Results, ScenarioResult};
use crate::suite::{Kind, Level};
use crate::verdict::{DEFENCE_NOT_OWED, REFUSED_WITH_500, Verdict};

/// One defence, as the scenarios saw it that probe it alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Standing {
    held: usize,
    broken: usize,
    /// The client lacks it, and owes it to nobody.
    not_owed: usize,
}

/// The defences that were probed, by name.
pub(super) fn map(results: &Results) -> BTreeMap<&str, Standing> {
    let mut map: BTreeMap<&str, Standing> = BTreeMap::new();
    for scenario in &results.scenarios {
        // A client without the defence accepts the right value, too.
        let Some(defence) = scenario.defence.as_ref().filter(|_| scenario.kind != Kind::Tolerate) else { continue };
        let standing = map.entry(defence).or_default();
        match scenario.verdict {
            Verdict::Pass => standing.held += 1,
            // It kept out what it had to.
            _ if scenario.reason == REFUSED_WITH_500 => standing.held += 1,
            _ if scenario.reason == DEFENCE_NOT_OWED => standing.not_owed += 1,
            // A client may do without the parameter, where another defence does its work.
            _ if scenario.kind == Kind::Observe && scenario.level == Level::May && scenario.is_judged() => {
                standing.not_owed += 1;
            }
            _ if scenario.is_judged() => standing.broken += 1,
            _ => {}
        }
    }
    if let Some(state) = map.get_mut("state").filter(|state| state.held > 0) {
        state.broken += results.scenarios.iter().filter(|it| it.defence.is_none() && is_past_state(it)).count();
    }
    map
}

/// Whether a response that belongs to no login of the browser was accepted: what gets past all defences gets past `state`.
fn is_past_state(scenario: &ScenarioResult) -> bool {
    scenario.cause.as_deref() == Some("response-binding") && matches!(scenario.verdict, Verdict::Fail | Verdict::Warn)
}

impl Standing {
    /// ✓ it holds, ~ it holds in some scenarios, ✗ it does not, ○ it is not there and not owed, – nothing was seen of it.
    pub(super) fn sign(self) -> char {
        match self {
            Self { broken: 0, not_owed: 0, held: 1.. } => '✓',
            Self { broken: 0, not_owed: 0, held: 0 } => '–',
            // A client that compares a value where it is there need not demand it.
            Self { broken: 0, held, not_owed } if held <= not_owed => '○',
            Self { held: 1.., .. } => '~',
            _ => '✗',
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { held, broken, not_owed } = *self;
        match (held, broken, not_owed) {
            (0, 0, 0) => f.write_str("not seen: the client does not use it, or it could not be probed"),
            (held, 0, 0) => write!(f, "holds in {held} of {held}"),
            (0, 0, _) => f.write_str(
                "not there, and not owed: the client has one provider, a redirect URI for each, or another defence",
            ),
            (0, _, _) => f.write_str("not there, or never effective"),
            (held, 0, not_owed) => {
                write!(f, "holds in {held} of {}; the rest is not owed", held + not_owed)
            }
            (held, broken, not_owed) => write!(f, "holds in {held} of {}", held + broken + not_owed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defence_that_nobody_is_owed_is_not_one_that_fails() {
        let sign = |held, broken, not_owed| Standing { held, broken, not_owed }.sign();
        assert_eq!([sign(3, 0, 0), sign(0, 0, 0), sign(0, 2, 0)], ['✓', '–', '✗']);
        assert_eq!([sign(0, 0, 14), sign(2, 0, 12), sign(9, 0, 3)], ['○', '○', '~']);
        assert_eq!([sign(1, 2, 0), sign(0, 1, 3)], ['~', '✗']);
    }
}
