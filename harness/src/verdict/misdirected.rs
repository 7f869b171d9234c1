//! Misdirected credentials: found at a host that they are not meant for.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use mock_idp::{Credential, CredentialKind, Entry, Issuer, Request};
use url::Url;

use super::finding::Finding;
use super::leakage::{SHORTEST, name};
use crate::evidence::Evidence;
use crate::terms::{People, Provider, Registration};
use crate::text::s256;

/// Neither in a request of the client's own nor in a URL that it sent a browser to.
pub(super) fn no_credential_at_other_host(evidence: &Evidence) -> Result<(), Finding> {
    let valuables = Valuables::of(&evidence.issuer, &evidence.registration, &evidence.people);
    if let Some((what, entry)) = valuables.found_at(&evidence.other_host, evidence) {
        let message = format!("request #{} to the {} endpoint of the stranger has {what}", entry.seq, entry.endpoint);
        return Err(Finding::unmet("credential-at-stranger", message));
    }
    for url in evidence.hops_to_other_host() {
        let url = Url::parse(url).ok();
        let values = url.iter().flat_map(|url| url.query_pairs()).map(|(_, value)| value.into_owned());
        if let Some(what) = valuables.in_texts(&values.collect::<Vec<_>>()) {
            let message = format!("the client sends a browser to another host with {what} in the URL");
            return Err(Finding::unmet("credential-at-stranger", message));
        }
    }
    Ok(())
}

/// Each provider gets what is its own. Whatever the client thinks that it is doing, the wire decides.
pub(super) fn no_credential_reaches(evidence: &Evidence, of: Provider, at: Provider) -> Result<(), Finding> {
    let (Some((owner, registration)), Some((host, _))) = (evidence.provider(of), evidence.provider(at)) else {
        return Err(Finding::nothing_sent("the client knows one provider only"));
    };
    match Valuables::of(owner, registration, &evidence.people).found_at(host, evidence) {
        None => Ok(()),
        Some((what, entry)) => {
            let message = format!(
                "request #{} to the {} endpoint of the {at} has what belongs to the {of}: {what}",
                entry.seq, entry.endpoint
            );
            Err(Finding::unmet("credential-at-other-provider", message))
        }
    }
}

pub(super) fn other_host_never_asked(evidence: &Evidence) -> Result<(), Finding> {
    if let Some(entry) = evidence.other_host.journal().entries().first() {
        let message =
            format!("the client sent a request to another host: {} of its {}", entry.request.method, entry.endpoint);
        return Err(Finding::unmet("stranger-asked", message));
    }
    if !evidence.hops_to_other_host().is_empty() {
        return Err(Finding::unmet("stranger-asked", "the client sent a browser to another host"));
    }
    Ok(())
}

/// What a provider has given to the client, and what it knows of what the client keeps to itself.
struct Valuables {
    /// Whose they may be.
    people: People,
    credentials: Vec<Arc<Credential>>,
    /// A client secret that the journal need not know: it may have been replaced.
    client_secret: String,
    /// A verifier is told by its hash: it may have been sent to another host before it reached the provider.
    challenges: HashSet<String>,
}

impl Valuables {
    fn of(issuer: &Issuer, registration: &Registration, people: &People) -> Self {
        let entries = issuer.journal().entries();
        let challenges = entries.iter().filter_map(|entry| entry.request.param("code_challenge").map(str::to_owned));
        let long = |credential: &Arc<Credential>| credential.value.len() >= SHORTEST;
        Self {
            people: people.clone(),
            credentials: issuer.journal().credentials().into_iter().filter(long).collect(),
            client_secret: registration.client_secret.clone(),
            challenges: challenges.collect(),
        }
    }

    /// The first request to a host that carries one of them. What another scenario sent there does not count, unless the
    /// credential is of this one.
    fn found_at(&self, host: &Issuer, evidence: &Evidence) -> Option<(String, Arc<Entry>)> {
        host.journal().entries().into_iter().find_map(|entry| {
            let texts = texts(&entry.request);
            let found = if evidence.belongs(&entry) {
                self.in_texts(&texts)
            } else {
                let own = self.credentials.iter().filter(|credential| evidence.is_of_this_scenario(credential));
                let held = own.filter(|own| texts.iter().any(|text| text.contains(&own.value)));
                in_words(held.map(|own| (worth(own.kind), name(own, &self.people))).collect())
            };
            found.map(|what| (what, entry))
        })
    }

