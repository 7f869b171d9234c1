//! Whether a scenario says anything of a client, by what was seen of it.

use std::sync::Arc;

use mock_idp::{Entry, Point, Trait};

use super::judgement::{Judgement, Verdict};
use super::returning;
use crate::evidence::{Attempt, Evidence, Outcome, Session};
use crate::plan::Message::DiscoveryRequest;
use crate::plan::{Arrangement, Expectation, Message, RegistrationChange};
use crate::suite::Scenario;
use crate::terms::{Capability, Identity};

/// Derived from what was seen: no nonce sent, no nonce check expected.
pub(super) fn not_applicable(scenario: &Scenario, evidence: &Evidence) -> Option<Judgement> {
    let inapplicable = |message: String| Some(Judgement::new(Verdict::Inapplicable, "not-used", message));
    let lacking = evidence.attempts.iter().find_map(|attempt| match &attempt.outcome {
        Outcome::NothingToTry(what) => Some(what.clone()),
        _ => None,
    });
    if let Some(what) = lacking {
        return inapplicable(what);
    }
    if let Some(what) = userinfo_without_openid(evidence) {
        return inapplicable(what);
    }
    if let Some(what) = returning::never(evidence) {
        return inapplicable(what);
    }
    if is_about_failed_logins(scenario) && !evidence.attempts.iter().any(Attempt::is_refused) {
        return inapplicable("the client refuses no login with this ID token, which other scenarios report".to_owned());
    }
    let never = |message: Message| {
        // A client that was never heard of has not shown what it does without, and one that sends it here does not do
        // without it: some ask UserInfo only for what the ID token lacks.
        let sends = evidence.sends(message) || !evidence.sent(message).is_empty();
        let does_without = !sends && !evidence.learnt.is_empty();
        if does_without { inapplicable(format!("in honest runs the client sends no {message}")) } else { None }
    };
    scenario.plan.arrangements.iter().find_map(|arrangement| match arrangement {
        Arrangement::Sends(name) if !evidence.asks_with(name) && !evidence.learnt.is_empty() => {
            inapplicable(format!("in honest runs the client sends no {name}"))
        }
        Arrangement::Makes(message) => never(*message),
        Arrangement::IsToldEndpoints if !evidence.capabilities.contains(&Capability::ConfigurableEndpoints) => {
            never(DiscoveryRequest)
        }
        Arrangement::ApiIsOptional if forbids_use_alone(scenario) => uses_no_access_token(evidence),
        Arrangement::UsesAccessToken => uses_no_access_token(evidence),
        // Endpoints may be configured by hand, and a client that asks for metadata does so before anything else.
        Arrangement::Fault(fault) if fault.at == Point::Discovery => never(DiscoveryRequest),
        Arrangement::Varied(departure) => {
            // Where one of several is sent, the departure is seen.
            let answers: Option<Vec<_>> = answered_with(*departure).iter().map(|message| never(*message)).collect();
            answers?.into_iter().next()
        }
        Arrangement::Registration(RegistrationChange::Scope(scope)) => asks_for_openid_anyway(scope, evidence),
        _ => None,
    })
}

/// Whether it is about the tokens of a login that the ID token makes fail.
fn is_about_failed_logins(scenario: &Scenario) -> bool {
    let about_api = |it: &Expectation| matches!(it, Expectation::ApiNotCalledForOthers);
    scenario.plan.alters_id_token_alone() && scenario.plan.expectations.iter().any(about_api)
}

/// The requests of which one has to be made for a lawful departure to be seen; none where every login shows it.
fn answered_with(departure: Trait) -> &'static [Message] {
    match departure {
        Trait::MetadataMember => &[DiscoveryRequest],
        Trait::MetadataCharset | Trait::MaxAge => &[DiscoveryRequest, Message::JwksRequest],
        Trait::KeySetMember
        | Trait::KeyMember
        | Trait::KeyOrder
        | Trait::KeyWithoutAlg
        | Trait::KeyWithoutUse
        | Trait::KeyWithoutCertificate
        | Trait::EncryptionKey
        | Trait::EncryptionKeyOfSameId => &[Message::JwksRequest],
        Trait::UserinfoCharset | Trait::UserinfoClaim => &[Message::UserinfoRequest],
        _ => &[],
    }
}

