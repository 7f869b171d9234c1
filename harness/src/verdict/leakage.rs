//! Where credentials must not turn up, and what else is looked for in everything that was seen.

use mock_idp::{Credential, CredentialKind, Endpoint, Place};
use url::Url;

use super::finding::Finding;
use super::unpacked::unpacked;
use crate::evidence::{Attempt, Evidence, Outcome, Session, presented};
use crate::plan::{Action, Message};
use crate::terms::{People, Person, Refusal};

/// Nothing shorter is taken for a secret.
pub(super) const SHORTEST: usize = 16;

/// Pages and other bodies that the client gave to a browser.
pub(super) fn no_credential_shown(evidence: &Evidence) -> Result<(), Finding> {
    let shown: Vec<_> = everything_shown(evidence).into_iter().flat_map(unpacked).collect();
    let found = secrets(evidence).into_iter().find(|(value, _)| shown.iter().any(|text| text.contains(value.as_str())));
    found.map_or(Ok(()), |(_, what)| {
        Err(Finding::unmet("credential-shown", format!("the client shows {what} to the browser")))
    })
}

/// Whether a credential there is in a URL.
pub(super) fn in_url(place: &Place) -> bool {
    matches!(place, Place::Query(_) | Place::Path | Place::Referer(_))
}

/// URLs that the client made, but for the callback's own.
pub(super) fn no_credential_in_urls(evidence: &Evidence) -> Result<(), Finding> {
    for entry in evidence.exchanges() {
        let log_out = matches!(entry.endpoint, Endpoint::EndSession | Endpoint::Logout);
        let found = entry.presented.iter().find(|it| {
            // RP-Initiated Logout §2 puts the ID token there.
            in_url(&it.place) && !(log_out && it.credential.kind == CredentialKind::IdToken)
        });
        if let Some(found) = found {
            let what = name(&found.credential, &evidence.people);
            let message = format!("{what} is in the URL of request #{} to the {} endpoint", entry.seq, entry.endpoint);
            return Err(Finding::unmet("credential-in-url", message));
        }
    }
    let secrets = secrets(evidence);
    let callback = |url: &str| url.starts_with(&evidence.redirect_uri);
    let log_out = |url: &str| url.contains("id_token_hint=");
    for url in evidence.hops.iter().flat_map(|hop| &hop.urls).filter(|url| !callback(url) && !log_out(url)) {
        let decoded = Url::parse(url).map_or_else(
            |_| url.clone(),
            |url| url.query_pairs().fold(url.path().to_owned(), |text, (_, value)| text + "\n" + &value),
        );
        if let Some((_, what)) = secrets.iter().find(|(value, _)| decoded.contains(value.as_str())) {
            let path = Url::parse(url).map_or_else(|_| String::new(), |url| url.path().to_owned());
            return Err(Finding::unmet("credential-in-url", format!("{what} is in a URL of the client ({path})")));
        }
    }
    Ok(())
}

/// A verifier that travels through the browser proves nothing any more (RFC 7636 §7.1).
pub(super) fn verifier_at_token_endpoint_only(evidence: &Evidence) -> Result<(), Finding> {
    let verifiers = verifiers(evidence);
    if verifiers.is_empty() {
        return Err(Finding::nothing_sent("no code_verifier was sent, so there was nothing to check"));
    }
    let holds = |text: &str| verifiers.iter().any(|verifier| text.contains(verifier.as_str()));
    for entry in evidence.exchanges().iter().filter(|entry| entry.endpoint != Endpoint::Token) {
        let request = &entry.request;
        let headers = request.headers.iter().map(|(_, value)| value.as_str());
        let params = request.params.iter().chain(&request.query).map(|(_, value)| value.as_str());
        if headers.chain(params).chain([request.body.as_str()]).any(holds) {
            let message = format!("a code_verifier is in request #{} to the {} endpoint", entry.seq, entry.endpoint);
            return Err(Finding::unmet("verifier-elsewhere", message));
        }
    }
    let urls = evidence.hops.iter().flat_map(|hop| &hop.urls).map(String::as_str);
    if urls.chain(everything_shown(evidence)).any(holds) {
        return Err(Finding::unmet("verifier-elsewhere", "a code_verifier is in a URL or a page of the client"));
    }
    Ok(())
}

