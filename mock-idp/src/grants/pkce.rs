//! Proof Key for Code Exchange (RFC 7636).

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq as _;

/// What an authorization request committed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Challenge {
    /// The verifier itself (RFC 7636 §4.2, `plain`).
    Plain(String),
    /// `BASE64URL(SHA256(ASCII(verifier)))`.
    S256(String),
}

impl Challenge {
    /// Whether the verifier answers the challenge (RFC 7636 §4.6).
    pub(crate) fn is_answered_by(&self, verifier: &str) -> bool {
        match self {
            Self::Plain(challenge) => bool::from(challenge.as_bytes().ct_eq(verifier.as_bytes())),
            Self::S256(challenge) => bool::from(challenge.as_bytes().ct_eq(s256(verifier).as_bytes())),
        }
    }
}

/// A challenge in the alphabet of RFC 7636 §4.2 (base64url without padding), whatever base64 it is written in.
pub(crate) fn normalised(challenge: &str) -> String {
    challenge.trim_end_matches('=').replace('+', "-").replace('/', "_")
}

/// The transformation of RFC 7636 §4.2.
pub(crate) fn s256(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}

/// `43*128unreserved`: the syntax of verifiers and challenges alike (RFC 7636 §4.1, §4.2).
pub(crate) fn is_well_formed(value: &str) -> bool {
    (43..=128).contains(&value.len())
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_example_of_rfc_7636_appendix_b_matches() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(s256(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    proptest! {
        #[test]
        fn only_the_verifier_itself_answers(verifier in "[A-Za-z0-9._~-]{43,128}", other in "[A-Za-z0-9._~-]{43,128}") {
            prop_assume!(verifier != other);
            let challenge = Challenge::S256(s256(&verifier));
            prop_assert!(is_well_formed(&verifier));
            prop_assert!(challenge.is_answered_by(&verifier));
            prop_assert!(!challenge.is_answered_by(&other));
            prop_assert!(!Challenge::Plain(verifier).is_answered_by(&other));
        }

        #[test]
        fn challenges_are_well_formed(verifier in ".*") {
            prop_assert!(is_well_formed(&s256(&verifier)));
        }
    }
}
