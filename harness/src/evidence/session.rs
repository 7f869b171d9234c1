//! Who is logged in, as the client shows it.

use std::fmt;

use super::page::people_on;
use crate::terms::{People, Person, Whoami};

/// Who is logged in, in one browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Session {
    /// Nobody.
    Nobody,
    /// The client shows one of the people of the scenario.
    Subject {
        /// Whom.
        person: Person,
        /// All that the client shows.
        shown: String,
    },
    /// The client shows several people of the scenario, and not which of them is logged in.
    Several {
        /// Whom.
        people: Vec<Person>,
        /// All that the client shows.
        shown: String,
    },
    /// The client says "logged in", and shows none of the people of the scenario.
    Unknown {
        /// All that the client shows.
        shown: String,
    },
}

impl Session {
    /// Who it is that a client says is logged in.
    #[must_use]
    pub fn recognised(said: Whoami, people: &People) -> Self {
        let (found, shown) = match said {
            Whoami::Nobody => return Self::Nobody,
            Whoami::Somebody { subject, shown } => {
                (subject.and_then(|it| people.with_subject(&it)).into_iter().collect(), shown)
            }
            Whoami::Page(shown) => (people_on(&shown, people), shown),
        };
        match found.as_slice() {
            [] => Self::Unknown { shown },
            [person] => Self::Subject { person: *person, shown },
            _ => Self::Several { people: found, shown },
        }
    }

    /// Whether the client shows this person.
    #[must_use]
    pub fn is(&self, wanted: Person) -> bool {
        matches!(self, Self::Subject { person, .. } if *person == wanted)
    }

    /// Whether the client shows this person, and others beside.
    #[must_use]
    pub fn is_also(&self, wanted: Person) -> bool {
        matches!(self, Self::Several { people, .. } if people.contains(&wanted))
    }

    /// All that the client shows of somebody who is logged in.
    #[must_use]
    pub fn shown(&self) -> &str {
        match self {
            Self::Nobody => "",
            Self::Subject { shown, .. } | Self::Several { shown, .. } | Self::Unknown { shown } => shown,
        }
    }

    /// Whether the same person is logged in, or nobody; what else the client shows may change with every visit.
    #[must_use]
    pub fn is_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Nobody, Self::Nobody) | (Self::Unknown { .. }, Self::Unknown { .. }) => true,
            (Self::Subject { person: one, .. }, Self::Subject { person: other, .. }) => one == other,
            (Self::Several { people: some, .. }, Self::Several { people: others, .. }) => some == others,
            _ => false,
        }
    }
}

impl fmt::Display for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nobody => f.write_str("nobody is logged in"),
            Self::Subject { person, .. } => write!(f, "{person} is logged in"),
            Self::Several { people, .. } => {
                let names: Vec<_> = people.iter().map(|person| person.name()).collect();
                write!(f, "somebody is logged in, and the client shows {}", names.join(" and "))
            }
            Self::Unknown { .. } => {
                f.write_str("somebody is logged in, and the client shows none of the people of this scenario")
            }
        }
    }
}
