//! The protocol: one JSON object per line, requests to the client's standard input, replies from its standard output.
//!
//! These types are the protocol. Their JSON Schemas are published in `docs/`, and `docs/stdio.md` explains them.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::terms::{Capability, Check, Owner, Phase, claimed};

/// The version of the protocol. It grows by new members of requests; any other change is a new number.
pub const VERSION: u32 = 1;

/// One line to the client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Request {
    /// The reply carries the same number. Each is used once in the life of a process.
    pub id: u64,
    /// What is asked for.
    #[serde(flatten)]
    pub operation: Operation,
}

/// What the client is asked to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Operation {
    /// The first request: who are you, and what can you do?
    Hello {
        /// The version of the protocol that the harness speaks.
        protocol: u32,
    },
    /// Be a client of this provider. Comes once for each provider that the client is to know, before anything else of
    /// them, and again after a `reset`.
    Configure(Box<Configure>),
    /// A user agent asks for a login: answer with the authorization request.
    Begin {
        /// The user agent: each has its own session, as each browser has.
        ua: String,
        /// The provider to log in at; one that was configured.
        issuer: String,
    },
    /// The authorization response arrives, in this user agent: redeem the code, validate, remember who is logged in.
    Callback {
        /// The user agent; not always the one that asked for the login.
        ua: String,
        /// The whole URL, as the client's callback route would see it.
        url: String,
        /// The form that was posted there, form-encoded, for a client that asks for `response_mode=form_post`.
        #[serde(skip_serializing_if = "Option::is_none")]
        form: Option<String>,
    },
    /// Who is logged in, in this user agent? Changes nothing and asks nobody.
    Inspect {
        /// The user agent.
        ua: String,
    },
    /// Call the API once, with the access token of the person who is logged in.
    Call {
        /// The user agent.
        ua: String,
    },
    /// Use the refresh token, whether the access token has expired or not.
    Refresh {
        /// The user agent.
        ua: String,
    },
    /// End the session of this user agent.
    Logout {
        /// The user agent.
        ua: String,
    },
    /// Move the client's clock.
    Advance {
        /// Forward, or back if negative.
        seconds: i64,
    },
    /// Forget everything: sessions, tokens, logins in progress, providers with their metadata and keys, the clock's
    /// offset.
    Reset,
    /// The last request: reply, then exit.
    Stop,
    /// Asked once of every process, and to be declined as `unsupported` like every operation that a client does not
    /// know: later versions may have more of them.
    NoSuchOperation,
}

impl Operation {
    /// `op`
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Hello { .. } => "hello",
            Self::Configure(_) => "configure",
            Self::Begin { .. } => "begin",
            Self::Callback { .. } => "callback",
            Self::Inspect { .. } => "inspect",
            Self::Call { .. } => "call",
            Self::Refresh { .. } => "refresh",
            Self::Logout { .. } => "logout",
            Self::Advance { .. } => "advance",
            Self::Reset => "reset",
            Self::Stop => "stop",
            Self::NoSuchOperation => "no_such_operation",
        }
    }
}

/// A provider, and how the client is registered there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Configure {
    /// The issuer identifier, to the byte. Discovery starts here (OpenID Connect Discovery §4).
    pub issuer: String,
    /// For a client without discovery. One that has discovery does not look at them.
    pub endpoints: Endpoints,
    /// `client_id`
    pub client_id: String,
    /// `client_secret`; not there for a public client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
    /// `client_secret_basic`, `client_secret_post` or `none`. A client that cannot do it answers `unsupported`.
    pub token_endpoint_auth_method: String,
    /// The registered redirect URI. Nobody listens there: `callback` brings what would arrive.
    pub redirect_uri: String,
    /// The scope to ask for.
    pub scope: String,
    /// The `audience` parameter of the authorization request, if there is to be one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    /// The protected API: `call` is a GET of this URL.
    pub api_url: String,
}

