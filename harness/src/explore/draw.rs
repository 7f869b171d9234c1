//! What a plan is drawn from: people in their browsers, the provider, the time, and faults.

use mock_idp::Dialect;
use proptest::prelude::*;
use proptest::sample::select;

use super::faults::fault;
use crate::plan::{Action, Arrangement, PolicyChange};
use crate::terms::{Browser, Person, Provider, Tab};

/// A Given or a When.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Item {
    /// Arranged before anything is done.
    Given(Arrangement),
    /// Done.
    When(Action),
}

/// The most that people and provider do in one plan.
pub(super) const MOST_ACTIONS: usize = 12;

/// The most faults in one plan.
pub(super) const MOST_FAULTS: usize = 3;

/// Lawful ways of a provider.
pub(super) const POLICIES: [PolicyChange; 8] = [
    PolicyChange::StaticRefreshTokens,
    PolicyChange::OpaqueAccessTokens(2000),
    PolicyChange::OpaqueAccessTokens(6000),
    PolicyChange::ReservedCode,
    PolicyChange::LongCode,
    PolicyChange::ReservedRefreshToken,
    PolicyChange::NoIdTokenOnRefresh,
    // Some clients renew a token a minute before its end.
    PolicyChange::AccessTokenLifetime(300),
];

/// A fresh plan: a short one about one altered message, or a long one.
pub(super) fn items() -> BoxedStrategy<Vec<Item>> {
    let given = || prop::collection::vec(given(), 0..=2);
    let done = prop::collection::vec(fragment(), 1..=6);
    let whole = |(given, done): (Vec<Arrangement>, Vec<Vec<Action>>)| -> Vec<Item> {
        let given = given.into_iter().map(Item::Given);
        given.chain(done.into_iter().flatten().map(Item::When)).collect()
    };
    let short = (prop::collection::vec(self::given(), 1), short()).prop_map(|(given, done)| (given, vec![done]));
    prop_oneof![
        4 => short.prop_map(whole),
        4 => (given(), done).prop_map(whole),
        1 => single_defence().prop_map(whole),
    ]
    .boxed()
}

/// Somebody else's response, at a provider that binds codes to less than it should: what is left to stop it is one defence of
/// the client.
fn single_defence() -> BoxedStrategy<(Vec<Arrangement>, Vec<Vec<Action>>)> {
    let policy = select(vec![PolicyChange::PkceIgnored, PolicyChange::UnboundCodes]);
    (policy, injection())
        .prop_map(|(policy, actions)| (vec![Arrangement::Policy(policy)], vec![actions]))
        .no_shrink()
        .boxed()
}

/// A login, what usually follows, and sometimes another one.
fn short() -> BoxedStrategy<Vec<Action>> {
    let user = Browser::User;
    let log_in = move |person| Action::LogIn { browser: user, person, provider: Provider::First };
    let then = select(vec![
        vec![],
        vec![Action::CallApi(user)],
        vec![Action::CallApi(user), Action::ExpireAccessToken, Action::CallApi(user)],
        vec![Action::Refresh(user), Action::CallApi(user)],
        vec![Action::RevokeAccessTokens, Action::CallApi(user)],
        vec![Action::Disarm, log_in(Person::Alice), Action::CallApi(user)],
        vec![Action::LogOut(user), log_in(Person::Bob)],
        vec![Action::RotateKeys, log_in(Person::Alice)],
    ]);
    then.prop_map(move |then| [log_in(Person::Alice)].into_iter().chain(then).collect()).no_shrink().boxed()
}

/// A plan that was of interest, with some of it left out and something new in it.
pub(super) fn like(known: &[Item]) -> BoxedStrategy<Vec<Item>> {
    let kept: Vec<_> = known.iter().map(|item| prop::option::weighted(0.85, Just(item.clone()))).collect();
    let new = prop_oneof![
        3 => fragment().prop_map(|actions| actions.into_iter().map(Item::When).collect::<Vec<_>>()),
        2 => given().prop_map(|it| vec![Item::Given(it)]),
    ];
    let new = prop::collection::vec((any::<prop::sample::Index>(), new), 1..=2);
    (kept, new)
        .prop_map(|(kept, new)| {
            let mut items: Vec<_> = kept.into_iter().flatten().collect();
            for (at, new) in new {
                let at = at.index(items.len() + 1);
                items.splice(at..at, new);
            }
            items
        })
        .boxed()
}

