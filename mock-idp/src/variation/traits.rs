//! The lawful traits of a provider, one by one.

use std::fmt;
use std::str::FromStr;

macro_rules! traits {
    ($($variant:ident, $name:literal, $clause:literal, $what:literal;)+) => {
        /// One lawful trait of a provider, which every client has to tolerate.
        ///
        /// | name | what the provider does | why it may |
        /// |---|---|---|
        $(#[doc = concat!("| `", $name, "` | ", $what, " | ", $clause, " |")])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Trait {
            $(#[doc = concat!($what, " (", $clause, ").")] $variant,)+
        }

        impl Trait {
            /// All of them, in the order of the flow.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name, `white-space`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// What the provider does, as a sentence without subject and full stop.
            #[must_use]
            pub fn what(self) -> &'static str {
                match self { $(Self::$variant => $what),+ }
            }

            /// The clause that allows it.
            #[must_use]
            pub fn clause(self) -> &'static str {
                match self { $(Self::$variant => $clause),+ }
            }
        }
    };
}

traits! {
    IssuerWithoutSlash, "issuer-without-slash", "OpenID Connect Core §2", "has an issuer identifier that does not end in a slash";
    HeaderCase, "header-case", "RFC 9110 §5.1", "writes the names of header fields in title case";
    MemberOrder, "member-order", "RFC 8259 §1", "orders the members of JSON objects otherwise";
    WhiteSpace, "white-space", "RFC 8259 §2", "puts white space of every kind between the tokens of JSON";
    EscapedSlashes, "escaped-slashes", "RFC 8259 §7", "escapes the slashes in JSON texts";
    UnknownNull, "unknown-null", "RFC 7519 §4, RFC 6749 §5.1", "adds an unknown member, with the value null, to JSON answers and ID tokens";
    UnknownNumber, "unknown-number", "RFC 7519 §4, RFC 6749 §5.1", "adds an unknown member, with a number as value, to JSON answers and ID tokens";
    UnknownObject, "unknown-object", "RFC 7519 §4, RFC 6749 §5.1", "adds unknown members, with an object and an array as values, to JSON answers and ID tokens";
    MetadataCharset, "metadata-charset", "RFC 9110 §8.3.1", "names the charset at the media type of metadata and key set";
    MetadataMember, "metadata-member", "RFC 8414 §3.2", "adds an unknown member to the metadata";
    MaxAge, "max-age", "RFC 9111 §5.2.2.1", "lets metadata and key set be kept for less long";
    KeySetMember, "key-set-member", "RFC 7517 §5", "adds an unknown member to the key set";
    KeyMember, "key-member", "RFC 7517 §4", "adds an unknown member to every key";
    KeyIdentifiers, "key-identifiers", "RFC 7517 §4.5", "has key identifiers of another form";
    KeyOrder, "key-order", "RFC 7517 §5", "does not put the key that signs first";
    KeyWithoutAlg, "key-without-alg", "RFC 7517 §4.4", "publishes keys without alg";
    KeyWithoutUse, "key-without-use", "RFC 7517 §4.2", "publishes keys without use";
    KeyWithoutCertificate, "key-without-certificate", "RFC 7517 §4.7, §4.8", "publishes keys without x5c and x5t";
    EncryptionKey, "encryption-key", "RFC 7517 §4.2", "publishes an encryption key before the key that signs";
    EncryptionKeyOfSameId, "encryption-key-of-same-id", "RFC 7517 §4.2, §4.5", "publishes an encryption key under the identifier of the key that signs, and before it";
    ResponseOrder, "response-order", "RFC 6749 §4.1.2", "orders the parameters of authorization responses otherwise";
    ResponseParameter, "response-parameter", "RFC 6749 §4.1.2", "adds unknown parameters to authorization responses";
    SeeOther, "see-other", "RFC 6749 §1.7", "redirects with status 303";
    CodeLength, "code-length", "RFC 6749 §4.1.2", "issues longer codes";
    TokenResponseCharset, "token-response-charset", "RFC 9110 §8.3.1", "names the charset at the media type of token responses";
    TokenResponseMember, "token-response-member", "RFC 6749 §5.1", "adds an unknown member to token responses";
    AccessTokenLifetime, "access-token-lifetime", "RFC 6749 §5.1", "issues access tokens that live for less long";
    AccessTokenLength, "access-token-length", "RFC 6749 §1.4, §4.2.2", "issues longer access tokens";
    AccessTokenClaim, "access-token-claim", "RFC 7519 §4", "adds an unknown claim to access tokens";
    RefreshTokenLength, "refresh-token-length", "RFC 6749 §1.5", "issues longer refresh tokens";
    HeaderWithoutTyp, "header-without-typ", "RFC 7515 §4.1.9", "signs ID tokens without typ in the header";
    HeaderMember, "header-member", "RFC 7515 §4", "adds an unknown member to the header of ID tokens";
    IdTokenClaim, "id-token-claim", "OpenID Connect Core §3.1.3.7", "adds an unknown claim to ID tokens";
    UserinfoCharset, "userinfo-charset", "RFC 9110 §8.3.1", "names the charset at the media type of UserInfo responses";
    UserinfoClaim, "userinfo-claim", "OpenID Connect Core §5.1.2", "adds an unknown claim to UserInfo responses";
}

impl fmt::Display for Trait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Trait {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.iter().copied().find(|known| known.name() == text);
        known.ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|known| known.name()).collect();
            format!("there is no trait of that name; known are {}", names.join(", "))
        })
    }
}

/// A set of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Traits(u64);

impl Traits {
    /// None of them.
    pub(super) const NONE: Self = Self(0);

    pub(super) fn has(self, one: Trait) -> bool {
        self.0 & bit(one) != 0
    }

    pub(super) fn without(self, one: Trait) -> Self {
        Self(self.0 & !bit(one))
    }
}

impl FromIterator<Trait> for Traits {
    fn from_iter<I: IntoIterator<Item = Trait>>(traits: I) -> Self {
        Self(traits.into_iter().fold(0, |bits, one| bits | bit(one)))
    }
}

fn bit(one: Trait) -> u64 {
    1 << one as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_every_trait_has_a_bit_of_its_own() {
        for one in Trait::ALL {
            assert_eq!(one.name().parse(), Ok(*one));
        }
        assert!(Trait::ALL.len() <= 64);
        assert!("unheard-of".parse::<Trait>().is_err_and(|error| error.contains("white-space")));
    }
}
