//! What control requests and their answers hold.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Api, Client, Entry, Fault, FaultId, Handshake, User};

/// A part of the journal.
#[derive(Serialize, JsonSchema)]
pub(super) struct JournalPage<'a> {
    /// The exchanges, in the order in which the requests arrived.
    pub(super) entries: Vec<&'a Entry>,
    /// The number of the next exchange: `since` of the next request.
    pub(super) next_seq: u64,
}

/// A part of the TLS handshakes.
#[derive(Serialize, JsonSchema)]
pub(super) struct HandshakePage<'a> {
    /// The handshakes, in the order in which they began.
    pub(super) handshakes: Vec<&'a Handshake>,
    /// The number of the next one.
    pub(super) next_seq: u64,
}

/// The number of a fault that was armed.
#[derive(Serialize, JsonSchema)]
pub(super) struct ArmedAs {
    /// For `DELETE faults/{id}`.
    pub(super) id: FaultId,
}

/// The faults of the issuer.
#[derive(Serialize, JsonSchema)]
pub(super) struct Faults<'a> {
    /// Those that are armed, in the order of arming.
    pub(super) armed: Vec<ArmedFault<'a>>,
    /// The names of all named faults.
    pub(super) names: Vec<&'a str>,
}

/// A fault that is armed.
#[derive(Serialize, JsonSchema)]
pub(super) struct ArmedFault<'a> {
    /// Its number.
    pub(super) id: FaultId,
    /// How often it has changed a message.
    pub(super) fired: u64,
    /// What it does.
    pub(super) fault: &'a Fault,
}

/// Changes of the issuer's clock, in this order.
#[derive(Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
pub(super) struct ClockChange {
    /// The time to set it to, in seconds since the Unix epoch.
    pub(super) set: Option<i64>,
    /// The seconds to move it by.
    pub(super) advance: Option<i64>,
    /// Whether it stands still.
    pub(super) frozen: Option<bool>,
}

/// The issuer's clock.
#[derive(Serialize, JsonSchema)]
pub(super) struct ClockReading {
    /// Seconds since the Unix epoch.
    pub(super) now: i64,
    /// How far it is ahead of the real time, in seconds.
    pub(super) offset: i64,
    /// Whether it stands still.
    pub(super) frozen: bool,
}

/// Nothing.
#[derive(Default, Deserialize, Serialize, JsonSchema)]
pub(super) struct Nothing {}

/// The key that signs.
#[derive(Serialize, JsonSchema)]
pub(super) struct CurrentKey<'a> {
    /// Its identifier (RFC 7517 §4.5).
    pub(super) kid: &'a str,
}

/// The registered clients.
#[derive(Serialize, JsonSchema)]
pub(super) struct Clients<'a> {
    /// In the order of registration.
    pub(super) clients: &'a [Client],
}

/// The registered users.
#[derive(Serialize, JsonSchema)]
pub(super) struct Users<'a> {
    /// In the order of registration.
    pub(super) users: &'a [User],
}

/// The registered APIs.
#[derive(Serialize, JsonSchema)]
pub(super) struct Apis<'a> {
    /// In the order of registration.
    pub(super) apis: &'a [Api],
}

/// Whose tokens are revoked.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Revocation {
    /// The user.
    pub(super) sub: String,
}
