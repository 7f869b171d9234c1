//! Closures of a test that answer requests.

use std::sync::Arc;

use parking_lot::RwLock;

use crate::Endpoint;
use crate::journal::{Request, Response};

type Answer = Arc<dyn Fn(&Request, Response) -> Response + Send + Sync>;

/// In the order in which they were added.
#[derive(Default)]
pub(crate) struct Responders(RwLock<Added>);

#[derive(Default)]
struct Added {
    count: u64,
    all: Vec<(u64, Endpoint, Answer)>,
}

impl Responders {
    pub(super) fn add(
        &self,
        endpoint: Endpoint,
        answer: impl Fn(&Request, Response) -> Response + Send + Sync + 'static,
    ) -> u64 {
        let mut added = self.0.write();
        added.count += 1;
        let id = added.count;
        added.all.push((id, endpoint, Arc::new(answer)));
        id
    }

    pub(super) fn remove(&self, id: u64) {
        self.0.write().all.retain(|(known, _, _)| *known != id);
    }

    pub(super) fn clear(&self) {
        self.0.write().all.clear();
    }

    /// What becomes of an honest answer: each closure gets the answer of the one before it.
    pub(crate) fn answered(&self, endpoint: Endpoint, request: &Request, honest: Response) -> Response {
        // Nothing is locked while they run.
        let meant: Vec<_> =
            self.0.read().all.iter().filter(|(_, at, _)| *at == endpoint).map(|it| it.2.clone()).collect();
        meant.iter().fold(honest, |response, answer| answer(request, response))
    }
}
