//! `{…}` in commands, environment and base URL, filled in for every instance of a client.

use std::fmt;

use serde::Deserialize;

use crate::terms::URLS_IN_METADATA;

/// A string of the configuration that may hold placeholders.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Template(String);

/// What the placeholders stand for, for one instance.
#[derive(Debug, Clone, Default)]
pub struct Placeholders {
    /// `{port}`: a free port of the loopback interface.
    pub port: String,
    /// `{port_2}` to `{port_9}`: further free ports, for a client that listens on several.
    pub further_ports: [String; 8],
    /// `{base_url}`: where this instance is reached.
    pub base_url: String,
    /// `{issuer}`: the issuer identifier, to the byte.
    pub issuer: String,
    /// `{issuer_host}`: host and port of the issuer, `127.0.0.1:8081`, for a client that makes the issuer of them.
    pub issuer_host: String,
    /// `{metadata_url}`: where the metadata of the issuer are, for a client that is told that URL and no issuer.
    pub metadata_url: String,
    /// `{authorization_endpoint}` and the like.
    pub endpoints: EndpointUrls,
    /// `{client_id}`
    pub client_id: String,
    /// `{client_secret}`
    pub client_secret: String,
    /// `{redirect_uri}`: base URL and callback path.
    pub redirect_uri: String,
    /// `{second_redirect_uri}`: the same at the second provider.
    pub second_redirect_uri: String,
    /// `{api_url}`: the protected API.
    pub api_url: String,
    /// `{audience}`: the API's identifier; empty if none is registered.
    pub audience: String,
    /// `{scope}`
    pub scope: String,
    /// `{token_endpoint_auth_method}`
    pub token_endpoint_auth_method: String,
    /// `{state_dir}`: a folder of this user agent's own, for what a command keeps from one run to the next.
    pub state_dir: String,
    /// `{second_issuer}`: the issuer identifier of the second provider; empty if the client knows one only.
    pub second_issuer: String,
    /// `{second_issuer_host}`
    pub second_issuer_host: String,
    /// `{second_metadata_url}`
    pub second_metadata_url: String,
    /// `{second_authorization_endpoint}` and the like.
    pub second_endpoints: EndpointUrls,
    /// `{second_client_id}`
    pub second_client_id: String,
    /// `{second_client_secret}`
    pub second_client_secret: String,
    /// `{ca_file}`: the certificate of the run's authority, as PEM.
    pub ca_file: String,
    /// `{certificate_file}`: a certificate for this machine by that authority, for a client that serves https.
    pub certificate_file: String,
    /// `{key_file}`: the key that belongs to it.
    pub key_file: String,
    /// `{second_api_url}`: the API that takes the access tokens of the second provider.
    pub second_api_url: String,
}

/// The URLs that the metadata of a provider have, for a client that does not read them.
#[derive(Debug, Clone, Default)]
pub struct EndpointUrls {
    /// `{authorization_endpoint}`
    pub authorization: String,
    /// `{token_endpoint}`
    pub token: String,
    /// `{userinfo_endpoint}`
    pub userinfo: String,
    /// `{jwks_uri}`
    pub jwks: String,
    /// `{revocation_endpoint}`
    pub revocation: String,
    /// `{end_session_endpoint}`
    pub end_session: String,
}

impl EndpointUrls {
    fn all(&self) -> [&str; 6] {
        [&self.authorization, &self.token, &self.userinfo, &self.jwks, &self.revocation, &self.end_session]
    }
}

/// A placeholder that does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownPlaceholder(String);

impl fmt::Display for UnknownPlaceholder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names =
            Placeholders::default().pairs().into_iter().map(|(name, _)| format!("{{{name}}}")).collect::<Vec<_>>();
        let known = names.join(" ");
        write!(f, "unknown placeholder {{{}}}; known are {known}", self.0)
    }
}

impl std::error::Error for UnknownPlaceholder {}

impl Template {
    /// A template of this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Whether the text begins so.
    pub(super) fn starts_with(&self, beginning: &str) -> bool {
        self.0.starts_with(beginning)
    }

    /// Whether `{name}` occurs in it.
    #[must_use]
    pub fn mentions(&self, name: &str) -> bool {
        self.0.contains(&format!("{{{name}}}"))
    }

    /// Whether it is where the metadata are, by the placeholder or written out.
    pub(super) fn names_metadata(&self) -> bool {
        self.mentions("metadata_url") || self.0.contains(".well-known/")
    }

