//! Where a scenario is played, and what is armed there.

use std::time::Duration;

use mock_idp::FaultId;

use super::equipment::Lab;
use super::other_hosts::OtherHosts;
use super::providers::{Providers, recovery};
use crate::evidence::{ArmedFault, Control, Evidence};
use crate::plan::Plan;
use crate::terms::{Capability, People, Profile, Provider, URLS_IN_METADATA};

/// Where a scenario is played, and what is armed there.
pub(super) struct Scene<'a> {
    pub(super) providers: Providers<'a>,
    pub(super) people: People,
    pub(super) other_hosts: OtherHosts,
    pub(super) span: String,
    pub(super) plan: &'a Plan,
    pub(super) armed: Vec<FaultId>,
    pub(super) lab: &'a Lab,
}

impl Scene<'_> {
    /// Nothing seen yet.
    pub(super) fn blank(self) -> Evidence {
        let mut capabilities = self.lab.launcher().capabilities().clone();
        // To a client of plain OAuth, the endpoints of OpenID Connect are an API.
        capabilities.retain(|it| *it != Capability::Openid || self.lab.profile != Profile::Oauth);
        let planned = self.plan.faults_from_the_start().chain(self.plan.faults_at_second());
        let armed = self.armed.into_iter().zip(planned);
        Evidence {
            people: self.people,
            issuer: self.providers.issuer.clone(),
            registration: self.providers.registration.clone(),
            second: self.providers.second.cloned(),
            other_host: self.other_hosts.unrelated,
            wrong_certificates: self.other_hosts.wrong_certificates,
            redirect_uri: String::new(),
            loopback_redirect_uris: Vec::new(),
            recovery: recovery(&self.span).into(),
            span: self.span.into(),
            attempts: Vec::new(),
            sessions: Vec::new(),
            faults: armed
                .map(|(id, fault)| ArmedFault { id, at: fault.at, name: fault.to_string(), fault: fault.clone() })
                .collect(),
            policies: self.plan.policy(Provider::First).collect(),
            dialect: self.plan.dialect(),
            capabilities,
            told: URLS_IN_METADATA.into_iter().filter(|url| self.lab.launcher().is_told(url)).collect(),
            learnt: self.lab.learnt_for(self.plan),
            before: Control::NotNeeded,
            after: Control::NotNeeded,
            shows_userinfo: None,
            hops: Vec::new(),
            browsers: Vec::new(),
            visits: Vec::new(),
            looks: Vec::new(),
            client_lives: true,
            output: String::new(),
            exposures: Vec::new(),
            of_the_run: Vec::new().into(),
            unclaimed: Vec::new().into(),
            duration: Duration::ZERO,
        }
    }
}
