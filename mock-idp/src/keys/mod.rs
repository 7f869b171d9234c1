//! Signing keys: parsed once, used often.

mod key;
mod pair;
mod ring;

use std::sync::{Arc, LazyLock, OnceLock};

use serde_json::Value;
use thiserror::Error;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;

pub(crate) use self::key::SigningKey;
use self::pair::{KeyType, Pair};
pub(crate) use self::ring::KeyRing;
use crate::terms::{Client, SignatureAlgorithm};

/// The keys of an issuer: for each algorithm some that take turns, and one that is never published.
///
/// The first algorithm is the one of access tokens, and of ID tokens for clients that ask for no other. Keys of other types
/// are made when they are needed.
#[derive(Clone)]
pub struct Keys {
    first: KeySet,
    further: Arc<Further>,
}

/// Where the keys of a served issuer come from.
#[derive(Clone, Debug, Default)]
pub enum KeySource {
    /// The published test keys.
    #[default]
    Embedded,
    /// Fresh ones.
    Generated,
    /// These.
    Given(Keys),
}

/// Why a text gives no keys.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KeysError {
    /// It holds none.
    #[error("there is no private key in it: PKCS#8, or PKCS#1, in PEM")]
    None,
    /// It is no PEM.
    #[error("it is no PEM: {0}")]
    Pem(String),
    /// A key cannot sign here.
    #[error("key {number} is none of RSA with 2048 bits or more, P-256, P-384, Ed25519")]
    Unusable {
        /// Which one, from 1 on.
        number: usize,
    },
}

/// The keys for one algorithm.
#[derive(Clone)]
struct KeySet {
    /// They take turns.
    turns: Vec<Arc<SigningKey>>,
    unpublished: Arc<SigningKey>,
    published: Published,
}

/// Which of the keys that take turns are published.
#[derive(Clone, Copy)]
enum Published {
    /// The current one, the next one and, after a rotation, the previous one.
    Neighbours,
    /// All.
    All,
}

/// The keys for the other algorithms, made when they are first used.
struct Further {
    made: [OnceLock<Option<KeySet>>; SignatureAlgorithm::ALL.len()],
    origin: Origin,
    spelling: Option<Spelling>,
}

/// What the keys of other types are.
#[derive(Clone)]
enum Origin {
    Embedded,
    /// The embedded ones with their roles exchanged.
    Attacker,
    Generated,
    /// Those of a file, for each type.
    Given(Vec<KeySet>),
}

/// Changes how keys are named and published.
type Spelling = Arc<dyn Fn(&mut String, &mut Value) + Send + Sync>;

static EMBEDDED: LazyLock<Keys> = LazyLock::new(|| {
    let key = |pem: &str, certificate| Arc::new(SigningKey::usual(embedded(pem).remove(0), Some(certificate)));
    let turns = vec![
        key(include_str!("first.pem"), include_str!("first.crt.pem")),
        key(include_str!("second.pem"), include_str!("second.crt.pem")),
        key(include_str!("third.pem"), include_str!("third.crt.pem")),
    ];
    let unpublished = key(include_str!("unpublished.pem"), include_str!("unpublished.crt.pem"));
    Keys::new(KeySet { turns, unpublished, published: Published::Neighbours }, Origin::Embedded)
});

fn embedded(pem: &str) -> Vec<Pair> {
    read(pem).expect("the embedded keys are valid")
}

impl Keys {
    fn new(first: KeySet, origin: Origin) -> Self {
        Self { first, further: Arc::new(Further { made: Default::default(), origin, spelling: None }) }
    }

    /// Well-known test keys: the start costs nothing, and the key identifiers are always the same.
    #[must_use]
    pub fn embedded() -> Self {
        EMBEDDED.clone()
    }

    /// The embedded keys with their roles exchanged, for somebody who attacks users of an issuer with
    /// [`Keys::embedded`]: the key that such an issuer signs [`Signing::UnknownKey`](crate::Signing::UnknownKey) with
    /// is the one that signs here, and it is published here.
    #[must_use]
    pub fn attacker() -> Self {
        Self::new(EMBEDDED.first.clone().exchanged(), Origin::Attacker)
    }

    /// Fresh keys; RSA-2048 for RS256. Takes about half a second.
    ///
    /// # Panics
    ///
    /// If the operating system has no randomness.
    #[must_use]
    pub fn generate() -> Self {
        Self::new(KeySet::generate(KeyType::Rsa), Origin::Generated)
    }

