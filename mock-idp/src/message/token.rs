//! Token request (RFC 6749 §4.1.3, §6).

use super::{OAuthError, Parameters};
use crate::secrets::basic_credentials;
use crate::{ClientAuthMethod, GrantType, Note, Request};

/// A token request, parsed but not judged.
pub(crate) struct TokenRequest<'a> {
    pub(crate) grant: Grant<'a>,
    pub(crate) client: ClientCredentials,
}

/// What is exchanged for tokens.
pub(crate) enum Grant<'a> {
    AuthorizationCode { code: Option<&'a str>, redirect_uri: Option<&'a str>, verifier: Option<&'a str> },
    RefreshToken { token: Option<&'a str>, scope: Option<&'a str> },
}

impl Grant<'_> {
    pub(crate) fn kind(&self) -> GrantType {
        match self {
            Self::AuthorizationCode { .. } => GrantType::AuthorizationCode,
            Self::RefreshToken { .. } => GrantType::RefreshToken,
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
    pub(crate) fn parse(request: &'a Request) -> Result<Self, OAuthError> {
        let parameters = Parameters::once_each(&request.params).map_err(OAuthError::repeated)?;
        let grant = match parameters.get("grant_type") {
            Some("authorization_code") => Grant::AuthorizationCode {
                code: parameters.get("code"),
                redirect_uri: parameters.get("redirect_uri"),
                verifier: parameters.get("code_verifier"),
            },
            Some("refresh_token") => {
                Grant::RefreshToken { token: parameters.get("refresh_token"), scope: parameters.get("scope") }
            }
            Some(_) => return Err(OAuthError::new(400, "unsupported_grant_type", "Grant type not supported")),
            None => return Err(OAuthError::missing("grant_type")),
        };
        Ok(Self { grant, client: ClientCredentials::parse(request, parameters)? })
    }
}

impl ClientCredentials {
    /// RFC 6749 §2.3: exactly one authentication method in a request.
    pub(crate) fn parse(request: &Request, parameters: Parameters<'_>) -> Result<Self, OAuthError> {
        let in_header = request.header("authorization").and_then(basic_credentials);
        let in_body = (parameters.owned("client_id"), parameters.owned("client_secret"));
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
