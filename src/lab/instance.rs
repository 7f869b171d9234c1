//! One running client and the issuer that it trusts.

use std::sync::atomic::{AtomicU64, Ordering};

use mock_idp::{Fault, FaultId, Issuer};

use super::{Lab, provider, stranger};
use crate::driver::{BrowserId, Driver, Registration, SetupError};

/// A client, its issuer, its registration.
pub(super) struct Instance {
    pub(super) issuer: Issuer,
    pub(super) registration: Registration,
    pub(super) driver: Box<dyn Driver>,
}

/// A client that was started on a poisoned issuer.
pub(super) struct Poisoned {
    pub(super) issuer: Issuer,
    pub(super) stranger: Issuer,
    pub(super) armed: Vec<FaultId>,
    pub(super) driver: Result<Box<dyn Driver>, SetupError>,
}

impl Instance {
    /// Starts a client on an issuer of its own; the policy changes are in force from the start.
    pub(super) async fn launch(
        lab: &Lab,
        registration: Registration,
        policy: &[crate::suite::PolicyChange],
    ) -> Result<Self, SetupError> {
        let issuer = lab.idp.add_issuer(provider::issuer_config(&registration));
        let mut changed = issuer.policy();
        policy.iter().for_each(|change| change.apply(&mut changed));
        issuer.set_policy(changed);
        let driver = lab.launcher.launch(&issuer, &registration).await?;
        Ok(Self { issuer, registration, driver })
    }

    /// Starts a client on an issuer whose metadata or keys are poisoned from the start.
    pub(super) async fn launch_poisoned(
        lab: &Lab,
        registration: &Registration,
        chapter: &str,
        faults: &[Fault],
    ) -> Poisoned {
        let issuer = lab.idp.add_issuer(provider::issuer_config(registration));
        issuer.journal().chapter(chapter);
        let stranger = stranger::introduce(lab, &issuer, chapter);
        let armed = faults.iter().map(|fault| issuer.arm(fault.clone())).collect();
        let driver = lab.launcher.launch(&issuer, registration).await;
        Poisoned { issuer, stranger, armed, driver }
    }

    pub(super) fn is_alive(&self) -> bool {
        self.driver.is_alive()
    }

    pub(super) async fn stop(self) {
        self.driver.stop().await;
    }
}

/// A browser that nobody has used.
pub(super) fn new_browser() -> BrowserId {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    BrowserId(NEXT.fetch_add(1, Ordering::Relaxed))
}
