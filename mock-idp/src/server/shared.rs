//! What the server and its handle both know, and which issuer a path belongs to.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::RwLock;
use tokio::sync::Semaphore;

use super::issuers::Issuers;
use crate::journal::{Capacity, Response};
use crate::terms::{Endpoint, Hosts, RESOURCE_METADATA};
use crate::variation::HeaderCase;
use crate::{Companion, Issuer, IssuerConfig, Keys, Request, random};

/// What the server and its handle both know.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) address: SocketAddr,
    pub(super) hosts: Arc<Hosts>,
    pub(super) keys: Keys,
    pub(super) journal: Capacity,
    pub(super) header_case: HeaderCase,
    /// Where header field names are written in the other case, if there is such a port.
    pub(super) other_origin: Option<String>,
    pub(super) first: Issuer,
    /// By their first path segment. If there are any, the first issuer is one of them, and none is at the root.
    pub(super) named: RwLock<Vec<(String, Issuer)>>,
    pub(super) others: RwLock<Issuers>,
    /// The places for listeners of event streams.
    pub(super) listeners: Arc<Semaphore>,
    /// What the explorer page has beside what the provider has itself.
    pub(super) companion: Option<Arc<dyn Companion>>,
    /// The file with the authority of the server's certificate.
    pub(super) ca_file: Option<PathBuf>,
    /// What programs on other machines present to the control API.
    pub(super) control_token: Option<String>,
}

pub(super) struct Destination {
    pub(super) issuer: Issuer,
    /// Below the issuer, without a leading slash.
    pub(super) path: String,
    /// What is there.
    pub(super) endpoint: Endpoint,
}

/// How many bytes of exchanges an issuer of the control API remembers, about: there can be many of them.
const ADDED_BYTES: usize = 4 * 1024 * 1024;

impl Shared {
    /// Adds an issuer with its own unguessable path, which shares nothing with the others.
    pub(super) fn add(&self, config: IssuerConfig) -> Issuer {
        let (name, issuer) = self.new_issuer(config, self.keys.clone(), self.journal);
        self.others.write().add(name, issuer.clone());
        issuer
    }

    /// The same with these keys and a small journal, unless so many issuers were added. Returns its name, too.
    pub(super) fn add_below(&self, most: usize, config: IssuerConfig, keys: Keys) -> Option<(String, Issuer)> {
        let journal = Capacity { bytes: self.journal.bytes.min(ADDED_BYTES), ..self.journal };
        let (name, issuer) = self.new_issuer(config, keys, journal);
        let mut others = self.others.write();
        if others.len() >= most {
            return None;
        }
        others.add(name.clone(), issuer.clone());
        Some((name, issuer))
    }

    fn new_issuer(&self, config: IssuerConfig, keys: Keys, journal: Capacity) -> (String, Issuer) {
        let name = random::path_segment();
        let origin = match &self.other_origin {
            Some(other) if config.variation.header_case() != self.header_case => other,
            _ => &self.hosts.origin,
        };
        let issuer = Issuer::new(&format!("{origin}/t/{name}/"), self.hosts.clone(), config, keys, journal);
        (name, issuer)
    }

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
        if let Some(rest) = path.strip_prefix(RESOURCE_METADATA).and_then(|rest| rest.strip_prefix('/'))
            && let Some((issuer, of_host)) = self.issuer_at(rest)
            && issuer.0.paths.below(of_host).is_some_and(|it| issuer.0.paths.endpoint_at(it) == Endpoint::Api)
        {
            return Some(Destination { issuer, path: path.to_owned(), endpoint: Endpoint::ResourceMetadata });
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

    /// All issuers, those that were added last.
    pub(super) fn issuers(&self) -> Vec<Issuer> {
        let mut all: Vec<_> = self.named.read().iter().map(|(_, issuer)| issuer.clone()).collect();
        if all.is_empty() {
            all.push(self.first.clone());
        }
        all.extend(self.others.read().list().into_iter().map(|(_, issuer)| issuer));
        all
    }

    /// Whether a path is below that of an issuer that was added.
    pub(super) fn is_below_added(path: &str) -> bool {
        path.starts_with("/t/")
    }

    /// Enters a request for an address of the host that is no endpoint of an added issuer into the journal of the one whose
    /// credentials it presents: a client that makes up an endpoint sends there what it has got from one of them.
    pub(super) fn put_down_stray(&self, request: Request, response: &Response) {
        let values: Vec<_> = request.values().into_iter().map(|(value, _)| value).collect();
        let others = self.others.read().list().into_iter().map(|(_, issuer)| issuer);
        let Some(issuer) = others.into_iter().find(|issuer| issuer.0.journal.has_issued(&values)) else { return };
        issuer.0.journal.put_down(issuer.0.clock.now(), request, response.clone());
    }

    /// What is told where there is no issuer. `host`: what the request calls this server.
    pub(super) fn no_issuer(&self, host: &str) -> String {
        let mut text = "there is no such issuer\n".to_owned();
        for (_, issuer) in &*self.named.read() {
            text.push_str(issuer.called(host, None).identifier());
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
