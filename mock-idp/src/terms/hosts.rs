//! The names under which a provider is reached.

use std::fmt;
use std::str::FromStr;

use http::uri::Authority;
use url::Url;

use super::loopback::is_loopback;

/// A name under which a provider is reached: `idp.test`, with any port, or `idp.test:8080`, with this one.
///
/// ```
/// use mock_idp::HostName;
///
/// assert!("idp.test:8080".parse::<HostName>().is_ok());
/// assert!("http://idp.test/".parse::<HostName>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct HostName {
    host: String,
    port: Option<u16>,
}

/// Why a text is no name of a provider.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no host: it is a name or an address, with or without a port: idp.test, or idp.test:8080")]
pub struct HostNameError(String);

impl FromStr for HostName {
    type Err = HostNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || HostNameError(text.to_owned());
        // A pattern is no name, although it may stand in a URL.
        let origin = origin("http", text).filter(|_| !text.contains('*')).ok_or_else(wrong)?;
        let port = text.parse::<Authority>().ok().and_then(|authority| authority.port_u16());
        Ok(Self { host: origin.host_str().ok_or_else(wrong)?.to_owned(), port })
    }
}

impl TryFrom<String> for HostName {
    type Error = HostNameError;

    fn try_from(text: String) -> Result<Self, HostNameError> {
        text.parse()
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(f, "{}:{port}", self.host),
            None => f.write_str(&self.host),
        }
    }
}

impl HostName {
    /// The name without the port.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// The origin of this name. `port`: for a name that leaves the port open.
    pub(crate) fn origin(&self, scheme: &str, port: u16) -> String {
        let text = format!("{scheme}://{}:{}", self.host, self.port.unwrap_or(port));
        Url::parse(&text).map_or(text, |url| url.origin().ascii_serialization())
    }

    fn is_of(&self, origin: &Url) -> bool {
        let same_port = self.port.is_none() || self.port == origin.port_or_known_default();
        same_port && origin.host_str() == Some(self.host.as_str())
    }
}

/// The names that a server answers to. A page of another site must not reach it by a name that it lets resolve to this
/// machine (DNS rebinding).
#[derive(Clone, Debug)]
pub(crate) struct Hosts {
    /// The origin in the URLs of the issuers, without a slash.
    pub(crate) origin: String,
    /// What the URLs begin with under another name: `http` or `https`.
    pub(crate) scheme: &'static str,
    /// The names under which the issuers call themselves by the name that they are reached under. None: they call
    /// themselves by the origin always.
    pub(crate) names: Vec<HostName>,
    /// Where browsers reach the server, if that is another name than the client's. Without a slash.
    pub(crate) browser_origin: Option<String>,
    /// Where the server listens: the port of a name that leaves it open.
    pub(crate) port: u16,
    /// Whether every name is answered to, if there is no list of names.
    pub(crate) any: bool,
}

impl Hosts {
    /// Those of a server that is called by one origin.
    #[cfg(test)]
    pub(crate) fn of(origin: impl Into<String>) -> Self {
        let origin = origin.into();
        Self { origin, scheme: "http", names: Vec::new(), browser_origin: None, port: 4455, any: false }
    }

    /// Whether a request with this `Host` field is for the server. One without a host comes from no browser.
    pub(crate) fn include(&self, field: Option<&str>) -> bool {
        let Some(field) = field else { return true };
        let is_own = |url: &Url| Url::parse(&self.origin).is_ok_and(|own| own.host_str() == url.host_str());
        (self.any && self.names.is_empty())
            || self.include_surely(field)
            || origin(self.scheme, field).is_some_and(|url| is_own(&url))
    }

    /// Whether a `Host` field is this machine, or one of the names that were listed.
    pub(crate) fn include_surely(&self, field: &str) -> bool {
        origin(self.scheme, field).is_some_and(|url| self.is_listed(&url))
    }

    /// The origin that the issuers call themselves by in answer to a request with this `Host` field; nothing if that is the
    /// usual one.
    pub(crate) fn origin_of(&self, field: &str) -> Option<String> {
        let url = origin(self.scheme, field).filter(|_| !self.names.is_empty())?;
        let called = url.origin().ascii_serialization();
        (called == self.origin || self.is_listed(&url)).then_some(called)
    }

