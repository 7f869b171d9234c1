//! Markdown, for the summary of a CI job: what happened, on one page.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use super::{Stories, defence};
use crate::exit_code::Exit;
use crate::report::headline::headline;
use crate::report::unexpected::{Unexpected, unexpected};
use crate::results::{DialectResult, Results, ScenarioResult};
use crate::verdict::Verdict;

/// A summary of a job may be 1 MiB; this leaves room for others.
const LARGEST: usize = 512 << 10;

/// The results as Markdown.
#[must_use]
pub fn render(results: &Results, stories: &Stories) -> String {
    let mut text = String::new();
    Page { results, stories }.write(&mut text).expect("writing to a string does not fail");
    text
}

struct Page<'a> {
    results: &'a Results,
    stories: &'a Stories,
}

impl Page<'_> {
    fn write(&self, out: &mut String) -> fmt::Result {
        let results = self.results;
        writeln!(out, "## Quintain: {}\n", plain(&results.client.name))?;
        let sign = if Exit::of(results) == Exit::Clean { "✅" } else { "❌" };
        writeln!(out, "**{sign} {}**\n", headline(results))?;
        self.counts(out)?;
        self.dialects(out)?;
        let (red, warnings): (Vec<_>, Vec<_>) =
            unexpected(results, |_| true).into_iter().partition(|unexpected| unexpected.scenarios[0].verdict.is_red());
        for (told, unexpected) in red.iter().enumerate() {
            if out.len() > LARGEST {
                writeln!(out, "\nThere are {} more causes in the JSON results.", red.len() - told)?;
                break;
            }
            self.cause(out, unexpected)?;
        }
        self.problems(out)?;
        if !warnings.is_empty() && out.len() < LARGEST {
            let number: usize = warnings.iter().map(|unexpected| unexpected.scenarios.len()).sum();
            writeln!(out, "\n<details><summary>Warnings: {number}</summary>")?;
            warnings.iter().try_for_each(|unexpected| self.cause(out, unexpected))?;
            writeln!(out, "\n</details>")?;
        }
        self.defences(out)?;
        self.known(out)?;
        writeln!(
            out,
            "\nquintain {}, {}, profile {}, edition {}, seed {}",
            results.suite.version, results.client.driver, results.profile, results.edition, results.seed
        )
    }

    /// What is wrong, why it matters and what mends it; then where it was seen.
    fn cause(&self, out: &mut String, unexpected: &Unexpected<'_>) -> fmt::Result {
        let advice = unexpected.cause.advice(self.stories);
        writeln!(out, "\n### {}: {}\n", plain(&unexpected.cause.title), unexpected.cause.extent())?;
        for (label, text) in [("Why it matters", advice.why), ("The usual fix", advice.fix)] {
            if !text.is_empty() {
                writeln!(out, "- **{label}**: {}", prose(text))?;
            }
        }
        table(out, &unexpected.scenarios)?;
        let first = unexpected.scenarios[0];
        if first.verdict.is_red() {
            out.push_str(&story(first));
        }
        Ok(())
    }

    fn defences(&self, out: &mut String) -> fmt::Result {
        let map = defence::map(self.results);
        if map.values().all(|standing| standing.sign() == '–') {
            return Ok(());
        }
        writeln!(out, "\n| defence | | |\n|---|:---:|---|")?;
        map.iter().try_for_each(|(name, standing)| writeln!(out, "| {name} | {} | {standing} |", standing.sign()))
    }

    fn dialects(&self, out: &mut String) -> fmt::Result {
        let rows = &self.results.dialects;
        if rows.is_empty() {
            return Ok(());
        }
        let columns = DialectResult::columns(rows);
        writeln!(out, "\n| provider | {} | why not |", columns.join(" | "))?;
        writeln!(out, "|---|{}---|", ":---:|".repeat(columns.len()))?;
        for row in rows {
            let signs: Vec<_> = columns.iter().map(|column| row.outcome(column).sign().to_string()).collect();
            let why: Vec<_> = row.failures().map(|step| format!("{}: {}", step.step, plain(&step.why))).collect();
            writeln!(out, "| {} | {} | {} |", plain(&row.provider), signs.join(" | "), why.join("<br>"))?;
        }
        Ok(())
    }

    fn counts(&self, out: &mut String) -> fmt::Result {
        let counts = Verdict::ALL.map(|verdict| (verdict.name(), self.results.count(verdict)));
        let mut counts: Vec<_> = counts.into_iter().filter(|(_, count)| *count > 0).collect();
        if self.results.summary.expected > 0 {
            counts.push(("expected", self.results.summary.expected));
        }
        let names: Vec<_> = counts.iter().map(|(name, _)| *name).collect();
        let numbers: Vec<_> = counts.iter().map(|(_, count)| count.to_string()).collect();
        writeln!(out, "| {} |", names.join(" | "))?;
        writeln!(out, "|{}", "---:|".repeat(counts.len()))?;
        writeln!(out, "| {} |", numbers.join(" | "))
    }

    fn problems(&self, out: &mut String) -> fmt::Result {
        let Some(compared) = self.results.expectations.as_ref().filter(|it| !it.problems.is_empty()) else {
            return Ok(());
        };
        writeln!(out, "\n| expectations | line | what to do |\n|---|---:|---|")?;
        compared
            .problems
            .iter()
            .take(200)
            .try_for_each(|it| writeln!(out, "| {} | {} | {} |", it.kind.name(), it.line, plain(&it.message)))
    }

    /// What is expected, by entry: an entry has one cause.
    fn known(&self, out: &mut String) -> fmt::Result {
        let Some(compared) = &self.results.expectations else { return Ok(()) };
        let mut entries: BTreeMap<usize, Vec<&ScenarioResult>> = BTreeMap::new();
        for scenario in &self.results.scenarios {
            if let Some(expected) = &scenario.expected {
                entries.entry(expected.line).or_default().push(scenario);
            }
        }
        if entries.is_empty() {
            return Ok(());
        }
        let summary = format!("{} as {} expects", self.results.summary.expected, plain(&compared.file));
        writeln!(out, "\n<details><summary>{summary}</summary>\n")?;
        for scenarios in entries.values() {
            let comment = scenarios.iter().find_map(|it| it.expected.as_ref()).map_or("", |it| it.comment.as_str());
            let ids: Vec<_> = scenarios.iter().map(|it| format!("`{}`", it.id)).collect();
            let comment = if comment.is_empty() { "(no comment)".to_owned() } else { plain(comment) };
            writeln!(out, "- {}: {} {comment}", scenarios[0].verdict.name(), ids.join(", "))?;
        }
        writeln!(out, "\n</details>")
    }
}

