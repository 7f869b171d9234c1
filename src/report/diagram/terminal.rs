//! A diagram of the terminal, and the same as a list of lines that can be compared.

use std::sync::LazyLock;

use owo_colors::{OwoColorize as _, Style};
use regex::Regex;

use super::parties::{name, parties};
use super::row::{Label, Message, Row, Way, again};
use super::rows;
use crate::report::console::{Colours, Look};
use crate::results::{Party, ScenarioResult};

/// How wide a diagram is where nothing says how wide the terminal is.
const WIDTH: usize = 110;
/// How far apart two parties stand, in characters.
const GAP: std::ops::RangeInclusive<usize> = 22..=44;
/// What stands left of the first lifeline and right of the last one.
const MARGIN: usize = 10;

/// The diagram; empty if the results do not say in which order things happened.
#[must_use]
pub fn render(result: &ScenarioResult, look: Look) -> String {
    let rows = rows::rows(result);
    if rows.is_empty() {
        return String::new();
    }
    let stage = Stage::of(&rows, look);
    let mut lines = vec![stage.header()];
    rows.iter().for_each(|row| stage.draw(row, &mut lines));
    lines.push(stage.lifelines());
    lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n") + "\n"
}

/// What was sent and noted, a line each, without the numbers that differ from run to run.
#[must_use]
pub fn messages(result: &ScenarioResult) -> Vec<String> {
    let line = |row: &Row| match row {
        Row::Step(step) => vec![step.clone()],
        Row::Message(message) => {
            let sign = match message.way {
                Way::There | Way::Back => "→",
                Way::ThereAndBack => "↔",
            };
            let carries = if message.carries.is_empty() { String::new() } else { format!(" [{}]", message.carries) };
            let labels = message.labels.iter().filter(|label| !label.text.is_empty() && label.tone == "altered");
            let labels: Vec<_> = labels.map(|label| format!(" ({})", label.text)).collect();
            let (from, to) = (name(message.from), name(message.to));
            vec![format!("{from} {sign} {to}: {}{carries}{}", message.text, labels.concat())]
        }
        // What the verdict says stands in the verdict.
        Row::Note(_, label) if label.text.starts_with('✗') => Vec::new(),
        Row::Note(party, label) => vec![format!("{}: {}", name(*party), label.text)],
        Row::Again { messages, times, .. } => vec![again(*messages, *times, None)],
    };
    rows::rows(result).iter().flat_map(line).map(|line| PLACE.replace_all(&line, "$1…").into_owned()).collect()
}

/// Ports, and the paths of issuers, are new in each run.
static PLACE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(127\.0\.0\.1:|localhost:|/t/)[A-Za-z0-9_-]+").expect("it is one"));

/// Who takes part, from left to right, and how far apart.
struct Stage {
    parties: Vec<Party>,
    gap: usize,
    colours: Colours,
}

impl Stage {
    fn of(rows: &[Row], look: Look) -> Self {
        let parties = parties(rows);
        let gaps = parties.len().saturating_sub(1).max(1);
        let room = look.width.unwrap_or(WIDTH).saturating_sub(2 * MARGIN) / gaps;
        Self { parties, gap: room.clamp(*GAP.start(), *GAP.end()), colours: look.colours }
    }

    fn x(&self, party: Party) -> usize {
        MARGIN + self.gap * self.parties.iter().position(|it| *it == party).unwrap_or_default()
    }

    /// From the first column to the last one.
    fn width(&self) -> usize {
        2 * MARGIN + self.gap * self.parties.len().saturating_sub(1)
    }

    fn header(&self) -> String {
        let mut line = String::new();
        for party in &self.parties {
            let name = name(*party);
            let begin = (self.x(*party) + 1).saturating_sub(name.chars().count().div_ceil(2));
            line.push_str(&" ".repeat(begin.saturating_sub(line.chars().count())));
            line.push_str(name);
        }
        self.painted(&line, Style::new().bold())
    }

