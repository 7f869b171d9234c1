//! Who is logged in, and for whom the API is called.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use mock_idp::{Change, CredentialKind, Endpoint, Entry, Presented};

use super::violation::{Violation, has_foreign_cookies, provider_says_who, session_before, shares_cookies};
use crate::evidence::{ArmedFault, Attempt, Evidence, Outcome, Session};
use crate::plan::{Action, Invariant, PolicyChange};
use crate::suite::Level;
use crate::terms::{Browser, Person, Provider};

/// In each browser, nobody is logged in but those who have signed in there (RFC 6749 §10.12, RFC 9700 §4.5). Somebody who
/// has the cookies of a browser counts as signed in there.
pub(super) fn identity(evidence: &Evidence) -> Vec<Violation> {
    let of_one =
        [same_but_for_case(evidence), other_account(evidence), answered_by_other(evidence), unfinished(evidence)];
    let of_one = of_one.into_iter().flatten();
    if provider_says_who(evidence) {
        return of_one.collect();
    }
    let mut signed_in = BTreeMap::<Browser, BTreeSet<&'static str>>::new();
    let mut found = Vec::new();
    let mut look =
        |signed_in: &mut BTreeMap<Browser, BTreeSet<_>>, browser: Browser, session: &Session, after: &Action| {
            let Session::Subject { person, .. } = session else { return };
            let has_signed_in =
                |there: &Browser| signed_in.get(there).is_some_and(|those| those.contains(person.name()));
            if has_signed_in(&browser) || sharing(evidence, browser).iter().any(has_signed_in) {
                return;
            }
            // To the client, a browser with the cookies of another one is that one: it has begun what it is brought.
            let is_brought = |of: Browser| has_signed_in(&of) && have_common_cookies(evidence, browser, of);
            let is_brought = matches!(after, Action::Deliver { of, .. } if is_brought(*of));
            let Some((level, alone)) = duty(after, evidence).filter(|_| !is_brought) else {
                // Nothing was there to stop it, and the session goes on.
                signed_in.entry(browser).or_default().insert(person.name());
                return;
            };
            let message = format!("{person} is logged in in the {browser}'s browser, without having signed in there");
            let cause = format!("logs in somebody who has not signed in there, by {}{alone}", kind_of(after));
            found.push(Violation::of(Invariant::Identity, level, cause, message));
        };
    for attempt in &evidence.attempts {
        for (browser, person) in signing_in(&attempt.action) {
            signed_in.entry(browser).or_default().insert(person.name());
        }
        if let Action::PlantCookies { of, to } | Action::TakeCookies { of, to } = &attempt.action {
            let theirs = signed_in.get(of).cloned().unwrap_or_default();
            signed_in.entry(*to).or_default().extend(theirs);
        }
        if let Some(session) = &attempt.session {
            attempt.action.browsers().iter().for_each(|it| look(&mut signed_in, *it, session, &attempt.action));
        }
    }
    if let Some(last) = evidence.attempts.last() {
        evidence.sessions.iter().for_each(|(browser, session)| look(&mut signed_in, *browser, session, &last.action));
    }
    found.truncate(1);
    found.into_iter().chain(of_one).collect()
}

fn identity_violation(cause: &str, message: String, under: &'static str) -> Violation {
    Violation::of(Invariant::Identity, Level::Must, cause, message).under(vec![under])
}

/// OpenID Connect Core §2: a subject is case-sensitive.
fn same_but_for_case(evidence: &Evidence) -> Option<Violation> {
    let in_capitals = |armed: &ArmedFault| match &armed.fault.change {
        Change::Merge(patch) => patch.get("sub").is_some_and(|sub| sub == "{alice:upper}"),
        _ => false,
    };
    let (is_said, all) = (!evidence.faults.is_empty(), evidence.faults.iter().all(in_capitals));
    if !is_said || !all || shares_cookies(evidence) {
        return None;
    }
    evidence.sessions.iter().find(|(browser, session)| {
        let theirs = |(at, person): (Browser, Person)| at == *browser && person == Person::Alice;
        session.is(Person::Alice) && !evidence.attempts.iter().flat_map(|it| signing_in(&it.action)).any(theirs)
    })?;
    let message = "the ID token names alice's subject in capitals, and alice is logged in".to_owned();
    Some(identity_violation("takes subjects that differ in case for one person", message, "OIDC-Core-2"))
}

