//! Unguessable values.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::RngExt as _;

/// 256 bits as 43 characters of base64url: enough for a state, a nonce, a session, and what RFC 7636 §7.1 recommends for
/// a code verifier.
pub(crate) fn token() -> String {
    let mut bytes = [0_u8; 32];
    rand::rng().fill(&mut bytes[..]);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// 122 bits in the form of a UUID (RFC 9562 §5.4).
pub(crate) fn uuid() -> String {
    let bits = rand::rng().random::<u128>() & !(0xf << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let hex = format!("{bits:032x}");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// So many characters out of all that RFC 3986 §2.3 calls unreserved.
pub(crate) fn unreserved(length: usize) -> String {
    const UNRESERVED: &[u8; 66] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    let mut rng = rand::rng();
    (0..length).map(|_| char::from(UNRESERVED[rng.random_range(0..UNRESERVED.len())])).collect()
}