/// What the metadata of an honest provider say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Endpoints {
    /// `authorization_endpoint`
    pub authorization: String,
    /// `token_endpoint`
    pub token: String,
    /// `userinfo_endpoint`
    pub userinfo: String,
    /// `jwks_uri`
    pub jwks: String,
}

/// One line from the client.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(rename = "ReplyWith{T}", extend("unevaluatedProperties" = false))]
pub struct Reply<T> {
    /// The number of the request.
    pub id: u64,
    /// What came of it; one of the five.
    #[serde(flatten)]
    pub answer: Answer<T>,
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Answer<T> {
    /// It went through.
    Ok(T),
    /// The client said no, as it says no to what it should not accept: its documented error.
    Refused(Refused),
    /// The client crashed: an exception that it does not document, where it should have said yes or no. The process
    /// goes on.
    Crashed(Words),
    /// The client cannot do this: an unknown operation, a version, a way to authenticate.
    Unsupported(Words),
    /// It could not even be tried, and not for a reason of the client's: the shim is at a loss.
    FailedToRun(Words),
}

/// Why and where the client said no.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    /// Whose code said no.
    pub by: Owner,
    /// The step of the flow, if the client says so.
    #[serde(default)]
    pub phase: Option<Phase>,
    /// The client's own name for the reason: the class or the code of its error.
    #[serde(default)]
    pub reason: Option<String>,
    /// The client's message.
    pub detail: String,
}

/// An explanation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// In words.
    pub detail: String,
}

/// `ok` of `hello`: who the client is, and what it can do.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hello {
    /// The version of the protocol that the client speaks.
    pub protocol: u32,
    /// The library and its version, for the report.
    pub name: String,
    /// What the client can do beyond logging in. What follows from the protocol and from `scope` need not be said.
    #[serde(default, deserialize_with = "claimed")]
    #[schemars(schema_with = "claimable")]
    pub capabilities: Vec<Capability>,
    /// Whose code makes each check; a check that is not named is nobody's.
    #[serde(default)]
    #[schemars(schema_with = "checks")]
    pub checks: BTreeMap<Check, Owner>,
}

fn claimable(generator: &mut SchemaGenerator) -> Schema {
    let (capability, not_to_claim) = (generator.subschema_for::<Capability>(), Capability::Cookies);
    json_schema!({ "type": "array", "items": { "allOf": [capability], "not": { "const": not_to_claim } } })
}

fn checks(generator: &mut SchemaGenerator) -> Schema {
    let (check, owner) = (generator.subschema_for::<Check>(), generator.subschema_for::<Owner>());
    json_schema!({ "type": "object", "propertyNames": check, "additionalProperties": owner })
}

/// `ok` of `begin`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Begun {
    /// The authorization request: where the user agent goes.
    pub url: String,
}

/// `ok` of `inspect`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Inspected {
    /// Who is logged in; null if nobody is.
    #[serde(deserialize_with = "there")]
    #[schemars(schema_with = "somebody_or_null")]
    pub session: Option<LoggedIn>,
}

fn somebody_or_null(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<Option<LoggedIn>>()
}

/// That nobody is logged in has to be said: a misspelt member must not mean it.
fn there<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<LoggedIn>, D::Error> {
    Option::deserialize(deserializer)
}

/// A session of the client.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoggedIn {
    /// `sub` as the client believes it; not there if the client does not know whom it has logged in.
    #[serde(default)]
    pub subject: Option<String>,
    /// Whatever else the client believes of them: the claims of the ID token or of UserInfo.
    #[serde(default)]
    pub claims: serde_json::Map<String, serde_json::Value>,
}

/// `ok` of `call`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Called {
    /// The status of the API's last answer.
    pub status: u16,
    /// What the client makes of the answer, if it shows it.
    #[serde(default)]
    pub body: Option<String>,
}

/// `ok` of every other operation: nothing to say.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Done {}
