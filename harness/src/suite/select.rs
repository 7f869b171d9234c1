//! Selectors: which scenarios run.

use std::fmt;
use std::str::FromStr;

use globset::{Glob, GlobMatcher};
use mock_idp::likeness;

use super::id::ScenarioId;
use super::scenario::Scenario;
use super::tags::Level;
use crate::suite::Clause;

/// An id, a glob over ids (`id-token/*`), an area, a level (`@MUST`) or a clause (`RFC9207`, `RFC6749-4.1.2`).
#[derive(Debug, Clone)]
pub enum Selector {
    /// Matches ids; an area is the glob `area/*`.
    Ids(GlobMatcher),
    /// Matches the level.
    Level(Level),
    /// Matches clauses: a whole document or a section and those below it.
    Clause(String),
}

/// A selector that is none, or that matches nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SelectorError {
    /// It cannot be read.
    Malformed(String),
    /// It selects no scenario.
    SelectsNothing(String),
}

impl fmt::Display for SelectorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Malformed(message) | Self::SelectsNothing(message)) = self;
        f.write_str(message)
    }
}

impl std::error::Error for SelectorError {}

impl FromStr for Selector {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(level) = text.strip_prefix('@') {
            return Level::from_tag(level).map(Self::Level).ok_or_else(|| {
                Self::Err::Malformed(format!("{text} is no level; write @MUST, @SHOULD, @INTEROP or @MAY"))
            });
        }
        if Clause::from_tag(text).is_some() {
            return Ok(Self::Clause(text.to_owned()));
        }
        let glob = if text.contains('/') { text.to_owned() } else { format!("{text}/*") };
        Glob::new(&glob)
            .map(|glob| Self::Ids(glob.compile_matcher()))
            .map_err(|error| SelectorError::Malformed(format!("{text:?} is no selector: {error}")))
    }
}

impl Selector {
    /// Whether it selects the scenario.
    #[must_use]
    pub fn matches(&self, scenario: &Scenario) -> bool {
        match self {
            Self::Ids(glob) => glob.is_match(scenario.id.as_str()),
            Self::Level(level) => scenario.level == *level,
            Self::Clause(wanted) => scenario.clauses.iter().any(|clause| {
                clause
                    .as_str()
                    .strip_prefix(wanted.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '.']))
            }),
        }
    }

    /// Keeps what any of the selectors selects; everything if there are none.
    ///
    /// # Errors
    ///
    /// If one of them selects nothing: a typo must not turn a build green.
    pub fn select(selectors: &[String], scenarios: Vec<Scenario>) -> Result<Vec<Scenario>, SelectorError> {
        if selectors.is_empty() {
            return Ok(scenarios);
        }
        let mut keep = vec![false; scenarios.len()];
        for text in selectors {
            let selector: Self = text.parse()?;
            let mut found = false;
            for (scenario, keep) in scenarios.iter().zip(&mut keep) {
                if selector.matches(scenario) {
                    (found, *keep) = (true, true);
                }
            }
            if !found {
                let nearest = match selector {
                    Self::Ids(_) => nearest(text, scenarios.iter().map(|it| &it.id))
                        .map_or_else(String::new, |it| format!("; the nearest is {it}")),
                    Self::Level(_) | Self::Clause(_) => String::new(),
                };
                return Err(SelectorError::SelectsNothing(format!(
                    "{text:?} selects none of the {} scenarios{nearest}; `quintain list` shows them all",
                    scenarios.len()
                )));
            }
        }
        Ok(scenarios.into_iter().zip(keep).filter_map(|(scenario, keep)| keep.then_some(scenario)).collect())
    }
}

/// The id, or the area, that is most like a text that is neither; none if nothing is much like it. A text without a slash
/// may be the second part of an id.
#[must_use]
pub fn nearest<'a>(text: &str, ids: impl IntoIterator<Item = &'a ScenarioId>) -> Option<&'a str> {
    let text_is_id = text.contains('/') && !text.ends_with("/*");
    let text_is_area = text.strip_suffix("/*").unwrap_or(text);
    let alike = ids.into_iter().flat_map(|id| {
        let (area, id) = (id.area(), id.as_str());
        let fact = id.split_once('/').map_or(id, |(_, fact)| fact);
        let area = (!text_is_id).then(|| (area, likeness(area, text_is_area)));
        [Some((id, likeness(if text_is_id { id } else { fact }, text))), area]
    });
    let (word, alike) = alike.flatten().max_by(|(_, a), (_, b)| a.total_cmp(b))?;
    (alike >= 0.6).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_id_or_area_is_named() {
        let scenarios = crate::suite::built_in().expect("the built-in suite loads");
        let ids = || scenarios.iter().map(|scenario| &scenario.id);
        for (text, expected) in [
            ("id-token/nonce-wrnog", "id-token/nonce-wrong"),
            ("nonce-wrong", "id-token/nonce-wrong"),
            ("id-tokn", "id-token"),
            ("id-tokn/*", "id-token"),
        ] {
            assert_eq!(nearest(text, ids()), Some(expected), "{text}");
        }
        assert_eq!(nearest("no-such-area", ids()), None);
    }
}
