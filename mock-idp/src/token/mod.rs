//! What stands in tokens, and how they are signed.

mod claims;

mod jws;
pub(crate) mod keycloak;
mod seal;

pub(crate) use claims::{
    CLAIM_SCOPES, access_token, claims_of_scopes, follow_rfc9068, granted_scope, id_token, named, user_claims,
};
pub(crate) use jws::{compact, header, unverified, verified};
pub(crate) use seal::{seal, seal_refresh_token};
