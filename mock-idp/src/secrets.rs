//! Secrets in the `Authorization` header.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use subtle::ConstantTimeEq as _;

use crate::form::decode_form;

/// Client id and secret of `Authorization: Basic`, both form-encoded (RFC 6749 §2.3.1).
///
/// `None`: the header is of another scheme.
pub(crate) fn basic_credentials(header: &str) -> Option<Result<(String, String), Unreadable>> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = STANDARD.decode(encoded.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let credentials = decoded.as_ref().and_then(|text| text.split_once(':'));
    Some(credentials.map(|(id, secret)| (form_decoded(id), form_decoded(secret))).ok_or(Unreadable))
}

/// An `Authorization: Basic` header without an identifier and a secret in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable;

/// Every value in an `Authorization` header that may be a secret.
pub(crate) fn authorization_secrets(header: &str) -> impl Iterator<Item = String> {
    let secret = match basic_credentials(header) {
        Some(credentials) => credentials.ok().map(|(_, secret)| secret),
        None => header.split_once(' ').map(|(_, token)| token.trim().to_owned()),
    };
    secret.into_iter()
}

/// Compares secrets without telling by the time taken how much of them was right.
pub(crate) fn same_secret(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

/// RFC 6749 appendix B. A secret that was not encoded is decoded nevertheless: one with `%` or `+` is then wrong.
fn form_decoded(value: &str) -> String {
    // Now it is a form with one name and no value.
    let name_only = value.replace('&', "%26").replace('=', "%3D");
    decode_form(&name_only).into_iter().map(|(name, _)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn form_encoded_credentials_come_back(id in ".+", secret in ".+") {
            let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            let header = format!("Basic {}", STANDARD.encode(format!("{}:{}", encode(&id), encode(&secret))));
            prop_assert_eq!(basic_credentials(&header), Some(Ok((id, secret))));
        }
    }

    #[test]
    fn credentials_that_were_not_encoded_are_decoded_all_the_same() {
        let header = format!("Basic {}", STANDARD.encode("id:a%2Bb&c=d+e"));
        assert_eq!(basic_credentials(&header), Some(Ok(("id".into(), "a+b&c=d e".into()))));
    }

    #[test]
    fn an_unreadable_header_is_not_a_missing_one() {
        assert_eq!(basic_credentials("Basic %%%"), Some(Err(Unreadable)));
        assert_eq!(basic_credentials("Bearer abc"), None);
    }
}
