//! What the explorer page shows of a refusal.

use mock_idp::AppRefusal;

use crate::terms::Refusal;
use crate::text::{cut, plain};

/// A refusal in the words of the page.
pub(super) fn told(refusal: &Refusal) -> AppRefusal {
    let phase = refusal.phase.and_then(|phase| Some(serde_json::to_value(phase).ok()?.as_str()?.to_owned()));
    AppRefusal {
        phase: phase.unwrap_or_else(|| LAST.to_owned()),
        reason: refusal.reason.clone().unwrap_or_default(),
        detail: cut(&plain(&refusal.detail)).into_owned(),
    }
}

/// The step of a client that does not say where it has stopped.
pub(super) const LAST: &str = "last";
