//! What a diagram shows, from top to bottom.

use super::fold::folded;
use super::row::{Label, Message, Row, Way, words};
use super::verdict::Accusation;
use crate::results::{ActionSummary, EvidenceSummary, ExchangeSummary, HopSummary, Party, ScenarioResult};
use crate::verdict::Verdict;

/// The rows of a scenario; none if the results do not say in which order things happened.
pub(super) fn rows(result: &ScenarioResult) -> Vec<Row> {
    let evidence = &result.evidence;
    let accusation = Accusation::of(result);
    let mut rows = Rows::default();
    for exchange in &evidence.provider {
        rows.exchange(exchange, evidence, &accusation);
    }
    for hop in &evidence.browser {
        rows.hop(hop);
    }
    if rows.0.is_empty() {
        return Vec::new();
    }
    rows.steps(evidence);
    rows.ends(result, &accusation);
    rows.0.sort_by_key(|(place, _)| *place);
    let mut rows: Vec<_> = rows.0.into_iter().map(|(_, row)| row).collect();
    rows.extend(sessions(evidence, &accusation));
    folded(&rows)
}

/// Rows and their places. What is said about a message stands before it.
#[derive(Default)]
struct Rows(Vec<((u64, Rank), Row)>);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Before,
    Itself,
}

impl Rows {
    fn push(&mut self, place: u64, rank: Rank, row: Row) {
        self.0.push(((place, rank), row));
    }

    fn exchange(&mut self, it: &ExchangeSummary, evidence: &EvidenceSummary, accusation: &Accusation<'_>) {
        let (Some(from), Some(to), Some(sent)) = (it.from, it.to, it.sent) else { return };
        // Whose endpoint it is can be seen.
        let asked = it.request.split(" of the ").next().unwrap_or(&it.request);
        let unanswered = if it.answered.is_none() { " (no answer)" } else { "" };
        let (text, carries) = (format!("{asked}{unanswered}"), briefly(&it.parameters));
        let mut labels: Vec<_> = accusation.of_exchange(it).into_iter().collect();
        let altered = it.faults.iter().filter_map(|fault| evidence.faults.get(*fault));
        let mut altered: Vec<_> = altered
            .map(|fault| {
                let step = fault.step.and_then(|step| evidence.steps.get(step));
                let said = step.map_or(fault.name.as_str(), |step| step.split_once(' ').map_or("", |(_, said)| said));
                Label { tone: "altered", text: format!("altered: {}", words(said)) }
            })
            .collect();
        altered.dedup();
        let message = Message { from, to, way: Way::There, seq: Some(it.seq), text, carries, labels: Vec::new() };
        let Some(answered) = it.answered else {
            labels.extend(altered);
            self.push(sent, Rank::Itself, Row::Message(Message { labels, ..message }));
            return;
        };
        let text = it.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
        let (carries, labels_of_answer) = (briefly(&it.answer), altered);
        let answer = Message { from: to, to: from, way: Way::Back, seq: None, text, carries, labels: labels_of_answer };
        self.push(sent, Rank::Itself, Row::Message(Message { labels, ..message }));
        self.push(answered, Rank::Itself, Row::Message(answer));
    }

    fn hop(&mut self, hop: &HopSummary) {
        let (Some(from), Some(sent), Some(answered)) = (hop.from, hop.sent, hop.answered) else { return };
        let message = |from, to, way, text: &str| {
            let query = text.split_once('?').filter(|(_, query)| !query.contains(' '));
            let (text, names) = query.unwrap_or((text, ""));
            let names: Vec<_> = names.split('&').map(str::to_owned).collect();
            Message { from, to, way, seq: None, text: text.to_owned(), carries: briefly(&names), labels: Vec::new() }
        };
        if hop.looks && answered == sent + 1 {
            let both = format!("{} → {}", hop.request, hop.response);
            let row = Row::Message(message(from, Party::Client, Way::ThereAndBack, &both));
            self.push(sent, Rank::Itself, row);
            return;
        }
        // Why it refused is told where it did.
        let response = if hop.response.starts_with("refused") { "refused" } else { &hop.response };
        let (request, answer) =
            (message(from, Party::Client, Way::There, &hop.request), message(Party::Client, from, Way::Back, response));
        self.push(sent, Rank::Itself, Row::Message(request));
        self.push(answered, Rank::Itself, Row::Message(answer));
    }

