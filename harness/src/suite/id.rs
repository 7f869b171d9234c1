//! Scenario ids: permanent, cited from outside.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use mock_idp::Dialect;
use serde::{Deserialize, Serialize};

/// `area/fact-in-kebab-case`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ScenarioId(String);

impl ScenarioId {
    /// The part before the slash.
    #[must_use]
    pub fn area(&self) -> &str {
        self.0.split_once('/').map_or("", |(area, _)| area)
    }

    /// The part behind the slash.
    #[must_use]
    pub fn fact(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, fact)| fact)
    }

    /// The id of the same scenario in a dialect: `provider/keycloak-login` for `provider/login`. A file is known by its name.
    #[must_use]
    pub fn in_dialect(&self, dialect: Dialect) -> Self {
        let stem = Path::new(dialect.name())
            .file_stem()
            .map_or_else(String::new, |stem| stem.to_string_lossy().to_lowercase());
        let words: Vec<_> = stem
            .split(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit())
            .filter(|word| !word.is_empty())
            .collect();
        let name = if words.is_empty() { "own".to_owned() } else { words.join("-") };
        Self(format!("{}/{name}-{}", self.area(), self.fact()))
    }

    /// The whole id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ScenarioId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let kebab = |part: &str| {
            !part.is_empty()
                && part.split('-').all(|word| {
                    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
                })
        };
        match text.split_once('/') {
            Some((area, fact)) if kebab(area) && kebab(fact) => Ok(Self(text.to_owned())),
            _ => Err(format!("{text:?} is no scenario id; write area/fact-in-kebab-case")),
        }
    }
}

impl TryFrom<String> for ScenarioId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ScenarioId> for String {
    fn from(id: ScenarioId) -> Self {
        id.0
    }
}

impl fmt::Display for ScenarioId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
