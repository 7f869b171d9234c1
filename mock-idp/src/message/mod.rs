//! The messages of the protocol as types: parsed once, at the edge.

mod answer;
mod authorization;
mod claims;
mod error;
mod parameters;
mod scope;
mod token;

pub(crate) use answer::{Answer, IssuedTokenType, Minted, Outcome, TokenValue, Tokens};
pub(crate) use authorization::{AuthorizationRequest, AuthorizationResponse, Problem, Prompt, ResponseMode};
pub(crate) use claims::RequestedClaims;
pub(crate) use error::{OAuthError, describable};
pub(crate) use parameters::Parameters;
pub(crate) use scope::{Malformed, scope_tokens};
pub(crate) use token::{ClientCredentials, Grant, TokenExchange, TokenRequest};