fn given() -> BoxedStrategy<Arrangement> {
    let policy = select(POLICIES.to_vec());
    let dialect = select(Dialect::of_openid_connect().collect::<Vec<_>>());
    prop_oneof![
        12 => fault().prop_map(Arrangement::Fault),
        2 => policy.prop_map(Arrangement::Policy).no_shrink(),
        1 => dialect.prop_map(Arrangement::Dialect).no_shrink(),
    ]
    .boxed()
}

fn browser() -> BoxedStrategy<Browser> {
    prop_oneof![4 => Just(Browser::User), 2 => Just(Browser::Victim), 2 => Just(Browser::Attacker)].no_shrink().boxed()
}

/// Who signs in in a browser: mostly its owner.
fn somebody() -> BoxedStrategy<(Browser, Person)> {
    let person = prop::option::weighted(0.2, select(Person::ALL.to_vec()));
    (browser(), person).prop_map(|(browser, person)| (browser, person.unwrap_or(browser.owner()))).no_shrink().boxed()
}

fn provider() -> BoxedStrategy<Provider> {
    prop_oneof![9 => Just(Provider::First), 1 => Just(Provider::Second)].no_shrink().boxed()
}

/// One action, or a few that belong together.
fn fragment() -> BoxedStrategy<Vec<Action>> {
    prop_oneof![
        8 => action().prop_map(|action| vec![action]),
        2 => injection(),
        1 => forced(),
        1 => tabs(),
        1 => stale(),
        1 => logged_out(),
    ]
    .boxed()
}

fn action() -> BoxedStrategy<Action> {
    let log_in =
        (somebody(), provider()).prop_map(|((browser, person), provider)| Action::LogIn { browser, person, provider });
    let begin = (somebody(), provider()).prop_map(|((browser, person), provider)| begin(browser, person, provider));
    let deliver = (browser(), browser(), alteration()).prop_map(|(of, to, (with_own, replaced))| match of == to {
        true => Action::Deliver { of, to, with_own: Vec::new(), replaced },
        false => Action::Deliver { of, to, with_own, replaced },
    });
    let time = select(vec![1, 61, 3_600, 86_401, 2_592_001]).prop_map(Action::PassTime);
    let at_provider = select(vec![
        Action::ExpireAccessToken,
        Action::RevokeAccessTokens,
        Action::RevokeRefreshTokens,
        Action::RotateKeys,
        Action::Disarm,
    ]);
    let forged = (browser(), forged()).prop_map(|(to, params)| Action::Forge { to, params });
    let cookies = (browser(), browser(), any::<bool>()).prop_map(|(of, to, taken)| match taken {
        true => Action::TakeCookies { of, to },
        false => Action::PlantCookies { of, to },
    });
    let mixed = somebody().prop_map(|(browser, person)| Action::BeginMixedUp {
        browser,
        person,
        asked: Provider::First,
        answers: Provider::Second,
    });
    prop_oneof![
        6 => log_in,
        4 => begin,
        4 => deliver,
        1 => browser().prop_map(Action::DeliverTwice),
        2 => forged,
        2 => browser().prop_map(Action::Replay),
        4 => browser().prop_map(Action::CallApi),
        1 => (2..=4_usize).prop_map(|calls| Action::CallApiAtOnce { browser: Browser::User, calls }),
        1 => Just(Action::CallApiTogether(vec![Browser::User, Browser::Attacker])),
        2 => browser().prop_map(Action::Refresh),
        2 => browser().prop_map(Action::LogOut),
        1 => cookies,
        1 => (1..=3_usize).prop_map(Action::StartLogins),
        1 => (browser(), 1..=12_usize).prop_map(|(browser, count)| Action::AbandonLogins { browser, count }),
        1 => browser().prop_map(Action::Stray),
        2 => time,
        2 => at_provider,
        2 => fault().prop_map(Action::Arm),
        1 => mixed,
    ]
    .no_shrink()
    .boxed()
}

/// The owner of a browser logs in there, at the first provider.
pub(super) fn own_login(browser: Browser) -> Action {
    Action::LogIn { browser, person: browser.owner(), provider: Provider::First }
}