    /// Private keys in PEM: RSA with 2048 bits or more (PKCS#8 or PKCS#1), P-256, P-384, Ed25519. All of them are
    /// published. The first one signs; keys of its type take turns when they are rotated. A key of another type signs for
    /// clients whose ID tokens have to be signed with its algorithm.
    pub fn from_pem(pem: &str) -> Result<Self, KeysError> {
        let mut by_type = Vec::<Vec<Arc<SigningKey>>>::new();
        for pair in read(pem)? {
            let key = Arc::new(SigningKey::usual(pair, None));
            match by_type.iter_mut().find(|keys| keys[0].kind() == key.kind()) {
                Some(keys) => keys.push(key),
                None => by_type.push(vec![key]),
            }
        }
        let given: Vec<_> = by_type
            .into_iter()
            .map(|turns| {
                let unpublished = KeySet::embedded(turns[0].kind()).unpublished;
                KeySet { turns, unpublished, published: Published::All }
            })
            .collect();
        let first = given.first().cloned().ok_or(KeysError::None)?;
        Ok(Self::new(first, Origin::Given(given)))
    }

    /// The same keys under identifiers and in spellings of another choice.
    pub(crate) fn map(self, publish: impl Fn(&mut String, &mut Value) + Send + Sync + 'static) -> Self {
        let spelling: Spelling = Arc::new(publish);
        let Further { origin, .. } = &*self.further;
        Self {
            first: self.first.spelled(&spelling),
            further: Arc::new(Further { made: Default::default(), origin: origin.clone(), spelling: Some(spelling) }),
        }
    }

    /// Why the ID tokens of a client cannot be signed as it wants, if that is so.
    pub(crate) fn check(&self, client: &Client) -> Result<(), String> {
        match client.id_token_signed_response_alg {
            Some(wanted) if self.of(wanted).is_none() => Err(format!(
                "client {:?} wants ID tokens that are signed with {wanted}, and there is no key for it",
                client.client_id
            )),
            _ => Ok(()),
        }
    }

    /// The algorithm of the keys that come first.
    fn first_algorithm(&self) -> SignatureAlgorithm {
        self.first.turns[0].algorithm()
    }

    /// The keys that sign with an algorithm, if there can be any.
    fn of(&self, algorithm: SignatureAlgorithm) -> Option<&KeySet> {
        if algorithm == self.first_algorithm() {
            return Some(&self.first);
        }
        let index = SignatureAlgorithm::ALL.iter().position(|known| *known == algorithm)?;
        self.further.made[index].get_or_init(|| self.further.make(algorithm, &self.first)).as_ref()
    }

    /// The algorithms whose keys are published in any case: the first one, and those of all keys that were given.
    fn always(&self) -> Vec<SignatureAlgorithm> {
        match &self.further.origin {
            Origin::Given(given) => given.iter().map(|turns| turns.turns[0].algorithm()).collect(),
            _ => vec![self.first_algorithm()],
        }
    }
}

impl Further {
    /// `first`: keys that are there already, for another algorithm.
    fn make(&self, algorithm: SignatureAlgorithm, first: &KeySet) -> Option<KeySet> {
        let kind = KeyType::of(algorithm);
        let usual = match &self.origin {
            Origin::Given(given) => given.iter().find(|turns| turns.kind() == kind)?.clone(),
            _ if first.kind() == kind => first.clone(),
            Origin::Embedded => KeySet::embedded(kind),
            Origin::Attacker => KeySet::embedded(kind).exchanged(),
            Origin::Generated => KeySet::generate(kind),
        };
        let turns = usual.map(|key| key.with_algorithm(algorithm));
        Some(match &self.spelling {
            Some(spelling) => turns.spelled(spelling),
            None => turns,
        })
    }
}

impl KeySet {
    fn embedded(kind: KeyType) -> Self {
        let pem = match kind {
            KeyType::Rsa => return EMBEDDED.first.clone(),
            KeyType::P256 => include_str!("p256.pem"),
            KeyType::P384 => include_str!("p384.pem"),
            KeyType::Ed25519 => include_str!("ed25519.pem"),
        };
        Self::with_unpublished_last(embedded(pem))
    }

    fn generate(kind: KeyType) -> Self {
        Self::with_unpublished_last((0..4).map(|_| Pair::generate(kind)).collect())
    }

