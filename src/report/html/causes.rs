//! What is wrong, cause by cause, the worst first: what a reader of the page sees before anything else.

use maud::{Markup, html};

use super::words::prose;
use crate::report::Stories;
use crate::report::tone::colour;
use crate::report::unexpected::{Unexpected, unexpected};
use crate::results::Results;

pub(super) fn render(results: &Results, stories: &Stories) -> Markup {
    let (red, warnings): (Vec<_>, Vec<_>) =
        unexpected(results, |_| true).into_iter().partition(|unexpected| unexpected.scenarios[0].verdict.is_red());
    html! {
        @if !red.is_empty() {
            section.causes {
                h2 { "What is wrong" }
                @for unexpected in &red { (cause(unexpected, stories)) }
            }
        }
        @if !warnings.is_empty() {
            details.section.causes open[red.is_empty()] {
                summary.line { h2 { "Warnings" } span.tag { (warnings.len()) } }
                @for unexpected in &warnings { (cause(unexpected, stories)) }
            }
        }
    }
}

fn cause(unexpected: &Unexpected<'_>, stories: &Stories) -> Markup {
    let (cause, advice) = (unexpected.cause, unexpected.cause.advice(stories));
    let verdict = unexpected.scenarios[0].verdict;
    html! {
        article class={ "cause " (colour(verdict)) } {
            h3 { span class={ "verdict " (colour(verdict)) } { (verdict.name()) } " " (cause.title) }
            p.dim { (cause.extent()) }
            @if !advice.why.is_empty() { p { (prose(advice.why)) } }
            @if !advice.fix.is_empty() { p { b { "Fix: " } (prose(advice.fix)) } }
            p { b { "Seen: " } (unexpected.scenarios[0].message) }
            ul.links {
                @for scenario in &unexpected.scenarios { li { a href={ "#" (scenario.id) } { (scenario.id) } } }
            }
        }
    }
}
