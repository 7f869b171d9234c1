//! Token request (RFC 6749 §4.1.3, §4.4.2, §6; RFC 8628 §3.4; RFC 8693 §2.1).

use super::{OAuthError, Parameters};
use crate::secrets::{Unreadable, basic_credentials};
use crate::terms::{Policy, Tolerance};
use crate::{ClientAuthMethod, GrantType, Note, Request};

/// A token request, parsed but not judged.
pub(crate) struct TokenRequest<'a> {
    pub(crate) grant: Grant<'a>,
    pub(crate) client: ClientCredentials,
    /// What was let pass.
    pub(crate) notes: Vec<Note>,
}

/// What names the APIs that a token is exchanged for: each may be there several times (RFC 8693 §2.1).
const TARGETS: &[&str] = &["audience", "resource"];

/// What is exchanged for tokens.
pub(crate) enum Grant<'a> {
    AuthorizationCode { code: Option<&'a str>, redirect_uri: Option<&'a str>, verifier: Option<&'a str> },
    ClientCredentials { scope: Option<&'a str>, audience: Option<&'a str> },
    DeviceCode { device_code: Option<&'a str> },
    RefreshToken { token: Option<&'a str>, scope: Option<&'a str> },
    TokenExchange(TokenExchange<'a>),
}

/// A request to exchange tokens (RFC 8693 §2.1).
pub(crate) struct TokenExchange<'a> {
    pub(crate) subject: Option<&'a str>,
    pub(crate) subject_type: Option<&'a str>,
    pub(crate) actor: Option<&'a str>,
    pub(crate) actor_type: Option<&'a str>,
    pub(crate) requested_type: Option<&'a str>,
    /// All that is named, by `audience` or by `resource`; each once.
    pub(crate) targets: Vec<&'a str>,
    pub(crate) scope: Option<&'a str>,
}

impl Grant<'_> {
    pub(crate) fn kind(&self) -> GrantType {
        match self {
            Self::AuthorizationCode { .. } => GrantType::AuthorizationCode,
            Self::ClientCredentials { .. } => GrantType::ClientCredentials,
            Self::DeviceCode { .. } => GrantType::DeviceCode,
            Self::RefreshToken { .. } => GrantType::RefreshToken,
            Self::TokenExchange(_) => GrantType::TokenExchange,
        }
    }
}

/// How the client says who it is.
pub(crate) struct ClientCredentials {
    pub(crate) client_id: String,
    pub(crate) secret: Option<String>,
    pub(crate) method: ClientAuthMethod,
}

impl<'a> TokenRequest<'a> {
    /// First the parameters, then the grant type, then the client: a code is not touched before all of that is clear.
    pub(crate) fn parse(request: &'a Request, policy: &Policy) -> Result<Self, OAuthError> {
        let repeated = policy.repeated_parameters;
        let named = Parameters::unchecked(&request.params).get("grant_type");
        let may_repeat = if named.and_then(GrantType::named) == Some(GrantType::TokenExchange) { TARGETS } else { &[] };
        let read = Parameters::read_but_for(may_repeat, &request.params, repeated);
        let (parameters, note) = read.map_err(OAuthError::repeated)?;
        let mut notes: Vec<_> = note.into_iter().collect();
        let kind = match named.and_then(GrantType::named) {
            None if policy.unknown_grant_type == Tolerance::Accepted => {
                notes.push(Note::GrantTypeUnknown);
                match (parameters.get("code"), parameters.get("refresh_token")) {
                    (Some(_), None) => Some(GrantType::AuthorizationCode),
                    (None, Some(_)) => Some(GrantType::RefreshToken),
                    _ => None,
                }
            }
            known => known,
        };
        let scope = parameters.get("scope");
        let grant = match kind {
            Some(GrantType::AuthorizationCode) => Grant::AuthorizationCode {
                code: parameters.get("code"),
                redirect_uri: parameters.get("redirect_uri"),
                verifier: parameters.get("code_verifier"),
            },
            Some(GrantType::ClientCredentials) => {
                Grant::ClientCredentials { scope, audience: parameters.get("audience") }
            }
            Some(GrantType::DeviceCode) => Grant::DeviceCode { device_code: parameters.get("device_code") },
            Some(GrantType::RefreshToken) => Grant::RefreshToken { token: parameters.get("refresh_token"), scope },
            Some(GrantType::TokenExchange) => Grant::TokenExchange(TokenExchange {
                subject: parameters.get("subject_token"),
                subject_type: parameters.get("subject_token_type"),
                actor: parameters.get("actor_token"),
                actor_type: parameters.get("actor_token_type"),
                requested_type: parameters.get("requested_token_type"),
                targets: parameters.all(TARGETS),
                scope,
            }),
            None if named.is_none() => return Err(OAuthError::missing("grant_type")),
            None => return Err(OAuthError::new(400, "unsupported_grant_type", "Grant type not supported")),
        };
        let (client, note) = ClientCredentials::parse(request, parameters, policy)?;
        notes.extend(note);
        Ok(Self { grant, client, notes })
    }
}

impl ClientCredentials {
    /// RFC 6749 §2.3: exactly one authentication method in a request.
    pub(crate) fn parse(
        request: &Request,
        parameters: Parameters<'_>,
        policy: &Policy,
    ) -> Result<(Self, Option<Note>), OAuthError> {
        let in_header = request.header("authorization").and_then(basic_credentials);
        let twice = request.has_twice("authorization").then_some(Note::ClientAuthenticatedTwice);
        if let Some(note) = twice.filter(|_| policy.double_authentication == Tolerance::Refused) {
            return Err(OAuthError::invalid_request("Only one Authorization header is allowed").noting(note));
        }
        let has_secret = parameters.get("client_secret").is_some();
        if in_header.is_some() && has_secret && policy.double_authentication == Tolerance::Accepted {
            let header_alone = (parameters.owned("client_id"), None);
            let client = Self::of(in_header, header_alone)?;
            return Ok((client, Some(Note::ClientAuthenticatedTwice)));
        }
        let in_body = (parameters.owned("client_id"), parameters.owned("client_secret"));
        Ok((Self::of(in_header, in_body)?, twice))
    }

    fn of(
        in_header: Option<Result<(String, String), Unreadable>>,
        in_body: (Option<String>, Option<String>),
    ) -> Result<Self, OAuthError> {
        match (in_header, in_body) {
            (Some(_), (_, Some(_))) => {
                Err(OAuthError::invalid_request("Only one method of client authentication is allowed"))
            }
            (Some(Err(_)), _) => {
                Err(OAuthError::invalid_client(Note::ClientAuthenticationFailed)
                    .challenging("Basic realm=\"mock-idp\""))
            }
            (Some(Ok((header_id, _))), (Some(body_id), None)) if header_id != body_id => {
                Err(OAuthError::invalid_request("client_id differs from the one in the Authorization header"))
            }
            (Some(Ok((client_id, secret))), _) => {
                Ok(Self { client_id, secret: Some(secret), method: ClientAuthMethod::ClientSecretBasic })
            }
            (None, (Some(client_id), secret)) => {
                let method = if secret.is_some() { ClientAuthMethod::ClientSecretPost } else { ClientAuthMethod::None };
                Ok(Self { client_id, secret, method })
            }
            (None, (None, _)) => Err(OAuthError::missing("client_id")),
        }
    }
}
