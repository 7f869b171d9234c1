//! Wrong certificates: what a fault may send a client to.

use mock_idp::Fault;

use super::compiled::Plan;
use super::expectation::Expectation;
use crate::terms::Provider;

/// A certificate that is wrong where it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrongCertificate {
    /// One that nobody vouches for.
    Untrusted,
    /// One by an authority that the client trusts, for another host.
    OtherHost,
}

impl WrongCertificate {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Untrusted, Self::OtherHost];

    /// What stands in faults for the place where it is shown, without the braces.
    #[must_use]
    pub fn placeholder(self) -> &'static str {
        match self {
            Self::Untrusted => "untrusted",
            Self::OtherHost => "wrong_host",
        }
    }

    fn is_named_by(self, fault: &Fault) -> bool {
        let placeholder = format!("{{{}}}", self.placeholder());
        serde_json::to_string(fault).is_ok_and(|text| text.contains(&placeholder))
    }
}

impl Plan {
    /// The wrong certificates that the faults of a provider send the client to.
    #[must_use]
    pub fn wrong_certificates(&self, provider: Provider) -> Vec<WrongCertificate> {
        let faults: Vec<_> = match provider {
            Provider::First => self.faults().collect(),
            Provider::Second => self.faults_at_second().collect(),
        };
        let is_named = |certificate: &WrongCertificate| faults.iter().any(|fault| certificate.is_named_by(fault));
        WrongCertificate::ALL.into_iter().filter(is_named).collect()
    }

    /// Whether a refusal is claimed where a certificate is wrong, and not that the client has seen it: it may have refused
    /// something else.
    #[must_use]
    pub fn leaves_certificate_unseen(&self) -> bool {
        let claims = |claim: fn(&Expectation) -> bool| self.expectations.iter().any(claim);
        WrongCertificate::ALL.into_iter().any(|certificate| self.shows(certificate))
            && claims(|it| matches!(it, Expectation::EndsWithoutSuccess | Expectation::Refused(_)))
            && !claims(|it| matches!(it, Expectation::WrongCertificateShown))
    }

    /// Whether it sends the client to this wrong certificate.
    #[must_use]
    pub fn shows(&self, certificate: WrongCertificate) -> bool {
        self.faults().chain(self.faults_at_second()).any(|fault| certificate.is_named_by(fault))
    }
}
