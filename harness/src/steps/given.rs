//! Given: one fault, or another lawful behaviour of the provider, or what must hold for the scenario to apply.

use mock_idp::{
    Change, ClientAuthMethod, Dialect, DialectError, Fault, FrontChannel, GrantType, Point, PublicKeyForm, Signing,
    Times,
};
use serde_json::{Value, json};

use super::further_claims::further_claims;
use super::line::Line;
use super::parameters::Args;
use crate::plan::{Arrangement, Plan, PolicyChange, RegistrationChange};

/// The lines, most general first.
pub(super) const LINES: &[Line] = &[
    Line {
        expression: "the fault {text}",
        about: "Arms a fault of the provider's table by its name.",
        build: |plan, args| {
            let name = args.text(0);
            let fault = mock_idp::fault::named(&name).ok_or_else(|| {
                let known: Vec<_> = mock_idp::fault::names().collect();
                format!("there is no fault of that name; known are {}", known.join(", "))
            })?;
            arm(plan, fault)
        },
    },
    Line {
        expression: "the fault:",
        about: "Arms a fault written as JSON in the text block: at, change, times.",
        build: |plan, args| {
            let fault = Fault::from_json(args.block()?).map_err(|error| error.to_string())?;
            push(plan, Arrangement::Fault(fault))
        },
    },
    Line {
        expression: "every fault happens once",
        about: "The faults of the lines above change one message each, then the provider is honest.",
        build: |plan, _| times(plan, Times::Once),
    },
    Line {
        expression: "every fault is the second provider's",
        about: "The faults of the lines above are those of the second provider: {first} is the issuer of the first one.",
        build: |plan, _| at_second(plan),
    },
    Line {
        expression: "the {message} has {text} set to {text}",
        about: "Replaces one member or parameter; placeholders such as {state} or {now+300} are filled from the exchange.",
        build: |plan, args| merge(plan, args, json!({ (args.text(1)): args.text(2) })),
    },
    Line {
        expression: "the {message} has no {text}",
        about: "Removes one member or parameter.",
        build: |plan, args| merge(plan, args, json!({ (args.text(1)): null })),
    },
    Line {
        expression: "the {message} has {text} set to null",
        about: "Sets one member of the JSON body to null, whether it was there or not.",
        build: |plan, args| {
            let change = Change::SetNull(vec![args.text(1)]);
            at_message(plan, args, change)
        },
    },
    Line {
        expression: "the {message} has the members:",
        about: "Merges the JSON of the text block into the message (RFC 7396): members are replaced, null removes.",
        build: |plan, args| merge(plan, args, args.json()?),
    },
    Line {
        expression: "the {message} has {text} twice, the second time as {text}",
        about: "Adds a second parameter of the same name.",
        build: |plan, args| {
            let change = Change::Append { name: args.text(1), value: args.text(2) };
            at_message(plan, args, change)
        },
    },
    Line {
        expression: "the {message} has {text} twice, the first time as {text}",
        about: "Adds a parameter of the same name in front of all others.",
        build: |plan, args| {
            let change = Change::Prepend { name: args.text(1), value: args.text(2) };
            at_message(plan, args, change)
        },
    },
    Line {
        expression: "the {message} has the header {text} set to {text}",
        about: "Replaces or adds one header of the answer.",
        build: |plan, args| {
            let headers = vec![(args.text(1), args.text(2))];
            at_message(plan, args, Change::Respond { status: None, headers, body: None })
        },
    },
    Line {
        expression: "the {message} is status {number} with the error {text}",
        about: "Answers with that status and a JSON error body (RFC 6749 §5.2).",
        build: |plan, args| {
            let body = json!({ "error": args.text(2), "error_description": "Injected by the test" }).to_string();
            respond(plan, args, "application/json", body)
        },
    },
    Line {
        expression: "the {message} is status {number} with its body unchanged",
        about: "Answers with that status, and with the body of the honest answer.",
        build: |plan, args| {
            at_message(plan, args, Change::Respond { status: Some(args.number(1)?), headers: Vec::new(), body: None })
        },
    },
    Line {
        expression: "the {message} is status {number} as {text}:",
        about: "Answers with that status, that media type, and the text block as the body.",
        build: |plan, args| respond(plan, args, &args.text(2), args.block()?.to_owned()),
    },
    Line {
        expression: "the {message} is status {number} with the challenge {text}",
        about: "Answers with that status and that WWW-Authenticate header (RFC 6750 §3); single quotes stand for double ones.",
        build: |plan, args| {
            let headers = vec![("www-authenticate".to_owned(), args.text(2).replace('\'', "\""))];
            at_message(
                plan,
                args,
                Change::Respond { status: Some(args.number(1)?), headers, body: Some(String::new()) },
            )
        },
    },
    Line {
        expression: "the {message} is a {number} redirect to {text}",
        about: "Answers with that status and that Location; {stranger} is another host, {neighbour} another port of the same.",
        build: |plan, args| {
            let headers = vec![("location".to_owned(), args.text(2))];
            at_message(
                plan,
                args,
                Change::Respond { status: Some(args.number(1)?), headers, body: Some(String::new()) },
            )
        },
    },
    Line {
        expression: "the connection is reset instead of the {message}",
        about: "Closes the connection after the request was read.",
        build: |plan, args| at_message(plan, args, Change::Reset),
    },
    Line {
        expression: "the {message} waits {number} milliseconds at most for a second request",
        about: "The provider answers the first request when another one comes to the same endpoint, or after that time.",
        build: |plan, args| {
            let at_most_milliseconds = args.number(1)?;
            at_message(plan, args, Change::Hold { at_most_milliseconds })
        },
    },
    Line {
        expression: "the authorization response is the error {text}",
        about: "Answers the authorization request with this error and no code (RFC 6749 §4.1.2.1).",
        build: |plan, args| {
            let change = Change::Merge(
                json!({ "code": null, "error": args.text(0), "error_description": "Injected by the test" }),
            );
            arm(plan, fault(Point::AuthorizationResponse, None, change))
        },
    },
    Line {
        expression: "the ID token's claim {text} is {text}",
        about: "Mints the ID token with this claim, honestly signed; \"{now-3600}\" becomes a number.",
        build: |plan, args| claims(plan, json!({ (args.text(0)): args.text(1) })),
    },
    Line {
        expression: "the ID token has no claim {text}",
        about: "Mints the ID token without this claim, honestly signed.",
        build: |plan, args| claims(plan, json!({ (args.text(0)): null })),
    },
    Line {
        expression: "the ID token's claim {text} is null",
        about: "Mints the ID token with this claim set to null, honestly signed.",
        build: |plan, args| arm(plan, fault(Point::IdTokenClaims, None, Change::SetNull(vec![args.text(0)]))),
    },
    Line {
        expression: "the ID token has the claims:",
        about: "Merges the JSON of the text block into the claims (RFC 7396) before they are signed.",
        build: |plan, args| claims(plan, args.json()?),
    },
    Line {
        expression: "the ID token has {number} further claims",
        about: "Adds so many namespaced claims of some 250 characters each.",
        build: |plan, args| claims(plan, Value::Object(further_claims(args.number(0)?))),
    },
    Line {
        expression: "the ID token's header has the members:",
        about: "Merges the JSON of the text block into the JOSE header (RFC 7396) before the token is signed.",
        build: |plan, args| arm(plan, fault(Point::IdTokenHeader, None, Change::Merge(args.json()?))),
    },
    Line {
        expression: "the refreshed ID token's claim {text} is {text}",
        about: "As for the ID token, for the one that a refresh returns.",
        build: |plan, args| {
            let change = Change::Merge(json!({ (args.text(0)): args.text(1) }));
            arm(plan, fault(Point::IdTokenClaims, Some(GrantType::RefreshToken), change))
        },
    },
    Line {
        expression: "the ID token is unsigned, with the alg {text}",
        about: "Mints the ID token with this alg in the header and an empty signature.",
        build: |plan, args| sign(plan, Signing::None { spelling: args.text(0) }),
    },
    Line {
        expression: "the ID token's signature is corrupted",
        about: "Flips one bit of the signature.",
        build: |plan, _| sign(plan, Signing::Corrupted),
    },
    Line {
        expression: "the ID token's claim {text} is changed to {text} after signing",
        about: "Replaces a claim and keeps the signature of the honest token.",
        build: |plan, args| sign(plan, Signing::AfterSigning(json!({ (args.text(0)): args.text(1) }))),
    },
    Line {
        expression: "the ID token is signed with an unpublished key under the published key id",
        about: "Signs with a key that is in no key set, naming the published one.",
        build: |plan, _| sign(plan, Signing::UnknownKey),
    },
    Line {
        expression: "the ID token is signed with a key that its own header carries",
        about: "Signs with an unpublished key and puts its public half into the header as jwk.",
        build: |plan, _| sign(plan, Signing::EmbeddedJwk),
    },
    Line {
        expression: "the ID token is signed by HMAC with the public key as {text}",
        about: "Signs with HS256, keyed with the published RSA key as \"pem\", \"der\" or \"jwk\".",
        build: |plan, args| {
            let form: PublicKeyForm = serde_json::from_value(Value::String(args.text(0)))
                .map_err(|_| format!("{:?} is no form of a key; write pem, der or jwk", args.text(0)))?;
            sign(plan, Signing::HmacWithPublicKey { form })
        },
    },
    Line {
        expression: "the ID token is signed by HMAC with {text}",
        about: "Signs with HS256, keyed with \"the client secret\" or with \"no key\", although RS256 is registered.",
        build: |plan, args| match args.text(0).as_str() {
            "the client secret" => sign(plan, Signing::HmacWithClientSecret),
            "no key" => sign(plan, Signing::HmacWithEmptyKey),
            other => Err(format!("{other:?} is no key; write the client secret or no key")),
        },
    },
    Line {
        expression: "the ID token's signature is empty",
        about: "Leaves the header as it is, and nothing in the place of the signature.",
        build: |plan, _| sign(plan, Signing::Stripped),
    },
    Line {
        expression: "the ID token has no part for the signature",
        about: "Leaves header and claims as they are, and nothing after them: a token of two parts.",
        build: |plan, _| sign(plan, Signing::TwoParts),
    },
    Line {
        expression: "the ID token's claim {text} is there twice, first as {text}",
        about: "Puts a claim of that name and value in front of the honest one (RFC 7519 §4), and signs honestly.",
        build: |plan, args| {
            sign(plan, Signing::RepeatedClaim { name: args.text(0), first: Value::String(args.text(1)) })
        },
    },
    Line {
        expression: "the provider varies in {text}",
        about: "The provider has this lawful variation, and no other.",
        build: |plan, args| push(plan, Arrangement::Varied(args.text(0).parse()?)),
    },
    Line {
        expression: "the provider varies in nothing",
        about: "The provider has none of its lawful variations, and its issuer identifier ends in a slash.",
        build: |plan, _| push(plan, Arrangement::Plain),
    },
    Line {
        expression: "the provider speaks the dialect {text}",
        about: "The provider has the ways of a real one, \"keycloak\"; `quintain list --dialects` has the names.",
        build: |plan, args| dialect(plan, args.text(0).parse().map_err(|error: DialectError| error.to_string())?),
    },
    Line {
        expression: "the provider returns no new refresh token on refresh",
        about: "Refresh tokens do not rotate: the old one stays valid.",
        build: |plan, _| policy(plan, PolicyChange::StaticRefreshTokens),
    },
    Line {
        expression: "the provider returns no ID token on refresh",
        about: "A refresh answers without an ID token (OIDC Core §12.2 allows it).",
        build: |plan, _| policy(plan, PolicyChange::NoIdTokenOnRefresh),
    },
    Line {
        expression: "the provider puts no claims of scopes into ID tokens",
        about: "Name, address and the like are in UserInfo alone (OIDC Core §5.4).",
        build: |plan, _| policy(plan, PolicyChange::NoScopeClaimsInIdToken),
    },
    Line {
        expression: "the provider's authorization endpoint has a query",
        about: "Its URL ends in ?tenant=a%2Fb (RFC 6749 §3.1).",
        build: |plan, _| policy(plan, PolicyChange::AuthorizationEndpointQuery),
    },
    Line {
        expression: "the provider's token endpoint has a query",
        about: "Its URL ends in ?tenant=a%2Fb (RFC 6749 §3.2).",
        build: |plan, _| policy(plan, PolicyChange::TokenEndpointQuery),
    },
    Line {
        expression: "the provider does not announce PKCE",
        about: "The metadata have no code_challenge_methods_supported, which is optional (RFC 8414 §2); PKCE is verified all the same.",
        build: |plan, _| policy(plan, PolicyChange::NoPkceInMetadata),
    },
    Line {
        expression: "the provider puts no at_hash into ID tokens",
        about: "at_hash is optional in the code flow (OIDC Core §3.1.3.6): the access token may be changed alone.",
        build: |plan, _| policy(plan, PolicyChange::NoAccessTokenHash),
    },
    Line {
        expression: "the provider says the lifetime of access tokens in responses alone",
        about: "Access tokens that are JWTs have no `exp`, by which a client might go instead of `expires_in`.",
        build: |plan, _| policy(plan, PolicyChange::NoAccessTokenExp),
    },
    Line {
        expression: "the provider does not verify PKCE",
        about: "A mechanism's condition: the mock accepts any verifier, and records it.",
        build: |plan, _| policy(plan, PolicyChange::PkceIgnored),
    },
    Line {
        expression: "the provider binds codes to nothing",
        about: "A mechanism's condition: any verifier is accepted, and whatever nonce is pending is echoed.",
        build: |plan, _| policy(plan, PolicyChange::UnboundCodes),
    },
    Line {
        expression: "the provider answers with an access token in place of a code",
        about: "As with the implicit grant (RFC 6749 §4.2.2), for which nobody has asked: not in honest runs.",
        build: |plan, _| policy(plan, PolicyChange::TokenForCode(FrontChannel::AccessToken)),
    },
    Line {
        expression: "the provider answers with an ID token in place of a code",
        about: "As in the implicit flow (OIDC Core §3.2.2.5), for which nobody has asked: not in honest runs.",
        build: |plan, _| policy(plan, PolicyChange::TokenForCode(FrontChannel::IdToken)),
    },
    Line {
        expression: "the provider issues opaque access tokens",
        about: "Access tokens of 2,000 characters that use all that RFC 6750 §2.1 allows.",
        build: |plan, _| policy(plan, PolicyChange::OpaqueAccessTokens(2000)),
    },
    Line {
        expression: "the provider issues access tokens of {number} characters",
        about: "Opaque access tokens of that length that use all that RFC 6750 §2.1 allows.",
        build: |plan, args| policy(plan, PolicyChange::OpaqueAccessTokens(args.number(0)?)),
    },
    Line {
        expression: "the provider issues codes with reserved characters",
        about: "Codes that hold + / = & % and the like.",
        build: |plan, _| policy(plan, PolicyChange::ReservedCode),
    },
    Line {
        expression: "the provider issues codes of 2,000 characters",
        about: "Codes that are longer than a careless buffer or column.",
        build: |plan, _| policy(plan, PolicyChange::LongCode),
    },
    Line {
        expression: "the provider issues refresh tokens with reserved characters",
        about: "Refresh tokens that hold + / = & % ~ and the like.",
        build: |plan, _| policy(plan, PolicyChange::ReservedRefreshToken),
    },
    Line {
        expression: "the provider sends and announces the iss parameter",
        about: "RFC 9207: the metadata promises iss, and every authorization response carries it.",
        build: |plan, _| policy(plan, PolicyChange::IssuerParameter),
    },
    Line {
        expression: "the second provider sends and announces the iss parameter",
        about: "As before, for the second provider of a client that knows two.",
        build: |plan, _| push(plan, Arrangement::PolicyAtSecond(PolicyChange::IssuerParameter)),
    },
    Line {
        expression: "access tokens live for {number} seconds",
        about: "Sets expires_in, and the time after which API and UserInfo refuse the token.",
        build: |plan, args| policy(plan, PolicyChange::AccessTokenLifetime(args.number(0)?)),
    },
    Line {
        expression: "the API demands the scope {text}",
        about: "The API answers 403 insufficient_scope to a token without this scope.",
        build: |plan, args| push(plan, Arrangement::ApiScope(args.text(0))),
    },
    Line {
        expression: "the client is registered with the client_id {text}",
        about: "A separate client identifier for this scenario.",
        build: |plan, args| registration(plan, RegistrationChange::ClientId(args.text(0))),
    },
    Line {
        expression: "the client is registered with the client_secret {text}",
        about: "A separate client secret for this scenario.",
        build: |plan, args| registration(plan, RegistrationChange::ClientSecret(args.text(0))),
    },
    Line {
        expression: "the client is registered for {text} at the token endpoint",
        about: "client_secret_basic, client_secret_post or none (OIDC Core §9).",
        build: |plan, args| {
            let method: ClientAuthMethod = serde_json::from_value(Value::String(args.text(0))).map_err(|_| {
                format!("{:?} is no method; write client_secret_basic, client_secret_post or none", args.text(0))
            })?;
            registration(plan, RegistrationChange::AuthMethod(method))
        },
    },
    Line {
        expression: "the client asks for the scope {text}",
        about: "The client is configured with this scope.",
        build: |plan, args| registration(plan, RegistrationChange::Scope(args.text(0))),
    },
    Line {
        expression: "the client asks for the audience {text}",
        about: "The client is configured with this API identifier, which the provider knows.",
        build: |plan, args| registration(plan, RegistrationChange::Audience(args.text(0))),
    },
    Line {
        expression: "a client that has just been started",
        about: "The client is started within the scenario, so that its first requests are seen, too.",
        build: |plan, _| push(plan, Arrangement::FromStart),
    },
    Line {
        expression: "a client that sends {text} in the authorization request",
        about: "The scenario applies only to clients that were seen to send this parameter.",
        build: |plan, args| push(plan, Arrangement::Sends(args.text(0))),
    },
    Line {
        expression: "a client that makes a/an {request}",
        about: "The scenario applies only to clients that were seen to send this message.",
        build: |plan, args| push(plan, Arrangement::Makes(args.request(0))),
    },
    Line {
        expression: "a client that is told its endpoints",
        about: "The scenario applies only to clients that read metadata, or have the endpoints in their configuration.",
        build: |plan, _| push(plan, Arrangement::IsToldEndpoints),
    },
    Line {
        expression: "a client that may have no API",
        about: "The scenario applies to clients without an API, too: its calls are left out for them.",
        build: |plan, _| push(plan, Arrangement::ApiIsOptional),
    },
    Line {
        expression: "a client that uses its access token",
        about: "The scenario applies only to clients that were seen to call an API or to ask UserInfo.",
        build: |plan, _| push(plan, Arrangement::UsesAccessToken),
    },
];

