//! Each expectation against the evidence.

use std::sync::Arc;

use mock_idp::{CredentialKind, Endpoint, Entry, Note, Point};
use url::Url;

use super::finding::{Finding, Weight};
use super::{counts, exposure, leakage, misdirected, refreshes, returning, sessions};
use crate::evidence::{ArmedFault, Evidence, Outcome, Session, markup_in, presented, without_errors};
use crate::plan::{Action, Check, Count, Expectation, Message};
use crate::terms::{Capability, Media, Person, Phase, Refusal};

/// What a message quotes of a page, in characters.
const LONGEST_EXCERPT: usize = 240;

/// Checks one expectation.
pub(super) fn check(expectation: &Expectation, evidence: &Evidence) -> Result<(), Finding> {
    match expectation {
        Expectation::Refused(phase) => refused(evidence, *phase),
        Expectation::ReadsIdToken => reads_id_token(evidence),
        Expectation::Succeeds => succeeds(evidence),
        Expectation::EndsWithoutSuccess => ends_without_success(evidence),
        Expectation::CodeNotRedeemed(person) => {
            let reason = "code-redeemed";
            not_presented(evidence, CredentialKind::Code, *person, &[Endpoint::Token], reason)
        }
        Expectation::AccessTokenNotUsed(person) => {
            let used_at = |endpoint| {
                not_presented(evidence, CredentialKind::AccessToken, *person, &[endpoint], "access-token-used")
            };
            used_at(Endpoint::Api)?;
            refused_login_not_refreshed(evidence)?;
            used_at(Endpoint::Userinfo).map_err(|finding| match person {
                None if is_refused_after_userinfo(evidence) => Finding { weight: Weight::Harmless, ..finding },
                _ => finding,
            })
        }
        Expectation::LoggedIn(browser, person) => sessions::logged_in(evidence, *browser, *person),
        Expectation::LoggedOut(browser) => sessions::logged_out(evidence, *browser),
        Expectation::NotLoggedInAs(browser, person) => sessions::not_logged_in_as(evidence, *browser, *person),
        Expectation::NobodyBut(browser, person) => sessions::nobody_but(evidence, *browser, *person),
        Expectation::LoggedInAt(browser, person, provider) => {
            sessions::logged_in_at(evidence, *browser, *person, *provider)
        }
        Expectation::NotLoggedInAt(browser, person, provider) => {
            sessions::not_logged_in_at(evidence, *browser, *person, *provider)
        }
        Expectation::NoCredentialReaches { of, at } => misdirected::no_credential_reaches(evidence, *of, *at),
        Expectation::Sent(message, count) => counts::sent(evidence, *message, *count),
        Expectation::NeverCarried(message, text) => never_carried(evidence, *message, &evidence.people.fill(text)),
        Expectation::NoPlainChallenge => no_plain_challenge(evidence),
        Expectation::Every(message, check) => every(evidence, *message, check),
        Expectation::EachCodeOnce => counts::each_code_once(evidence),
        Expectation::SecretOnlyAtTokenEndpoint => secret_only_at_token_endpoint(evidence),
        Expectation::NewAccessTokenUsed => refreshes::new_access_token_used(evidence),
        Expectation::NewestRefreshTokenUsed => refreshes::newest_refresh_token_used(evidence),
        Expectation::SameRefreshTokenUsed => refreshes::same_refresh_token_used(evidence),
        Expectation::SameClientAuthentication => refreshes::same_client_authentication(evidence),
        Expectation::ClientAuthenticatesOnRefresh => refreshes::client_authenticates_on_refresh(evidence),
        Expectation::ShowsClaim(name) => shows(evidence, &evidence.people.fill(name)),
        Expectation::NoOtherToken => no_other_token(evidence),
        Expectation::NeverInSession(text) => never_in_session(evidence, &evidence.people.fill(text)),
        Expectation::NeverShown(text) => never_shown(evidence, &evidence.people.fill(text)),
        Expectation::NeverRendered(markup) => never_rendered(evidence, &evidence.people.fill(markup)),
        Expectation::ApiSawAudience(audience) => api_saw_audience(evidence, audience),
        Expectation::ApiCalledForOwnUser => leakage::api_called_for_own_user(evidence),
        Expectation::ApiNotCalledForOthers => leakage::api_not_called_for_others(evidence),
        Expectation::NoCredentialShown => leakage::no_credential_shown(evidence),
        Expectation::NoneExposed(outlet) => exposure::none_in_run(evidence, *outlet),
        Expectation::NoCredentialInUrls => leakage::no_credential_in_urls(evidence),
        Expectation::VerifierAtTokenEndpointOnly => leakage::verifier_at_token_endpoint_only(evidence),
        Expectation::NoCredentialAtOtherHost => misdirected::no_credential_at_other_host(evidence),
        Expectation::OtherHostNeverAsked => misdirected::other_host_never_asked(evidence),
        Expectation::MetadataFromWellKnownPath => leakage::metadata_from_well_known_path(evidence),
        Expectation::ReturnsHome => returning::leads_to_no_other_site(evidence),
        Expectation::NeverSentTo(text) => never_sent_to(evidence, |url| url.contains(text), &format!("holds {text:?}")),
        Expectation::NeverSentAway(text) => {
            let own = Url::parse(&evidence.redirect_uri).map(|url| url.origin());
            let leads_away =
                |url: &str| Url::parse(url).is_ok_and(|url| own.as_ref().is_ok_and(|own| url.origin() != *own));
            never_sent_to(evidence, |url| url.contains(text) && leads_away(url), &format!("holds {text:?}"))
        }
        Expectation::NeverOpened(text) => {
            never_sent_to(evidence, |url| url.starts_with(text), &format!("begins with {text:?}"))
        }
        Expectation::WrongCertificateShown => wrong_certificate_shown(evidence),
        // Judged before all else, for they hold whatever has happened.
        Expectation::Holds(_) | Expectation::AllHoldInRun => Ok(()),
    }
}

