//! The shortest plan in which an invariant still does not hold.

use mock_idp::{Change, Fault, Times};
use proptest::strategy::ValueTree;
use serde_json::{Map, Value};

use super::draw::Item;
use super::plans::{Reach, id_of, items, trial};
use crate::lab::Trial;
use crate::plan::{Action, Arrangement, Invariant, Plan};
use crate::verdict::{Violation, violations};

/// A client that is a process plays a plan in a tenth of a second, or in one.
const MOST_TRIES: usize = 150;

/// Shrinks plans until nothing can be left out of one.
pub(super) struct Shrinking<'s, 'l> {
    pub(super) trial: &'s mut Trial<'l>,
    pub(super) reach: &'s Reach,
    pub(super) number: u64,
    /// What the client was seen to do, and must do again.
    pub(super) violation: Violation,
    pub(super) tries: usize,
}

impl Shrinking<'_, '_> {
    /// Follows the tree of the draw to a smaller plan, then leaves out single items, then parts of the faults.
    pub(super) async fn shortest(
        &mut self,
        tree: &mut dyn ValueTree<Value = Vec<Item>>,
        found: Plan,
    ) -> (Plan, Violation) {
        let mut best = found;
        if tree.simplify() {
            while self.tries < MOST_TRIES {
                let smaller = self.reach.plan(&tree.current()).filter(|it| size(it) <= size(&best));
                let holds = match smaller {
                    Some(plan) => match self.violated(&plan).await {
                        true => {
                            best = plan;
                            false
                        }
                        false => true,
                    },
                    None => true,
                };
                if !(if holds { tree.complicate() } else { tree.simplify() }) {
                    break;
                }
            }
        }
        let best = self.without_items(best).await;
        let best = self.with_less_faults(best).await;
        (best, self.violation.clone())
    }

    /// Whether the client does it again; what exactly is kept.
    async fn violated(&mut self, plan: &Plan) -> bool {
        self.tries += 1;
        let with_recovery = self.violation.invariant == Invariant::Recovery;
        let scenario = trial(id_of(self.number), plan.clone(), with_recovery);
        let Some(evidence) = self.trial.play(&scenario).await else { return false };
        let again = violations(&evidence).into_iter();
        let mut again = again.filter(|it| it.invariant == self.violation.invariant && it.level <= self.violation.level);
        match again.next() {
            Some(violation) => {
                self.violation = violation;
                true
            }
            None => false,
        }
    }

    async fn without_items(&mut self, plan: Plan) -> Plan {
        let mut left = items(&plan);
        let mut best = plan;
        let mut at = left.len();
        while at > 0 && self.tries < 2 * MOST_TRIES {
            at -= 1;
            let mut fewer = left.clone();
            fewer.remove(at);
            let Some(plan) = self.reach.plan(&fewer).filter(|it| size(it) < size(&best)) else { continue };
            if self.violated(&plan).await {
                left = items(&plan);
                at = at.min(left.len());
                best = plan;
            }
        }
        best
    }

    async fn with_less_faults(&mut self, mut best: Plan) -> Plan {
        let mut at = 0;
        while at < items(&best).len() && self.tries < 2 * MOST_TRIES {
            let smaller = smaller(&items(&best)[at]).into_iter().find_map(|item| {
                let mut all = items(&best);
                all[at] = item;
                self.reach.plan(&all)
            });
            let smaller = smaller.filter(|it| it.arrangements != best.arrangements || it.actions != best.actions);
            if let Some(plan) = smaller
                && self.violated(&plan).await
            {
                best = plan;
                continue;
            }
            at += 1;
        }
        best
    }
}

fn size(plan: &Plan) -> usize {
    plan.arrangements.len() + plan.actions.len()
}

/// The same with less to it, if there is such a thing.
fn smaller(item: &Item) -> Option<Item> {
    Some(match item {
        Item::Given(Arrangement::Fault(fault)) => Item::Given(Arrangement::Fault(smaller_fault(fault)?)),
        Item::When(Action::Arm(fault)) => Item::When(Action::Arm(smaller_fault(fault)?)),
        Item::When(Action::AbandonLogins { browser, count: 2.. }) => {
            Item::When(Action::AbandonLogins { browser: *browser, count: 1 })
        }
        Item::When(Action::StartLogins(2..)) => Item::When(Action::StartLogins(1)),
        Item::When(Action::Deliver { of, to, with_own, replaced }) if !with_own.is_empty() || !replaced.is_empty() => {
            Item::When(Action::Deliver { of: *of, to: *to, with_own: Vec::new(), replaced: Vec::new() })
        }
        _ => return None,
    })
}

fn smaller_fault(fault: &Fault) -> Option<Fault> {
    if fault.times != Times::Always {
        return Some(Fault { times: Times::Always, ..fault.clone() });
    }
    let Change::Merge(Value::Object(patch)) = &fault.change else { return None };
    if patch.len() < 2 {
        return None;
    }
    let first: Map<_, _> = patch.iter().skip(1).map(|(name, value)| (name.clone(), value.clone())).collect();
    Some(Fault { name: None, change: Change::Merge(Value::Object(first)), ..fault.clone() })
}
