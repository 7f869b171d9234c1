//! Authorization request and response (RFC 6749 §4.1.1, §4.1.2; OpenID Connect Core §3.1.2).

use super::{Malformed, Parameters, RequestedClaims, scope_tokens};
use crate::form::encode_form;
use crate::grants::{Challenge, is_well_formed, normalised};
use crate::terms::{Policy, Tolerance};
use crate::{Note, PlainChallenge};

/// The part of an authorization request that says what is wanted; client and redirect URI are checked before it.
#[derive(Clone, Debug)]
pub(crate) struct AuthorizationRequest {
    pub(crate) scope: Vec<String>,
    pub(crate) audience: Option<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) challenge: Option<Challenge>,
    pub(crate) claims: RequestedClaims,
    prompts: Vec<Prompt>,
    /// How many seconds ago the user may have signed in.
    pub(crate) max_age: Option<u64>,
    /// What was let pass.
    pub(crate) notes: Vec<Note>,
}

/// What the client wants the user to be asked (OpenID Connect Core §3.1.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prompt {
    /// Nothing at all.
    None,
    /// To sign in again.
    Login,
    /// To allow it again.
    Consent,
    /// Which user to be.
    SelectAccount,
}

/// An error that goes back to the client in the authorization response: code and description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem(pub(crate) &'static str, pub(crate) String);

impl AuthorizationRequest {
    pub(crate) fn parse(parameters: Parameters<'_>, policy: &Policy) -> Result<Self, Problem> {
        let invalid = |description: &str| Problem("invalid_request", description.to_owned());
        let mut notes = Vec::new();
        let asks_for_code = |types: &str| types.split(' ').any(|one| one == "code");
        match parameters.get("response_type") {
            Some("code") => {}
            Some(several) if policy.further_response_types == Tolerance::Accepted && asks_for_code(several) => {
                notes.push(Note::ResponseTypeUnsupported);
            }
            None => return Err(invalid("Missing required parameter: response_type")),
            Some(other) => {
                return Err(Problem("unsupported_response_type", format!("Unsupported response type: {other}")));
            }
        }
        for unsupported in ["request", "request_uri"] {
            if parameters.get(unsupported).is_some() {
                return Err(Problem(
                    if unsupported == "request" { "request_not_supported" } else { "request_uri_not_supported" },
                    format!("Parameter not supported: {unsupported}"),
                ));
            }
        }
        let max_age = parameters.get("max_age").map(str::parse).transpose();
        let max_age = max_age.map_err(|_| invalid("max_age has to be a number of seconds"))?;
        let prompts = prompts(parameters.get("prompt").unwrap_or_default())
            .ok_or_else(|| invalid("prompt=none excludes every other prompt"))?;
        let claims = parameters.get("claims").map(|claims| RequestedClaims::parse(claims).ok_or(claims)).transpose();
        let claims = claims.map_err(|_| invalid("claims is not of the form of OpenID Connect Core 5.5"))?;
        let scope = parameters.get("scope").unwrap_or_default();
        let (mut scope, malformed) = scope_tokens(scope, policy.malformed_scope)
            .map_err(|Malformed| Problem("invalid_scope", "A scope is not of the form of RFC 6749 3.3".to_owned()))?;
        notes.extend(malformed);
        if policy.missing_openid == Tolerance::Accepted && !scope.iter().any(|scope| scope == "openid") {
            notes.push(Note::OpenidMissing);
            scope.push("openid".to_owned());
        }
        let (challenge, malformed) = challenge(parameters, policy)?;
        notes.extend(malformed);
        Ok(Self {
            scope,
            audience: parameters.owned("audience"),
            nonce: parameters.owned("nonce"),
            challenge,
            claims: claims.unwrap_or_default(),
            prompts,
            max_age,
            notes,
        })
    }

    /// Whether the client wants the user to be asked this.
    pub(crate) fn asks(&self, prompt: Prompt) -> bool {
        self.prompts.contains(&prompt)
    }
}

