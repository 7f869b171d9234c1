//! What is done with the client: the Whens.

use mock_idp::{Fault, Point};

use crate::terms::{Browser, Person, Provider, Tab};

/// A When.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// A login from start to end.
    LogIn {
        /// In which browser.
        browser: Browser,
        /// Who signs in.
        person: Person,
        /// Where.
        provider: Provider,
    },
    /// A login from start to end, by a link that names where the browser is to go after it. One by a link to a page of the
    /// client comes first: a client that does not go back to that either has shown nothing.
    LogInReturning {
        /// In which browser.
        browser: Browser,
        /// What the link names; `{client}` is what the client's URLs begin with.
        target: String,
    },
    /// A login up to the authorization response, which is kept.
    Begin {
        /// In which browser.
        browser: Browser,
        /// Who signs in.
        person: Person,
        /// Where.
        provider: Provider,
        /// Parameters that this person takes out of the authorization request.
        without: Vec<String>,
    },
    /// The client's request to one provider is answered by the other one: it is sent on with the `client_id` that the
    /// client has there, to the honest provider with its redirect URI there, too, and is otherwise as the client made it. The
    /// response is kept.
    BeginMixedUp {
        /// In which browser.
        browser: Browser,
        /// Who signs in.
        person: Person,
        /// Where the client sent the browser.
        asked: Provider,
        /// Where the browser goes.
        answers: Provider,
    },
    /// A login up to the authorization response, in one of two tabs of a browser; the response is kept.
    BeginInTab {
        /// In which browser.
        browser: Browser,
        /// In which of its tabs.
        tab: Tab,
    },
    /// The authorization response that was kept for this tab is delivered there.
    DeliverInTab {
        /// In which browser.
        browser: Browser,
        /// In which of its tabs.
        tab: Tab,
    },
    /// A kept authorization response is delivered.
    Deliver {
        /// Whose response.
        of: Browser,
        /// To whose browser.
        to: Browser,
        /// Parameters taken from the response kept for `to` instead.
        with_own: Vec<String>,
        /// Parameters replaced by this value.
        replaced: Vec<(String, String)>,
    },
    /// The kept response is delivered twice at the same time.
    DeliverTwice(Browser),
    /// The kept responses of these browsers are delivered, each to its own, all at once.
    DeliverTogether(Vec<Browser>),
    /// A response that no provider has sent is delivered.
    Forge {
        /// To whose browser.
        to: Browser,
        /// Its parameters.
        params: Vec<(String, String)>,
    },
    /// The same response as at the last delivery to this browser, once more.
    Replay(Browser),
    /// The client calls the API on behalf of this browser's user.
    CallApi(Browser),
    /// Several calls at once.
    CallApiAtOnce {
        /// On behalf of whom.
        browser: Browser,
        /// How many.
        calls: usize,
    },
    /// One call for each of these browsers, all at once.
    CallApiTogether(Vec<Browser>),
    /// The client is made to refresh.
    Refresh(Browser),
    /// The user logs out.
    LogOut(Browser),
    /// An attacker puts the cookies of the attacker's browser into another one.
    PlantCookies {
        /// Whose cookies.
        of: Browser,
        /// Into whose browser.
        to: Browser,
    },
    /// Somebody else gets the cookies of a browser, and is logged in by them.
    TakeCookies {
        /// Whose cookies.
        of: Browser,
        /// Into whose browser.
        to: Browser,
    },
    /// Each value of one browser's cookies is sent under each name of another's, where somebody is logged in.
    RenameCookies {
        /// Whose values.
        of: Browser,
        /// Whose names.
        like: Browser,
    },
    /// Logins are started, and abandoned at the provider.
    StartLogins(usize),
    /// The same in one browser, whose cookies pile up.
    AbandonLogins {
        /// In which browser.
        browser: Browser,
        /// How many.
        count: usize,
    },
    /// Requests that are no authorization responses reach the redirect URI: a favicon, a preview, a port scan.
    Stray(Browser),
    /// Logins from start to end, each in its own browser.
    CompleteLogins(usize),
    /// So many seconds pass, for the provider and for the client.
    PassTime(i64),
    /// The access token expires, on every clock that can be moved.
    ExpireAccessToken,
    /// The API rejects the access tokens issued so far, before their time.
    RevokeAccessTokens,
    /// The provider revokes the refresh tokens issued so far.
    RevokeRefreshTokens,
    /// The provider replaces its signing keys.
    RotateKeys,
    /// From here on, this fault changes messages, too.
    Arm(Fault),
    /// The provider is honest from here on.
    Disarm,
}