/// As many rows of a table as somebody reads.
const ROWS: usize = 50;

fn table(out: &mut String, scenarios: &[&ScenarioResult]) -> fmt::Result {
    writeln!(out, "\n| verdict | scenario | clauses | what was seen |\n|---|---|---|---|")?;
    for scenario in scenarios.iter().take(ROWS) {
        let clauses: Vec<_> = scenario.clauses.iter().map(ToString::to_string).collect();
        writeln!(
            out,
            "| {} | `{}`<br>{} | {} | {} |",
            scenario.verdict.name(),
            scenario.id,
            plain(&scenario.title),
            plain(&clauses.join(", ")),
            plain(&scenario.message)
        )?;
    }
    match scenarios.len().saturating_sub(ROWS) {
        0 => Ok(()),
        more => writeln!(out, "\n{more} more are in the JSON results."),
    }
}

fn story(scenario: &ScenarioResult) -> String {
    let mut text = format!("\n<details><summary><code>{}</code></summary>\n\n", scenario.id);
    let mut lines: Vec<_> = scenario.evidence.steps.iter().flat_map(|step| step.lines()).map(str::to_owned).collect();
    lines.extend(scenario.evidence.browser.iter().map(|hop| format!("browser  {}  {}", hop.request, hop.response)));
    lines.extend(scenario.evidence.provider.iter().map(|exchange| format!("provider #{} {exchange}", exchange.seq)));
    for line in &lines {
        // Indented code needs no fence that the text could close.
        let _ = writeln!(text, "    {line}");
    }
    let _ = writeln!(text, "\n`quintain explain {}` tells the attack and the usual fix.\n\n</details>", scenario.id);
    text
}

/// A text of the suite: what stands between backticks is code.
fn prose(text: &str) -> String {
    let part = |(index, part): (usize, &str)| if index % 2 == 0 { plain(part) } else { format!("`{part}`") };
    text.split('`').enumerate().map(part).collect()
}

/// Text that may come from a client, so that it is nothing but text in a cell of a table.
pub(super) fn plain(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '\n' => escaped.push(' '),
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' | '@' => {
                escaped.push('\\');
                escaped.push(c);
            }
            _ => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_a_client_makes_no_markup() {
        assert_eq!(plain("a|b\n<img src=x>[x](y) `z`"), r"a\|b &lt;img src=x&gt;\[x\](y) \`z\`");
    }
}
