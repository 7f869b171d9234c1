//! What is wrong, cause by cause, the worst first: what a reader of the page sees before anything else.

use maud::{Markup, html};

use super::words::{colour, prose};
use crate::report::Stories;
use crate::report::news::{News, news};
use crate::results::Results;

pub(super) fn render(results: &Results, stories: &Stories) -> Markup {
    let (red, warnings): (Vec<_>, Vec<_>) =
        news(results, |_| true).into_iter().partition(|news| news.scenarios[0].verdict.is_red());
    html! {
        @if !red.is_empty() {
            section.causes {
                h2 { "What is wrong" }
                @for news in &red { (cause(news, stories)) }
            }
        }
        @if !warnings.is_empty() {
            details.section.causes open[red.is_empty()] {
                summary.line { h2 { "Warnings" } span.tag { (warnings.len()) } }
                @for news in &warnings { (cause(news, stories)) }
            }
        }
    }
}

fn cause(news: &News<'_>, stories: &Stories) -> Markup {
    let (cause, advice) = (news.cause, news.cause.advice(stories));
    let verdict = news.scenarios[0].verdict;
    html! {
        article class={ "cause " (colour(verdict)) } {
            h3 { span class={ "verdict " (colour(verdict)) } { (verdict.name()) } " " (cause.title) }
            p.dim { (cause.extent()) }
            @if !advice.why.is_empty() { p { (prose(advice.why)) } }
            @if !advice.fix.is_empty() { p { b { "Fix: " } (prose(advice.fix)) } }
            p { b { "Seen: " } (news.scenarios[0].message) }
            ul.links {
                @for scenario in &news.scenarios { li { a href={ "#" (scenario.id) } { (scenario.id) } } }
            }
        }
    }
}
