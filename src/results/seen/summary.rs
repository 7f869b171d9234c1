//! From evidence to what is published of it.

use std::sync::Arc;

use mock_idp::{Endpoint, Entry, FaultId};

use super::order::Order;
use super::redaction::secrets;
use super::{ActionSummary, EvidenceSummary, ExchangeSummary, FaultSummary, HopSummary, Party, SessionSummary, answer};
use crate::evidence::{Attempt, Evidence, Outcome, Session};
use crate::suite::Scenario;
use crate::terms::{Browser, Hop};
use crate::text::{plain, without};

/// Sums up what was seen of a scenario.
pub(in crate::results) fn summary(scenario: &Scenario, evidence: &Evidence) -> EvidenceSummary {
    let secrets = secrets(evidence);
    let exchanges = exchanges(evidence);
    let order = Order::of(evidence, exchanges.iter().map(|(entry, ..)| entry));
    let mut lines = scenario.plan.fault_lines();
    let faults = evidence.faults.iter().map(|fault| FaultSummary {
        name: fault.name.clone(),
        fired: evidence.times_fired(fault),
        step: lines.next().flatten(),
    });
    let session = |(browser, session): &(Browser, Session)| SessionSummary {
        browser: (*browser).into(),
        found: session.to_string(),
    };
    EvidenceSummary {
        steps: scenario.steps.clone(),
        faults: faults.collect(),
        provider: exchanges.iter().map(|it| exchange(it, evidence, &order)).collect(),
        browser: evidence.hops.iter().map(|it| hop(it, evidence, &order, &secrets)).collect(),
        actions: evidence.attempts.iter().map(|it| action(it, scenario, &order, &secrets)).collect(),
        sessions: evidence.sessions.iter().map(session).collect(),
        output: without(&secrets, &evidence.output),
    }
}

fn hop(hop: &Hop, evidence: &Evidence, order: &Order, secrets: &[String]) -> HopSummary {
    HopSummary {
        request: without(secrets, &plain(&hop.request)),
        response: without(secrets, &plain(&hop.response)),
        from: Some(evidence.browser(hop.browser).into()),
        sent: Some(order.place(hop.when.began)),
        answered: Some(order.place(hop.when.ended)),
        looks: evidence.looks.iter().any(|look| look.holds(hop.when.began) && look.holds(hop.when.ended)),
    }
}

fn action(attempt: &Attempt, scenario: &Scenario, order: &Order, secrets: &[String]) -> ActionSummary {
    let (outcome, message) = match &attempt.outcome {
        Outcome::Done => ("done", ""),
        Outcome::Refused(refusal) => ("refused", refusal.detail.as_str()),
        Outcome::Crashed(how) => ("crashed", how.as_str()),
        Outcome::ServerError(how) => ("server-error", how.as_str()),
        Outcome::TimedOut(what) => ("timed-out", what.as_str()),
        Outcome::Contradicted(what) => ("contradicted", what.as_str()),
        Outcome::NothingToDeliver(why) => ("nothing-to-deliver", why.as_str()),
        Outcome::NothingToTry(why) => ("nothing-to-try", why.as_str()),
        Outcome::Unsupported(_) => ("unsupported", ""),
        Outcome::DriverBroken(what) => ("driver-broken", what.as_str()),
        Outcome::Broken(what) => ("broken", what.as_str()),
    };
    ActionSummary {
        step: attempt.number.and_then(|number| scenario.plan.done_by.get(number).copied()),
        by: attempt.action.browsers().first().map(|browser| (*browser).into()),
        began: order.place(attempt.when.began),
        ended: order.place(attempt.when.ended),
        outcome: outcome.to_owned(),
        message: without(secrets, &plain(message)),
    }
}

/// Parameters whose values say something and give nothing away.
const PUBLIC: [&str; 12] = [
    "grant_type",
    "response_type",
    "response_mode",
    "scope",
    "audience",
    "client_id",
    "redirect_uri",
    "code_challenge_method",
    "prompt",
    "error",
    "token_type_hint",
    "max_age",
];

/// Which host an exchange was seen at.
#[derive(Clone, Copy)]
enum Host {
    First,
    Second,
    Other,
}

/// What the provider saw, then what the second one saw, then the other host; each in order.
fn exchanges(evidence: &Evidence) -> Vec<(Arc<Entry>, Host)> {
    let first = evidence.exchanges().into_iter().map(|entry| (entry, Host::First));
    let second = evidence.second.iter().flat_map(|second| evidence.exchanges_at(&second.issuer));
    let second = second.map(|entry| (entry, Host::Second));
    let other = evidence.exchanges_at(&evidence.other_host).into_iter();
    let other = other.map(|entry| (entry, Host::Other));
    first.chain(second).chain(other).collect()
}

fn exchange((entry, host): &(Arc<Entry>, Host), evidence: &Evidence, order: &Order) -> ExchangeSummary {
    let (whose, to) = match (host, entry.endpoint) {
        (Host::First, Endpoint::Api) => ("", Party::Api),
        (Host::First, _) => ("", Party::Provider),
        (Host::Second, Endpoint::Api) => (" of the second provider", Party::SecondApi),
        (Host::Second, _) => (" of the second provider", Party::SecondProvider),
        (Host::Other, _) => (" of the stranger", Party::OtherHost),
    };
    let shown = |(name, value): &(String, String)| {
        if PUBLIC.contains(&name.as_str()) { format!("{name}={value}") } else { name.clone() }
    };
    let authorization = entry.request.header("authorization").and_then(|value| value.split(' ').next());
    let header = authorization.map(|scheme| format!("(Authorization: {scheme})"));
    let fault = |id: &FaultId| evidence.faults.iter().position(|fault| fault.id == *id);
    ExchangeSummary {
        seq: entry.seq,
        request: format!("{} {}{whose}", entry.request.method, entry.endpoint),
        parameters: entry.request.params.iter().map(shown).chain(header).collect(),
        status: entry.response.as_ref().map(|response| response.status),
        altered: !entry.faults.is_empty(),
        faults: entry.faults.iter().filter_map(fault).collect(),
        answer: entry.response.as_ref().map_or_else(Vec::new, |response| answer::names(entry.endpoint, response)),
        from: Some(evidence.sender(entry).map_or(Party::Client, Party::from)),
        to: Some(to),
        sent: Some(order.place(entry.arrived)),
        answered: entry.answered.map(|answered| order.place(answered)),
    }
}
