//! One HTML file, for the person at a red build: it needs nothing from elsewhere, and no script to be read.

mod causes;
mod scenario;
mod words;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{Stories, defence};
use crate::exit_code::Exit;
use crate::report::headline::headline;
use crate::report::tone::colour;
use crate::results::{DialectResult, Results, ScenarioResult};
use crate::verdict::Verdict;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("filter.js");

/// The results as a page, with what the suite says of its scenarios.
#[must_use]
pub fn render(results: &Results, stories: &Stories) -> String {
    let title = format!("Quintain: {}", results.client.name);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                // What clients say stands in this page: nothing in it may run or be fetched.
                meta http-equiv="Content-Security-Policy" content=(content_security_policy());
                link rel="icon" href="data:,";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { (title) }
                    p class=(if Exit::of(results) == Exit::Clean { "headline pass" } else { "headline red" }) { (headline(results)) }
                    (about(results))
                    (counts(results))
                }
                (dialects(results))
                (causes::render(results, stories))
                (problems(results))
                (defences(results))
                (filter(results))
                main { (areas(results, stories)) }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string()
}

fn about(results: &Results) -> Markup {
    let date = results.date.split_once('T').map_or(results.date.as_str(), |(day, _)| day);
    html! {
        p.dim {
            @if !date.is_empty() { time datetime=(results.date) { (date) } " · " }
            @if let Some(software) = &results.client.software { (software) " · " }
            @if let Some(revision) = &results.revision { "revision " (revision) " · " }
            (results.client.driver) " · profile " (results.profile) " · edition " (results.edition)
            " · quintain " (results.suite.version)
            @if let Some(shard) = &results.shard { " · part " (shard.index) " of " (shard.of) }
        }
        @if let Some(command) = &results.command {
            p.dim { "The same run again: " code { (command) } }
        }
    }
}

/// What works at which provider.
fn dialects(results: &Results) -> Markup {
    let rows = &results.dialects;
    if rows.is_empty() {
        return html! {};
    }
    let columns = DialectResult::columns(rows);
    html! {
        h2 { "Providers" }
        table {
            thead { tr { th { "provider" } @for column in &columns { th { (column) } } th { "why not" } } }
            tbody {
                @for row in rows {
                    tr {
                        td { (row.provider) }
                        @for column in &columns { td { (row.outcome(column).sign()) } }
                        td { @for step in row.failures() { p { (step.step) ": " (step.why) } } }
                    }
                }
            }
        }
    }
}

/// Which single defences the client has.
fn defences(results: &Results) -> Markup {
    let map = defence::map(results);
    if map.values().all(|standing| standing.sign() == '–') {
        return html! {};
    }
    html! {
        details.section {
            summary.line { h2 { "Defences" }
                @for (name, standing) in &map { span.tag { (name) " " (standing.sign()) } } }
            p { "Each of these was probed alone, with the others taken away at the provider. A client needs one that works \
                 for each attack, not all of them." }
            table {
                tbody { @for (name, standing) in &map { tr { td { (name) } td { (standing.sign()) } td { (standing) } } } }
            }
        }
    }
}

fn content_security_policy() -> String {
    let hash = |text: &str| STANDARD.encode(digest(&SHA256, text.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; img-src data:; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

fn counts(results: &Results) -> Markup {
    let counts = Verdict::ALL.map(|verdict| (verdict, results.count(verdict)));
    html! {
        ul.counts {
            @for (verdict, count) in counts {
                @if count > 0 {
                    li { button type="button" data-show=(verdict.name()) {
                        b { (count) } span class=(colour(verdict)) { (verdict.name()) }
                    } }
                }
            }
            @if let Some(compared) = &results.expectations {
                li { button type="button" data-show="expected" {
                    b { (results.summary.expected) } span.expected { "as " (compared.file) " expects" }
                } }
            }
        }
    }
}

fn problems(results: &Results) -> Markup {
    let Some(compared) = results.expectations.as_ref().filter(|it| !it.problems.is_empty()) else { return html! {} };
    html! {
        h2 { "What is wrong with the expectations" }
        table {
            thead { tr { th { "line" } th { "problem" } th { "what to do" } } }
            tbody {
                @for it in &compared.problems {
                    tr { td { (compared.file) ":" (it.line) } td { (it.kind.name()) } td { (it.message) } }
                }
            }
        }
    }
}

/// Shown by the script that makes it work. Where something is red, that is what the reader has come for.
fn filter(results: &Results) -> Markup {
    let is_red = results.scenarios.iter().any(ScenarioResult::is_red);
    html! {
        form name="filter" hidden {
            input type="search" name="words" placeholder="id, words, clause, verdict" aria-label="Search" autocomplete="off";
            select name="kind" aria-label="Which results" {
                option value="" { "all results" }
                option value="red" selected[is_red] { "red" }
                option value="red warn" { "red and warnings" }
                option value="expected" { "expected" }
                option value="pass" { "passed" }
                option value="quiet" { "not applicable" }
                @for verdict in Verdict::ALL {
                    @if results.count(verdict) > 0 { option value={ "is:" (verdict.name()) } { "verdict " (verdict.name()) } }
                }
            }
            output name="shown" {}
        }
    }
}

fn areas(results: &Results, stories: &Stories) -> Markup {
    html! {
        @for area in results.scenarios.chunk_by(|a, b| a.area == b.area) {
            section data-area=(area[0].area) {
                h2 { (area[0].area) }
                @for result in area { (scenario::render(result, stories.get(&result.id))) }
            }
        }
    }
}