    /// Whether a URL is below an origin that the issuers call themselves by, and what follows that.
    pub(crate) fn below_own<'a>(&self, url: &'a str) -> Option<&'a str> {
        let (origin, rest) = split(url);
        let authority = origin.strip_prefix(self.scheme).and_then(|rest| rest.strip_prefix("://"));
        let is_own = origin == self.origin || authority.is_some_and(|it| self.origin_of(it).as_deref() == Some(origin));
        is_own.then_some(rest)
    }

    /// Why a request with this `Host` field is not answered.
    pub(crate) fn refusal(&self, field: &str) -> String {
        if self.names.is_empty() {
            return format!(
                "this server is {}, and answers to no other name than that and localhost: {field}",
                self.origin
            );
        }
        let names = self.names.iter().map(HostName::to_string).collect::<Vec<_>>().join(", ");
        format!(
            "this server answers to the names {names} and localhost, and to no other one: {field}; --host adds a name"
        )
    }

    fn is_listed(&self, url: &Url) -> bool {
        url.host_str().is_some_and(is_loopback) || self.names.iter().any(|name| name.is_of(url))
    }
}

/// A URL's origin, and what follows it.
pub(crate) fn split(url: &str) -> (&str, &str) {
    let host = url.find("://").map_or(0, |at| at + 3);
    url.split_at(url[host..].find('/').map_or(url.len(), |at| host + at))
}

/// The URL of a host with or without a port, as a `Host` field has it.
fn origin(scheme: &str, host: &str) -> Option<Url> {
    let authority: Authority = host.parse().ok()?;
    let is_host = !authority.as_str().contains('@') && !authority.as_str().ends_with(':');
    Url::parse(&format!("{scheme}://{authority}/")).ok().filter(|_| is_host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(names: &[&str]) -> Hosts {
        let names = names.iter().map(|name| name.parse().expect("a host")).collect();
        Hosts { names, ..Hosts::of("http://127.0.0.1:4455") }
    }

    #[test]
    fn name_without_a_port_is_good_with_every_port_and_one_with_a_port_is_not() {
        let hosts = hosts(&["idp.test", "idp.internal:8080", "plain.test:80"]);
        for (field, origin) in [
            ("idp.test", Some("http://idp.test")),
            ("IDP.test:4455", Some("http://idp.test:4455")),
            ("idp.internal:8080", Some("http://idp.internal:8080")),
            ("idp.internal", None),
            ("plain.test", Some("http://plain.test")),
            ("plain.test:80", Some("http://plain.test")),
            ("localhost:4455", Some("http://localhost:4455")),
            ("[::1]:4455", Some("http://[::1]:4455")),
            ("other.test", None),
            ("user@idp.test", None),
            ("", None),
        ] {
            assert_eq!(hosts.origin_of(field).as_deref(), origin, "{field}");
            assert_eq!(hosts.include(Some(field)), origin.is_some(), "{field}");
        }
        assert!(hosts.include(None));
        let secure = Hosts { scheme: "https", ..hosts };
        assert_eq!(secure.origin_of("idp.test:443").as_deref(), Some("https://idp.test"));
    }

    #[test]
    fn without_a_list_the_origin_stays_and_with_one_not_every_name_is_answered_to() {
        let any = Hosts { any: true, ..hosts(&[]) };
        assert_eq!(any.origin_of("localhost:4455"), None);
        assert!(any.include(Some("other.test")) && !any.include_surely("other.test"));
        assert!(!Hosts { any: true, ..hosts(&["idp.test"]) }.include(Some("other.test")));
    }

    #[test]
    fn url_is_told_apart_from_one_of_another_provider() {
        let hosts = hosts(&["idp.test"]);
        assert_eq!(hosts.below_own("http://idp.test:4455/staff/"), Some("/staff/"));
        assert_eq!(hosts.below_own("http://127.0.0.1:4455"), Some(""));
        for other in ["https://idp.test:4455/", "http://other.test/", "http://user@idp.test/", "idp.test", ""] {
            assert_eq!(hosts.below_own(other), None, "{other}");
        }
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for wrong in ["", "http://idp.test", "idp.test/", "user@idp.test", "idp.test:", "idp test", "*"] {
            assert!(wrong.parse::<HostName>().is_err(), "{wrong}");
        }
        assert_eq!("IDP.test:80".parse::<HostName>().expect("a host").to_string(), "idp.test:80");
        assert_eq!("[::1]".parse::<HostName>().expect("a host").origin("http", 4455), "http://[::1]:4455");
    }
}
