//! What nobody may read in a report.

use crate::evidence::Evidence;

/// Takes every credential of the journals, and the client's secret, out of a text.
pub(in crate::results) fn redact(text: &str, evidence: &Evidence) -> String {
    without(&secrets(evidence), text)
}

pub(super) fn secrets(evidence: &Evidence) -> Vec<String> {
    let credentials = evidence.providers().flat_map(|issuer| issuer.journal().credentials());
    let values = credentials.map(|credential| credential.value.clone());
    values.chain([evidence.registration.client_secret.clone()]).filter(|value| value.len() >= 8).collect()
}

pub(super) fn without(secrets: &[String], text: &str) -> String {
    secrets.iter().fold(
        text.to_owned(),
        |text, secret| {
            if text.contains(secret) { text.replace(secret, "[redacted]") } else { text }
        },
    )
}
