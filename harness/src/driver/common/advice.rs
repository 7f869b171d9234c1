//! What to look at when a set-up is broken, in the words of the driver and of its configuration.

use mock_idp::ClientAuthMethod;

use crate::terms::Identity;

/// What is wrong with a set-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The API was not called.
    ApiNotCalled,
    /// The API answered, and the client says that it was refused.
    ApiAnswerNotPassedOn,
    /// The client calls itself by another identifier.
    ClientId,
    /// Logging out did not end the session.
    Logout,
    /// A login did not lead to the provider.
    NoAuthorizationRequest,
    /// No token request followed the authorization response.
    NoTokenRequest,
    /// The redirect URI is not the registered one.
    RedirectUri,
    /// The access token was not refreshed.
    Refresh,
    /// A login at the second provider did not succeed.
    SecondLogin,
    /// Tokens were delivered, and nobody is logged in.
    SessionMissing,
    /// Somebody is logged in, and the session page shows who by another claim than it is said to.
    ShowsInstead(Identity),
    /// Somebody is logged in, and the subject is not shown.
    SubjectMissing,
    /// Somebody is logged in without tokens.
    SessionWithoutTokens,
    /// There was no answer in time.
    TooSlow,
}

/// How a client is operated, for what is said of its set-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wording {
    /// By commands.
    Commands,
    /// By operations of a protocol.
    Operations,
    /// By routes.
    Routes,
}

impl Wording {
    /// What to do about it.
    #[must_use]
    pub fn advice(self, trouble: Trouble) -> String {
        let advice = match self {
            Self::Commands => of_commands(trouble),
            Self::Operations => of_operations(trouble),
            Self::Routes => of_routes(trouble),
        };
        advice.to_owned()
    }

    /// What to do where the provider did not accept how the client authenticates, which is registered for this method, and
    /// uses that one.
    #[must_use]
    pub fn about_authentication(self, method: ClientAuthMethod, used: ClientAuthMethod) -> String {
        if used != method {
            return format!(
                "the client authenticates by {used}, and is registered for {method}: write [registration] \
                 token_endpoint_auth_method = \"{used}\", or let the client use {method}"
            );
        }
        let secret = match self {
            Self::Operations => "`client_secret` of `configure`",
            Self::Commands | Self::Routes => "{client_secret}",
        };
        match method {
            ClientAuthMethod::None => {
                "the provider did not accept the client, which is registered as a public one: see that it sends its client_id \
                 and no secret, or name the method that it uses as [registration] token_endpoint_auth_method"
                    .to_owned()
            }
            method => format!(
                "the provider did not accept the client's authentication: see that the client gets {secret}, and that \
                 [registration] token_endpoint_auth_method = \"{method}\" is what it uses"
            ),
        }
    }
}

fn of_routes(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::ApiNotCalled => {
            "see that [app] api is the route that calls {api_url} with the access token of the logged-in user"
        }
        Trouble::ApiAnswerNotPassedOn => "let [app] api answer with the status of the API",
        Trouble::ClientId => {
            "give it the client id of this run: CLIENT_ID = \"{client_id}\" in [start.env], and let the client read it"
        }
        Trouble::Logout => {
            "see that [app] logout ends the session by a GET request, or name the form on its page as [app] logout_form"
        }
        Trouble::NoAuthorizationRequest => {
            "see that [app] login is the route that redirects to the provider, with [app] login_form if a page with a form comes first, and that the client gets its issuer from {issuer}"
        }
        Trouble::NoTokenRequest => {
            "the callback never asked for tokens: see that [app] callback is the route of the client's redirect URI"
        }
        Trouble::RedirectUri => "which is made of [app] base_url and callback",
        Trouble::Refresh => {
            "see that [app] refresh makes the client use its refresh token, at the token endpoint of this run"
        }
        Trouble::SecondLogin => {
            "see that [app] login_second is the route that redirects there, that the client gets {second_issuer}, {second_client_id} and {second_client_secret}, and name its redirect URI there as [app] callback_second if it is another one"
        }
        Trouble::SessionMissing => {
            "the tokens were delivered, so the client rejected them or [app] session is not the route that shows the user"
        }
        Trouble::ShowsInstead(Identity::Subject) => {
            "the page shows the user's `sub`, which is what tells best: leave [app] identity out"
        }
        Trouble::ShowsInstead(Identity::Name) => {
            "the page shows the user's name: write [app] identity = \"name\", or better, let [app] session print the user's `sub`"
        }
        Trouble::ShowsInstead(Identity::Email) => {
            "the page shows the user's e-mail address: write [app] identity = \"email\", or better, let [app] session print the user's `sub`"
        }
        Trouble::SubjectMissing => {
            "let [app] session print the user's `sub`, so that verdicts can rest on who is logged in and not on a status code"
        }
        Trouble::SessionWithoutTokens => {
            "see that the client logs nobody in without tokens, and that [app] session answers with a status other than 2xx when nobody is logged in"
        }
        Trouble::TooSlow => "see what the client waits for; if it is only slow, raise [app] answers_within_seconds",
    }
}

