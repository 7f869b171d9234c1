//! A key pair of any type: its public members, and signatures with it.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{self, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED, ECDSA_P384_SHA384_FIXED_SIGNING,
    ED25519, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512,
    RsaSignatureEncoding, UnparsedPublicKey, VerificationAlgorithm,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::terms::SignatureAlgorithm;

/// What a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyType {
    Rsa,
    P256,
    P384,
    Ed25519,
}

impl KeyType {
    /// The keys that an algorithm is for.
    pub(super) fn of(algorithm: SignatureAlgorithm) -> Self {
        match algorithm {
            SignatureAlgorithm::ES256 => Self::P256,
            SignatureAlgorithm::ES384 => Self::P384,
            SignatureAlgorithm::EdDSA => Self::Ed25519,
            _ => Self::Rsa,
        }
    }

    /// The algorithm of a key for which none is named.
    pub(super) fn usual_algorithm(self) -> SignatureAlgorithm {
        match self {
            Self::Rsa => SignatureAlgorithm::RS256,
            Self::P256 => SignatureAlgorithm::ES256,
            Self::P384 => SignatureAlgorithm::ES384,
            Self::Ed25519 => SignatureAlgorithm::EdDSA,
        }
    }
}

/// A private key with its public half.
pub(super) enum Pair {
    Rsa(rsa::KeyPair),
    P256(EcdsaKeyPair),
    P384(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Pair {
    /// A fresh one. An RSA key has 2048 bits, and takes a tenth of a second; the others take no time.
    pub(super) fn generate(kind: KeyType) -> Self {
        let pair = match kind {
            KeyType::Rsa => rsa::KeyPair::generate(KeySize::Rsa2048).map(Self::Rsa),
            KeyType::P256 => EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map(Self::P256),
            KeyType::P384 => EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).map(Self::P384),
            KeyType::Ed25519 => Ed25519KeyPair::generate().map(Self::Ed25519),
        };
        pair.expect("keys can be generated where there is randomness")
    }

    /// One from a file; nothing if it is of no type that signs here.
    pub(super) fn read(key: &PrivateKeyDer<'_>) -> Option<Self> {
        let der = key.secret_der();
        let ecdsa = |algorithm| EcdsaKeyPair::from_private_key_der(algorithm, der);
        let p256 = || ecdsa(&ECDSA_P256_SHA256_FIXED_SIGNING).map(Self::P256).ok();
        let p384 = || ecdsa(&ECDSA_P384_SHA384_FIXED_SIGNING).map(Self::P384).ok();
        match key {
            PrivateKeyDer::Pkcs1(_) => rsa::KeyPair::from_der(der).map(Self::Rsa).ok(),
            PrivateKeyDer::Sec1(_) => p256().or_else(p384),
            _ => {
                let rsa = rsa::KeyPair::from_pkcs8(der).map(Self::Rsa).ok();
                let ed25519 = || Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map(Self::Ed25519).ok();
                rsa.or_else(p256).or_else(p384).or_else(ed25519)
            }
        }
    }

    pub(super) fn kind(&self) -> KeyType {
        match self {
            Self::Rsa(_) => KeyType::Rsa,
            Self::P256(_) => KeyType::P256,
            Self::P384(_) => KeyType::P384,
            Self::Ed25519(_) => KeyType::Ed25519,
        }
    }

    fn public(&self) -> &[u8] {
        match self {
            Self::Rsa(pair) => pair.public_key().as_ref(),
            Self::P256(pair) | Self::P384(pair) => pair.public_key().as_ref(),
            Self::Ed25519(pair) => pair.public_key().as_ref(),
        }
    }

    /// The members of the public key but for `kty` (RFC 7518 §6.2.1, §6.3.1; RFC 8037 §2).
    pub(super) fn members(&self) -> Vec<(&'static str, String)> {
        let curve = |crv: &str| ("crv", crv.to_owned());
        // An uncompressed point: an octet 4, and the coordinates.
        let point = |crv| {
            let (x, y) = self.public()[1..].split_at(self.public().len() / 2);
            vec![curve(crv), ("x", URL_SAFE_NO_PAD.encode(x)), ("y", URL_SAFE_NO_PAD.encode(y))]
        };
        match self {
            Self::Rsa(_) => {
                let components = DEFAULT_PROVIDER.key_utils.rsa_pub_components_from_public_key;
                let (n, e) = components(self.public()).expect("a key pair has a valid public key");
                vec![("n", URL_SAFE_NO_PAD.encode(n)), ("e", URL_SAFE_NO_PAD.encode(e))]
            }
            Self::P256(_) => point("P-256"),
            Self::P384(_) => point("P-384"),
            Self::Ed25519(_) => vec![curve("Ed25519"), ("x", URL_SAFE_NO_PAD.encode(self.public()))],
        }
    }

    /// `kty` (RFC 7518 §6.1; RFC 8037 §2).
    pub(super) fn kty(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "RSA",
            Self::P256(_) | Self::P384(_) => "EC",
            Self::Ed25519(_) => "OKP",
        }
    }

