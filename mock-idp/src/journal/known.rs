//! The credentials that a journal knows, by value and by age.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::credential::Credential;

#[derive(Default)]
pub(super) struct Known {
    by_value: HashMap<Arc<str>, Arc<Credential>>,
    /// By the journal entry in which they were minted.
    by_age: BTreeMap<(u64, Arc<str>), Arc<Credential>>,
}

impl Known {
    pub(super) fn insert(&mut self, credential: Credential) {
        self.remove(&credential.value);
        let (value, seq) = (Arc::<str>::from(credential.value.as_str()), credential.seq);
        let credential = Arc::new(credential);
        self.by_value.insert(value.clone(), credential.clone());
        self.by_age.insert((seq, value), credential);
    }

    pub(super) fn get(&self, value: &str) -> Option<&Arc<Credential>> {
        self.by_value.get(value)
    }

    pub(super) fn remove(&mut self, value: &str) {
        if let Some((value, credential)) = self.by_value.remove_entry(value) {
            self.by_age.remove(&(credential.seq, value));
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Oldest first; those of one entry by value.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Credential>> {
        self.by_age.values()
    }
}
