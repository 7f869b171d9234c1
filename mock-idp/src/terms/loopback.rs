//! Hosts that are this machine.

use std::net::IpAddr;

use url::Url;

/// Whether the host of a URL or of a `Host` field is this machine: `localhost`, or a loopback address.
pub(crate) fn is_loopback(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Whether two redirect URIs on a loopback address differ in nothing but the port (RFC 8252 §7.3).
pub(crate) fn same_loopback(one: &str, other: &str) -> bool {
    let without_port = |uri: &str| {
        let native = |url: &Url| url.scheme() == "http" && url.host_str().is_some_and(is_loopback);
        let mut url = Url::parse(uri).ok().filter(native)?;
        url.set_port(None).ok()?;
        Some(url)
    };
    without_port(one).is_some_and(|one| without_port(other) == Some(one))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirect_uris_of_a_native_app_are_the_same_but_for_the_port() {
        assert!(same_loopback("http://127.0.0.1:4001/callback", "http://127.0.0.1:4002/callback"));
        assert!(same_loopback("http://[::1]/", "http://[::1]:4002/"));
        for other in [
            "http://127.0.0.1:4002/elsewhere",
            "http://localhost:4002/callback",
            "https://127.0.0.1:4002/callback",
            "http://rp.example/callback",
            "callback",
        ] {
            assert!(!same_loopback("http://127.0.0.1:4001/callback", other), "{other}");
        }
    }
}