    /// RFC 7638 §3: the hash of the required members in lexicographic order.
    pub(super) fn thumbprint(&self) -> String {
        let mut members = self.members();
        members.push(("kty", self.kty().to_owned()));
        members.sort_unstable();
        let members: Vec<_> = members.iter().map(|(name, value)| format!(r#""{name}":"{value}""#)).collect();
        URL_SAFE_NO_PAD.encode(digest(&SHA256, format!("{{{}}}", members.join(",")).as_bytes()))
    }

    /// The public key as `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7).
    pub(super) fn spki(&self) -> Vec<u8> {
        let der = match self {
            Self::Rsa(pair) => AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key()),
            Self::P256(pair) | Self::P384(pair) => AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key()),
            Self::Ed25519(pair) => AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key()),
        };
        der.expect("a public key can be encoded").as_ref().to_vec()
    }

    /// A signature (RFC 7518 §3.3 to §3.5; RFC 8037 §3.1), with an algorithm that is for keys of this type.
    pub(super) fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(encoding(algorithm), &SystemRandom::new(), message, &mut signature)
                    .expect("a key of 2048 bits or more can sign every hash");
                signature
            }
            Self::P256(pair) | Self::P384(pair) => {
                let signature = pair.sign(&SystemRandom::new(), message);
                signature.expect("a key can sign where there is randomness").as_ref().to_vec()
            }
            Self::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }

    /// Whether a signature is by this key.
    pub(super) fn has_signed(&self, algorithm: SignatureAlgorithm, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(verification(algorithm), self.public()).verify(message, signature).is_ok()
    }
}

fn encoding(algorithm: SignatureAlgorithm) -> &'static RsaSignatureEncoding {
    match algorithm {
        SignatureAlgorithm::RS384 => &RSA_PKCS1_SHA384,
        SignatureAlgorithm::RS512 => &RSA_PKCS1_SHA512,
        SignatureAlgorithm::PS256 => &RSA_PSS_SHA256,
        SignatureAlgorithm::PS384 => &RSA_PSS_SHA384,
        SignatureAlgorithm::PS512 => &RSA_PSS_SHA512,
        _ => &RSA_PKCS1_SHA256,
    }
}

fn verification(algorithm: SignatureAlgorithm) -> &'static dyn VerificationAlgorithm {
    match algorithm {
        SignatureAlgorithm::RS256 => &RSA_PKCS1_2048_8192_SHA256,
        SignatureAlgorithm::RS384 => &RSA_PKCS1_2048_8192_SHA384,
        SignatureAlgorithm::RS512 => &RSA_PKCS1_2048_8192_SHA512,
        SignatureAlgorithm::PS256 => &RSA_PSS_2048_8192_SHA256,
        SignatureAlgorithm::PS384 => &RSA_PSS_2048_8192_SHA384,
        SignatureAlgorithm::PS512 => &RSA_PSS_2048_8192_SHA512,
        SignatureAlgorithm::ES256 => &ECDSA_P256_SHA256_FIXED,
        SignatureAlgorithm::ES384 => &ECDSA_P384_SHA384_FIXED,
        SignatureAlgorithm::EdDSA => &ED25519,
    }
}
