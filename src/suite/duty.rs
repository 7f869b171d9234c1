//! Duties: what a client owes, and which scenarios test it. One mistake breaks one duty, and often many scenarios.

use std::sync::LazyLock;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use serde::Deserialize;

use super::id::ScenarioId;

static DUTIES: LazyLock<File> = LazyLock::new(|| {
    let file: File = toml::from_str(include_str!("duties.toml")).expect("the file is a part of the sources");
    let is_clear = |duty: &Duty| [&duty.id, &duty.title, &duty.why, &duty.fix].iter().all(|text| !text.is_empty());
    assert!(file.duties.iter().chain(&file.reasons).all(is_clear), "every duty has an id, a title, a why and a fix");
    file
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "duty")]
    duties: Vec<Duty>,
    #[serde(rename = "reason")]
    reasons: Vec<Duty>,
}

/// Something that a client has to do, whatever the number of scenarios that test it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Duty {
    /// A permanent name, `id-token-signature`.
    pub id: String,
    /// What a correct client does; of a reason, what was seen.
    pub title: String,
    /// What happens without it.
    pub why: String,
    /// Where and how a client is usually mended.
    pub fix: String,
    #[serde(default, rename = "scenarios", deserialize_with = "globs")]
    tests: GlobSet,
}

/// The duty that a built-in scenario tests; none for a scenario of the user's own.
#[must_use]
pub fn duty_of(id: &ScenarioId) -> Option<&'static Duty> {
    DUTIES.duties.iter().find(|duty| duty.tests.is_match(id.as_str()))
}

/// What a reason stands for that is one mistake, whichever scenario shows it: `refused-with-500`, `crashed`.
#[must_use]
pub fn mistake_of(reason: &str) -> Option<&'static Duty> {
    DUTIES.reasons.iter().find(|mistake| mistake.id == reason)
}

fn globs<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<GlobSet, D::Error> {
    let mut set = GlobSetBuilder::new();
    for text in Vec::<String>::deserialize(deserializer)? {
        set.add(GlobBuilder::new(&text).literal_separator(true).build().map_err(serde::de::Error::custom)?);
    }
    set.build().map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::suite::built_in;

    #[test]
    fn every_scenario_tests_one_duty_and_every_duty_is_tested() {
        let suite = built_in().expect("the built-in suite loads");
        for scenario in &suite {
            let of = DUTIES.duties.iter().filter(|duty| duty.tests.is_match(scenario.id.as_str()));
            let of: Vec<_> = of.map(|duty| duty.id.as_str()).collect();
            assert_eq!(of.len(), 1, "{} belongs to {of:?} in duties.toml", scenario.id);
        }
        let tested: BTreeSet<_> =
            suite.iter().filter_map(|scenario| Some(duty_of(&scenario.id)?.id.as_str())).collect();
        let idle: Vec<_> =
            DUTIES.duties.iter().map(|duty| duty.id.as_str()).filter(|id| !tested.contains(id)).collect();
        assert_eq!(idle, Vec::<&str>::new(), "no scenario tests these");
    }

    #[test]
    fn no_name_is_given_twice() {
        let mut names = BTreeSet::new();
        for duty in DUTIES.duties.iter().chain(&DUTIES.reasons) {
            assert!(names.insert(&duty.id), "{} is there twice", duty.id);
        }
    }
}
