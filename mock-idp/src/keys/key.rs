//! A key that signs with one algorithm.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::pair::{KeyType, Pair};
use crate::PublicKeyForm;
use crate::terms::SignatureAlgorithm;

/// A key, the algorithm that it signs with, and what is published of it.
#[derive(Clone)]
pub(crate) struct SigningKey {
    pair: Arc<Pair>,
    algorithm: SignatureAlgorithm,
    spki: Vec<u8>,
    pub(super) kid: String,
    certificate: Option<String>,
    /// As published (RFC 7517).
    pub(crate) jwk: Value,
}

impl SigningKey {
    /// With the algorithm that is usual for its type.
    pub(super) fn usual(pair: Pair, certificate: Option<&str>) -> Self {
        let algorithm = pair.kind().usual_algorithm();
        let mut key = Self::new(Arc::new(pair), algorithm);
        let certificate = certificate.map(|pem| pem.lines().skip_while(|line| !line.starts_with("-----BEGIN")));
        key.certificate = certificate.map(|lines| lines.flat_map(|line| [line, "\n"]).collect::<String>());
        if let Some(certificate) = &key.certificate {
            let (x5t, x5c) = certificate_members(certificate);
            key.jwk["x5t"] = x5t.into();
            key.jwk["x5c"] = json!([x5c]);
        }
        key
    }

    fn new(pair: Arc<Pair>, algorithm: SignatureAlgorithm) -> Self {
        let mut kid = pair.thumbprint();
        // A key with two algorithms is published twice (RFC 7517 §4.4), and tokens have to say which one is meant.
        if algorithm != pair.kind().usual_algorithm() {
            kid = format!("{kid}-{algorithm}");
        }
        let mut jwk = json!({ "alg": algorithm.as_str(), "kty": pair.kty(), "use": "sig" });
        for (name, value) in pair.members() {
            jwk[name] = value.into();
        }
        jwk["kid"] = kid.as_str().into();
        let spki = pair.spki();
        Self { pair, algorithm, spki, kid, certificate: None, jwk }
    }

    /// The same key for another algorithm of its type.
    pub(super) fn with_algorithm(&self, algorithm: SignatureAlgorithm) -> Self {
        Self::new(self.pair.clone(), algorithm)
    }

    pub(super) fn kind(&self) -> KeyType {
        self.pair.kind()
    }

    pub(crate) fn kid(&self) -> &str {
        &self.kid
    }

    pub(crate) fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// The certificate in PEM; only embedded RSA keys have one.
    pub(crate) fn certificate(&self) -> Option<&str> {
        self.certificate.as_deref()
    }

    /// A signature with its algorithm.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(self.algorithm, message)
    }

    /// Whether a signature is by this key, with its algorithm.
    pub(crate) fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        self.pair.has_signed(self.algorithm, message, signature)
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
