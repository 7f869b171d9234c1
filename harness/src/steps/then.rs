//! Then: the evidence that decides.

use super::line::Line;
use super::parameters::Args;
use crate::plan::{Action, Check, Count, Expectation, Form, Invariant, Message, Plan, WrongCertificate};
use crate::terms::Outlet;

/// The lines: outcomes first, then counts, then what is looked at in single messages.
pub(super) const LINES: &[Line] = &[
    Line {
        expression: "the client refuses at the {phase} step",
        about: "The last login, API call or refresh ended in a refusal; a client that names its step must name this one.",
        build: |plan, args| claim(plan, Expectation::Refused(args.phase(0))),
    },
    Line {
        expression: "the client reads the ID token",
        about: "It has refused the last login, in which every member of the ID token was wrong, and nothing else.",
        build: |plan, _| claim(plan, Expectation::ReadsIdToken),
    },
    Line {
        expression: "the client goes on",
        about: "Every login, API call and refresh succeeded; after a line \"the provider is honest again\", each one since then.",
        build: |plan, _| claim(plan, Expectation::Succeeds),
    },
    Line {
        expression: "the attempt ends without success",
        about: "The last login, API call or refresh ended without success; how the client reports that does not matter.",
        build: |plan, _| claim(plan, Expectation::EndsWithoutSuccess),
    },
    Line {
        expression: "the {browser} is logged in as {person}",
        about: "The client shows this person in this browser.",
        build: |plan, args| claim(plan, Expectation::LoggedIn(args.browser(0), args.person(1))),
    },
    Line {
        expression: "the {browser} is not logged in",
        about: "The client shows nobody in this browser.",
        build: |plan, args| claim(plan, Expectation::LoggedOut(args.browser(0))),
    },
    Line {
        expression: "the {browser} is not logged in as {person}",
        about: "The client shows anybody but this person in this browser: identity decides, not a status code.",
        build: |plan, args| claim(plan, Expectation::NotLoggedInAs(args.browser(0), args.person(1))),
    },
    Line {
        expression: "the {browser} is logged in as nobody but {person}",
        about: "The client shows this person in this browser, or nobody: not somebody else, nor somebody whom nothing on its page tells.",
        build: |plan, args| claim(plan, Expectation::NobodyBut(args.browser(0), args.person(1))),
    },
    Line {
        expression: "the {browser} is logged in as {person} of the {provider} provider",
        about: "The client shows this person, and a claim that no other provider has for anybody.",
        build: |plan, args| claim(plan, Expectation::LoggedInAt(args.browser(0), args.person(1), args.provider(2))),
    },
    Line {
        expression: "the {browser} is not logged in as {person} of the {provider} provider",
        about: "The client shows no claim that this provider alone has for this person.",
        build: |plan, args| claim(plan, Expectation::NotLoggedInAt(args.browser(0), args.person(1), args.provider(2))),
    },
    Line {
        expression: "no credential of the {provider} provider reaches the {provider} provider",
        about: "No token, code, verifier or client secret of the one is in a request to the other, up to the end of the run.",
        build: |plan, args| {
            claim(plan, Expectation::NoCredentialReaches { of: args.provider(0), at: args.provider(1) })
        },
    },
    Line {
        expression: "the authorization code is never redeemed",
        about: "No code issued in this scenario is presented to the token endpoint, up to the end of the run.",
        build: |plan, _| claim(plan, Expectation::CodeNotRedeemed(None)),
    },
    Line {
        expression: "no authorization code of {person} is ever redeemed",
        about: "As before, for the codes of one person.",
        build: |plan, args| claim(plan, Expectation::CodeNotRedeemed(Some(args.person(0)))),
    },
    Line {
        expression: "the access token is never used",
        about: "No access token issued in this scenario is presented to API or UserInfo, up to the end of the run. No \
                refresh token is used that came with an altered answer to a code.",
        build: |plan, _| claim(plan, Expectation::AccessTokenNotUsed(None)),
    },
    Line {
        expression: "no access token of {person} is ever used",
        about: "As before, for the tokens of one person.",
        build: |plan, args| claim(plan, Expectation::AccessTokenNotUsed(Some(args.person(0)))),
    },
    Line {
        expression: "the client sends {number} {request}(s)",
        about: "Exactly so many in this scenario.",
        build: |plan, args| sent(plan, args, Count::Exactly(args.number(0)?)),
    },
    Line {
        expression: "the client sends at least {number} {request}(s)",
        about: "So many or more in this scenario.",
        build: |plan, args| sent(plan, args, Count::AtLeast(args.number(0)?)),
    },
    Line {
        expression: "the client sends at most {number} {request}(s)",
        about: "So many or fewer in this scenario.",
        build: |plan, args| sent(plan, args, Count::AtMost(args.number(0)?)),
    },
    Line {
        expression: "the client sends no {request}",
        about: "None in this scenario.",
        build: |plan, args| claim(plan, Expectation::Sent(args.request(0), Count::Exactly(0))),
    },
    Line {
        expression: "no {request} carries {text}",
        about: "Neither in its URL nor in a header nor in its body; that there is no such request will do.",
        build: |plan, args| claim(plan, Expectation::NeverCarried(args.request(0), args.text(1))),
    },
    Line {
        expression: "no authorization request has a plain challenge",
        about: "Each challenge is of the method S256; a challenge without a method is plain. No request at all will do.",
        build: |plan, _| claim(plan, Expectation::NoPlainChallenge),
    },
    Line {
        expression: "each authorization code is presented once",
        about: "Every code that reached the token endpoint did so in one request.",
        build: |plan, _| claim(plan, Expectation::EachCodeOnce),
    },
    Line {
        expression: "the client secret is seen at the token endpoint only",
        about: "In no URL, header or body of any other request.",
        build: |plan, _| claim(plan, Expectation::SecretOnlyAtTokenEndpoint),
    },
    Line {
        expression: "the API call carries a new access token",
        about: "The last API call used a token that no earlier API call used.",
        build: |plan, _| claim(plan, Expectation::NewAccessTokenUsed),
    },
    Line {
        expression: "each refresh request carries the newest refresh token",
        about: "Rotated tokens are stored: none is used after its successor was delivered.",
        build: |plan, _| claim(plan, Expectation::NewestRefreshTokenUsed),
    },
    Line {
        expression: "each refresh request carries the first refresh token",
        about: "The old token is kept when none is returned.",
        build: |plan, _| claim(plan, Expectation::SameRefreshTokenUsed),
    },
    Line {
        expression: "the client authenticates on refresh",
        about: "A refresh has credentials of the client, in whatever place, if the code exchange has.",
        build: |plan, _| claim(plan, Expectation::ClientAuthenticatesOnRefresh),
    },
    Line {
        expression: "the client authenticates on refresh as it does for the code",
        about: "The same client authentication method in both token requests.",
        build: |plan, _| claim(plan, Expectation::SameClientAuthentication),
    },
    Line {
        expression: "the client shows the claim {text}",
        about: "The session route shows a claim of this name.",
        build: |plan, args| claim(plan, Expectation::ShowsClaim(args.text(0))),
    },
    Line {
        expression: "no page of the client holds the markup {text}",
        about: "No page that a browser renders has such an element, or an attribute that leads to such an address. Escaped it is text. JSON and plain text are no pages; what is sent without a media type is one.",
        build: |plan, args| claim(plan, Expectation::NeverRendered(args.text(0))),
    },
    Line {
        expression: "the client never shows {text}",
        about: "No answer of the client to a browser holds this text.",
        build: |plan, args| claim(plan, Expectation::NeverShown(args.text(0))),
    },
    Line {
        expression: "the client never shows {text} of somebody who is logged in",
        about: "No page of a login that has succeeded, and no session, holds this text. The page of a refusal may quote it.",
        build: |plan, args| claim(plan, Expectation::NeverInSession(args.text(0))),
    },
    Line {
        expression: "each API call is made for the person who is logged in",
        about: "No call carried another person's access token.",
        build: |plan, _| claim(plan, Expectation::ApiCalledForOwnUser),
    },
    Line {
        expression: "no API call is made for anybody but the person who is logged in",
        about: "Where nobody is logged in, no call carries a token at all. There need not be a call.",
        build: |plan, _| claim(plan, Expectation::ApiNotCalledForOthers),
    },
    Line {
        expression: "no credential is shown to a browser",
        about: "No answer of the client to a browser holds a token, a code, a verifier or the client secret.",
        build: |plan, _| claim(plan, Expectation::NoCredentialShown),
    },
    Line {
        expression: "no page of the run shows a credential",
        about: "In no scenario that was run: a token, a code that was used, a verifier or the client secret. A client that runs in the browser has its tokens there.",
        build: |plan, _| claim(plan, Expectation::NoneExposed(Outlet::Page)),
    },
    Line {
        expression: "no header of the run holds a credential",
        about: "As before, for the header fields of the client's answers, cookies among them: in clear, or in base64.",
        build: |plan, _| claim(plan, Expectation::NoneExposed(Outlet::Header)),
    },
    Line {
        expression: "no output of the run holds a credential",
        about: "As before, for what the client prints; a code may be in its own callback URL.",
        build: |plan, _| claim(plan, Expectation::NoneExposed(Outlet::Output)),
    },
    Line {
        expression: "no credential is in a URL",
        about: "Neither in what the client requests nor in where it sends the browser; the callback's own URL aside.",
        build: |plan, _| claim(plan, Expectation::NoCredentialInUrls),
    },
    Line {
        expression: "the code_verifier is seen at the token endpoint only",
        about: "In no other request, URL or page, neither before nor after.",
        build: |plan, _| claim(plan, Expectation::VerifierAtTokenEndpointOnly),
    },
    Line {
        expression: "no credential reaches the stranger",
        about: "Another host, {stranger} in faults, gets no token, code, verifier or client secret, up to the end of the run.",
        build: |plan, _| claim(plan, Expectation::NoCredentialAtOtherHost),
    },
    Line {
        expression: "the stranger is never asked",
        about: "Another host, {stranger} in faults, gets no request at all, up to the end of the run.",
        build: |plan, _| claim(plan, Expectation::OtherHostNeverAsked),
    },
    Line {
        expression: "no browser is sent to a URL with {text}",
        about: "Neither by a redirect nor by an app that opens a page; whatever the client says of it.",
        build: |plan, args| claim(plan, Expectation::NeverSentTo(args.text(0))),
    },
    Line {
        expression: "no browser is sent to a URL that begins with {text}",
        about: "As before, for its beginning: what begins with a hyphen is an option to the program that opens it.",
        build: |plan, args| claim(plan, Expectation::NeverOpened(args.text(0))),
    },
    Line {
        expression: "no browser is sent to another site by a URL with {text}",
        about: "As for a URL with it, where that is of another origin than the client's.",
        build: |plan, args| claim(plan, Expectation::NeverSentAway(args.text(0))),
    },
    Line {
        expression: "the login leads to no other site",
        about: "No redirect leads to where the link of the login asks for, read as a browser reads it; the site is never visited.",
        build: |plan, _| {
            if plan.actions.iter().any(|action| matches!(action, Action::LogInReturning { .. })) {
                return claim(plan, Expectation::ReturnsHome);
            }
            Err("nobody logs in by a link that returns somewhere in the lines above".to_owned())
        },
    },
    Line {
        expression: "the client is shown the wrong certificate",
        about: "A TLS handshake has begun at {untrusted} or {wrong_host}: without one, whatever was refused was something else.",
        build: |plan, _| {
            if WrongCertificate::ALL.into_iter().any(|certificate| plan.shows(certificate)) {
                return claim(plan, Expectation::WrongCertificateShown);
            }
            Err("no fault in the lines above names {untrusted} or {wrong_host}".to_owned())
        },
    },
    Line {
        expression: "the invariant {text} holds",
        about: "What holds in every run, whatever is done: \"identity\", \"forbidden-message\", \"log-out\", \"credentials\", \"redirects\", \"own-token\", \"single-use\", \"requests\", \"recovery\", \"honest-flow\" or \"bounds\".",
        build: |plan, args| {
            let invariant: Invariant = args.text(0).parse()?;
            claim(plan, Expectation::Holds(invariant))
        },
    },
    Line {
        expression: "every invariant holds in the whole run",
        about: "In no scenario of the run that passes an invariant is broken, unless a finding of the run shows it as well.",
        build: |plan, _| claim(plan, Expectation::AllHoldInRun),
    },
    Line {
        expression: "the metadata are requested from the issuer's well-known path",
        about: "The issuer's identifier and /.well-known/openid-configuration, or RFC 8414's form; no slash twice.",
        build: |plan, _| claim(plan, Expectation::MetadataFromWellKnownPath),
    },
    Line {
        expression: "the API sees a token for {text}",
        about: "An access token with this audience was presented to the API.",
        build: |plan, args| claim(plan, Expectation::ApiSawAudience(args.text(0))),
    },
    Line {
        expression: "the {request} has {text} equal to {text}",
        about: "The parameter is there once, with this value; {client_id} and the like name values of the registration.",
        build: |plan, args| every(plan, args, Check::Equals(args.text(1), args.text(2))),
    },
    Line {
        expression: "the {request} has {text}",
        about: "The parameter is there once and is not empty.",
        build: |plan, args| every(plan, args, Check::Has(args.text(1))),
    },
    Line {
        expression: "the {request} has no {text}",
        about: "The parameter is not there.",
        build: |plan, args| every(plan, args, Check::Lacks(args.text(1))),
    },
    Line {
        expression: "{text} of the {request} lists {text}",
        about: "The value, split at single spaces, holds this token.",
        build: |plan, args| claim(plan, Expectation::Every(args.request(1), Check::Lists(args.text(0), args.text(2)))),
    },
    Line {
        expression: "{text} of the {request} is a/an {text}",
        about: "The value has the form of an \"S256 challenge\", \"code verifier\", \"scope list\" or \"registered redirect URI\".",
        build: |plan, args| {
            let form = match args.text(2).as_str() {
                "S256 challenge" => Form::S256Challenge,
                "code verifier" => Form::CodeVerifier,
                "scope list" => Form::ScopeList,
                "registered redirect URI" => Form::RegisteredRedirectUri,
                other => {
                    return Err(format!(
                        "{other:?} is no form; write S256 challenge, code verifier, scope list or registered redirect URI"
                    ));
                }
            };
            claim(plan, Expectation::Every(args.request(1), Check::Form(args.text(0), form)))
        },
    },
    Line {
        expression: "{text} differs in every {request}",
        about: "No two requests of the scenario carry the same value.",
        build: |plan, args| claim(plan, Expectation::Every(args.request(1), Check::Distinct(args.text(0)))),
    },
    Line {
        expression: "{text} carries at least {number} varying bits in the {request}(s)",
        about: "Estimated over all requests of the scenario: positions that vary, by the alphabet that is used.",
        build: |plan, args| {
            claim(plan, Expectation::Every(args.request(2), Check::Bits(vec![args.text(0)], args.number(1)?)))
        },
    },
    Line {
        expression: "one of {text} carries at least {number} varying bits in the {request}(s)",
        about: "As before, for the best of the listed parameters; one that is not in every request counts for nothing.",
        build: |plan, args| {
            claim(plan, Expectation::Every(args.request(2), Check::Bits(args.list(0), args.number(1)?)))
        },
    },
    Line {
        expression: "every parameter of the {request} is there once",
        about: "No name occurs twice (RFC 6749 §3.1, §3.2).",
        build: |plan, args| every(plan, args, Check::EachParameterOnce),
    },
    Line {
        expression: "the {request} repeats {text} of its authorization request",
        about: "The value is the one of the authorization request that led to the code, to the byte.",
        build: |plan, args| every(plan, args, Check::Repeats(args.text(1))),
    },
    Line {
        expression: "the code_verifier matches the code_challenge of its authorization request",
        about: "BASE64URL(SHA256(verifier)) equals the challenge (RFC 7636 §4.6).",
        build: |plan, _| claim(plan, Expectation::Every(Message::TokenRequest, Check::VerifierMatches)),
    },
    Line {
        expression: "the {request} has the header {text} equal to {text}",
        about: "The header has this value; parameters of a media type do not count.",
        build: |plan, args| every(plan, args, Check::Header(args.text(1), args.text(2))),
    },
    Line {
        expression: "the {request} keeps {text} equal to {text} in its URL",
        about: "The query of the endpoint's own URL is still there, unchanged.",
        build: |plan, args| every(plan, args, Check::InUrl(args.text(1), args.text(2))),
    },
    Line {
        expression: "the {request} goes to a path that ends in {text}",
        about: "The endpoint is the one that the metadata publish.",
        build: |plan, args| every(plan, args, Check::PathEndsWith(args.text(1))),
    },
    Line {
        expression: "the {request} is a POST with its parameters in the body",
        about: "Method POST, and no parameter of a token request in the URL; the endpoint may have others there (RFC 6749 §3.2).",
        build: |plan, args| every(plan, args, Check::FormPost),
    },
    Line {
        expression: "the {request} carries the access token in the Authorization header only",
        about: "`Bearer`, one space, the token to the byte; not in query or body (RFC 6750 §2).",
        build: |plan, args| every(plan, args, Check::BearerHeader),
    },
    Line {
        expression: "the {request} carries an access token and no ID token",
        about: "The credential presented is an access token of this provider.",
        build: |plan, args| every(plan, args, Check::AccessTokenPresented),
    },
    Line {
        expression: "nothing but an access token of the provider is presented",
        about: "What the API and UserInfo get as Bearer token is an access token of the provider, to the byte. A request without a token is not looked at.",
        build: |plan, _| claim(plan, Expectation::NoOtherToken),
    },
    Line {
        expression: "the {request} authenticates the client by form-encoded Basic credentials",
        about: "Both halves of the header are form-encoded before they are joined (RFC 6749 §2.3.1).",
        build: |plan, args| every(plan, args, Check::BasicFormEncoded),
    },
    Line {
        expression: "the {request} authenticates the client in the body",
        about: "client_id and client_secret in the body, no Authorization header.",
        build: |plan, args| every(plan, args, Check::CredentialsInBody),
    },
    Line {
        expression: "the {request} authenticates the client in one way",
        about: "Not in header and body at once (RFC 6749 §2.3).",
        build: |plan, args| every(plan, args, Check::OneAuthentication),
    },
    Line {
        expression: "the {request} asks for no scope beyond the grant",
        about: "The scope is absent, or within what was granted (RFC 6749 §6).",
        build: |plan, args| every(plan, args, Check::ScopeWithinGrant),
    },
];

#[expect(clippy::unnecessary_wraps, reason = "every line of the vocabulary is built by a function that can fail")]
fn claim(plan: &mut Plan, expectation: Expectation) -> Result<(), String> {
    plan.expectations.push(expectation);
    Ok(())
}

fn every(plan: &mut Plan, args: &Args<'_>, check: Check) -> Result<(), String> {
    claim(plan, Expectation::Every(args.request(0), check))
}

fn sent(plan: &mut Plan, args: &Args<'_>, count: Count) -> Result<(), String> {
    claim(plan, Expectation::Sent(args.request(1), count))
}