/// OpenID Connect Core §5.7: a subject is one of its issuer's alone.
fn other_account(evidence: &Evidence) -> Option<Violation> {
    if provider_says_who(evidence) || shares_cookies(evidence) {
        return None;
    }
    evidence.sessions.iter().find_map(|(browser, session)| {
        let here = || evidence.attempts.iter().filter(|it| it.action.is_of_login() && it.action.browsers().contains(browser));
        let mut providers = here().map(|attempt| match attempt.action {
            Action::LogIn { provider, .. } => Some(provider),
            _ => None,
        });
        let provider = providers.next()??;
        // All of its logins are at one provider, where the other one knows nobody.
        if !providers.all(|other| other == Some(provider)) {
            return None;
        }
        let other = if provider == Provider::First { Provider::Second } else { Provider::First };
        evidence.provider(other)?;
        let is_shown = |person: &Person| {
            evidence.people.unique_claims(*person, other).iter().any(|claim| session.shown().contains(claim))
        };
        let person = Person::ALL.into_iter().find(is_shown)?;
        let message = format!(
            "in the {browser}'s browser everybody has signed in at the {provider}, and the client shows what the {other} \
             says of {person}"
        );
        let cause = "opens the account of another provider's user";
        Some(identity_violation(cause, message, "OIDC-Core-5.7"))
    })
}

/// RFC 9207 §2.4: where both providers say who they are, one cannot answer for the other.
fn answered_by_other(evidence: &Evidence) -> Option<Violation> {
    if !evidence.policies.contains(&PolicyChange::IssuerParameter) {
        return None;
    }
    let mut mixed_up = BTreeSet::new();
    evidence.attempts.iter().find_map(|attempt| match &attempt.action {
        Action::BeginMixedUp { browser, .. } => {
            mixed_up.insert(*browser);
            None
        }
        Action::Begin { browser, .. } | Action::LogIn { browser, .. } => {
            mixed_up.remove(browser);
            None
        }
        Action::Deliver { of, .. } if !attempt.action.injects() && mixed_up.remove(of) => {
            let session = attempt.session.as_ref().filter(|session| **session != Session::Nobody)?;
            let message = format!("a login that was begun at one provider is answered by the other one, and {session}");
            let cause = "lets one provider answer for the other";
            (attempt.outcome == Outcome::Done).then(|| identity_violation(cause, message, "RFC9207-2.4"))
        }
        _ => None,
    })
}

/// RFC 8725 §3.12: what stands for a login in progress does not stand for a session.
fn unfinished(evidence: &Evidence) -> Option<Violation> {
    let renamed = evidence.attempts.iter().position(|it| matches!(it.action, Action::RenameCookies { .. }))?;
    let Action::RenameCookies { of, .. } = evidence.attempts[renamed].action else { return None };
    let has_only_begun = evidence.attempts.iter().all(|it| match it.action {
        Action::Begin { .. } | Action::RenameCookies { .. } => true,
        _ => !it.action.browsers().contains(&of),
    });
    let session = evidence.session(of);
    (has_only_begun && *session != Session::Nobody && !shares_cookies(evidence)).then(|| {
        let message = format!("the {of} has begun a login, and by its cookies under other names {session}");
        identity_violation("takes a cookie of a login in progress for a session", message, "RFC8725-3.12")
    })
}

/// Whether one of two browsers was given the cookies of the other.
fn have_common_cookies(evidence: &Evidence, one: Browser, other: Browser) -> bool {
    let planted = |of, to| evidence.attempts.iter().any(|it| it.action == Action::PlantCookies { of, to });
    planted(one, other) || planted(other, one)
}

/// The browsers that share what they do with this one: those that have got the cookies of the same third one, and those of
/// which one was given a copy of the other's cookies.
fn sharing(evidence: &Evidence, browser: Browser) -> Vec<Browser> {
    let (mut given, mut copied) = (Vec::new(), Vec::new());
    for attempt in &evidence.attempts {
        match attempt.action {
            Action::PlantCookies { of, to } => given.push((of, to)),
            Action::TakeCookies { of, to } => {
                given.push((of, to));
                copied.extend([(of, to), (to, of)]);
            }
            _ => {}
        }
    }
    let sources = |of: Browser| given.iter().filter(move |(_, to)| *to == of).map(|(source, _)| *source);
    let others = given.iter().map(|(_, to)| *to).filter(|to| *to != browser);
    let of_one = others.filter(|other| sources(*other).any(|source| sources(browser).any(|it| it == source)));
    of_one.chain(copied.iter().filter(|(one, _)| *one == browser).map(|(_, other)| *other)).collect()
}

