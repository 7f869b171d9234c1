//! The stranger: a host that no client has any business with, and the names by which faults speak of it.

use mock_idp::{Issuer, IssuerConfig, Policy, SignIn};

use super::Lab;

/// A stranger whom nobody has met: whatever asks it is due to the one scenario that it is made for.
///
/// It knows no client and no user, and it publishes the key that the faults sign with when they sign with an unpublished
/// one. The faults of the provider can name
///
/// - `{stranger}`: its base URL, at another host and another port than the provider's;
/// - `{neighbour}`: the same by the provider's own host name, so that only the port differs;
/// - `{stranger_kid}`: the key identifier of its key;
/// - `{issuer_alias}`: the base URL of the provider itself by another host name.
pub(super) fn introduce(lab: &Lab, provider: &Issuer, chapter: &str) -> Issuer {
    let stranger = lab.strangers.add_issuer(IssuerConfig {
        clients: Vec::new(),
        users: Vec::new(),
        apis: Vec::new(),
        policy: Policy::default(),
        sign_in: SignIn::Page,
    });
    stranger.journal().chapter(chapter);
    provider.set_placeholder("stranger", by_another_name(stranger.identifier()));
    provider.set_placeholder("neighbour", stranger.identifier());
    provider.set_placeholder("stranger_kid", stranger.key_id());
    provider.set_placeholder("issuer_alias", by_another_name(provider.identifier()));
    stranger
}

/// On loopback every host has two names, and to a client they are two hosts.
fn by_another_name(url: &str) -> String {
    url.replacen("//127.0.0.1:", "//localhost:", 1)
}
