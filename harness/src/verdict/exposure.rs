//! Credentials that a client lets out: on a page, in a header field, or in what it prints.
//!
//! Looked for in every scenario, and reported once for a client: the scenarios that claim that there are none judge the
//! whole run.

use std::collections::BTreeSet;

use mock_idp::{Credential, CredentialKind, Endpoint, Entry};
use serde_json::Value;

use super::finding::Finding;
use super::leakage::{SHORTEST, name};
use super::unpacked::unpacked;
use crate::evidence::{Evidence, Exposure};
use crate::terms::{Outlet, Told};
use crate::text::{plain, redacted, without};

/// What there is to be found in the texts that a client has let out in a scenario.
pub(crate) fn exposures(evidence: &Evidence, told: &[Told]) -> Vec<Exposure> {
    let secrets = secrets(evidence);
    let in_browser = evidence.runs_in_browser();
    let mut found = Vec::<Exposure>::new();
    for Told { outlet, at, text } in told {
        let lawful = |secret: &&Secret| !(in_browser && secret.is_token() && *outlet != Outlet::Output);
        let texts = match outlet {
            Outlet::Header | Outlet::Page => unpacked(text),
            Outlet::Output => vec![text.clone()],
        };
        let mut exposed = secrets.iter().filter(lawful);
        let Some(secret) = exposed.find(|secret| texts.iter().any(|text| secret.is_in(*outlet, text))) else {
            continue;
        };
        let (outlet, what, at) = (*outlet, secret.name.clone(), at.clone());
        if !found.iter().any(|other| (other.outlet, &other.what, &other.at) == (outlet, &what, &at)) {
            let place = secret.place_in(outlet, text).filter(|_| outlet == Outlet::Output);
            let line = place.map_or(String::new(), |place| line_around(text, place, &secrets));
            // A code that was not used is no finding, and a secret all the same.
            let line = evidence.providers().fold(line, |line, issuer| redacted(&line, issuer, ""));
            found.push(Exposure { outlet, what, at, line });
        }
    }
    found
}

/// The printed line in which a secret begins at this place, without secrets. Of a long line, what is around it.
fn line_around(text: &str, place: usize, secrets: &[Secret]) -> String {
    /// In characters.
    const BEFORE: usize = 120;
    const AFTER: usize = 40;
    let (before, rest) = text.split_at(place);
    let before = before.rsplit(['\n', '\r']).next().unwrap_or_default();
    let rest = rest.split(['\n', '\r']).next().unwrap_or_default();
    let mut spellings: Vec<_> = secrets.iter().flat_map(|secret| secret.spellings.iter().cloned()).collect();
    // One that holds another one goes first.
    spellings.sort_by_key(|spelling| std::cmp::Reverse(spelling.len()));
    let (before, rest) = (without(&spellings, before), without(&spellings, rest));
    let kept = before.chars().count().saturating_sub(BEFORE);
    let begin: String = before.chars().skip(kept).collect();
    let end: String = rest.chars().take("[redacted]".len() + AFTER).collect();
    let cut = |is_cut: bool| if is_cut { "…" } else { "" };
    plain(format!("{}{begin}{end}{}", cut(kept > 0), cut(end.len() < rest.len())).trim())
}

/// No scenario of the run has let a credential out this way.
pub(super) fn none_in_run(evidence: &Evidence, outlet: Outlet) -> Result<(), Finding> {
    let is_it = |exposure: &&Exposure| exposure.outlet == outlet;
    let own = evidence.exposures.iter().filter(is_it).map(|exposure| (exposure, None));
    let run = evidence.of_the_run.iter().filter(|(_, exposure)| exposure.outlet == outlet);
    let scenarios: BTreeSet<_> = run.clone().map(|(id, _)| id).collect();
    let mut all = run.map(|(id, exposure)| (exposure, Some(id))).chain(own);
    let Some((Exposure { what, at, line, .. }, scenario)) = all.next() else { return Ok(()) };
    let place = match outlet {
        Outlet::Page => format!("on the page that answers {at}"),
        Outlet::Header => format!("in the header field {at}"),
        Outlet::Output => format!("in {at}: {line:?}"),
    };
    let scenario = scenario.map_or(String::new(), |id| format!(", in {id}"));
    let further = match scenarios.len() {
        0 | 1 => String::new(),
        number => format!("; credentials are exposed this way in {number} scenarios"),
    };
    let reason = match outlet {
        Outlet::Page => "credential-on-page",
        Outlet::Header => "credential-in-header",
        Outlet::Output => "credential-in-output",
    };
    Err(Finding::unmet(reason, format!("{what} is {place}{scenario}{further}")))
}

struct Secret {
    kind: SecretKind,
    name: String,
    /// As it is, and as a form or a URL holds it.
    spellings: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum SecretKind {
    ClientSecret,
    Code,
    IdToken,
    Token,
    Verifier,
}

impl Secret {
    fn new(kind: SecretKind, name: String, value: &str) -> Self {
        let encoded: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
        let mut spellings = vec![value.to_owned(), encoded];
        spellings.dedup();
        Self { kind, name, spellings }
    }

    fn is_token(&self) -> bool {
        matches!(self.kind, SecretKind::Token | SecretKind::IdToken)
    }

    /// Whether a text holds it in a place where it may not be. A code may be in its own callback URL wherever that is
    /// quoted, an ID token may be the hint of a log-out (RP-Initiated Logout §2), and a verifier may wait in a cookie of
    /// the browser that has begun the login.
    fn is_in(&self, outlet: Outlet, text: &str) -> bool {
        self.place_in(outlet, text).is_some()
    }

