//! A scenario's steps, compiled, and what follows from them.

use mock_idp::{Change, Dialect, Fault, Point, Trait};
use serde_json::Value;

use super::action::Action;
use super::arrangement::{Arrangement, PolicyChange, RegistrationChange};
use super::expectation::{Check, Expectation};
use super::invariant::Invariant;
use super::message::Message;
use crate::terms::{Browser, Provider, URLS_IN_METADATA};

/// What metadata say of ID tokens.
const OF_ID_TOKENS: [&str; 2] = ["id_token_signing_alg_values_supported", "jwks_uri"];

/// What an ID token says of the user that no check of the token is about (OpenID Connect Core §5.1): with other values it
/// is as valid as before.
const OF_USERS: [&str; 7] = ["email", "email_verified", "groups", "name", "nickname", "preferred_username", "upn"];

/// A scenario's steps, compiled.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// What differs at the provider or in the registration, and what must hold for the scenario to apply.
    pub arrangements: Vec<Arrangement>,
    /// What is done, in order.
    pub actions: Vec<Action>,
    /// What must be seen.
    pub expectations: Vec<Expectation>,
    /// Which line each arrangement comes from, from 0, for reports that show the two side by side.
    pub arranged_by: Vec<usize>,
    /// The same of each action.
    pub done_by: Vec<usize>,
}

impl Plan {
    /// Which line arms each fault: those of the first provider, then those of the second, then those of the API calls, then
    /// those of the actions.
    pub fn fault_lines(&self) -> impl Iterator<Item = Option<usize>> {
        let line = |at: usize| self.arranged_by.get(at).copied();
        let later = self.actions.iter().zip(&self.done_by).filter(|(action, _)| matches!(action, Action::Arm(_)));
        let faults = |of_calls: bool| {
            let is_meant =
                move |it: &Arrangement| matches!(it, Arrangement::Fault(fault) if self.is_of_calls(fault) == of_calls);
            self.arrangements.iter().enumerate().filter(move |(_, it)| is_meant(it)).map(|(at, _)| at)
        };
        let is_at_second = |it: &Arrangement| matches!(it, Arrangement::FaultAtSecond(_));
        let at_second = self.arrangements.iter().enumerate().filter(move |(_, it)| is_at_second(it)).map(|(at, _)| at);
        let given = faults(false).chain(at_second).chain(faults(true)).map(line);
        given.chain(later.map(|(_, line)| Some(*line)))
    }

    /// The faults of the first provider that are there from the start.
    pub fn faults_from_the_start(&self) -> impl Iterator<Item = &Fault> {
        self.faults().filter(|fault| !self.is_of_calls(fault))
    }

    /// What the API does when the scenario has the client call it, and not before: there are clients that ask the API in the
    /// login who has logged in.
    pub fn faults_of_calls(&self) -> impl Iterator<Item = &Fault> {
        self.faults().filter(|fault| self.is_of_calls(fault))
    }

    /// The scope that the API demands when the scenario has the client call it.
    #[must_use]
    pub fn scope_of_calls(&self) -> Option<&str> {
        self.arrangements.iter().find_map(|arrangement| match arrangement {
            Arrangement::ApiScope(scope) if self.calls_api_first() => Some(scope.as_str()),
            _ => None,
        })
    }

    fn is_of_calls(&self, fault: &Fault) -> bool {
        fault.at == Point::ApiResponse && self.calls_api_first()
    }

    /// Whether the API is called before the provider is honest again.
    #[must_use]
    pub fn calls_api_first(&self) -> bool {
        let first = self.actions.iter().find(|action| action.calls_api() || **action == Action::Disarm);
        first.is_some_and(Action::calls_api)
    }

    /// The faults, in order.
    pub fn faults(&self) -> impl Iterator<Item = &Fault> {
        self.arrangements.iter().filter_map(|arrangement| match arrangement {
            Arrangement::Fault(fault) => Some(fault),
            _ => None,
        })
    }