/// How strong the duty is to log nobody in by this action, and under which circumstances. Where the provider binds codes to
/// less than it should, a defence of the client is left alone: it should hold, and a client may rely on the other ones.
fn duty(action: &Action, evidence: &Evidence) -> Option<(Level, &'static str)> {
    let unbound = evidence.policies.contains(&PolicyChange::UnboundCodes);
    if !unbound && !evidence.policies.contains(&PolicyChange::PkceIgnored) {
        return Some((Level::Must, ""));
    }
    let Action::Deliver { of, to, with_own, replaced } = action else { return None };
    let has_own = |name: &str| with_own.iter().any(|own| own == name);
    // A state that was lost, or is another one, is not that of the receiving browser's login either.
    let is_injected = of != to && replaced.iter().all(|(name, _)| name == "state") && !has_own("code");
    let state = evidence.asks_with("state") && !has_own("state");
    let nonce = evidence.asks_with("nonce") && !unbound;
    match (state, nonce) {
        _ if !is_injected => None,
        (true, false) => Some((Level::May, ", where state alone is there to stop it")),
        (false, true) => Some((Level::May, ", where the nonce alone is there to stop it")),
        (true, true) => Some((Level::May, ", where state and nonce are there to stop it")),
        (false, false) => None,
    }
}

/// Who signs in where by an action.
fn signing_in(action: &Action) -> Vec<(Browser, Person)> {
    match action {
        Action::LogIn { browser, person, .. }
        | Action::Begin { browser, person, .. }
        | Action::BeginMixedUp { browser, person, .. } => vec![(*browser, *person)],
        Action::StartLogins(_) | Action::CompleteLogins(_) => vec![(Browser::User, Person::Alice)],
        // A browser that a client sends back to the provider is signed in there by its owner.
        other => {
            other.browsers().into_iter().map(|browser| (browser, browser.owner())).filter(|_| is_own(other)).collect()
        }
    }
}

fn is_own(action: &Action) -> bool {
    matches!(
        action,
        Action::BeginInTab { .. }
            | Action::DeliverInTab { .. }
            | Action::AbandonLogins { .. }
            | Action::LogInReturning { .. }
    )
}

/// What kind of action it is, without its names.
pub(super) fn kind_of(action: &Action) -> &'static str {
    match action {
        Action::LogIn { .. } | Action::LogInReturning { .. } | Action::CompleteLogins(_) => "a login",
        Action::Begin { .. } | Action::BeginMixedUp { .. } | Action::BeginInTab { .. } => "the start of a login",
        Action::Deliver { of, to, with_own, replaced } => {
            match (of == to, with_own.is_empty() && replaced.is_empty()) {
                (true, true) => "its own authorization response",
                (true, false) => "its own authorization response, altered",
                (false, true) => "another browser's authorization response",
                (false, false) => match with_own.as_slice() {
                    [name] if name == "state" => "another browser's authorization response with its own state",
                    _ => "another browser's authorization response, altered",
                },
            }
        }
        Action::DeliverInTab { .. } | Action::DeliverTogether(_) => "its own authorization response",
        Action::DeliverTwice(_) => "an authorization response that arrives twice at once",
        Action::Forge { .. } => "a forged authorization response",
        Action::Replay(_) => "an authorization response that arrives again",
        Action::CallApi(_) | Action::CallApiAtOnce { .. } | Action::CallApiTogether(_) => "a call of the API",
        Action::Refresh(_) => "a refresh",
        Action::LogOut(_) => "a log-out",
        Action::PlantCookies { .. } | Action::TakeCookies { .. } | Action::RenameCookies { .. } => {
            "another browser's cookies"
        }
        Action::StartLogins(_) | Action::AbandonLogins { .. } => "logins that are abandoned",
        Action::Stray(_) => "stray requests",
        Action::PassTime(_) | Action::ExpireAccessToken => "the passing of time",
        Action::RevokeAccessTokens | Action::RevokeRefreshTokens => "a revocation",
        Action::RotateKeys => "new keys",
        Action::Arm(_) | Action::Disarm => "a change at the provider",
    }
}

