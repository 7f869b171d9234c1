//! What a reply amounts to: the page of a client is evidence, and its session decides.

use super::visit::Visit;
use crate::evidence::{Outcome, Session};
use crate::terms::{Answer, AuthorizationResponse, Failure, Person, Phase, Refusal, Reply, Said};

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

/// Whether the code of a delivered response was presented to a provider.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Redeemed {
    /// It was.
    Yes,
    /// It was not, or there is none.
    No,
}

/// A page with an error status that the callback has led to. Where a login ends there although it has succeeded,
/// because the app has no such page or a broken one, it is where the next one ends, too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Landing {
    status: u16,
    body: String,
}

impl Landing {
    /// Where an answer to an authorization response has led, if that has an error status.
    pub(super) fn on_error_page(answer: &Answer) -> Option<Self> {
        match answer.said {
            Said::Page(status) if status >= 400 => Some(Self { status, body: answer.shown.clone() }),
            _ => None,
        }
    }
}

/// How a delivered response ended, by the session before and after; `landing` is where an earlier login has ended.
pub(super) fn judged(
    reply: Reply<Answer>,
    before: Result<Session, Outcome>,
    after: Result<Session, Outcome>,
    redeemed: Redeemed,
    landing: Option<&Landing>,
) -> (Outcome, String) {
    match (reply, before, after) {
        (Err(failure), ..) => (failed(failure), String::new()),
        (_, Err(outcome), _) | (_, _, Err(outcome)) => (outcome, String::new()),
        (Ok(answer), Ok(before), Ok(after)) => {
            let lands_again = landing.is_some() && Landing::on_error_page(&answer).as_ref() == landing;
            // The page says no more than the one of the login before.
            let said = match answer.said {
                Said::Page(_) if lands_again => Said::Page(200),
                said => said,
            };
            (login_outcome(&said, &before, &after, redeemed), answer.shown)
        }
    }
}

/// Whether the browser was led to the session that this person has there already, from a login in another tab:
/// the person who wants to log in is logged in, and it does not matter by which of the two.
pub(super) fn led_to_session(
    (reply, before, after): (&Reply<Answer>, &Result<Session, Outcome>, &Result<Session, Outcome>),
    person: Person,
) -> bool {
    let is_page = matches!(reply, Ok(Answer { said: Said::Page(..400), .. }));
    is_page && [before, after].iter().all(|session| session.as_ref().is_ok_and(|session| session.is(person)))
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

/// API call, refresh: a page of success is success, a page of another status a refusal.
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

/// A log-out may lead to a page that only somebody who is logged in may see. Whether anybody still is, the session says.
pub(super) fn logged_out(reply: Reply<Answer>) -> (Outcome, String) {
    match reply {
        Ok(Answer { said: Said::Page(401 | 403), shown }) => (Outcome::Done, shown),
        reply => called(reply),
    }
}

fn sent_back() -> Refusal {
    Refusal { detail: "it sent the browser back to the provider".to_owned(), ..Refusal::default() }
}

fn page_refusal(status: u16) -> Refusal {
    let detail = match status {
        400.. => format!("it answered with status {status}"),
        _ => format!("it answered with status {status}, and nobody is logged in"),
    };
    Refusal { detail, ..Refusal::default() }
}

/// A login is judged by the session, not by what the client says of it.
///
/// Where the same person is logged in before and after, a login has taken place only if the code was redeemed.
fn login_outcome(said: &Said, before: &Session, after: &Session, redeemed: Redeemed) -> Outcome {
    let changed = !after.is_as(before);
    match (said, after) {
        (Said::Refused(refusal), somebody) if changed && *somebody != Session::Nobody => {
            Outcome::Contradicted(format!("the client says that it refused ({}), and {somebody}", refusal.detail))
        }
        (Said::Refused(refusal), _) => Outcome::Refused(refusal.clone()),
        (Said::Done, Session::Nobody) => {
            Outcome::Contradicted("the client says that the login succeeded, and nobody is logged in".to_owned())
        }
        (Said::BeginsAgain(_), Session::Nobody) => Outcome::Refused(sent_back()),
        (Said::BeginsAgain(_), _) if !changed => Outcome::Refused(sent_back()),
        (Said::Page(status), Session::Nobody) => Outcome::Refused(page_refusal(*status)),
        (Said::Page(status), _) if !changed && *status >= 400 => Outcome::Refused(page_refusal(*status)),
        (Said::Page(status), _) if !changed && redeemed == Redeemed::No => Outcome::Refused(Refusal {
            detail: format!("it answered with status {status}, redeemed no code, and left the session as it was"),
            ..Refusal::default()
        }),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn alice(shown: &str) -> Session {
        Session::Subject { person: Person::Alice, shown: shown.to_owned() }
    }

    #[test]
    fn second_login_of_the_same_person_is_told_from_none() {
        let (before, after) = (alice("visit 1"), alice("visit 2"));
        assert_eq!(login_outcome(&Said::Page(200), &before, &after, Redeemed::Yes), Outcome::Done);
        let ignored = login_outcome(&Said::Page(200), &before, &after, Redeemed::No);
        assert!(matches!(ignored, Outcome::Refused(_)), "{ignored:?}");
    }

    #[test]
    fn login_that_lands_on_the_missing_page_of_the_one_before_is_one() {
        let missing = |shown: &str| Ok(Answer { said: Said::Page(404), shown: shown.to_owned() });
        let landing = missing("no such page").as_ref().ok().and_then(Landing::on_error_page);
        let outcome = |shown, redeemed, landing: Option<&Landing>| {
            judged(missing(shown), Ok(alice("visit 1")), Ok(alice("visit 2")), redeemed, landing).0
        };
        assert_eq!(outcome("no such page", Redeemed::Yes, landing.as_ref()), Outcome::Done);
        let refused = [
            outcome("your ID token is wrong", Redeemed::Yes, landing.as_ref()),
            outcome("no such page", Redeemed::No, landing.as_ref()),
            outcome("no such page", Redeemed::Yes, None),
        ];
        assert!(refused.iter().all(|outcome| matches!(outcome, Outcome::Refused(_))), "{refused:?}");
    }

    #[test]
    fn refusal_with_somebody_new_behind_it_is_a_contradiction() {
        let said = Said::Refused(page_refusal(400));
        let unknown = Session::Unknown { shown: String::new() };
        for somebody in [alice(""), unknown] {
            let outcome = login_outcome(&said, &Session::Nobody, &somebody, Redeemed::Yes);
            assert!(matches!(outcome, Outcome::Contradicted(_)), "{outcome:?}");
        }
        let as_before = login_outcome(&said, &alice("visit 1"), &alice("visit 2"), Redeemed::No);
        assert!(matches!(as_before, Outcome::Refused(_)), "{as_before:?}");
    }
}