fn last_refusal(evidence: &Evidence) -> Result<&Refusal, Option<&Outcome>> {
    match evidence.last_attempt().map(|attempt| &attempt.outcome) {
        Some(Outcome::Refused(refusal)) => Ok(refusal),
        other => Err(other),
    }
}

/// The authorization request of a client that has fetched nothing but metadata of another issuer by then. It has used
/// them, whatever it says later (OpenID Connect Discovery §4.3).
fn made_from_foreign_metadata(evidence: &Evidence) -> Option<Arc<Entry>> {
    let renames_issuer = evidence.faults.iter().any(|armed| armed.at == Point::Discovery && armed.says("\"issuer\""));
    let is_told_endpoints = evidence.capabilities.contains(&Capability::ConfigurableEndpoints);
    let first = evidence.sent(Message::DiscoveryRequest).into_iter().next()?;
    let requests = evidence.sent(Message::AuthorizationRequest);
    let made = requests.into_iter().find(|request| request.arrived > first.arrived)?;
    (renames_issuer && !is_told_endpoints && !first.faults.is_empty()).then_some(made)
}

fn refused(evidence: &Evidence, phase: Phase) -> Result<(), Finding> {
    if phase == Phase::Discovery
        && let Some(request) = made_from_foreign_metadata(evidence)
    {
        let message =
            format!("the client made its authorization request #{} by metadata that it must refuse", request.seq);
        return Err(Finding::unmet("accepted", message));
    }
    match last_refusal(evidence) {
        Ok(Refusal { phase: Some(at), detail, .. }) if !is_at(*at, phase) => Err(Finding {
            weight: Weight::ProvesNothing,
            reason: "refused-elsewhere",
            message: format!(
                "the client refused at the {at} step, not at the {phase} step, so this check was not tested: {detail}"
            ),
        }),
        // A crash is graded after everything else has been looked at.
        Ok(_) | Err(Some(Outcome::Crashed(_) | Outcome::ServerError(_))) => Ok(()),
        Err(_) => {
            let message = format!("the client did not refuse ({phase} step){}", repeated(evidence));
            Err(Finding::unmet("accepted", message))
        }
    }
}

