//! What passes between a user agent and the client, and what the client lets out.

use std::fmt;
use std::time::Instant;

use super::BrowserId;

/// One exchange between a user agent and the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    /// The user agent.
    pub browser: BrowserId,
    /// From the request to its answer.
    pub when: Span,
    /// Request line without the version.
    pub request: String,
    /// Status and, for a redirect, where to.
    pub response: String,
    /// The URLs as they were, secrets and all; for judging, not for reports.
    pub urls: Vec<String>,
    /// What the answer was.
    pub media: Media,
}

impl Hop {
    /// Whether the client says that it is asked too often (RFC 6585 §4).
    #[must_use]
    pub fn says_too_often(&self) -> bool {
        self.response.starts_with("429")
    }
}

/// What somebody who uses the client gets to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Media {
    /// No page: a line of output, the message of a library, nothing at all.
    Words,
    /// A body with this media type; without one, a browser guesses.
    Page(Option<String>),
}

impl Media {
    /// Whether a browser takes it for a document in which markup does something.
    #[must_use]
    pub fn is_rendered(&self) -> bool {
        let Self::Page(media_type) = self else { return false };
        let Some(media_type) = media_type else { return true };
        let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        essence.is_empty()
            || ["text/html", "text/xml", "application/xml"].contains(&&*essence)
            || essence.ends_with("+xml")
    }
}

/// A way out of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outlet {
    /// The body of an answer to a browser.
    Page,
    /// A header field of such an answer.
    Header,
    /// What the client prints.
    Output,
}

impl fmt::Display for Outlet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Page => "page",
            Self::Header => "header",
            Self::Output => "output",
        })
    }
}

/// Something that a client has let out, as it was: for judging, not for reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Which way.
    pub outlet: Outlet,
    /// In which answer, `GET /callback`; or by which header field of it.
    pub at: String,
    /// The text.
    pub text: String,
}

/// A stretch of time, by a clock that nobody moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// When it began.
    pub began: Instant,
    /// When it ended.
    pub ended: Instant,
}

impl Span {
    /// From then until now.
    #[must_use]
    pub fn since(began: Instant) -> Self {
        Self { began, ended: Instant::now() }
    }

    /// No time at all.
    #[must_use]
    pub fn now() -> Self {
        Self::since(Instant::now())
    }

    /// Whether that was in it.
    #[must_use]
    pub fn holds(&self, when: Instant) -> bool {
        (self.began..=self.ended).contains(&when)
    }
}
