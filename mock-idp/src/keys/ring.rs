//! Whose turn it is to sign.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::{Mutex, RwLock};
use serde_json::{Value, json};

use super::{KeySet, Keys, Published, SigningKey};
use crate::terms::{Client, SignatureAlgorithm};

/// The keys of one issuer and how often they were rotated.
pub(crate) struct KeyRing {
    keys: RwLock<Arc<Keys>>,
    rotations: AtomicUsize,
    /// Algorithms whose keys are published although no client uses them.
    further: Mutex<Vec<SignatureAlgorithm>>,
}

impl KeyRing {
    pub(crate) fn new(keys: Keys) -> Self {
        Self { keys: RwLock::new(Arc::new(keys)), rotations: AtomicUsize::new(0), further: Mutex::default() }
    }

    /// Other keys, from the first one on. What the earlier ones have signed is not known any more.
    pub(crate) fn replace(&self, keys: Keys) {
        *self.keys.write() = Arc::new(keys);
        self.rotations.store(0, Ordering::Relaxed);
    }

    /// The next key becomes current.
    pub(crate) fn rotate(&self) {
        self.rotations.fetch_add(1, Ordering::Relaxed);
    }

    /// The first key becomes current again.
    pub(crate) fn reset(&self) {
        self.rotations.store(0, Ordering::Relaxed);
        self.further.lock().clear();
    }

    pub(crate) fn current(&self) -> Arc<SigningKey> {
        self.keys().first.turn(self.rotations())
    }

    /// The current key for an algorithm; without one, or without a key for it, the current one of the first keys.
    pub(crate) fn current_for(&self, algorithm: Option<SignatureAlgorithm>) -> Arc<SigningKey> {
        let keys = self.keys();
        algorithm.and_then(|algorithm| keys.of(algorithm)).unwrap_or(&keys.first).turn(self.rotations())
    }

    /// The current key for an algorithm, which is published from now on; nothing if there can be none.
    pub(crate) fn publishing(&self, algorithm: SignatureAlgorithm) -> Option<Arc<SigningKey>> {
        let keys = self.keys();
        let turns = keys.of(algorithm)?;
        let mut further = self.further.lock();
        if !further.contains(&algorithm) {
            further.push(algorithm);
        }
        Some(turns.turn(self.rotations()))
    }

    /// All keys that take turns, if clients use these algorithms; published now or not.
    pub(crate) fn all(&self, used: &[SignatureAlgorithm]) -> Vec<Arc<SigningKey>> {
        let (keys, algorithms) = (self.keys(), self.algorithms(used));
        algorithms.iter().filter_map(|algorithm| keys.of(*algorithm)).flat_map(|it| it.turns.clone()).collect()
    }

    /// Why the ID tokens of a client cannot be signed as it wants, if that is so.
    pub(crate) fn check(&self, client: &Client) -> Result<(), String> {
        self.keys().check(client)
    }

    /// Whether a signature with an algorithm is by one of the keys that take turns.
    pub(crate) fn have_signed(&self, algorithm: SignatureAlgorithm, message: &[u8], signature: &[u8]) -> bool {
        let keys = self.keys();
        keys.of(algorithm).is_some_and(|turns| turns.turns.iter().any(|key| key.has_signed(message, signature)))
    }

    /// An unpublished key, for the algorithm of another one.
    pub(crate) fn unpublished(&self, algorithm: SignatureAlgorithm) -> Arc<SigningKey> {
        let keys = self.keys();
        keys.of(algorithm).unwrap_or(&keys.first).unpublished.clone()
    }

    /// The algorithms of the published keys, if clients use these ones.
    pub(crate) fn algorithms(&self, used: &[SignatureAlgorithm]) -> Vec<SignatureAlgorithm> {
        let keys = self.keys();
        let mut all = keys.always();
        for algorithm in used.iter().chain(&*self.further.lock()) {
            if !all.contains(algorithm) && keys.of(*algorithm).is_some() {
                all.push(*algorithm);
            }
        }
        all
    }

    /// The JWK set, if clients use these algorithms. For each of the algorithms: the current key, the next one and, after a
    /// rotation, the previous one, whose tokens stay valid; or all keys that were given.
    pub(crate) fn jwks(&self, used: &[SignatureAlgorithm]) -> Value {
        let rotations = self.rotations();
        let (keys, algorithms) = (self.keys(), self.algorithms(used));
        let turns = algorithms.iter().filter_map(|algorithm| keys.of(*algorithm));
        let jwks: Vec<_> = turns.flat_map(|turns| turns.published(rotations)).map(|key| key.jwk.clone()).collect();
        json!({ "keys": jwks })
    }

    fn keys(&self) -> Arc<Keys> {
        self.keys.read().clone()
    }

    fn rotations(&self) -> usize {
        self.rotations.load(Ordering::Relaxed)
    }
}

impl KeySet {
    fn turn(&self, turn: usize) -> Arc<SigningKey> {
        self.turns[turn % self.turns.len()].clone()
    }

    /// The current one first.
    fn published(&self, rotations: usize) -> Vec<Arc<SigningKey>> {
        match self.published {
            Published::All => (0..self.turns.len()).map(|further| self.turn(rotations + further)).collect(),
            Published::Neighbours if rotations > 0 => {
                [rotations, rotations + 1, rotations - 1].map(|turn| self.turn(turn)).into()
            }
            Published::Neighbours => [rotations, rotations + 1].map(|turn| self.turn(turn)).into(),
        }
    }
}
