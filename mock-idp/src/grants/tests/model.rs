//! What ought to happen, in the words of the specifications: no maps, no hashes, no revocation flags on tokens.

use proptest::prelude::*;
use proptest::sample::select;
use proptest_state_machine::ReferenceStateMachine;

pub(super) const CODE_LIFETIME: i64 = 60;
pub(super) const ACCESS_LIFETIME: i64 = 300;
pub(super) const REFRESH_LIFETIME: i64 = 900;

/// The whole history, as far as it matters.
#[derive(Clone, Debug)]
pub(super) struct Model {
    pub(super) now: i64,
    pub(super) flows: Vec<Flow>,
    /// Whether the latest step had to be accepted.
    pub(super) accepted: bool,
}

/// One authorization and its result.
#[derive(Clone, Debug)]
pub(super) struct Flow {
    pub(super) client: Who,
    pub(super) redirect_uri_sent: bool,
    pub(super) with_pkce: bool,
    code_until: i64,
    refresh_until: i64,
    /// When each access token expires. There are as many refresh tokens, and only the last of them is current.
    pub(super) access_tokens: Vec<i64>,
    pub(super) standing: Standing,
}

/// What became of an authorization. It only ever gets worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    Sound,
    /// A refresh token was used again: no further refresh.
    Closed,
    /// The code was used again, or the client has revoked its refresh token: nothing works any more.
    Broken,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    Shop,
    Bank,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Redirect {
    Same,
    Other,
    Missing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verifier {
    Right,
    Wrong,
    Missing,
}

#[derive(Clone, Debug)]
pub(super) enum Step {
    Authorize(Flow),
    Redeem { flow: usize, client: Who, redirect: Redirect, verifier: Verifier },
    Refresh { flow: usize, generation: usize, client: Who },
    Revoke { flow: usize, generation: usize, client: Who },
    Wait(i64),
}

impl Who {
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::Shop => "shop",
            Self::Bank => "bank",
        }
    }
}

impl Flow {
    /// RFC 6749 §4.1.3, RFC 7636 §4.6. The verifier of a request without a challenge is refused (RFC 9700 §2.1.1).
    fn is_answered_by(&self, redirect: Redirect, verifier: Verifier) -> bool {
        let redirect_fits = match redirect {
            Redirect::Same => true,
            Redirect::Other => false,
            Redirect::Missing => !self.redirect_uri_sent,
        };
        redirect_fits && verifier == if self.with_pkce { Verifier::Right } else { Verifier::Missing }
    }

    fn is_refreshable(&self, now: i64) -> bool {
        now < self.refresh_until && self.standing == Standing::Sound
    }
}

impl Model {
    fn redeem(&mut self, flow: usize, client: Who, redirect: Redirect, verifier: Verifier) -> bool {
        let (now, flow) = (self.now, &mut self.flows[flow]);
        if client != flow.client {
            return false;
        }
        if !flow.access_tokens.is_empty() {
            flow.standing = Standing::Broken;
            return false;
        }
        let good = now < flow.code_until && flow.is_answered_by(redirect, verifier);
        if good {
            flow.refresh_until = now + REFRESH_LIFETIME;
            flow.access_tokens.push(now + ACCESS_LIFETIME);
        }
        good
    }

    fn refresh(&mut self, flow: usize, generation: usize, client: Who) -> bool {
        let (now, flow) = (self.now, &mut self.flows[flow]);
        if client != flow.client {
            return false;
        }
        if generation + 1 != flow.access_tokens.len() {
            flow.standing = flow.standing.max(Standing::Closed);
            return false;
        }
        let good = flow.is_refreshable(now);
        if good {
            flow.access_tokens.push(now + ACCESS_LIFETIME);
        }
        good
    }

    fn revoke(&mut self, flow: usize, client: Who) -> bool {
        let flow = &mut self.flows[flow];
        let own = client == flow.client;
        if own {
            flow.standing = Standing::Broken;
        }
        own
    }
}

impl ReferenceStateMachine for Model {
    type State = Self;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Self> {
        Just(Self { now: 1_000_000, flows: Vec::new(), accepted: true }).boxed()
    }

    fn transitions(model: &Self) -> BoxedStrategy<Step> {
        let waits =
            vec![1, 10, CODE_LIFETIME - 1, CODE_LIFETIME, ACCESS_LIFETIME - 1, ACCESS_LIFETIME, REFRESH_LIFETIME];
        let mut choices = vec![(2, authorizations(model.now).boxed()), (2, select(waits).prop_map(Step::Wait).boxed())];
        for (flow, Flow { client, access_tokens, .. }) in model.flows.iter().enumerate() {
            choices.push((2, redemptions(flow, *client).boxed()));
            if let Some(latest) = access_tokens.len().checked_sub(1) {
                let generation = move || prop_oneof![4 => Just(latest), 1 => 0..=latest];
                let refresh = move |(generation, client)| Step::Refresh { flow, generation, client };
                let revoke = move |(generation, client)| Step::Revoke { flow, generation, client };
                choices.push((4, (generation(), mostly(*client)).prop_map(refresh).boxed()));
                choices.push((1, (generation(), mostly(*client)).prop_map(revoke).boxed()));
            }
        }
        prop::strategy::Union::new_weighted(choices).boxed()
    }

    fn preconditions(model: &Self, step: &Step) -> bool {
        match step {
            Step::Redeem { flow, .. } => *flow < model.flows.len(),
            Step::Refresh { flow, generation, .. } | Step::Revoke { flow, generation, .. } => {
                model.flows.get(*flow).is_some_and(|flow| *generation < flow.access_tokens.len())
            }
            Step::Authorize(_) | Step::Wait(_) => true,
        }
    }

    fn apply(mut model: Self, step: &Step) -> Self {
        model.accepted = match step.clone() {
            Step::Authorize(flow) => {
                model.flows.push(Flow { code_until: model.now + CODE_LIFETIME, ..flow });
                true
            }
            Step::Redeem { flow, client, redirect, verifier } => model.redeem(flow, client, redirect, verifier),
            Step::Refresh { flow, generation, client } => model.refresh(flow, generation, client),
            Step::Revoke { flow, client, .. } => model.revoke(flow, client),
            Step::Wait(seconds) => {
                model.now += seconds;
                true
            }
        };
        model
    }
}

fn authorizations(now: i64) -> impl Strategy<Value = Step> {
    (select(vec![Who::Shop, Who::Bank]), any::<bool>(), any::<bool>()).prop_map(
        move |(client, redirect_uri_sent, with_pkce)| {
            Step::Authorize(Flow {
                client,
                redirect_uri_sent,
                with_pkce,
                code_until: now,
                refresh_until: now,
                access_tokens: Vec::new(),
                standing: Standing::Sound,
            })
        },
    )
}

fn redemptions(flow: usize, client: Who) -> impl Strategy<Value = Step> {
    let redirects = prop_oneof![6 => Just(Redirect::Same), 1 => Just(Redirect::Other), 1 => Just(Redirect::Missing)];
    let verifiers = prop_oneof![4 => Just(Verifier::Right), 1 => Just(Verifier::Wrong), 4 => Just(Verifier::Missing)];
    (mostly(client), redirects, verifiers).prop_map(move |(client, redirect, verifier)| Step::Redeem {
        flow,
        client,
        redirect,
        verifier,
    })
}

fn mostly(client: Who) -> impl Strategy<Value = Who> {
    prop_oneof![5 => Just(client), 1 => Just(Who::Shop), 1 => Just(Who::Bank)]
}
