//! The verdict: one function from evidence to a result.
//!
//! A refusal is a conjunction: the client was *reached* by the altered message, the attempt *ended*, nothing was
//! *rewarded* (judged again over the whole journal at the end of the run), and the client was *able*: the same flow
//! succeeds without the fault, before and after.

mod again;
mod applicability;
mod beforehand;
mod counts;
mod expectations;
mod exposure;
mod finding;
mod given;
mod invariants;
mod judgement;
mod leakage;
mod misdirected;
mod refreshes;
mod returning;
mod server_errors;
mod sessions;
mod unpacked;

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use mock_idp::{Change, Endpoint, Entry, Fault, GrantType, Point};
use serde_json::Value;

use crate::driver::{Launcher, SetupError};
use crate::evidence::{Attempt, Comparison, Control, Evidence, MixUpDefences, Outcome, Reading, Session};
use crate::plan::{Action, Arrangement, Expectation, Invariant, Message, PolicyChange};
use crate::suite::{Debtor, Level, Scenario};
use crate::terms::{Capability, Profile, Refusal};

pub use self::again::{may_be_too_early, seen_again};
use self::applicability::{not_applicable, not_shown_anyway, not_told_who};
pub use self::beforehand::{applies, unable};
pub(crate) use self::exposure::exposures;
use self::finding::{Finding, Weight};
pub use self::invariants::{MARK, Violation, presents_code_twice, spoils_code, violations};
pub use self::judgement::{
    DEFENCE_NOT_OWED, DRIVER_BROKEN, Judgement, NO_SECOND_LOGIN, NOT_RUN, NOT_STARTED, REFUSED_WITH_500, TIMED_OUT,
    Verdict, accounts_linked, no_second_login,
};

/// Whether a reason says nothing about what the client does.
#[must_use]
pub fn is_no_finding(reason: &str) -> bool {
    [DRIVER_BROKEN, NOT_STARTED, NOT_RUN].contains(&reason)
}

/// Whether a finding may come of it that the client does not read ID tokens, or reads them too late.
#[must_use]
pub fn may_be_misread(scenario: &Scenario, judgement: &Judgement) -> bool {
    let tells_it = |it: &Expectation| matches!(it, Expectation::ReadsIdToken);
    let overlooked = ["accepted", "access-token-used", "logged-in", "refresh-token-used", "wrong-subject"]
        .contains(&judgement.reason);
    let is_of_id_token =
        overlooked && !scenario.plan.expectations.iter().any(tells_it) && scenario.plan.alters_id_token_alone();
    is_of_id_token || is_late_at_injection(scenario, judgement) || is_refused_unread(scenario, judgement)
}

/// Where a client has refused an ID token, and may have done so for another reason than what is wrong with it. The subject
/// is what every client takes from an ID token, so that a wrong one is refused for what it is.
fn is_refused_unread(scenario: &Scenario, judgement: &Judgement) -> bool {
    let is_of_token = |fault: &Fault| match (fault.at, &fault.change) {
        (Point::IdTokenClaims, Change::Remove(names)) => names.iter().any(|name| name != "sub"),
        (Point::IdTokenClaims, Change::Merge(Value::Object(patch))) => patch.keys().any(|name| name != "sub"),
        (Point::IdTokenHeader | Point::IdTokenClaims | Point::IdTokenSignature, _) => true,
        _ => false,
    };
    judgement.verdict == Verdict::Pass
        && scenario.kind.asks_for_refusal()
        && scenario.plan.alters_id_token_alone()
        && scenario.plan.faults().all(is_of_token)
}

/// Where the ID token is all that stops an injected code, it does so too late.
fn is_late_at_injection(scenario: &Scenario, judgement: &Judgement) -> bool {
    judgement.reason == "access-token-used" && scenario.plan.actions.iter().any(Action::injects)
}

/// The scenario by which it is told that the ID token is read too late.
fn is_about_the_order(scenario: &Scenario) -> bool {
    let asks_userinfo = |it: &Arrangement| matches!(it, Arrangement::Makes(Message::UserinfoRequest));
    scenario.plan.arrangements.iter().any(asks_userinfo)
}