/// A client that asks for `openid` whatever scope it is told does OpenID Connect in a scenario about plain OAuth.
fn asks_for_openid_anyway(told: &str, evidence: &Evidence) -> Option<Judgement> {
    let has_openid = |scope: &str| scope.split(' ').any(|word| word == "openid");
    let requests = evidence.sent(Message::AuthorizationRequest);
    let sent = requests.iter().filter_map(|entry| entry.request.param("scope")).find(|scope| has_openid(scope))?;
    (!has_openid(told)).then(|| {
        let message =
            format!("the client is told the scope {told:?}, and asks for {sent:?}: it always asks for openid");
        Judgement::new(Verdict::Inapplicable, "not-used", message)
    })
}

/// Whether it claims nothing of the end of a login, and that an access token is not used.
fn forbids_use_alone(scenario: &Scenario) -> bool {
    let forbids_use = |it: &Expectation| matches!(it, Expectation::AccessTokenNotUsed(_));
    // A login that goes on without what it has to have is one, whatever comes of the token (CVE-2021-41580).
    let claims_end = |it: &Expectation| matches!(it, Expectation::Refused(_) | Expectation::EndsWithoutSuccess);
    let expectations = &scenario.plan.expectations;
    expectations.iter().any(forbids_use) && !expectations.iter().any(claims_end)
}

/// Where neither an API nor UserInfo ever gets an access token, nothing can be seen of its use.
fn uses_no_access_token(evidence: &Evidence) -> Option<Judgement> {
    let uses = [Message::ApiRequest, Message::UserinfoRequest].into_iter().any(|message| evidence.sends(message));
    (!uses && !evidence.learnt.is_empty()).then(|| {
        let message = "the client has no API, and asks UserInfo for nothing: it uses its access token nowhere";
        Judgement::new(Verdict::Inapplicable, "not-used", message)
    })
}

/// A client that learns from UserInfo who it is cannot do without the scope `openid`: the provider has told it so.
fn userinfo_without_openid(evidence: &Evidence) -> Option<String> {
    let is_plain = !evidence.registration.asks_for("openid");
    let is_refused = |entry: &Arc<Entry>| entry.response.as_ref().is_some_and(|response| response.status == 403);
    (is_plain && evidence.sent(Message::UserinfoRequest).iter().any(is_refused)).then(|| {
        "the client asks UserInfo who has logged in, which the provider says only where the scope openid was granted"
            .to_owned()
    })
}

/// A page that shows a name or an address shows nothing of somebody whose name did not come through: it may be anybody.
pub(super) fn not_told_who(scenario: &Scenario, evidence: &Evidence) -> Option<Judgement> {
    let identity = evidence.people.identity();
    if identity == Identity::Subject || !scenario.plan.asks_who_is_logged_in() || !scenario.plan.has_faults() {
        return None;
    }
    let mut sessions = evidence.all_sessions();
    sessions.any(|session| matches!(session, Session::Unknown { .. })).then(|| {
        let message = format!(
            "somebody is logged in whose `{}` the session page does not show, so that it cannot tell who it is",
            identity.claim()
        );
        Judgement::new(Verdict::Inapplicable, "identity", message)
    })
}

/// A client that shows nothing of what UserInfo says hides what is foreign without having looked at it. One that refuses the
/// login has looked.
pub(super) fn not_shown_anyway(evidence: &Evidence) -> Option<Judgement> {
    let refuses = evidence.attempts.iter().any(Attempt::is_refused)
        && evidence.all_sessions().all(|session| *session == Session::Nobody);
    let message = "the client goes on, and its session page shows nothing of what UserInfo says, so it is not known whether \
                   the client uses this response; let the session page show the claims of UserInfo";
    (evidence.shows_userinfo == Some(false) && !refuses)
        .then(|| Judgement::new(Verdict::Inapplicable, "not-used", message))
}