#[expect(clippy::unnecessary_wraps, reason = "every line of the vocabulary is built by a function that can fail")]
fn push(plan: &mut Plan, arrangement: Arrangement) -> Result<(), String> {
    plan.arrangements.push(arrangement);
    Ok(())
}

fn arm(plan: &mut Plan, fault: Fault) -> Result<(), String> {
    fault.check().map_err(|error| error.to_string())?;
    push(plan, Arrangement::Fault(fault))
}

fn fault(at: Point, grant: Option<GrantType>, change: Change) -> Fault {
    Fault { name: None, at, grant, change, times: Times::Always }
}

fn at_message(plan: &mut Plan, args: &Args<'_>, change: Change) -> Result<(), String> {
    let (at, grant) = args.message(0);
    arm(plan, fault(at, grant, change))
}

fn merge(plan: &mut Plan, args: &Args<'_>, patch: Value) -> Result<(), String> {
    at_message(plan, args, Change::Merge(patch))
}

fn respond(plan: &mut Plan, args: &Args<'_>, media_type: &str, body: String) -> Result<(), String> {
    let headers = vec![("content-type".to_owned(), media_type.to_owned())];
    at_message(plan, args, Change::Respond { status: Some(args.number(1)?), headers, body: Some(body) })
}

fn claims(plan: &mut Plan, patch: Value) -> Result<(), String> {
    arm(plan, fault(Point::IdTokenClaims, None, Change::Merge(patch)))
}

