//! The messages of the protocol as types: parsed once, at the edge.

mod answer;
mod authorization;
mod error;
mod parameters;
mod secrets;
mod token;

pub(crate) use answer::{Answer, Minted, Outcome, TokenValue, Tokens};
pub(crate) use authorization::{AuthorizationRequest, AuthorizationResponse, Problem, Prompt, ResponseMode};
pub(crate) use error::{OAuthError, describable};
pub(crate) use parameters::{Parameters, decode_body, decode_form, encode_form};
pub(crate) use secrets::{authorization_secrets, bearer_token, same_secret};
pub(crate) use token::{ClientCredentials, Grant, TokenRequest};