impl Action {
    /// Whether the second provider has a part in it.
    #[must_use]
    pub fn uses_second(&self) -> bool {
        match self {
            Self::LogIn { provider, .. } | Self::Begin { provider, .. } => *provider == Provider::Second,
            Self::BeginMixedUp { .. } => true,
            _ => false,
        }
    }

    /// The browsers in which something happens.
    #[must_use]
    pub fn browsers(&self) -> Vec<Browser> {
        match self {
            Self::LogIn { browser, .. }
            | Self::LogInReturning { browser, .. }
            | Self::Begin { browser, .. }
            | Self::BeginMixedUp { browser, .. }
            | Self::BeginInTab { browser, .. }
            | Self::DeliverInTab { browser, .. }
            | Self::AbandonLogins { browser, .. }
            | Self::Stray(browser)
            | Self::Deliver { to: browser, .. }
            | Self::DeliverTwice(browser)
            | Self::Forge { to: browser, .. }
            | Self::Replay(browser)
            | Self::PlantCookies { to: browser, .. }
            | Self::TakeCookies { to: browser, .. }
            | Self::RenameCookies { of: browser, .. }
            | Self::CallApi(browser)
            | Self::CallApiAtOnce { browser, .. }
            | Self::Refresh(browser)
            | Self::LogOut(browser) => vec![*browser],
            Self::CallApiTogether(browsers) | Self::DeliverTogether(browsers) => browsers.clone(),
            Self::StartLogins(_) | Self::CompleteLogins(_) => vec![Browser::User],
            _ => Vec::new(),
        }
    }

    /// Whether an authorization response is delivered that is another browser's, or is altered on its way.
    #[must_use]
    pub fn injects(&self) -> bool {
        match self {
            Self::Deliver { of, to, with_own, replaced } => of != to || !with_own.is_empty() || !replaced.is_empty(),
            _ => false,
        }
    }

    /// Whether it begins, continues or ends a login, also a false one.
    #[must_use]
    pub fn is_of_login(&self) -> bool {
        matches!(
            self,
            Self::LogIn { .. }
                | Self::LogInReturning { .. }
                | Self::CompleteLogins(_)
                | Self::Begin { .. }
                | Self::BeginMixedUp { .. }
                | Self::BeginInTab { .. }
                | Self::Deliver { .. }
                | Self::DeliverInTab { .. }
                | Self::DeliverTwice(_)
                | Self::DeliverTogether(_)
                | Self::Forge { .. }
                | Self::Replay(_)
        )
    }

    /// Whether metadata or keys are other ones afterwards: clients keep them for the life of their process.
    pub(super) fn changes_what_clients_keep(&self) -> bool {
        match self {
            Self::RotateKeys => true,
            Self::Arm(fault) => matches!(fault.at, Point::Discovery | Point::Jwks),
            _ => false,
        }
    }

    /// What the client is asked for, in a few words.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::CallApi(_) | Self::CallApiAtOnce { .. } | Self::CallApiTogether(_) => "a call of the API",
            Self::Refresh(_) => "a refresh",
            Self::LogOut(_) => "a log-out",
            _ => "a login",
        }
    }

    /// Whether the client is asked to call the API.
    #[must_use]
    pub fn calls_api(&self) -> bool {
        matches!(self, Self::CallApi(_) | Self::CallApiAtOnce { .. } | Self::CallApiTogether(_))
    }
}

/// The action after which a client may need some time: the keys are replaced, or the provider is honest again.
#[must_use]
pub fn pause_after(actions: &[Action]) -> Option<&Action> {
    [Action::RotateKeys, Action::Disarm].iter().find_map(|pause| actions.iter().find(|action| *action == pause))
}
