//! Who the people of a scenario are at the providers.
//!
//! Clients keep accounts. So nobody comes twice: subject, name, address and all else that a provider says of a person are
//! made for each scenario, and for its controls.

use std::fmt;

use serde::Deserialize;

use super::{Identity, Provider};

/// Who signs in at the provider. Who that is there, in one scenario, [`People`] say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Person {
    /// Signs in unless a step says otherwise.
    Alice,
    /// Another honest user.
    Bob,
    /// The attacker.
    Mallory,
}

impl Person {
    /// What scenarios and reports call them.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Alice => "alice",
            Self::Bob => "bob",
            Self::Mallory => "mallory",
        }
    }

    /// All of them.
    pub const ALL: [Self; 3] = [Self::Alice, Self::Bob, Self::Mallory];
}

impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Whether the people of a scenario may be ones that the client has never met.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Casting {
    /// They are new in each scenario.
    #[default]
    New,
    /// They are always the same: the client has a list of its users, and lets nobody else in.
    Fixed,
}

/// The people of one scenario, or of one control.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct People {
    /// What tells them from those of other scenarios; always of the same length, so that nobody's name is a part of
    /// another's.
    salt: Option<String>,
    subjects: [String; 3],
    /// By what the client's page tells who is logged in.
    identity: Identity,
}

impl People {
    /// The people of the next scenario.
    #[must_use]
    pub fn cast(casting: Casting) -> Self {
        match casting {
            Casting::New => Self::with(Some(format!("{:010x}", rand::random::<u64>() >> 24))),
            Casting::Fixed => Self::with(None),
        }
    }

    fn with(salt: Option<String>) -> Self {
        let subject = |person: Person| format!("auth0|{}", salted(person.name(), '-', salt.as_deref()));
        Self { subjects: Person::ALL.map(subject), salt, identity: Identity::default() }
    }

    /// The same people, for a client whose page tells by this claim who is logged in.
    #[must_use]
    pub fn told_by(self, identity: Identity) -> Self {
        Self { identity, ..self }
    }

    /// By what the client's page tells who is logged in.
    #[must_use]
    pub fn identity(&self) -> Identity {
        self.identity
    }

    /// What the client's page shows of a person who is logged in: one of these, as the provider of the login says it.
    #[must_use]
    pub fn shown_as(&self, person: Person) -> Vec<String> {
        let at_each = |of: fn(&Self, Person, Provider) -> String| {
            [Provider::First, Provider::Second].map(|provider| of(self, person, provider)).to_vec()
        };
        match self.identity {
            Identity::Subject => vec![self.subject(person).to_owned()],
            Identity::Name => at_each(Self::name),
            Identity::Email => at_each(Self::email),
        }
    }

    /// Who is shown as this.
    #[must_use]
    pub fn with_shown(&self, text: &str) -> Option<Person> {
        Person::ALL.into_iter().find(|person| self.shown_as(*person).iter().any(|shown| shown == text))
    }

    /// The `sub` of a person, the same at both providers.
    #[must_use]
    pub fn subject(&self, person: Person) -> &str {
        &self.subjects[person as usize]
    }

    /// Whose subject it is.
    #[must_use]
    pub fn with_subject(&self, subject: &str) -> Option<Person> {
        Person::ALL.into_iter().find(|person| self.subject(*person) == subject)
    }

