//! Which faults make sense.

use thiserror::Error;

use super::{Change, Fault, Point, Times};

/// Why a fault cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FaultError {
    /// The JSON is not a fault.
    #[error("failed to read the fault: at {path}: {source}")]
    Json {
        /// The path to the mistake, `change.merge` for instance; `.` is the whole document.
        path: String,
        /// What is wrong there.
        source: serde_json::Error,
    },
    /// The change cannot be made to that message.
    #[error("{change:?} cannot be used at {at}: it needs {needs}")]
    Misplaced {
        /// The kind of change.
        change: &'static str,
        /// The point named.
        at: String,
        /// Where it can be used.
        needs: &'static str,
    },
    /// `grant` at a point that no grant reaches.
    #[error("\"grant\" cannot restrict a fault at {at}: only messages of the token endpoint belong to a grant")]
    GrantMisplaced {
        /// The point named.
        at: String,
    },
    /// The value of the change is of no use.
    #[error("{0}")]
    Useless(&'static str),
}

impl Fault {
    /// Reads and checks a fault written in JSON.
    pub fn from_json(json: &str) -> Result<Self, FaultError> {
        let mut deserializer = serde_json::Deserializer::from_str(json);
        let fault: Self = serde_path_to_error::deserialize(&mut deserializer)
            .map_err(|error| FaultError::Json { path: error.path().to_string(), source: error.into_inner() })?;
        deserializer.end().map_err(|source| FaultError::Json { path: ".".into(), source })?;
        fault.check()?;
        Ok(fault)
    }

    /// Whether the fault makes sense: a change of a kind that can be made at that point.
    pub fn check(&self) -> Result<(), FaultError> {
        let misplaced =
            |change, needs| Err(FaultError::Misplaced { change, at: self.at.to_string(), needs });
        match &self.change {
            Change::Merge(_) if self.at == Point::IdTokenSignature => {
                return misplaced("merge", "any other point; after signing, claims change by \"sign\": \"after-signing\"");
            }
            Change::Merge(patch) if !patch.is_object() => {
                return Err(FaultError::Useless("the value of \"merge\" has to be a JSON object"));
            }
            Change::Append { .. } if self.at != Point::AuthorizationResponse => {
                return misplaced("append", "\"authorization-response\"");
            }
            Change::Sign(_) if self.at != Point::IdTokenSignature => return misplaced("sign", "\"id-token-signature\""),
            Change::Respond { status: None, headers, body: None } if headers.is_empty() => {
                return Err(FaultError::Useless("\"respond\" needs at least one of status, headers and body"));
            }
            Change::Respond { status: Some(status), .. } if !(200..=599).contains(status) => {
                return Err(FaultError::Useless("the status of \"respond\" has to be between 200 and 599"));
            }
            Change::Respond { headers, .. } if !headers.iter().all(is_header) => {
                return Err(FaultError::Useless("\"respond\" has a header that HTTP does not allow"));
            }
            Change::Respond { .. } | Change::Delay { .. } | Change::Reset | Change::Hang if !self.at.is_message() => {
                return misplaced("respond, delay, reset and hang", "a whole message, such as \"token-response\"");
            }
            _ => {}
        }
        if self.grant.is_some() && !self.at.has_grant() {
            return Err(FaultError::GrantMisplaced { at: self.at.to_string() });
        }
        if self.times == Times::N(0) {
            return Err(FaultError::Useless("a fault that fires 0 times does nothing"));
        }
        Ok(())
    }
}

impl Point {
    /// Whether the point is an HTTP response rather than a part of one.
    fn is_message(self) -> bool {
        !matches!(
            self,
            Self::IdTokenHeader | Self::IdTokenClaims | Self::IdTokenSignature | Self::AccessTokenClaims
        )
    }

    fn has_grant(self) -> bool {
        self == Self::TokenResponse || !self.is_message()
    }
}

impl std::fmt::Display for Point {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Discovery => "discovery",
            Self::Jwks => "jwks",
            Self::AuthorizationResponse => "authorization-response",
            Self::TokenResponse => "token-response",
            Self::IdTokenHeader => "id-token-header",
            Self::IdTokenClaims => "id-token-claims",
            Self::IdTokenSignature => "id-token-signature",
            Self::AccessTokenClaims => "access-token-claims",
            Self::Userinfo => "userinfo",
            Self::ApiResponse => "api-response",
        })
    }
}

fn is_header((name, value): &(String, String)) -> bool {
    // A placeholder can only be checked when it is filled in; what comes out wrong then is left out.
    http::HeaderName::try_from(name).is_ok() && http::HeaderValue::try_from(value).is_ok()
}
