//! Answers with status 500: a refusal that was not planned, or something else that has failed.

use super::judgement::{Judgement, REFUSED_WITH_500, Verdict};
use crate::evidence::{Attempt, Evidence, Outcome, Session};
use crate::plan::Action;
use crate::suite::{Level, Scenario};
use crate::terms::Profile;

/// One that answers 500 has kept out what it had to keep out, but crashed doing so. That is worth a word where a refusal was
/// due (in trouble that is not the client's, 500 may well be the word for it), and asked last, so that nothing worse hides
/// behind it. No text says with which status a client refuses: it fails a client in the profile `strict` alone.
pub(super) fn fell_over(scenario: &Scenario, evidence: &Evidence, profile: Profile) -> Option<Judgement> {
    if !scenario.kind.asks_for_refusal() {
        return None;
    }
    if let Some(how) = failed_log_out(scenario, evidence) {
        let message = format!("the log-out failed, and what follows it was not played: {how}");
        return Some(Judgement::new(Verdict::NotExercised, "not-reached", message));
    }
    let fails = profile == Profile::Strict && scenario.level_in(profile) == Level::Must;
    let verdict = if fails { Verdict::Fail } else { Verdict::Warn };
    evidence.attempts.iter().find_map(|attempt| match &attempt.outcome {
        Outcome::ServerError(how) => Some(if let Some(session) = left_by_failed_login(attempt, evidence) {
            let message = format!("{how}; {session} all the same{}", evidence.said_of(attempt));
            Judgement::new(verdict, "logged-in-despite-500", message)
        } else if is_after_accepted_login(attempt, evidence) {
            let message =
                format!("the login went on with the altered message, and later {how}{}", evidence.said_of(attempt));
            Judgement::new(verdict, "failed-later", message)
        } else {
            Judgement::new(verdict, REFUSED_WITH_500, format!("{how}{}", evidence.said_of(attempt)))
        }),
        _ => None,
    })
}

/// Whether a login had accepted what was altered before this attempt failed, so that the failure is no refusal of it.
fn is_after_accepted_login(failed: &Attempt, evidence: &Evidence) -> bool {
    let altered = evidence.exchanges().iter().find(|entry| !entry.faults.is_empty()).cloned();
    let login = altered.and_then(|entry| evidence.attempt_of(&entry));
    !failed.action.is_of_login() && login.is_some_and(|it| it.action.is_of_login() && it.outcome == Outcome::Done)
}

/// The session that a failed login has left in a browser where nobody was logged in before.
fn left_by_failed_login<'a>(login: &'a Attempt, evidence: &'a Evidence) -> Option<&'a Session> {
    let [browser] = login.action.browsers()[..] else { return None };
    let begins = |action: &Action| {
        matches!(action, Action::Begin { .. } | Action::BeginMixedUp { .. } | Action::BeginInTab { .. })
    };
    let is_end = |attempt: &&Attempt| attempt.action.is_of_login() && !begins(&attempt.action);
    let mut here = evidence.attempts.iter().filter(is_end).filter(|it| it.action.browsers().contains(&browser));
    let is_only_one = here.all(|attempt| attempt.outcome != Outcome::Done);
    let session = login.session.as_ref().unwrap_or_else(|| evidence.session(browser));
    (login.action.is_of_login() && is_only_one && *session != Session::Nobody).then_some(session)
}

/// How a log-out failed that is not the end of the scenario.
fn failed_log_out<'a>(scenario: &Scenario, evidence: &'a Evidence) -> Option<&'a str> {
    let last = evidence.last_attempt()?;
    let is_over = scenario.plan.actions.last() == Some(&last.action);
    match (&last.action, &last.outcome) {
        (Action::LogOut(_), Outcome::ServerError(how)) if !is_over => Some(how),
        _ => None,
    }
}
