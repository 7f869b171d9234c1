//! The issuers of the lab: how they are set up, and who signs in there.

use mock_idp::{
    Api, ClientAuthentication, Dialect, Issuer, IssuerConfig, Paths, PlainChallenge, Policy, Presence, SignIn,
    Tolerance, User, Variation,
};
use serde_json::json;

use crate::terms::{People, Person, Provider, Registration};

/// The API and the manners of every issuer in the lab; its people come with the scenarios.
#[must_use]
pub fn issuer_config(
    registration: &Registration,
    (policy, paths): (Policy, Paths),
    variation: Variation,
) -> IssuerConfig {
    IssuerConfig {
        clients: Vec::new(),
        users: Vec::new(),
        apis: vec![api(registration)],
        policy: with_openid(policy, registration),
        paths,
        variation,
        sign_in: SignIn::Page,
        faults: Vec::new(),
    }
}

/// Lets people sign in at a provider, and its faults speak of them.
///
/// The second provider has people with the same subjects as the first; their names, addresses and plans differ.
pub(super) fn register_people(people: &People, issuer: &Issuer, provider: Provider) {
    Person::ALL.into_iter().for_each(|person| issuer.register_user(user(people, person, provider)));
    // Those of earlier scenarios are still known for a while: clients may come back late.
    issuer.keep_latest_users(60 * Person::ALL.len());
    issuer.set_sign_in(SignIn::Headless { sub: people.subject(Person::Alice).to_owned() });
    people.placeholders().for_each(|(name, value)| issuer.set_placeholder(&name, value));
}

fn user(people: &People, person: Person, provider: Provider) -> User {
    let claims = json!({
        "name": people.name(person, provider),
        "nickname": people.nickname(person),
        "preferred_username": people.nickname(person),
        "email": people.email(person, provider),
        "email_verified": true,
        "updated_at": 1_767_225_600,
    });
    let custom = json!({ "https://quintain.example/plan": people.plan(person, provider) });
    let object = |value: serde_json::Value| value.as_object().cloned().unwrap_or_default();
    User {
        sub: people.subject(person).to_owned(),
        claims: object(claims),
        id_token_claims: object(custom.clone()),
        access_token_claims: object(custom.clone()),
        userinfo_claims: object(custom),
    }
}

/// The protected API, which allows every scope that the client asks for and that is no scope of OpenID Connect. There is one
/// for clients that name no audience, too: they call it with a token without an audience.
pub(super) fn api(registration: &Registration) -> Api {
    const UNNAMED: &str = "https://api.quintain.example/";
    const OPENID: [&str; 6] = ["openid", "profile", "email", "address", "phone", "offline_access"];
    let scopes = registration.scope.split(' ').filter(|scope| !OPENID.contains(scope)).map(str::to_owned);
    Api {
        identifier: registration.audience.clone().unwrap_or_else(|| UNNAMED.to_owned()),
        scopes: scopes.collect(),
        allow_offline_access: true,
        token_lifetime: 86_400,
        required_scope: None,
    }
}

/// The manners of the lab's providers: a client that does not as it is registered, or as it should, is let in nevertheless,
/// so that what it does is seen. It is for the scenarios to judge it, one by one.
#[must_use]
pub fn honest(dialect: Dialect) -> Policy {
    Policy {
        client_authentication: ClientAuthentication::Lenient,
        plain_challenge: PlainChallenge::Accepted,
        repeated_parameters: Tolerance::Accepted,
        further_response_types: Tolerance::Accepted,
        malformed_pkce: Tolerance::Accepted,
        double_authentication: Tolerance::Accepted,
        access_token_parameter: Tolerance::Accepted,
        unknown_grant_type: Tolerance::Accepted,
        missing_pkce: Tolerance::Accepted,
        malformed_scope: Tolerance::Accepted,
        missing_audience: Tolerance::Accepted,
        other_audience: Tolerance::Accepted,
        unverified_hint: Tolerance::Accepted,
        introspection: Presence::Absent,
        ..Policy::of(dialect)
    }
}

/// A client that is registered for OpenID Connect gets an ID token, even if it forgets to ask for one.
fn with_openid(policy: Policy, registration: &Registration) -> Policy {
    let registered = registration.scope.split(' ').any(|scope| scope == "openid");
    let missing_openid = if registered { Tolerance::Accepted } else { Tolerance::Refused };
    Policy { missing_openid, ..policy }
}

/// Restores the manners that every scenario starts from.
pub(super) fn reset(issuer: &Issuer, registration: &Registration, policy: Policy) {
    issuer.disarm_all();
    issuer.set_policy(with_openid(policy, registration));
    issuer.clock().advance(-issuer.clock().offset());
    issuer.register_api(api(registration));
}