    /// The placeholders that occur in it, known or not.
    pub(super) fn placeholders(&self) -> impl Iterator<Item = &str> {
        let after_brace = self.0.split('{').skip(1);
        after_brace.filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).filter(|name| is_name(name))
    }

    /// The text with every placeholder filled in. Braces around anything but a name of lower-case letters, digits and
    /// `_` stay as they are.
    ///
    /// # Errors
    ///
    /// For a placeholder that does not exist.
    pub fn fill(&self, values: &Placeholders) -> Result<String, UnknownPlaceholder> {
        let mut filled = String::with_capacity(self.0.len());
        let mut rest = self.0.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            match after.split_once('}') {
                Some((name, tail)) if is_name(name) => {
                    let value = values.get(name).ok_or_else(|| UnknownPlaceholder(name.to_owned()))?;
                    filled.push_str(value);
                    rest = tail;
                }
                _ => {
                    filled.push('{');
                    rest = after;
                }
            }
        }
        filled.push_str(rest);
        Ok(filled)
    }
}

fn is_name(text: &str) -> bool {
    let is_of_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    text.starts_with(|first: char| first.is_ascii_lowercase()) && text.bytes().all(is_of_name)
}

impl Placeholders {
    /// Plausible values, to check templates before anything runs.
    #[must_use]
    pub fn example() -> Self {
        Self {
            port: "8080".to_owned(),
            further_ports: std::array::from_fn(|at| (8090 + at).to_string()),
            base_url: "http://127.0.0.1:8080".to_owned(),
            redirect_uri: "http://127.0.0.1:8080/callback".to_owned(),
            second_redirect_uri: "http://127.0.0.1:8080/callback".to_owned(),
            second_issuer: "http://127.0.0.1:8081/t/example/".to_owned(),
            ..Self::default()
        }
    }

    /// The names of the further ports.
    pub(crate) const FURTHER_PORTS: [&str; 8] =
        ["port_2", "port_3", "port_4", "port_5", "port_6", "port_7", "port_8", "port_9"];

    const SECOND_ENDPOINTS: [&str; 6] = [
        "second_authorization_endpoint",
        "second_token_endpoint",
        "second_userinfo_endpoint",
        "second_jwks_uri",
        "second_revocation_endpoint",
        "second_end_session_endpoint",
    ];

    fn pairs(&self) -> Vec<(&'static str, &str)> {
        let further = Self::FURTHER_PORTS.into_iter().zip(&self.further_ports);
        let mut pairs = vec![
            ("port", self.port.as_str()),
            ("base_url", &self.base_url),
            ("issuer", &self.issuer),
            ("issuer_host", &self.issuer_host),
            ("metadata_url", &self.metadata_url),
            ("client_id", &self.client_id),
            ("client_secret", &self.client_secret),
            ("redirect_uri", &self.redirect_uri),
            ("second_redirect_uri", &self.second_redirect_uri),
            ("api_url", &self.api_url),
            ("resource_url", &self.api_url),
            ("audience", &self.audience),
            ("scope", &self.scope),
            ("token_endpoint_auth_method", &self.token_endpoint_auth_method),
            ("state_dir", &self.state_dir),
            ("second_issuer", &self.second_issuer),
            ("second_issuer_host", &self.second_issuer_host),
            ("second_metadata_url", &self.second_metadata_url),
            ("second_client_id", &self.second_client_id),
            ("second_client_secret", &self.second_client_secret),
            ("second_api_url", &self.second_api_url),
            ("ca_file", &self.ca_file),
            ("certificate_file", &self.certificate_file),
            ("key_file", &self.key_file),
        ];
        pairs.extend(further.map(|(name, port)| (name, port.as_str())));
        pairs.extend(URLS_IN_METADATA.into_iter().zip(self.endpoints.all()));
        pairs.extend(Self::SECOND_ENDPOINTS.into_iter().zip(self.second_endpoints.all()));
        pairs
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.pairs().into_iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_that_are_no_placeholder_stay() {
        let filled = Template::new(r#"{"port": {port}, "x": {}}"#).fill(&Placeholders::example());
        assert_eq!(filled.as_deref(), Ok(r#"{"port": 8080, "x": {}}"#));
    }

    #[test]
    fn further_ports_have_numbers() {
        let filled = Template::new("{port} {port_2} {port_3} {2}").fill(&Placeholders::example());
        assert_eq!(filled.as_deref(), Ok("8080 8090 8091 {2}"));
        assert!(Template::new("{port_1}").fill(&Placeholders::example()).is_err());
    }

    #[test]
    fn endpoints_of_both_providers_have_names() {
        let values = Placeholders {
            endpoints: EndpointUrls { token: "one".to_owned(), jwks: "two".to_owned(), ..EndpointUrls::default() },
            second_endpoints: EndpointUrls { token: "three".to_owned(), ..EndpointUrls::default() },
            ..Placeholders::default()
        };
        let filled = Template::new("{token_endpoint} {jwks_uri} {second_token_endpoint}").fill(&values);
        assert_eq!(filled.as_deref(), Ok("one two three"));
    }

    #[test]
    fn unknown_placeholder_is_refused() {
        assert_eq!(Template::new("{prot}").fill(&Placeholders::example()), Err(UnknownPlaceholder("prot".to_owned())));
    }
}
