//! The rows of a diagram: steps, messages and notes.

use crate::results::Party;

/// One thing below another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Row {
    /// A line of the scenario: what comes next is because of it.
    Step(String),
    /// A message.
    Message(Message),
    /// What somebody did that is no message.
    Note(Party, Label),
    /// The messages above, some more times.
    Again {
        /// How many messages.
        messages: usize,
        /// How often in all.
        times: usize,
        /// The numbers of the first exchange and the last.
        seqs: Option<(u64, u64)>,
    },
}

/// An arrow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) from: Party,
    pub(super) to: Party,
    pub(super) way: Way,
    /// The number of the exchange in the journal.
    pub(super) seq: Option<u64>,
    /// What it is.
    pub(super) text: String,
    /// What it carries, by name.
    pub(super) carries: String,
    pub(super) labels: Vec<Label>,
}

/// What kind of arrow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// A request.
    There,
    /// Its answer.
    Back,
    /// Both, of no further interest.
    ThereAndBack,
}

/// A label at an arrow or a lifeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Label {
    /// The class of the page's style that gives the colour.
    pub(super) tone: &'static str,
    /// What there is to say; nothing if the colour says it.
    pub(super) text: String,
}

/// What repeats the rows above, in words.
pub(super) fn again(messages: usize, times: usize, seqs: Option<(u64, u64)>) -> String {
    let which = seqs.map_or(String::new(), |(first, last)| format!(" (#{first} to #{last})"));
    let what = if messages == 1 { "this".to_owned() } else { format!("the last {messages} messages") };
    format!("{what}, {times} times in all{which}")
}

/// In one line, and not too long.
pub(super) fn words(text: &str) -> String {
    const LONGEST: usize = 240;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("{}…", &line[..cut]),
        None => line,
    }
}
