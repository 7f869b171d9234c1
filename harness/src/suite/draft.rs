//! Scenarios that were drawn at random or played by hand, written as a feature file.

use std::fmt::Write as _;

use super::id::ScenarioId;
use crate::plan::Plan;
use crate::steps;

/// A scenario before it is written down.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Its id.
    pub id: ScenarioId,
    /// The fact in words.
    pub title: String,
    /// Level, kind and clauses, without the `@`.
    pub tags: Vec<String>,
    /// What it is about: a sentence per line.
    pub about: Vec<String>,
    /// What is arranged and done; what it claims is in `then`.
    pub plan: Plan,
    /// The Thens, without their keyword.
    pub then: Vec<String>,
}

impl Draft {
    /// A feature file of drafts, which `quintain verify --features` reads.
    ///
    /// # Errors
    ///
    /// If the vocabulary cannot say what one of them does.
    pub fn feature(name: &str, drafts: &[Self]) -> Result<String, String> {
        let mut text = format!("Feature: {name}\n");
        drafts.iter().try_for_each(|draft| draft.write(&mut text))?;
        Ok(text)
    }

    fn write(&self, text: &mut String) -> Result<(), String> {
        let tags: Vec<_> = self.tags.iter().map(|tag| format!("@{tag}")).collect();
        let mut lines = vec![String::new(), format!("  {}", tags.join(" "))];
        lines.push(format!("  Scenario: {} - {}", self.id, self.title));
        lines.extend(self.about.iter().map(|line| format!("    {line}")));
        if !self.about.is_empty() {
            lines.push(String::new());
        }
        let steps = steps::write(&self.plan)?.into_iter().chain(
            self.then.iter().enumerate().map(|(at, line)| format!("{} {line}", if at == 0 { "Then" } else { "And" })),
        );
        lines.extend(steps.map(|step| format!("    {}", step.replace('\n', "\n    "))));
        lines.iter().try_for_each(|line| writeln!(text, "{line}")).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::suite::{built_in, from_text};

    /// Whatever a scenario of the suite does can be done by hand or drawn, too, and written down.
    #[test]
    fn every_plan_of_the_suite_is_read_as_it_was_written() {
        for scenario in built_in().expect("the suite is whole") {
            let draft = Draft {
                id: scenario.id.clone(),
                title: "as it was".to_owned(),
                tags: vec!["MUST".to_owned(), "observe".to_owned()],
                about: vec!["It was read, and is written again.".to_owned()],
                plan: scenario.plan.clone(),
                then: vec!["no credential is shown to a browser".to_owned()],
            };
            let text = Draft::feature("again", &[draft]).unwrap_or_else(|error| panic!("{}: {error}", scenario.id));
            let read = from_text(PathBuf::from("again.feature"), text.clone());
            let read = read.unwrap_or_else(|error| panic!("{error}\n{text}")).remove(0);
            assert_eq!(read.plan.arrangements, scenario.plan.arrangements, "{text}");
            assert_eq!(read.plan.actions, scenario.plan.actions, "{text}");
        }
    }
}
