//! The life cycle under random use: whatever happens in whatever order, the grants and a simple model of them agree.

mod model;

use std::collections::HashMap;
use std::sync::Arc;

use proptest::test_runner::Config;
use proptest_state_machine::{StateMachineTest, prop_state_machine};

use super::pkce::s256;
use super::{AccessToken, Authorization, Challenge, CodeRedemption, Grants};
use crate::{Policy, RefreshRotation, Revocation};
use model::{ACCESS_LIFETIME, CODE_LIFETIME, Flow, Model, REFRESH_LIFETIME, Redirect, Standing, Step, Verifier, Who};

const REDIRECT_URI: &str = "https://rp.example/callback";

prop_state_machine! {
    #![proptest_config(Config { cases: 1_000, ..Config::default() })]

    #[test]
    fn codes_and_tokens_live_and_die_as_the_model_says(sequential 1..40 => Lifecycle);
}

/// The grants, used by an honest endpoint.
struct Lifecycle {
    grants: Grants,
    /// How often each code gave tokens.
    redemptions: HashMap<usize, usize>,
}

impl StateMachineTest for Lifecycle {
    type SystemUnderTest = Self;
    type Reference = Model;

    fn init_test(_: &Model) -> Self {
        Self { grants: Grants::default(), redemptions: HashMap::new() }
    }

    fn apply(mut system: Self, model: &Model, step: Step) -> Self {
        let accepted = system.take(model, &step);
        assert_eq!(accepted, model.accepted, "{step:?}");
        system
    }

    fn check_invariants(system: &Self, model: &Model) {
        for (code, times) in &system.redemptions {
            assert!(*times <= 1, "code {code} gave tokens {times} times");
        }
        for (number, flow) in model.flows.iter().enumerate() {
            for (index, until) in flow.access_tokens.iter().enumerate() {
                let works = system.grants.access_token(&access_token(number, index), model.now).is_ok();
                assert_eq!(
                    works,
                    flow.standing != Standing::Broken && model.now < *until,
                    "access token {index} of flow {number}"
                );
            }
        }
    }
}

impl Lifecycle {
    /// Takes a step and says whether it was accepted.
    fn take(&mut self, model: &Model, step: &Step) -> bool {
        match step {
            Step::Authorize(flow) => self.authorize(model.flows.len() - 1, flow, model.now),
            Step::Redeem { flow, client, redirect, verifier } => {
                self.redeem(*flow, *client, *redirect, *verifier, model.now)
            }
            Step::Refresh { flow, generation, client } => self.refresh(*flow, *generation, *client, model.now),
            Step::Revoke { flow, generation, client } => {
                let token = refresh_token(*flow, *generation);
                self.grants.revoke(&token, client.id(), Revocation::AllTokens).is_ok()
            }
            Step::Wait(_) => true,
        }
    }

    fn authorize(&mut self, number: usize, flow: &Flow, now: i64) -> bool {
        let authorization = Authorization {
            flow: self.grants.next_flow(),
            client_id: flow.client.id().to_owned(),
            redirect_uri: REDIRECT_URI.to_owned(),
            redirect_uri_sent: flow.redirect_uri_sent,
            scope: vec!["offline_access".to_owned()],
            challenge: flow.with_pkce.then(|| Challenge::S256(s256(&verifier(number)))),
            subject: "auth0|alice".to_owned(),
            auth_time: now,
            sid: "sid".to_owned(),
            ..Authorization::default()
        };
        self.grants.authorize(code(number), Arc::new(authorization), now + CODE_LIFETIME);
        true
    }

    fn redeem(&mut self, flow: usize, client: Who, redirect: Redirect, sent: Verifier, now: i64) -> bool {
        let verifier = match sent {
            Verifier::Right => Some(verifier(flow)),
            Verifier::Wrong => Some(verifier(flow + 1)),
            Verifier::Missing => None,
        };
        let redirect_uri = match redirect {
            Redirect::Same => Some(REDIRECT_URI),
            Redirect::Other => Some("https://rp.example/other"),
            Redirect::Missing => None,
        };
        let (code, client_id) = (code(flow), client.id());
        let request = CodeRedemption { code: &code, client_id, redirect_uri, verifier: verifier.as_deref() };
        let Ok(redeemed) = self.grants.redeem(request, &Policy::default(), now) else { return false };
        *self.redemptions.entry(flow).or_default() += 1;
        self.hand_out(flow, 0, &redeemed.authorization, now, now + REFRESH_LIFETIME);
        true
    }

    fn refresh(&mut self, flow: usize, generation: usize, client: Who, now: i64) -> bool {
        let token = refresh_token(flow, generation);
        let Ok(good) = self.grants.refresh(&token, client.id(), RefreshRotation::Rotating, now) else { return false };
        self.hand_out(flow, generation + 1, &good.authorization, now, good.expires);
        true
    }

    fn hand_out(&mut self, flow: usize, index: usize, authorization: &Arc<Authorization>, now: i64, until: i64) {
        self.grants.issue_refresh_token(refresh_token(flow, index), authorization.clone(), until);
        let access = AccessToken {
            authorization: authorization.clone(),
            scope: authorization.scope.clone(),
            issued: now,
            expires: now + ACCESS_LIFETIME,
            revoked: false,
        };
        self.grants.remember_access_token(&access_token(flow, index), access);
    }
}

fn code(flow: usize) -> String {
    format!("code-{flow}")
}

fn verifier(flow: usize) -> String {
    format!("{flow:043}")
}

fn refresh_token(flow: usize, generation: usize) -> String {
    format!("refresh-{flow}-{generation}")
}

fn access_token(flow: usize, index: usize) -> String {
    format!("access-{flow}-{index}")
}
