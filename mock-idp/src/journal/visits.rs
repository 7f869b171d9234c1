//! What browsers and an app that logs in here exchanged, as far as the program that runs the app tells it.

use std::time::Instant;

use serde::Serialize;

use super::entry::{Request, Response};

/// A request of a browser to an app that logs in here, and the answer.
#[derive(Clone, Debug)]
pub struct Visit {
    /// When the request arrived.
    pub began: Instant,
    /// When the answer was ready.
    pub ended: Instant,
    /// The request.
    pub request: Request,
    /// The answer.
    pub response: Response,
    /// Why the app refused, if it did.
    pub refusal: Option<AppRefusal>,
}

/// Why an app refused what it received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AppRefusal {
    /// The step at which it refused: `id-token`, for instance.
    pub phase: String,
    /// The reason in a word: `nonce-mismatch`, for instance.
    pub reason: String,
    /// The reason in a sentence.
    pub detail: String,
}
