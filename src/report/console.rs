//! The console: quiet where all is well, and everything a person needs where it is not.

use std::collections::{BTreeMap, HashSet};
use std::fmt::{self, Write as _};

use mock_idp::Trait;
use owo_colors::{OwoColorize as _, Style};

use super::{HopSummary, Results, ScenarioResult};
use crate::suite::ScenarioId;
use crate::verdict::Verdict;

/// Whether the console shows colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colours {
    /// It does.
    On,
    /// It does not: a file, a pipe, or `NO_COLOR`.
    Off,
}

/// What is said of a lawful habit of the provider under which honest runs fail.
#[must_use]
pub fn unbearable(habit: Trait, finding: Option<&ScenarioId>) -> String {
    let finding = finding.map_or_else(|| habit.name().to_owned(), ToString::to_string);
    format!(
        "the client cannot bear a lawful habit of the provider, {habit}: it {} ({}). That is one finding, {finding}; in all \
         other scenarios the provider does without it",
        habit.what(),
        habit.clause()
    )
}

/// The whole text of a run.
#[must_use]
pub fn render(results: &Results, colours: Colours) -> String {
    let mut text = String::new();
    Console { results, colours }.write(&mut text).expect("writing to a string does not fail");
    text
}

struct Console<'a> {
    results: &'a Results,
    colours: Colours,
}

