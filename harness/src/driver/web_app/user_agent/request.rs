//! A request that the user agent sends.

use http::Method;
use url::Url;

/// One request to the client.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) form: Option<String>,
}
