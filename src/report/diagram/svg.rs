//! A diagram of the page, in SVG.
//!
//! What it shows stands in words beside it: to those who cannot see it, it is one picture.

use maud::{Markup, html};

use super::fit::{lines, width};
use super::parties::{name, parties};
use super::row::{Label, Message, Row, Way, again};
use super::rows;
use crate::results::{Party, ScenarioResult};

/// Pixels.
const WIDTH: usize = 1110;
const MARGIN: usize = 100;
const HEADER: usize = 26;
const LINE: usize = 15;
const GAP: usize = 7;

/// The diagram; nothing if the results do not say in which order things happened.
pub(in crate::report) fn render(result: &ScenarioResult) -> Markup {
    let rows = rows::rows(result);
    if rows.is_empty() {
        return html! {};
    }
    let stage = Stage::of(&rows);
    let mut y = HEADER + GAP;
    let drawn: Vec<_> = rows.iter().map(|row| stage.draw(row, &mut y)).collect();
    let height = y + GAP;
    html! {
        h3 { "What was sent" }
        div.diagram {
            svg role="img" aria-label="Sequence diagram of the messages that the tables below list" width=(stage.width) height=(height) {
                @for party in &stage.parties {
                    path.life d=(format!("M{} {HEADER}V{height}", stage.x(*party))) {}
                }
                @for party in &stage.parties { (stage.header(*party)) }
                @for row in drawn { (row) }
            }
        }
    }
}

/// Who takes part, from left to right.
struct Stage {
    parties: Vec<Party>,
    gap: usize,
    width: usize,
}

impl Stage {
    fn of(rows: &[Row]) -> Self {
        let parties = parties(rows);
        let gaps = parties.len().saturating_sub(1).max(1);
        let gap = ((WIDTH - 2 * MARGIN) / gaps).clamp(200, 320);
        Self { width: gap * gaps + 2 * MARGIN, parties, gap }
    }

    fn x(&self, party: Party) -> usize {
        MARGIN + self.gap * self.parties.iter().position(|it| *it == party).unwrap_or_default()
    }

    fn header(&self, party: Party) -> Markup {
        let name = name(party);
        let (x, wide) = (self.x(party), width(name) + 16);
        html! {
            rect.soft x=(x - wide / 2) y="1" width=(wide) height=(HEADER - 2) rx="4" {}
            text.name x=(x) y=(HEADER - 9) { (name) }
        }
    }

    /// Draws a row, and moves on to where the next one begins.
    fn draw(&self, row: &Row, y: &mut usize) -> Markup {
        match row {
            Row::Step(step) => self.step(step, y),
            Row::Message(message) => self.message(message, y),
            Row::Note(party, label) => self.label(self.x(*party), 300, label, y),
            Row::Again { messages, times, seqs } => {
                let text = again(*messages, *times, *seqs);
                self.label(self.x(Party::Client), 300, &Label { tone: "plain", text }, y)
            }
        }
    }

    fn step(&self, step: &str, y: &mut usize) -> Markup {
        *y += GAP;
        let lines = lines(step, self.width - 16);
        let top = *y;
        *y += lines.len() * LINE + GAP;
        html! {
            path.life d=(format!("M0 {top}H{}", self.width)) {}
            @for (index, line) in lines.iter().enumerate() { text.step x="4" y=(top + (index + 1) * LINE) { (line) } }
        }
    }

    fn message(&self, message: &Message, y: &mut usize) -> Markup {
        let (from, to) = (self.x(message.from), self.x(message.to));
        let (middle, span) = (usize::midpoint(from, to), from.abs_diff(to));
        let number = message.seq.map_or(String::new(), |seq| format!("#{seq} "));
        let text = format!("{number}{}", message.text);
        let in_one = format!("{text} {}", message.carries);
        let room = span.saturating_sub(12);
        // An answer is a status, and a few names.
        let (mut lines, carried) = match message.way {
            Way::Back if width(&in_one) <= room => (lines(&in_one, room), Vec::new()),
            _ => (lines(&text, room), lines(&message.carries, room)),
        };
        let named = lines.len();
        lines.extend(carried);
        let top = *y;
        *y += lines.len() * LINE + 5;
        let arrow = arrow(from, to, *y, message.way);
        *y += GAP;
        let class = match message.way {
            Way::There => "there",
            Way::Back => "back",
            Way::ThereAndBack => "dim",
        };
        let class = message.labels.first().map_or(class.to_owned(), |label| format!("{class} {}", label.tone));
        let labels: Vec<_> = message
            .labels
            .iter()
            .filter(|label| !label.text.is_empty())
            .map(|label| self.label(middle, span.max(320) - 24, label, y))
            .collect();
        html! {
            g class=(class) {
                @for (index, line) in lines.iter().enumerate() {
                    text class=[(index >= named).then_some("carried")] x=(middle) y=(top + (index + 1) * LINE) { (line) }
                }
                path d=(arrow) {}
            }
            @for label in labels { (label) }
        }
    }

    /// A box with words in it.
    fn label(&self, middle: usize, most: usize, label: &Label, y: &mut usize) -> Markup {
        let lines = lines(&label.text, most);
        let wide = lines.iter().map(|line| width(line)).max().unwrap_or_default() + 16;
        let middle = middle.clamp(wide / 2 + 1, (self.width - wide / 2 - 1).max(wide / 2 + 1));
        let (top, high) = (*y, lines.len() * LINE + 7);
        *y += high + GAP;
        html! {
            g class={ "label " (label.tone) } {
                rect x=(middle - wide / 2) y=(top) width=(wide) height=(high) rx="4" {}
                @for (index, line) in lines.iter().enumerate() { text x=(middle) y=(top + (index + 1) * LINE) { (line) } }
            }
        }
    }
}

fn arrow(from: usize, to: usize, y: usize, way: Way) -> String {
    let head = |at: usize, left: bool| {
        if left {
            format!("M{} {}L{at} {y}l7 4", at + 7, y - 4)
        } else {
            format!("M{} {}L{at} {y}l-7 4", at - 7, y - 4)
        }
    };
    let other = if way == Way::ThereAndBack { head(from, from < to) } else { String::new() };
    format!("M{from} {y}H{to}{}{other}", head(to, to < from))
}
