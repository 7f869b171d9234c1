//! Duties: what a client owes, and which scenarios test it. One mistake breaks one duty, and often many scenarios.

use std::sync::LazyLock;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use serde::Deserialize;

use super::id::ScenarioId;

static DUTIES: LazyLock<Duties> = LazyLock::new(|| {
    let file: File = toml::from_str(include_str!("duties.toml")).expect("the file is a part of the sources");
    let is_clear = |duty: &Duty| [&duty.id, &duty.title, &duty.why, &duty.fix].iter().all(|text| !text.is_empty());
    assert!(file.duties.iter().chain(&file.reasons).all(is_clear), "every duty has an id, a title, a why and a fix");
    Duties::of(file)
});

/// The file, with the globs of all duties in one set: an id is matched once, however many duties there are.
struct Duties {
    file: File,
    globs: GlobSet,
    /// Of each glob, which duty it belongs to.
    owners: Vec<usize>,
}

impl Duties {
    fn of(file: File) -> Self {
        let (mut globs, mut owners) = (GlobSetBuilder::new(), Vec::new());
        for (owner, duty) in file.duties.iter().enumerate() {
            for text in &duty.scenarios {
                globs.add(GlobBuilder::new(text).literal_separator(true).build().expect("it is a glob"));
                owners.push(owner);
            }
        }
        Self { globs: globs.build().expect("the globs fit into a set"), file, owners }
    }

    /// The duties that name a scenario, in the order of the file; there is one for each built-in scenario.
    fn naming(&self, id: &ScenarioId) -> Vec<&Duty> {
        let mut owners: Vec<_> = self.globs.matches(id.as_str()).into_iter().map(|glob| self.owners[glob]).collect();
        owners.dedup();
        owners.into_iter().map(|owner| &self.file.duties[owner]).collect()
    }
}

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
    /// Globs over ids.
    #[serde(default)]
    scenarios: Vec<String>,
    /// Reasons of results by which any other scenario shows that it is not done.
    #[serde(default)]
    reasons: Vec<String>,
}

/// The duty that a built-in scenario tests; none for a scenario of the user's own.
#[must_use]
pub fn duty_of(id: &ScenarioId) -> Option<&'static Duty> {
    DUTIES.naming(id).into_iter().next()
}

/// What a reason stands for that is one mistake, whichever scenario shows it: `refused-with-500`, `crashed`.
#[must_use]
pub fn mistake_of(reason: &str) -> Option<&'static Duty> {
    let File { duties, reasons } = &DUTIES.file;
    let shown_by = |duty: &&Duty| duty.reasons.iter().any(|other| other == reason);
    reasons.iter().find(|mistake| mistake.id == reason).or_else(|| duties.iter().find(shown_by))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::suite::{built_in, in_each_dialect};

    #[test]
    fn every_scenario_tests_one_duty_and_every_duty_is_tested() {
        let suites = [built_in(), in_each_dialect()].map(|suite| suite.expect("the built-in suite loads"));
        let suite = suites.concat();
        for scenario in &suite {
            let of: Vec<_> = DUTIES.naming(&scenario.id).into_iter().map(|duty| duty.id.as_str()).collect();
            assert_eq!(of.len(), 1, "{} belongs to {of:?} in duties.toml", scenario.id);
        }
        let tested: BTreeSet<_> =
            suite.iter().filter_map(|scenario| Some(duty_of(&scenario.id)?.id.as_str())).collect();
        let idle: Vec<_> =
            DUTIES.file.duties.iter().map(|duty| duty.id.as_str()).filter(|id| !tested.contains(id)).collect();
        assert_eq!(idle, Vec::<&str>::new(), "no scenario tests these");
    }

    #[test]
    fn no_name_is_given_twice() {
        let mut names = BTreeSet::new();
        for duty in DUTIES.file.duties.iter().chain(&DUTIES.file.reasons) {
            assert!(names.insert(&duty.id), "{} is there twice", duty.id);
        }
    }
}