/// Where the ID token of a refresh alone is altered: its access token is another one than that of the login.
fn is_about_a_refresh(scenario: &Scenario) -> bool {
    let mut faults = scenario.plan.faults().peekable();
    faults.peek().is_some() && faults.all(|fault| fault.grant == Some(GrantType::RefreshToken))
}

/// One cause is told once: what is said of a scenario about ID tokens, with this client.
#[must_use]
pub fn excused(scenario: &Scenario, judgement: Judgement, reading: Reading) -> Judgement {
    match reading {
        // Whom a refresh logs in is another question than whether the login has checked anything.
        Reading::Never if judgement.reason == "wrong-subject" && is_about_a_refresh(scenario) => judgement,
        Reading::Never if !is_late_at_injection(scenario, &judgement) => {
            let message = "the client goes on with an ID token in which everything is wrong: a finding of \
                           id-token/read-at-all";
            Judgement::new(Verdict::Inapplicable, "id-token-unread", message)
        }
        Reading::AfterUse
            if judgement.reason == "access-token-used"
                && !is_about_the_order(scenario)
                && !is_about_a_refresh(scenario) =>
        {
            let message =
                "the client refuses, and has used the access token before: a finding of id-token/before-userinfo";
            Judgement::new(Verdict::Inapplicable, "id-token-read-late", message)
        }
        _ => judgement,
    }
}

/// A client that could not be started, tried twice.
#[must_use]
pub fn not_started(error: &SetupError) -> Judgement {
    let message = format!("the client could not be started, tried twice: {}; {}", error.found, error.advice);
    Judgement::new(Verdict::NotExercised, NOT_STARTED, message)
}

/// A scenario that was not run.
#[must_use]
pub fn not_run(verdict: Verdict, why: impl fmt::Display) -> Judgement {
    Judgement::new(verdict, NOT_RUN, format!("not run: {why}"))
}

/// A scenario in which the harness itself failed.
#[must_use]
pub fn ours(what: &str) -> Judgement {
    Judgement::new(Verdict::HarnessError, "harness", what)
}

/// Judges one scenario by its evidence. Called when the scenario has ended, and again at the end of the run.
#[must_use]
pub fn judge(scenario: &Scenario, evidence: &Evidence, profile: Profile) -> Judgement {
    undecidable(evidence)
        .or_else(|| invariant_broken(scenario, evidence, profile))
        .or_else(|| given::not_given(scenario, evidence))
        .or_else(|| wants_pkce(evidence))
        .or_else(|| not_able(&evidence.before, "before"))
        .or_else(|| not_applicable(scenario, evidence))
        .or_else(|| not_ended(scenario, evidence, profile))
        .or_else(|| died(evidence))
        .or_else(|| contradicted(evidence))
        .or_else(|| not_reached(scenario, evidence))
        .or_else(|| not_effective(scenario, evidence))
        .or_else(|| not_told_who(scenario, evidence))
        .or_else(|| unmet(scenario, evidence, profile))
        .or_else(|| invariant_broken_in_run(scenario, evidence, profile))
        .or_else(|| not_able(&evidence.after, "after"))
        .or_else(|| not_shown_anyway(evidence))
        .or_else(|| server_errors::fell_over(scenario, evidence, profile))
        .or_else(|| not_able_in_it(scenario, evidence, profile))
        .unwrap_or_else(Judgement::pass)
}

/// An invariant holds whatever else has happened, so that nothing else has to be seen first.
fn invariant_broken(scenario: &Scenario, evidence: &Evidence, profile: Profile) -> Option<Judgement> {
    let claimed = scenario.plan.expectations.iter().filter_map(|expectation| match expectation {
        Expectation::Holds(invariant) => Some(*invariant),
        _ => None,
    });
    let broken = claimed.flat_map(|invariant| invariants::violations_of(invariant, evidence)).next()?;
    Some(told(&broken, scenario, profile))
}