/// Who is logged in where the client went on.
fn logged_in_by_it(evidence: &Evidence) -> String {
    let session = evidence.last_attempt().and_then(|attempt| attempt.session.as_ref());
    session.filter(|session| **session != Session::Nobody).map_or_else(String::new, |session| format!("; {session}"))
}

/// That a client has passed a parameter on which came to it twice. The providers of a run take such a request, so that
/// it is seen what the client does.
fn repeated(evidence: &Evidence) -> String {
    let is_repeated = |entry: &&Arc<Entry>| entry.notes.contains(&Note::ParameterRepeated);
    evidence.sent(Message::TokenRequest).iter().find(is_repeated).map_or_else(String::new, |entry| {
        format!("; its token request #{} has a parameter twice, which most providers refuse (RFC 6749 §3.2)", entry.seq)
    })
}

fn reads_id_token(evidence: &Evidence) -> Result<(), Finding> {
    match evidence.last_attempt().map(|attempt| &attempt.outcome) {
        Some(Outcome::Refused(_) | Outcome::Crashed(_) | Outcome::ServerError(_)) => Ok(()),
        _ => {
            let message =
                "the client checks nothing of the ID token: it went on with one in which everything was wrong";
            Err(Finding::unmet("accepted", message))
        }
    }
}

/// Whether a refusal at one step is one at the step that was meant. The ID token is a member of the token response:
/// a client that reads both at once has no other name for it.
fn is_at(at: Phase, meant: Phase) -> bool {
    at == meant || (at == Phase::Token && meant == Phase::IdToken)
}

/// Everything that was tried has to succeed.
fn succeeds(evidence: &Evidence) -> Result<(), Finding> {
    let Some(failed) = evidence.first_failure(|_| true) else { return Ok(()) };
    let what = match &failed.outcome {
        Outcome::Refused(Refusal { detail: how, .. }) | Outcome::Crashed(how) | Outcome::ServerError(how) => {
            format!("the client stopped although it can go on: {how}")
        }
        other => format!("the client did not go on: {other:?}"),
    };
    let dropped = failed.action.browsers().first().map(|browser| sessions::dropped_by(evidence, *browser));
    Err(Finding::unmet("refused", what + &evidence.said_of(failed) + &dropped.unwrap_or_default()))
}

pub(super) fn never_carried(evidence: &Evidence, message: Message, text: &str) -> Result<(), Finding> {
    let carries = |entry: &Arc<Entry>| {
        let request = &entry.request;
        let headers = request.headers.iter().map(|(_, value)| value);
        request.raw_query.contains(text)
            || request.body.contains(text)
            || headers.into_iter().any(|it| it.contains(text))
    };
    match evidence.sent(message).iter().find(|entry| carries(entry)) {
        None => Ok(()),
        Some(entry) => {
            let message = format!("request #{} ({message}) carries {text:?}", entry.seq);
            Err(Finding::unmet("carried", message))
        }
    }
}

fn no_plain_challenge(evidence: &Evidence) -> Result<(), Finding> {
    let sent = evidence.sent(Message::AuthorizationRequest);
    let is_plain = |entry: &&Arc<Entry>| {
        let method = entry.request.param("code_challenge_method");
        entry.request.param("code_challenge").is_some() && method != Some("S256")
    };
    let Some(entry) = sent.iter().find(is_plain) else { return Ok(()) };
    let method = match entry.request.param("code_challenge_method") {
        Some(method) => format!("the code_challenge_method {method:?}"),
        None => "no code_challenge_method, which means plain".to_owned(),
    };
    Err(Finding::unmet("carried", format!("request #{} (authorization request) has {method}", entry.seq)))
}

fn ends_without_success(evidence: &Evidence) -> Result<(), Finding> {
    // A page for somebody who is not logged in is no answer of the API.
    let is_for_nobody = |action: &Action| match action {
        Action::CallApi(browser) => {
            *evidence.session(*browser) == Session::Nobody && evidence.sent(Message::ApiRequest).is_empty()
        }
        _ => false,
    };
    match evidence.last_attempt().map(|attempt| (&attempt.outcome, &attempt.action)) {
        Some((Outcome::Refused(_) | Outcome::Crashed(_) | Outcome::ServerError(_), _)) => Ok(()),
        Some((Outcome::Done, action)) if is_for_nobody(action) => Ok(()),
        _ => {
            let somebody = logged_in_by_it(evidence);
            let message = format!("the client goes on, and nothing that came back allows it to{somebody}");
            Err(Finding::unmet("accepted", message))
        }
    }
}