    fn with_unpublished_last(pairs: Vec<Pair>) -> Self {
        let mut turns: Vec<_> = pairs.into_iter().map(|pair| Arc::new(SigningKey::usual(pair, None))).collect();
        let unpublished = turns.pop().expect("there are four keys");
        Self { turns, unpublished, published: Published::Neighbours }
    }

    fn kind(&self) -> KeyType {
        self.turns[0].kind()
    }

    /// The one that signs first and the unpublished one have changed places.
    fn exchanged(mut self) -> Self {
        std::mem::swap(&mut self.turns[0], &mut self.unpublished);
        self.turns[1..].reverse();
        self
    }

    fn map(&self, change: impl Fn(&SigningKey) -> SigningKey) -> Self {
        let turns = self.turns.iter().map(|key| Arc::new(change(key))).collect();
        Self { turns, unpublished: Arc::new(change(&self.unpublished)), published: self.published }
    }

    fn spelled(&self, spelling: &Spelling) -> Self {
        self.map(|key| {
            let mut key = key.clone();
            spelling(&mut key.kid, &mut key.jwk);
            key
        })
    }
}

impl KeySource {
    /// The keys. Fresh ones are made now.
    pub(crate) fn keys(self) -> Keys {
        match self {
            Self::Embedded => Keys::embedded(),
            Self::Generated => Keys::generate(),
            Self::Given(keys) => keys,
        }
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let turns = self.always().into_iter().filter_map(|algorithm| self.of(algorithm)).flat_map(|it| &it.turns);
        f.debug_list().entries(turns.map(|key| key.kid())).finish()
    }
}

/// The private keys of a PEM file, in its order.
fn read(pem: &str) -> Result<Vec<Pair>, KeysError> {
    let keys = PrivateKeyDer::pem_slice_iter(pem.as_bytes()).enumerate().map(|(index, key)| {
        let key = key.map_err(|error| KeysError::Pem(error.to_string()))?;
        Pair::read(&key).ok_or(KeysError::Unusable { number: index + 1 })
    });
    keys.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn algorithms(keys: &Keys) -> Vec<SignatureAlgorithm> {
        SignatureAlgorithm::ALL.into_iter().filter(|algorithm| keys.of(*algorithm).is_some()).collect()
    }

    #[test]
    fn embedded_keys_sign_with_every_algorithm_and_given_ones_with_those_of_their_types() {
        assert_eq!(algorithms(&Keys::embedded()), SignatureAlgorithm::ALL);
        let given = Keys::from_pem(include_str!("p384.pem")).expect("four keys");
        assert_eq!(algorithms(&given), [SignatureAlgorithm::ES384]);
        let given = Keys::from_pem(&[include_str!("ed25519.pem"), include_str!("first.pem")].concat()).expect("keys");
        assert_eq!(given.always(), [SignatureAlgorithm::EdDSA, SignatureAlgorithm::RS256]);
        assert!(given.of(SignatureAlgorithm::PS512).is_some() && given.of(SignatureAlgorithm::ES256).is_none());
    }

    #[test]
    fn keys_of_all_types_are_for_their_own_signatures() {
        let keys = Keys::embedded();
        for algorithm in SignatureAlgorithm::ALL {
            let turns = keys.of(algorithm).expect("there are keys");
            let signature = turns.turns[0].sign(b"message");
            assert!(turns.turns[0].has_signed(b"message", &signature), "{algorithm}");
            assert!(!turns.turns[0].has_signed(b"another", &signature), "{algorithm}");
            assert!(!turns.turns[1].has_signed(b"message", &signature), "{algorithm}");
            assert!(!turns.unpublished.has_signed(b"message", &signature), "{algorithm}");
        }
    }

    #[test]
    fn attacker_signs_with_the_key_that_the_issuer_never_publishes() {
        for algorithm in SignatureAlgorithm::ALL {
            let (issuer, attacker) = (Keys::embedded(), Keys::attacker());
            let kid = |key: &Arc<SigningKey>| key.kid().to_owned();
            let turns = attacker.of(algorithm).expect("there are keys");
            assert_eq!(kid(&turns.turns[0]), kid(&issuer.of(algorithm).expect("there are keys").unpublished));
        }
    }

    #[test]
    fn what_gives_no_keys_is_told() {
        let problem = |pem: &str| Keys::from_pem(pem).expect_err("it is wrong").to_string();
        assert!(problem("").contains("no private key"));
        assert!(problem("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n").contains("key 1 is none of"));
    }
}
