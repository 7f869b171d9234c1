//! The clients, users and APIs that are registered now.

use super::IssuerConfig;
use crate::terms::SignatureAlgorithm;
use crate::{Api, Client, User};

/// In the order of registration.
#[derive(Default)]
pub(crate) struct Registry {
    clients: Vec<Client>,
    users: Vec<User>,
    apis: Vec<Api>,
}

impl Registry {
    /// What an issuer knows at the start.
    pub(crate) fn of(config: &IssuerConfig) -> Self {
        let mut registry = Self::default();
        config.clients.iter().for_each(|client| registry.register_client(client.clone()));
        config.users.iter().for_each(|user| registry.register_user(user.clone()));
        config.apis.iter().for_each(|api| registry.register_api(api.clone()));
        registry
    }

    pub(crate) fn register_client(&mut self, client: Client) {
        put(&mut self.clients, client, |client| &client.client_id);
    }

    pub(crate) fn register_user(&mut self, user: User) {
        put(&mut self.users, user, |user| &user.sub);
    }

    pub(crate) fn keep_latest_users(&mut self, count: usize) {
        let surplus = self.users.len().saturating_sub(count);
        self.users.drain(..surplus);
    }

    pub(crate) fn register_api(&mut self, api: Api) {
        put(&mut self.apis, api, |api| &api.identifier);
    }

    pub(crate) fn client(&self, client_id: &str) -> Option<&Client> {
        self.clients.iter().find(|client| client.client_id == client_id)
    }

    pub(crate) fn user(&self, sub: &str) -> Option<&User> {
        self.users.iter().find(|user| user.sub == sub)
    }

    pub(crate) fn api(&self, identifier: &str) -> Option<&Api> {
        self.apis.iter().find(|api| api.identifier == identifier)
    }

    pub(crate) fn clients(&self) -> &[Client] {
        &self.clients
    }

    /// What the clients want their ID tokens to be signed with, each once.
    pub(crate) fn id_token_algorithms(&self) -> Vec<SignatureAlgorithm> {
        let mut all: Vec<_> = self.clients.iter().filter_map(|client| client.id_token_signed_response_alg).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    pub(crate) fn users(&self) -> &[User] {
        &self.users
    }

    pub(crate) fn apis(&self) -> &[Api] {
        &self.apis
    }
}

fn put<T>(all: &mut Vec<T>, new: T, key: impl Fn(&T) -> &String) {
    match all.iter_mut().find(|old| key(old) == key(&new)) {
        Some(old) => *old = new,
        None => all.push(new),
    }
}
