//! Certificates for a run: an authority that clients are told to trust, and an unknown one.

use std::fmt;
use std::sync::Arc;

use ::aws_lc_rs::digest::{SHA256, digest};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose, PublicKeyData as _,
};
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::{self, ServerConfig};

/// The names of this machine on its loopback interface.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// A certificate authority that lives as long as the process. Its key is never written anywhere.
pub struct Authority {
    own: CertifiedIssuer<'static, KeyPair>,
    /// Of every server on this machine: a browser can be told of it.
    server_key: KeyPair,
}

/// A certificate with its key, for a server.
#[derive(Clone)]
pub struct Identity(pub(super) Arc<ServerConfig>);

impl Authority {
    /// A new one.
    #[must_use]
    pub fn new() -> Self {
        let mut params = named("Quintain test authority", &[]);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let own = CertifiedIssuer::self_signed(params, key()).expect("the parameters are constants");
        Self { own, server_key: key() }
    }

    /// The certificate to trust, as PEM.
    #[must_use]
    pub fn certificate_pem(&self) -> String {
        self.own.pem()
    }

    /// A certificate for this machine: `localhost`, `127.0.0.1` and `::1`. All of them are for the same key.
    #[must_use]
    pub fn issue(&self) -> Identity {
        identity(vec![self.certify(&LOOPBACK, &self.server_key), self.own.der().clone()], &self.server_key)
    }

    /// The same for further names of this machine.
    pub(crate) fn issue_also_for(&self, hosts: &[String]) -> Identity {
        let further = hosts.iter().map(|host| host.trim_matches(['[', ']'])).filter(|host| !LOOPBACK.contains(host));
        let hosts: Vec<_> = LOOPBACK.into_iter().chain(further).collect();
        identity(vec![self.certify(&hosts, &self.server_key), self.own.der().clone()], &self.server_key)
    }

    /// A certificate for `elsewhere.example`, which this machine is not.
    #[must_use]
    pub fn issue_for_another_host(&self) -> Identity {
        let key = key();
        identity(vec![self.certify(&["elsewhere.example"], &key), self.own.der().clone()], &key)
    }

    /// The same as [`Authority::issue`] for another server: the certificate and its key, both as PEM.
    #[must_use]
    pub fn issue_pem(&self) -> (String, String) {
        let certificate =
            server(&LOOPBACK).signed_by(&self.server_key, &self.own).expect("the parameters are constants");
        (certificate.pem() + &self.own.pem(), self.server_key.serialize_pem())
    }

    /// The SHA-256 hash of the public key, as `SubjectPublicKeyInfo`, that the certificates for this machine are for:
    /// what a browser pins that cannot be told of an authority.
    #[must_use]
    pub fn server_key_sha256(&self) -> [u8; 32] {
        let hash = digest(&SHA256, &self.server_key.subject_public_key_info());
        hash.as_ref().try_into().expect("SHA-256 gives 32 bytes")
    }

    fn certify(&self, hosts: &[&str], key: &KeyPair) -> CertificateDer<'static> {
        let certificate = server(hosts).signed_by(key, &self.own);
        certificate.expect("the parameters are constants").der().clone()
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authority")
    }
}

impl Identity {
    /// A certificate with those that vouch for it, and its private key, both in PEM. The error says what is wrong.
    pub fn from_pem(certificates: &str, key: &str) -> Result<Self, String> {
        let chain = CertificateDer::pem_slice_iter(certificates.as_bytes()).collect::<Result<Vec<_>, _>>();
        let chain = chain.map_err(|error| format!("the certificate is no PEM: {error}"))?;
        if chain.is_empty() {
            return Err("there is no certificate in PEM".to_owned());
        }
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes());
        let key = key.map_err(|error| format!("there is no private key in PEM: {error}"))?;
        serving(chain, key).map_err(|error| error.to_string())
    }

    /// A certificate for this machine that nobody vouches for.
    #[must_use]
    pub fn self_signed() -> Self {
        let key = key();
        let certificate = named("Somebody on the way", &LOOPBACK).self_signed(&key);
        identity(vec![certificate.expect("the parameters are constants").der().clone()], &key)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity")
    }
}

fn server(hosts: &[&str]) -> CertificateParams {
    named("Quintain test server", hosts)
}

fn named(name: &str, hosts: &[&str]) -> CertificateParams {
    let hosts: Vec<_> = hosts.iter().map(|host| (*host).to_owned()).collect();
    let mut params = CertificateParams::new(hosts).expect("the names are constants");
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

/// ECDSA on P-256: every TLS library has it, and making one costs nothing.
fn key() -> KeyPair {
    KeyPair::generate().expect("the system has randomness")
}

fn identity(chain: Vec<CertificateDer<'static>>, key: &KeyPair) -> Identity {
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    serving(chain, key.into()).expect("the key belongs to the certificate")
}

fn serving(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Result<Identity, rustls::Error> {
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider has cipher suites for TLS 1.2 and 1.3");
    config.with_no_client_auth().with_single_cert(chain, key).map(|config| Identity(Arc::new(config)))
}
