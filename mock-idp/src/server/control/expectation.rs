//! Requests that a test expects: counted in the journal, and waited for.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::problem::Problem;
use crate::{Endpoint, Entry, Journal, RequestPattern};

/// No control request waits longer.
const MOST_SECONDS: u64 = 60;

/// Requests that are to have arrived.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Expectation {
    /// The endpoint that they ask.
    endpoint: Option<Endpoint>,
    /// Parameters that they have, and their values: `{"grant_type": "refresh_token"}`.
    params: BTreeMap<String, String>,
    /// The status that they are answered with.
    status: Option<u16>,
    /// From which number of the journal on.
    since: u64,
    /// How many there are, exactly. Without it there is at least one.
    count: Option<usize>,
    /// How many seconds to wait for them, at most 60.
    within: u64,
}

/// The requests that were found.
#[derive(Serialize, JsonSchema)]
pub(super) struct Found {
    /// Their numbers in the journal.
    seqs: Vec<u64>,
}

impl Expectation {
    /// Waits until there are as many as expected.
    pub(super) async fn met(&self, journal: &Journal) -> Result<Found, Problem> {
        let least = self.count.unwrap_or(1);
        let time = limited(self.within)?;
        let pattern = self.pattern();
        let are_there = |entries: &[Arc<Entry>]| entries.iter().filter(|it| pattern.matches(it)).count() >= least;
        journal.wait_until(are_there, time).await;
        let seqs: Vec<_> = journal.requests(&pattern).iter().map(|entry| entry.seq).collect();
        let is_met = self.count.map_or(!seqs.is_empty(), |count| seqs.len() == count);
        if is_met { Ok(Found { seqs }) } else { Err(self.missed(&seqs)) }
    }

    fn pattern(&self) -> RequestPattern {
        let Self { endpoint, params, status, since, .. } = self;
        RequestPattern { endpoint: *endpoint, params: params.clone(), status: *status, since: *since }
    }

    fn missed(&self, seqs: &[u64]) -> Problem {
        let expected = self.count.map_or("at least one".to_owned(), |count| count.to_string());
        let found = match seqs {
            [] => "none".to_owned(),
            seqs => format!("{} ({})", seqs.len(), seqs.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")),
        };
        let detail = format!("{expected} of these requests expected, {found} found; GET journal shows all requests");
        Problem::new(409, detail)
    }
}

/// A time to wait, in seconds.
pub(super) fn limited(seconds: u64) -> Result<Duration, Problem> {
    if seconds > MOST_SECONDS {
        return Err(Problem::new(400, format!("{seconds} s is too long a time to wait: {MOST_SECONDS} s is the most")));
    }
    Ok(Duration::from_secs(seconds))
}
