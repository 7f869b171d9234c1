//! Duties: what a client owes, and which scenarios test it. One mistake breaks one duty, and often many scenarios.

use std::sync::LazyLock;

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};
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
    consequences: Vec<Consequence>,
}

/// Scenarios of other duties that show the same mistake.
struct Consequence {
    /// Which of the duties is not met.
    of: usize,
    when: ScenarioId,
    /// The reasons by which that scenario shows another mistake.
    except: Vec<String>,
    scenarios: GlobSet,
    /// By which they show it; by any if there is none.
    reasons: Vec<String>,
}

impl Duties {
    fn of(file: File) -> Self {
        let owned = file
            .duties
            .iter()
            .enumerate()
            .flat_map(|(owner, duty)| duty.scenarios.iter().map(move |it| (owner, glob(it))));
        let (owners, globs): (Vec<_>, Vec<_>) = owned.unzip();
        let written =
            file.duties.iter().enumerate().flat_map(|(of, duty)| duty.consequences.iter().map(move |it| (of, it)));
        let consequences = written.map(|(of, written)| Consequence {
            of,
            when: written.when.clone(),
            except: written.except.clone(),
            scenarios: set(written.scenarios.iter().map(|text| glob(text))),
            reasons: written.reasons.clone(),
        });
        Self { globs: set(globs.into_iter()), owners, consequences: consequences.collect(), file }
    }

    /// The duties that name a scenario, in the order of the file; there is one for each built-in scenario.
    fn naming(&self, id: &ScenarioId) -> Vec<&Duty> {
        let mut owners: Vec<_> = self.globs.matches(id.as_str()).into_iter().map(|glob| self.owners[glob]).collect();
        owners.dedup();
        owners.into_iter().map(|owner| &self.file.duties[owner]).collect()
    }
}

fn glob(text: &str) -> Glob {
    GlobBuilder::new(text).literal_separator(true).build().expect("it is a glob")
}

fn set(globs: impl Iterator<Item = Glob>) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    globs.for_each(|glob| {
        set.add(glob);
    });
    set.build().expect("the globs fit into a set")
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
    #[serde(default)]
    consequences: Vec<WrittenConsequence>,
}

/// A consequence as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenConsequence {
    /// A scenario of the duty: where it passes, the others show something else.
    when: ScenarioId,
    /// Where it ends by one of these reasons, the others show something else, too.
    #[serde(default)]
    except: Vec<String>,
    /// Globs over ids of other duties.
    scenarios: Vec<String>,
    /// Of their results; any if there is none.
    #[serde(default)]
    reasons: Vec<String>,
}

/// The duty that a built-in scenario tests; none for a scenario of the user's own.
#[must_use]
pub fn duty_of(id: &ScenarioId) -> Option<&'static Duty> {
    DUTIES.naming(id).into_iter().next()
}

/// The duty of this name.
#[must_use]
pub fn duty_named(id: &str) -> Option<&'static Duty> {
    DUTIES.file.duties.iter().find(|duty| duty.id == id)
}

/// A duty that is not met, if another scenario shows it, too.
pub struct Explanation {
    /// The duty.
    pub duty: &'static Duty,
    consequence: &'static Consequence,
}

impl Explanation {
    /// Whether this result of a scenario of the duty is the one that explains the other.
    #[must_use]
    pub fn is_shown_by(&self, id: &ScenarioId, reason: &str) -> bool {
        *id == self.consequence.when && !self.consequence.except.iter().any(|other| other == reason)
    }
}

/// The duties that a scenario of another duty shows, by this reason, not to be met. `by_name`: only where the reason is named.
pub fn explaining(id: &ScenarioId, reason: &str, by_name: bool) -> impl Iterator<Item = Explanation> {
    let Duties { file, consequences, .. } = &*DUTIES;
    let is_meant = move |it: &&Consequence| {
        let is_of_reason = it.reasons.iter().any(|other| other == reason) || (it.reasons.is_empty() && !by_name);
        it.scenarios.is_match(id.as_str()) && is_of_reason
    };
    let explanation =
        |consequence: &'static Consequence| Explanation { duty: &file.duties[consequence.of], consequence };
    consequences.iter().filter(is_meant).map(explanation)
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
    fn consequences_are_of_other_duties_and_shown_by_a_scenario_of_this_one() {
        let suite = built_in().expect("the built-in suite loads");
        let has_stopped = |reasons: &[String]| reasons == ["control-failed"] || reasons == ["not-reached"];
        for Consequence { of, when, scenarios, reasons, .. } in &DUTIES.consequences {
            let duty = &DUTIES.file.duties[*of].id;
            assert_eq!(&duty_of(when).expect("it is built in").id, duty, "{when}");
            let meant: Vec<_> = suite.iter().filter(|scenario| scenarios.is_match(scenario.id.as_str())).collect();
            assert!(!meant.is_empty(), "{duty}: no scenario is a consequence of {when}");
            // One that has stopped says nothing of its own duty, nor does one that shows a mistake of its own.
            let is_mistake = !reasons.is_empty() && reasons.iter().all(|reason| mistake_of(reason).is_some());
            for scenario in meant.into_iter().filter(|_| !has_stopped(reasons) && !is_mistake) {
                assert_ne!(&duty_of(&scenario.id).expect("it is built in").id, duty, "{}", scenario.id);
            }
        }
    }

    #[test]
    fn state_that_is_compared_too_late_explains_nothing_else() {
        let [shown, mismatch] =
            ["callback/duplicate-state", "callback/state-mismatch"].map(|id| id.parse::<ScenarioId>().expect("an id"));
        let mut explanations = explaining(&shown, "accepted", false);
        let by_mismatch = explanations.find(|it| it.is_shown_by(&mismatch, "accepted")).expect("it is one of them");
        assert_eq!(by_mismatch.duty.id, "response-binding");
        assert!(!by_mismatch.is_shown_by(&mismatch, "code-redeemed"));
        assert!(!by_mismatch.is_shown_by(&shown, "accepted"));
    }

    #[test]
    fn no_name_is_given_twice() {
        let mut names = BTreeSet::new();
        for duty in DUTIES.file.duties.iter().chain(&DUTIES.file.reasons) {
            assert!(names.insert(&duty.id), "{} is there twice", duty.id);
        }
    }
}
