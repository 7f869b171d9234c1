//! The issuers beside the first one, by the path segment after `/t/`.

use std::collections::HashMap;

use crate::Issuer;

/// In the order in which they were added.
#[derive(Debug, Default)]
pub(super) struct Issuers {
    added: u64,
    by_name: HashMap<String, (u64, Issuer)>,
}

impl Issuers {
    pub(super) fn add(&mut self, name: String, issuer: Issuer) {
        self.added += 1;
        self.by_name.insert(name, (self.added, issuer));
    }

    pub(super) fn get(&self, name: &str) -> Option<&Issuer> {
        self.by_name.get(name).map(|(_, issuer)| issuer)
    }

    /// Takes the issuer of this name away. False: there is none.
    pub(super) fn remove(&mut self, name: &str) -> bool {
        let removed = self.by_name.remove(name);
        removed.inspect(|(_, issuer)| issuer.journal().close()).is_some()
    }

    pub(super) fn remove_issuer(&mut self, issuer: &Issuer) {
        let is_other = |other: &Issuer| !other.is(issuer);
        let before = self.by_name.len();
        self.by_name.retain(|_, (_, other)| is_other(other));
        if self.by_name.len() < before {
            issuer.journal().close();
        }
    }

    pub(super) fn len(&self) -> usize {
        self.by_name.len()
    }

    /// All of them with their names.
    pub(super) fn list(&self) -> Vec<(String, Issuer)> {
        let mut all: Vec<_> = self.by_name.iter().collect();
        all.sort_by_key(|(_, (number, _))| *number);
        all.into_iter().map(|(name, (_, issuer))| (name.clone(), issuer.clone())).collect()
    }
}