/// The same, up to the authorization response.
pub(super) fn own_begin(browser: Browser) -> Action {
    begin(browser, browser.owner(), Provider::First)
}

fn begin(browser: Browser, person: Person, provider: Provider) -> Action {
    Action::Begin { browser, person, provider, without: Vec::new() }
}

/// Parameters of the receiving browser's own response, and parameters with other values.
type Alteration = (Vec<String>, Vec<(String, String)>);

/// What becomes of an authorization response on its way: nothing, mostly.
fn alteration() -> BoxedStrategy<Alteration> {
    let own = select(vec!["state", "code", "iss"]).prop_map(|name| (vec![name.to_owned()], Vec::new()));
    let value = select(vec!["", "x", "https://attacker.example/"]);
    let replaced = (select(vec!["state", "code", "iss", "error"]), value)
        .prop_map(|(name, value)| (Vec::new(), vec![(name.to_owned(), value.to_owned())]));
    prop_oneof![4 => Just((Vec::new(), Vec::new())), 2 => own, 1 => replaced].no_shrink().boxed()
}

fn forged() -> BoxedStrategy<Vec<(String, String)>> {
    let pair = (
        select(vec!["code", "state", "error", "iss", "id_token", "access_token"]),
        select(vec!["", "x", "access_denied"]),
    );
    prop::collection::vec(pair, 0..=3)
        .prop_map(|pairs| pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
        .boxed()
}

/// The response of one browser reaches another, which may have begun a login itself, or be logged in.
fn injection() -> BoxedStrategy<Vec<Action>> {
    let before = prop::option::of(any::<bool>());
    (before, alteration())
        .prop_map(|(before, (with_own, replaced))| {
            let (of, to) = (Browser::Attacker, Browser::Victim);
            let mut actions = vec![own_begin(of)];
            let with_own = match before {
                None => Vec::new(),
                Some(true) => {
                    actions.push(own_begin(to));
                    with_own
                }
                Some(false) => {
                    actions.push(own_login(to));
                    Vec::new()
                }
            };
            actions.push(Action::Deliver { of, to, with_own, replaced });
            actions
        })
        .no_shrink()
        .boxed()
}

/// The attacker's cookies are in the victim's browser before the victim logs in there.
fn forced() -> BoxedStrategy<Vec<Action>> {
    let (of, to) = (Browser::Attacker, Browser::Victim);
    let begins = prop_oneof![Just(own_begin(of)), Just(own_login(of)),];
    begins
        .prop_map(move |begins| {
            let log_in = own_login(to);
            vec![begins, Action::PlantCookies { of, to }, log_in]
        })
        .no_shrink()
        .boxed()
}

/// Two tabs of one browser, in one order or the other.
fn tabs() -> BoxedStrategy<Vec<Action>> {
    let tab = |tab| Action::BeginInTab { browser: Browser::User, tab };
    let arrives = |tab| Action::DeliverInTab { browser: Browser::User, tab };
    any::<bool>()
        .prop_map(move |in_order| {
            let (one, other) = if in_order { (Tab::First, Tab::Second) } else { (Tab::Second, Tab::First) };
            vec![tab(Tab::First), tab(Tab::Second), arrives(one), arrives(other)]
        })
        .no_shrink()
        .boxed()
}

/// A session whose tokens are used after they have ended.
fn stale() -> BoxedStrategy<Vec<Action>> {
    let ended = select(vec![Action::ExpireAccessToken, Action::RevokeAccessTokens, Action::RevokeRefreshTokens]);
    (somebody(), ended)
        .prop_map(|((browser, person), ended)| {
            let log_in = Action::LogIn { browser, person, provider: Provider::First };
            vec![log_in, Action::CallApi(browser), ended, Action::CallApi(browser)]
        })
        .no_shrink()
        .boxed()
}

/// A session that is over, and something that may bring it back.
fn logged_out() -> BoxedStrategy<Vec<Action>> {
    (somebody(), any::<bool>())
        .prop_map(|((browser, person), back)| {
            let log_in = Action::LogIn { browser, person, provider: Provider::First };
            let then = if back { Action::Replay(browser) } else { Action::CallApi(browser) };
            vec![log_in, Action::LogOut(browser), then]
        })
        .no_shrink()
        .boxed()
}
