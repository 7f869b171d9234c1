//! Signing keys: parsed once, used often.

mod ring;

use std::sync::{Arc, LazyLock};

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::EncodingKey;
use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

pub(crate) use ring::KeyRing;

use crate::PublicKeyForm;

/// The keys of an issuer: three that take turns, and one that is never published.
#[derive(Clone)]
pub struct Keys {
    turns: [Arc<SigningKey>; 3],
    unpublished: Arc<SigningKey>,
}

static EMBEDDED: LazyLock<Keys> = LazyLock::new(|| {
    let key = |pem: &str, certificate| {
        let key = EncodingKey::from_rsa_pem(pem.as_bytes()).expect("the embedded keys are valid PEM");
        let pair = KeyPair::from_der(key.as_bytes()).expect("the embedded keys are valid RSA keys");
        Arc::new(SigningKey::new(pair, certificate))
    };
    Keys {
        turns: [
            key(include_str!("first.pem"), Some(include_str!("first.crt.pem"))),
            key(include_str!("second.pem"), Some(include_str!("second.crt.pem"))),
            key(include_str!("third.pem"), Some(include_str!("third.crt.pem"))),
        ],
        unpublished: key(include_str!("unpublished.pem"), Some(include_str!("unpublished.crt.pem"))),
    }
});

impl Keys {
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
        let Self { turns: [first, second, third], unpublished } = Self::embedded();
        Self { turns: [unpublished, third, second], unpublished: first }
    }

    /// Fresh RSA-2048 keys. Takes about half a second.
    ///
    /// # Panics
    ///
    /// If the operating system has no randomness.
    #[must_use]
    pub fn generate() -> Self {
        let key = || {
            let pair =
                KeyPair::generate(KeySize::Rsa2048).expect("RSA keys can be generated where there is randomness");
            Arc::new(SigningKey::new(pair, None))
        };
        Self { turns: [key(), key(), key()], unpublished: key() }
    }

    /// The same keys under identifiers and in spellings of another choice.
    pub(crate) fn map(self, publish: impl Fn(&mut String, &mut Value)) -> Self {
        let changed = |key: Arc<SigningKey>| {
            let mut key = SigningKey::clone(&key);
            publish(&mut key.kid, &mut key.jwk);
            Arc::new(key)
        };
        Self { turns: self.turns.map(changed), unpublished: changed(self.unpublished) }
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.turns.iter().map(|key| key.kid())).finish()
    }
}

/// An RSA key that signs RS256.
#[derive(Clone)]
pub(crate) struct SigningKey {
    pair: Arc<KeyPair>,
    spki: Vec<u8>,
    kid: String,
    certificate: Option<String>,
    /// As published (RFC 7517).
    pub(crate) jwk: Value,
}

impl SigningKey {
    fn new(pair: KeyPair, certificate: Option<&str>) -> Self {
        let components = DEFAULT_PROVIDER.key_utils.rsa_pub_components_from_public_key;
        let (n, e) = components(pair.public_key().as_ref()).expect("a key pair has a valid public key");
        let (n, e) = (URL_SAFE_NO_PAD.encode(n), URL_SAFE_NO_PAD.encode(e));
        // RFC 7638 §3: the required members in lexicographic order.
        let kid = URL_SAFE_NO_PAD.encode(Sha256::digest(format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#)));
        let mut jwk = json!({ "alg": "RS256", "kty": "RSA", "use": "sig", "n": n, "e": e, "kid": kid });
        let certificate = certificate.map(|pem| pem.lines().skip_while(|line| !line.starts_with("-----BEGIN")));
        let certificate = certificate.map(|lines| lines.flat_map(|line| [line, "\n"]).collect::<String>());
        if let Some(certificate) = &certificate {
            let (x5t, x5c) = certificate_members(certificate);
            jwk["x5t"] = x5t.into();
            jwk["x5c"] = json!([x5c]);
        }
        let spki = pair.public_key().as_der().expect("a public key can be encoded").as_ref().to_vec();
        Self { pair: Arc::new(pair), spki, kid, certificate, jwk }
    }

    pub(crate) fn kid(&self) -> &str {
        &self.kid
    }

    /// The certificate in PEM; generated keys have none.
    pub(crate) fn certificate(&self) -> Option<&str> {
        self.certificate.as_deref()
    }

    /// An RS256 signature (RFC 7518 §3.3).
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .expect("a 2048-bit key can sign SHA-256");
        signature
    }

    /// Whether an RS256 signature is by this key.
    pub(crate) fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, self.pair.public_key().as_ref());
        public.verify(message, signature).is_ok()
    }

    /// The public key in the encodings that confused verifiers have taken for an HMAC secret.
    pub(crate) fn public_bytes(&self, form: PublicKeyForm) -> Vec<u8> {
        match form {
            PublicKeyForm::Der => self.spki.clone(),
            PublicKeyForm::Jwk => self.jwk.to_string().into_bytes(),
            PublicKeyForm::Pem => {
                let base64 = STANDARD.encode(&self.spki);
                let lines: Vec<_> = base64.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line)).collect();
                format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n")).into_bytes()
            }
        }
    }
}

/// `x5t` (SHA-1 thumbprint) and the only element of `x5c` (RFC 7517 §4.7, §4.8).
fn certificate_members(pem: &str) -> (String, String) {
    let base64: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = STANDARD.decode(&base64).expect("the embedded certificates are valid base64");
    let thumbprint = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, &der);
    (URL_SAFE_NO_PAD.encode(thumbprint), base64)
}
