//! Markdown, for the summary of a CI job: what happened, on one page.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use super::{Results, ScenarioResult, headline};
use crate::exit_code::Exit;
use crate::verdict::Verdict;

/// A summary of a job may be 1 MiB; this leaves room for others.
const LARGEST: usize = 512 << 10;

/// The results as Markdown.
#[must_use]
pub fn render(results: &Results) -> String {
    let mut text = String::new();
    Page(results).write(&mut text).expect("writing to a string does not fail");
    text
}

struct Page<'a>(&'a Results);

impl Page<'_> {
    fn write(&self, out: &mut String) -> fmt::Result {
        let results = self.0;
        writeln!(out, "## Quintain: {}\n", plain(&results.client.name))?;
        let sign = if Exit::of(results) == Exit::Clean { "✅" } else { "❌" };
        writeln!(out, "**{sign} {}**\n", headline(results))?;
        self.counts(out)?;
        let (news, rest): (Vec<_>, Vec<_>) = results.scenarios.iter().partition(|it| it.is_red());
        self::news(out, &news)?;
        self.problems(out)?;
        let rest: Vec<_> = rest.into_iter().filter(|it| it.verdict == Verdict::Warn && it.expected.is_none()).collect();
        folded(out, &format!("Warnings: {}", rest.len()), &rest)?;
        self.known(out)?;
        writeln!(
            out,
            "\nquintain {}, {}, profile {}, edition {}, seed {}",
            results.suite.version, results.client.driver, results.profile, results.edition, results.seed
        )
    }

    fn counts(&self, out: &mut String) -> fmt::Result {
        let counts = Verdict::ALL.map(|verdict| (verdict.name(), self.0.count(verdict)));
        let mut counts: Vec<_> = counts.into_iter().filter(|(_, count)| *count > 0).collect();
        if self.0.summary.expected > 0 {
            counts.push(("expected", self.0.summary.expected));
        }
        let names: Vec<_> = counts.iter().map(|(name, _)| *name).collect();
        let numbers: Vec<_> = counts.iter().map(|(_, count)| count.to_string()).collect();
        writeln!(out, "| {} |", names.join(" | "))?;
        writeln!(out, "|{}", "---:|".repeat(counts.len()))?;
        writeln!(out, "| {} |", numbers.join(" | "))
    }

    fn problems(&self, out: &mut String) -> fmt::Result {
        let Some(compared) = self.0.expectations.as_ref().filter(|it| !it.problems.is_empty()) else { return Ok(()) };
        writeln!(out, "\n| expectations | line | what to do |\n|---|---:|---|")?;
        compared
            .problems
            .iter()
            .take(200)
            .try_for_each(|it| writeln!(out, "| {} | {} | {} |", it.kind.name(), it.line, plain(&it.message)))
    }

    /// What is expected, by entry: an entry has one cause.
    fn known(&self, out: &mut String) -> fmt::Result {
        let Some(compared) = &self.0.expectations else { return Ok(()) };
        let mut entries: BTreeMap<usize, Vec<&ScenarioResult>> = BTreeMap::new();
        for scenario in &self.0.scenarios {
            if let Some(expected) = &scenario.expected {
                entries.entry(expected.line).or_default().push(scenario);
            }
        }
        if entries.is_empty() {
            return Ok(());
        }
        let summary = format!("{} as {} expects", self.0.summary.expected, plain(&compared.file));
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

/// A table of all, and the steps of each as far as there is room.
fn news(out: &mut String, news: &[&ScenarioResult]) -> fmt::Result {
    if news.is_empty() {
        return Ok(());
    }
    table(out, news)?;
    for (told, scenario) in news.iter().enumerate() {
        let story = story(scenario);
        if out.len() + story.len() > LARGEST {
            return writeln!(out, "\nThe steps of {} more are in the JSON results.", news.len() - told);
        }
        out.push_str(&story);
    }
    Ok(())
}

fn table(out: &mut String, scenarios: &[&ScenarioResult]) -> fmt::Result {
    writeln!(out, "\n| verdict | scenario | clauses | what was seen |\n|---|---|---|---|")?;
    for scenario in scenarios {
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
    Ok(())
}

fn folded(out: &mut String, summary: &str, scenarios: &[&ScenarioResult]) -> fmt::Result {
    if scenarios.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n<details><summary>{summary}</summary>")?;
    table(out, scenarios)?;
    writeln!(out, "\n</details>")
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
