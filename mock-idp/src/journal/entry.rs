//! One exchange, as the issuer saw it.

use std::sync::Arc;
use std::time::Instant;

use schemars::JsonSchema;
use serde::Serialize;

use super::credential::{Credential, Place, Presented, shared_text};
use super::note::Note;
use crate::{Endpoint, FaultId};

/// A request and its answer.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Entry {
    /// Running number, from 1, without gaps.
    pub seq: u64,
    /// The label that was current when the request arrived.
    #[serde(rename = "chapter", serialize_with = "shared_text")]
    #[schemars(with = "String")]
    pub span: Arc<str>,
    /// When the request arrived, by the issuer's clock.
    pub time: i64,
    /// When it did, by a clock that nobody moves: it puts what several issuers and others saw in order.
    #[serde(skip)]
    pub arrived: Instant,
    /// When the answer was ready.
    #[serde(skip)]
    pub answered: Option<Instant>,
    /// Whether the exchange has ended without an answer.
    #[serde(skip)]
    pub(crate) unanswered: bool,
    /// Which endpoint it asked.
    pub endpoint: Endpoint,
    /// The request.
    pub request: Request,
    /// The answer; `None` while there is none, and for ever if a fault keeps it back.
    pub response: Option<Response>,
    /// Known credentials in the request.
    pub presented: Vec<Presented>,
    /// Credentials handed out in the answer.
    pub minted: Vec<Credential>,
    /// Faults that changed this exchange.
    pub faults: Vec<FaultId>,
    /// What was remarkable about the request.
    pub notes: Vec<Note>,
}

impl Entry {
    /// The status of the answer, if there is one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.response.as_ref().map(|response| response.status)
    }

    /// Whether the exchange has ended, with an answer or without one.
    pub(crate) fn is_over(&self) -> bool {
        self.answered.is_some() || self.unanswered
    }

    /// What it takes of the journal's capacity: all texts of the exchange, and something for each.
    pub(super) fn bytes(&self) -> usize {
        let pairs = |pairs: &[(String, String)]| {
            pairs.iter().map(|(name, value)| OVERHEAD + name.len() + value.len()).sum::<usize>()
        };
        let request = &self.request;
        let texts = request.path.len() + request.raw_query.len() + request.body.len();
        let lists = pairs(&request.query) + pairs(&request.headers) + pairs(&request.params);
        let response = self.response.as_ref().map_or(0, |it| it.body.len() + pairs(&it.headers));
        // A minted one is kept twice: here, and to be looked up by its value.
        let credentials =
            self.minted.iter().flat_map(|it| [it, it]).chain(self.presented.iter().map(|it| &it.credential));
        size_of::<Self>() + texts + lists + response + credentials.map(|it| OVERHEAD + it.value.len()).sum::<usize>()
    }
}

/// What a short text takes beside its characters.
const OVERHEAD: usize = 64;

/// An HTTP request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Request {
    /// The method, in capitals.
    pub method: String,
    /// The path as requested: `/oauth/token`, or `/t/…/oauth/token` for an issuer with a prefix.
    pub path: String,
    /// The decoded query, in the order sent.
    pub query: Vec<(String, String)>,
    /// The query as sent.
    pub raw_query: String,
    /// Header fields; names in lower case.
    pub headers: Vec<(String, String)>,
    /// The first 64 KiB of the body.
    pub body: String,
    /// The parameters: the query for GET, the decoded form or JSON body for POST.
    pub params: Vec<(String, String)>,
}

impl Request {
    /// The first parameter of this name.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&str> {
        find(&self.params, |candidate| candidate == name)
    }

    /// The first header field of this name, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, |candidate| candidate.eq_ignore_ascii_case(name))
    }

    /// Whether there is more than one header field of this name.
    pub(crate) fn has_twice(&self, name: &str) -> bool {
        self.headers.iter().filter(|(candidate, _)| candidate.eq_ignore_ascii_case(name)).count() > 1
    }

    /// Every value that could be a credential, decoded, and its place.
    #[must_use]
    pub fn values(&self) -> Vec<(String, Place)> {
        let mut values = Vec::new();
        if let Some(authorization) = self.header("authorization") {
            values
                .extend(crate::secrets::authorization_secrets(authorization).map(|v| (v, Place::AuthorizationHeader)));
        }
        values.extend(self.query.iter().map(|(name, value)| (value.clone(), Place::Query(name.clone()))));
        if !matches!(self.method.as_str(), "GET" | "HEAD") {
            values.extend(self.params.iter().map(|(name, value)| (value.clone(), Place::Body(name.clone()))));
        }
        values.extend(self.path.split('/').map(|segment| (segment.to_owned(), Place::Path)));
        if let Some(referer) = self.header("referer").and_then(|value| url::Url::parse(value).ok()) {
            values.extend(referer.query_pairs().map(|(n, v)| (v.into_owned(), Place::Referer(n.into_owned()))));
        }
        values
    }
}

/// An HTTP response.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Header fields.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Response {
    /// The first header field of this name, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, |candidate| candidate.eq_ignore_ascii_case(name))
    }
}

fn find(pairs: &[(String, String)], matches: impl Fn(&str) -> bool) -> Option<&str> {
    pairs.iter().find(|(name, _)| matches(name)).map(|(_, value)| value.as_str())
}