fn told(broken: &Violation, scenario: &Scenario, profile: Profile) -> Judgement {
    let message = format!("{}: {}", broken.cause, broken.message);
    Judgement::new(weighed(broken, scenario, profile), broken.invariant.name(), message)
}

fn weighed(broken: &Violation, scenario: &Scenario, profile: Profile) -> Verdict {
    if broken.level == Level::Must && demanded(scenario, profile) { Verdict::Fail } else { Verdict::Warn }
}

/// What breaks an invariant in the other scenarios of the run, the weightiest first.
fn invariant_broken_in_run(scenario: &Scenario, evidence: &Evidence, profile: Profile) -> Option<Judgement> {
    if !scenario.plan.expectations.iter().any(|it| matches!(it, Expectation::AllHoldInRun)) {
        return None;
    }
    let (id, worst) = evidence.unclaimed.iter().min_by_key(|(_, it)| (it.level != Level::Must, it.invariant))?;
    let mut told = HashSet::from([(worst.invariant, &worst.cause)]);
    let others = evidence.unclaimed.iter().filter(|(_, it)| told.insert((it.invariant, &it.cause)));
    let first = format!("in {id} the client {}: {}", worst.cause, worst.message);
    let further = others.map(|(id, it)| format!("in {id} it {}", it.cause));
    let message = std::iter::once(first).chain(further).collect::<Vec<_>>().join("; ");
    Some(Judgement::new(weighed(worst, scenario, profile), worst.invariant.name(), message))
}

/// Whether a defence is missing.
fn is_lacking(judgement: &Judgement) -> bool {
    ["accepted", "code-redeemed"].contains(&judgement.reason)
}

/// Whether it has to be known, for what is owed, if the client tells its providers apart by their redirect URIs.
#[must_use]
pub fn depends_on_redirect_uris(scenario: &Scenario, judgement: &Judgement, launcher: &dyn Launcher) -> bool {
    launcher.has_redirect_uri_per_provider()
        && is_lacking(judgement)
        && scenario.owed_by.contains(&Debtor::With(Capability::MultipleIssuers))
}

/// Whether it has to be known, for what is owed, if the client compares `iss` of the authorization response at all.
#[must_use]
pub fn depends_on_comparison(
    scenario: &Scenario,
    judgement: &Judgement,
    launcher: &dyn Launcher,
    by_redirect_uri: bool,
) -> bool {
    let defences = MixUpDefences { of_iss: Comparison::NotMade, by_redirect_uri };
    scenario.owed_by.contains(&Debtor::ComparesIssuer)
        && owed(judgement.clone(), scenario, launcher, defences) != *judgement
}

/// What becomes of a judgement where the client owes nobody the defence that the scenario is about: that it lacks it is no
/// finding.
#[must_use]
pub fn owed(judgement: Judgement, scenario: &Scenario, launcher: &dyn Launcher, shown: MixUpDefences) -> Judgement {
    let owes = |debtor: &Debtor| match debtor {
        // One of the two is enough (RFC 9700 §4.4.2).
        Debtor::With(Capability::MultipleIssuers) if shown.by_redirect_uri => false,
        Debtor::With(capability) => launcher.capabilities().contains(capability),
        Debtor::ComparesIssuer => shown.of_iss == Comparison::Made,
    };
    if scenario.owed_by.is_empty() || !is_lacking(&judgement) || scenario.owed_by.iter().any(owes) {
        return judgement;
    }
    let debtors: Vec<_> = scenario.owed_by.iter().map(Debtor::to_string).collect();
    let defence = scenario.defence.as_ref().map_or_else(String::new, |defence| format!(" ({defence})"));
    let apart = match shown.by_redirect_uri {
        true => ", and this one tells its providers apart by their redirect URIs",
        false => "",
    };
    let message = format!(
        "the client lets this pass{defence}, and need not refuse it: only clients {} have this duty{apart}",
        debtors.join(" or "),
    );
    Judgement::new(Verdict::Inapplicable, DEFENCE_NOT_OWED, message)
}

