//! `quintain explain`: one scenario, for the person at a red build.

use std::fmt::{self, Write as _};
use std::path::PathBuf;

use super::dialects;
use super::output::{fail, say};
use crate::exit_code::Exit;
use crate::found_by;
use crate::steps;
use crate::suite::{self, Kind, Level, Scenario};
use crate::terms::Profile;

/// Options of `quintain explain`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The scenario's id; may be left out with --features, for all scenarios of the files
    #[arg(value_name = "ID", required_unless_present = "features")]
    id: Option<String>,
    /// Explains scenarios of these feature files, or of the ones in these folders, instead of the built-in suite
    #[arg(long, value_name = "PATH")]
    features: Vec<PathBuf>,
}

pub(super) fn run(args: &Args) -> Exit {
    let is_built_in = args.features.is_empty();
    let built_in = || Ok([suite::built_in()?, suite::in_each_dialect()?].concat());
    let loaded = if is_built_in { built_in() } else { suite::from_paths(&args.features) };
    let scenarios = match loaded {
        Ok(scenarios) => scenarios,
        Err(error) => return fail(if is_built_in { Exit::OurBug } else { Exit::Usage }, &error.to_string()),
    };
    let is = |scenario: &Scenario, id: &str| {
        scenario.id.as_str() == id || dialects::ids(scenario).any(|in_dialect| in_dialect.as_str() == id)
    };
    let asked = |scenario: &&Scenario| args.id.as_deref().is_none_or(|id| is(scenario, id));
    let found: Vec<_> = scenarios.iter().filter(asked).collect();
    if let ([], Some(id)) = (found.as_slice(), &args.id) {
        let hint = suite::nearest(id, scenarios.iter().map(|it| &it.id))
            .map_or_else(|| "`quintain list` shows them all".to_owned(), |it| format!("the nearest is {it}"));
        return fail(Exit::NothingSelected, &format!("there is no scenario {id:?}; {hint}"));
    }
    let texts: Vec<_> = found.into_iter().map(|scenario| explain(scenario, is_built_in)).collect();
    say(texts.join("\n\n").trim_end());
    Exit::Clean
}

/// The whole explanation.
fn explain(scenario: &Scenario, is_built_in: bool) -> String {
    let mut text = String::new();
    write(scenario, is_built_in, &mut text).expect("writing to a string does not fail");
    text
}

fn write(scenario: &Scenario, is_built_in: bool, out: &mut String) -> fmt::Result {
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
    let defects = if is_built_in { found_by::scenario(&scenario.id) } else { Vec::new() };
    if !defects.is_empty() {
        writeln!(out, "\nDefects of the reference client that fail it")?;
        for defect in defects {
            writeln!(out, "  {:<44} {}", defect.name(), defect.what())?;
        }
    }
    paragraph(out, "The usual fix", &scenario.story.fix)?;
    let place = if is_built_in { "In the suite" } else { "In your files" };
    writeln!(out, "\n{place}: {}", scenario.source)
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
