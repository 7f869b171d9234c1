//! What a provider in a dialect does not give, no client can be asked for.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use mock_idp::{CredentialKind, Endpoint};

use super::{Judgement, Verdict};
use crate::evidence::Evidence;
use crate::plan::{Action, Expectation};
use crate::suite::Scenario;

/// Where the provider of a dialect has kept to itself what the scenario needs. Elsewhere it gives all that is asked for.
pub(super) fn not_given(scenario: &Scenario, evidence: &Evidence) -> Option<Judgement> {
    let provider = scenario.dialect().or(scenario.plan.dialect())?.title();
    let inapplicable = |what: &str| {
        Some(Judgement::new(Verdict::Inapplicable, "not-given", format!("{provider} gives this client no {what}")))
    };
    // Without a login, nothing can be said.
    if !evidence.has_minted(CredentialKind::AccessToken) {
        return None;
    }
    let refreshes = scenario.plan.actions.iter().any(|action| matches!(action, Action::Refresh(_)));
    if refreshes && !evidence.has_minted(CredentialKind::RefreshToken) {
        return inapplicable("refresh token");
    }
    let hidden = scenario.plan.expectations.iter().any(|expectation| match expectation {
        Expectation::ShowsClaim(claim) => !is_told(evidence, &evidence.people.fill(claim)),
        _ => false,
    });
    if hidden { inapplicable("such claim") } else { None }
}

/// Whether an ID token or a UserInfo response has this text, or UserInfo would have told it and was not asked.
fn is_told(evidence: &Evidence, text: &str) -> bool {
    let in_token = |token: &str| {
        let payload = token.split('.').nth(1).and_then(|payload| BASE64_URL_SAFE_NO_PAD.decode(payload).ok());
        payload.is_some_and(|payload| String::from_utf8_lossy(&payload).contains(text))
    };
    let exchanges = evidence.exchanges();
    let body =
        |at: Endpoint| exchanges.iter().filter(move |it| it.endpoint == at).filter_map(|it| it.response.as_ref());
    let asked = body(Endpoint::Userinfo).next().is_some();
    let can_ask = evidence.issuer.journal().entries().iter().any(|entry| {
        let answer = entry.response.as_ref().filter(|_| entry.endpoint == Endpoint::Discovery);
        answer.is_some_and(|answer| answer.body.contains("\"userinfo_endpoint\""))
    });
    let in_id_token = exchanges.iter().flat_map(|entry| &entry.minted).any(|it| in_token(&it.value));
    in_id_token || body(Endpoint::Userinfo).any(|answer| answer.body.contains(text)) || (can_ask && !asked)
}
