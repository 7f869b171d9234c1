//! Unguessable values in the shapes that the policies ask for.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::RngExt as _;

use crate::{CodeFormat, RefreshTokenFormat};

/// 256 random bits as 43 base64url characters.
pub(crate) fn token() -> String {
    bits::<32>()
}

/// 128 random bits as 22 base64url characters.
pub(crate) fn short() -> String {
    bits::<16>()
}

/// 128 random bits in small letters and digits: some clients write the URL of an issuer in small letters.
pub(crate) fn path_segment() -> String {
    format!("{:032x}", rand::random::<u128>())
}

/// An authorization code.
pub(crate) fn code(format: CodeFormat) -> String {
    match format {
        CodeFormat::Plain => token(),
        CodeFormat::Long { length } => of_length(length),
        CodeFormat::Reserved => reserved(),
    }
}

/// A refresh token.
pub(crate) fn refresh_token(format: RefreshTokenFormat) -> String {
    match format {
        RefreshTokenFormat::Plain => token(),
        RefreshTokenFormat::Long { length } => of_length(length),
        RefreshTokenFormat::Reserved => reserved(),
    }
}

/// An opaque access token that uses the whole alphabet of RFC 6750 §2.1:
/// `b68token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="`.
pub(crate) fn opaque_access_token(length: usize) -> String {
    let ending = "-._~+/Az09==";
    let body = of_length(length.max(32) - ending.len());
    format!("{}{ending}", &body[..length.max(32) - ending.len()])
}

/// Characters that have a meaning in URLs or forms, among them one escape that must not be decoded twice.
fn reserved() -> String {
    format!("{}+b/c=d&e%2Bf#g?h{}", short(), short())
}

/// So many base64url characters, but no fewer than the 128 bits that nobody can guess.
pub(crate) fn of_length(length: usize) -> String {
    let mut value = token();
    while value.len() < length {
        value.push_str(&token());
    }
    value.truncate(length.max(22));
    value
}

/// What a user types into a page (RFC 8628 §6.1): consonants, so that no words come about, and a hyphen to read by.
pub(crate) fn user_code() -> String {
    const LETTERS: &[u8] = b"BCDFGHJKLMNPQRSTVWXZ";
    let mut generator = rand::rng();
    let mut letter = || char::from(LETTERS[generator.random_range(..LETTERS.len())]);
    let mut code: String = (0..8).map(|_| letter()).collect();
    code.insert(4, '-');
    code
}

fn bits<const N: usize>() -> String {
    let mut bytes = [0_u8; N];
    rand::rng().fill(&mut bytes[..]);
    URL_SAFE_NO_PAD.encode(bytes)
}
