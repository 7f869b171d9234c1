//! The catalogue of lawful variations: each is another way of doing what the specifications leave open.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use strum::{EnumMessage as _, VariantArray as _};

use crate::TokenEndpointAuthMethod;

/// One thing that the client does otherwise than usual, and may. The name is what it does, the documentation says what it is
/// and where it is allowed, and both are shown to people.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    strum::EnumMessage,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[strum(serialize_all = "kebab-case")]
#[non_exhaustive]
pub enum Variation {
    /// Does not say which media type it wants from the token endpoint (RFC 9110 §12.5.1).
    AcceptsAnything,
    /// Sends an unknown parameter with the authorization request (RFC 6749 §3.1).
    AddsUnknownParameter,
    /// Sends an unknown parameter with token requests (RFC 6749 §3.2).
    AddsUnknownTokenParameter,
    /// Asks for a fresh authentication with every login: `prompt=login` (OpenID Connect Core §3.1.2.1).
    AsksForLogin,
    /// Asks UserInfo only where the ID token has no name (OpenID Connect Core §5.3).
    AsksUserinfoForMissingName,
    /// Is registered for, and uses, `client_secret_post` (OpenID Connect Core §9).
    AuthenticatesInBody,
    /// Answers a response that belongs to no login of the browser by a new login (RFC 6749 §10.12).
    BeginsAgainAfterStrayResponse,
    /// Fetches the provider's keys at most once in a minute (OpenID Connect Core §10.1.1).
    BoundsKeyFetches,
    /// Calls the API in each login, which fails if the API does not answer it (RFC 6749 §7).
    CallsApiInLogin,
    /// Closes the connection after every answer (RFC 9112 §9.6).
    ClosesConnections,
    /// Percent-encodes every character but letters and digits (RFC 3986 §2.1, §6.2.2.2).
    EscapesEveryCharacter,
    /// Fetches the provider's keys before the first login begins (OpenID Connect Core §10.1.1).
    FetchesKeysEarly,
    /// Fetches the provider's keys for every login (OpenID Connect Core §10.1.1).
    FetchesKeysForEveryLogin,
    /// Fetches the provider's metadata for every login (OpenID Connect Discovery §4).
    FetchesMetadataForEveryLogin,
    /// Asks for metadata at the path for authorization servers (RFC 8414 §3.1).
    FindsMetadataByOauthPath,
    /// Is registered as a public client, which has no secret (RFC 6749 §2.1).
    IsPublic,
    /// Leaves the user logged in when the refresh token is dead, and refreshes no more (RFC 6749 §1.5).
    KeepsSessionWithoutRefreshToken,
    /// Adds the second of two people who log in in one browser to the account of the first (OpenID Connect Core §5.7).
    LinksAccountsWhileLoggedIn,
    /// Asks for its scopes in the opposite order, and for one of them twice (RFC 6749 §3.3).
    ListsScopesOtherwise,
    /// Ends its own session alone, and leaves the provider's (OpenID Connect RP-Initiated Logout §2).
    LogsOutLocally,
    /// Names the charset in the media type of token requests (RFC 9110 §8.3.2).
    NamesCharset,
    /// Sends its `client_id` in the body, beside Basic credentials (RFC 6749 §3.2.1).
    NamesItselfBesideBasic,
    /// Refreshes no more for half a minute after a refresh that failed (RFC 9110 §10.2.3).
    PausesRefreshesAfterOutage,
    /// Asks UserInfo by POST (OpenID Connect Core §5.3.1).
    PostsUserinfoRequests,
    /// Puts the page to go back to into the state, beside the part that nobody can guess (RFC 6749 §4.1.1).
    PutsReturnPathIntoState,
    /// Goes by the `exp` of access tokens that are JWTs, and by `expires_in` where there is none (RFC 9068 §2.2).
    ReadsExpiryOfAccessTokens,
    /// Refreshes two minutes before the access token expires (RFC 6749 §1.5).
    RefreshesEarly,
    /// Refreshes when the API refuses the access token, and not before (RFC 6750 §3.1).
    RefreshesOnlyWhenRefused,
    /// Repeats the scope that was granted when it refreshes (RFC 6749 §6).
    RepeatsScopeOnRefresh,
    /// Sends a GET once more when there is no answer, or one of a server in trouble (RFC 9110 §9.2.2).
    RetriesOutages,
    /// Sends the parameters of token requests in the opposite order (RFC 6749 §3.2).
    ReversesForms,
    /// Sends the parameters of the authorization request in the opposite order (RFC 6749 §3.1).
    ReversesParameters,
    /// Revokes the refresh token when the user logs out (RFC 7009 §2).
    RevokesOnLogout,
    /// Sends a nonce of 100 characters (OpenID Connect Core §3.1.2.1).
    SendsLongNonce,
    /// Sends a state of 200 characters (RFC 6749 §4.1.1).
    SendsLongState,
    /// Uses a code verifier of 128 characters out of all that are allowed (RFC 7636 §4.1).
    SendsLongVerifier,
    /// Uses UUIDs for state and nonce, which carry 122 bits (RFC 9562 §5.4).
    SendsUuids,
    /// Does without UserInfo (OpenID Connect Core §5.3).
    SkipsUserinfo,
    /// Looks at the body of a token response whose media type is spelled in another way (RFC 9110 §8.3).
    SniffsOddMediaTypes,
    /// Writes the authentication schemes Basic and Bearer in lower case (RFC 9110 §11.1).
    SpellsSchemesInLowerCase,
    /// Encodes spaces in the authorization request as `%20`, not as `+` (RFC 3986 §2.1).
    #[strum(serialize = "spells-spaces-as-percent-20")]
    SpellsSpacesAsPercent20,
    /// Writes the names of header fields in title case (RFC 9110 §5.1).
    TitleCasesHeaders,
}