fn not_presented(
    evidence: &Evidence,
    kind: CredentialKind,
    person: Option<Person>,
    at: &[Endpoint],
    reason: &'static str,
) -> Result<(), Finding> {
    let bait = evidence.bait(kind, person);
    let taken =
        bait.iter().find_map(|credential| Some((credential, evidence.presented(credential, at).first()?.clone())));
    let Some((credential, entry)) = taken else { return Ok(()) };
    let what = format!(
        "the {} of {} was presented at the {} endpoint (request #{})",
        name(kind),
        evidence.people.call(&credential.subject),
        entry.endpoint,
        entry.seq
    );
    // The client's word for "refused" is not evidence; the wire is.
    match last_refusal(evidence) {
        Ok(Refusal { phase: Some(phase), .. }) if *phase == Phase::Callback && kind == CredentialKind::Code => {
            Err(Finding {
                weight: Weight::Contradiction,
                reason,
                message: format!("the client says that it refused at the callback, and {what}"),
            })
        }
        _ => Err(Finding::unmet(reason, what)),
    }
}

/// Whether nothing is wrong with an access token but the ID token beside it, and all that was done with it is to ask the
/// provider that has issued it: in the end, nobody is let in.
fn is_refused_after_userinfo(evidence: &Evidence) -> bool {
    let is_of_id_token = |fault: &ArmedFault| fault.at != Point::TokenResponse || fault.says("\"id_token\"");
    evidence.faults.iter().all(is_of_id_token)
        && !evidence.timed_out()
        && evidence.all_sessions().all(|session| *session == Session::Nobody)
}

/// Of a login whose token response is refused, the refresh token is as good as the access token.
fn refused_login_not_refreshed(evidence: &Evidence) -> Result<(), Finding> {
    let refreshed = evidence.refresh_tokens_of_altered_logins().into_iter().find_map(|token| {
        let entry = evidence.presented(&token, &[Endpoint::Token]).first()?.clone();
        Some((token, entry))
    });
    let Some((token, entry)) = refreshed else { return Ok(()) };
    let message = format!(
        "the refresh token of {}, which came with what must be refused, was presented at the token endpoint (request #{})",
        evidence.people.call(&token.subject),
        entry.seq
    );
    let exchanges = evidence.exchanges();
    let brought = exchanges.iter().find(|entry| entry.minted.iter().any(|it| it.value == token.value));
    let login = brought.and_then(|entry| evidence.attempt_of(entry));
    match login.is_some_and(|login| login.outcome == Outcome::Done) {
        true => Err(Finding::unmet("accepted", format!("the client did not refuse: {message}"))),
        false => Err(Finding::unmet("refresh-token-used", message)),
    }
}

fn name(kind: CredentialKind) -> &'static str {
    match kind {
        CredentialKind::Code => "authorization code",
        CredentialKind::AccessToken => "access token",
        CredentialKind::RefreshToken => "refresh token",
        CredentialKind::IdToken => "ID token",
        _ => "credential",
    }
}

/// Whether a claim does not hold any more, whatever the client does from now on.
pub(super) fn exceeded(expectation: &Expectation, evidence: &Evidence) -> Option<Finding> {
    let checked = match expectation {
        Expectation::Sent(message, Count::AtMost(most) | Count::Exactly(most)) => {
            counts::sent(evidence, *message, Count::AtMost(*most))
        }
        Expectation::AccessTokenNotUsed(_)
        | Expectation::ApiNotCalledForOthers
        | Expectation::CodeNotRedeemed(_)
        | Expectation::EachCodeOnce
        | Expectation::NeverCarried(..)
        | Expectation::NoPlainChallenge
        | Expectation::NeverOpened(_)
        | Expectation::NeverSentTo(_)
        | Expectation::NeverSentAway(_)
        | Expectation::NoCredentialAtOtherHost
        | Expectation::NoCredentialInUrls
        | Expectation::NoCredentialReaches { .. }
        | Expectation::NoOtherToken
        | Expectation::SecretOnlyAtTokenEndpoint
        | Expectation::OtherHostNeverAsked
        | Expectation::VerifierAtTokenEndpointOnly => check(expectation, evidence),
        _ => return None,
    };
    checked.err().filter(|finding| finding.weight == Weight::Unmet)
}

