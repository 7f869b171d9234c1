//! What the verdict is about, and where in the diagram that is.

use super::row::{Label, words};
use crate::report::tone::kind;
use crate::results::{ExchangeSummary, Party, ScenarioResult};

/// What a scenario found, pinned to the message, the end or the session that it speaks of.
pub(super) struct Accusation<'a> {
    result: &'a ScenarioResult,
    place: Place,
}

enum Place {
    /// Nothing was found.
    Nowhere,
    /// These exchanges, by host and number.
    Exchanges(Vec<(Party, u64)>),
    /// Who is logged in at last.
    Session,
    /// How the last action ended.
    End,
}

impl<'a> Accusation<'a> {
    pub(super) fn of(result: &'a ScenarioResult) -> Self {
        let place = if result.verdict.is_quiet() {
            Place::Nowhere
        } else {
            let named = named(&result.message);
            let seen = |(host, seq): &(Party, u64)| {
                result.evidence.provider.iter().any(|it| it.seq == *seq && host_of(it) == Some(*host))
            };
            if named.iter().any(seen) {
                Place::Exchanges(named)
            } else if is_about_session(&result.reason) && !result.evidence.sessions.is_empty() {
                Place::Session
            } else {
                Place::End
            }
        };
        Self { result, place }
    }

    pub(super) fn of_exchange(&self, it: &ExchangeSummary) -> Option<Label> {
        let Place::Exchanges(named) = &self.place else { return None };
        let place = named.iter().position(|(host, seq)| *seq == it.seq && host_of(it) == Some(*host))?;
        // The first one is the one that it is about; the others are what it is compared with.
        Some(if place == 0 { self.label() } else { Label { text: String::new(), ..self.label() } })
    }

    pub(super) fn of_end(&self) -> Option<Label> {
        matches!(self.place, Place::End).then(|| self.label())
    }

    /// In whose browser, if the message says so.
    pub(super) fn of_session(&self) -> Option<(Option<Party>, Label)> {
        let Place::Session = self.place else { return None };
        let browsers = [("attacker's", Party::Attacker), ("victim's", Party::Victim), ("user's", Party::User)];
        let browser = browsers.into_iter().find(|(name, _)| self.result.message.contains(name));
        Some((browser.map(|(_, browser)| browser), self.label()))
    }

    fn label(&self) -> Label {
        Label { tone: kind(self.result), text: format!("✗ {}", words(&self.result.message)) }
    }
}

fn is_about_session(reason: &str) -> bool {
    matches!(reason, "logged-in" | "not-logged-in" | "wrong-account" | "wrong-subject" | "not-shown")
}

/// An API numbers its requests with the provider beside it.
fn host_of(it: &ExchangeSummary) -> Option<Party> {
    it.to.map(|to| match to {
        Party::Api => Party::Provider,
        Party::SecondApi => Party::SecondProvider,
        other => other,
    })
}

/// The requests that a message speaks of: `request #7 to the token endpoint of the stranger`.
fn named(message: &str) -> Vec<(Party, u64)> {
    let mut parts = message.split('#');
    parts.next();
    let number = |part: &str| {
        let digits = part.split(|c: char| !c.is_ascii_digit()).next()?;
        let host = if part.contains(" of the stranger") {
            Party::OtherHost
        } else if part.contains(" of the second provider") {
            Party::SecondProvider
        } else {
            Party::Provider
        };
        Some((host, digits.parse().ok()?))
    };
    parts.filter_map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_found_in_messages_with_the_host_that_saw_them() {
        let message = "a code is in request #12 to the token endpoint of the stranger";
        assert_eq!(named(message), [(Party::OtherHost, 12)]);
        let message = "an access token, a credential of the first provider, is in request #7 to the API endpoint of the second provider";
        assert_eq!(named(message), [(Party::SecondProvider, 7)]);
        assert_eq!(named("token request #9: the parameter code occurs twice"), [(Party::Provider, 9)]);
        assert_eq!(named("the client did not refuse"), []);
    }
}
