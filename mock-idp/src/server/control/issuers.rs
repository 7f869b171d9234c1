//! Issuers that are added to the server and removed again, one for each test.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::faults::{self, NewFault};
use super::policy::changed;
use super::problem::{Problem, parse};
use crate::server::shared::Shared;
use crate::terms::{ClientRegistration, UserRegistration};
use crate::{Api, Client, Dialect, Endpoint, Issuer, IssuerConfig, Policy, SignIn};

/// No more issuers are added to a server.
const MOST: usize = 1_000;

/// An issuer to add. What is left out is as it was at the start of the issuer that is asked to add it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct NewIssuer {
    /// The clients, in place of those of that issuer.
    clients: Option<Vec<ClientRegistration>>,
    /// The users, in place of those of that issuer.
    users: Option<Vec<UserRegistration>>,
    /// The APIs, in place of those of that issuer.
    apis: Option<Vec<Api>>,
    /// The provider that it imitates, with its paths.
    #[schemars(with = "Option<String>")]
    dialect: Option<Dialect>,
    /// Members of the policy that differ from the dialect's.
    #[schemars(with = "Option<Policy>")]
    policy: Option<Value>,
    /// The `sub` of the user who is logged in without being asked. If that issuer logs in a user whom this one does
    /// not have, this one logs in the first of its users.
    headless: Option<String>,
    /// Faults that are armed from the start, in place of those of that issuer.
    #[schemars(with = "Option<Vec<NewFault>>")]
    faults: Option<Vec<Value>>,
}

/// An issuer that was added.
#[derive(Serialize, JsonSchema)]
pub(super) struct AddedIssuer {
    /// For `DELETE issuers/{name}`.
    name: String,
    /// The issuer identifier.
    issuer: String,
    /// What the operations of its control API begin with. Ends with a slash.
    control: String,
    /// The URLs of its endpoints.
    endpoints: Endpoints,
}

/// URLs by endpoint.
type Endpoints = BTreeMap<String, String>;

/// The issuers that were added.
#[derive(Serialize, JsonSchema)]
pub(super) struct AddedIssuers {
    /// In the order in which they were added.
    issuers: Vec<AddedIssuer>,
}

/// `host`: what the request calls the server. `like`: the issuer that is asked.
pub(super) fn add((shared, host): (&Shared, &str), like: &Issuer, body: &str) -> Result<AddedIssuer, Problem> {
    let new: NewIssuer = if body.trim().is_empty() { NewIssuer::default() } else { parse(body)? };
    let config = new.config(like)?;
    let keys = like.0.given_keys.read().clone();
    let Some((name, issuer)) = shared.add_below(MOST, config, keys) else {
        let detail = format!("there are {MOST} issuers, and no more are possible: DELETE issuers/{{name}} removes one");
        return Err(Problem::new(409, detail));
    };
    Ok(AddedIssuer::of(name, &issuer.called(host, None)))
}

pub(super) fn list(shared: &Shared, host: &str) -> AddedIssuers {
    let all = shared.others.read().list();
    let called = |(name, issuer): (String, Issuer)| AddedIssuer::of(name, &issuer.called(host, None));
    AddedIssuers { issuers: all.into_iter().map(called).collect() }
}

pub(super) fn remove(shared: &Shared, name: &str) -> Result<(), Problem> {
    let removed = shared.others.write().remove(name);
    let unknown = || Problem::new(404, format!("there is no issuer {name:?}; GET issuers lists those that were added"));
    removed.then_some(()).ok_or_else(unknown)
}

impl NewIssuer {
    /// What it starts with.
    fn config(self, like: &Issuer) -> Result<IssuerConfig, Problem> {
        let mut config = like.0.start.read().clone();
        if let Some(clients) = self.clients {
            config.clients = clients.into_iter().map(ClientRegistration::registered).collect();
            let check = |client: &Client| client.check().and_then(|()| like.check(client));
            config.clients.iter().try_for_each(check).map_err(|it| Problem::about("clients", it))?;
        }
        if let Some(users) = self.users {
            config.users = users.into_iter().map(UserRegistration::registered).collect();
        }
        config.apis = self.apis.unwrap_or(config.apis);
        if let Some(dialect) = self.dialect {
            config.paths = dialect.paths();
            config.policy = config.policy.speaking(dialect);
        }
        if let Some(patch) = self.policy {
            config.policy = changed(config.policy, &patch).map_err(|problem| problem.within("policy"))?;
        }
        if let Some(faults) = self.faults {
            let numbered = faults.iter().enumerate();
            let read =
                numbered.map(|(index, new)| faults::new(new).map_err(|it| it.within(&format!("faults[{index}]"))));
            config.faults = read.collect::<Result<_, _>>()?;
        }
        let knows = |sub: &str| config.users.iter().any(|user| user.sub == sub);
        match (self.headless, config.sign_in) {
            (Some(sub), _) if !knows(&sub) => {
                return Err(Problem::about("headless", format!("headless is {sub:?}, and no user has that sub")));
            }
            (Some(sub), _) => config.sign_in = SignIn::Headless { sub },
            (None, SignIn::Headless { sub }) => {
                let first = config.users.first().map(|user| user.sub.clone());
                let sub = if knows(&sub) { sub } else { first.unwrap_or_default() };
                config.sign_in = SignIn::Headless { sub };
            }
            (None, SignIn::Page) => config.sign_in = SignIn::Page,
        }
        Ok(config)
    }
}

impl AddedIssuer {
    fn of(name: String, issuer: &Issuer) -> Self {
        let url = |endpoint: Endpoint| {
            Some((serde_json::to_value(endpoint).ok()?.as_str()?.to_owned(), issuer.url(endpoint)))
        };
        Self {
            name,
            issuer: issuer.identifier().to_owned(),
            control: format!("{}_mock/", issuer.base_url()),
            endpoints: issuer.0.endpoints().filter_map(url).collect(),
        }
    }
}
