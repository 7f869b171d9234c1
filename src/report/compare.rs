//! Several clients on one page, in Markdown: what the suite says of each, area by area, and why.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};

use super::markdown::plain;
use crate::results::{Results, ScenarioResult};
use crate::verdict::Verdict;

/// The page. It holds nothing that differs from run to run (no times, no ports, no seeds), so that it can be kept in a
/// repository and made again.
#[must_use]
pub fn render(clients: &[Results]) -> String {
    let mut text = String::new();
    write(&mut text, clients).expect("writing to a string does not fail");
    text
}

const PREFACE: &str = "\
# Clients

What the suite saw of some clients: made by `quintain report compare` from the results of runs. It describes what a
client in one version, set up as its folder in `examples` shows, did in a scenario under the clauses that are
named there. Whether that matters for an application is for its authors to say, and nothing here is a verdict on a
project. `quintain explain ID` tells what a scenario does.

## By area

Passed of judged; behind that what was found: **f** failed (or crashed, or contradicted itself), **w** a warning.
Scenarios that do not apply to a client, or need what it does not have, are left out; – where none is left.
";

fn write(out: &mut String, clients: &[Results]) -> fmt::Result {
    let areas: BTreeSet<&str> = clients.iter().flat_map(|it| &it.scenarios).map(|it| it.area.as_str()).collect();
    writeln!(out, "{PREFACE}")?;
    let names: Vec<_> = areas.iter().copied().collect();
    writeln!(out, "| client | all | {} |", names.join(" | "))?;
    writeln!(out, "|---|{}", "---|".repeat(areas.len() + 1))?;
    for client in clients {
        let all = cell(client.scenarios.iter());
        let cells: Vec<_> =
            areas.iter().map(|area| cell(client.scenarios.iter().filter(|it| it.area == *area))).collect();
        let name = plain(&client.client.name);
        writeln!(out, "| [{name}](#{}) | {all} | {} |", anchor(&client.client.name), cells.join(" | "))?;
    }
    clients.iter().try_for_each(|client| section(out, client))
}

/// `12/14 1f 1w`
fn cell<'a>(scenarios: impl Iterator<Item = &'a ScenarioResult>) -> String {
    let judged: Vec<_> = scenarios.map(|it| it.verdict).filter(|verdict| is_judged(*verdict)).collect();
    let count = |wanted: fn(Verdict) -> bool| judged.iter().filter(|verdict| wanted(**verdict)).count();
    let (passed, failed, warned) =
        (count(|it| it == Verdict::Pass), count(Verdict::is_red), count(|it| it == Verdict::Warn));
    let mut cell = match judged.len() {
        0 => return "–".to_owned(),
        all => format!("{passed}/{all}"),
    };
    for (number, letter) in [(failed, "f"), (warned, "w")].into_iter().filter(|(number, _)| *number > 0) {
        write!(cell, " {number}{letter}").expect("writing to a string does not fail");
    }
    cell
}

fn is_judged(verdict: Verdict) -> bool {
    !matches!(verdict, Verdict::Unsupported | Verdict::Inapplicable)
}

/// As sites that show Markdown make links to headings.
fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase();
    kept.chars().filter(|c| c.is_alphanumeric() || "-_ ".contains(*c)).map(|c| if c == ' ' { '-' } else { c }).collect()
}

fn section(out: &mut String, client: &Results) -> fmt::Result {
    writeln!(out, "\n## {}\n", plain(&client.client.name))?;
    let counts = Verdict::ALL.map(|verdict| (client.count(verdict), verdict.name()));
    let counts: Vec<_> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, name)| format!("{count} {name}")).collect();
    writeln!(
        out,
        "Driver {}, profile {}, edition {}: {} scenarios, {}.",
        client.client.driver,
        client.profile,
        client.edition,
        client.summary.total,
        counts.join(", ")
    )?;
    // An entry of the expectations has one cause; what no entry explains is by itself.
    let mut causes: BTreeMap<&str, Vec<&ScenarioResult>> = BTreeMap::new();
    let found = client.scenarios.iter().filter(|it| is_judged(it.verdict) && it.verdict != Verdict::Pass);
    for scenario in found {
        let comment = scenario.expected.as_ref().map_or("", |expected| expected.comment.trim());
        causes.entry(comment).or_default().push(scenario);
    }
    let mut causes: Vec<_> = causes.into_iter().collect();
    // The gravest first, then as the suite has them.
    causes.sort_by_key(|(_, scenarios)| (scenarios.iter().all(|it| !it.verdict.is_red()), scenarios[0].id.clone()));
    for (cause, scenarios) in causes {
        let cause: Vec<_> = cause.split_whitespace().collect();
        let cause = if cause.is_empty() { "No cause is written down.".to_owned() } else { cause.join(" ") };
        writeln!(out, "\n{cause}\n")?;
        for scenario in scenarios {
            let grounds: Vec<_> = scenario.clauses.iter().map(ToString::to_string).collect();
            writeln!(
                out,
                "- {} `{}` ({}), {}: {}",
                scenario.verdict.name(),
                scenario.id,
                scenario.reason,
                grounds.join(", "),
                plain(&scenario.title)
            )?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::anchor;

    #[test]
    fn headings_are_linked_as_sites_name_them() {
        assert_eq!(anchor("Authlib, with Flask"), "authlib-with-flask");
        assert_eq!(anchor("@auth/express"), "authexpress");
    }
}
