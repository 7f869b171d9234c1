//! Who is signed in at the provider, and in which browser.

use std::collections::{HashMap, HashSet};

use crate::bounded::Bounded;
use crate::random;

/// How many sessions an issuer remembers.
const REMEMBERED: usize = 10_000;

/// All sessions of an issuer, by the secret that the browser keeps in its cookie.
pub(crate) struct Sessions(Bounded<String, Session>);

/// A user who is signed in, in one browser.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) subject: String,
    /// When the user signed in (OpenID Connect Core §2).
    pub(crate) auth_time: i64,
    /// The session as clients know it. It gives no access to anything.
    pub(crate) sid: String,
    /// What scope the user allows, by client and API.
    consents: HashMap<Receiver, HashSet<String>>,
}

/// A client, and the API that it names.
type Receiver = (String, Option<String>);

impl Session {
    /// Whether the user has allowed all of this scope to the client, for the API.
    pub(crate) fn allows(&self, client_id: &str, audience: Option<&str>, scope: &[String]) -> bool {
        let allowed = self.consents.get(&receiver(client_id, audience));
        allowed.is_some_and(|allowed| scope.iter().all(|scope| allowed.contains(scope)))
    }

    /// Whether the user signed in no more than `max_age` seconds ago. With 0, the user signs in every time (OpenID
    /// Connect Core §3.1.2.1).
    pub(crate) fn is_younger_than(&self, max_age: u64, now: i64) -> bool {
        let age = now.saturating_sub(self.auth_time);
        max_age > 0 && u64::try_from(age).unwrap_or_default() <= max_age
    }
}

impl Default for Sessions {
    fn default() -> Self {
        Self(Bounded::new(REMEMBERED))
    }
}

impl Sessions {
    pub(crate) fn get(&self, secret: &str) -> Option<&Session> {
        self.0.get(secret)
    }

    /// A user signs in, in a browser that may have an earlier session. That one ends; with the same user, what the
    /// clients know of it stays. The new secret is returned.
    pub(crate) fn sign_in(&mut self, earlier: Option<&str>, subject: &str, now: i64) -> String {
        let earlier = earlier.and_then(|secret| self.0.remove(secret));
        let session = match earlier.filter(|earlier| earlier.subject == subject) {
            Some(earlier) => Session { auth_time: now, ..earlier },
            None => {
                Session { subject: subject.to_owned(), auth_time: now, sid: random::short(), consents: HashMap::new() }
            }
        };
        let secret = random::token();
        self.0.insert(secret.clone(), session);
        secret
    }

    /// The user of a session allows a client this scope.
    pub(crate) fn allow(&mut self, secret: &str, client_id: &str, audience: Option<&str>, scope: &[String]) {
        if let Some(session) = self.0.get_mut(secret) {
            session.consents.entry(receiver(client_id, audience)).or_default().extend(scope.iter().cloned());
        }
    }

    pub(crate) fn end(&mut self, secret: &str) {
        self.0.remove(secret);
    }

    /// Ends the session that clients know by this.
    pub(crate) fn end_known_as(&mut self, sid: &str) {
        self.0.retain(|session| session.sid != sid);
    }

    pub(crate) fn end_all(&mut self) {
        self.0.retain(|_| false);
    }
}

fn receiver(client_id: &str, audience: Option<&str>) -> Receiver {
    (client_id.to_owned(), audience.map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_sign_in_of_the_same_user_has_a_new_secret_and_stays_the_session_that_clients_know() {
        let mut sessions = Sessions::default();
        let first = sessions.sign_in(None, "alice", 1);
        sessions.allow(&first, "shop", None, &["openid".to_owned()]);
        let sid = sessions.get(&first).expect("a session").sid.clone();
        let second = sessions.sign_in(Some(&first), "alice", 2);
        assert!(sessions.get(&first).is_none());
        let session = sessions.get(&second).expect("a session");
        assert_eq!((session.sid.as_str(), session.auth_time), (sid.as_str(), 2));
        assert!(session.allows("shop", None, &["openid".to_owned()]) && !session.allows("other", None, &[]));
        assert!(!session.allows("shop", Some("api"), &[]));
        let other = sessions.sign_in(Some(&second), "bob", 3);
        let session = sessions.get(&other).expect("a session");
        assert!(session.sid != sid && !session.allows("shop", None, &[]));
    }

    #[test]
    fn an_age_is_counted_from_the_sign_in_and_no_age_at_all_is_never_enough() {
        let mut sessions = Sessions::default();
        let secret = sessions.sign_in(None, "alice", 100);
        let session = sessions.get(&secret).expect("a session");
        assert!(session.is_younger_than(10, 110) && !session.is_younger_than(10, 111));
        assert!(!session.is_younger_than(0, 100));
    }
}