    /// The faults of the second provider, in order.
    pub fn faults_at_second(&self) -> impl Iterator<Item = &Fault> {
        self.arrangements.iter().filter_map(|arrangement| match arrangement {
            Arrangement::FaultAtSecond(fault) => Some(fault),
            _ => None,
        })
    }

    /// The differences in the behaviour of a provider.
    pub fn policy(&self, provider: Provider) -> impl Iterator<Item = PolicyChange> {
        self.arrangements.iter().filter_map(move |arrangement| match (arrangement, provider) {
            (Arrangement::Policy(change), Provider::First)
            | (Arrangement::PolicyAtSecond(change), Provider::Second) => Some(*change),
            _ => None,
        })
    }

    /// Whether it is about how the client authenticates at the token endpoint.
    #[must_use]
    pub fn registers_auth_method(&self) -> bool {
        let is_method = |it: &Arrangement| matches!(it, Arrangement::Registration(RegistrationChange::AuthMethod(_)));
        self.arrangements.iter().any(is_method)
    }

    /// The lawful traits that the scenario is about. With one of them, all others are off.
    pub fn varied(&self) -> impl Iterator<Item = Trait> {
        self.arrangements.iter().filter_map(|arrangement| match arrangement {
            Arrangement::Varied(one) => Some(*one),
            _ => None,
        })
    }

