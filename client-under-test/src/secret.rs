//! Values that must not leak: each has its own type, and none of them prints what it holds.

use subtle::ConstantTimeEq as _;

macro_rules! secrets {
    ($($(#[$doc:meta])* $visibility:vis $name:ident)+) => {$(
        $(#[$doc])*
        #[derive(Clone)]
        $visibility struct $name(String);

        impl $name {
            /// Wraps a value.
            #[must_use]
            pub fn new(value: impl Into<String>) -> Self {
                Self(value.into())
            }

            /// The value, for the one place that it has to go to.
            #[must_use]
            pub fn expose(&self) -> &str {
                &self.0
            }
        }

        /// Takes the same time wherever the values differ.
        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
            }
        }

        impl Eq for $name {}

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "([redacted])"))
            }
        }
    )+};
}

secrets! {
    /// An access token (RFC 6749 §1.4). It is for the API to read; the client passes it on as it is.
    pub AccessToken
    /// An authorization code (RFC 6749 §4.1.2).
    pub AuthorizationCode
    /// A PKCE code verifier (RFC 7636 §4.1).
    pub CodeVerifier
    /// An ID token as it came, in the compact serialization.
    pub IdToken
    /// The nonce that ties an ID token to this login (OpenID Connect Core §3.1.2.1).
    pub Nonce
    /// A refresh token (RFC 6749 §1.5).
    pub RefreshToken
    /// A client secret (RFC 6749 §2.3.1).
    pub Secret
    /// The value that ties an authorization response to this browser (RFC 6749 §10.12).
    pub State
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_holds_no_secret() {
        assert_eq!(format!("{:?}", Secret::new("hush")), "Secret([redacted])");
    }
}
