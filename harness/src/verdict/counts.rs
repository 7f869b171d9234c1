//! How often the client has sent a message, and each authorization code.

use std::collections::HashSet;

use mock_idp::{CredentialKind, Entry, Point};

use super::finding::Finding;
use crate::evidence::{Evidence, Session, presented};
use crate::plan::{Action, Count, Message};

pub(super) fn sent(evidence: &Evidence, message: Message, count: Count) -> Result<(), Finding> {
    let mut all = evidence.sent(message);
    // What a client sends before an answer of the API is no reaction to it: some refresh before every call.
    if message == Message::RefreshRequest
        && let Some(answer) = evidence.first_odd_api_answer()
    {
        let is_of_call = |entry: &Entry| {
            let attempt = evidence.attempt_of(entry);
            attempt.is_some_and(|attempt| !matches!(attempt.action, Action::Refresh(_)))
        };
        all.retain(|entry| entry.seq > answer.seq || !is_of_call(entry));
    }
    // What a client sends while the harness looks who is logged in need not have to do with what was done: it speaks for
    // the client, and not against it.
    let is_looked_for = |entry: &Entry| evidence.looks.iter().any(|look| look.holds(entry.arrived));
    // Nor what it asks the API at a login, where the scenario has it call the API.
    let calls_api = evidence.attempts.iter().any(|attempt| attempt.action.calls_api());
    let is_of_login = |entry: &Entry| {
        let attempt = evidence.attempt_of(entry);
        message == Message::ApiRequest && calls_api && attempt.is_some_and(|attempt| attempt.action.is_of_login())
    };
    let unasked = all.iter().filter(|entry| !is_looked_for(entry) && !is_of_login(entry)).count();
    if (unasked..=all.len()).any(|found| count.holds(found)) {
        return Ok(());
    }
    // What is wrong with another token request is the code in it, whatever has led to it.
    if message == Message::TokenRequest {
        no_code_again(evidence)?;
    }
    // A client that is told its token endpoint asks nothing of the metadata there. It refuses them where it looks at them.
    let is_told = evidence.told.contains(&"token_endpoint");
    let is_of_metadata = evidence.faults.iter().all(|fault| fault.at == Point::Discovery);
    let is_let_in = evidence.all_sessions().any(|session| *session != Session::Nobody);
    if message == Message::TokenRequest && count.holds(0) && is_told && is_of_metadata && !is_let_in {
        return Ok(());
    }
    let sent = match unasked {
        0 => format!("no {message}"),
        1 => format!("1 {message}"),
        several => format!("{several} {message}s"),
    };
    let what = format!("the client sent {sent}; allowed here: {count}");
    // A token request without a code that was issued gets nothing: it is useless, and lets nobody in. By another grant, a
    // client may get tokens at another provider.
    let is_useless = |entry: &Entry| {
        presented(entry, CredentialKind::Code).next().is_none()
            && entry.request.param("grant_type").is_none_or(|grant| grant == "authorization_code")
            && entry.status().is_some_and(|status| (400..500).contains(&status))
    };
    let mut grants = all.iter().filter_map(|entry| entry.request.param("grant_type"));
    let what = match grants.find(|grant| *grant != "authorization_code") {
        Some(grant) if message == Message::TokenRequest => format!("{what}; it asks by the grant {grant:?}"),
        _ => what,
    };
    if message == Message::TokenRequest && count.holds(0) && all.iter().all(|entry| is_useless(entry)) {
        let what = format!("{what}; there was no code in it that the provider has issued, and the provider refused it");
        return Err(Finding::harmless("request-count", what));
    }
    Err(Finding::unmet("request-count", what))
}

pub(super) fn each_code_once(evidence: &Evidence) -> Result<(), Finding> {
    no_code_again(evidence)?;
    let any =
        evidence.sent(Message::TokenRequest).iter().any(|it| presented(it, CredentialKind::Code).next().is_some());
    if any { Ok(()) } else { Err(Finding::nothing_sent("no authorization code was presented at all")) }
}

fn no_code_again(evidence: &Evidence) -> Result<(), Finding> {
    let mut seen = HashSet::new();
    for entry in evidence.sent(Message::TokenRequest) {
        for code in presented(&entry, CredentialKind::Code) {
            if !seen.insert(code.value.clone()) {
                let message = format!("an authorization code was presented again in request #{}", entry.seq);
                return Err(Finding::unmet("code-presented-twice", message));
            }
        }
    }
    Ok(())
}
