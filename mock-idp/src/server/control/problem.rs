//! What was wrong with a control request (RFC 9457).

use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::journal::Response;
use crate::server::render;
use crate::terms::with_nearest;

/// A refusal.
#[derive(Debug)]
pub(super) struct Problem {
    status: u16,
    detail: String,
    member: Option<String>,
}

/// A refusal as it is sent.
#[derive(Serialize, JsonSchema)]
pub(super) struct ProblemDetails<'a> {
    /// `about:blank`: the title says what the status says.
    r#type: &'a str,
    /// What the status means.
    title: &'a str,
    /// The status of the answer.
    status: u16,
    /// What was found, and what to do.
    detail: &'a str,
    /// The member of the request that is wrong: `change.merge`, say.
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<&'a str>,
}

impl Problem {
    pub(super) fn new(status: u16, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), member: None }
    }

    pub(super) fn about(member: &str, detail: impl Into<String>) -> Self {
        Self { status: 400, detail: detail.into(), member: Some(member.to_owned()) }
    }

    /// The same about a part of a request.
    pub(super) fn within(self, part: &str) -> Self {
        let member = self.member.map_or_else(|| part.to_owned(), |member| format!("{part}.{member}"));
        Self { member: Some(member), ..self }
    }

    pub(super) fn response(&self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let body = ProblemDetails {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or_default(),
            status: self.status,
            detail: &self.detail,
            member: self.member.as_deref(),
        };
        let body = serde_json::to_string(&body).expect("texts and a number can be written");
        Response { status: self.status, ..render::text("application/problem+json", body) }
    }
}

/// A request body. What is wrong with it is told with the place.
pub(super) fn parse<T: for<'de> Deserialize<'de>>(body: &str) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_str(body);
    let parsed = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let detail = with_nearest(&format!("at {}: {}", error.path(), error.inner()));
        match error.path().to_string().as_str() {
            "." => Problem::new(400, detail),
            path => Problem::about(path, detail),
        }
    })?;
    deserializer.end().map_err(|error| Problem::new(400, error.to_string()))?;
    Ok(parsed)
}