/// After a log-out nobody is logged in in that browser, until a login ends there that was not ended before (OpenID Connect
/// RP-Initiated Logout §2).
pub(super) fn log_out(evidence: &Evidence) -> Vec<Violation> {
    let mut out = BTreeMap::<Browser, &'static str>::new();
    // Where the last response that was delivered has logged somebody in: it is spent.
    let mut spent = BTreeSet::new();
    let violation = |browser: Browser, session: &Session, since: &str| {
        let message = format!("the {browser} has logged out, and after {since} {session} there");
        let cause = format!("somebody is still, or again, logged in after a log-out and {since}");
        Violation::of(Invariant::LogOut, Level::Must, cause, message)
    };
    for attempt in &evidence.attempts {
        for browser in attempt.action.browsers() {
            let done = attempt.outcome == Outcome::Done;
            let may_log_in = match &attempt.action {
                Action::LogOut(_) => {
                    if done {
                        out.insert(browser, "a log-out");
                    }
                    continue;
                }
                Action::Replay(_) => !spent.contains(&browser),
                Action::CallApi(_)
                | Action::CallApiAtOnce { .. }
                | Action::CallApiTogether(_)
                | Action::Forge { .. }
                | Action::Refresh(_)
                | Action::Stray(_) => false,
                _ => true,
            };
            if may_log_in {
                out.remove(&browser);
                if attempt.action.is_of_login() && attempt.session.is_some() {
                    match done {
                        true => spent.insert(browser),
                        false => spent.remove(&browser),
                    };
                }
            } else if let Some(since) = out.get_mut(&browser) {
                *since = kind_of(&attempt.action);
                if let Some(session) = attempt.session.as_ref().filter(|session| **session != Session::Nobody) {
                    return vec![violation(browser, session, kind_of(&attempt.action))];
                }
            }
        }
    }
    let still = |(browser, since): (&Browser, &&'static str)| {
        let session = evidence.session(*browser);
        (*session != Session::Nobody).then(|| violation(*browser, session, since))
    };
    let found = out.iter().find_map(still).or_else(|| copied(evidence)).or_else(|| called_afterwards(evidence));
    found.into_iter().collect()
}

/// The tokens of a session that is over are used no more.
fn called_afterwards(evidence: &Evidence) -> Option<Violation> {
    evidence.attempts.iter().enumerate().find_map(|(number, attempt)| {
        let Action::CallApi(browser) = attempt.action else { return None };
        let here = |it: &&Attempt| it.action.browsers().contains(&browser) && it.action != attempt.action;
        let before = evidence.attempts[..number].iter().rev().find(here)?;
        let is_out = before.action == Action::LogOut(browser) && before.outcome == Outcome::Done;
        // Calls that are made together have one time.
        let is_alone = evidence.attempts.iter().filter(|it| it.number == attempt.number).count() == 1;
        if !is_out || !is_alone {
            return None;
        }
        // The log-out itself may go on in the background.
        let is_of_log_out = |it: &Entry| matches!(it.endpoint, Endpoint::EndSession | Endpoint::Revoke);
        let calls = evidence.providers().flat_map(|issuer| evidence.exchanges_at(issuer));
        let mut meanwhile = calls.filter(|it| attempt.when.holds(it.arrived) && !is_of_log_out(it));
        let is_used = |it: &&Presented| {
            let is_token = matches!(it.credential.kind, CredentialKind::AccessToken | CredentialKind::RefreshToken);
            is_token && !it.credential.subject.is_empty()
        };
        let find = |entry: Arc<Entry>| Some((entry.presented.iter().find(is_used)?.credential.clone(), entry));
        let (token, request) = meanwhile.find_map(find)?;
        let message = format!(
            "the {browser} has logged out, and at a call of the API request #{} presents a token of {} at the {} endpoint",
            request.seq,
            evidence.people.call(&token.subject),
            request.endpoint
        );
        let cause = "uses the tokens of a session that was logged out";
        Some(Violation::of(Invariant::LogOut, Level::Should, cause, message).under(vec!["OWASP-ASVS"]))
    })
}