    fn lifelines(&self) -> String {
        self.over("", 0)
    }

    /// A text from this column on, and the lifelines that it leaves.
    fn over(&self, text: &str, at: usize) -> String {
        let end = at + text.chars().count();
        let mut line: Vec<char> = vec![' '; self.width()];
        self.parties.iter().for_each(|party| line[self.x(*party)] = '│');
        let before: String = line[..at].iter().collect();
        let after: String = line.get(end..).unwrap_or_default().iter().collect();
        format!("{before}{text}{after}")
    }

    fn draw(&self, row: &Row, lines: &mut Vec<String>) {
        match row {
            Row::Step(step) => {
                lines.push(self.lifelines());
                for line in textwrap::wrap(step, self.width()) {
                    lines.push(self.painted(&line, Style::new().bold()));
                }
            }
            Row::Message(message) => self.message(message, lines),
            Row::Note(party, label) => self.label(self.x(*party), label, lines),
            Row::Again { messages, times, seqs } => {
                let text = again(*messages, *times, *seqs);
                self.label(self.x(Party::Client), &Label { tone: "plain", text }, lines);
            }
        }
    }

    fn message(&self, message: &Message, lines: &mut Vec<String>) {
        let (from, to) = (self.x(message.from), self.x(message.to));
        let (left, right) = (from.min(to), from.max(to));
        let number = message.seq.map_or(String::new(), |seq| format!("#{seq} "));
        let text = format!("{number}{} {}", message.text, message.carries);
        let room = right.saturating_sub(left).saturating_sub(3).max(12);
        let style = message.labels.first().map_or(Style::new(), |label| style(label.tone));
        let style = if message.way == Way::ThereAndBack { style.dimmed() } else { style };
        for line in textwrap::wrap(text.trim(), room) {
            lines.push(self.over_painted(&line, left + 2, style));
        }
        if right > left {
            let shaft = if message.way == Way::Back { "╌" } else { "─" };
            let (start, end) = match message.way {
                Way::ThereAndBack => ("<", ">"),
                _ if to == left => ("<", shaft),
                _ => (shaft, ">"),
            };
            let arrow = format!("{start}{}{end}", shaft.repeat(right - left - 3));
            lines.push(self.over_painted(&arrow, left + 1, style));
        }
        for label in message.labels.iter().filter(|label| !label.text.is_empty()) {
            self.label(usize::midpoint(left, right), label, lines);
        }
    }

    /// Words in brackets, around this column.
    fn label(&self, middle: usize, label: &Label, lines: &mut Vec<String>) {
        let most = self.width().saturating_sub(4).min(72);
        let wrapped = textwrap::wrap(&label.text, most);
        let wide = wrapped.iter().map(|line| line.chars().count()).max().unwrap_or_default() + 4;
        let begin = middle.saturating_sub(wide / 2).min(self.width().saturating_sub(wide));
        for line in &wrapped {
            let padding = " ".repeat(wide - 4 - line.chars().count());
            lines.push(self.over_painted(&format!("[ {line}{padding} ]"), begin, style(label.tone)));
        }
    }

    /// As [`over`](Self::over), in a style. A style has no width.
    fn over_painted(&self, text: &str, at: usize, style: Style) -> String {
        let plain = self.over(text, at);
        match self.colours {
            Colours::Off => plain,
            Colours::On => {
                let before: String = plain.chars().take(at).collect();
                let after: String = plain.chars().skip(at + text.chars().count()).collect();
                format!("{before}{}{after}", text.style(style))
            }
        }
    }

    fn painted(&self, text: &str, style: Style) -> String {
        match self.colours {
            Colours::Off => text.to_owned(),
            Colours::On => text.style(style).to_string(),
        }
    }
}

/// As the page colours it.
fn style(tone: &str) -> Style {
    match tone {
        "red" => Style::new().red(),
        "warn" => Style::new().yellow(),
        "pass" => Style::new().green(),
        "altered" => Style::new().magenta(),
        _ => Style::new(),
    }
}