    /// Where several things are done, and where something happens that is no message.
    fn steps(&mut self, evidence: &EvidenceSummary) {
        let mut actions: Vec<&ActionSummary> = evidence.actions.iter().filter(|it| it.step.is_some()).collect();
        actions.dedup_by_key(|action| action.step);
        let several = actions.len() > 1;
        for action in actions.into_iter().filter(|action| several || action.by.is_none()) {
            if let Some(step) = action.step.and_then(|step| evidence.steps.get(step)) {
                self.push(action.began, Rank::Before, Row::Step(words(step)));
            }
        }
    }

    /// How things ended that did not go through, and what is wrong about the end.
    fn ends(&mut self, result: &ScenarioResult, accusation: &Accusation<'_>) {
        let actions = &result.evidence.actions;
        let last = actions.iter().rposition(|action| action.by.is_some());
        let mut phase = result.phase;
        for (number, action) in actions.iter().enumerate() {
            let refused = action.outcome == "refused";
            let label = match accusation.of_end().filter(|_| Some(number) == last) {
                Some(label) => label,
                None if action.outcome == "done" => continue,
                None => Label { tone: tone(result, refused), text: told(action, phase.take().filter(|_| refused)) },
            };
            self.push(end_of(action, &result.evidence), Rank::Before, Row::Note(Party::Client, label));
        }
    }
}

/// Before the client's last word in it.
fn end_of(action: &ActionSummary, evidence: &EvidenceSummary) -> u64 {
    let answers = evidence.browser.iter().filter(|hop| !hop.looks && hop.from == action.by);
    let answers = answers.filter_map(|hop| hop.answered).filter(|it| (action.began..=action.ended).contains(it));
    answers.max().unwrap_or(action.ended)
}

fn told(action: &ActionSummary, phase: Option<crate::terms::Phase>) -> String {
    let what = match (phase, action.outcome.as_str()) {
        (Some(phase), _) => format!("refused at the {phase} step"),
        (None, outcome) => outcome.replace('-', " "),
    };
    if action.message.is_empty() { what } else { format!("{what}: {}", words(&action.message)) }
}

/// A refusal is good where one was due.
fn tone(result: &ScenarioResult, refused: bool) -> &'static str {
    let due = result.kind.asks_for_refusal();
    if refused && due && result.verdict == Verdict::Pass { "pass" } else { "plain" }
}

/// Who is logged in at last.
fn sessions(evidence: &EvidenceSummary, accusation: &Accusation<'_>) -> Vec<Row> {
    let mut accused = accusation.of_session();
    let note = |session: &crate::results::SessionSummary| {
        let plain = Label { tone: "plain", text: session.found.clone() };
        let label = match accused.take_if(|(browser, _)| browser.is_none_or(|it| it == session.browser)) {
            Some((_, label)) => label,
            None => plain,
        };
        Row::Note(session.browser, label)
    };
    evidence.sessions.iter().map(note).collect()
}

/// The names of parameters or members; the values of those on which the flow depends. The names that the provider makes
/// up, to see whether unknown ones are ignored, say nothing.
fn briefly(parameters: &[String]) -> String {
    const TELLING: [&str; 7] =
        ["grant_type", "error", "prompt", "response_type", "response_mode", "token_type_hint", "max_age"];
    let brief = |parameter: &String| match parameter.split_once('=') {
        Some((name, _)) if !TELLING.contains(&name) => name.to_owned(),
        // A scheme stays with its header.
        _ => parameter.replace(": ", ":\u{a0}"),
    };
    let known = parameters.iter().filter(|parameter| !parameter.starts_with("x_"));
    known.map(brief).collect::<Vec<_>>().join(" ")
}
