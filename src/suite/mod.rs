//! The suite: scenarios in Gherkin, compiled into plans before anything runs.
//!
//! A feature file is data. Its steps build a [`Plan`]: what is arranged at the provider, what is done with the client,
//! what must be seen. Whatever is wrong with a file (a step that matches nothing, an unknown tag, an id used twice) is
//! found while loading, with file and line, and nothing runs.

mod certificates;
mod duty;
mod edition;
mod honest;
mod id;
mod load;
mod needs;
mod plan;
mod select;
mod shard;
mod tags;

pub use self::certificates::WrongCertificate;
pub use self::duty::{Duty, duty_of, mistake_of};
pub use self::edition::Edition;
pub use self::id::ScenarioId;
pub use self::load::{LoadError, built_in, from_paths};
pub use self::plan::{
    Action, Arrangement, Check, Count, Expectation, Form, Message, Plan, PolicyChange, RegistrationChange,
};
pub use self::select::{Selector, SelectorError};
pub use self::shard::Shard;
pub use self::tags::{Clause, Debtor, Kind, Level};

/// The built-in scenario that is about one lawful habit of the provider.
#[must_use]
pub fn about(habit: mock_idp::Trait) -> Option<ScenarioId> {
    let scenarios = built_in().ok()?;
    let is_about = |scenario: &Scenario| scenario.kind == Kind::Tolerate && scenario.plan.varied().eq([habit]);
    scenarios.into_iter().find(is_about).map(|scenario| scenario.id)
}

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
    /// File and line, for messages.
    pub source: String,
    /// The steps as written, for reports.
    pub steps: Vec<String>,
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
    fn read(description: &str) -> Self {
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