impl Console<'_> {
    fn write(&self, out: &mut String) -> fmt::Result {
        let scenarios = self.results.scenarios.iter();
        let loud = scenarios
            .filter(|scenario| !scenario.verdict.is_quiet() && scenario.expected.is_none() && scenario.was_run());
        // One cause often turns many scenarios red: its evidence is shown once.
        let mut told: HashSet<(Verdict, &str)> = HashSet::new();
        for scenario in loud {
            let evidence = told.insert((scenario.verdict, &scenario.message)) && scenario.verdict.is_red();
            self.finding(out, scenario)?;
            // A warning is one line of advice; what a red build needs is the whole story.
            if evidence {
                self.evidence(out, scenario)?;
            }
            writeln!(out)?;
        }
        self.absent(out)?;
        self.by_shim_alone(out)?;
        self.expected(out)?;
        self.summary(out)
    }

    fn finding(&self, out: &mut String, scenario: &ScenarioResult) -> fmt::Result {
        let clauses: Vec<_> = scenario.clauses.iter().map(ToString::to_string).collect();
        writeln!(
            out,
            "{} {}  {} {}",
            self.painted(scenario.verdict, &format!("{:>14}", scenario.verdict.name())),
            self.bold(scenario.id.as_str()),
            scenario.level,
            clauses.join(", ")
        )?;
        writeln!(out, "               {}", scenario.title)?;
        writeln!(out, "               → {}", scenario.message)
    }

    fn evidence(&self, out: &mut String, scenario: &ScenarioResult) -> fmt::Result {
        let evidence = &scenario.evidence;
        for line in evidence.steps.iter().flat_map(|step| step.lines()) {
            writeln!(out, "                 {}", self.dimmed(line))?;
        }
        if !evidence.browser.is_empty() {
            writeln!(out, "               browser ↔ client")?;
            let hop = |hop: &HopSummary| (None, format!("{}  {}", hop.request, self.dimmed(&hop.response)));
            folded(out, evidence.browser.iter().map(hop))?;
        }
        if !evidence.provider.is_empty() {
            writeln!(out, "               client → provider and API")?;
            folded(out, evidence.provider.iter().map(|exchange| (Some(exchange.seq), exchange.to_string())))?;
        }
        if scenario.verdict == Verdict::Crashed && !evidence.output.trim().is_empty() {
            writeln!(out, "               the client printed, at last")?;
            let lines: Vec<_> = evidence.output.trim_end().lines().collect();
            for line in &lines[lines.len().saturating_sub(8)..] {
                writeln!(out, "                 | {line}")?;
            }
        }
        Ok(())
    }

    /// What was not run is said, never silent.
    fn absent(&self, out: &mut String) -> fmt::Result {
        for verdict in [Verdict::Unsupported, Verdict::Inapplicable, Verdict::NotExercised, Verdict::Inconclusive] {
            let mut by_reason: Vec<(&str, Vec<&str>)> = Vec::new();
            let absent =
                |scenario: &&ScenarioResult| scenario.verdict == verdict && (verdict.is_quiet() || !scenario.was_run());
            for scenario in self.results.scenarios.iter().filter(absent) {
                match by_reason.iter_mut().find(|(reason, _)| *reason == scenario.message) {
                    Some((_, ids)) => ids.push(scenario.id.as_str()),
                    None => by_reason.push((&scenario.message, vec![scenario.id.as_str()])),
                }
            }
            for (reason, ids) in by_reason {
                let which = if verdict.is_quiet() { ids.join(", ") } else { format!("{} scenarios", ids.len()) };
                writeln!(out, "{:>14} {reason}: {which}", verdict.name())?;
            }
        }
        Ok(())
    }

    /// What is known of the client is no news; what is wrong about the expectations is.
    fn expected(&self, out: &mut String) -> fmt::Result {
        let Some(compared) = &self.results.expectations else { return Ok(()) };
        let mut by_entry: BTreeMap<usize, Vec<&ScenarioResult>> = BTreeMap::new();
        for scenario in &self.results.scenarios {
            if let Some(expected) = &scenario.expected {
                by_entry.entry(expected.line).or_default().push(scenario);
            }
        }
        for scenarios in by_entry.into_values() {
            self.entry(out, &compared.file, &scenarios)?;
        }
        for problem in &compared.problems {
            let kind = self.styled(&format!("{:>14}", problem.kind.name()), Style::new().red().bold());
            writeln!(out, "{kind} {}:{}: {}", compared.file, problem.line, problem.message)?;
        }
        Ok(())
    }

    /// One line, whatever the number of scenarios that an entry explains.
    fn entry(&self, out: &mut String, file: &str, scenarios: &[&ScenarioResult]) -> fmt::Result {
        let Some((first, expected)) = scenarios.first().and_then(|it| Some((it, it.expected.as_ref()?))) else {
            return Ok(());
        };
        let which = match scenarios {
            [only] => only.id.to_string(),
            several => format!("{} scenarios", several.len()),
        };
        let comment: String = match expected.comment.split_whitespace().collect::<Vec<_>>().join(" ") {
            comment if comment.is_empty() => "no comment says why".to_owned(),
            comment => comment,
        };
        let text = format!("{which} {} ({}), {file}:{}: {comment}", first.verdict.name(), first.reason, expected.line);
        writeln!(out, "{} {text}", self.dimmed("      expected"))
    }

    /// What passed, and says nothing about the library.
    fn by_shim_alone(&self, out: &mut String) -> fmt::Result {
        let resting = self.results.scenarios.iter().filter(|scenario| scenario.rests_on_shim());
        let ids: Vec<_> = resting.map(|scenario| scenario.id.as_str()).collect();
        if ids.is_empty() {
            return Ok(());
        }
        writeln!(out, "{:>14} the shim alone refused, which protects nobody else: {}", "pass", ids.join(", "))
    }

    fn summary(&self, out: &mut String) -> fmt::Result {
        let results = self.results;
        let passed = results.count(Verdict::Pass);
        let mut counts = vec![match results.summary.refused_by_shim {
            0 => format!("{passed} passed"),
            by_shim => format!("{passed} passed ({by_shim} by the shim alone)"),
        }];
        for verdict in Verdict::ALL {
            let count = results.count(verdict);
            if count > 0 && verdict != Verdict::Pass {
                counts.push(self.painted(verdict, &format!("{count} {}{}", verdict.name(), self.expected_of(verdict))));
            }
        }
        let seconds = format!("{}.{:02}", results.summary.duration_ms / 1000, results.summary.duration_ms % 1000 / 10);
        writeln!(out, "{} scenarios in {seconds} s: {}", results.summary.total, counts.join(", "))?;
        if let Some(compared) = &results.expectations {
            writeln!(
                out,
                "expectations {} · entries {} · results as expected {} · problems {}",
                compared.file,
                compared.entries,
                results.summary.expected,
                compared.problems.len()
            )?;
        }
        if let Some(stopped) = results.stopped {
            let ran = results.scenarios.iter().filter(|scenario| scenario.was_run()).count();
            let text =
                format!("the run is not whole: {ran} of {} scenarios were run; {stopped}", results.summary.total);
            writeln!(out, "{}", self.styled(&text, Style::new().red().bold()))?;
        }
        match results.scenarios.iter().find(|scenario| scenario.is_red() && scenario.was_run()) {
            Some(red) => writeln!(
                out,
                "`quintain explain {}` tells what it is about and the usual fix; with its id after `verify`, it runs alone",
                red.id
            ),
            None => Ok(()),
        }
    }

    /// How many of a verdict are no news, ` (3 expected)`.
    fn expected_of(&self, verdict: Verdict) -> String {
        let scenarios = self.results.scenarios.iter();
        let expected = scenarios.filter(|scenario| scenario.verdict == verdict && scenario.expected.is_some()).count();
        if expected == 0 { String::new() } else { format!(" ({expected} expected)") }
    }

    fn painted(&self, verdict: Verdict, text: &str) -> String {
        let style = match verdict {
            Verdict::Pass => Style::new().green(),
            Verdict::Unsupported | Verdict::Inapplicable => Style::new().dimmed(),
            Verdict::Warn => Style::new().yellow(),
            _ => Style::new().red().bold(),
        };
        self.styled(text, style)
    }

    fn bold(&self, text: &str) -> String {
        self.styled(text, Style::new().bold())
    }

    fn dimmed(&self, text: &str) -> String {
        self.styled(text, Style::new().dimmed())
    }

    fn styled(&self, text: &str, style: Style) -> String {
        match self.colours {
            Colours::On => text.style(style).to_string(),
            Colours::Off => text.to_owned(),
        }
    }
}

/// Lines that repeat are written once, with the numbers of all.
fn folded(out: &mut String, lines: impl Iterator<Item = (Option<u64>, String)>) -> fmt::Result {
    let mut runs: Vec<(Vec<Option<u64>>, String)> = Vec::new();
    for (seq, line) in lines {
        match runs.last_mut() {
            Some((seqs, last)) if *last == line => seqs.push(seq),
            _ => runs.push((vec![seq], line)),
        }
    }
    runs.into_iter().try_for_each(|(seqs, line)| {
        let number = match seqs.as_slice() {
            [Some(first), .., Some(last)] => format!("#{first} to #{last} "),
            [Some(only)] => format!("#{only} "),
            _ => String::new(),
        };
        let times = if seqs.len() > 1 { format!("  ({} times)", seqs.len()) } else { String::new() };
        writeln!(out, "                 {number}{line}{times}")
    })
}