impl Variation {
    /// All of them, by name.
    pub const ALL: &'static [Self] = Self::VARIANTS;

    /// The name, `sends-long-state`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// What the client does, as a sentence without subject.
    #[must_use]
    pub fn what(self) -> &'static str {
        self.get_documentation().unwrap_or_default()
    }
}

impl fmt::Display for Variation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Variation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.iter().copied().find(|variation| variation.name() == text);
        known
            .ok_or_else(|| "there is no variation of that name; `quintain list --variations` shows them all".to_owned())
    }
}

/// The lawful variations of one client; the default has none.
#[derive(Debug, Clone, Default)]
pub struct Variations(Arc<BTreeSet<Variation>>);

impl FromIterator<Variation> for Variations {
    fn from_iter<I: IntoIterator<Item = Variation>>(variations: I) -> Self {
        Self(Arc::new(variations.into_iter().collect()))
    }
}

impl Variations {
    pub(crate) fn has(&self, variation: Variation) -> bool {
        self.0.contains(&variation)
    }

    /// How a client with these variations has to be registered.
    #[must_use]
    pub fn token_endpoint_auth_method(&self) -> TokenEndpointAuthMethod {
        if self.has(Variation::IsPublic) {
            TokenEndpointAuthMethod::None
        } else if self.has(Variation::AuthenticatesInBody) {
            TokenEndpointAuthMethod::ClientSecretPost
        } else {
            TokenEndpointAuthMethod::ClientSecretBasic
        }
    }

    /// Parameters in an encoding of the client's own; nothing where it has the usual one.
    pub(crate) fn encoded(&self, parameters: &[(&'static str, String)]) -> Option<String> {
        let pair = |(name, value): &(&str, String)| Some(format!("{}={}", self.escaped(name)?, self.escaped(value)?));
        let pairs: Option<Vec<_>> = parameters.iter().map(pair).collect();
        Some(pairs?.join("&"))
    }

    /// The same for a single value.
    pub(crate) fn escaped(&self, text: &str) -> Option<String> {
        if self.has(Variation::EscapesEveryCharacter) {
            let escape = |byte: u8| match byte {
                b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => char::from(byte).to_string(),
                byte => format!("%{byte:02X}"),
            };
            Some(text.bytes().map(escape).collect())
        } else if self.has(Variation::SpellsSpacesAsPercent20) {
            let serialized: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
            Some(serialized.replace('+', "%20"))
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_variation_says_what_it_is_and_where_it_is_allowed() {
        for variation in Variation::ALL {
            assert!(variation.what().ends_with(").") && variation.what().contains('§'), "{variation}");
            assert_eq!(variation.name().parse(), Ok(*variation));
        }
    }

    #[test]
    fn variations_stand_in_the_order_of_their_names() {
        assert!(Variation::ALL.is_sorted_by_key(|variation| variation.name()));
    }

    proptest! {
        #[test]
        fn every_encoding_decodes_to_the_same(value in ".*") {
            for variation in [Variation::EscapesEveryCharacter, Variation::SpellsSpacesAsPercent20] {
                let variations = Variations::from_iter([variation]);
                let encoded = variations.encoded(&[("a b", value.clone())]).expect("it has its own encoding");
                let decoded: Vec<_> = url::form_urlencoded::parse(encoded.as_bytes()).into_owned().collect();
                prop_assert_eq!(&decoded, &[("a b".to_owned(), value.clone())]);
                prop_assert!(!encoded.contains('+'));
            }
        }
    }
}