fn every(evidence: &Evidence, message: Message, check: &Check) -> Result<(), Finding> {
    if evidence.sent(message).is_empty() {
        // The scenario applies to clients without an API, too.
        if message == Message::ApiRequest && !evidence.capabilities.contains(&Capability::ApiCall) {
            return Ok(());
        }
        let why = match evidence.first_failure(|_| true).map(|attempt| &attempt.outcome) {
            Some(Outcome::Refused(refusal)) => format!("; it had stopped: {}", refusal.detail),
            _ => String::new(),
        };
        return Err(Finding::nothing_sent(format!("the client sent no {message}, so there was nothing to check{why}")));
    }
    evidence
        .check(message, check)
        .map_err(|problem| Finding::unmet("request-form", format!("{message} #{}: {}", problem.seq, problem.found)))
}

/// What an app opens, or sends a browser to, has an effect before anybody has refused anything.
pub(super) fn never_sent_to(evidence: &Evidence, is_it: impl Fn(&str) -> bool, what: &str) -> Result<(), Finding> {
    let urls = evidence.hops.iter().flat_map(|hop| &hop.urls);
    match urls.into_iter().find(|url| is_it(url)) {
        None => Ok(()),
        Some(url) => {
            let shown: String = url.chars().take(120).collect();
            Err(Finding::unmet("sent-astray", format!("the client sends a browser to {shown:?}, which {what}")))
        }
    }
}

/// A client that does not get as far as the certificate has refused something else.
fn wrong_certificate_shown(evidence: &Evidence) -> Result<(), Finding> {
    if evidence.wrong_certificate_shown() {
        return Ok(());
    }
    let why = last_refusal(evidence).map_or(String::new(), |refusal| format!(": {}", refusal.detail));
    Err(Finding {
        weight: Weight::ProvesNothing,
        reason: "not-reached",
        message: format!("the client began no TLS handshake with the wrong certificate, so it did not see it{why}"),
    })
}

/// A number, an object or nothing at all, written where an access token belongs.
fn no_other_token(evidence: &Evidence) -> Result<(), Finding> {
    match other_tokens(evidence).next() {
        Some((_, _, told)) => Err(Finding::unmet("other-token", told)),
        None => Ok(()),
    }
}

