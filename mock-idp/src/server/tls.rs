//! Certificates for a run: an authority that clients are told to trust, and one that nobody knows.

use std::fmt;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};

/// The names of this machine on its loopback interface.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// A certificate authority that lives as long as the process. Its key is never written anywhere.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

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
        Self(CertifiedIssuer::self_signed(params, key()).expect("the parameters are constants"))
    }

    /// The certificate to trust, as PEM.
    #[must_use]
    pub fn certificate_pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for this machine: `localhost`, `127.0.0.1` and `::1`.
    #[must_use]
    pub fn issue(&self) -> Identity {
        let (certificate, key) = self.certify(&LOOPBACK);
        identity(vec![certificate.der().clone(), self.0.der().clone()], &key)
    }

    /// A certificate for `elsewhere.example`, which this machine is not.
    #[must_use]
    pub fn issue_for_another_host(&self) -> Identity {
        let (certificate, key) = self.certify(&["elsewhere.example"]);
        identity(vec![certificate.der().clone(), self.0.der().clone()], &key)
    }

    /// The same as [`Authority::issue`] for another server: the certificate and its key, both as PEM.
    #[must_use]
    pub fn issue_pem(&self) -> (String, String) {
        let (certificate, key) = self.certify(&LOOPBACK);
        (certificate.pem() + &self.0.pem(), key.serialize_pem())
    }

    fn certify(&self, hosts: &[&str]) -> (Certificate, KeyPair) {
        let key = key();
        let certificate = named("Quintain test server", hosts).signed_by(&key, &self.0);
        (certificate.expect("the parameters are constants"), key)
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
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider has cipher suites for TLS 1.2 and 1.3");
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    let config = config.with_no_client_auth().with_single_cert(chain, key.into());
    Identity(Arc::new(config.expect("the key belongs to the certificate")))
}