/// What metadata of a provider are called: OpenID Connect Discovery §4, RFC 8414 §3.
const NAMES: [&str; 2] = ["openid-configuration", "oauth-authorization-server"];

/// OpenID Connect Discovery §4.1: the issuer, less a last slash, and the well-known path. RFC 8414 §3.1 puts the issuer's
/// path behind it.
pub(super) fn metadata_from_well_known_path(evidence: &Evidence) -> Result<(), Finding> {
    let issuer = Url::parse(evidence.issuer.identifier()).map_or_else(|_| String::new(), |url| url.path().to_owned());
    let issuer = issuer.trim_end_matches('/');
    let allowed: Vec<_> = NAMES
        .iter()
        .flat_map(|name| [format!("{issuer}/.well-known/{name}"), format!("/.well-known/{name}{issuer}")])
        .collect();
    let exchanges = evidence.exchanges();
    // An app may ask an API at the same host for other things: RFC 9728 has them below `/.well-known`, too.
    let is_of_provider = |path: &str| NAMES.iter().any(|name| path.contains(&format!(".well-known/{name}")));
    let mut asked = exchanges.iter().filter(|entry| is_of_provider(&entry.request.path)).peekable();
    if asked.peek().is_none() {
        return Err(Finding::nothing_sent("the client asked for no metadata"));
    }
    match asked.find(|entry| !allowed.iter().any(|path| entry.request.path.trim_end_matches('/') == path)) {
        None => Ok(()),
        Some(entry) => {
            let message =
                format!("request #{} asks for {}; the right path is {}", entry.seq, entry.request.path, allowed[0]);
            Err(Finding::unmet("metadata-path", message))
        }
    }
}

/// Whose access token each API call carried.
pub(super) fn api_called_for_own_user(evidence: &Evidence) -> Result<(), Finding> {
    let mut called = false;
    for attempt in &evidence.attempts {
        let (Action::CallApi(browser), Outcome::Done) = (&attempt.action, &attempt.outcome) else { continue };
        let Session::Subject { person, .. } = evidence.session(*browser) else { continue };
        let subject = evidence.people.subject(*person);
        called = true;
        let shows = |other: &Person| attempt.shown.contains(evidence.people.subject(*other));
        if let Some(other) = Person::ALL.into_iter().filter(|other| other != person).find(shows) {
            let message =
                format!("{person} is logged in in the {browser}'s browser, and the API was called for {other}");
            return Err(Finding::unmet("wrong-token", message));
        }
        let sent = evidence.sent(Message::ApiRequest);
        let mut presented = sent.iter().filter(|entry| attempt.when.holds(entry.arrived)).flat_map(|it| &it.presented);
        let own = presented.any(|it| it.credential.subject == subject);
        if !own {
            return Err(Finding::unmet("wrong-token", format!("no API call carried an access token of {person}")));
        }
    }
    if called { Ok(()) } else { Err(no_call_succeeded(evidence)) }
}

