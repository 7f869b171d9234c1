//! What is tried before anything is drawn: each alteration of a message, and each way of interfering, alone.
//!
//! Most flaws need one thing to be wrong. A draw comes upon each of so many things late; a list comes upon each of them once.

use mock_idp::{ClientAuthMethod, Dialect, Fault, FrontChannel, GrantType, Trait};

use super::draw::{Item, POLICIES, own_begin as begin, own_login as log_in};
use super::{combined, faults};
use crate::plan::{Action, Arrangement, PolicyChange, RegistrationChange};
use crate::terms::{Browser, Person, Provider, Tab};

/// The plans, in an order of no meaning.
pub(super) fn plans() -> Vec<Vec<Item>> {
    let (fault, policy) = (Arrangement::Fault, Arrangement::Policy);
    let mut plans: Vec<_> = interferences().into_iter().map(|actions| plan([], actions)).collect();
    let altered = faults::singles().into_iter().chain(combined::with_key_elsewhere()).chain(combined::combined());
    for altered in altered.chain(combined::refused_refreshes()) {
        // Who is logged in then is seen at the end.
        if altered.grant == Some(GrantType::RefreshToken) {
            let user = Browser::User;
            plans.push(plan([fault(altered.clone())], vec![log_in(user), Action::Refresh(user)]));
        }
        plans.push(plan([fault(altered)], session()));
    }
    plans.extend(combined::interruptions().into_iter().map(|it| plan([fault(it)], interrupted())));
    plans.extend(among_people());
    plans.push(plan(combined::another_issuer().map(fault), session()));
    plans.push(plan(combined::refresh_token_of_browser().map(fault), session()));
    // A hash of the token that was issued would give the other one away.
    let without_hash = |it| plan([policy(PolicyChange::NoAccessTokenHash), fault(it)], session());
    plans.extend(combined::tokens_of_other_types().map(without_hash));
    plans.extend(combined::without_keys().into_iter().map(|pair| plan(pair.map(fault), session())));
    plans.extend(POLICIES.into_iter().map(|it| plan([policy(it)], session())));
    plans.extend(Dialect::of_openid_connect().map(|it| plan([Arrangement::Dialect(it)], session())));
    for brought in [FrontChannel::AccessToken, FrontChannel::IdToken] {
        let user = Browser::User;
        plans.push(plan([policy(PolicyChange::TokenForCode(brought))], vec![log_in(user), Action::CallApi(user)]));
    }
    plans.extend(registrations().into_iter().map(|it| plan(it.into_iter().map(Arrangement::Registration), session())));
    plans.extend(of_the_issuer());
    // One defence of the client alone.
    for unbound in [PolicyChange::PkceIgnored, PolicyChange::UnboundCodes] {
        for actions in injections() {
            plans.push(plan([policy(unbound)], actions.clone()));
            let altered = combined::without_state().map(|it| plan([policy(unbound), fault(it)], actions.clone()));
            plans.extend(altered);
        }
    }
    plans
}

/// Logins of people who have something in common.
fn among_people() -> Vec<Vec<Item>> {
    let logins = || vec![log_in(Browser::Victim), log_in(Browser::Attacker), Action::CallApi(Browser::Attacker)];
    // The second person alone has it.
    let later = |faults: Vec<Fault>| {
        let mut actions = logins();
        actions.splice(1..1, faults.into_iter().map(Action::Arm));
        plan([], actions)
    };
    let shared = combined::shared_names().into_iter();
    let shared = shared.flat_map(|it| [plan([Arrangement::Fault(it.clone())], logins()), later(vec![it])]);
    shared.chain([later(combined::subject_in_capitals().into())]).collect()
}

/// Plans about who the issuer is.
fn of_the_issuer() -> Vec<Vec<Item>> {
    let mut plans: Vec<_> =
        combined::without_issuer().into_iter().map(|it| plan([Arrangement::FaultAtSecond(it)], mixed_up())).collect();
    let logins = vec![log_in(Browser::Attacker), at_second(Browser::User, Person::Alice)];
    plans.push(plan([Arrangement::FaultAtSecond(combined::of_other_provider())], logins));
    let promised = Arrangement::Policy(PolicyChange::IssuerParameter);
    let with_promise = |it| plan([promised.clone(), Arrangement::Fault(it)], session());
    plans.extend(combined::without_promised_issuer().into_iter().map(with_promise));
    let without_slash = Arrangement::Varied(Trait::IssuerWithoutSlash);
    plans.push(plan([without_slash, Arrangement::Fault(combined::issuer_with_slash())], session()));
    plans
}