/// The known values of `prompt`; others are ignored (OpenID Connect Core §3.1.2.1). `None`: they exclude each other.
fn prompts(parameter: &str) -> Option<Vec<Prompt>> {
    let words: Vec<_> = parameter.split_whitespace().collect();
    if words.contains(&"none") && words.len() > 1 {
        return None;
    }
    let known = words.into_iter().filter_map(|word| match word {
        "none" => Some(Prompt::None),
        "login" => Some(Prompt::Login),
        "consent" => Some(Prompt::Consent),
        "select_account" => Some(Prompt::SelectAccount),
        _ => None,
    });
    Some(known.collect())
}

/// RFC 7636 §4.3; `plain` is what a missing method means.
fn challenge(parameters: Parameters<'_>, policy: &Policy) -> Result<(Option<Challenge>, Option<Note>), Problem> {
    let invalid = |description: &str| Problem("invalid_request", description.to_owned());
    let method = parameters.get("code_challenge_method");
    let Some(challenge) = parameters.owned("code_challenge") else {
        return match method {
            None => Ok((None, None)),
            Some(_) => Err(invalid("code_challenge_method without code_challenge")),
        };
    };
    let malformed = (!is_well_formed(&challenge)).then_some(Note::PkceMalformed);
    if malformed.is_some() && policy.malformed_pkce == Tolerance::Refused {
        return Err(invalid("code_challenge has to be 43 to 128 unreserved characters"));
    }
    match (method, policy.plain_challenge) {
        (Some("S256"), _) => Ok((Some(Challenge::S256(normalised(&challenge))), malformed)),
        (Some("plain") | None, PlainChallenge::Accepted) => Ok((Some(Challenge::Plain(challenge)), malformed)),
        _ => Err(invalid("code_challenge_method has to be S256")),
    }
}

/// How the response travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResponseMode {
    /// In the query of a redirect.
    Query,
    /// In the fragment of a redirect, for an app that runs in the browser.
    Fragment,
    /// In a form that the browser posts.
    FormPost,
}

impl ResponseMode {
    pub(crate) fn parse(parameter: Option<&str>) -> Result<Self, Problem> {
        match parameter {
            None | Some("query") => Ok(Self::Query),
            Some("fragment") => Ok(Self::Fragment),
            Some("form_post") => Ok(Self::FormPost),
            Some(other) => Err(Problem("invalid_request", format!("Unsupported response mode: {other}"))),
        }
    }
}

/// An authorization response: parameters, in order, for a redirect URI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AuthorizationResponse {
    pub(crate) redirect_uri: String,
    pub(crate) mode: ResponseMode,
    pub(crate) parameters: Vec<(String, String)>,
}

impl AuthorizationResponse {
    /// The URL for the modes of a redirect. The redirect URI keeps its own query (RFC 6749 §3.1.2).
    pub(crate) fn location(&self) -> String {
        let uri = &self.redirect_uri;
        if self.mode == ResponseMode::Fragment {
            return format!("{uri}#{}", encode_form(&self.parameters));
        }
        let separator = match uri.find('?') {
            None => "?",
            Some(at) if at + 1 == uri.len() => "",
            Some(_) => "&",
        };
        format!("{uri}{separator}{}", encode_form(&self.parameters))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::decode_form;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_parameter_arrives_as_it_was_sent(state in ".*", code in "[ -~]+", own in "[a-z]{0,5}") {
            let parameters = vec![("code".to_owned(), code), ("state".to_owned(), state)];
            let redirect_uri = format!("https://rp.example/cb?own={own}");
            let response = AuthorizationResponse { redirect_uri, mode: ResponseMode::Query, parameters };
            let location = response.location();
            let (_, query) = location.split_once('?').expect("there is a query");
            let mut expected = vec![("own".to_owned(), own)];
            expected.extend(response.parameters.clone());
            prop_assert_eq!(decode_form(query), expected);
        }
    }
}
