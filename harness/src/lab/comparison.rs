//! What `quintain.toml` says of a client, compared with what the client was seen to send, and what it takes away: a scope
//! with one wrong character costs every scenario that needs it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use mock_idp::{ClientAuthMethod, Endpoint, Entry, Issuer};

use crate::driver::Launcher;
use crate::suite::Scenario;
use crate::terms::{Capability, Profile, Registration};
use crate::verdict::{self, Verdict};

/// How many scenarios a run can come to, and what would add others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// How many say something about this client.
    pub runs: usize,
    /// Out of how many.
    pub of: usize,
    /// What is missing for others, alone: the key of `quintain.toml` that would say so, and how many scenarios it adds.
    pub lacking: Vec<(String, usize)>,
}

impl Reach {
    /// Counts, before anything runs.
    #[must_use]
    pub fn of(scenarios: &[Arc<Scenario>], launcher: &dyn Launcher, profile: Profile) -> Self {
        let registration = launcher.registration();
        let (mut runs, mut lacking) = (0, BTreeMap::<Capability, usize>::new());
        for scenario in scenarios {
            match verdict::applies(scenario, launcher, profile) {
                None => {
                    runs += 1;
                    continue;
                }
                // Nothing that the client could do besides would make it apply.
                Some(judgement) if judgement.verdict != Verdict::Unsupported => continue,
                Some(_) => {}
            }
            let needs = scenario.needs_beyond(&registration);
            let missing: Vec<_> = needs.difference(launcher.capabilities()).copied().collect();
            if let [only] = missing.as_slice() {
                *lacking.entry(*only).or_default() += 1;
            }
        }
        let said = |(capability, adds): (Capability, usize)| Some((name(launcher.driver(), capability)?, adds));
        let mut lacking: Vec<_> = lacking.into_iter().filter_map(said).collect();
        lacking.sort_by_key(|(_, adds)| std::cmp::Reverse(*adds));
        Self { runs, of: scenarios.len(), lacking }
    }
}

/// The key that says so; for a client that says by itself what it can do, the capability. None, if nobody can say so.
fn name(driver: &str, capability: Capability) -> Option<String> {
    let by_itself =
        (driver == "stdio" && !capability.follows_from_driver()).then(|| format!("the capability {capability}"));
    capability.key(driver).or(by_itself)
}

/// Where the first honest login was another than the registration says.
pub(super) fn differences(issuer: &Issuer, registration: &Registration) -> Vec<String> {
    let entries = issuer.journal().entries();
    let first = |endpoint| entries.iter().find(|entry| entry.endpoint == endpoint);
    let mut found = Vec::new();
    if let Some(request) = first(Endpoint::Authorize) {
        let said = |name| request.request.param(name).unwrap_or_default();
        found.extend(scope(&registration.scope, said("scope")));
        let (configured, sent) = (registration.audience.as_deref().unwrap_or_default(), said("audience"));
        if configured != sent {
            found.push(format!("[registration] audience is {configured:?}, and the client asks for {sent:?}"));
        }
    }
    if let Some(method) = first(Endpoint::Token).map(|entry| authenticated(entry)) {
        let configured = registration.token_endpoint_auth_method;
        if method != configured {
            found.push(format!(
                "[registration] token_endpoint_auth_method is \"{configured}\", and the client authenticates by {method}"
            ));
        }
    }
    found
}

/// A scope is a set.
fn scope(configured: &str, sent: &str) -> Option<String> {
    let words_of =
        |text: &str| text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect::<BTreeSet<_>>();
    let (ours, theirs) = (words_of(configured), words_of(sent));
    if ours == theirs {
        return None;
    }
    let words = |words: Vec<&String>| words.into_iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(" ");
    let only = |what: &str, words: String| if words.is_empty() { String::new() } else { format!("; {what} {words}") };
    Some(format!(
        "[registration] scope is {configured:?}, and the client asks for {sent:?}{}{}",
        only("it does not ask for", words(ours.difference(&theirs).collect())),
        only("not in quintain.toml is", words(theirs.difference(&ours).collect()))
    ))
}

/// How a token request authenticates the client. An empty secret proves nothing (RFC 6749 §2.3.1: it is as if it were not
/// there).
pub(super) fn authenticated(entry: &Entry) -> ClientAuthMethod {
    let basic = entry.request.header("authorization").is_some_and(|value| {
        let encoded = value.strip_prefix("Basic ");
        let decoded = encoded.and_then(|encoded| BASE64_STANDARD.decode(encoded).ok());
        let decoded = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
        let is_empty = decoded.as_ref().and_then(|it| it.split_once(':')).is_some_and(|(_, secret)| secret.is_empty());
        encoded.is_some() && !is_empty
    });
    match (basic, entry.request.param("client_secret").is_some_and(|secret| !secret.is_empty())) {
        (true, _) => ClientAuthMethod::ClientSecretBasic,
        (false, true) => ClientAuthMethod::ClientSecretPost,
        (false, false) => ClientAuthMethod::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::driver::in_process::InProcessLauncher;
    use crate::suite;

    #[test]
    fn scope_is_a_set() {
        assert_eq!(scope("openid profile", "profile openid"), None);
        let found = scope("openid ofline_access", "openid offline_access").expect("it differs");
        assert!(
            found.ends_with("it does not ask for \"ofline_access\"; not in quintain.toml is \"offline_access\""),
            "{found}"
        );
    }

    #[test]
    fn whole_suite_is_within_reach_of_the_reference_client() {
        let scenarios: Vec<_> = suite::built_in().expect("it loads").into_iter().map(Arc::new).collect();
        let reach = Reach::of(&scenarios, &InProcessLauncher::new(&[]), Profile::Baseline);
        assert_eq!((reach.runs, reach.lacking), (reach.of, Vec::new()));
    }
}
