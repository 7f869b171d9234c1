//! The file as it is written, and its JSON Schema.

use std::mem::take;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::{fmt, fs};

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{self, IntoDeserializer as _, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use toml::Spanned;

use crate::fault::{self, Change, Point, Times};
use crate::terms::{Api, ClientRegistration, GrantType, Policy, UserRegistration};
use crate::{Fault, HostName, Identity, KeySource, Keys, TlsSource};

/// A table with keys of its own, and with those that say how an issuer behaves and what it knows.
macro_rules! with_ways {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $key:ident: $type:ty,)* }) => {
        #[derive(Default, Deserialize, JsonSchema)]
        $(#[$about])*
        #[serde(default, deny_unknown_fields)]
        pub(super) struct $name {
            $($(#[$doc])* pub(super) $key: $type,)*
            /// Which provider it imitates: a name, or the path of a file.
            #[schemars(with = "Option<String>")]
            dialect: Option<Spanned<String>>,
            /// The dialect whose paths it has, with the form of its tokens.
            #[schemars(with = "Option<String>")]
            paths: Option<Spanned<String>>,
            /// The `sub` of the user who is logged in without being asked.
            headless: Option<String>,
            /// Whether to refuse what a strict provider refuses.
            strict: Option<bool>,
            /// The registered clients.
            client: Vec<ClientRegistration>,
            /// The people who can log in.
            user: Vec<UserRegistration>,
            /// The protected APIs.
            api: Vec<Api>,
            /// What the specifications leave open, and what the provider lets pass.
            policy: Policy,
            /// What tokens are signed with.
            keys: Option<KeysTable>,
            /// Faults that are armed from the start.
            fault: Vec<WrittenFault>,
        }

        impl $name {
            /// Takes out what the table says about an issuer.
            pub(super) fn ways(&mut self) -> Ways {
                Ways {
                    dialect: self.dialect.take(),
                    paths: self.paths.take(),
                    headless: self.headless.take(),
                    strict: self.strict,
                    client: take(&mut self.client),
                    user: take(&mut self.user),
                    api: take(&mut self.api),
                    policy: self.policy,
                    keys: self.keys.take(),
                    fault: take(&mut self.fault),
                }
            }
        }
    };
}

/// What a table says about an issuer.
pub(super) struct Ways {
    pub(super) dialect: Option<Spanned<String>>,
    pub(super) paths: Option<Spanned<String>>,
    pub(super) headless: Option<String>,
    pub(super) strict: Option<bool>,
    pub(super) client: Vec<ClientRegistration>,
    pub(super) user: Vec<UserRegistration>,
    pub(super) api: Vec<Api>,
    pub(super) policy: Policy,
    pub(super) keys: Option<KeysTable>,
    pub(super) fault: Vec<WrittenFault>,
}

with_ways! {
    /// A provider of `quintain serve --config idp.toml`. With `[[issuer]]` tables, what stands outside them holds for all of
    /// them.
    #[schemars(title = "idp.toml")]
    Written {
        /// Where to listen: `127.0.0.1:4455`.
        listen: Option<SocketAddr>,
        /// The issuer identifier, if clients reach the provider by another name; or the tables of several issuers.
        issuer: WrittenIssuer,
        /// What the issuer identifiers of `[[issuer]]` tables begin with, if clients reach the provider by another name.
        base_url: Option<String>,
        /// The names under which the provider is reached, if there are several, with or without a port.
        #[schemars(with = "Vec<String>")]
        hosts: Vec<HostName>,
        /// The name under which browsers reach it, if that is another one than the clients'.
        #[schemars(with = "Option<String>")]
        browser_host: Option<HostName>,
        /// Whether to serve https: `"generated"` or a table.
        tls: Option<WrittenTls>,
    }
}

with_ways! {
    /// One of several issuers.
    #[schemars(extend("required" = ["name"]))]
    IssuerTable {
        /// Its path: a segment of a URL.
        name: Option<String>,
    }
}

/// `issuer = "…"` or `[[issuer]]`.
#[derive(Default, JsonSchema)]
#[serde(untagged)]
pub(super) enum WrittenIssuer {
    /// There is one issuer, which has the name that follows from the address.
    #[default]
    #[schemars(skip)]
    Unnamed,
    /// There is one issuer. A slash at the end of its identifier is a part of it.
    Identifier(String),
    /// There are several.
    Several(Vec<IssuerTable>),
}

impl<'de> Deserialize<'de> for WrittenIssuer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EitherForm)
    }
}

/// Reads either form of `issuer`, so that a mistake in a table is told with its line.
struct EitherForm;

impl<'de> Visitor<'de> for EitherForm {
    type Value = WrittenIssuer;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an issuer identifier, or tables: [[issuer]]")
    }

    fn visit_str<E: de::Error>(self, identifier: &str) -> Result<Self::Value, E> {
        Ok(WrittenIssuer::Identifier(identifier.to_owned()))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, tables: A) -> Result<Self::Value, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(tables)).map(WrittenIssuer::Several)
    }
}

/// A fault that is armed from the start: either `named`, or `at` and `change`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenFault {
    /// The name of one of the named faults: `id-token/wrong-issuer`.
    named: Option<String>,
    /// A name for people.
    name: Option<String>,
    /// Which message.
    at: Option<Point>,
    /// Only messages of this grant; for the points of the token endpoint.
    grant: Option<GrantType>,
    /// What is done to it.
    change: Option<Change>,
    /// How often.
    times: Option<Times>,
}

