//! What the provider has said last, where a login does not succeed.

use std::collections::BTreeSet;
use std::sync::Arc;

use mock_idp::{ClientAuthMethod, Endpoint, Entry, Issuer};

use super::comparison::authenticated;
use super::visit::{form, redirect};
use crate::evidence::{excerpt, presented_code};

/// What the provider said instead of sending the browser back.
pub(super) fn refused_authorization(issuer: &Issuer) -> Option<String> {
    let entry = last_exchange(issuer, Endpoint::Authorize)?;
    let response = entry.response.as_ref().filter(|response| response.status >= 400)?;
    let said = excerpt(&response.body);
    Some(format!("the provider refused the authorization request, status {}: {said}", response.status))
}

/// The error that the provider itself gave to the last authorization request, by way of the browser.
pub(super) fn error_by_redirect(issuer: &Issuer) -> Option<String> {
    let entry = last_exchange(issuer, Endpoint::Authorize)?;
    let response = entry.response.as_ref()?;
    let location = response.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("location"));
    let params = match location {
        Some((_, location)) => redirect(location)?.params,
        None => form(&response.body)?.params,
    };
    let of = |name: &str| params.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let described = of("error_description").map(|text| format!(", {text:?}")).unwrap_or_default();
    Some(format!("the error {}{described}", of("error")?))
}

/// A client that puts a slash between an issuer that ends in one and the well-known path: what it did, and what to do.
pub(super) fn doubled_slash(issuer: &Issuer) -> Option<(String, &'static str)> {
    let entries = issuer.journal().entries();
    let asked = entries.iter().find(|entry| entry.request.path.contains("//.well-known/"))?;
    let found = format!("; the client has asked for the metadata at {}, which is not there", asked.request.path);
    let advice = "there is a slash too many between the issuer and /.well-known: let the client get {issuer} as it is. A \
                  client that adds a slash itself has to remove the last one of the issuer first (OpenID Connect \
                  Discovery §4.1), or it works only at providers whose issuer has none: write [provider] \
                  issuer_without_slash = true for it";
    Some((found, advice))
}

/// The token request by which a login failed, or the last one. Of the requests that present one code it is not the one that
/// finds the code used up: it is the first that got past the authentication, or else one that authenticates as `registered`.
pub(super) fn token_exchange(issuer: &Issuer, registered: ClientAuthMethod) -> Option<Arc<Entry>> {
    let last = last_exchange(issuer, Endpoint::Token)?;
    let Some(code) = presented_code(&last).filter(|_| last.status() >= Some(400)) else { return Some(last) };
    let mut entries = issuer.journal().entries();
    entries.retain(|entry| presented_code(entry) == Some(code));
    let got_further = entries.iter().find(|entry| entry.status() != Some(401));
    let as_registered = || entries.iter().find(|entry| authenticated(entry) == registered);
    got_further.or_else(as_registered).cloned().or(Some(last))
}

/// A client that has presented a code again which the provider has redeemed: what follows, and what to do.
pub(super) fn reused_code(issuer: &Issuer) -> Option<(String, &'static str)> {
    let entries = issuer.journal().entries();
    let mut redeemed = BTreeSet::new();
    let again = entries.iter().find(|entry| match presented_code(entry) {
        Some(code) if entry.status() == Some(200) => !redeemed.insert(code),
        Some(code) => redeemed.contains(code),
        None => false,
    })?;
    let found = format!(
        "; the client presents a code again in request #{}, and the provider revokes the tokens that it has issued for it",
        again.seq
    );
    let advice = "redeem each code once (RFC 6749 §4.1.2): remove the pending login before the code is sent, and do not \
                  send the token request again";
    Some((found, advice))
}

/// The last exchange at one of its endpoints.
pub(super) fn last_exchange(issuer: &Issuer, endpoint: Endpoint) -> Option<Arc<Entry>> {
    issuer.journal().entries().into_iter().rev().find(|entry| entry.endpoint == endpoint)
}