fn sign(plan: &mut Plan, signing: Signing) -> Result<(), String> {
    arm(plan, fault(Point::IdTokenSignature, None, Change::Sign(signing)))
}

fn policy(plan: &mut Plan, change: PolicyChange) -> Result<(), String> {
    push(plan, Arrangement::Policy(change))
}

fn dialect(plan: &mut Plan, dialect: Dialect) -> Result<(), String> {
    if let Some(before) = plan.dialect() {
        return Err(format!("the provider speaks the dialect {before} already, by a line above"));
    }
    if !dialect.speaks_openid_connect() {
        return Err(format!("{} has no provider metadata and no ID tokens, and scenarios need both", dialect.title()));
    }
    push(plan, Arrangement::Dialect(dialect))
}

fn registration(plan: &mut Plan, change: RegistrationChange) -> Result<(), String> {
    push(plan, Arrangement::Registration(change))
}

fn times(plan: &mut Plan, times: Times) -> Result<(), String> {
    let mut any = false;
    for arrangement in &mut plan.arrangements {
        if let Arrangement::Fault(fault) | Arrangement::FaultAtSecond(fault) = arrangement {
            (fault.times, any) = (times, true);
        }
    }
    if any { Ok(()) } else { Err("there is no fault in the lines above".to_owned()) }
}

fn at_second(plan: &mut Plan) -> Result<(), String> {
    let mut any = false;
    for arrangement in &mut plan.arrangements {
        if let Arrangement::Fault(fault) = arrangement {
            (*arrangement, any) = (Arrangement::FaultAtSecond(fault.clone()), true);
        }
    }
    if any { Ok(()) } else { Err("there is no fault in the lines above".to_owned()) }
}
