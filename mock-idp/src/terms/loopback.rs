//! Hosts that are this machine.

use std::net::IpAddr;

/// Whether the host of a URL or of a `Host` field is this machine: `localhost`, or a loopback address.
pub(crate) fn is_loopback(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