    /// The first such place, in bytes.
    fn place_in(&self, outlet: Outlet, text: &str) -> Option<usize> {
        let before = match self.kind {
            SecretKind::Verifier if outlet == Outlet::Header => return None,
            SecretKind::Code => Some("code="),
            SecretKind::IdToken => Some("id_token_hint="),
            _ => None,
        };
        let found = self.spellings.iter().flat_map(|spelling| text.match_indices(spelling.as_str()));
        let is_meant = |at: &usize| before.is_none_or(|before| !text[..*at].ends_with(before));
        found.map(|(at, _)| at).find(is_meant)
    }
}

/// The credentials of the scenario; of codes those that have been used.
fn secrets(evidence: &Evidence) -> Vec<Secret> {
    let exchanges: Vec<_> = evidence.providers().flat_map(|issuer| evidence.exchanges_at(issuer)).collect();
    let at_token_endpoint = || exchanges.iter().filter(|entry| entry.endpoint == Endpoint::Token);
    let used: BTreeSet<_> =
        at_token_endpoint().flat_map(|entry| &entry.presented).map(|it| it.credential.value.as_str()).collect();
    let quoted = |value: &str| exchanges.iter().any(|entry| quotes(entry, value) || brings(entry, value));
    let minted = evidence.providers().flat_map(|issuer| issuer.journal().credentials());
    let mut secrets: Vec<_> = minted
        .filter(|credential| evidence.is_of_this_scenario(credential) && credential.value.len() >= SHORTEST)
        .filter(|credential| !quoted(&credential.value))
        .filter_map(|credential| {
            let kind = match credential.kind {
                CredentialKind::AccessToken | CredentialKind::RefreshToken => SecretKind::Token,
                CredentialKind::IdToken => SecretKind::IdToken,
                CredentialKind::Code if used.contains(credential.value.as_str()) => SecretKind::Code,
                _ => return None,
            };
            Some(Secret::new(kind, name(&credential, &evidence.people), &credential.value))
        })
        .collect();
    let client_secrets = [Some(&evidence.registration), evidence.second.as_ref().map(|second| &second.registration)];
    let client_secrets = client_secrets.into_iter().flatten().map(|it| it.client_secret.as_str());
    let client_secrets = client_secrets.filter(|secret| secret.len() >= SHORTEST);
    secrets.extend(client_secrets.map(|it| Secret::new(SecretKind::ClientSecret, "the client secret".to_owned(), it)));
    let verifiers = at_token_endpoint().filter_map(|entry| entry.request.param("code_verifier"));
    let verifiers = verifiers.filter(|verifier| verifier.len() >= SHORTEST);
    secrets.extend(verifiers.map(|it| Secret::new(SecretKind::Verifier, "a code_verifier".to_owned(), it)));
    secrets
}

/// Whether a fault has made an error of an answer and put a credential into it. No provider does that, and a client that
/// hands on what an error says has let nothing out.
fn quotes(entry: &Entry, value: &str) -> bool {
    let Some(response) = entry.response.as_ref().filter(|_| !entry.faults.is_empty()) else { return false };
    let says_error = || serde_json::from_str::<Value>(&response.body).is_ok_and(|body| body.get("error").is_some());
    response.body.contains(value) && (response.status >= 400 || says_error())
}

/// Whether an authorization response brings a token: then it is in a URL, and in whatever writes URLs down.
fn brings(entry: &Entry, value: &str) -> bool {
    let is_it = |it: &Credential| it.kind != CredentialKind::Code && it.value == value;
    entry.endpoint == Endpoint::Authorize && entry.minted.iter().any(is_it)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUE: &str = "a-value/that+nobody=guesses";

    fn secret(kind: SecretKind) -> Secret {
        Secret::new(kind, String::new(), VALUE)
    }

    #[test]
    fn token_is_found_as_it_is_and_in_a_url() {
        let token = secret(SecretKind::Token);
        let encoded: String = url::form_urlencoded::byte_serialize(VALUE.as_bytes()).collect();
        assert!(token.is_in(Outlet::Page, &format!("<pre>{VALUE}</pre>")));
        assert!(token.is_in(Outlet::Header, &format!("/done?token={encoded}")));
    }

    #[test]
    fn printed_line_is_quoted_without_secrets_and_in_part_if_it_is_long() {
        let secrets = [secret(SecretKind::Token)];
        let line =
            |text: &str| line_around(text, secrets[0].place_in(Outlet::Output, text).expect("it is there"), &secrets);
        assert_eq!(line(&format!("GET /\n  token={VALUE}&x=1\nGET /me")), "token=[redacted]&x=1");
        let long = line(&format!("{}{VALUE}{}", ".".repeat(500), "-".repeat(500)));
        assert_eq!(long, format!("…{}[redacted]{}…", ".".repeat(120), "-".repeat(40)));
    }

    #[test]
    fn code_may_be_in_its_own_callback_url_and_nowhere_else() {
        let code = secret(SecretKind::Code);
        let encoded: String = url::form_urlencoded::byte_serialize(VALUE.as_bytes()).collect();
        assert!(!code.is_in(Outlet::Output, &format!("GET /callback?code={encoded}&state=x 302")));
        assert!(code.is_in(Outlet::Output, &format!("redeeming {VALUE}")));
    }

    #[test]
    fn id_token_may_be_the_hint_of_a_log_out_and_a_verifier_may_wait_in_a_cookie() {
        assert!(!secret(SecretKind::IdToken).is_in(Outlet::Header, &format!("/oidc/logout?id_token_hint={VALUE}")));
        assert!(secret(SecretKind::IdToken).is_in(Outlet::Page, VALUE));
        assert!(!secret(SecretKind::Verifier).is_in(Outlet::Header, &format!("verifier={VALUE}; HttpOnly")));
        assert!(secret(SecretKind::Verifier).is_in(Outlet::Page, VALUE));
    }
}
