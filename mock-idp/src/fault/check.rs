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
        if let Some((change, needs)) = self.change.misplaced_at(self.at) {
            return Err(FaultError::Misplaced { change, at: self.at.to_string(), needs });
        }
        if let Some(problem) = self.change.uselessness() {
            return Err(FaultError::Useless(problem));
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

impl Change {
    /// The kind of change and what it needs, if it cannot be made at this point.
    fn misplaced_at(&self, at: Point) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Merge(_) if at == Point::IdTokenSignature => {
                Some(("merge", "any other point; after signing, claims change by \"sign\": \"after-signing\""))
            }
            Self::SetNull(_) if matches!(at, Point::AuthorizationResponse | Point::IdTokenSignature) => {
                Some(("set-null", "a JSON body, claims or a header, such as \"userinfo\""))
            }
            Self::Remove(_) | Self::Rename(_) if at == Point::IdTokenSignature => {
                Some(("remove and rename", "any other point, such as \"id-token-claims\""))
            }
            Self::Retype(_) if matches!(at, Point::AuthorizationResponse | Point::IdTokenSignature) => {
                Some(("retype", "a JSON body, claims or a header, such as \"userinfo\""))
            }
            Self::Insert { .. } | Self::InsertLast { .. } if !at.has_arrays() => {
                Some(("insert", "a JSON body or claims, such as \"jwks\" or \"id-token-claims\""))
            }
            Self::Append { .. } if at != Point::AuthorizationResponse => Some(("append", "\"authorization-response\"")),
            Self::Prepend { .. } if at != Point::AuthorizationResponse => {
                Some(("prepend", "\"authorization-response\""))
            }
            Self::Sign(_) if at != Point::IdTokenSignature => Some(("sign", "\"id-token-signature\"")),
            Self::Respond { .. } | Self::Delay { .. } | Self::Hold { .. } | Self::Reset | Self::Hang
                if !at.is_message() =>
            {
                Some(("respond, delay, hold, reset and hang", "a whole message, such as \"token-response\""))
            }
            _ => None,
        }
    }

    /// What is wrong with the value of the change.
    fn uselessness(&self) -> Option<&'static str> {
        match self {
            Self::Merge(patch) if !patch.is_object() => Some("the value of \"merge\" has to be a JSON object"),
            Self::SetNull(members) if members.is_empty() => Some("\"set-null\" needs at least one member"),
            Self::Remove(members) if members.is_empty() => Some("\"remove\" needs at least one member"),
            Self::Rename(names) if names.is_empty() => Some("\"rename\" needs at least one member"),
            Self::Retype(forms) if forms.is_empty() => Some("\"retype\" needs at least one member"),
            Self::Insert { path, .. } | Self::InsertLast { path, .. } if !path.starts_with('/') => {
                Some("the path of \"insert\" has to be a JSON pointer to an array, such as \"/keys\" (RFC 6901)")
            }
            Self::Insert { values, .. } | Self::InsertLast { values, .. } if values.is_empty() => {
                Some("\"insert\" needs at least one value")
            }
            Self::Respond { status: None, headers, body: None } if headers.is_empty() => {
                Some("\"respond\" needs at least one of status, headers and body")
            }
            Self::Respond { status: Some(status), .. } if !(200..=599).contains(status) => {
                Some("the status of \"respond\" has to be between 200 and 599")
            }
            Self::Respond { headers, .. } if !headers.iter().all(is_header) => {
                Some("\"respond\" has a header that HTTP does not allow")
            }
            Self::Respond { headers, .. } if headers.iter().any(is_framing) => {
                Some("\"respond\" cannot set content-length or transfer-encoding: the server writes them")
            }
            _ => None,
        }
    }
}

impl Point {
    /// Whether the point is an HTTP response rather than a part of one.
    fn is_message(self) -> bool {
        !matches!(self, Self::IdTokenHeader | Self::IdTokenClaims | Self::IdTokenSignature | Self::AccessTokenClaims)
    }

    /// Whether the point is a JSON document with room for arrays.
    fn has_arrays(self) -> bool {
        !matches!(self, Self::AuthorizationResponse | Self::IdTokenHeader | Self::IdTokenSignature)
    }

    /// Whether the point belongs to the token endpoint.
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

/// Whether the header says where the message ends.
fn is_framing((name, _): &(String, String)) -> bool {
    ["content-length", "transfer-encoding"].iter().any(|framing| name.eq_ignore_ascii_case(framing))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(json: &str) -> String {
        Fault::from_json(json).expect_err("the fault makes no sense").to_string()
    }

    #[test]
    fn a_change_in_the_wrong_place_is_told_where_it_can_be_made() {
        let insert = r#""change": {"insert": {"path": "/a", "values": [1]}}"#;
        let needs = "it needs a JSON body or claims, such as \"jwks\" or \"id-token-claims\"";
        for at in ["authorization-response", "id-token-header", "id-token-signature"] {
            let expected = format!("\"insert\" cannot be used at {at}: {needs}");
            assert_eq!(problem(&format!(r#"{{"at": "{at}", {insert}}}"#)), expected);
        }
        assert!(problem(r#"{"at": "jwks", "change": {"sign": "corrupted"}}"#).contains("needs \"id-token-signature\""));
        assert!(
            problem(r#"{"at": "authorization-response", "change": {"set-null": ["a"]}}"#).contains("needs a JSON body")
        );
        assert!(problem(r#"{"at": "id-token-claims", "change": "hang"}"#).contains("needs a whole message"));
        assert!(problem(r#"{"at": "id-token-signature", "change": {"merge": {}}}"#).contains("after-signing"));
        assert!(
            problem(r#"{"at": "jwks", "change": {"append": {"name": "a", "value": "b"}}}"#)
                .contains("needs \"authorization-response\"")
        );
    }

    #[test]
    fn an_insertion_without_a_json_pointer_is_told_what_one_looks_like() {
        let problem = problem(r#"{"at": "jwks", "change": {"insert": {"path": "keys", "values": [1]}}}"#);
        assert!(problem.contains("such as \"/keys\""), "{problem}");
    }

    #[test]
    fn faults_that_could_never_do_anything_are_refused() {
        for useless in [
            r#"{"at": "jwks", "change": {"merge": []}}"#,
            r#"{"at": "jwks", "change": {"insert": {"path": "/keys", "values": []}}}"#,
            r#"{"at": "jwks", "change": {"set-null": []}}"#,
            r#"{"at": "jwks", "change": {"respond": {}}}"#,
            r#"{"at": "jwks", "change": {"respond": {"status": 99}}}"#,
            r#"{"at": "jwks", "change": {"respond": {"headers": [["a b", "c"]]}}}"#,
            r#"{"at": "jwks", "change": {"respond": {"headers": [["Content-Length", "3"]]}}}"#,
            r#"{"at": "jwks", "change": "reset", "times": 0}"#,
            r#"{"at": "jwks", "change": "reset", "grant": "refresh_token"}"#,
        ] {
            problem(useless);
        }
    }

    #[test]
    fn a_mistake_in_json_is_told_by_its_path() {
        let problem = problem(r#"{"at": "jwks", "change": {"delay": {"milliseconds": "soon"}}}"#);
        assert!(problem.contains("change.delay.milliseconds"), "{problem}");
    }
}
