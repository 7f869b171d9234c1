//! Invariants: what holds in every run of a client, whatever is done with it.

use std::fmt;
use std::str::FromStr;

/// What holds in every run, whatever was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Invariant {
    /// In a browser nobody is logged in but those who have signed in there.
    Identity,
    /// After a log-out nobody is logged in.
    LogOut,
    /// A message that a client has to refuse leads to no session and to no use of what came with it.
    ForbiddenMessage,
    /// A browser is led to pages of the client and its providers only.
    Redirects,
    /// A credential is seen only by the parties and at the places that it is for.
    Credentials,
    /// Codes, refresh tokens that were replaced, and what guards a login, are used once.
    SingleUse,
    /// Without a fault, or with a lawful change alone, a login succeeds and the right person is logged in.
    HonestFlow,
    /// Every request is one that a strict provider accepts.
    Requests,
    /// The API is called with a token of the person who is logged in.
    OwnToken,
    /// After everything, an honest login works again.
    Recovery,
    /// The client lives, comes to an end in time, and asks no more often than it has to.
    Bounds,
}

impl Invariant {
    /// All of them, the weightiest first.
    pub const ALL: [Self; 11] = [
        Self::Identity,
        Self::ForbiddenMessage,
        Self::LogOut,
        Self::Credentials,
        Self::Redirects,
        Self::OwnToken,
        Self::SingleUse,
        Self::Requests,
        Self::Recovery,
        Self::HonestFlow,
        Self::Bounds,
    ];

    /// The name in feature files and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::LogOut => "log-out",
            Self::ForbiddenMessage => "forbidden-message",
            Self::Credentials => "credentials",
            Self::Redirects => "redirects",
            Self::SingleUse => "single-use",
            Self::HonestFlow => "honest-flow",
            Self::OwnToken => "own-token",
            Self::Requests => "requests",
            Self::Recovery => "recovery",
            Self::Bounds => "bounds",
        }
    }

    /// The clauses that it rests on, as the tags of scenarios write them.
    #[must_use]
    pub fn clauses(self) -> &'static [&'static str] {
        match self {
            Self::Identity => &["RFC6749-10.12", "RFC9700-4.5"],
            Self::LogOut => &["OIDC-RP-Initiated-Logout-2"],
            Self::ForbiddenMessage => &["OIDC-Core-3.1.3.7", "RFC6749-5.1"],
            Self::Credentials => &["RFC9700-4.2", "RFC6750-5.3"],
            Self::Redirects => &["RFC9700-4.11.1", "OIDC-Discovery-3"],
            Self::SingleUse => &["RFC6749-4.1.2", "RFC9700-2.1.1"],
            Self::HonestFlow => &["RFC6749-4.1", "OIDC-Core-3.1"],
            Self::OwnToken => &["RFC6750-5.2"],
            Self::Requests => &["RFC6749-4.1", "RFC7636-4"],
            Self::Recovery | Self::Bounds => &["OWASP-ASVS"],
        }
    }

    /// What it demands, in one sentence.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::Identity => "In each browser nobody is logged in but a person who has signed in there.",
            Self::LogOut => "After a log-out nobody is logged in, until somebody logs in again.",
            Self::ForbiddenMessage => {
                "A message that a client has to refuse leads to no session, and nothing that came with it is used."
            }
            Self::Credentials => {
                "No token, code, verifier or secret is at a host, in a URL, on a page, in a header or in output \
                 that it is not for."
            }
            Self::Redirects => "A browser is led to pages of the client and of its providers only, by URLs of the web.",
            Self::SingleUse => {
                "No code is presented twice, nor a refresh token that was replaced, and no state, nonce or code_challenge \
                 comes again after its login has ended."
            }
            Self::HonestFlow => {
                "Where nothing is altered that may not be, a login and an API call succeed, for the person who \
                 signed in."
            }
            Self::OwnToken => "The API is called with an access token of the person who is logged in.",
            Self::Requests => "Every request is one that a strict provider accepts.",
            Self::Recovery => "Afterwards, with an honest provider, the same people log in again.",
            Self::Bounds => "The client does not crash or hang, and does not ask the provider again and again.",
        }
    }

    /// What usually mends a client in which it does not hold.
    #[must_use]
    pub fn fix(self) -> &'static str {
        match self {
            Self::Identity => {
                "bind each authorization response to the browser and the login that asked for it: by a random state \
                 in that browser's session, by PKCE or a nonce, and by a new session at each login."
            }
            Self::LogOut => {
                "end the session on the server at a log-out, and forget a pending login as soon as its response has \
                 arrived."
            }
            Self::ForbiddenMessage => {
                "check the message where it is parsed, and go on only if the check has passed, before anything in \
                 the message is stored or used."
            }
            Self::Credentials => {
                "send each credential only to the endpoint that it is for, and keep it out of URLs, pages, header \
                 fields and logs."
            }
            Self::Redirects => {
                "parse each URL that comes from outside before a browser is sent there, demand `https` of an endpoint, \
                 and compare the origin of a page to return to with your own."
            }
            Self::SingleUse => {
                "make new values when a login starts, and remove the pending login in one atomic step when its \
                 response has arrived, before the code is redeemed; let calls that run side by side wait for one refresh."
            }
            Self::HonestFlow => {
                "demand only what the cited clause requires, and ignore members and parameters that the client does \
                 not know."
            }
            Self::OwnToken => {
                "keep the tokens with the session of the person whom they were issued for, and read them from there \
                 for each call."
            }
            Self::Requests => {
                "look up what led to this request in the steps below, and build the request as the cited clause \
                 says, or send none."
            }
            Self::Recovery => {
                "keep nothing of an answer or a login that has failed, neither in the session nor in a cache."
            }
            Self::Bounds => {
                "catch the errors of parsing and of the connection where a message is read, and bound the time and \
                 the number of attempts."
            }
        }
    }
}

impl fmt::Display for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Invariant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|one| one.name() == text).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|one| one.name()).collect();
            format!("{text:?} is no invariant; known are {}", known.join(", "))
        })
    }
}
