//! The ledger: what the specifications ask of a client, and which scenarios it rests on.
//!
//! A requirement without scenarios says why. So does a case of the catalogue that the suite does not have one to one.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::suite::ScenarioId;

static LEDGER: LazyLock<Ledger> = LazyLock::new(|| {
    let requirements: Requirements =
        toml::from_str(include_str!("requirements.toml")).expect("a test reads the requirements");
    let cases: Cases = toml::from_str(include_str!("cases.toml")).expect("a test reads the cases");
    Ledger { requirements: requirements.requirement, cases: cases.case }
});

/// The whole ledger.
#[derive(Debug)]
pub struct Ledger {
    /// What is asked of clients, in the order of the flow.
    pub requirements: Vec<Requirement>,
    /// Cases of the catalogue that are no scenario of the same name.
    pub cases: Vec<Case>,
}

/// One thing that the specifications ask of a client.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// `CB-11`
    pub id: String,
    /// Where it stands.
    pub spec: String,
    /// How strong it is there, for the client.
    pub level: String,
    /// In our words.
    pub text: String,
    /// Whether it belongs to the core that the suite has to cover.
    pub core: bool,
    /// The scenarios that all have to hold.
    #[serde(default)]
    pub scenarios: Vec<ScenarioId>,
    /// Where the text is disjunctive: one of these defences is enough, and the scenarios above judge by effect.
    #[serde(default)]
    pub any_of: Vec<ScenarioId>,
    /// Why there are none.
    pub excluded: Option<String>,
}

/// A case of the catalogue that was split, merged, renamed or left out.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Its name in the catalogue.
    pub id: String,
    /// The scenarios that it became.
    #[serde(default)]
    pub scenarios: Vec<ScenarioId>,
    /// Why it is no separate scenario.
    pub reason: String,
    /// Where it was merged with another scenario: the defect of the reference client that does what the case is about, and
    /// that the other scenario finds.
    pub shown_by: Option<String>,
}

#[derive(Deserialize)]
struct Requirements {
    requirement: Vec<Requirement>,
}

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

impl Ledger {
    /// The ledger of this suite.
    #[must_use]
    pub fn get() -> &'static Self {
        &LEDGER
    }
}

impl Requirement {
    /// Every scenario that it rests on.
    pub fn all(&self) -> impl Iterator<Item = &ScenarioId> {
        self.scenarios.iter().chain(&self.any_of)
    }

    /// Whether it rests on any.
    #[must_use]
    pub fn is_covered(&self) -> bool {
        self.all().next().is_some()
    }
}