impl WrittenFault {
    pub(super) fn armed(self) -> Result<Fault, String> {
        let fault = match (self.named, self.at, self.change) {
            (Some(named), None, None) if self.name.is_none() && self.grant.is_none() => {
                let known = fault::named(&named).ok_or_else(|| {
                    let all = fault::names().collect::<Vec<_>>().join(", ");
                    format!("there is no fault named {named:?}; the names are {all}")
                })?;
                Fault { times: self.times.unwrap_or(known.times), ..known }
            }
            (None, Some(at), Some(change)) => {
                Fault { name: self.name, at, grant: self.grant, change, times: self.times.unwrap_or_default() }
            }
            _ => return Err("it has either `named`, or `at` and `change`; `times` goes with both".to_owned()),
        };
        fault.check().map_err(|error| error.to_string())?;
        Ok(fault)
    }
}

/// `tls = "generated"` or `tls = { … }`.
#[derive(JsonSchema)]
#[serde(untagged)]
pub(super) enum WrittenTls {
    /// A certificate of an authority of this run.
    Named(NamedTls),
    /// The files.
    Files(TlsTable),
}

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum NamedTls {
    /// A certificate of an authority of this run.
    Generated,
}

/// The files of TLS: either `cert` and `key`, or `ca_file`.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct TlsTable {
    /// The certificate in PEM, with those that vouch for it.
    cert: Option<PathBuf>,
    /// Its private key in PEM.
    key: Option<PathBuf>,
    /// Where the certificate of the authority is written, if it is an authority of this run.
    ca_file: Option<PathBuf>,
}

impl<'de> Deserialize<'de> for WrittenTls {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EitherTls)
    }
}

/// Reads either form of `tls`, so that a mistake in the table is told with its line.
struct EitherTls;

impl<'de> Visitor<'de> for EitherTls {
    type Value = WrittenTls;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"generated\", or a table with cert and key")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Self::Value, E> {
        NamedTls::deserialize(name.into_deserializer()).map(WrittenTls::Named)
    }

    fn visit_map<A: de::MapAccess<'de>>(self, table: A) -> Result<Self::Value, A::Error> {
        TlsTable::deserialize(MapAccessDeserializer::new(table)).map(WrittenTls::Files)
    }
}

impl WrittenTls {
    /// `folder`: what the paths begin at.
    pub(super) fn read(self, folder: &Path) -> Result<TlsSource, String> {
        let files = match self {
            Self::Named(NamedTls::Generated) => TlsTable::default(),
            Self::Files(files) => files,
        };
        match (files.cert, files.key, files.ca_file) {
            (None, None, ca_file) => Ok(TlsSource::Generated(ca_file.map(|path| folder.join(path)))),
            (Some(cert), Some(key), None) => {
                let (certificates, key) = (text(&folder.join(&cert))?, text(&folder.join(key))?);
                let identity = Identity::from_pem(&certificates, &key);
                identity.map(TlsSource::Given).map_err(|error| format!("tls, {}: {error}", cert.display()))
            }
            _ => Err("tls has either cert and key, or ca_file".to_owned()),
        }
    }
}

/// A file that another one names.
fn text(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("failed to read {}: {error}", path.display()))
}

/// What tokens are signed with: either `source` or `pem`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KeysTable {
    /// Where the keys come from, if it is no file.
    source: Option<NamedSource>,
    /// The path of a file with private keys.
    pem: Option<PathBuf>,
}

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum NamedSource {
    /// Well-known test keys, which are always the same.
    Embedded,
    /// Fresh ones at each start.
    Generated,
}

impl KeysTable {
    /// The file that it names.
    pub(super) fn file(&self, folder: &Path) -> Option<PathBuf> {
        self.pem.as_ref().map(|path| folder.join(path))
    }

    /// `folder`: what the path begins at.
    pub(super) fn read(self, folder: &Path) -> Result<KeySource, String> {
        match (self.source, self.pem) {
            (None | Some(NamedSource::Embedded), None) => Ok(KeySource::Embedded),
            (Some(NamedSource::Generated), None) => Ok(KeySource::Generated),
            (None, Some(path)) => {
                let path = folder.join(path);
                let keys = Keys::from_pem(&text(&path)?);
                Ok(KeySource::Given(keys.map_err(|error| format!("{}: {error}", path.display()))?))
            }
            (Some(_), Some(_)) => Err("keys has either source or pem".to_owned()),
        }
    }
}

/// The JSON Schema of the file.
pub(super) fn schema() -> String {
    let settings = SchemaSettings::draft2020_12().with_transform(RecursiveTransform(without_null));
    let schema = settings.into_generator().into_root_schema_for::<Written>();
    serde_json::to_string_pretty(&schema).expect("a schema is JSON") + "\n"
}

/// TOML has no null: a key is left out instead.
fn without_null(schema: &mut Schema) {
    let Some(members) = schema.as_object_mut() else { return };
    if members.get("default").is_some_and(Value::is_null) {
        members.shift_remove("default");
    }
    if let Some(Value::Array(types)) = members.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            members.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(choices)) = members.get_mut("anyOf") {
        choices.retain(|choice| choice.get("type").is_none_or(|name| name != "null"));
    }
}
