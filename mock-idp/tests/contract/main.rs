//! The contract of the mock identity provider, over HTTP: what a client may rely on, step by step.

mod api;
mod authorize;
mod authorize_errors;
mod control;
mod cors;
mod dialects;
mod discovery;
mod faults;
mod flow;
mod handshakes;
mod issuers;
mod journal;
mod lab;
mod logout;
mod named_faults;
mod page;
mod paths;
mod program;
mod refresh;
mod revoke;
mod signatures;
mod token;
mod token_claims;
mod token_errors;
mod tolerances;
mod variation;
