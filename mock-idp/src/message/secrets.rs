//! Secrets in the `Authorization` header.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use subtle::ConstantTimeEq as _;

use super::decode_form;
use crate::Request;

/// The access token of `Authorization: Bearer` (RFC 6750 §2.1).
pub(crate) fn bearer_token(request: &Request) -> Option<&str> {
    let (scheme, token) = request.header("authorization")?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Client id and secret of `Authorization: Basic`, both form-encoded (RFC 6749 §2.3.1).
///
/// `None`: no such header. `Some(None)`: one that cannot be read.
pub(crate) fn basic_credentials(header: &str) -> Option<Option<(String, String)>> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = STANDARD.decode(encoded.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    Some(decoded.and_then(|text| {
        let (id, secret) = text.split_once(':')?;
        Some((form_decoded(id), form_decoded(secret)))
    }))
}

/// Every value in an `Authorization` header that may be a secret.
pub(crate) fn authorization_secrets(header: &str) -> impl Iterator<Item = String> {
    let secret = match basic_credentials(header) {
        Some(credentials) => credentials.map(|(_, secret)| secret),
        None => header.split_once(' ').map(|(_, token)| token.trim().to_owned()),
    };
    secret.into_iter()
}

/// Compares secrets without telling by the time taken how much of them was right.
pub(crate) fn same_secret(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

fn form_decoded(value: &str) -> String {
    // A form with one name and no value; `&` and `=` are escaped where they belong to the value.
    match decode_form(value).as_slice() {
        [(name, rest)] if rest.is_empty() && !value.ends_with('=') => name.clone(),
        _ => value.to_owned(),
    }
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
            prop_assert_eq!(basic_credentials(&header), Some(Some((id, secret))));
        }
    }

    #[test]
    fn an_unreadable_header_is_not_a_missing_one() {
        assert_eq!(basic_credentials("Basic %%%"), Some(None));
        assert_eq!(basic_credentials("Bearer abc"), None);
    }
}
