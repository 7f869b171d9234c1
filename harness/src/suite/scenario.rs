//! A scenario of the suite.

use mock_idp::Dialect;

use super::edition::Edition;
use super::id::ScenarioId;
use super::tags::{Clause, Debtor, Kind, Level};
use crate::plan::Plan;
use crate::terms::{Capability, Profile};

/// One scenario of the suite.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The permanent id, `area/fact-in-kebab-case`.
    pub id: ScenarioId,
    /// The fact in words.
    pub title: String,
    /// What form of proof it is.
    pub kind: Kind,
    /// How strong the duty is in the cited clauses.
    pub level: Level,
    /// Profiles in which the duty is a MUST although the clause says less.
    pub must_in: Vec<Profile>,
    /// The edition that it came with.
    pub since: Edition,
    /// The clauses that it rests on.
    pub clauses: Vec<Clause>,
    /// The defence that it probes, if it is about one.
    pub defence: Option<String>,
    /// What a client must be able to do for this scenario to say anything.
    pub needs: Vec<Capability>,
    /// If not empty, the duty is one of these clients; of others it is only said whether they have the defence.
    pub owed_by: Vec<Debtor>,
    /// What it does and claims.
    pub plan: Plan,
    /// What it is about and what usually mends it, for the person at a red build.
    pub story: Story,
    /// At which provider it is played.
    pub setting: Setting,
    /// File and line, for messages.
    pub source: String,
    /// The steps as written, for reports.
    pub steps: Vec<String>,
}

/// At which provider a scenario is played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// At the one that the client has, with whatever varies lawfully.
    Usual,
    /// At none, but once at each of those that are imitated.
    EachDialect,
    /// At one that is imitated.
    Dialect {
        /// Which one.
        dialect: Dialect,
        /// The scenario that is played in each dialect.
        of: ScenarioId,
    },
}

/// The free text below a scenario's title.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Story {
    /// The attack or the trouble, in a few sentences.
    pub about: String,
    /// What usually mends a client: the paragraph that begins with `Fix:`.
    pub fix: String,
}

impl Story {
    /// Reads a Gherkin description.
    pub(super) fn read(description: &str) -> Self {
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        match description.split_once("Fix:") {
            Some((about, fix)) => Self { about: words(about), fix: capitalized(&words(fix)) },
            None => Self { about: words(description), fix: String::new() },
        }
    }
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

impl Scenario {
    /// The same in one dialect, where it is to be met: somebody has asked for this provider.
    #[must_use]
    pub fn in_dialect(&self, dialect: Dialect) -> Self {
        Self {
            id: self.id.in_dialect(dialect),
            title: format!("{} ({})", self.title, dialect.title()),
            level: Level::Must,
            setting: Setting::Dialect { dialect, of: self.id.clone() },
            ..self.clone()
        }
    }

    /// The dialect in which it is played, if it is one of those that are played in each.
    #[must_use]
    pub fn dialect(&self) -> Option<Dialect> {
        match self.setting {
            Setting::Dialect { dialect, .. } => Some(dialect),
            Setting::Usual | Setting::EachDialect => None,
        }
    }

    /// As an edition knows it: a scenario that came later is run, and warns at most.
    #[must_use]
    pub fn in_edition(self, edition: Edition) -> Self {
        if self.since <= edition {
            return self;
        }
        Self { level: Level::May, must_in: Vec::new(), ..self }
    }

    /// The level under a profile. A single defence is a duty only where the profile demands it.
    #[must_use]
    pub fn level_in(&self, profile: Profile) -> Level {
        match self.kind {
            _ if self.must_in.contains(&profile) => Level::Must,
            Kind::Mechanism => Level::May,
            _ => self.level,
        }
    }
}
