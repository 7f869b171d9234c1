//! One scenario of the page: what it claims, what was sent, what was found, and how it is mended.

use maud::{Markup, html};

use super::words::prose;
use crate::report::diagram::parties::name;
use crate::report::diagram::svg;
use crate::report::tone::kind;
use crate::results::{EvidenceSummary, ScenarioResult};
use crate::suite::Story;

pub(super) fn render(result: &ScenarioResult, story: Option<&Story>) -> Markup {
    let clauses: Vec<_> = result.clauses.iter().map(ToString::to_string).collect();
    let clauses = clauses.join(", ");
    let text = [result.id.as_str(), &result.title, &clauses, result.verdict.name(), &result.reason, &result.message]
        .join(" ")
        .to_lowercase();
    html! {
        details id=(result.id) open[is_unexpected(result)] data-kind=(kind(result)) data-verdict=(result.verdict.name()) data-text=(text) {
            summary {
                span class={ "verdict " (kind(result)) } {
                    (result.verdict.name()) @if result.expected.is_some() { ", expected" }
                }
                code { (result.id) }
                span.title { (result.title) }
            }
            div.body {
                (found(result))
                @if let Some(story) = story.filter(|it| !it.fix.is_empty() && !result.verdict.is_quiet()) {
                    p { b { "Fix: " } (prose(&story.fix)) }
                }
                (svg::render(result))
                @if let Some(by) = result.refused_by { p.dim { "Whose code refused: " (by) } }
                @if result.rests_on_shim() { p { "The shim alone refused, which protects nobody else." } }
                p { b { (result.level) } " " (clauses) }
                @if let Some(story) = story.filter(|story| !story.about.is_empty()) { p { (prose(&story.about)) } }
                (steps(&result.evidence))
                (trace(&result.evidence))
                p.dim { a href={ "#" (result.id) } { "Link to this scenario" } ", or " code { "quintain explain " (result.id) } }
            }
        }
    }
}

/// What the reader has come for.
fn is_unexpected(result: &ScenarioResult) -> bool {
    !result.verdict.is_quiet() && result.expected.is_none()
}

fn found(result: &ScenarioResult) -> Markup {
    if result.message.is_empty() && result.first_time().next().is_none() {
        return html! {};
    }
    html! {
        div class={ "found " (kind(result)) } {
            @if !result.message.is_empty() {
                p { (result.message) }
                p.dim { (result.verdict.name()) " (" code { (result.reason) } ")"
                    @if let Some(phase) = result.phase { ", refused at: " (phase) } }
            }
            @for (when, first) in result.first_time() {
                p.dim { (when) ": " (first.verdict.name()) " (" code { (first.reason) } "), " (first.message) }
            }
            @if let Some(expected) = &result.expected {
                p { "Expected, by line " (expected.line) @if !expected.comment.is_empty() { ": " (expected.comment) } }
            }
        }
    }
}

/// The lines from the first Then on are what was expected; those before it, what was arranged and done.
fn steps(evidence: &EvidenceSummary) -> Markup {
    if evidence.steps.is_empty() {
        return html! {};
    }
    let then = evidence.steps.iter().position(|step| step.starts_with("Then ")).unwrap_or(evidence.steps.len());
    let (done, expected) = evidence.steps.split_at(then);
    html! {
        h3 { "What was arranged and done" }
        pre { (done.join("\n")) }
        @for fault in &evidence.faults {
            p.dim { "Messages changed by " code { (fault.name) } ": " (fault.fired) }
        }
        h3 { "What was expected" }
        pre.then { (expected.join("\n")) }
    }
}

fn trace(evidence: &EvidenceSummary) -> Markup {
    html! {
        @if !evidence.browser.is_empty() {
            h3 { "Browser and client" }
            table {
                thead { tr { th { "request" } th { "response" } } }
                tbody { @for hop in &evidence.browser { tr { td { code { (hop.request) } } td { code { (hop.response) } } } } }
            }
        }
        @if !evidence.provider.is_empty() {
            h3 { "What provider and API saw" }
            table.provider {
                thead { tr { th { "#" } th { "request" } th { "parameters" } th { "answer" } } }
                tbody {
                    @for it in &evidence.provider {
                        tr.altered[it.altered] {
                            td { (it.seq) }
                            td { code { (it.request) } }
                            td { code { (it.parameters.join(" ")) } }
                            td {
                                @match it.status { Some(status) => (status), None => "no answer" }
                                @if it.altered { " (altered by a fault)" }
                                @if !it.answer.is_empty() { " " code { (it.answer.join(" ")) } }
                            }
                        }
                    }
                }
            }
        }
        @if !evidence.sessions.is_empty() {
            h3 { "Who is logged in at the end" }
            @for session in &evidence.sessions { p { (name(session.browser)) ": " (session.found) } }
        }
        @if !evidence.output.trim().is_empty() {
            details.output {
                summary.line { h3 { "What the client printed" } }
                pre { (evidence.output.trim_end()) }
            }
        }
    }
}
