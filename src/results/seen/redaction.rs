//! What nobody may read in a report.

use crate::evidence::Evidence;
use crate::text::without;

/// Takes every credential of the journals, and the client's secret, out of a text.
pub(in crate::results) fn redact(text: &str, evidence: &Evidence) -> String {
    without(&secrets(evidence), text)
}

pub(super) fn secrets(evidence: &Evidence) -> Vec<String> {
    let credentials = evidence.providers().flat_map(|issuer| issuer.journal().credentials());
    let values = credentials.map(|credential| credential.value.clone());
    values.chain([evidence.registration.client_secret.clone()]).filter(|value| value.len() >= 8).collect()
}
