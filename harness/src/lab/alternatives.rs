//! Another honest way of a provider, tried where a client refuses the plain one: if it works, it names the cause.

use mock_idp::{Change, Fault, Point, Signing, Times};

use super::equipment::Lab;
use super::execution::Execution;
use super::instance::Instance;
use crate::terms::Person;

/// What is wrong with a client, and what to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cause {
    pub(super) found: &'static str,
    pub(super) advice: &'static str,
}

/// A client may have registered for it: `id_token_signed_response_alg` (OpenID Connect Dynamic Client Registration §2).
const SHARED_SECRET: Cause = Cause {
    found: "the client refuses ID tokens that are signed with RS256, and accepts HS256 with its client secret as the key",
    advice: "let the client accept RS256, which is the default of every client (OpenID Connect Core §15.1): set its option for \
             the algorithm of ID tokens, often called id_token_signed_response_alg, to RS256",
};

/// Why the client refuses the tokens that it was given, if a login with others succeeds.
pub(super) async fn cause(lab: &Lab, instance: &Instance) -> Option<Cause> {
    let (providers, people) = (instance.providers(), lab.cast());
    providers.register_people(&people);
    let signed = instance.issuer.arm(Fault {
        name: None,
        at: Point::IdTokenSignature,
        grant: None,
        change: Change::Sign(Signing::HmacWithClientSecret),
        times: Times::Always,
    });
    let mut execution = Execution::new(providers, &*instance.driver, "set-up".to_owned(), people);
    let session = execution.log_in_and_look(Person::Alice).await;
    let is_signed = instance.issuer.fired(signed) > 0;
    instance.issuer.disarm_all();
    session.is_ok_and(|session| is_signed && session.is(Person::Alice)).then_some(SHARED_SECRET)
}
