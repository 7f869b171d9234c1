//! Who takes part in a diagram, and what they are called there.

use super::row::Row;
use crate::results::Party;

/// Who takes part, from left to right.
pub(super) fn parties(rows: &[Row]) -> Vec<Party> {
    let of = |row: &Row| match row {
        Row::Message(message) => vec![message.from, message.to],
        Row::Note(party, _) => vec![*party],
        Row::Step(_) | Row::Again { .. } => Vec::new(),
    };
    let mut parties: Vec<_> = rows.iter().flat_map(of).chain([Party::Client]).collect();
    parties.sort_unstable();
    parties.dedup();
    parties
}

/// Somebody in words.
pub(in crate::report) fn name(party: Party) -> &'static str {
    match party {
        Party::Attacker => "attacker’s browser",
        Party::Victim => "victim’s browser",
        Party::User => "browser",
        Party::Client => "client",
        Party::Provider => "provider",
        Party::Api => "API",
        Party::SecondProvider => "second provider",
        Party::SecondApi => "second API",
        Party::OtherHost => "stranger",
    }
}
