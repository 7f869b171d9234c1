//! The cookie that tells a browser's session at this issuer (RFC 6265).

use aws_lc_rs::digest::{SHA256, digest};
use url::Url;

use crate::Request;
use crate::issuer::State;

/// The secret of the session that the browser has here, or claims to have.
pub(super) fn read<'a>(issuer: &State, request: &'a Request) -> Option<&'a str> {
    let name = name(issuer);
    let mut pairs = request.header("cookie")?.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(candidate, _)| *candidate == name).map(|(_, secret)| secret)
}

/// A `Set-Cookie` field for a session.
pub(super) fn set(issuer: &State, secret: &str) -> String {
    let (name, attributes) = (name(issuer), attributes(issuer));
    format!("{name}={secret}; {attributes}")
}

/// A `Set-Cookie` field that takes the cookie away.
pub(super) fn remove(issuer: &State) -> String {
    let (name, attributes) = (name(issuer), attributes(issuer));
    format!("{name}=; Max-Age=0; {attributes}")
}

/// The name differs by issuer: a browser has one jar for all ports of a host.
fn name(issuer: &State) -> String {
    let digest = digest(&SHA256, issuer.usual_identifier.as_bytes());
    let digest = digest.as_ref();
    format!("mock_idp_session_{:02x}{:02x}{:02x}{:02x}", digest[0], digest[1], digest[2], digest[3])
}

fn attributes(issuer: &State) -> String {
    let path = Url::parse(&issuer.base_url).map_or_else(|_| "/".to_owned(), |url| url.path().to_owned());
    let secure = if issuer.base_url.starts_with("https:") { "; Secure" } else { "" };
    format!("Path={path}; HttpOnly; SameSite=Lax{secure}")
}
