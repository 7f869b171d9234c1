//! What a table says about an issuer, checked; and what an issuer is that several tables speak of.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::written::Ways;
use crate::dialect::{is_path, line};
use crate::terms::{Api, Client, ClientRegistration, Dialect, Policy, SignIn, User, UserRegistration};
use crate::{Fault, IssuerConfig, KeySource};

/// An issuer to serve.
#[derive(Clone, Debug)]
pub struct ServedIssuer {
    /// Its path segment; an issuer without one is the only one, at the root.
    pub name: Option<String>,
    /// What it starts with.
    pub config: IssuerConfig,
    /// What its tokens are signed with.
    pub keys: KeySource,
}

/// What a table says. What it leaves out is not there.
#[derive(Clone, Default)]
pub(super) struct Said {
    dialect: Option<Dialect>,
    paths: Option<Dialect>,
    headless: Option<String>,
    strict: Option<bool>,
    clients: Vec<Client>,
    users: Vec<User>,
    apis: Vec<Api>,
    /// The members that it decides.
    policy: Map<String, Value>,
    faults: Vec<Fault>,
    keys: Option<KeySource>,
    /// The files that the table names: of dialects and of keys.
    pub(super) files: Vec<PathBuf>,
}

/// Where a table is read from.
#[derive(Clone, Copy)]
pub(super) struct Origin<'a> {
    /// The whole file.
    pub(super) text: &'a str,
    /// What paths in it begin at.
    pub(super) folder: &'a Path,
}

impl Said {
    /// `table`: the same as it stands in the file, which tells what its policy decides.
    pub(super) fn read(ways: Ways, table: Option<&toml::Table>, origin: Origin<'_>) -> Result<Self, String> {
        let named = ways.dialect.iter().chain(&ways.paths).map(|name| name.as_ref().as_str());
        let mut files: Vec<_> = named.filter(|name| is_path(name)).map(|name| origin.folder.join(name)).collect();
        files.extend(ways.keys.as_ref().and_then(|keys| keys.file(origin.folder)));
        let find = |name: toml::Spanned<String>| {
            let wrong = |error| format!("line {}: {error}", line(origin.text, name.span().start));
            Dialect::find(name.as_ref(), origin.folder).map_err(wrong)
        };
        let decided = table.and_then(|table| table.get("policy")?.as_table()).into_iter().flat_map(toml::Table::keys);
        let members = serde_json::to_value(ways.policy).unwrap_or_default();
        let mut policy: Map<_, _> = decided.map(|name| (name.clone(), members[name.as_str()].clone())).collect();
        let of_policy = policy.remove("dialect").map(|_| ways.policy.dialect);
        let faults = ways.fault.into_iter().enumerate();
        let faults =
            faults.map(|(index, fault)| fault.armed().map_err(|problem| format!("fault {}: {problem}", index + 1)));
        Ok(Self {
            dialect: ways.dialect.map(find).transpose()?.or(of_policy),
            paths: ways.paths.map(find).transpose()?,
            headless: ways.headless,
            strict: ways.strict,
            clients: ways.client.into_iter().map(ClientRegistration::registered).collect(),
            users: ways.user.into_iter().map(UserRegistration::registered).collect(),
            apis: ways.api,
            policy,
            faults: faults.collect::<Result<_, _>>()?,
            keys: ways.keys.map(|keys| keys.read(origin.folder)).transpose()?,
            files,
        })
    }

    /// With what is said for all issuers: of lists both, else what this table itself says.
    pub(super) fn with(self, shared: &Self) -> Self {
        let mut all = shared.clone();
        all.clients.extend(self.clients);
        all.users.extend(self.users);
        all.apis.extend(self.apis);
        all.policy.extend(self.policy);
        all.faults.extend(self.faults);
        Self {
            dialect: self.dialect.or(all.dialect),
            paths: self.paths.or(all.paths),
            headless: self.headless.or(all.headless),
            strict: self.strict.or(all.strict),
            keys: self.keys.or(all.keys),
            ..all
        }
    }

    /// The issuer. What nobody has said is as it is without a file.
    pub(super) fn issuer(self, name: Option<String>) -> Result<ServedIssuer, String> {
        let in_table = |problem| match &name {
            Some(name) => format!("issuer {name:?}: {problem}"),
            None => problem,
        };
        let demo = IssuerConfig::default();
        let dialect = self.dialect.unwrap_or_default();
        let usual = if self.strict == Some(true) { Policy::default() } else { Policy::served() };
        let config = IssuerConfig {
            clients: if self.clients.is_empty() { demo.clients } else { self.clients },
            users: if self.users.is_empty() { demo.users } else { self.users },
            apis: if self.apis.is_empty() { demo.apis } else { self.apis },
            policy: overlaid(usual.speaking(dialect), self.policy),
            paths: self.paths.unwrap_or(dialect).paths(),
            sign_in: self.headless.map_or(SignIn::Page, |sub| SignIn::Headless { sub }),
            variation: demo.variation,
            faults: self.faults,
        };
        let keys = self.keys.unwrap_or_default();
        check(&config, &keys).map_err(in_table)?;
        Ok(ServedIssuer { name, config, keys })
    }
}

/// Whether what is registered fits together.
pub(crate) fn check(config: &IssuerConfig, keys: &KeySource) -> Result<(), String> {
    unique("client_id", config.clients.iter().map(|client| client.client_id.as_str()))?;
    unique("sub", config.users.iter().map(|user| user.sub.as_str()))?;
    unique("identifier", config.apis.iter().map(|api| api.identifier.as_str()))?;
    config.clients.iter().try_for_each(Client::check)?;
    if let KeySource::Given(keys) = keys {
        config.clients.iter().try_for_each(|client| keys.check(client))?;
    }
    if let SignIn::Headless { sub } = &config.sign_in
        && !config.users.iter().any(|user| user.sub == *sub)
    {
        let known = config.users.iter().map(|user| user.sub.as_str()).collect::<Vec<_>>().join(", ");
        return Err(format!("headless = {sub:?}, and no user has that sub; there are {known}"));
    }
    Ok(())
}

/// The policy with the members that the file decides.
fn overlaid(policy: Policy, decided: Map<String, Value>) -> Policy {
    let mut all = serde_json::to_value(policy).unwrap_or_default();
    if let Value::Object(members) = &mut all {
        members.extend(decided);
    }
    // Both are members of policies, and so is what has members of either.
    serde_json::from_value(all).unwrap_or(policy)
}

pub(super) fn unique<'a>(key: &str, values: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let mut seen = HashSet::new();
    for value in values {
        if value.is_empty() {
            return Err(format!("a {key} is empty"));
        }
        if !seen.insert(value) {
            return Err(format!("{key} = {value:?} is there twice"));
        }
    }
    Ok(())
}
