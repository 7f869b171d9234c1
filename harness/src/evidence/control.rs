//! What honest runs and probes have shown of a client.

/// The honest run before or after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Control {
    /// The scenario claims no refusal, so none was needed.
    NotNeeded,
    /// It succeeded.
    Succeeded,
    /// It succeeded, and the client showed several people in one browser: such a page does not tell who is logged in.
    ShowedSeveral,
    /// It did not.
    Failed(String),
    /// It did not, and the client said that it is asked too often (RFC 6585 §4): many logins in a short time are this run's
    /// doing.
    Limited(String),
    /// No end of it was seen in time.
    TimedOut(String),
    /// What stands between the harness and the client broke its own rules.
    DriverBroken(String),
}

impl Control {
    /// Whether it was needed and did not succeed.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        !matches!(self, Self::NotNeeded | Self::Succeeded | Self::ShowedSeveral)
    }
}

/// What a client does with ID tokens, by one in which everything is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// It validates them before it uses what came with them.
    BeforeUse,
    /// It refuses them when the access token has been used already.
    AfterUse,
    /// It does not look at them.
    Never,
}

/// Whether a client compares the `iss` of an authorization response with the provider that it has asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// It refuses a response that names another issuer, and takes one that names the right one.
    Made,
    /// It takes both, or it is not known.
    NotMade,
}

/// What a client does against a mix-up of its providers (RFC 9700 §4.4.2), as far as separate runs have shown it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MixUpDefences {
    /// Whether it compares the issuer.
    pub of_iss: Comparison,
    /// Whether it refuses what one provider answers to a request that went to the other, where nothing but the redirect URI
    /// tells who has answered.
    pub by_redirect_uri: bool,
}
