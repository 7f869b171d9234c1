//! What a client presents at a refresh and after it, and how it authenticates there.

use std::collections::HashSet;
use std::sync::Arc;

use mock_idp::{CredentialKind, Entry};

use super::finding::Finding;
use crate::evidence::{Evidence, presented};
use crate::plan::Message;

pub(super) fn new_access_token_used(evidence: &Evidence) -> Result<(), Finding> {
    // What a client asks of the API unasked, in the background or while the harness looks who is logged in, is no such call.
    let asked: Vec<_> = evidence.attempts.iter().filter(|attempt| attempt.action.calls_api()).collect();
    let is_asked = |entry: &&Arc<Entry>| asked.iter().any(|attempt| attempt.when.holds(entry.arrived));
    let calls: Vec<_> = evidence
        .sent(Message::ApiRequest)
        .iter()
        .filter(is_asked)
        .filter_map(|entry| presented(entry, CredentialKind::AccessToken).next().map(|it| it.value.clone()))
        .collect();
    match calls.split_last() {
        None => Err(Finding::unmet("no-api-call", "no access token of this provider reached the API")),
        Some((last, earlier)) if earlier.contains(last) => Err(Finding::unmet(
            "old-access-token",
            "the last API call carried an access token that had been used before",
        )),
        Some(_) => Ok(()),
    }
}

fn refresh_tokens(evidence: &Evidence) -> Vec<(u64, String)> {
    let requests = evidence.sent(Message::RefreshRequest);
    requests
        .iter()
        .filter_map(|entry| Some((entry.seq, presented(entry, CredentialKind::RefreshToken).next()?.value.clone())))
        .collect()
}

fn no_second_refresh(sent: usize) -> Finding {
    let message = match sent {
        0 => "the client sent no refresh request with a token of this provider, though it was asked to refresh twice",
        _ => {
            "the client sent one refresh request with a token of this provider, and none when it was asked to refresh \
             again: it may have lost the token"
        }
    };
    Finding::unmet("no-second-refresh", message)
}

pub(super) fn newest_refresh_token_used(evidence: &Evidence) -> Result<(), Finding> {
    let used = refresh_tokens(evidence);
    if used.len() < 2 {
        return Err(no_second_refresh(used.len()));
    }
    // A provider that does not rotate replaces nothing, and the token stays the newest one.
    let is_replacing = |entry: &&Arc<Entry>| entry.minted.iter().any(|it| it.kind == CredentialKind::RefreshToken);
    let requests = evidence.sent(Message::RefreshRequest);
    let replacing: HashSet<_> = requests.iter().filter(is_replacing).map(|entry| entry.seq).collect();
    let mut replaced = HashSet::new();
    let is_old = |(seq, token): &(u64, String)| {
        let is_old = replaced.contains(token);
        if replacing.contains(seq) {
            replaced.insert(token.clone());
        }
        is_old
    };
    match used.into_iter().find(is_old) {
        None => Ok(()),
        Some((seq, _)) => {
            let message = format!("refresh request #{seq} carried a refresh token that had been replaced");
            Err(Finding::unmet("old-refresh-token", message))
        }
    }
}

pub(super) fn same_refresh_token_used(evidence: &Evidence) -> Result<(), Finding> {
    let used = refresh_tokens(evidence);
    match used.as_slice() {
        [(_, first), rest @ ..] if !rest.is_empty() && rest.iter().all(|(_, token)| token == first) => Ok(()),
        [_, _, ..] => {
            Err(Finding::unmet("other-refresh-token", "the refresh requests carried different refresh tokens"))
        }
        few => Err(no_second_refresh(few.len())),
    }
}

/// The first exchange of a code, and the first refresh.
fn code_and_refresh(evidence: &Evidence) -> Result<(Arc<Entry>, Arc<Entry>), Finding> {
    let first = |message| evidence.sent(message).first().cloned();
    first(Message::TokenRequest)
        .zip(first(Message::RefreshRequest))
        .ok_or_else(|| Finding::nothing_sent("there was no code exchange followed by a refresh"))
}

/// Where a token request has credentials of the client, in words, if it has any.
fn authentication(entry: &Entry) -> Option<&'static str> {
    let header = entry.request.header("authorization").unwrap_or_default();
    let scheme = header.split(' ').next().filter(|scheme| !scheme.is_empty());
    let in_body = ["client_secret", "client_assertion"].iter().any(|name| entry.request.param(name).is_some());
    match (scheme, in_body) {
        (None, false) => None,
        (None, true) => Some("in the body"),
        (Some(scheme), false) if scheme.eq_ignore_ascii_case("basic") => Some("by Basic"),
        (Some(_), false) => Some("by another header than Basic"),
        (Some(_), true) => Some("in two ways"),
    }
}

pub(super) fn client_authenticates_on_refresh(evidence: &Evidence) -> Result<(), Finding> {
    let (code, refresh) = code_and_refresh(evidence)?;
    if authentication(&code).is_none() || authentication(&refresh).is_some() {
        return Ok(());
    }
    let message = format!("refresh request #{} does not authenticate the client", refresh.seq);
    Err(Finding::unmet("client-authentication", message))
}

pub(super) fn same_client_authentication(evidence: &Evidence) -> Result<(), Finding> {
    let (code, refresh) = code_and_refresh(evidence)?;
    // A client that does not authenticate at all is another finding.
    let Some(now) = authentication(&refresh) else { return Ok(()) };
    let before = authentication(&code).unwrap_or("not at all");
    if before == now {
        return Ok(());
    }
    let message =
        format!("the client authenticates {before} for the code, and {now} in refresh request #{}", refresh.seq);
    Err(Finding::unmet("client-authentication", message))
}
