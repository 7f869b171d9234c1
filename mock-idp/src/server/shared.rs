//! What the server and its handle both know, and which issuer a path belongs to.

use std::collections::HashMap;
use std::net::SocketAddr;

use parking_lot::RwLock;

use super::host::Hosts;
use crate::journal::Capacity;
use crate::terms::Endpoint;
use crate::variation::HeaderCase;
use crate::{Issuer, Keys};

/// What the server and its handle both know.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) address: SocketAddr,
    pub(super) hosts: Hosts,
    /// `http://127.0.0.1:4455`, without a slash.
    pub(super) origin: String,
    pub(super) keys: Keys,
    pub(super) journal: Capacity,
    pub(super) header_case: HeaderCase,
    /// Where header field names are written in the other case, if there is such a port.
    pub(super) other_origin: Option<String>,
    pub(super) first: Issuer,
    /// By their first path segment. If there are any, the first issuer is one of them, and none is at the root.
    pub(super) named: RwLock<Vec<(String, Issuer)>>,
    /// By the path segment after `/t/`.
    pub(super) others: RwLock<HashMap<String, Issuer>>,
}

pub(super) struct Destination {
    pub(super) issuer: Issuer,
    /// Below the issuer, without a leading slash.
    pub(super) path: String,
    /// What is there.
    pub(super) endpoint: Endpoint,
}

impl Shared {
    pub(super) fn destination(&self, path: &str) -> Option<Destination> {
        let path = path.strip_prefix('/').unwrap_or(path);
        // RFC 8414 §3.1 puts the issuer's path behind the well-known one, OpenID Connect Discovery §4.1 before it.
        for well_known in [".well-known/openid-configuration", ".well-known/oauth-authorization-server"] {
            if let Some(rest) = path.strip_prefix(well_known).and_then(|rest| rest.strip_prefix('/'))
                && !rest.is_empty()
                && let Some((issuer, of_host)) = self.issuer_at(rest.trim_end_matches('/'))
                && issuer.0.paths.is_issuer(of_host)
            {
                return Some(Destination { issuer, path: well_known.to_owned(), endpoint: Endpoint::Discovery });
            }
        }
        let (issuer, rest) = self.issuer_at(path)?;
        let paths = issuer.0.paths;
        Some(match paths.below(rest) {
            Some(below) => {
                Destination { path: below.to_owned(), endpoint: paths.endpoint_at(below), issuer: issuer.clone() }
            }
            // The host itself: the page and the control API of its only issuer.
            None => Destination { path: rest.to_owned(), endpoint: Endpoint::Other, issuer },
        })
    }

    /// What is told where there is no issuer.
    pub(super) fn no_issuer(&self) -> String {
        let mut text = "there is no such issuer\n".to_owned();
        for (_, issuer) in &*self.named.read() {
            text.push_str(issuer.identifier());
            text.push('\n');
        }
        text
    }

    /// The issuer that a path on the host belongs to, and what of the path is on the issuer's own host.
    fn issuer_at<'a>(&self, path: &'a str) -> Option<(Issuer, &'a str)> {
        let Some(rest) = path.strip_prefix("t/") else {
            let named = self.named.read();
            if named.is_empty() {
                return Some((self.first.clone(), path));
            }
            let (segment, rest) = path.split_once('/').unwrap_or((path, ""));
            return named.iter().find(|(name, _)| name == segment).map(|(_, issuer)| (issuer.clone(), rest));
        };
        let (segment, rest) = rest.split_once('/').unwrap_or((rest, ""));
        Some((self.others.read().get(segment)?.clone(), rest))
    }
}