fn undecidable(evidence: &Evidence) -> Option<Judgement> {
    evidence.attempts.iter().find_map(|attempt| match &attempt.outcome {
        Outcome::DriverBroken(what) => Some(Judgement::new(Verdict::NotExercised, DRIVER_BROKEN, what)),
        Outcome::Broken(what) => Some(ours(what)),
        Outcome::Unsupported(capability) => {
            let message = format!("the client cannot {capability}");
            Some(Judgement::new(Verdict::Unsupported, "capability", message))
        }
        _ => None,
    })
}

/// A client may refuse a provider that does not announce PKCE (RFC 9700 §2.1.1).
fn wants_pkce(evidence: &Evidence) -> Option<Judgement> {
    let announced = !evidence.policies.contains(&PolicyChange::NoPkceInMetadata);
    let begins = !matches!(evidence.before, Control::Failed(_))
        || evidence.issuer.journal().entries().iter().any(|entry| entry.endpoint == Endpoint::Authorize);
    (!announced && !begins).then(|| {
        let message = "the client begins no login at a provider that does not announce PKCE";
        Judgement::new(Verdict::Inapplicable, "not-used", message)
    })
}

fn not_able(control: &Control, when: &str) -> Option<Judgement> {
    match control {
        Control::NotNeeded | Control::Succeeded | Control::ShowedSeveral => None,
        Control::DriverBroken(what) => Some(Judgement::new(Verdict::NotExercised, DRIVER_BROKEN, what)),
        Control::TimedOut(what) => Some(Judgement::new(
            Verdict::Inconclusive,
            TIMED_OUT,
            format!("the same flow without the fault did not end in time, {when} it: {what}"),
        )),
        Control::Failed(why) | Control::Limited(why) => Some(Judgement::new(
            Verdict::NotExercised,
            "control-failed",
            format!("the same flow without the fault failed {when} it, so a refusal proves nothing: {why}"),
        )),
    }
}

/// Where everything in a scenario is honest, it is its own control.
fn not_able_in_it(scenario: &Scenario, evidence: &Evidence, profile: Profile) -> Option<Judgement> {
    let failed = evidence.first_failure(|_| true).filter(|_| scenario.plan.is_its_own_control())?;
    // What fails after a log-out may fail by what the log-out has left.
    if let Some(broken) = invariants::violations_of(Invariant::LogOut, evidence).first() {
        return Some(told(broken, scenario, profile));
    }
    let (Outcome::Refused(Refusal { detail: how, .. }) | Outcome::ServerError(how)) = &failed.outcome else {
        return None;
    };
    let said = evidence.said_of(failed);
    let message = format!("nothing was altered, and the flow failed, so what came of it proves nothing: {how}{said}");
    Some(Judgement::new(Verdict::NotExercised, "control-failed", message))
}

/// Where no end was seen, what must never happen and has happened is a finding all the same, and so is a code that was
/// presented twice.
fn not_ended(scenario: &Scenario, evidence: &Evidence, profile: Profile) -> Option<Judgement> {
    let what = evidence.attempts.iter().find_map(|attempt| match &attempt.outcome {
        Outcome::TimedOut(what) => Some(what),
        _ => None,
    })?;
    // A code or an access token has to be left alone only where something is wrong with it.
    let is_altered = not_reached(scenario, evidence).or_else(|| not_effective(scenario, evidence)).is_none();
    let is_of_altered = |it: &&Expectation| {
        !matches!(it, Expectation::AccessTokenNotUsed(_) | Expectation::CodeNotRedeemed(_)) || is_altered
    };
    let mut claimed = scenario.plan.expectations.iter().filter(is_of_altered);
    let exceeded = claimed.find_map(|it| expectations::exceeded(it, evidence));
    Some(match exceeded {
        Some(finding) => {
            let verdict = if demanded(scenario, profile) { Verdict::Fail } else { Verdict::Warn };
            Judgement::new(verdict, finding.reason, format!("{}; no end of it was seen: {what}", finding.message))
        }
        None => match invariants::code_presented_twice(evidence) {
            Some(broken) => Judgement::new(
                weighed(&broken, scenario, profile),
                "code-presented-twice",
                format!("{}; no end of it was seen: {what}", broken.message),
            ),
            None => Judgement::new(Verdict::Inconclusive, TIMED_OUT, what),
        },
    })
}

