//! What stands in tokens, and how they are signed.

mod claims;
mod jws;
mod seal;

pub(crate) use claims::{CLAIM_SCOPES, access_token, granted_scope, id_token, user_claims};
pub(crate) use seal::seal;
