//! What was seen of a scenario, secrets redacted: who sent what to whom, and in which order.

mod answer;
mod order;
mod redaction;
mod summary;

use std::borrow::Cow;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(super) use self::redaction::redact;
pub(super) use self::summary::summary;
use crate::terms::Browser;
use crate::text::{cut, cut_to_end};

/// What was seen, secrets redacted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EvidenceSummary {
    /// The scenario's steps as written.
    pub steps: Vec<String>,
    /// The faults that were armed, and how often each changed a message.
    pub faults: Vec<FaultSummary>,
    /// What the provider and the API saw, in order.
    pub provider: Vec<ExchangeSummary>,
    /// What the user agent and the client exchanged, in order.
    pub browser: Vec<HopSummary>,
    /// What was done, in order, and how it ended.
    #[serde(default)]
    pub actions: Vec<ActionSummary>,
    /// Who is logged in, in each browser, after the last action.
    #[serde(default)]
    pub sessions: Vec<SessionSummary>,
    /// The end of what the client printed.
    pub output: String,
}

/// More parameters than any honest request has.
const MOST_PARAMETERS: usize = 64;

impl EvidenceSummary {
    /// Cuts what comes from outside. The steps are those of the feature files.
    pub(super) fn cut(&mut self) {
        let provider = self.provider.iter_mut().flat_map(|exchange| {
            exchange.parameters.truncate(MOST_PARAMETERS);
            exchange.parameters.iter_mut().chain([&mut exchange.request])
        });
        let browser = self.browser.iter_mut().flat_map(|hop| [&mut hop.request, &mut hop.response]);
        let actions = self.actions.iter_mut().map(|action| &mut action.message);
        let sessions = self.sessions.iter_mut().map(|session| &mut session.found);
        for text in provider.chain(browser).chain(actions).chain(sessions) {
            if let Cow::Owned(shorter) = cut(text) {
                *text = shorter;
            }
        }
        self.output = cut_to_end(&self.output).into_owned();
    }
}

/// A fault and how often it struck.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FaultSummary {
    /// What it changes.
    pub name: String,
    /// How many messages it changed.
    pub fired: u64,
    /// Which of the steps arms it, from 0.
    #[serde(default)]
    pub step: Option<usize>,
}

/// One exchange at the provider, without secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExchangeSummary {
    /// Its number in the journal; messages refer to it.
    pub seq: u64,
    /// Method and endpoint.
    pub request: String,
    /// The names of its parameters; values only where they are no secret.
    pub parameters: Vec<String>,
    /// The status; nothing if no answer was given.
    pub status: Option<u16>,
    /// Whether a fault changed the answer.
    #[serde(rename = "poisoned")]
    pub altered: bool,
    /// Which of the faults did, from 0.
    #[serde(default)]
    pub faults: Vec<usize>,
    /// The names of what the answer carries, where it is the flow that it carries on; values only where they are no
    /// secret.
    #[serde(default)]
    pub answer: Vec<String>,
    /// Who asked.
    #[serde(default)]
    pub from: Option<Party>,
    /// Who was asked.
    #[serde(default)]
    pub to: Option<Party>,
    /// The place of the request in the order of all that was sent in this scenario, from 1.
    #[serde(default)]
    pub sent: Option<u64>,
    /// The place of the answer in the same order.
    #[serde(default)]
    pub answered: Option<u64>,
}

/// One exchange between a user agent and the client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HopSummary {
    /// Request line without the version; of a client without a web page, what it was called to do.
    pub request: String,
    /// Status and, for a redirect, where to.
    pub response: String,
    /// Whose user agent it is.
    #[serde(default)]
    pub from: Option<Party>,
    /// The place of the request in the order of all that was sent in this scenario, from 1.
    #[serde(default)]
    pub sent: Option<u64>,
    /// The place of the answer, or of the end of all patience, in the same order.
    #[serde(default)]
    pub answered: Option<u64>,
    /// Whether it is the harness that asks who is logged in, which is part of no flow.
    #[serde(default)]
    pub looks: bool,
}

/// Something that was done, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ActionSummary {
    /// Which of the steps says so, from 0.
    pub step: Option<usize>,
    /// In whose user agent; nobody's if it happens at the provider.
    pub by: Option<Party>,
    /// The place of its beginning in the order of all that was sent.
    pub began: u64,
    /// The place of its end.
    pub ended: u64,
    /// `done`, `refused`, or another name of an end.
    pub outcome: String,
    /// The end in words; empty if it went through.
    pub message: String,
}

/// Who is logged in, in a browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionSummary {
    /// Whose user agent it is.
    pub browser: Party,
    /// In words.
    pub found: String,
}

/// Somebody who takes part in a scenario; in the order in which a diagram shows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Party {
    /// The user agent of an attacker.
    Attacker,
    /// The user agent of the one who is attacked.
    Victim,
    /// The user agent of a scenario with one of them.
    User,
    /// The client that is measured.
    Client,
    /// The provider.
    Provider,
    /// The API that takes its access tokens.
    Api,
    /// The second provider of a client that knows two.
    SecondProvider,
    /// The API that takes the second one's.
    SecondApi,
    /// A host that the client has no business with.
    #[serde(rename = "stranger")]
    OtherHost,
}

impl From<Browser> for Party {
    fn from(browser: Browser) -> Self {
        match browser {
            Browser::User => Self::User,
            Browser::Victim => Self::Victim,
            Browser::Attacker => Self::Attacker,
        }
    }
}

/// `POST token [grant_type=authorization_code code] → 200 (altered by a fault)`
impl fmt::Display for ExchangeSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.request)?;
        if !self.parameters.is_empty() {
            write!(f, " [{}]", self.parameters.join(" "))?;
        }
        match self.status {
            Some(status) => write!(f, " → {status}")?,
            None => f.write_str(" → no answer")?,
        }
        f.write_str(if self.altered { " (altered by a fault)" } else { "" })
    }
}