    /// What a subject is called in reports: the name of the person, or the subject of somebody else as it is.
    #[must_use]
    pub fn call<'a>(&self, subject: &'a str) -> &'a str {
        self.with_subject(subject).map_or(subject, |person| person.name())
    }

    /// The `nickname`, the same at both providers.
    #[must_use]
    pub fn nickname(&self, person: Person) -> String {
        salted(person.name(), '-', self.salt.as_deref())
    }

    /// The `email`, at a host of the provider's own.
    #[must_use]
    pub fn email(&self, person: Person, provider: Provider) -> String {
        let host = match provider {
            Provider::First => "example.com",
            Provider::Second => "elsewhere.example.com",
        };
        format!("{}@{host}", self.nickname(person))
    }

    /// The `name`, which no other provider says of anybody.
    #[must_use]
    pub fn name(&self, person: Person, provider: Provider) -> String {
        let first = match person {
            Person::Alice => "Alice",
            Person::Bob => "Bob",
            Person::Mallory => "Mallory",
        };
        let last = match provider {
            Provider::First => "Example",
            Provider::Second => "Elsewhere",
        };
        salted(&format!("{first} {last}"), ' ', self.salt.as_deref())
    }

    /// The claim `https://quintain.example/plan`, which no other provider says of anybody.
    #[must_use]
    pub fn plan(&self, person: Person, provider: Provider) -> String {
        let what = match provider {
            Provider::First => "plan",
            Provider::Second => "subscription",
        };
        format!("{what}-of-{}", self.nickname(person))
    }

    /// What the provider says of this person and no other provider says of anybody.
    #[must_use]
    pub fn unique_claims(&self, person: Person, provider: Provider) -> [String; 2] {
        [self.name(person, provider), self.plan(person, provider)]
    }

    /// By which names faults and expectations speak of them, without the braces: `alice` is the subject; `alice_email`,
    /// `alice_name`, `alice_nickname` and `alice_plan` are what the first provider says; `alice_in_capitals` is somebody
    /// whose subject differs by case only.
    pub fn placeholders(&self) -> impl Iterator<Item = (String, String)> {
        Person::ALL.into_iter().flat_map(|person| {
            let of = |what: &str| format!("{}_{what}", person.name());
            [
                (person.name().to_owned(), self.subject(person).to_owned()),
                (of("in_capitals"), self.subject(person).to_uppercase()),
                (of("email"), self.email(person, Provider::First)),
                (of("name"), self.name(person, Provider::First)),
                (of("nickname"), self.nickname(person)),
                (of("plan"), self.plan(person, Provider::First)),
            ]
        })
    }

    /// A text of a scenario, with these people in the places of their names.
    #[must_use]
    pub fn fill(&self, text: &str) -> String {
        self.placeholders().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), &value))
    }
}

fn salted(name: &str, between: char, salt: Option<&str>) -> String {
    salt.map_or_else(|| name.to_owned(), |salt| format!("{name}{between}{salt}"))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_unique_claim_of_a_person_is_in_one_of_another_person_or_provider() {
        for casting in [Casting::New, Casting::Fixed] {
            let people = People::cast(casting);
            let claims: Vec<_> = [Provider::First, Provider::Second]
                .into_iter()
                .flat_map(|provider| Person::ALL.map(|person| people.unique_claims(person, provider)))
                .flatten()
                .collect();
            for (at, claim) in claims.iter().enumerate() {
                assert_eq!(claims.iter().position(|other| other.contains(claim)), Some(at), "{claim}");
            }
        }
    }

    #[test]
    fn nothing_that_a_provider_says_of_a_person_is_said_in_another_scenario() {
        let said: Vec<_> =
            (0..50).flat_map(|_| People::cast(Casting::New).placeholders().collect::<Vec<_>>()).collect();
        let distinct: HashSet<_> = said.iter().map(|(_, value)| value).collect();
        assert_eq!(distinct.len(), said.len());
    }

    #[test]
    fn a_subject_is_in_nothing_else_that_is_said_of_anybody() {
        let people = People::cast(Casting::New);
        for person in Person::ALL {
            let named = |name: &str| name == person.name();
            let held =
                people.placeholders().find(|(name, value)| !named(name) && value.contains(people.subject(person)));
            assert_eq!(held, None);
        }
    }

    #[test]
    fn people_of_a_client_with_a_list_of_users_are_always_the_same() {
        let people = People::cast(Casting::Fixed);
        assert_eq!(people, People::cast(Casting::Fixed));
        assert_eq!(people.fill("{alice} {bob_email} {x}"), "auth0|alice bob@example.com {x}");
    }
}
