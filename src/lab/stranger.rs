//! The stranger: a host that no client has any business with, and the names by which faults speak of others.

use mock_idp::{Issuer, IssuerConfig, Policy, SignIn, Variation};

use super::Lab;
use super::instance::Providers;

/// A stranger whom nobody has met: whatever asks it is due to the one scenario that it is made for.
///
/// It knows no client and no user, and it publishes the key that the faults sign with when they sign with an unpublished
/// one. The faults of these providers can name
///
/// - `{stranger}`: its base URL, at another host and another port than the first provider's;
/// - `{neighbour}`: the same by the first provider's own host name, so that only the port differs;
/// - `{untrusted}`: the base URL of the first provider over TLS, with a certificate that nobody vouches for;
/// - `{stranger_kid}`: the key identifier of its key;
/// - `{issuer_alias}`: the base URL of the provider itself by another host name.
pub(super) fn introduce(lab: &Lab, providers: Providers<'_>, chapter: &str) -> Issuer {
    let stranger = lab.elsewhere.add_issuer(IssuerConfig {
        clients: Vec::new(),
        users: Vec::new(),
        apis: Vec::new(),
        policy: Policy::default(),
        variation: Variation::NONE,
        sign_in: SignIn::Page,
    });
    stranger.journal().chapter(chapter);
    for (provider, _) in providers.all() {
        provider.set_placeholder("stranger", by_another_name(stranger.identifier()));
        provider.set_placeholder("neighbour", stranger.identifier());
        provider.set_placeholder("stranger_kid", stranger.key_id());
        provider.set_placeholder("untrusted", format!("{}{}", lab.untrusted, path(provider.identifier())));
        provider.set_placeholder("issuer_alias", by_another_name(provider.identifier()));
    }
    stranger
}

/// Lets the faults of two providers name each other: `{first}`, `{second}` and `{second_kid}`.
pub(super) fn acquaint(first: &Issuer, second: &Issuer) {
    second.set_placeholder("first", first.identifier());
    first.set_placeholder("second", second.identifier());
    first.set_placeholder("second_kid", second.key_id());
}

/// What follows the host and the port: `/t/…/`.
fn path(url: &str) -> &str {
    url.splitn(4, '/').nth(3).map_or("", |path| &url[url.len() - path.len() - 1..])
}

/// On loopback every host has two names, and to a client they are two hosts.
fn by_another_name(url: &str) -> String {
    url.replacen("//127.0.0.1:", "//localhost:", 1)
}