fn plan(given: impl IntoIterator<Item = Arrangement>, actions: Vec<Action>) -> Vec<Item> {
    given.into_iter().map(Item::Given).chain(actions.into_iter().map(Item::When)).collect()
}

/// All that a client usually does with a provider.
fn session() -> Vec<Action> {
    let user = Browser::User;
    let (call, refresh) = (|| Action::CallApi(user), || Action::Refresh(user));
    vec![log_in(user), call(), refresh(), call(), refresh(), call(), Action::LogOut(user)]
}

/// A login that the provider interrupts, and another one afterwards.
fn interrupted() -> Vec<Action> {
    let user = Browser::User;
    vec![log_in(user), Action::Disarm, log_in(user), Action::CallApi(user)]
}

/// Other registrations of the client: reserved characters in what it is called, and the other way to authenticate.
fn registrations() -> Vec<Vec<RegistrationChange>> {
    let id = |id: &str| RegistrationChange::ClientId(id.to_owned());
    let secret = |secret: &str| RegistrationChange::ClientSecret(secret.to_owned());
    let method = RegistrationChange::AuthMethod;
    let (basic, post) = (ClientAuthMethod::ClientSecretBasic, ClientAuthMethod::ClientSecretPost);
    vec![
        vec![id("a b+c&d=e%f/g")],
        vec![method(basic)],
        vec![method(basic), id("a:b+c%d"), secret("+%/&=! :")],
        vec![method(post)],
        vec![method(post), id("a b+c&d=e%f/g"), secret("+%/&=! :")],
    ]
}

/// The attacker's response reaches the victim's browser, which has begun no login, has begun one, or is logged in; and the
/// victim's response reaches the attacker's.
fn injections() -> Vec<Vec<Action>> {
    let (attacker, victim) = (Browser::Attacker, Browser::Victim);
    let deliver = |of, to, with_own: &[&str]| Action::Deliver {
        of,
        to,
        with_own: with_own.iter().map(|&name| name.to_owned()).collect(),
        replaced: Vec::new(),
    };
    let mut all = vec![
        vec![begin(attacker), deliver(attacker, victim, &[])],
        vec![begin(attacker), log_in(victim), deliver(attacker, victim, &[])],
    ];
    for (of, to) in [(attacker, victim), (victim, attacker)] {
        for with_own in [&[][..], &["state"]] {
            all.push(vec![begin(of), begin(to), deliver(of, to, with_own)]);
        }
    }
    // A response that lacks what guards it.
    for name in ["state", "iss"] {
        let bare =
            |of, to| Action::Deliver { of, to, with_own: Vec::new(), replaced: vec![(name.to_owned(), String::new())] };
        all.push(vec![begin(attacker), bare(attacker, victim)]);
        all.push(vec![begin(attacker), begin(victim), bare(attacker, victim)]);
    }
    all
}

