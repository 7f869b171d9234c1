//! The console: a line where all is well, and each cause in a few lines where it is not.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use mock_idp::Trait;
use owo_colors::{OwoColorize as _, Style};

use super::{Stories, defence};
use crate::report::unexpected::{Unexpected, unexpected};
use crate::results::{Compared, DialectResult, HopSummary, Results, ScenarioResult, StepOutcome};
use crate::suite::ScenarioId;
use crate::verdict::{REFUSED_WITH_500, Verdict};

/// Whether the console shows colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colours {
    /// It does.
    On,
    /// It does not: a file, a pipe, or `NO_COLOR`.
    Off,
}

/// What is said of a lawful trait of the provider under which honest runs fail.
#[must_use]
pub fn untolerated(which: Trait, finding: Option<&ScenarioId>) -> String {
    let finding = finding.map_or_else(|| which.name().to_owned(), ToString::to_string);
    format!(
        "the client does not tolerate a lawful variation of the provider, {which}: it {} ({}). That is one finding, {finding}; in all \
         other scenarios the provider does without it",
        which.what(),
        which.clause()
    )
}

/// How much the console says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Detail {
    /// What is red, in one line each, and the summary.
    Quiet,
    /// Each cause in a few lines, and what was left out in one line per reason.
    #[default]
    Normal,
    /// The exchanges of one scenario of each cause, every entry of the expectations, and every scenario by name as well.
    Verbose,
}

/// How the console looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Whether there are colours.
    pub colours: Colours,
    /// How much is said.
    pub detail: Detail,
    /// How many characters a line may have; none for a file or a pipe.
    pub width: Option<usize>,
}

/// The whole text of a run, with what the suite says of its scenarios.
#[must_use]
pub fn render(results: &Results, stories: &Stories, look: Look) -> String {
    let mut text = String::new();
    Console { results, stories, look }.write(&mut text).expect("writing to a string does not fail");
    text
}

struct Console<'a> {
    results: &'a Results,
    stories: &'a Stories,
    look: Look,
}

const INDENT: &str = "               ";
/// More ids than these are counted and not listed.
const MOST_LISTED: usize = 20;

