//! TLS handshakes, and what the journal says of them.

use std::io;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::rustls::server::Acceptor;
use tokio_rustls::rustls::{AlertDescription, Error};
use tokio_rustls::server::TlsStream;

use super::tls::Identity;
use crate::Issuer;
use crate::journal::HandshakeEnd;

/// A port that speaks TLS.
#[derive(Clone)]
pub(super) struct TlsPort {
    pub(super) identity: Identity,
    /// In whose journal the handshakes are: a connection does not say which issuer it is for.
    pub(super) issuer: Issuer,
    /// The base URL of that issuer on this port.
    pub(super) at: Arc<str>,
}

impl TlsPort {
    /// The connection behind the handshake. There is none if somebody did not like the other's messages.
    ///
    /// The journal hears of the client's first message before the client hears anything: whatever it makes of the
    /// certificate, it does so afterwards.
    pub(super) async fn shake_hands(&self, stream: TcpStream) -> Option<TlsStream<TcpStream>> {
        let hello = LazyConfigAcceptor::new(Acceptor::default(), stream).await.ok()?;
        let journal = self.issuer.journal();
        let server_name = hello.client_hello().server_name().map(str::to_owned);
        let seq = journal.handshake_begun(self.issuer.clock().now(), self.at.clone(), server_name);
        let shaken = hello.into_stream(self.identity.0.clone()).await;
        journal.handshake_ended(seq, shaken.as_ref().err().map_or(HandshakeEnd::Established, broken_off));
        shaken.ok()
    }
}

fn broken_off(error: &io::Error) -> HandshakeEnd {
    match error.get_ref().and_then(|error| error.downcast_ref::<Error>()) {
        Some(Error::AlertReceived(alert)) => HandshakeEnd::Alert(name(*alert)),
        Some(error) => HandshakeEnd::Refused(error.to_string()),
        None => HandshakeEnd::Closed,
    }
}

/// As RFC 8446 §6 has it, where the alert is about a certificate.
fn name(alert: AlertDescription) -> String {
    match alert {
        AlertDescription::AccessDenied => "access_denied".to_owned(),
        AlertDescription::BadCertificate => "bad_certificate".to_owned(),
        AlertDescription::CertificateExpired => "certificate_expired".to_owned(),
        AlertDescription::CertificateRevoked => "certificate_revoked".to_owned(),
        AlertDescription::CertificateUnknown => "certificate_unknown".to_owned(),
        AlertDescription::UnknownCA => "unknown_ca".to_owned(),
        AlertDescription::UnsupportedCertificate => "unsupported_certificate".to_owned(),
        other => format!("alert {}", u8::from(other)),
    }
}
