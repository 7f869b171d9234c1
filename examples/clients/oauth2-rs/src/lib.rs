//! A web app's login on the crate `oauth2`, and the driver by which Quintain operates it in process.
//!
//! [`client`] is the app, as an application would be written after the crate's documentation; it knows nothing of
//! Quintain. [`driver`] is the adapter.

pub mod client;
pub mod driver;
