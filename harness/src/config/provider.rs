//! `[provider]`: how the provider is, as far as the client depends on it.

use std::num::NonZeroU16;
use std::path::Path;

use mock_idp::{Dialect, Paths};
use serde::Deserialize;

/// The section as it is written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProviderSection {
    /// Where the provider listens, for a client that runs already.
    port: Option<NonZeroU16>,
    /// What such a client calls itself.
    client_id: Option<String>,
    /// The secret that such a client authenticates with.
    client_secret: Option<String>,
    /// The dialect whose paths it has, if that is another one.
    paths: Option<String>,
    /// The dialect that it has.
    dialect: Option<String>,
    /// Whether its issuer is alone at a host.
    #[serde(default)]
    at_root: bool,
    /// Whether its issuer does not end in a slash.
    #[serde(default)]
    issuer_without_slash: bool,
}

/// How the provider behaves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProviderWays {
    /// Where its endpoints are, and what its tokens look like.
    pub paths: Paths,
    /// Whose ways it has where they depart from the specifications.
    pub dialect: Dialect,
    /// Whether each issuer is alone at the root of a host: for clients that are configured with the host of their provider,
    /// and make the issuer of it.
    pub at_root: bool,
    /// Whether issuers do not end in a slash: for clients that put a slash between the issuer and `.well-known`. Without it,
    /// the paths decide, or a lawful variation.
    pub issuer_without_slash: bool,
}

/// What a client that runs already knows of its provider: it cannot be told anything else.
#[derive(Debug, Clone)]
pub struct KnownProvider {
    /// The issuer is `http://127.0.0.1:PORT/`, or `https:`, and what its [`Paths`] add.
    pub port: NonZeroU16,
    /// The client identifier.
    pub client_id: String,
    /// The client secret; public clients have none.
    pub client_secret: String,
}

impl ProviderSection {
    /// `folder`: what the path of a dialect begins at.
    pub(super) fn ways(&self, folder: &Path) -> Result<ProviderWays, String> {
        let named = |key: &str, name: &Option<String>| {
            let found = name.as_deref().map(|name| Dialect::find(name, folder)).transpose();
            found.map_err(|error| format!("[provider] {key}: {error}"))
        };
        let dialect = named("dialect", &self.dialect)?.unwrap_or_default();
        if !dialect.speaks_openid_connect() {
            return Err(format!(
                "[provider] dialect: {} has no provider metadata and no ID tokens, without which no client can be verified",
                dialect.title()
            ));
        }
        let paths = named("paths", &self.paths)?.unwrap_or(dialect).paths();
        if self.issuer_without_slash && paths.decides_on_slash() {
            return Err(
                "[provider] issuer_without_slash = true: the paths of this provider already decide how the issuer \
                        ends; leave the key out, or write paths = \"plain\""
                    .to_owned(),
            );
        }
        Ok(ProviderWays { paths, dialect, at_root: self.at_root, issuer_without_slash: self.issuer_without_slash })
    }

    /// What a client knows of it, if it says so.
    pub(super) fn known(self) -> Result<KnownProvider, String> {
        match self {
            Self { port: Some(port), client_id: Some(client_id), client_secret, .. } => {
                Ok(KnownProvider { port, client_id, client_secret: client_secret.unwrap_or_default() })
            }
            _ => Err("there is no [start], so the client runs already, and the provider has to be where it expects it; write \
                      [provider] with port, client_id and client_secret, or [start] with a command"
                .to_owned()),
        }
    }

    /// Whether it says nothing that a client which is started for a run is told by placeholders.
    pub(super) fn check_started(&self, by: &str) -> Result<(), String> {
        if self.port.is_none() && self.client_id.is_none() && self.client_secret.is_none() {
            return Ok(());
        }
        Err(format!(
            "[provider] port, client_id and client_secret are for a client that runs already, and {by} starts one, which is \
             told all of this; leave them out"
        ))
    }
}
