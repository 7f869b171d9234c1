//! Codes of devices that cannot open a browser (RFC 8628).

use std::sync::Arc;

use super::Authorization;
use crate::bounded::Bounded;
use crate::{Note, Policy};

/// How many devices an issuer remembers.
const REMEMBERED: usize = 10_000;

/// How many seconds `slow_down` adds to the time between two questions (RFC 8628 §3.5).
pub(crate) const SLOWER: i64 = 5;

/// The devices that have asked, by device code.
pub(crate) struct Devices(Bounded<String, Device>);

/// A device, and what the user says to it.
#[derive(Clone, Debug)]
pub(crate) struct Device {
    pub(crate) user_code: String,
    pub(crate) client_id: String,
    pub(crate) scope: Vec<String>,
    pub(crate) audience: Option<String>,
    expires: i64,
    interval: i64,
    /// When the client may ask again.
    next: i64,
    decision: Option<Decision>,
}

#[derive(Clone, Debug)]
enum Decision {
    Denied,
    Allowed(Arc<Authorization>),
}

/// Why there are no tokens for a device (RFC 8628 §3.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unready {
    Pending,
    TooOften,
    Denied,
    Expired,
    /// It is no device code of the client.
    Invalid(Note),
}

impl Device {
    pub(crate) fn asking(
        user_code: String,
        client_id: &str,
        scope: Vec<String>,
        audience: Option<&str>,
        (now, policy): (i64, &Policy),
    ) -> Self {
        Self {
            user_code,
            client_id: client_id.to_owned(),
            scope,
            audience: audience.map(str::to_owned),
            expires: now.saturating_add(policy.device_code_lifetime),
            interval: policy.device_interval,
            next: now,
            decision: None,
        }
    }
}

impl Default for Devices {
    fn default() -> Self {
        Self(Bounded::new(REMEMBERED))
    }
}

impl Devices {
    pub(crate) fn ask(&mut self, device_code: String, device: Device) {
        self.0.insert(device_code, device);
    }

    /// The device that waits for an answer and shows this code. Letter case and punctuation do not matter (RFC 8628 §6.1).
    pub(crate) fn waiting(&mut self, user_code: &str, now: i64) -> Option<&mut Device> {
        let typed = letters(user_code);
        let is_meant = |device: &&mut Device| letters(&device.user_code) == typed;
        self.0.values_mut().find(is_meant).filter(|device| device.decision.is_none() && now < device.expires)
    }

    /// The client asks for tokens. It gets them once.
    pub(crate) fn poll(&mut self, device_code: &str, client_id: &str, now: i64) -> Result<Arc<Authorization>, Unready> {
        let device = self.0.get_mut(device_code).ok_or(Unready::Invalid(Note::DeviceCodeUnknown))?;
        if device.client_id != client_id {
            return Err(Unready::Invalid(Note::DeviceCodeOfAnotherClient));
        }
        if now >= device.expires {
            return Err(Unready::Expired);
        }
        if now < device.next {
            device.interval = device.interval.saturating_add(SLOWER);
            device.next = now.saturating_add(device.interval);
            return Err(Unready::TooOften);
        }
        device.next = now.saturating_add(device.interval);
        let authorization = match &device.decision {
            None => return Err(Unready::Pending),
            Some(Decision::Denied) => return Err(Unready::Denied),
            Some(Decision::Allowed(authorization)) => authorization.clone(),
        };
        self.0.remove(device_code);
        Ok(authorization)
    }
}

impl Device {
    pub(crate) fn deny(&mut self) {
        self.decision = Some(Decision::Denied);
    }

    pub(crate) fn allow(&mut self, authorization: Arc<Authorization>) {
        self.decision = Some(Decision::Allowed(authorization));
    }
}

/// What of a code counts.
fn letters(user_code: &str) -> String {
    user_code.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIFETIME: i64 = 600;

    fn devices() -> Devices {
        let mut devices = Devices::default();
        let policy = Policy::default();
        let device = Device::asking("BCDF-GHJK".to_owned(), "tv", Vec::new(), None, (0, &policy));
        devices.ask("device".to_owned(), device);
        devices
    }

    #[test]
    fn a_user_code_is_read_as_people_type_it() {
        let mut devices = devices();
        for typed in ["BCDF-GHJK", "bcdfghjk", " bcdf ghjk "] {
            assert!(devices.waiting(typed, 0).is_some(), "{typed}");
        }
        for other in ["", "BCDF", "BCDF-GHJX"] {
            assert!(devices.waiting(other, 0).is_none(), "{other}");
        }
        assert!(devices.waiting("BCDF-GHJK", LIFETIME).is_none(), "it has expired");
    }

    #[test]
    fn a_client_that_asks_too_often_has_to_wait_longer_each_time() {
        let mut devices = devices();
        let mut poll = |now| devices.poll("device", "tv", now).expect_err("nobody has decided");
        assert_eq!(
            [0, 4, 14, 13, 28].map(&mut poll),
            [
                Unready::Pending,
                Unready::TooOften, // asks again from 14 on
                Unready::Pending,  // from 24 on
                Unready::TooOften, // from 28 on
                Unready::Pending,
            ]
        );
    }

    #[test]
    fn tokens_are_given_once_and_to_the_client_that_asked() {
        let mut devices = devices();
        devices.waiting("BCDF-GHJK", 0).expect("it waits").allow(Arc::default());
        assert!(devices.waiting("BCDF-GHJK", 0).is_none(), "it is decided");
        let other = devices.poll("device", "radio", 0);
        assert_eq!(other, Err(Unready::Invalid(Note::DeviceCodeOfAnotherClient)));
        assert_eq!(devices.poll("device", "tv", 0), Ok(Arc::default()));
        assert_eq!(devices.poll("device", "tv", 9), Err(Unready::Invalid(Note::DeviceCodeUnknown)));
    }

    #[test]
    fn what_the_user_denies_and_what_takes_too_long_is_told_apart() {
        let mut devices = devices();
        devices.waiting("BCDF-GHJK", 0).expect("it waits").deny();
        assert_eq!(devices.poll("device", "tv", 0), Err(Unready::Denied));
        assert_eq!(devices.poll("device", "tv", LIFETIME), Err(Unready::Expired));
    }
}
