//! The names under which the server may be addressed: a page of another site must not reach it by a name that it lets
//! resolve to this machine (DNS rebinding).

use http::uri::Authority;

use crate::terms::is_loopback;

/// The names that the server answers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Hosts {
    /// Every name.
    All,
    /// This machine's, and the one in the URLs of the issuers.
    Own(String),
}

impl Hosts {
    /// Those of a server whose URLs begin with this origin.
    pub(super) fn of(origin: &str) -> Self {
        let host = url::Url::parse(origin).ok().and_then(|url| url.host_str().map(str::to_owned));
        Self::Own(host.unwrap_or_default())
    }

    /// Whether a request with this `Host` field is for the server. One without a host comes from no browser.
    pub(super) fn include(&self, field: Option<&str>) -> bool {
        match (self, field) {
            (Self::All, _) | (_, None) => true,
            (Self::Own(own), Some(field)) => {
                name(field).is_some_and(|host| host.eq_ignore_ascii_case(own) || is_loopback(&host))
            }
        }
    }
}

/// Whether a `Host` field names this machine.
pub(super) fn is_local(field: &str) -> bool {
    name(field).as_deref().is_some_and(is_loopback)
}

fn name(field: &str) -> Option<String> {
    let authority = field.parse::<Authority>().ok()?;
    Some(authority.host().to_owned())
}