    /// The names of everything that texts hold, the worst first.
    fn in_texts(&self, texts: &[String]) -> Option<String> {
        let held = |value: &str| texts.iter().any(|text| text.contains(value));
        let credentials = self.credentials.iter().filter(|credential| held(&credential.value));
        let mut found: BTreeSet<_> = credentials.map(|it| (worth(it.kind), name(it, &self.people))).collect();
        if self.client_secret.len() >= SHORTEST && held(&self.client_secret) {
            found.insert((worth(CredentialKind::ClientSecret), "the client secret".to_owned()));
        }
        if texts.iter().any(|text| self.challenges.contains(&s256(text))) {
            found.insert((LEAST, "a code_verifier".to_owned()));
        }
        in_words(found)
    }
}

/// What is good for nothing alone.
const LEAST: u8 = 9;

/// How much harm somebody can do with a credential, the most first.
fn worth(kind: CredentialKind) -> u8 {
    match kind {
        CredentialKind::ClientSecret => 0,
        CredentialKind::RefreshToken => 1,
        CredentialKind::AccessToken => 2,
        CredentialKind::Code => 3,
        CredentialKind::IdToken => 4,
        _ => LEAST,
    }
}

fn in_words(found: BTreeSet<(u8, String)>) -> Option<String> {
    let mut names: Vec<_> = found.into_iter().map(|(_, name)| name).collect();
    names.dedup();
    let last = names.pop()?;
    Some(if names.is_empty() { last } else { format!("{} and {last}", names.join(", ")) })
}

/// Everything that a request says, decoded where it may be encoded.
fn texts(request: &Request) -> Vec<String> {
    let values = request.values().into_iter().map(|(value, _)| value);
    let headers = request.headers.iter().map(|(_, value)| value.clone());
    let raw = [request.path.clone(), request.raw_query.clone(), request.body.clone()];
    values.chain(headers).chain(raw).filter(|text| !text.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::prelude::BASE64_STANDARD;

    use super::*;
    use crate::terms::Casting;

    const SECRET: &str = "a secret with / and + in it";
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    fn found(request: &Request) -> Option<String> {
        let valuables = Valuables {
            people: People::cast(Casting::New),
            credentials: Vec::new(),
            client_secret: SECRET.to_owned(),
            // RFC 7636 appendix B.
            challenges: HashSet::from(["E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".to_owned()]),
        };
        valuables.in_texts(&texts(request))
    }

    fn pair(name: &str, value: &str) -> Vec<(String, String)> {
        vec![(name.to_owned(), value.to_owned())]
    }

    #[test]
    fn secret_is_found_behind_every_encoding() {
        let encoded: String = url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
        let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("client:{encoded}")));
        for headers in [pair("authorization", &basic), pair("x-client-secret", SECRET)] {
            let request = Request { headers, ..Request::default() };
            assert_eq!(found(&request).as_deref(), Some("the client secret"), "{request:?}");
        }
        let posted = Request { method: "POST".to_owned(), params: pair("client_secret", SECRET), ..Request::default() };
        assert_eq!(found(&posted).as_deref(), Some("the client secret"));
        let asked = Request { method: "GET".to_owned(), query: pair("x", SECRET), ..Request::default() };
        assert_eq!(found(&asked).as_deref(), Some("the client secret"));
    }

    #[test]
    fn everything_is_named_and_the_worst_first() {
        let params = [pair("code_verifier", VERIFIER), pair("client_secret", SECRET)].concat();
        let request = Request { method: "POST".to_owned(), params, ..Request::default() };
        assert_eq!(found(&request).as_deref(), Some("the client secret and a code_verifier"));
    }

    #[test]
    fn verifier_is_told_by_its_hash_alone() {
        let request = Request { method: "POST".to_owned(), params: pair("v", VERIFIER), ..Request::default() };
        assert_eq!(found(&request).as_deref(), Some("a code_verifier"));
        let other = Request { method: "POST".to_owned(), params: pair("v", "another-value"), ..Request::default() };
        assert_eq!(found(&other), None);
    }
}
