//! A flaw that was found: the shortest plan that shows it, as a scenario.

use std::path::PathBuf;
use std::sync::Arc;

use crate::lab::{Run, Trial};
use crate::plan::Plan;
use crate::steps;
use crate::suite::{Draft, Scenario, ScenarioId, from_text};
use crate::verdict::Violation;

/// How often a flaw has to be seen again, each time alone on a fresh client.
const CONFIRMATIONS: usize = 3;

/// A flaw that was found, and seen again.
pub struct Found {
    /// What does not hold, and how.
    pub violation: Violation,
    /// The plan, written down.
    pub draft: Draft,
    /// The same as a feature file.
    pub feature: String,
    /// Its last run as a scenario, on a fresh client.
    pub run: Run,
    /// Which plan of the search it was, from 1.
    pub number: u64,
}

impl Found {
    /// Writes a plan as a scenario, reads it, and runs it alone on fresh clients.
    ///
    /// # Errors
    ///
    /// Why nothing is told of it: the client did not do it each time.
    pub(super) async fn confirmed(
        trial: &Trial<'_>,
        plan: &Plan,
        violation: Violation,
        number: u64,
    ) -> Result<Self, String> {
        let draft = draft(plan, &violation, id(&violation))?;
        let feature = Draft::feature("found by exploring", std::slice::from_ref(&draft))?;
        let read = from_text(PathBuf::from("found.feature"), feature.clone()).map_err(|error| error.to_string())?;
        let scenario: Arc<Scenario> = Arc::new(read.into_iter().next().ok_or("nothing was written")?);
        let mut last = None;
        for _ in 0..CONFIRMATIONS {
            let run = trial.judge_alone(&scenario).await;
            if run.judgement.reason != violation.invariant.name() {
                return Err(format!(
                    "{} ({}), and alone on a fresh client: {} ({})",
                    violation.cause,
                    violation.message,
                    run.judgement.verdict.name(),
                    run.judgement.message
                ));
            }
            last = Some(run);
        }
        let run = last.ok_or("it was never run")?;
        Ok(Self { violation, draft, feature, run, number })
    }

    /// The same under another id, where two flaws have the same words.
    pub(super) fn numbered(self, number: usize) -> Result<Self, String> {
        let id = format!("{}-{number}", self.draft.id).parse()?;
        let draft = Draft { id, ..self.draft };
        let feature = Draft::feature("found by exploring", std::slice::from_ref(&draft))?;
        Ok(Self { draft, feature, ..self })
    }
}

fn draft(plan: &Plan, violation: &Violation, id: ScenarioId) -> Result<Draft, String> {
    steps::write(plan)?;
    let clauses = violation.clauses.iter().map(|&clause| clause.to_owned());
    Ok(Draft {
        id,
        title: format!("the client {}", violation.cause),
        tags: [violation.level.to_string(), "observe".to_owned()].into_iter().chain(clauses).collect(),
        about: vec![violation.invariant.about().to_owned(), format!("Fix: {}", violation.invariant.fix())],
        plan: plan.clone(),
        then: vec![format!("the invariant \"{}\" holds", violation.invariant)],
    })
}

/// An id from what the client does.
fn id(violation: &Violation) -> ScenarioId {
    let cause = violation.cause.to_lowercase().replace("'s ", " ");
    let words: String = cause.chars().map(|it| if it.is_ascii_alphanumeric() { it } else { ' ' }).collect();
    let words: Vec<_> = words.split_whitespace().filter(|word| !["the", "a", "an", "its"].contains(word)).collect();
    format!("{}/{}", violation.invariant, words.join("-"))
        .parse()
        .expect("it has an area and words of letters and digits")
}
