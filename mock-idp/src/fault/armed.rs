//! The faults that are waiting, and how often they fired.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::Mutex;

use super::{Change, Fault, FaultId, Point, Times};
use crate::GrantType;

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

/// The faults of one issuer.
#[derive(Default)]
pub(crate) struct Armed {
    faults: Mutex<Vec<ArmedFault>>,
    fired: Mutex<HashMap<FaultId, u64>>,
    /// Whether nothing is held back any more.
    released: AtomicBool,
}

struct ArmedFault {
    id: FaultId,
    fault: Arc<Fault>,
    left: Option<u64>,
}

impl Armed {
    pub(crate) fn arm(&self, fault: Fault) -> FaultId {
        let id = FaultId(NEXT_ID.fetch_add(1, Ordering::Relaxed));
        let left = match fault.times {
            Times::Always => None,
            Times::Once => Some(1),
            Times::N(times) => Some(times),
        };
        self.faults.lock().push(ArmedFault { id, fault: Arc::new(fault), left });
        id
    }

    pub(crate) fn disarm_all(&self) {
        self.faults.lock().clear();
        self.released.store(false, Ordering::SeqCst);
    }

    /// Lets go whatever is held back, now and until the faults are disarmed.
    pub(crate) fn release(&self) {
        self.released.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_released(&self) -> bool {
        self.released.load(Ordering::SeqCst)
    }

    pub(crate) fn fired(&self, id: FaultId) -> u64 {
        self.fired.lock().get(&id).copied().unwrap_or(0)
    }

    /// What is armed, in the order of arming.
    pub(crate) fn list(&self) -> Vec<(FaultId, Arc<Fault>)> {
        self.faults.lock().iter().map(|armed| (armed.id, armed.fault.clone())).collect()
    }

    /// The faults that may apply to this exchange: a snapshot, so that nothing is locked while tokens are signed.
    pub(crate) fn firing(&self, grant: Option<GrantType>) -> Firing<'_> {
        let faults = self.faults.lock();
        let candidates = faults
            .iter()
            .filter(|armed| armed.fault.grant.is_none() || armed.fault.grant == grant)
            .map(|armed| (armed.id, armed.fault.clone()))
            .collect();
        Firing { armed: self, candidates, fired: Vec::new() }
    }

    /// Takes one of the times that the fault has left; false if there is none.
    fn take(&self, id: FaultId) -> bool {
        let mut faults = self.faults.lock();
        let Some(index) = faults.iter().position(|armed| armed.id == id) else { return false };
        match &mut faults[index].left {
            None => {}
            Some(1) => {
                faults.remove(index);
            }
            Some(left) => *left -= 1,
        }
        drop(faults);
        *self.fired.lock().entry(id).or_default() += 1;
        true
    }
}

/// The faults of one exchange, and which of them fired.
pub(crate) struct Firing<'a> {
    armed: &'a Armed,
    candidates: Vec<(FaultId, Arc<Fault>)>,
    fired: Vec<FaultId>,
}

impl Firing<'_> {
    /// Offers every change armed at this point, in the order of arming. `changed` says what the message would become;
    /// `None` means that there is nothing to change. Only a fault that changes something fires.
    pub(crate) fn apply<T>(&mut self, at: Point, message: &mut T, changed: impl Fn(&T, &Change) -> Option<T>) {
        for (id, fault) in &self.candidates {
            if fault.at != at {
                continue;
            }
            if let Some(new) = changed(message, &fault.change)
                && self.armed.take(*id)
            {
                *message = new;
                self.fired.push(*id);
            }
        }
    }

    pub(crate) fn into_fired(self) -> Vec<FaultId> {
        let mut fired = self.fired;
        fired.dedup();
        fired
    }
}
