//! Browsers and their tabs.

use std::fmt;

use super::Person;

/// Whose browser; each has its own cookies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Browser {
    /// The one of a scenario with one browser.
    User,
    /// The attacked one.
    Victim,
    /// The attacker's own.
    Attacker,
}

impl Browser {
    /// Who signs in with it unless a step says otherwise.
    #[must_use]
    pub fn owner(self) -> Person {
        match self {
            Self::User | Self::Victim => Person::Alice,
            Self::Attacker => Person::Mallory,
        }
    }
}

impl fmt::Display for Browser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::User => "user",
            Self::Victim => "victim",
            Self::Attacker => "attacker",
        })
    }
}

/// One of two windows of a browser, which share its cookies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tab {
    /// The one that was opened first.
    First,
    /// The other one.
    Second,
}

impl fmt::Display for Tab {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::First => "first tab",
            Self::Second => "second tab",
        })
    }
}

/// One browser: its own cookies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BrowserId(pub u64);
