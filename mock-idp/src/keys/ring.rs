//! Whose turn it is to sign.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::{Keys, SigningKey};

/// The keys of one issuer and how often they were rotated.
pub(crate) struct KeyRing {
    keys: Keys,
    rotations: AtomicUsize,
}

impl KeyRing {
    pub(crate) fn new(keys: Keys) -> Self {
        Self { keys, rotations: AtomicUsize::new(0) }
    }

    /// The next key becomes current.
    pub(crate) fn rotate(&self) {
        self.rotations.fetch_add(1, Ordering::Relaxed);
    }

    /// The first key becomes current again.
    pub(crate) fn reset(&self) {
        self.rotations.store(0, Ordering::Relaxed);
    }

    pub(crate) fn current(&self) -> Arc<SigningKey> {
        self.turn(self.rotations.load(Ordering::Relaxed))
    }

    /// Whether an RS256 signature is by one of the keys that take turns.
    pub(crate) fn have_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        self.keys.turns.iter().any(|key| key.has_signed(message, signature))
    }

    pub(crate) fn unpublished(&self) -> &SigningKey {
        &self.keys.unpublished
    }

    /// The JWK set: the current key, the next one and, after a rotation, the previous one, whose tokens stay valid.
    pub(crate) fn jwks(&self) -> Value {
        let rotations = self.rotations.load(Ordering::Relaxed);
        let mut published = vec![self.turn(rotations), self.turn(rotations + 1)];
        if rotations > 0 {
            published.push(self.turn(rotations - 1));
        }
        let keys: Vec<_> = published.iter().map(|key| &key.jwk).collect();
        json!({ "keys": keys })
    }

    fn turn(&self, turn: usize) -> Arc<SigningKey> {
        self.keys.turns[turn % self.keys.turns.len()].clone()
    }
}
