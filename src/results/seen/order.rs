//! One order over everybody: who was first is told by a clock that all of them share.

use std::sync::Arc;
use std::time::Instant;

use mock_idp::Entry;

use crate::evidence::Evidence;

/// The order of everything that was seen.
pub(super) struct Order(Vec<Instant>);

impl Order {
    pub(super) fn of<'a>(evidence: &'a Evidence, entries: impl Iterator<Item = &'a Arc<Entry>>) -> Self {
        let spans = evidence.hops.iter().map(|hop| hop.when).chain(evidence.attempts.iter().map(|it| it.when));
        let mut moments: Vec<_> = spans.flat_map(|span| [span.began, span.ended]).collect();
        moments.extend(entries.flat_map(|entry| [Some(entry.arrived), entry.answered]).flatten());
        moments.sort_unstable();
        moments.dedup();
        Self(moments)
    }

    /// From 1.
    pub(super) fn place(&self, moment: Instant) -> u64 {
        let before = self.0.partition_point(|other| *other < moment);
        u64::try_from(before + 1).unwrap_or(u64::MAX)
    }
}
