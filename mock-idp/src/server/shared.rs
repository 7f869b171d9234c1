//! What the server and its handle both know, and which issuer a path belongs to.

use std::collections::HashMap;
use std::net::SocketAddr;

use parking_lot::RwLock;

use crate::variation::HeaderCase;
use crate::{Issuer, Keys};

/// What the server and its handle both know.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) address: SocketAddr,
    /// `http://127.0.0.1:4455`, without a slash.
    pub(super) origin: String,
    pub(super) keys: Keys,
    pub(super) journal_capacity: usize,
    pub(super) header_case: HeaderCase,
    /// Where header field names are written in the other case, if there is such a port.
    pub(super) other_origin: Option<String>,
    pub(super) first: Issuer,
    /// By the path segment after `/t/`.
    pub(super) others: RwLock<HashMap<String, Issuer>>,
}

pub(super) struct Destination {
    pub(super) issuer: Issuer,
    /// Below the issuer, without a leading slash.
    pub(super) path: String,
}

impl Shared {
    pub(super) fn destination(&self, path: &str) -> Option<Destination> {
        let path = path.strip_prefix('/').unwrap_or(path);
        // RFC 8414 §3.1 puts the issuer's path behind the well-known one.
        for well_known in [".well-known/openid-configuration", ".well-known/oauth-authorization-server"] {
            if let Some(segment) = path.strip_prefix(well_known).and_then(|rest| rest.strip_prefix("/t/")) {
                let issuer = self.others.read().get(segment.trim_end_matches('/'))?.clone();
                return Some(Destination { issuer, path: well_known.to_owned() });
            }
        }
        if let Some(rest) = path.strip_prefix("t/") {
            let (segment, path) = rest.split_once('/').unwrap_or((rest, ""));
            let issuer = self.others.read().get(segment)?.clone();
            return Some(Destination { issuer, path: path.to_owned() });
        }
        Some(Destination { issuer: self.first.clone(), path: path.to_owned() })
    }
}