impl Console<'_> {
    fn write(&self, out: &mut String) -> fmt::Result {
        let is_quiet = self.look.detail == Detail::Quiet;
        let unexpected = unexpected(self.results, |it| it.verdict.is_red() || !is_quiet);
        unexpected.iter().try_for_each(|unexpected| self.cause(out, unexpected))?;
        if !is_quiet {
            self.absent(out)?;
            self.by_shim_alone(out)?;
            self.defences(out)?;
            self.dialects(out)?;
        }
        self.expected(out)?;
        self.summary(out)
    }

    /// What is wrong, why it matters, what mends it, and where it was seen first.
    fn cause(&self, out: &mut String, unexpected: &Unexpected<'_>) -> fmt::Result {
        let (cause, first) = (unexpected.cause, unexpected.scenarios[0]);
        let name = self.painted(first.verdict, &format!("{:>14}", first.verdict.name()));
        let width = self.look.width.map_or(usize::MAX, |width| width.saturating_sub(INDENT.len()));
        let headline = format!("{} ({})", cause.title, cause.extent());
        for (index, line) in textwrap::wrap(&headline, width).iter().enumerate() {
            let margin = if index == 0 { format!("{name} ") } else { INDENT.to_owned() };
            writeln!(out, "{margin}{}", self.bold(line))?;
        }
        if self.look.detail == Detail::Quiet {
            return self.labelled(out, "seen", &format!("{}: {}", first.id, first.message));
        }
        let advice = cause.advice(self.stories);
        if first.verdict.is_red() {
            self.labelled(out, "why", advice.why)?;
        }
        self.labelled(out, "fix", advice.fix)?;
        // No clause says with which status a client refuses.
        let seen = match first.reason == REFUSED_WITH_500 {
            true => format!("{}: {}", first.id, first.message),
            false => {
                let clauses = first.clauses.iter().map(ToString::to_string);
                let grounds: Vec<_> = std::iter::once(first.level.to_string()).chain(clauses).collect();
                format!("{} ({}): {}", first.id, grounds.join(", "), first.message)
            }
        };
        self.labelled(out, "seen", &seen)?;
        self.labelled(out, "also", &self.others(&unexpected.scenarios[1..]))?;
        if first.verdict.is_red() {
            let has = |row: &&DialectResult| row.steps.iter().any(|step| step.scenario == first.id);
            let row = self.results.dialects.iter().find(has);
            let dialect = row.map_or_else(String::new, |row| format!("--dialect {} ", row.dialect));
            let (id, shown) = (&first.id, first.shown_by());
            let more = format!("`quintain explain {id}`; what was sent: `quintain verify {dialect}{shown} --verbose`");
            self.labelled(out, "more", &more)?;
        }
        if self.look.detail == Detail::Verbose {
            self.evidence(out, first)?;
        }
        writeln!(out)
    }

    /// Further scenarios of a cause: their ids, or how many there are of each area if there are too many to read.
    fn others(&self, scenarios: &[&ScenarioResult]) -> String {
        if scenarios.len() <= MOST_LISTED || self.look.detail == Detail::Verbose {
            return scenarios.iter().map(|it| it.id.as_str()).collect::<Vec<_>>().join(", ");
        }
        let mut areas = BTreeMap::<&str, usize>::new();
        scenarios.iter().for_each(|it| *areas.entry(it.id.area()).or_default() += 1);
        let counts: Vec<_> = areas.into_iter().map(|(area, count)| format!("{count} of {area}")).collect();
        format!("{} others: {}; --verbose names them", scenarios.len(), counts.join(", "))
    }

    fn labelled(&self, out: &mut String, label: &str, text: &str) -> fmt::Result {
        if text.is_empty() {
            return Ok(());
        }
        let first = format!("{INDENT}{label:<5}");
        let width = self.look.width.unwrap_or(usize::MAX);
        let options = textwrap::Options::new(width)
            .initial_indent(&first)
            .subsequent_indent("                    ")
            .break_words(false);
        let wrapped = textwrap::fill(text, options);
        writeln!(out, "{INDENT}{}{}", self.dimmed(&first[INDENT.len()..]), &wrapped[first.len()..])
    }

    fn evidence(&self, out: &mut String, scenario: &ScenarioResult) -> fmt::Result {
        for (when, first) in scenario.first_time() {
            writeln!(out, "{INDENT}{when}: {} ({})", first.verdict.name(), first.reason)?;
        }
        let evidence = &scenario.evidence;
        for line in evidence.steps.iter().flat_map(|step| step.lines()) {
            writeln!(out, "{INDENT}  {}", self.dimmed(line))?;
        }
        if !evidence.browser.is_empty() {
            writeln!(out, "{INDENT}browser ↔ client")?;
            let hop = |hop: &HopSummary| (None, format!("{}  {}", hop.request, self.dimmed(&hop.response)));
            folded(out, evidence.browser.iter().map(hop))?;
        }
        if !evidence.provider.is_empty() {
            writeln!(out, "{INDENT}client → provider and API")?;
            folded(out, evidence.provider.iter().map(|exchange| (Some(exchange.seq), exchange.to_string())))?;
        }
        if scenario.verdict == Verdict::Crashed && !evidence.output.trim().is_empty() {
            writeln!(out, "{INDENT}the last lines that the client printed")?;
            let lines: Vec<_> = evidence.output.trim_end().lines().collect();
            for line in &lines[lines.len().saturating_sub(8)..] {
                writeln!(out, "{INDENT}  | {line}")?;
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
                let named = verdict.is_quiet() && (ids.len() < 4 || self.look.detail == Detail::Verbose);
                let which = if named { ids.join(", ") } else { count(ids.len(), "scenario") };
                writeln!(out, "{:>14} {reason}: {which}", verdict.name())?;
            }
        }
        Ok(())
    }

    /// A table: provider × step.
    fn dialects(&self, out: &mut String) -> fmt::Result {
        let rows = &self.results.dialects;
        if rows.is_empty() {
            return Ok(());
        }
        let columns = DialectResult::columns(rows);
        let width = rows.iter().map(|row| row.provider.chars().count()).max().unwrap_or_default().max(8);
        writeln!(out, "{:<width$}  {}", "provider", columns.join("  "))?;
        for row in rows {
            let mut line = format!("{:<width$}", row.provider);
            for (index, column) in columns.iter().enumerate() {
                let outcome = row.outcome(column);
                let verdict = match outcome {
                    StepOutcome::Works => Verdict::Pass,
                    StepOutcome::Fails => Verdict::Fail,
                    StepOutcome::Unknown => Verdict::Inapplicable,
                };
                let sign = self.painted(verdict, &outcome.sign().to_string());
                let space = if index + 1 == columns.len() { 0 } else { column.len().saturating_sub(1) };
                write!(line, "  {sign}{}", " ".repeat(space))?;
            }
            writeln!(out, "{line}")?;
            for step in row.failures() {
                writeln!(out, "  ✗ {}: {}", step.step, step.why)?;
            }
        }
        writeln!(out)
    }

    /// In one line, where there is something to say.
    fn defences(&self, out: &mut String) -> fmt::Result {
        let map = defence::map(self.results);
        if !map.values().any(|standing| ['✗', '~'].contains(&standing.sign())) {
            return Ok(());
        }
        let signs: Vec<_> = map.iter().map(|(name, standing)| format!("{name} {}", standing.sign())).collect();
        writeln!(out, "{:>14} {}", "defences", signs.join("  "))
    }

    /// Expected findings are left out; what is wrong about the expectations is not.
    fn expected(&self, out: &mut String) -> fmt::Result {
        let Some(compared) = &self.results.expectations else { return Ok(()) };
        if self.look.detail == Detail::Verbose {
            self.entries(out, compared)?;
        }
        for problem in &compared.problems {
            let kind = self.styled(&format!("{:>14}", problem.kind.name()), Style::new().red().bold());
            writeln!(out, "{kind} {}:{}: {}", compared.file, problem.line, problem.message)?;
        }
        Ok(())
    }

    fn entries(&self, out: &mut String, compared: &Compared) -> fmt::Result {
        let mut by_entry: BTreeMap<usize, Vec<&ScenarioResult>> = BTreeMap::new();
        for scenario in &self.results.scenarios {
            if let Some(expected) = &scenario.expected {
                by_entry.entry(expected.line).or_default().push(scenario);
            }
        }
        for scenarios in by_entry.into_values() {
            self.entry(out, &compared.file, &scenarios)?;
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
            several => count(several.len(), "scenario"),
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
        writeln!(out, "{} in {seconds} s: {}", count(results.summary.total, "scenario"), counts.join(", "))?;
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
        Ok(())
    }

    /// How many of a verdict are expected, ` (3 expected)`.
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
        match self.look.colours {
            Colours::On => text.style(style).to_string(),
            Colours::Off => text.to_owned(),
        }
    }
}

/// `1 scenario`, `2 scenarios`
fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
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