    /// Whether the provider has none of its lawful traits.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.arrangements.iter().any(|it| matches!(it, Arrangement::Plain))
    }

    /// Whose ways the providers have, if the scenario says so.
    #[must_use]
    pub fn dialect(&self) -> Option<Dialect> {
        self.arrangements.iter().find_map(|arrangement| match arrangement {
            Arrangement::Dialect(dialect) => Some(*dialect),
            _ => None,
        })
    }

    /// Whether everything in it is as usual: nothing is altered, and nobody does anything but what honest people do.
    fn is_honest(&self) -> bool {
        self.arrangements.is_empty() && self.honest_actions() == self.actions
    }

    /// Nothing is done and nothing altered, at a provider with the same ways.
    #[must_use]
    pub fn at_rest(&self) -> Self {
        Self { arrangements: self.dialect().map(Arrangement::Dialect).into_iter().collect(), ..Self::default() }
    }

    /// Whether the second provider has a part in it.
    #[must_use]
    pub fn uses_second(&self) -> bool {
        self.actions.iter().any(Action::uses_second)
    }

    /// Whether a client that has seen the honest provider already can be used: clients keep metadata and keys for ever.
    #[must_use]
    pub fn needs_fresh_client(&self) -> bool {
        self.starts_client()
            || self.actions.iter().any(Action::changes_what_clients_keep)
            || self.arrangements.iter().any(|arrangement| match arrangement {
                Arrangement::Registration(_) | Arrangement::Dialect(_) => true,
                Arrangement::Policy(change) | Arrangement::PolicyAtSecond(change) => change.changes_metadata(),
                _ => false,
            })
    }

    /// The parameters that a client has to send in the authorization request for the scenario to apply.
    pub fn needed_parameters(&self) -> impl Iterator<Item = &str> {
        self.arrangements.iter().filter_map(|arrangement| match arrangement {
            Arrangement::Sends(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// Whether it applies only to clients that send this message.
    #[must_use]
    pub fn is_for_clients_that_make(&self, message: Message) -> bool {
        self.arrangements.iter().any(|it| matches!(it, Arrangement::Makes(made) if *made == message))
    }

    /// Whether it applies to clients without an API, too.
    #[must_use]
    pub fn needs_no_api(&self) -> bool {
        self.arrangements.contains(&Arrangement::ApiIsOptional)
    }

    /// Whether the client is asked for several things at the same time.
    #[must_use]
    pub fn has_requests_at_once(&self) -> bool {
        self.actions.iter().any(|action| {
            matches!(
                action,
                Action::DeliverTwice(_)
                    | Action::DeliverTogether(_)
                    | Action::CallApiAtOnce { .. }
                    | Action::CallApiTogether(_)
            )
        })
    }

    /// A browser that an expectation speaks of and no action uses.
    #[must_use]
    pub fn unused_browser(&self) -> Option<Browser> {
        let used: Vec<_> = self.actions.iter().flat_map(Action::browsers).collect();
        let claimed = self.expectations.iter().filter_map(|expectation| match expectation {
            Expectation::LoggedIn(browser, _)
            | Expectation::LoggedOut(browser)
            | Expectation::NotLoggedInAs(browser, _)
            | Expectation::NobodyBut(browser, _)
            | Expectation::LoggedInAt(browser, ..)
            | Expectation::NotLoggedInAt(browser, ..) => Some(*browser),
            _ => None,
        });
        claimed.into_iter().find(|browser| !used.contains(browser))
    }

    /// Whether it is about nothing but an ID token that does not hold: by what it says, or by how it is signed.
    #[must_use]
    pub fn alters_id_token_alone(&self) -> bool {
        let armed = self.actions.iter().filter_map(|action| match action {
            Action::Arm(fault) => Some(fault),
            _ => None,
        });
        let mut faults = self.faults().chain(self.faults_at_second()).chain(armed).peekable();
        faults.peek().is_some()
            && faults.all(|fault| match (fault.at, &fault.change) {
                (Point::IdTokenClaims, Change::Merge(Value::Object(patch))) => {
                    !patch.keys().all(|name| OF_USERS.contains(&&**name))
                }
                (Point::IdTokenHeader | Point::IdTokenClaims | Point::IdTokenSignature, _) => true,
                // Where the keys are, and what they are for, matters to those alone who read it.
                (Point::Discovery, Change::Remove(names)) => names.iter().all(|name| OF_ID_TOKENS.contains(&&**name)),
                (Point::Discovery, Change::Merge(Value::Object(patch))) => {
                    patch.keys().all(|name| OF_ID_TOKENS.contains(&&**name))
                }
                (Point::TokenResponse, Change::Merge(Value::Object(patch))) => {
                    patch.keys().all(|name| name == "id_token")
                }
                _ => false,
            })
    }

    /// Whether it claims something of the audience that the client is registered with, and registers none itself.
    #[must_use]
    pub fn speaks_of_audience(&self) -> bool {
        let is_named = |it: &Expectation| matches!(it, Expectation::Every(_, Check::Equals(_, text)) if text.contains("{audience}"));
        let registers = |it: &Arrangement| matches!(it, Arrangement::Registration(RegistrationChange::Audience(_)));
        self.expectations.iter().any(is_named) && !self.arrangements.iter().any(registers)
    }

    /// Whether it claims that nothing of an altered UserInfo response is shown: true of every client that never shows any.
    #[must_use]
    pub fn hides_userinfo(&self) -> bool {
        let has_members = |change: &Change| match change {
            Change::Merge(_) => true,
            Change::Respond { body: Some(body), .. } => {
                serde_json::from_str::<Value>(body).is_ok_and(|it| it.is_object())
            }
            _ => false,
        };
        let altered = |fault: &Fault| fault.at == mock_idp::Point::Userinfo && has_members(&fault.change);
        let hides = |it: &Expectation| matches!(it, Expectation::NeverShown(_) | Expectation::NeverInSession(_));
        self.faults().any(altered) && self.expectations.iter().any(hides)
    }

    /// The URLs of the provider that it alters in the metadata or takes out of them, if it alters nothing else.
    #[must_use]
    pub fn urls_altered_in_metadata(&self) -> Option<Vec<&'static str>> {
        let mut altered = Vec::new();
        for fault in self.faults().chain(self.faults_at_second()) {
            let members: Vec<_> = match &fault.change {
                _ if fault.at != Point::Discovery => return None,
                Change::Merge(Value::Object(members)) => members.keys().map(String::as_str).collect(),
                Change::Remove(names) | Change::SetNull(names) => names.iter().map(String::as_str).collect(),
                _ => return None,
            };
            for member in members {
                altered.push(URLS_IN_METADATA.iter().copied().find(|url| *url == member)?);
            }
        }
        (!altered.is_empty()).then_some(altered)
    }

    /// The URLs in the metadata of the requests whose path it looks at.
    #[must_use]
    pub fn endpoints_looked_at(&self) -> Vec<&'static str> {
        let looked_at = self.expectations.iter().filter_map(|expectation| match expectation {
            Expectation::Every(message, Check::PathEndsWith(_)) => Some(message),
            _ => None,
        });
        looked_at.filter_map(|message| message.url_in_metadata()).collect()
    }

    /// Whether it is about what has been seen in the whole run.
    #[must_use]
    pub fn judges_run(&self) -> bool {
        let of_run = |it: &Expectation| matches!(it, Expectation::NoneExposed(_) | Expectation::AllHoldInRun);
        self.expectations.iter().any(of_run)
    }

    /// Whether the provider gives out tokens that say nothing to anybody but itself.
    #[must_use]
    pub fn makes_tokens_opaque(&self) -> bool {
        let changes = self.arrangements.iter().filter_map(|arrangement| match arrangement {
            Arrangement::Policy(change) | Arrangement::PolicyAtSecond(change) => Some(change),
            _ => None,
        });
        changes
            .into_iter()
            .any(|change| matches!(change, PolicyChange::OpaqueAccessTokens(_) | PolicyChange::ReservedRefreshToken))
    }

    /// Whether a provider does otherwise than it usually does, by its policy or its dialect.
    #[must_use]
    pub fn changes_provider(&self) -> bool {
        let changes = |it: &Arrangement| {
            matches!(it, Arrangement::Policy(_) | Arrangement::PolicyAtSecond(_) | Arrangement::Dialect(_))
        };
        self.arrangements.iter().any(changes)
    }

    /// Whether the client is registered otherwise than it usually is.
    #[must_use]
    pub fn changes_registration(&self) -> bool {
        self.arrangements.iter().any(|it| matches!(it, Arrangement::Registration(_)))
    }

    /// Whether the client's start is part of the scenario: where metadata or keys are altered or vary, which clients keep
    /// for ever, and where its first requests are looked at. Such a client cannot run its own control.
    #[must_use]
    pub fn starts_client(&self) -> bool {
        let altered = self
            .faults()
            .chain(self.faults_at_second())
            .any(|fault| matches!(fault.at, mock_idp::Point::Discovery | mock_idp::Point::Jwks));
        altered
            || self
                .arrangements
                .iter()
                .any(|it| matches!(it, Arrangement::FromStart | Arrangement::Plain | Arrangement::Varied(_)))
    }

    /// Whether the honest run is needed afterwards at least: to see that the client recovers.
    #[must_use]
    pub fn claims_recovery(&self) -> bool {
        self.expectations.iter().any(|it| matches!(it, Expectation::Holds(Invariant::Recovery)))
    }

    /// Whether the honest run is needed, before and after, to show that the client was able.
    #[must_use]
    pub fn needs_controls(&self) -> bool {
        self.presumes_ability() && !self.is_honest()
    }

    /// Whether the client has to have been able in the scenario itself, because that is the honest run.
    #[must_use]
    pub fn is_its_own_control(&self) -> bool {
        self.presumes_ability() && self.is_honest()
    }

    /// Whether its claims say something of a client only if honest logins succeed: where a refusal is claimed, where the
    /// scenario applies only to what the client is seen to do, and where silence would satisfy every claim.
    fn presumes_ability(&self) -> bool {
        // A client that uses metadata asks for them before anything else can go wrong.
        let conditional = self
            .arrangements
            .iter()
            .any(|it| matches!(it, Arrangement::Makes(message) if *message != Message::DiscoveryRequest));
        let refusal = self.expectations.iter().any(Expectation::claims_refusal);
        conditional || refusal || !self.expectations.iter().any(Expectation::needs_evidence)
    }
}