/// Somebody who got a copy of the cookies before the log-out is logged in no more.
fn copied(evidence: &Evidence) -> Option<Violation> {
    evidence.attempts.iter().enumerate().find_map(|(number, attempt)| {
        let Action::TakeCookies { of, to } = attempt.action else { return None };
        let (before, rest) = evidence.attempts.split_at(number);
        let logs_in = |it: &Attempt, browser| it.action.is_of_login() && it.action.browsers().contains(&browser);
        let is_other =
            before.iter().any(|it| logs_in(it, to)) || rest.iter().any(|it| logs_in(it, to) || logs_in(it, of));
        let had = *session_before(evidence, number, of) != Session::Nobody;
        let is_out = rest.iter().any(|it| it.action == Action::LogOut(of) && it.outcome == Outcome::Done);
        let session = evidence.session(to);
        (had && is_out && !is_other && *session != Session::Nobody).then(|| {
            let message = format!("the {of} has logged out, and by a copy of the cookies from before {session}");
            let cause = "keeps a session for a copy of its cookies after a log-out";
            Violation::of(Invariant::LogOut, Level::Should, cause, message).under(vec!["OWASP-ASVS"])
        })
    })
}

/// Whose access tokens a request presents.
fn subjects(entry: &Arc<Entry>) -> Vec<String> {
    let tokens = entry.presented.iter().map(|it| &it.credential);
    let tokens = tokens.filter(|it| it.kind == CredentialKind::AccessToken && !it.subject.is_empty());
    tokens.map(|it| it.subject.clone()).collect()
}

/// Whose data an API call shows that is not the person who is logged in there: two calls at once may have swapped their tokens.
fn shown_of_another(evidence: &Evidence, number: usize) -> Option<String> {
    let attempt = &evidence.attempts[number];
    let [browser] = attempt.action.browsers()[..] else { return None };
    let Session::Subject { person, .. } = session_before(evidence, number, browser) else { return None };
    let others = Person::ALL.into_iter().filter(|other| other != person).map(|other| evidence.people.subject(other));
    others.into_iter().find(|subject| attempt.shown.contains(*subject)).map(str::to_owned)
}

/// The API is called with an access token of the person who is logged in (RFC 6750 §5.2).
pub(super) fn own_token(evidence: &Evidence) -> Vec<Violation> {
    if provider_says_who(evidence) {
        return Vec::new();
    }
    // Each provider has an API, and of two people who call at once each may call another one.
    let calls: Vec<_> = evidence.providers().flat_map(|issuer| evidence.exchanges_at(issuer)).collect();
    let wrong = evidence.attempts.iter().enumerate().find_map(|(number, attempt)| {
        let (Action::CallApi(_) | Action::CallApiAtOnce { .. }, Outcome::Done) = (&attempt.action, &attempt.outcome)
        else {
            return None;
        };
        // Calls that were made together have one time, and each has an attempt of its own.
        let together: Vec<_> =
            evidence.attempts.iter().enumerate().filter(|(_, it)| it.number == attempt.number).collect();
        let mut logged_in = BTreeSet::new();
        for (at, it) in &together {
            for browser in it.action.browsers() {
                if has_foreign_cookies(evidence, *at, browser) {
                    return None;
                }
                match session_before(evidence, *at, browser) {
                    Session::Subject { person, .. } => logged_in.insert(evidence.people.subject(*person).to_owned()),
                    _ => return None,
                };
            }
        }
        let during = || calls.iter().filter(|it| it.endpoint == Endpoint::Api && attempt.when.holds(it.arrived));
        let foreign = during().flat_map(subjects).find(|subject| !logged_in.contains(subject));
        // Of two people for whom it was called at once, one has nothing but the other's.
        let all_done = together.len() > 1 && together.iter().all(|(_, it)| it.outcome == Outcome::Done);
        let let_in = || during().filter(|it| it.status().is_some_and(|status| status < 400)).flat_map(subjects);
        let of_one =
            || let_in().next().filter(|_| all_done && let_in().collect::<BTreeSet<_>>().len() < logged_in.len());
        Some((number, foreign.or_else(of_one).or_else(|| shown_of_another(evidence, number))?))
    });
    let Some((number, subject)) = wrong else { return Vec::new() };
    let (attempt, whose) = (&evidence.attempts[number], evidence.people.call(&subject));
    let browsers = attempt.action.browsers();
    let browser = browsers.first().copied().unwrap_or(Browser::User);
    let session = session_before(evidence, number, browser);
    let message =
        format!("in the {browser}'s browser {session}, and the API was called with an access token of {whose}");
    vec![Violation::of(Invariant::OwnToken, Level::Must, "calls the API with another person's access token", message)]
}