/// What the API and UserInfo got as a Bearer token that is no access token of the provider: in which message, and that in words.
pub(super) fn other_tokens(evidence: &Evidence) -> impl Iterator<Item = (Message, String, String)> {
    let messages = [Message::ApiRequest, Message::UserinfoRequest].into_iter();
    let sent = messages.flat_map(|message| evidence.sent(message).into_iter().map(move |entry| (message, entry)));
    sent.filter(|(_, entry)| presented(entry, CredentialKind::AccessToken).next().is_none()).filter_map(
        |(message, entry)| {
            let header = entry.request.header("authorization");
            let bearer = header.filter(|it| it.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer")));
            let found = bearer.or_else(|| entry.request.param("access_token"))?;
            let shown: String = crate::text::plain(found).chars().take(LONGEST_EXCERPT).collect();
            let told =
                format!("request #{} ({message}) has {shown:?}, which is no access token of the provider", entry.seq);
            let token = bearer.map_or(found, |header| header[6..].trim_start());
            Some((message, token.to_owned(), told))
        },
    )
}

pub(super) fn secret_only_at_token_endpoint(evidence: &Evidence) -> Result<(), Finding> {
    let secret = &evidence.registration.client_secret;
    let holds = |entry: &Entry| {
        let request = &entry.request;
        let decoded = request.params.iter().chain(&request.query).map(|(_, value)| value.as_str());
        let headers = request.headers.iter().map(|(_, value)| value.as_str());
        decoded
            .chain(headers)
            .chain([request.body.as_str(), request.path.as_str()])
            .any(|text| text.contains(secret.as_str()))
    };
    let allowed = [Endpoint::Token, Endpoint::Revoke];
    // In whatever encoding the provider recognises it: Basic credentials are base64.
    let presents = |entry: &Entry| presented(entry, CredentialKind::ClientSecret).next().is_some();
    let elsewhere = |entry: &Entry| !allowed.contains(&entry.endpoint) && (presents(entry) || holds(entry));
    let found = evidence.exchanges().into_iter().find(|entry| elsewhere(entry));
    found.map_or(Ok(()), |entry| {
        let message = format!("the client secret is in request #{} to the {} endpoint", entry.seq, entry.endpoint);
        Err(Finding::unmet("secret-elsewhere", message))
    })
}

fn shows(evidence: &Evidence, text: &str) -> Result<(), Finding> {
    let shown = evidence.sessions.iter().any(|(_, session)| session.shown().contains(text));
    if shown { Ok(()) } else { Err(Finding::unmet("not-shown", format!("the client does not show {text}"))) }
}

pub(super) fn never_shown(evidence: &Evidence, text: &str) -> Result<(), Finding> {
    let pages = evidence.attempts.iter().map(|attempt| attempt.shown.as_str());
    let sessions = evidence.all_sessions().map(Session::shown);
    if pages.chain(sessions).any(|shown| shown.contains(text)) {
        return Err(Finding::unmet("shown", format!("the client shows {text:?} to the browser")));
    }
    Ok(())
}

/// The page of a refusal may quote what was refused, and so may a member of a session that is called an error.
pub(super) fn never_in_session(evidence: &Evidence, text: &str) -> Result<(), Finding> {
    let ended = evidence.attempts.iter().filter(|attempt| attempt.outcome == Outcome::Done);
    let shown = ended.map(|attempt| attempt.shown.as_str()).chain(evidence.all_sessions().map(Session::shown));
    if shown.into_iter().any(|shown| without_errors(shown).contains(text)) {
        return Err(Finding::unmet("shown", format!("the client shows {text:?} to somebody who is logged in")));
    }
    Ok(())
}

/// Markup does harm where a browser renders it: a JSON document is no page, nor is the message of a library.
pub(super) fn never_rendered(evidence: &Evidence, markup: &str) -> Result<(), Finding> {
    let pages = evidence.attempts.iter().filter(|attempt| evidence.is_rendered(attempt));
    let held = pages.into_iter().find_map(|page| Some((evidence.media_of(page), markup_in(&page.shown, markup)?)));
    let Some((media, held)) = held else { return Ok(()) };
    let sent_as = match media {
        Some(Media::Page(Some(media_type))) => format!("sent as {media_type}"),
        Some(Media::Page(None)) => "sent without a media type, so that the browser guesses".to_owned(),
        _ => "that a browser renders".to_owned(),
    };
    let excerpt: String = crate::text::plain(&held).chars().take(LONGEST_EXCERPT).collect();
    Err(Finding::unmet("shown", format!("a page {sent_as} holds the markup {markup:?}: {excerpt}")))
}

fn api_saw_audience(evidence: &Evidence, audience: &str) -> Result<(), Finding> {
    let calls = evidence.sent(Message::ApiRequest);
    let seen =
        calls.iter().flat_map(|entry| presented(entry, CredentialKind::AccessToken).cloned().collect::<Vec<_>>());
    if seen.into_iter().any(|token| token.audience.iter().any(|known| known == audience)) {
        return Ok(());
    }
    let stopped = evidence.first_failure(|_| true).map_or_else(String::new, |failed| match &failed.outcome {
        Outcome::Refused(Refusal { detail: how, .. }) | Outcome::ServerError(how) => {
            format!("; the client stopped before: {how}{}", evidence.said_of(failed))
        }
        _ => String::new(),
    });
    Err(Finding::unmet("audience", format!("no access token for {audience} reached the API{stopped}")))
}
