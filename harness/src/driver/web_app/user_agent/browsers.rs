//! Where user agents come from.

use std::sync::Arc;

use super::agent::{Setting, UserAgent};
use super::chromium::Chromium;
use super::plain::PlainUserAgent;

/// Where user agents come from.
pub(in crate::driver::web_app) enum Browsers {
    /// The harness is the browser.
    Plain,
    /// This one is.
    Chromium(Arc<Chromium>),
}

impl Browsers {
    /// A browser that has been nowhere yet.
    pub(in crate::driver::web_app) fn user_agent(&self, setting: Setting) -> Arc<dyn UserAgent> {
        match self {
            Self::Plain => Arc::new(PlainUserAgent::new(setting)),
            Self::Chromium(chromium) => Arc::new(chromium.user_agent(setting)),
        }
    }
}
