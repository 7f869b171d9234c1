//! The set-up checks: before any verdict, one honest login that must succeed, and a look at everything else.
//!
//! Without an honest login the set-up is broken, not the client: nobody must hunt a defect that is a typo in a configuration.
//! Whatever else goes wrong may be a finding about the client. It is shown, and judged by the scenarios that are about it.

use std::sync::Arc;

use mock_idp::{
    Change, ClientAuthentication, Endpoint, Entry, Fault, HandshakeEnd, Issuer, Point, Policy, Times, Variation,
};
use serde_json::json;

use super::alternatives::{self, Cause};
use super::checks::{CheckName, CheckResult};
use super::client_said;
use super::comparison;
use super::equipment::Lab;
use super::execution::{Execution, new_browser};
use super::instance::Instance;
use super::outcome::describe;
use super::{provider_said, second_login};
use crate::driver::{SetupError, Trouble};
use crate::evidence::{Learnt, Outcome, Session, excerpt, last_refusal};
use crate::plan::{Action, Plan};
use crate::terms::{Browser, Capability, Failure, Identity, People, Person, Provider};
use crate::text::{plain, redacted};

/// Runs the checks, until one fails without which nothing can be judged.
pub(super) async fn check(lab: &Lab) -> Vec<CheckResult> {
    let mut results = Vec::new();
    // Plain: a client that does not tolerate a lawful variation is a finding, not a broken set-up.
    let plan = Plan::default();
    let launched = Instance::launch(lab, lab.launcher().registration(), &plan, Variation::NONE).await;
    let instance = match launched {
        Ok(instance) => instance,
        Err(error) => {
            results.push(CheckResult { name: CheckName::Starts, result: Err(error) });
            return results;
        }
    };
    results.push(CheckResult { name: CheckName::Starts, result: Ok(()) });
    let setup = Setup { lab, instance: &instance };
    for name in setup.checks() {
        let result = setup.run(name).await;
        results.push(CheckResult { name, result });
        if results.last().is_some_and(|result| result.broken().is_some()) {
            break;
        }
    }
    setup.learn();
    *lab.differences.lock() = comparison::differences(&instance.issuer, &instance.registration);
    instance.stop().await;
    results
}

/// Learns in honest runs what the clients do, where no set-up check has done so.
pub(super) async fn tour(lab: &Lab) {
    let launched = Instance::launch(lab, lab.launcher().registration(), &Plan::default(), Variation::NONE).await;
    let Ok(instance) = launched else {
        *lab.learnt.lock() = Some(Arc::default());
        return;
    };
    let setup = Setup { lab, instance: &instance };
    instance.issuer.journal().open_span(HONEST);
    let can = |capability| lab.launcher().capabilities().contains(&capability);
    let mut actions = vec![LOG_IN];
    actions.extend(can(Capability::ApiCall).then_some(Action::CallApi(Browser::User)));
    actions.extend(
        (can(Capability::ForcedRefresh) && can(Capability::OfflineAccess)).then_some(Action::Refresh(Browser::User)),
    );
    setup.attempt(&actions).await;
    setup.learn();
    instance.stop().await;
}

/// What the spans of honest set-up checks are called, each with the name of its check.
const HONEST: &str = "set-up: ";

struct Setup<'a> {
    lab: &'a Lab,
    instance: &'a Instance,
}

