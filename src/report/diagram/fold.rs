//! What happens again and again is shown once.

use super::row::{Message, Row, Way};

/// No more rows than a login has, with all that it may take.
const LONGEST: usize = 24;
/// Two of a kind are compared by the eye.
const FEWEST: usize = 3;

/// Rows without what only repeats the rows above them.
pub(super) fn folded(rows: &[Row]) -> Vec<Row> {
    let mut kept = Vec::new();
    let mut rest = rows;
    while let Some((first, after)) = rest.split_first() {
        // The shortest pattern: a long one may be two of a kind.
        let pattern = (1..=LONGEST.min(rest.len() / FEWEST)).find_map(|length| {
            let times = times(rest, length);
            (times >= FEWEST).then_some((length, times))
        });
        match pattern {
            Some((length, times)) => {
                let (all, others) = rest.split_at(length * times);
                kept.extend_from_slice(&all[..length]);
                let messages = all[..length].iter().filter(|row| matches!(row, Row::Message(_))).count();
                let mut seqs = all.iter().filter_map(seq);
                let seqs = seqs.next().and_then(|first| Some((first, seqs.next_back()?)));
                kept.push(Row::Again { messages, times, seqs });
                rest = others;
            }
            None => {
                kept.push(first.clone());
                rest = after;
            }
        }
    }
    kept
}

/// How often the rows begin with the first so many. What is marked is never folded, and an answer begins nothing but
/// more of its kind.
fn times(rows: &[Row], length: usize) -> usize {
    let (pattern, rest) = rows.split_at(length);
    let begins = |row: &Row| matches!(row, Row::Step(_) | Row::Message(Message { way: Way::There, .. }));
    if pattern.iter().any(is_marked) || length > 1 && !pattern.first().is_some_and(begins) {
        return 1;
    }
    let is_same = |block: &&[Row]| block.len() == length && block.iter().zip(pattern).all(|(a, b)| is_like(a, b));
    1 + rest.chunks(length).take_while(is_same).count()
}

fn is_marked(row: &Row) -> bool {
    match row {
        Row::Message(message) => !message.labels.is_empty(),
        Row::Note(..) => true,
        Row::Step(_) | Row::Again { .. } => false,
    }
}

fn is_like(one: &Row, other: &Row) -> bool {
    match (one, other) {
        (Row::Message(one), Row::Message(other)) => {
            Message { seq: None, ..one.clone() } == Message { seq: None, ..other.clone() }
        }
        _ => one == other,
    }
}

fn seq(row: &Row) -> Option<u64> {
    match row {
        Row::Message(message) => message.seq,
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::diagram::row::Label;
    use crate::results::Party;

    fn message(seq: u64, way: Way, text: &str) -> Row {
        let (from, to) = (Party::Client, Party::Provider);
        let (text, carries) = (text.to_owned(), String::new());
        Row::Message(Message { from, to, way, seq: Some(seq), text, carries, labels: Vec::new() })
    }

    fn exchanges(count: u64) -> Vec<Row> {
        (1..=count).flat_map(|seq| [message(seq, Way::There, "asks"), message(seq, Way::Back, "200")]).collect()
    }

    #[test]
    fn what_happens_twice_is_shown_twice() {
        assert_eq!(folded(&exchanges(2)), exchanges(2));
    }

    #[test]
    fn what_happens_more_often_is_shown_once_with_the_numbers_of_all() {
        let again = Row::Again { messages: 2, times: 9, seqs: Some((1, 9)) };
        assert_eq!(folded(&exchanges(9)), [exchanges(1), vec![again]].concat());
    }

    #[test]
    fn what_is_marked_is_always_shown() {
        let mut rows = exchanges(9);
        let Row::Message(fourth) = &mut rows[6] else { panic!("a message") };
        fourth.labels.push(Label { tone: "red", text: "wrong".to_owned() });
        let marked = rows[6].clone();
        let kept = folded(&rows);
        assert!(kept.contains(&marked), "{kept:?}");
        let times = |row: &Row| if let Row::Again { times, .. } = row { *times } else { 0 };
        assert_eq!(kept.iter().map(times).collect::<Vec<_>>(), [0, 0, 3, 0, 0, 0, 0, 5]);
    }
}