/// The client's word against its own session.
fn contradicted(evidence: &Evidence) -> Option<Judgement> {
    evidence.attempts.iter().find_map(|attempt| match &attempt.outcome {
        Outcome::Contradicted(what) => {
            let message = what.clone() + &evidence.refused_meanwhile(attempt);
            Some(Judgement::new(Verdict::Conflict, "contradiction", message))
        }
        _ => None,
    })
}

fn not_reached(scenario: &Scenario, evidence: &Evidence) -> Option<Judgement> {
    for attempt in &evidence.attempts {
        if let Outcome::NothingToDeliver(why) = &attempt.outcome {
            return Some(Judgement::new(Verdict::NotExercised, "not-reached", why));
        }
    }
    let idle = evidence.idle_faults();
    let all_came_by = evidence.faults.iter().all(|fault| evidence.fired(fault) || evidence.was_in_vain(fault));
    (!idle.is_empty() && !all_came_by && !stopped_earlier(scenario, evidence)).then(|| {
        let refusal = evidence.attempts.iter().find_map(|attempt| match &attempt.outcome {
            Outcome::Refused(refusal) => Some(refusal.detail.as_str()),
            Outcome::ServerError(how) => Some(how.as_str()),
            _ => None,
        });
        let why = refusal.unwrap_or("it did not ask for it");
        let message = format!("the client never received the altered message ({}): {why}", idle.join("; "));
        // What it has accepted of the alterations keeps it from asking for the rest.
        match evidence.faults.iter().any(|fault| evidence.fired(fault)) {
            true => Judgement::new(Verdict::Inapplicable, "not-used", message),
            false => Judgement::new(Verdict::NotExercised, "not-reached", message),
        }
    })
}

/// An arrangement that changed nothing proves nothing, and says nothing about the client.
fn not_effective(scenario: &Scenario, evidence: &Evidence) -> Option<Judgement> {
    let inapplicable = |message| Some(Judgement::new(Verdict::Inapplicable, "not-effective", message));
    let in_vain = evidence.faults.iter().find(|fault| evidence.was_in_vain(fault));
    if let Some(fault) = in_vain.filter(|_| !stopped_earlier(scenario, evidence)) {
        return inapplicable(format!(
            "the message came, and the fault changed nothing in it ({}): what this client is sent has no such member, or \
             says the same already",
            fault.name
        ));
    }
    let is_certificate = |it: &Expectation| matches!(it, Expectation::WrongCertificateShown);
    let shows_certificate = scenario.plan.expectations.iter().any(is_certificate);
    if shows_certificate && !evidence.wrong_certificate_shown() && !evidence.attempts.iter().any(Attempt::is_refused) {
        return inapplicable(
            "the client goes on without the endpoint that the metadata name, so it never saw the wrong certificate"
                .to_owned(),
        );
    }
    let demanded = scenario.plan.arrangements.iter().find_map(|arrangement| match arrangement {
        Arrangement::ApiScope(scope) => Some(scope),
        _ => None,
    })?;
    let calls = evidence.sent(Message::ApiRequest);
    let is_let_in = |entry: &Arc<Entry>| entry.response.as_ref().is_some_and(|response| response.status < 300);
    (!calls.is_empty() && calls.iter().all(is_let_in))
        .then(|| inapplicable(format!("the API demands the scope {demanded}, and the client's token has it")))
        .flatten()
}