impl Setup<'_> {
    fn checks(&self) -> Vec<CheckName> {
        let can = |capability| self.lab.launcher().capabilities().contains(&capability);
        let mut checks = vec![CheckName::ReachesProvider, CheckName::LogsIn];
        if can(Capability::MultipleIssuers) {
            checks.push(CheckName::LogsInAtSecond);
        }
        if can(Capability::ApiCall) {
            checks.push(CheckName::CallsApi);
        }
        if can(Capability::ForcedRefresh) && can(Capability::OfflineAccess) {
            checks.push(CheckName::Refreshes);
        }
        if can(Capability::Logout) {
            checks.push(CheckName::LogsOut);
        }
        checks.push(CheckName::RefusesBroken);
        checks
    }

    async fn run(&self, name: CheckName) -> Result<(), SetupError> {
        let span = if name == CheckName::RefusesBroken { "set-up with a fault: " } else { HONEST };
        self.instance.issuer.journal().open_span(&format!("{span}{}", name.fact()));
        match name {
            CheckName::Starts => Ok(()),
            CheckName::ReachesProvider => self.reaches_provider().await,
            CheckName::LogsIn => self.logs_in().await,
            CheckName::LogsInAtSecond => self.logs_in_at_second().await,
            CheckName::CallsApi => self.calls_api().await,
            CheckName::Refreshes => self.refreshes().await,
            CheckName::LogsOut => self.logs_out().await,
            CheckName::RefusesBroken => self.refuses_broken().await,
        }
    }

    /// What the client has sent up to here, but for the runs with a fault.
    fn learn(&self) {
        let entries = self.issuer().journal().entries();
        // Before the first span, it is the client's start.
        let honest = |entry: &&Arc<Entry>| entry.span.is_empty() || entry.span.starts_with(HONEST);
        let learnt = Learnt::of(entries.iter().filter(honest).map(|entry| &**entry));
        *self.lab.learnt.lock() = Some(Arc::new(learnt));
    }

    fn issuer(&self) -> &Issuer {
        &self.instance.issuer
    }

    fn advice(&self, trouble: Trouble) -> String {
        self.lab.launcher().wording().advice(trouble)
    }

    fn execution(&self) -> Execution<'_> {
        let (providers, people) = (self.instance.providers(), self.lab.cast());
        providers.register_people(&people);
        Execution::new(providers, &*self.instance.driver, "set-up".to_owned(), people)
    }

    fn error(&self, attempted: &str, found: impl AsRef<str>, advice: &str) -> SetupError {
        let mistrusted = self.mistrusted();
        let handshake = mistrusted.and_then(|_| self.failed_handshake()).unwrap_or_default();
        let (path, slash) = provider_said::doubled_slash(self.issuer()).unzip();
        let output = self.instance.driver.output();
        let by_http = self.lab.launcher().authority().is_none();
        let https = client_said::demands_https([&output, found.as_ref()]).filter(|_| by_http);
        SetupError {
            attempted: attempted.to_owned(),
            found: self.fit(found.as_ref()) + &handshake + &path.unwrap_or_default(),
            advice: mistrusted.or(slash).or(https).unwrap_or(advice).to_owned(),
            output: self.fit(&output),
            told: Box::default(),
            still_runs: true,
        }
    }

    /// A text of the client's, fit for the console and without its secrets.
    fn fit(&self, text: &str) -> String {
        redacted(&plain(text), self.issuer(), &self.instance.registration.client_secret)
    }

    /// What is for the scenarios to judge. What the client printed says why it is in trouble, and otherwise nothing.
    fn finding(&self, outcome: &Outcome, attempted: &str, found: &str, advice: &str) -> SetupError {
        let (reused, once) = provider_said::reused_code(self.issuer()).unzip();
        let error = self.error(attempted, found.to_owned() + &reused.unwrap_or_default(), once.unwrap_or(advice));
        let output = if is_in_trouble(outcome) { error.output } else { String::new() };
        SetupError { output, ..error }
    }

    /// A client that does not trust the provider's certificate has never got a word through to it.
    fn mistrusted(&self) -> Option<&'static str> {
        let silent = || self.issuer().journal().entries().iter().all(|entry| entry.endpoint == Endpoint::Authorize);
        (self.lab.launcher().authority().is_some() && silent()).then_some(
            "the provider serves https, and the client has not sent a request to it: let it trust the certificate of the run's \
             authority, which is in {ca_file}",
        )
    }

    /// What became of the client's TLS handshake with the provider, if it has begun one.
    fn failed_handshake(&self) -> Option<String> {
        // Issuers that share a port share what is seen of handshakes there. The harness itself takes any certificate.
        let host = if self.lab.ways.at_root { self.issuer() } else { self.lab.idp.issuer() };
        let mut handshakes = host.journal().handshakes().into_iter().rev();
        let failed = handshakes.find(|handshake| handshake.end != Some(HandshakeEnd::Established))?;
        let end = failed.end.as_ref().map_or(String::new(), |end| format!(": {end}"));
        Some(format!("; it has begun a TLS handshake with the provider that failed{end}"))
    }

    async fn reaches_provider(&self) -> Result<(), SetupError> {
        let attempted = "start a login at the client";
        let url =
            self.instance.driver.begin(new_browser(), Provider::First).await.map_err(|failure| {
                self.error(attempted, reason(failure), &self.advice(Trouble::NoAuthorizationRequest))
            })?;
        let expected = &self.instance.registration.client_id;
        match url.query_pairs().find(|(name, _)| name == "client_id") {
            Some((_, found)) if found == expected.as_str() => Ok(()),
            Some((_, found)) => Err(self.error(
                attempted,
                format!(
                    "the client uses the client_id {found:?} at the provider, where it is registered as {expected:?}"
                ),
                &self.advice(Trouble::ClientId),
            )),
            None => Err(self.error(
                attempted,
                format!("the authorization request has no client_id: {url}"),
                "set the client's client_id",
            )),
        }
    }

    async fn attempt(&self, actions: &[Action]) -> Outcome {
        let mut execution = self.execution();
        execution.act(actions).await;
        let failed =
            execution.attempts.iter().map(|attempt| &attempt.outcome).find(|outcome| **outcome != Outcome::Done);
        failed.cloned().unwrap_or(Outcome::Done)
    }

    /// With the registered method of client authentication only: another one is a typo in the configuration more often than
    /// a defect. The scenarios take what comes.
    async fn logs_in(&self) -> Result<(), SetupError> {
        let one_method = self.lab.launcher().auth_methods().len() == 1;
        let manners = self.issuer().policy();
        if one_method {
            self.issuer().set_policy(Policy { client_authentication: ClientAuthentication::Strict, ..manners });
        }
        let found = self.logs_in_and_again().await;
        self.issuer().set_policy(manners);
        found
    }

    async fn logs_in_and_again(&self) -> Result<(), SetupError> {
        let attempted = "log in honestly";
        let outcome = self.attempt(&[LOG_IN]).await;
        if outcome != Outcome::Done {
            return Err(self.no_login(attempted, &outcome).await);
        }
        let mut execution = self.execution();
        match execution.log_in_and_look(Person::Alice).await {
            Ok(session) if session.is(Person::Alice) => {
                let second_login = second_login::find(self.issuer(), &mut execution).await;
                *self.lab.second_login.lock() = second_login;
                Ok(())
            }
            Ok(Session::Unknown { shown }) => Err(self.shows_nobody(attempted, execution.people(), &shown)),
            Ok(session) => {
                Err(self.error(attempted, format!("after a second login {session}"), &self.login_advice(&outcome)))
            }
            Err(outcome) => Err(self.error(attempted, self.found(&outcome), &self.login_advice(&outcome))),
        }
    }

    /// An honest login has failed. A client that got its tokens has refused one of them: another honest way of a provider
    /// may say which, and why.
    async fn no_login(&self, attempted: &str, outcome: &Outcome) -> SetupError {
        let error = self.error(attempted, self.found(outcome), &self.login_advice(outcome));
        let token = provider_said::last_exchange(self.issuer(), Endpoint::Token);
        let delivered = token.is_some_and(|token| token.response.as_ref().is_some_and(|it| it.status == 200));
        if !delivered || !matches!(outcome, Outcome::Refused(_) | Outcome::ServerError(_)) {
            return error;
        }
        match alternatives::cause(self.lab, self.instance).await {
            Some(Cause { found, advice }) => {
                SetupError { found: format!("{found}; {}", error.found), advice: advice.to_owned(), ..error }
            }
            None => error,
        }
    }

    /// Somebody is logged in, and the session page does not show who by the claim that it is said to show.
    fn shows_nobody(&self, attempted: &str, people: &People, shown: &str) -> SetupError {
        let expected = people.shown_as(Person::Alice);
        let what = match people.identity() {
            Identity::Subject => "subject",
            Identity::Name => "name",
            Identity::Email => "e-mail address",
        };
        let found = format!(
            "the session route says that somebody is logged in, but does not show the {what} {:?}; it shows: {}",
            expected[0],
            excerpt(shown)
        );
        let others = [Identity::Subject, Identity::Name, Identity::Email].into_iter();
        let instead = others.filter(|other| *other != people.identity()).find(|other| {
            let others = people.clone().told_by(*other).shown_as(Person::Alice);
            others.iter().any(|text| shown.contains(text))
        });
        let trouble = instead.map_or(Trouble::SubjectMissing, Trouble::ShowsInstead);
        self.error(attempted, found, &self.advice(trouble))
    }

    async fn logs_in_at_second(&self) -> Result<(), SetupError> {
        let log_in = Action::LogIn { browser: Browser::User, person: Person::Alice, provider: Provider::Second };
        match self.attempt(&[log_in]).await {
            Outcome::Done => Ok(()),
            outcome => Err(self.error(
                "log in honestly at the second provider",
                describe(&outcome),
                &self.advice(Trouble::SecondLogin),
            )),
        }
    }

    /// The outcome, and the last thing that the provider refused.
    fn found(&self, outcome: &Outcome) -> String {
        if let Some(refusal) = provider_said::refused_authorization(self.issuer()) {
            return refusal;
        }
        if let Some(error) = provider_said::error_by_redirect(self.issuer()) {
            return format!("the provider sent the browser back with {error}; the client: {}", describe(outcome));
        }
        describe(outcome) + &last_refusal(self.issuer().journal().entries().iter().map(AsRef::as_ref))
    }

    fn login_advice(&self, outcome: &Outcome) -> String {
        if provider_said::refused_authorization(self.issuer()).is_some() {
            let redirect_uri = self.instance.driver.redirect_uri();
            return format!(
                "see that the client's redirect URI is the registered one, {redirect_uri}, {}",
                self.advice(Trouble::RedirectUri)
            );
        }
        if provider_said::error_by_redirect(self.issuer()).is_some() {
            return "see what the client's authorization request asks for: the error says what the provider rejects"
                .to_owned();
        }
        let method = self.instance.registration.token_endpoint_auth_method;
        let token = provider_said::token_exchange(self.issuer(), method);
        let token_status = token.as_ref().map(|token| token.response.as_ref().map_or(0, |it| it.status));
        match (outcome, token) {
            (Outcome::TimedOut(_), _) => self.advice(Trouble::TooSlow),
            // What a client makes of a refusal may be a page with status 500.
            (_, Some(token)) if token_status == Some(401) => {
                self.lab.launcher().wording().about_authentication(method, comparison::authenticated(&token))
            }
            (Outcome::Crashed(_) | Outcome::ServerError(_), _) => {
                "read what the client printed or logged: it crashed on an honest authorization response".to_owned()
            }
            _ => match token_status {
                Some(400..) => "see what is wrong with the token request: the token endpoint refused it".to_owned(),
                Some(_) => self.advice(Trouble::SessionMissing),
                None => self.advice(Trouble::NoTokenRequest),
            },
        }
    }

    async fn calls_api(&self) -> Result<(), SetupError> {
        let attempted = "make the client call the API";
        let before = self.issuer().journal().next_seq();
        let outcome = self.attempt(&[LOG_IN, Action::CallApi(Browser::User)]).await;
        let calls: Vec<_> =
            self.issuer().journal().since(before).into_iter().filter(|entry| entry.endpoint == Endpoint::Api).collect();
        let advice = &self.advice(Trouble::ApiNotCalled);
        match calls.last() {
            None => {
                Err(self.finding(&outcome, attempted, &format!("the API was never called{}", but(&outcome)), advice))
            }
            Some(call) if call.response.as_ref().is_none_or(|response| response.status != 200) => {
                let status = call.response.as_ref().map_or(0, |response| response.status);
                let body = call.response.as_ref().map_or(String::new(), |response| excerpt(&response.body));
                let advice = "see that the client asks for [registration] audience and sends `Authorization: Bearer` with the access token";
                Err(self.finding(&outcome, attempted, &format!("the API refused the call: {status} {body}"), advice))
            }
            Some(_) if outcome != Outcome::Done => Err(self.finding(
                &outcome,
                attempted,
                &format!("the API answered 200, and the client: {}", describe(&outcome)),
                &self.advice(Trouble::ApiAnswerNotPassedOn),
            )),
            Some(_) => Ok(()),
        }
    }

    async fn refreshes(&self) -> Result<(), SetupError> {
        let before = self.issuer().journal().next_seq();
        let outcome = self.attempt(&[LOG_IN, Action::Refresh(Browser::User)]).await;
        let entries = self.issuer().journal().since(before);
        let refreshed = entries.iter().any(|entry| crate::evidence::is(crate::plan::Message::RefreshRequest, entry));
        if refreshed && outcome == Outcome::Done {
            return Ok(());
        }
        let found =
            if refreshed { self.found(&outcome) } else { format!("no refresh request was sent{}", but(&outcome)) };
        let advice = match is_in_trouble(&outcome) {
            true => "read what the client printed or logged".to_owned(),
            false if self.instance.registration.asks_for("offline_access") => self.advice(Trouble::Refresh),
            false => self.advice(Trouble::Refresh) + ", and whether it needs offline_access in [registration] scope",
        };
        let error = self.finding(&outcome, "make the client refresh its access token", &found, &advice);
        // Why it has not sent one may stand in its log alone.
        let output = if refreshed { error.output } else { self.fit(&self.instance.driver.output()) };
        Err(SetupError { output, ..error })
    }

    async fn logs_out(&self) -> Result<(), SetupError> {
        let attempted = "log out";
        let mut execution = self.execution();
        execution.act(&[LOG_IN, Action::LogOut(Browser::User)]).await;
        let advice = &self.advice(Trouble::Logout);
        match execution.look().await {
            Ok(Session::Nobody) => Ok(()),
            Ok(session) => Err(self.finding(&Outcome::Done, attempted, &format!("afterwards {session}"), advice)),
            Err(outcome) => Err(self.finding(&outcome, attempted, &describe(&outcome), advice)),
        }
    }

    /// Every token request is refused: a user who is logged in now was not logged in by this provider.
    async fn refuses_broken(&self) -> Result<(), SetupError> {
        let attempted = "make a login fail";
        let fault = self.issuer().arm(Fault {
            name: None,
            at: Point::TokenResponse,
            grant: None,
            change: Change::Respond {
                status: Some(400),
                headers: vec![("content-type".to_owned(), "application/json".to_owned())],
                body: Some(json!({ "error": "invalid_grant" }).to_string()),
            },
            times: Times::Always,
        });
        let mut execution = self.execution();
        let session = execution.log_in_and_look(Person::Alice).await;
        self.issuer().disarm_all();
        match session {
            Ok(Session::Nobody) if self.issuer().fired(fault) == 0 => Err(self.finding(
                &Outcome::Done,
                attempted,
                "the client never asked for tokens",
                "the client behaves differently from one login to the next; every login must start afresh",
            )),
            // A page of status 500 is graded in the scenarios.
            Ok(Session::Nobody) | Err(Outcome::ServerError(_)) => Ok(()),
            Ok(session) => Err(self.finding(
                &Outcome::Done,
                attempted,
                &format!("the provider refused the code, and {session}"),
                &self.advice(Trouble::SessionWithoutTokens),
            )),
            Err(outcome) => {
                Err(self.finding(&outcome, attempted, &describe(&outcome), "see why the client gave no answer"))
            }
        }
    }
}

fn is_in_trouble(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Crashed(_) | Outcome::ServerError(_))
}

const LOG_IN: Action = Action::LogIn { browser: Browser::User, person: Person::Alice, provider: Provider::First };

fn reason(failure: Failure) -> String {
    match failure {
        Failure::Refused(refusal) => refusal.detail,
        Failure::Crashed(what)
        | Failure::ServerError(what)
        | Failure::TimedOut(what)
        | Failure::DriverBroken(what)
        | Failure::Broken(what) => what,
        Failure::Unsupported(capability) => format!("the client cannot {capability}"),
    }
}

/// What came of an action that did not do what it should.
fn but(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Done => ", although the client answered as if it had been".to_owned(),
        other => format!(": {}", describe(other)),
    }
}
