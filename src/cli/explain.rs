//! `quintain explain`: one scenario, for the person at a red build.

use std::fmt::{self, Write as _};

use super::output::{fail, say};
use crate::exit_code::Exit;
use crate::found_by;
use crate::steps;
use crate::suite::{self, Kind, Level, Scenario};
use crate::terms::Profile;

/// Options of `quintain explain`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The scenario's id
    #[arg(value_name = "ID")]
    id: String,
}

pub(super) fn run(args: &Args) -> Exit {
    let scenarios = match suite::built_in() {
        Ok(scenarios) => scenarios,
        Err(error) => return fail(Exit::OurBug, &error.to_string()),
    };
    match scenarios.iter().find(|scenario| scenario.id.as_str() == args.id) {
        Some(scenario) => {
            say(&explain(scenario));
            Exit::Clean
        }
        None => {
            let likeness = |id: &str| strsim::normalized_damerau_levenshtein(id, &args.id);
            let ids = scenarios.iter().map(|scenario| scenario.id.as_str());
            let nearest = ids.max_by(|a, b| likeness(a).total_cmp(&likeness(b))).unwrap_or_default();
            fail(Exit::NothingSelected, &format!("there is no scenario {:?}; the nearest is {nearest}", args.id))
        }
    }
}

/// The whole explanation.
fn explain(scenario: &Scenario) -> String {
    let mut text = String::new();
    write(scenario, &mut text).expect("writing to a string does not fail");
    text
}

fn write(scenario: &Scenario, out: &mut String) -> fmt::Result {
    let clauses: Vec<_> = scenario.clauses.iter().map(ToString::to_string).collect();
    writeln!(out, "{} - {}\n", scenario.id, scenario.title)?;
    writeln!(out, "{}  ·  {}", duty(scenario), clauses.join(", "))?;
    paragraph(out, "What it is about", &scenario.story.about)?;

    writeln!(out, "\nWhat is done, and what must be seen")?;
    for step in &scenario.steps {
        let mut lines = step.lines();
        writeln!(out, "  {}", lines.next().unwrap_or_default())?;
        lines.try_for_each(|line| writeln!(out, "      {line}"))?;
        if let Some(meaning) = steps::meaning(step) {
            wrapped(out, "      ", meaning)?;
        }
    }

    writeln!(out, "\nWhat decides")?;
    evidence(scenario).into_iter().try_for_each(|line| wrapped(out, "  ", line))?;

    let needs: Vec<_> = scenario.needs().iter().map(ToString::to_string).collect();
    if !needs.is_empty() {
        paragraph(out, "Applies to clients that declare", &needs.join(", "))?;
    }
    let defects: Vec<_> = found_by::scenario(&scenario.id);
    if !defects.is_empty() {
        writeln!(out, "\nDefects of the reference client that fail it")?;
        for defect in defects {
            writeln!(out, "  {:<44} {}", defect.name(), defect.what())?;
        }
    }
    paragraph(out, "The usual fix", &scenario.story.fix)?;
    writeln!(out, "\nIn the suite: {}", scenario.source)
}

/// How strong the duty is, and where it is stronger.
fn duty(scenario: &Scenario) -> String {
    let stronger: Vec<_> = scenario.must_in.iter().map(Profile::to_string).collect();
    let base = match scenario.kind {
        Kind::Mechanism => "a single defence: a warning, because another defence may protect the client".to_owned(),
        _ => match scenario.level {
            Level::Must => "MUST: a client that violates it fails".to_owned(),
            level => format!("{level}: a client that violates it gets a warning"),
        },
    };
    if stronger.is_empty() { base } else { format!("{base}; MUST in the profile {}", stronger.join(", ")) }
}

/// The four parts of a refusal, as far as they apply.
fn evidence(scenario: &Scenario) -> Vec<&'static str> {
    let plan = &scenario.plan;
    let mut lines = Vec::new();
    if plan.faults().next().is_some() {
        lines.push("Reached: the journal shows that the client received the altered message. If not: not-exercised.");
    }
    lines.push("Ended: every attempt came to an end. A time-out is inconclusive, never a refusal.");
    lines
        .push("The Then lines hold for the whole journal, at the end of the scenario and again at the end of the run.");
    if plan.needs_controls() {
        lines.push("Able: the same flow without the fault succeeds before and after, with the same client. If not: not-exercised.");
    }
    lines
}

fn paragraph(out: &mut String, title: &str, text: &str) -> fmt::Result {
    if text.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{title}")?;
    wrapped(out, "  ", text)
}

fn wrapped(out: &mut String, indent: &str, text: &str) -> fmt::Result {
    let options = textwrap::Options::new(100).initial_indent(indent).subsequent_indent(indent);
    writeln!(out, "{}", textwrap::fill(text, options))
}
