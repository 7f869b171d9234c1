//! Hosts that a scenario adds beside the providers, and the placeholders by which faults name them.

use mock_idp::{Authority, Identity, Issuer, IssuerConfig, Paths, Policy, SignIn, Variation};

use super::equipment::Lab;
use super::providers::Providers;
use crate::driver::SetupError;
use crate::plan::{Plan, WrongCertificate};
use crate::terms::Provider;

/// Whom a client may meet in one scenario besides its providers. Nobody has met them before, so whatever asks them is due
/// to that scenario.
pub(super) struct OtherHosts {
    /// A host that no client has any business with: `{stranger}`.
    pub(super) unrelated: Issuer,
    /// Where the wrong certificates are shown: base URLs.
    pub(super) wrong_certificates: Vec<String>,
}

/// Adds the other hosts of one scenario.
///
/// The unrelated host knows no client and no user, and it publishes the key that the faults sign with when they sign with an unpublished
/// one. The faults of these providers can name
///
/// - `{stranger}`: its base URL, at another host and another port than the first provider's;
/// - `{neighbour}`: the same by the first provider's own host name, so that only the port differs;
/// - `{untrusted}`: the provider's own base URL over TLS, with a certificate that nobody vouches for;
/// - `{wrong_host}`: the same with a certificate for another host, by an authority that the client trusts;
/// - `{stranger_kid}`: the key identifier of its key;
/// - `{kid}`: the key identifier of the provider's own key at the start of the scenario;
/// - `{issuer_alias}`: the base URL of the provider itself by another host name;
/// - `{issuer_in_capitals}`, `{issuer_other_scheme}`: its issuer identifier, but for case or scheme.
///
/// Ports with a wrong certificate are opened only where a fault of the plan names them, and stay open until the end of the
/// run: a client may come back late.
pub(super) async fn add(
    lab: &Lab,
    providers: Providers<'_>,
    span: &str,
    plan: &Plan,
) -> Result<OtherHosts, SetupError> {
    let unrelated = lab.elsewhere.add_issuer(IssuerConfig {
        clients: Vec::new(),
        users: Vec::new(),
        apis: Vec::new(),
        policy: Policy::default(),
        paths: Paths::plain(),
        variation: Variation::NONE,
        sign_in: SignIn::Page,
        faults: Vec::new(),
    });
    unrelated.journal().open_span(span);
    for (provider, _) in providers.all() {
        provider.set_placeholder("stranger", by_another_name(unrelated.identifier()));
        provider.set_placeholder("neighbour", unrelated.identifier());
        provider.set_placeholder("stranger_kid", unrelated.key_id());
        provider.set_placeholder("kid", provider.key_id());
        provider.set_placeholder("issuer_alias", by_another_name(provider.base_url()));
        provider.set_placeholder("issuer_in_capitals", provider.identifier().to_ascii_uppercase());
        provider.set_placeholder("issuer_other_scheme", by_another_scheme(provider.identifier()));
    }
    let mut wrong_certificates = Vec::new();
    for at in [Provider::First, Provider::Second] {
        let Some((provider, _)) = providers.get(at) else { continue };
        for certificate in plan.wrong_certificates(at) {
            let base_url = show(lab, at, provider, certificate).await?;
            provider.set_placeholder(certificate.placeholder(), base_url.clone());
            wrong_certificates.push(base_url);
        }
    }
    Ok(OtherHosts { unrelated, wrong_certificates })
}

/// Opens a port of a provider where it shows a wrong certificate.
async fn show(lab: &Lab, at: Provider, provider: &Issuer, certificate: WrongCertificate) -> Result<String, SetupError> {
    let failed = |found: String, advice| SetupError::new("show the client a wrong certificate", found, advice);
    let identity = match certificate {
        WrongCertificate::Untrusted => Some(Identity::self_signed()),
        WrongCertificate::OtherHost => lab.launcher.trusted_authority().map(Authority::issue_for_another_host),
    };
    let identity = identity.ok_or_else(|| {
        failed("it trusts no authority of this run".to_owned(), "tell it of one, by [tls] provider = true")
    })?;
    lab.show(at, provider, identity)
        .await
        .map_err(|error| failed(error.to_string(), "see that a port of 127.0.0.1 can be had"))
}

/// Lets the faults of two providers name each other: `{first}`, `{second}` and `{second_kid}`.
pub fn name_each_other(first: &Issuer, second: &Issuer) {
    second.set_placeholder("first", first.identifier());
    first.set_placeholder("second", second.identifier());
    first.set_placeholder("second_kid", second.key_id());
}

fn by_another_scheme(url: &str) -> String {
    match url.strip_prefix("https:") {
        Some(rest) => format!("http:{rest}"),
        None => url.replacen("http:", "https:", 1),
    }
}

/// On loopback every host has two names, and to a client they are two hosts.
fn by_another_name(url: &str) -> String {
    url.replacen("//127.0.0.1:", "//localhost:", 1)
}