fn of_operations(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::ApiNotCalled => {
            "let `call` make one request to `api_url` of `configure`, with the access token of the user agent"
        }
        Trouble::ApiAnswerNotPassedOn => "let `call` answer with the status of the API",
        Trouble::ClientId => "take `client_id` from `configure`, and forget it at `reset`",
        Trouble::Logout => "let `logout` forget the session of its user agent",
        Trouble::NoAuthorizationRequest => {
            "let `begin` answer with the authorization request as `url`, at the `issuer` that it names"
        }
        Trouble::NoTokenRequest => "let `callback` hand its `url` to the library, which redeems the code",
        Trouble::RedirectUri => "which is `redirect_uri` of `configure`",
        Trouble::Refresh => "let `refresh` use the refresh token, at the token endpoint of this run",
        Trouble::SecondLogin => "see that the client keeps what each `configure` brings, by issuer, until `reset`",
        Trouble::SessionMissing => {
            "the tokens were delivered, so the library rejected them or `inspect` does not return what `callback` has stored"
        }
        Trouble::SubjectMissing | Trouble::ShowsInstead(_) => {
            "let `inspect` answer with the user's `sub` as `subject`, so that verdicts can rest on who is logged in"
        }
        Trouble::SessionWithoutTokens => {
            "see that `callback` logs nobody in without tokens, and that `inspect` answers with `session`: null when nobody is logged in"
        }
        Trouble::TooSlow => "see what the client waits for; if it is only slow, raise [stdio] answers_within_seconds",
    }
}

fn of_commands(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::ApiNotCalled => {
            "see that [command] api calls {api_url} with the access token of the person who is logged in"
        }
        Trouble::ApiAnswerNotPassedOn => "let [command] api end with exit code 0 if the API answers with success",
        Trouble::ClientId => {
            "give it the client id of this run: CLIENT_ID = \"{client_id}\" in [command.env], and let the app read it"
        }
        Trouble::Logout => "see that [command] logout ends the session",
        Trouble::NoAuthorizationRequest => {
            "see that [command] login opens its authorization request by the program in BROWSER (or xdg-open, open, x-www-browser), and that the app gets its issuer from {issuer}"
        }
        Trouble::NoTokenRequest => {
            "the app never asked for tokens: see that it waits at the redirect URI of its authorization request until the response arrives"
        }
        Trouble::RedirectUri => "whose port may be any other: [command] redirect_uri",
        Trouble::Refresh => {
            "see that [command] refresh makes the app use its refresh token, at the token endpoint of this run"
        }
        Trouble::SecondLogin => {
            "see that [command] login_second opens an authorization request there, and that the app gets {second_issuer}, {second_client_id} and {second_client_secret}"
        }
        Trouble::SessionMissing => {
            "the tokens were delivered, so the app rejected them or [command] session does not find what login has stored in {state_dir}"
        }
        Trouble::SubjectMissing | Trouble::ShowsInstead(_) => {
            "let [command] session print the user's `sub`, so that verdicts can rest on who is logged in"
        }
        Trouble::SessionWithoutTokens => {
            "see that the app logs nobody in without tokens, and that [command] session ends with an exit code other than 0 when nobody is logged in"
        }
        Trouble::TooSlow => "see what the app waits for; if it is only slow, raise [command] answers_within_seconds",
    }
}