/// People, time and the provider interfere; no message is altered.
fn interferences() -> Vec<Vec<Action>> {
    let (user, victim, attacker) = (Browser::User, Browser::Victim, Browser::Attacker);
    let mut all = injections();
    all.extend([
        session(),
        // Sessions that are fixed, taken, over, or replaced.
        vec![
            begin(attacker),
            Action::PlantCookies { of: attacker, to: victim },
            log_in(victim),
            Action::CallApi(attacker),
        ],
        vec![log_in(attacker), Action::PlantCookies { of: attacker, to: victim }, log_in(victim)],
        vec![log_in(user), Action::LogOut(user), Action::Replay(user)],
        vec![log_in(user), Action::LogOut(user), Action::CallApi(user)],
        vec![log_in(user), Action::LogOut(user), Action::Refresh(user)],
        vec![log_in(user), Action::Replay(user), Action::CallApi(user)],
        vec![
            log_in(user),
            Action::LogIn { browser: user, person: Person::Bob, provider: Provider::First },
            Action::CallApi(user),
        ],
        vec![
            log_in(user),
            Action::LogOut(user),
            Action::LogIn { browser: user, person: Person::Bob, provider: Provider::First },
            Action::CallApi(user),
        ],
        // Somebody else has a copy of the cookies, or sends them under other names.
        vec![
            log_in(user),
            Action::TakeCookies { of: user, to: attacker },
            Action::LogOut(user),
            Action::CallApi(attacker),
        ],
        vec![log_in(user), begin(attacker), Action::RenameCookies { of: attacker, like: user }],
        // Several at once.
        vec![begin(user), Action::DeliverTwice(user)],
        vec![log_in(victim), log_in(attacker), Action::CallApi(victim), Action::CallApi(attacker)],
        vec![log_in(user), log_in(attacker), Action::CallApiTogether(vec![user, attacker])],
        vec![log_in(user), Action::ExpireAccessToken, Action::CallApiAtOnce { browser: user, calls: 10 }],
        vec![Action::StartLogins(16), log_in(user)],
        vec![Action::CompleteLogins(16)],
        vec![Action::AbandonLogins { browser: user, count: 80 }, log_in(user)],
        vec![begin(user), Action::Stray(user), deliver_own(user)],
        vec![begin(user), forge(&[("error", "access_denied")]), deliver_own(user)],
        vec![begin(user), forge(&[]), deliver_own(user)],
        // Time, and what ends in it.
        vec![log_in(user), Action::ExpireAccessToken, Action::CallApi(user), Action::CallApi(user)],
        vec![log_in(user), Action::RevokeAccessTokens, Action::CallApi(user)],
        vec![log_in(user), Action::RevokeRefreshTokens, Action::ExpireAccessToken, Action::CallApi(user), log_in(user)],
        vec![begin(user), Action::PassTime(86_401), deliver_own(user)],
        vec![
            log_in(user),
            Action::Refresh(user),
            Action::RevokeRefreshTokens,
            Action::Refresh(user),
            Action::Refresh(user),
        ],
        vec![log_in(user), Action::LogOut(user), Action::Arm(combined::without_refresh_token()), log_in(user)],
        vec![begin(user), Action::RotateKeys, deliver_own(user)],
        vec![log_in(user), Action::RotateKeys, log_in(attacker), Action::Refresh(attacker)],
        // Two providers.
        mixed_up(),
        vec![log_in(user), at_second(attacker, Person::Mallory), Action::CallApi(user), Action::CallApi(attacker)],
        // The same person by name, with an account at each.
        vec![log_in(victim), at_second(attacker, Person::Alice), Action::CallApi(attacker)],
        vec![log_in(attacker), at_second(user, Person::Alice), Action::CallApi(user), Action::Refresh(user)],
        vec![begin(user), at_second(attacker, Person::Mallory), deliver_own(user)],
        vec![
            Action::Begin { browser: victim, person: Person::Alice, provider: Provider::Second, without: Vec::new() },
            begin(user),
            deliver_own(victim),
            deliver_own(user),
        ],
    ]);
    for (one, other) in [(Tab::First, Tab::Second), (Tab::Second, Tab::First)] {
        let tab = |tab| Action::BeginInTab { browser: user, tab };
        let arrives = |tab| Action::DeliverInTab { browser: user, tab };
        all.push(vec![tab(Tab::First), tab(Tab::Second), arrives(one), arrives(other)]);
    }
    for target in RETURN_TARGETS {
        all.push(vec![Action::LogInReturning { browser: user, target: target.to_owned() }]);
    }
    all
}

/// Where links to a login say that the browser is to go after it.
const RETURN_TARGETS: [&str; 10] = [
    "https://attacker.example/",
    "https:///attacker.example/",
    "//attacker.example/",
    "///attacker.example/",
    "/\\attacker.example/",
    "https:attacker.example",
    "/\t/attacker.example/",
    "{client}@attacker.example",
    "/.//attacker.example/",
    "javascript:alert(document.domain)",
];

fn at_second(browser: Browser, person: Person) -> Action {
    Action::LogIn { browser, person, provider: Provider::Second }
}

fn forge(params: &[(&str, &str)]) -> Action {
    let params = params.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
    Action::Forge { to: Browser::User, params }
}

fn deliver_own(browser: Browser) -> Action {
    Action::Deliver { of: browser, to: browser, with_own: Vec::new(), replaced: Vec::new() }
}

/// The second provider answers in the place of the one that was asked.
fn mixed_up() -> Vec<Action> {
    let (browser, person) = (Browser::User, Person::Alice);
    let begin = Action::BeginMixedUp { browser, person, asked: Provider::First, answers: Provider::Second };
    vec![begin, deliver_own(browser)]
}