/// Where a refusal is due and several messages are altered, a client that refuses the first has not to be shown the
/// others. Where none is due, the first is altered lawfully, and the client was to go on.
fn stopped_earlier(scenario: &Scenario, evidence: &Evidence) -> bool {
    if !scenario.kind.asks_for_refusal() {
        return false;
    }
    let Some(first) = evidence.faults.iter().min_by_key(|fault| fault.at) else { return false };
    let exchanges = evidence.exchanges();
    let Some(fired) = exchanges.iter().find(|entry| entry.faults.contains(&first.id)) else {
        return false;
    };
    // What a client has got at its start, it refuses later.
    let attempt = evidence.attempt_of(fired).or_else(|| evidence.last_attempt());
    attempt.is_some_and(Attempt::is_refused) && evidence.faults.iter().any(|it| it.at != first.at)
}

/// What was claimed and does not hold.
fn unmet(scenario: &Scenario, evidence: &Evidence, profile: Profile) -> Option<Judgement> {
    let findings =
        scenario.plan.expectations.iter().filter_map(|expectation| expectations::check(expectation, evidence).err());
    // What was seen outweighs what could not be tested; of equals, the first line that does not hold is the one to show.
    let seen = stray(evidence).into_iter().chain(planted_in_vain(evidence)).chain(ambiguous(evidence));
    let finding = seen.chain(findings).min_by_key(|finding| finding.weight)?;
    let verdict = match finding.weight {
        Weight::ProvesNothing => Verdict::NotExercised,
        Weight::Contradiction => Verdict::Conflict,
        Weight::Unmet if demanded(scenario, profile) => Verdict::Fail,
        Weight::Unmet | Weight::Harmless => Verdict::Warn,
    };
    Some(Judgement::new(verdict, finding.reason, finding.message))
}

/// A credential of one scenario that is misplaced in another is a finding, whatever the scenario is about.
fn stray(evidence: &Evidence) -> Option<Finding> {
    let (credential, entry) = evidence.strays().into_iter().next()?;
    let message = format!(
        "a credential of this scenario ({:?}) was presented after it in request #{} ({:?}), which must not carry it",
        credential.kind, entry.seq, entry.endpoint
    );
    Some(Finding::unmet("credential-elsewhere", message))
}

fn ambiguous(evidence: &Evidence) -> Option<Finding> {
    evidence
        .all_sessions()
        .find(|session| matches!(session, Session::Several { .. }))
        .map(|session| Finding::ambiguous(session, evidence))
}

/// Cookies are planted for somebody to log in with them: where nobody has, it is not known what that would have given away.
fn planted_in_vain(evidence: &Evidence) -> Option<Finding> {
    let planted = |attempt: &Attempt| match attempt.action {
        Action::PlantCookies { to, .. } => Some(to),
        _ => None,
    };
    let (at, browser) = evidence.attempts.iter().enumerate().find_map(|(at, attempt)| Some((at, planted(attempt)?)))?;
    let later = || evidence.attempts[at + 1..].iter().filter(|attempt| attempt.action.browsers().contains(&browser));
    if later().any(|attempt| attempt.outcome == Outcome::Done) && *evidence.session(browser) != Session::Nobody {
        return None;
    }
    let why = later().find_map(|attempt| match &attempt.outcome {
        Outcome::Refused(refusal) => Some(format!(": {}", refusal.detail)),
        Outcome::ServerError(how) => Some(format!(": {how}")),
        _ => None,
    });
    Some(Finding {
        weight: Weight::ProvesNothing,
        reason: "not-reached",
        message: format!("nobody is logged in with the planted cookies{}", why.unwrap_or_default()),
    })
}

fn demanded(scenario: &Scenario, profile: Profile) -> bool {
    scenario.level_in(profile) == Level::Must
}

/// A client that dies has no excuse, whatever else holds.
fn died(evidence: &Evidence) -> Option<Judgement> {
    evidence.attempts.iter().find_map(|attempt| match &attempt.outcome {
        Outcome::Crashed(how) => Some(Judgement::new(Verdict::Crashed, "crashed", how)),
        _ => None,
    })
}
