//! The faults that are waiting, and how often they fired.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::Mutex;

use super::{Change, Fault, Layer, Point, Times};
use crate::GrantType;
use crate::bounded::Bounded;
use crate::journal::{CredentialKind, Presented};
use crate::terms::FaultId;

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

/// The faults of one issuer.
#[derive(Default)]
pub(crate) struct Armed {
    faults: Mutex<Vec<ArmedFault>>,
    fired: Mutex<HashMap<FaultId, u64>>,
    /// Those that were armed lately, whether they still are or not.
    known: Known,
    in_vain: Mutex<HashMap<FaultId, u64>>,
    /// Whether nothing is held back any more.
    released: AtomicBool,
}

/// Faults by their numbers.
struct Known(Mutex<Bounded<FaultId, Arc<Fault>>>);

impl Default for Known {
    fn default() -> Self {
        Self(Mutex::new(Bounded::new(MOST_KNOWN)))
    }
}

/// Of how many faults an issuer knows what they did.
const MOST_KNOWN: usize = 500;

struct ArmedFault {
    id: FaultId,
    fault: Arc<Fault>,
    scope: Scope,
    /// How often it may still fire, for whom it is meant and for others; `None` for ever.
    left: BTreeMap<Whose, Option<u64>>,
}

/// Which exchanges use a fault up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Scope {
    /// All of them.
    #[default]
    Everywhere,
    /// Those of logins of these spans, and those that name no login.
    Spans(Vec<String>),
}

/// Whose exchange it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Whose {
    /// One that the fault is meant for.
    Own,
    /// One of another login, which takes nothing away from that.
    Others,
}

impl Scope {
    /// Whose an exchange is in which these credentials were presented. A client's secret and an ID token say nothing
    /// of the login that a request is made for.
    fn whose(&self, presented: &[Presented]) -> Whose {
        let Self::Spans(spans) = self else { return Whose::Own };
        let tells = [CredentialKind::AccessToken, CredentialKind::Code, CredentialKind::RefreshToken];
        let mut logins = presented.iter().map(|it| &it.credential).filter(|it| tells.contains(&it.kind)).peekable();
        let is_meant = logins.peek().is_none() || logins.any(|it| spans.iter().any(|span| **span == *it.span));
        if is_meant { Whose::Own } else { Whose::Others }
    }
}

impl Armed {
    pub(crate) fn arm(&self, fault: Fault, scope: Scope) -> FaultId {
        let id = FaultId(NEXT_ID.fetch_add(1, Ordering::Relaxed));
        let times = match fault.times {
            Times::Always => None,
            Times::Once => Some(1),
            Times::N(times) => Some(times),
        };
        let whose = match scope {
            Scope::Everywhere => vec![Whose::Own],
            Scope::Spans(_) => vec![Whose::Own, Whose::Others],
        };
        let left = whose.into_iter().map(|whose| (whose, times)).collect();
        let fault = Arc::new(fault);
        self.known.0.lock().insert(id, fault.clone());
        self.faults.lock().push(ArmedFault { id, fault, scope, left });
        id
    }

    /// Whether one is armed that breaks connections.
    pub(crate) fn breaks_connections(&self) -> bool {
        self.faults.lock().iter().any(|armed| armed.fault.change == Change::Reset)
    }

    pub(crate) fn disarm_all(&self) {
        self.faults.lock().clear();
        self.released.store(false, Ordering::SeqCst);
    }

    /// Disarms all, and forgets how often they fired.
    pub(crate) fn reset(&self) {
        self.disarm_all();
        self.fired.lock().clear();
        self.in_vain.lock().clear();
    }

    /// Takes one of them back. False: it is not armed, or no more.
    pub(crate) fn disarm(&self, id: FaultId) -> bool {
        let mut faults = self.faults.lock();
        let before = faults.len();
        faults.retain(|armed| armed.id != id);
        faults.len() < before
    }

    /// Lets go whatever is held back, now and until the faults are disarmed or [`Self::hold`] is called.
    pub(crate) fn release(&self) {
        self.released.store(true, Ordering::SeqCst);
    }

    /// Takes a release back.
    pub(crate) fn hold(&self) {
        self.released.store(false, Ordering::SeqCst);
    }

    pub(crate) fn is_released(&self) -> bool {
        self.released.load(Ordering::SeqCst)
    }

    pub(crate) fn fired(&self, id: FaultId) -> u64 {
        self.fired.lock().get(&id).copied().unwrap_or(0)
    }

    /// How often the message came by that the fault changes, and was as the fault would have made it.
    pub(crate) fn in_vain(&self, id: FaultId) -> u64 {
        self.in_vain.lock().get(&id).copied().unwrap_or(0)
    }

    /// The fault of this number, if it was armed lately.
    pub(crate) fn known(&self, id: FaultId) -> Option<Arc<Fault>> {
        self.known.0.lock().get(&id).cloned()
    }

    /// What is armed, in the order of arming.
    pub(crate) fn list(&self) -> Vec<(FaultId, Arc<Fault>)> {
        self.faults.lock().iter().map(|armed| (armed.id, armed.fault.clone())).collect()
    }

    /// The faults that may apply to this exchange: a snapshot, so that nothing is locked while tokens are signed.
    pub(crate) fn firing(&self, grant: Option<GrantType>, presented: &[Presented]) -> Firing<'_> {
        let faults = self.faults.lock();
        let candidates = faults
            .iter()
            .filter(|armed| armed.fault.grant.is_none() || armed.fault.grant == grant)
            .map(|armed| (armed.id, armed.fault.clone(), armed.scope.whose(presented)))
            .collect();
        Firing { armed: self, candidates, fired: Vec::new() }
    }

    /// Whether the fault is still armed; takes one of the times that it has left.
    fn take(&self, id: FaultId, whose: Whose) -> bool {
        let mut faults = self.faults.lock();
        let Some(index) = faults.iter().position(|armed| armed.id == id) else { return false };
        let left = &mut faults[index].left;
        match left.get_mut(&whose) {
            None => return false,
            Some(Some(1)) => drop(left.remove(&whose)),
            Some(Some(times)) => *times -= 1,
            Some(None) => {}
        }
        if left.is_empty() {
            faults.remove(index);
        }
        drop(faults);
        *self.fired.lock().entry(id).or_default() += 1;
        true
    }
}

/// The faults of one exchange, and which of them fired.
pub(crate) struct Firing<'a> {
    armed: &'a Armed,
    candidates: Vec<(FaultId, Arc<Fault>, Whose)>,
    fired: Vec<FaultId>,
}

impl Firing<'_> {
    /// Offers every change armed at this point, in the order of arming. `changed` says what the message would become;
    /// `None` means that there is nothing to change. Only a fault that changes something fires; of the others it is counted
    /// that the message came by.
    pub(crate) fn apply<T>(
        &mut self,
        (at, layer): (Point, Layer),
        message: &mut T,
        changed: impl Fn(&T, &Change) -> Option<T>,
    ) {
        let meant = |fault: &Fault| fault.at == at && fault.change.layer() == layer;
        for (id, fault, whose) in self.candidates.iter().filter(|(_, fault, _)| meant(fault)) {
            match changed(message, &fault.change) {
                Some(new) if self.armed.take(*id, *whose) => {
                    *message = new;
                    self.fired.push(*id);
                }
                Some(_) => {}
                None => *self.armed.in_vain.lock().entry(*id).or_default() += 1,
            }
        }
    }

    pub(crate) fn into_fired(self) -> Vec<FaultId> {
        let mut fired = self.fired;
        fired.dedup();
        fired
    }
}
