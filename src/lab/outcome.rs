//! What a reply amounts to: the page of a client is evidence, and its session decides.

use super::provider::Visit;
use crate::driver::{Answer, AuthorizationResponse, Failure, Reply, Said};
use crate::evidence::{Outcome, Phase, Refusal, Session};

/// An outcome in words.
pub(super) fn describe(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Done => "it went through".to_owned(),
        Outcome::Refused(refusal) => refusal.detail.clone(),
        Outcome::Crashed(what)
        | Outcome::ServerError(what)
        | Outcome::TimedOut(what)
        | Outcome::Contradicted(what)
        | Outcome::NothingToDeliver(what)
        | Outcome::NothingToTry(what)
        | Outcome::DriverBroken(what)
        | Outcome::Broken(what) => what.clone(),
        Outcome::Unsupported(capability) => format!("the client cannot {capability}"),
    }
}

/// What the authorization endpoint answered, as far as it can be delivered.
pub(super) fn visited(visit: Visit) -> Result<AuthorizationResponse, Outcome> {
    match visit {
        Visit::Response(response) => Ok(response),
        Visit::Page(page) => Err(Outcome::Refused(Refusal {
            phase: Some(Phase::Authorize),
            detail: format!("the provider did not accept the authorization request: {page}"),
            ..Refusal::default()
        })),
        Visit::Nothing(what) => Err(broken(&what)),
        Visit::OutOfResources(what) => Err(Outcome::DriverBroken(what)),
    }
}

/// How a delivered response ended, by the session before and after.
pub(super) fn judged(
    reply: Reply<Answer>,
    before: Result<Session, Outcome>,
    after: Result<Session, Outcome>,
) -> (Outcome, String) {
    match (reply, before, after) {
        (Err(failure), ..) => (failed(failure), String::new()),
        (_, Err(outcome), _) | (_, _, Err(outcome)) => (outcome, String::new()),
        (Ok(answer), Ok(before), Ok(after)) => (login_outcome(&answer.said, &before, &after), answer.shown),
    }
}

/// How likely it is that a delivery has succeeded.
pub(super) fn promise(reply: &Reply<Answer>) -> u8 {
    match reply {
        Ok(Answer { said: Said::Done, .. }) => 2,
        Ok(Answer { said: Said::Refused(_), .. }) | Err(Failure::Refused(_)) => 0,
        Ok(Answer { said: Said::Page(_) | Said::BeginsAgain(_), .. }) | Err(_) => 1,
    }
}

pub(super) fn broken(what: &str) -> Outcome {
    Outcome::Broken(what.to_owned())
}

pub(super) fn failed(failure: Failure) -> Outcome {
    match failure {
        Failure::Refused(refusal) => Outcome::Refused(refusal),
        Failure::Crashed(how) => Outcome::Crashed(how),
        Failure::ServerError(how) => Outcome::ServerError(how),
        Failure::TimedOut(what) => Outcome::TimedOut(what),
        Failure::Unsupported(capability) => Outcome::Unsupported(capability),
        Failure::DriverBroken(what) => Outcome::DriverBroken(what),
        Failure::Broken(what) => Outcome::Broken(what),
    }
}

/// API call, refresh, logout: a page of success is success, a page of another status a refusal.
pub(super) fn called(reply: Reply<Answer>) -> (Outcome, String) {
    match reply {
        Err(failure) => (failed(failure), String::new()),
        Ok(Answer { said, shown }) => {
            let outcome = match said {
                Said::Done => Outcome::Done,
                Said::Refused(refusal) => Outcome::Refused(refusal),
                Said::Page(status) if status < 400 => Outcome::Done,
                Said::Page(status) => Outcome::Refused(page_refusal(status)),
                Said::BeginsAgain(_) => Outcome::Refused(sent_back()),
            };
            (outcome, shown)
        }
    }
}

fn sent_back() -> Refusal {
    Refusal { detail: "it sent the browser back to the provider".to_owned(), ..Refusal::default() }
}

fn page_refusal(status: u16) -> Refusal {
    Refusal { detail: format!("it answered with status {status}"), ..Refusal::default() }
}

/// A login is judged by the session, not by what the client says of it.
fn login_outcome(said: &Said, before: &Session, after: &Session) -> Outcome {
    let changed = before != after;
    match (said, after) {
        (Said::Refused(refusal), Session::Subject { person, .. }) if changed => Outcome::Contradicted(format!(
            "the client says that it refused ({}), and {person} is logged in",
            refusal.detail
        )),
        (Said::Refused(refusal), _) => Outcome::Refused(refusal.clone()),
        (Said::Done, Session::Nobody) => {
            Outcome::Contradicted("the client says that the login succeeded, and nobody is logged in".to_owned())
        }
        (Said::BeginsAgain(_), Session::Nobody) => Outcome::Refused(sent_back()),
        (Said::BeginsAgain(_), _) if !changed => Outcome::Refused(sent_back()),
        (Said::Page(status), Session::Nobody) => Outcome::Refused(page_refusal(*status)),
        (Said::Page(status), _) if !changed && *status >= 400 => Outcome::Refused(page_refusal(*status)),
        (Said::Done | Said::Page(_) | Said::BeginsAgain(_), _) => Outcome::Done,
    }
}

/// An answer in a few words.
pub(super) fn answered(answer: &Answer) -> String {
    match &answer.said {
        Said::Done => "done".to_owned(),
        Said::Page(status) => status.to_string(),
        Said::BeginsAgain(_) => "back to the provider".to_owned(),
        Said::Refused(refusal) => format!("refused: {}", refusal.detail),
    }
}
