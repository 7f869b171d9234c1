//! The shortest plan in which an invariant still does not hold.

use std::collections::BTreeSet;
use std::time::Instant;

use mock_idp::{Change, Fault, Times};
use proptest::strategy::ValueTree;
use serde_json::{Value, json};

use super::draw::Item;
use super::plans::{Reach, id_of, items, trial};
use crate::lab::Trial;
use crate::plan::{Action, Arrangement, Invariant, Plan};
use crate::terms::Browser;
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
    /// Then it is short enough.
    pub(super) until: Instant,
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
            while self.may_try(MOST_TRIES) {
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
        let best = self.with_plain_people(best).await;
        let best = self.with_less_faults(best).await;
        (best, self.violation.clone())
    }

    fn may_try(&self, most: usize) -> bool {
        self.tries < most && Instant::now() < self.until
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
        while at > 0 && self.may_try(2 * MOST_TRIES) {
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

    /// What one browser shows, the user's does, too; and in most browsers their owners sign in.
    async fn with_plain_people(&mut self, mut best: Plan) -> Plan {
        let all = items(&best);
        let actions = all.iter().filter_map(|item| match item {
            Item::When(action) => Some(action),
            Item::Given(_) => None,
        });
        let browsers: BTreeSet<_> = actions.flat_map(Action::browsers).collect();
        let as_user: Vec<_> = all.iter().map(|item| plain(item, browsers.len() == 1)).collect();
        if let Some(plan) = as_user.into_iter().collect::<Option<Vec<_>>>().and_then(|all| self.reach.plan(&all))
            && plan.actions != best.actions
            && self.may_try(2 * MOST_TRIES)
            && self.violated(&plan).await
        {
            best = plan;
        }
        best
    }

    async fn with_less_faults(&mut self, mut best: Plan) -> Plan {
        let mut at = 0;
        'items: while at < items(&best).len() && self.may_try(2 * MOST_TRIES) {
            for item in smaller(&items(&best)[at]) {
                let mut all = items(&best);
                all[at] = item;
                let Some(plan) = self.reach.plan(&all) else { continue };
                let is_other = plan.arrangements != best.arrangements || plan.actions != best.actions;
                if is_other && self.may_try(2 * MOST_TRIES) && self.violated(&plan).await {
                    best = plan;
                    continue 'items;
                }
            }
            at += 1;
        }
        best
    }
}

fn size(plan: &Plan) -> usize {
    plan.arrangements.len() + plan.actions.len()
}

/// The same by the owners of the browsers, in the user's browser if there is but one; none if it cannot be said.
fn plain(item: &Item, as_user: bool) -> Option<Item> {
    let Item::When(action) = item else { return Some(item.clone()) };
    let of = |browser: Browser| if as_user { Browser::User } else { browser };
    Some(Item::When(match action.clone() {
        Action::LogIn { browser, provider, .. } => {
            Action::LogIn { browser: of(browser), person: of(browser).owner(), provider }
        }
        Action::Begin { browser, provider, without, .. } => {
            Action::Begin { browser: of(browser), person: of(browser).owner(), provider, without }
        }
        other if !as_user => other,
        Action::Deliver { of: whose, to, with_own, replaced } if whose == to => {
            Action::Deliver { of: Browser::User, to: Browser::User, with_own, replaced }
        }
        Action::DeliverTwice(_) => Action::DeliverTwice(Browser::User),
        Action::Forge { params, .. } => Action::Forge { to: Browser::User, params },
        Action::Replay(_) => Action::Replay(Browser::User),
        Action::CallApi(_) => Action::CallApi(Browser::User),
        Action::Refresh(_) => Action::Refresh(Browser::User),
        Action::LogOut(_) => Action::LogOut(Browser::User),
        Action::Stray(_) => Action::Stray(Browser::User),
        Action::AbandonLogins { count, .. } => Action::AbandonLogins { browser: Browser::User, count },
        other if other.browsers().iter().all(|browser| *browser == Browser::User) => other,
        _ => return None,
    }))
}

/// The same with less to it, the least first; nothing if there is no such thing.
fn smaller(item: &Item) -> Vec<Item> {
    match item {
        Item::Given(Arrangement::Fault(fault)) => {
            smaller_faults(fault).into_iter().map(|fault| Item::Given(Arrangement::Fault(fault))).collect()
        }
        Item::When(Action::Arm(fault)) => {
            smaller_faults(fault).into_iter().map(|fault| Item::When(Action::Arm(fault))).collect()
        }
        Item::When(Action::AbandonLogins { browser, count: 2.. }) => {
            vec![Item::When(Action::AbandonLogins { browser: *browser, count: 1 })]
        }
        Item::When(Action::StartLogins(2..)) => vec![Item::When(Action::StartLogins(1))],
        Item::When(Action::Deliver { of, to, with_own, replaced }) if !with_own.is_empty() || !replaced.is_empty() => {
            vec![Item::When(Action::Deliver { of: *of, to: *to, with_own: Vec::new(), replaced: Vec::new() })]
        }
        _ => Vec::new(),
    }
}

fn smaller_faults(fault: &Fault) -> Vec<Fault> {
    if fault.times != Times::Always {
        return vec![Fault { times: Times::Always, ..fault.clone() }];
    }
    let with = |change| Fault { name: None, change, ..fault.clone() };
    // What has another name, or is null, may just as well be missing: there is a line for that.
    let without = |name: &String| with(Change::Merge(json!({ name: null })));
    match &fault.change {
        Change::Merge(Value::Object(patch)) if patch.len() > 1 => {
            let one = |(name, value): (&String, &Value)| with(Change::Merge(json!({ name: value })));
            patch.iter().map(one).collect()
        }
        Change::Rename(names) => names.keys().map(without).collect(),
        Change::SetNull(names) => names.iter().map(without).collect(),
        Change::Respond { status, headers, body } if !headers.is_empty() => {
            vec![with(Change::Respond { status: *status, headers: Vec::new(), body: body.clone() })]
        }
        _ => Vec::new(),
    }
}