/// What is asked of the API in a browser is asked for the person who is logged in there, and for nobody else: before the
/// call, or at the end, for a call may end a session, and a page that failed before may show again who it is.
pub(super) fn api_not_called_for_others(evidence: &Evidence) -> Result<(), Finding> {
    let sent = evidence.sent(Message::ApiRequest);
    for (number, attempt) in evidence.attempts.iter().enumerate() {
        let Action::CallApi(browser) = attempt.action else { continue };
        // Where the session page fails, it is not known.
        let Some((_, session)) = evidence.sessions.iter().find(|(there, _)| *there == browser) else { continue };
        let mut here = evidence.attempts[..number].iter().rev().filter(|it| it.action.browsers().contains(&browser));
        let login = here.clone().find(|attempt| attempt.action.is_of_login());
        let has_failed = login.is_some_and(Attempt::is_refused);
        let before = here.find_map(|it| it.session.as_ref()).unwrap_or(session);
        // Where the client shows somebody else, it is not known who that is. After a login that has failed it is nobody.
        let is_known = |it: &&Session| {
            matches!(it, Session::Subject { .. } | Session::Nobody)
                || matches!(it, Session::Unknown { .. } if has_failed)
        };
        if ![before, session].iter().all(is_known) {
            continue;
        }
        let is_own = |token: &Credential| {
            let of = |person| evidence.people.subject(person) == token.subject;
            Person::ALL.into_iter().any(|person| of(person) && (before.is(person) || session.is(person)))
        };
        let meanwhile = sent.iter().filter(|entry| attempt.when.holds(entry.arrived));
        let mut tokens = meanwhile
            .flat_map(|entry| presented(entry, CredentialKind::AccessToken).map(move |token| (token, entry.seq)))
            .filter(|(token, _)| !token.subject.is_empty());
        if let Some((token, seq)) = tokens.find(|(token, _)| !is_own(token)) {
            let whose = evidence.people.call(&token.subject);
            let message = format!(
                "in the {browser}'s browser {session}, and request #{seq} asks the API with a token of {whose}"
            );
            return Err(Finding::unmet("wrong-token", message));
        }
    }
    Ok(())
}

/// A client that calls the API in honest runs, and refuses to for somebody who is logged in, has lost the access
/// token. That harms nobody else: no request was made, with whatever token.
fn no_call_succeeded(evidence: &Evidence) -> Finding {
    let refused = evidence.attempts.iter().find_map(|attempt| match (&attempt.action, &attempt.outcome) {
        (Action::CallApi(browser), Outcome::Refused(Refusal { detail: how, .. }) | Outcome::ServerError(how)) => {
            Some((*browser, how))
        }
        _ => None,
    });
    let is_able = evidence.learnt.sends(Message::ApiRequest);
    match refused {
        Some((browser, how))
            if is_able
                && evidence.sent(Message::ApiRequest).is_empty()
                && matches!(evidence.session(browser), Session::Subject { .. }) =>
        {
            let session = evidence.session(browser);
            let message = format!("{session}, and the client makes no API call: it has lost the access token ({how})");
            Finding::harmless("access-token-lost", message)
        }
        _ => Finding::nothing_sent("no API call succeeded, so there was nothing to check"),
    }
}

fn everything_shown(evidence: &Evidence) -> Vec<&str> {
    let pages = evidence.attempts.iter().map(|attempt| attempt.shown.as_str());
    let sessions = evidence.all_sessions().map(Session::shown);
    pages.chain(sessions).collect()
}

/// Every secret that is known, and what to call it.
fn secrets(evidence: &Evidence) -> Vec<(String, String)> {
    // The browser has those of an app that runs in it.
    let is_kept_from_browsers = !evidence.runs_in_browser();
    let minted = evidence.issuer.journal().credentials().into_iter().filter(|_| is_kept_from_browsers).map(|it| {
        let what = name(&it, &evidence.people);
        (it.value.clone(), what)
    });
    let secret = (evidence.registration.client_secret.clone(), "the client secret".to_owned());
    let verifiers = verifiers(evidence).into_iter().map(|verifier| (verifier, "a code_verifier".to_owned()));
    minted.chain([secret]).chain(verifiers).filter(|(value, _)| value.len() >= SHORTEST).collect()
}

fn verifiers(evidence: &Evidence) -> Vec<String> {
    let sent = evidence.sent(Message::TokenRequest);
    sent.iter().filter_map(|entry| entry.request.param("code_verifier").map(str::to_owned)).collect()
}

pub(super) fn name(credential: &Credential, people: &People) -> String {
    let what = match credential.kind {
        CredentialKind::AccessToken => "an access token",
        CredentialKind::ClientSecret => return "the client secret".to_owned(),
        CredentialKind::Code => "an authorization code",
        CredentialKind::IdToken => "an ID token",
        CredentialKind::RefreshToken => "a refresh token",
        _ => "a credential",
    };
    format!("{what} of {}", people.call(&credential.subject))
}
