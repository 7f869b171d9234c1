//! [`Plan`] → Gherkin lines: the vocabulary read the other way.
//!
//! What was drawn at random, or done by hand, becomes a scenario that everybody can read and run. Each line is the one that
//! a person would write where the vocabulary has one, and a fault as JSON otherwise.

use mock_idp::{Change, ClientAuthMethod, Fault, FrontChannel, GrantType, Point, Signing, Times};
use serde_json::{Value, json};

use crate::plan::{Action, Arrangement, Plan, PolicyChange, RegistrationChange};
use crate::terms::{Browser, Person, Provider, Tab};

/// The Givens and Whens of a plan, each with its keyword, and with a text block below it where it needs one.
///
/// # Errors
///
/// What the vocabulary cannot say, in words.
pub fn write(plan: &Plan) -> Result<Vec<String>, String> {
    let mut given = Vec::new();
    // A line can make all faults above it happen once, so each is written as if it happened always.
    let all_once = all_once(plan);
    let arranged: Vec<_> = plan.arrangements.iter().map(|it| if all_once { always(it) } else { it.clone() }).collect();
    // A line can make all faults above it the second provider's, so these come first.
    let (at_second, others): (Vec<_>, Vec<_>) =
        arranged.iter().partition(|it| matches!(it, Arrangement::FaultAtSecond(_)));
    for arrangement in &at_second {
        given.push(given_line(arrangement)?);
    }
    if !at_second.is_empty() {
        given.push("every fault is the second provider's".to_owned());
    }
    for arrangement in others {
        given.push(given_line(arrangement)?);
    }
    if all_once {
        given.push("every fault happens once".to_owned());
    }
    let when = plan.actions.iter().map(when_line).collect::<Result<Vec<_>, _>>()?;
    Ok(with_keyword("Given", given).chain(with_keyword("When", when)).collect())
}

/// Whether there are faults from the start, and each happens once.
fn all_once(plan: &Plan) -> bool {
    let times = |arrangement: &Arrangement| match arrangement {
        Arrangement::Fault(fault) | Arrangement::FaultAtSecond(fault) => Some(fault.times),
        _ => None,
    };
    let mut times = plan.arrangements.iter().filter_map(times).peekable();
    times.peek().is_some() && times.all(|times| times == Times::Once)
}

fn always(arrangement: &Arrangement) -> Arrangement {
    let always = |fault: &Fault| Fault { times: Times::Always, ..fault.clone() };
    match arrangement {
        Arrangement::Fault(fault) => Arrangement::Fault(always(fault)),
        Arrangement::FaultAtSecond(fault) => Arrangement::FaultAtSecond(always(fault)),
        other => other.clone(),
    }
}

/// The first line has the keyword, the others go on with it.
fn with_keyword(keyword: &'static str, lines: Vec<String>) -> impl Iterator<Item = String> {
    lines.into_iter().enumerate().map(move |(at, line)| format!("{} {line}", if at == 0 { keyword } else { "And" }))
}

fn given_line(arrangement: &Arrangement) -> Result<String, String> {
    Ok(match arrangement {
        Arrangement::Fault(fault) | Arrangement::FaultAtSecond(fault) => fault_line(fault)?,
        Arrangement::Policy(change) => policy_line(*change)?,
        Arrangement::PolicyAtSecond(PolicyChange::IssuerParameter) => {
            "the second provider sends and announces the iss parameter".to_owned()
        }
        Arrangement::PolicyAtSecond(change) => return Err(format!("no line says {change:?} of the second provider")),
        Arrangement::Varied(one) => format!("the provider varies in \"{one}\""),
        Arrangement::Dialect(dialect) => format!("the provider speaks the dialect {}", quoted(dialect.name())?),
        Arrangement::Plain => "the provider varies in nothing".to_owned(),
        Arrangement::Registration(change) => registration_line(change)?,
        Arrangement::ApiScope(scope) => format!("the API demands the scope {}", quoted(scope)?),
        Arrangement::FromStart => "a client that has just been started".to_owned(),
        Arrangement::Sends(name) => format!("a client that sends {} in the authorization request", quoted(name)?),
        Arrangement::IsToldEndpoints => "a client that is told its endpoints".to_owned(),
        Arrangement::ApiIsOptional => "a client that may have no API".to_owned(),
        Arrangement::UsesAccessToken => "a client that uses its access token".to_owned(),
        Arrangement::Makes(message) => {
            let text = message.to_string();
            let article = if text.starts_with(['a', 'A']) { "an" } else { "a" };
            format!("a client that makes {article} {text}")
        }
    })
}

fn policy_line(change: PolicyChange) -> Result<String, String> {
    let line = match change {
        PolicyChange::StaticRefreshTokens => "the provider returns no new refresh token on refresh",
        PolicyChange::PkceIgnored => "the provider does not verify PKCE",
        PolicyChange::UnboundCodes => "the provider binds codes to nothing",
        PolicyChange::OpaqueAccessTokens(length) => {
            return Ok(format!("the provider issues access tokens of {length} characters"));
        }
        PolicyChange::ReservedCode => "the provider issues codes with reserved characters",
        PolicyChange::LongCode => "the provider issues codes of 2,000 characters",
        PolicyChange::ReservedRefreshToken => "the provider issues refresh tokens with reserved characters",
        PolicyChange::IssuerParameter => "the provider sends and announces the iss parameter",
        PolicyChange::NoIdTokenOnRefresh => "the provider returns no ID token on refresh",
        PolicyChange::NoScopeClaimsInIdToken => "the provider puts no claims of scopes into ID tokens",
        PolicyChange::AuthorizationEndpointQuery => "the provider's authorization endpoint has a query",
        PolicyChange::TokenEndpointQuery => "the provider's token endpoint has a query",
        PolicyChange::NoPkceInMetadata => "the provider does not announce PKCE",
        PolicyChange::NoAccessTokenExp => "the provider says the lifetime of access tokens in responses alone",
        PolicyChange::NoAccessTokenHash => "the provider puts no at_hash into ID tokens",
        PolicyChange::TokenForCode(FrontChannel::IdToken) => "the provider answers with an ID token in place of a code",
        PolicyChange::TokenForCode(_) => "the provider answers with an access token in place of a code",
        PolicyChange::AccessTokenLifetime(seconds @ 0..) => {
            return Ok(format!("access tokens live for {seconds} seconds"));
        }
        PolicyChange::AccessTokenLifetime(seconds) => return Err(format!("no line says a lifetime of {seconds}")),
    };
    Ok(line.to_owned())
}

fn registration_line(change: &RegistrationChange) -> Result<String, String> {
    Ok(match change {
        RegistrationChange::ClientId(id) => format!("the client is registered with the client_id {}", quoted(id)?),
        RegistrationChange::ClientSecret(secret) => {
            format!("the client is registered with the client_secret {}", quoted(secret)?)
        }
        RegistrationChange::AuthMethod(method) => {
            format!("the client is registered for \"{}\" at the token endpoint", method_name(*method))
        }
        RegistrationChange::Scope(scope) => format!("the client asks for the scope {}", quoted(scope)?),
        RegistrationChange::Audience(audience) => format!("the client asks for the audience {}", quoted(audience)?),
    })
}

fn method_name(method: ClientAuthMethod) -> String {
    serde_json::to_value(method).ok().and_then(|it| it.as_str().map(str::to_owned)).unwrap_or_default()
}

/// A fault as a person would write it: by its name, by a line of its kind, or as JSON.
///
/// # Errors
///
/// If it cannot be written as JSON.
pub fn fault_line(fault: &Fault) -> Result<String, String> {
    if let Some(name) = fault.name.as_deref().filter(|name| mock_idp::fault::named(name).as_ref() == Some(fault)) {
        return Ok(format!("the fault {}", quoted(name)?));
    }
    if let Some(line) = own_line(fault) {
        return Ok(line);
    }
    let json = serde_json::to_string_pretty(fault).map_err(|error| format!("no line says {fault:?}: {error}"))?;
    Ok(format!("the fault:\n{}", block(&json)))
}

/// What the lines about errors say of them.
const INJECTED: &str = "Injected by the test";

/// A line that says just this fault.
fn own_line(fault: &Fault) -> Option<String> {
    let Fault { name: None, at, grant, change, times: Times::Always } = fault else { return None };
    match (at, grant, change) {
        (Point::IdTokenClaims, None, Change::Merge(patch)) => match only_member(patch)? {
            (name, Value::Null) => Some(format!("the ID token has no claim {name}")),
            (name, Value::String(value)) => Some(format!("the ID token's claim {name} is {}", quoted(value).ok()?)),
            _ => None,
        },
        (Point::IdTokenSignature, None, Change::Sign(signing)) => signature_line(signing),
        (Point::AuthorizationResponse, None, Change::Merge(patch)) if patch.get("error").is_some() => {
            let error = patch["error"].as_str()?;
            let said = json!({ "code": null, "error": error, "error_description": INJECTED });
            (*patch == said).then_some(format!("the authorization response is the error {}", quoted(error).ok()?))
        }
        (_, _, change) => {
            let message = message_name(*at, *grant)?;
            match change {
                Change::Merge(patch) => match only_member(patch)? {
                    (name, Value::Null) => Some(format!("the {message} has no {name}")),
                    (name, Value::String(value)) => {
                        Some(format!("the {message} has {name} set to {}", quoted(value).ok()?))
                    }
                    _ => None,
                },
                Change::SetNull(names) => match names.as_slice() {
                    [name] => Some(format!("the {message} has {} set to null", quoted(name).ok()?)),
                    _ => None,
                },
                Change::Respond { status: Some(status), headers, body: Some(body) } => {
                    let body: Value = serde_json::from_str(body).ok()?;
                    let error = body["error"].as_str()?;
                    let is_said = body == json!({ "error": error, "error_description": INJECTED })
                        && *headers == [("content-type".to_owned(), "application/json".to_owned())];
                    let error = quoted(error).ok().filter(|_| is_said)?;
                    Some(format!("the {message} is status {status} with the error {error}"))
                }
                Change::Reset => Some(format!("the connection is reset instead of the {message}")),
                _ => None,
            }
        }
    }
}

fn signature_line(signing: &Signing) -> Option<String> {
    Some(match signing {
        Signing::None { spelling } => format!("the ID token is unsigned, with the alg {}", quoted(spelling).ok()?),
        Signing::Corrupted => "the ID token's signature is corrupted".to_owned(),
        Signing::UnknownKey => "the ID token is signed with an unpublished key under the published key id".to_owned(),
        Signing::EmbeddedJwk => "the ID token is signed with a key that its own header carries".to_owned(),
        Signing::HmacWithClientSecret => "the ID token is signed by HMAC with \"the client secret\"".to_owned(),
        Signing::HmacWithEmptyKey => "the ID token is signed by HMAC with \"no key\"".to_owned(),
        Signing::Stripped => "the ID token's signature is empty".to_owned(),
        Signing::TwoParts => "the ID token has no part for the signature".to_owned(),
        Signing::AfterSigning(patch) => match only_member(patch)? {
            (name, Value::String(value)) => {
                format!("the ID token's claim {name} is changed to {} after signing", quoted(value).ok()?)
            }
            _ => return None,
        },
        _ => return None,
    })
}

/// The quoted name and the value of the only member of a merge patch.
fn only_member(patch: &Value) -> Option<(String, &Value)> {
    let mut members = patch.as_object()?.iter();
    match (members.next(), members.next()) {
        (Some((name, value)), None) => Some((quoted(name).ok()?, value)),
        _ => None,
    }
}

fn message_name(at: Point, grant: Option<GrantType>) -> Option<&'static str> {
    Some(match (at, grant) {
        (Point::AuthorizationResponse, None) => "authorization response",
        (Point::TokenResponse, Some(GrantType::AuthorizationCode)) => "token response",
        (Point::TokenResponse, Some(GrantType::RefreshToken)) => "refresh response",
        (Point::Userinfo, None) => "UserInfo response",
        (Point::ApiResponse, None) => "API response",
        (Point::Discovery, None) => "metadata",
        (Point::Jwks, None) => "key set",
        _ => return None,
    })
}

/// The line of an action, without its keyword.
///
/// # Errors
///
/// If no line of the vocabulary says it.
pub fn when_line(action: &Action) -> Result<String, String> {
    Ok(match action {
        Action::LogIn { browser, person, provider } => at_provider(*provider, *browser, *person, "logs in"),
        Action::LogInReturning { browser, target } => {
            format!("the {browser} logs in by a link that returns to {}", quoted(&target.replace('\t', "{tab}"))?)
        }
        Action::Begin { browser, person, provider, without } => begin_line(*browser, *person, *provider, without)?,
        Action::BeginMixedUp { browser, person, asked, answers } => {
            let (asked, answers) = (provider_word(*asked), provider_word(*answers));
            format!(
                "the {browser} starts a login at the {asked} provider, and the {answers} provider answers it for {person}"
            )
        }
        Action::BeginInTab { browser, tab } => format!("the {browser} starts a login in the {} tab", tab_word(*tab)),
        Action::DeliverInTab { browser, tab } => {
            format!("the {browser}'s authorization response arrives in the {} tab", tab_word(*tab))
        }
        Action::Deliver { of, to, with_own, replaced } => delivery_line(*of, *to, with_own, replaced)?,
        Action::DeliverTwice(browser) => format!("the {browser}'s authorization response arrives twice at once"),
        Action::DeliverTogether(browsers) => match browsers.as_slice() {
            [one, other] => format!("the authorization responses of the {one} and the {other} arrive at once"),
            _ => return Err(format!("no line says {action:?}")),
        },
        Action::Forge { to, params } => {
            let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
            format!("a forged response {} arrives in the {to}'s browser", quoted(&query)?)
        }
        Action::Replay(browser) => {
            format!("the same authorization response arrives again in the {browser}'s browser")
        }
        Action::CallApi(Browser::User) => "the client calls the API".to_owned(),
        Action::CallApi(browser) => format!("the client calls the API for the {browser}"),
        Action::CallApiAtOnce { browser: Browser::User, calls } => {
            format!("the client calls the API {calls} times at once")
        }
        Action::CallApiTogether(browsers) => match browsers.as_slice() {
            [one, other] => format!("the client calls the API for the {one} and the {other} at once"),
            _ => return Err(format!("no line says {action:?}")),
        },
        Action::Refresh(Browser::User) => "the client refreshes its access token".to_owned(),
        Action::Refresh(browser) => format!("the client refreshes its access token for the {browser}"),
        Action::LogOut(browser) => format!("the {browser} logs out"),
        Action::PlantCookies { of, to } => format!("the {of}'s cookies are planted in the {to}'s browser"),
        Action::RenameCookies { of, like } => {
            format!("the {of}'s cookies are sent under the names of the {like}'s cookies")
        }
        Action::TakeCookies { of, to } => format!("the {of}'s cookies are taken to the {to}'s browser"),
        Action::StartLogins(count) => format!("{count} logins are started"),
        Action::AbandonLogins { browser, count } => format!("{count} logins are abandoned in the {browser}'s browser"),
        Action::Stray(browser) => format!("stray requests reach the redirect URI of the {browser}"),
        Action::CompleteLogins(count) => format!("{count} logins are completed"),
        Action::PassTime(seconds @ 0..) => format!("{seconds} seconds pass"),
        Action::ExpireAccessToken => "the access token expires".to_owned(),
        Action::RevokeAccessTokens => "the API stops accepting the access token".to_owned(),
        Action::RevokeRefreshTokens => "the provider revokes the refresh token".to_owned(),
        Action::RotateKeys => "the provider replaces its keys".to_owned(),
        Action::Arm(fault) => format!("from now on {}", fault_line(fault)?),
        Action::Disarm => "the provider is honest again".to_owned(),
        Action::CallApiAtOnce { .. } | Action::PassTime(_) => return Err(format!("no line says {action:?}")),
    })
}

fn at_provider(provider: Provider, browser: Browser, person: Person, does: &str) -> String {
    let place = match provider {
        Provider::First => "",
        Provider::Second => " at the second provider",
    };
    match person == browser.owner() {
        true => format!("the {browser} {does}{place}"),
        false => format!("{person} {does}{place} in the {browser}'s browser"),
    }
}

fn begin_line(browser: Browser, person: Person, provider: Provider, without: &[String]) -> Result<String, String> {
    if without.is_empty() && (provider == Provider::First || person == browser.owner()) {
        return Ok(at_provider(provider, browser, person, "starts a login"));
    }
    if provider == Provider::First && person == browser.owner() {
        return Ok(format!("the {browser} starts a login without {}", quoted(&without.join(", "))?));
    }
    Err(format!(
        "no line says that {person} starts a login at the {provider} in the {browser}'s browser, without {without:?}"
    ))
}

fn delivery_line(
    of: Browser,
    to: Browser,
    with_own: &[String],
    replaced: &[(String, String)],
) -> Result<String, String> {
    let arrives = format!("the {of}'s authorization response arrives");
    Ok(match (with_own, replaced) {
        ([], []) if of == to => arrives,
        ([], []) => format!("{arrives} in the {to}'s browser"),
        (own, []) => format!("{arrives} in the {to}'s browser with its own {}", quoted(&own.join(", "))?),
        ([], [(name, value)]) => {
            format!("{arrives} in the {to}'s browser with the {} {}", quoted(name)?, quoted(value)?)
        }
        _ => return Err(format!("no line says a delivery with {replaced:?} and with {with_own:?} of its own")),
    })
}

fn provider_word(provider: Provider) -> &'static str {
    match provider {
        Provider::First => "first",
        Provider::Second => "second",
    }
}

fn tab_word(tab: Tab) -> &'static str {
    match tab {
        Tab::First => "first",
        Tab::Second => "second",
    }
}

/// A text between quotation marks: it can hold none itself.
fn quoted(text: &str) -> Result<String, String> {
    match text.contains(['"', '\n', '\r']) {
        true => Err(format!("no line says a text with quotation marks or line ends: {text:?}")),
        false => Ok(format!("\"{text}\"")),
    }
}

/// A text block below a line.
fn block(text: &str) -> String {
    let lines = text.lines().map(|line| format!("  {line}"));
    std::iter::once("  \"\"\"".to_owned()).chain(lines).chain(["  \"\"\"".to_owned()]).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use cucumber::gherkin::{Feature, GherkinEnv};

    use super::*;

    fn compiled(lines: &[String]) -> Plan {
        let text = format!("Feature: f\n  Scenario: s\n    {}\n", lines.join("\n").replace('\n', "\n    "));
        let feature = Feature::parse(&text, GherkinEnv::default()).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let steps = &feature.scenarios[0].steps;
        super::super::compile(steps, Path::new("test")).unwrap_or_else(|problems| panic!("{problems:?}\n{text}"))
    }

    fn plan(arrangements: Vec<Arrangement>, actions: Vec<Action>) -> Plan {
        Plan { arrangements, actions, ..Plan::default() }
    }

    fn is_read_as_it_was(plan: &Plan) {
        let lines = write(plan).unwrap_or_else(|error| panic!("{error}"));
        let read = compiled(&lines);
        assert_eq!((&read.arrangements, &read.actions), (&plan.arrangements, &plan.actions), "{lines:#?}");
    }

    #[test]
    fn every_named_fault_is_read_as_it_was_written() {
        for name in mock_idp::fault::names() {
            let fault = mock_idp::fault::named(name).expect("it has that name");
            let unnamed = Fault { name: None, ..fault.clone() };
            is_read_as_it_was(&plan(
                vec![Arrangement::Fault(fault.clone()), Arrangement::Fault(unnamed.clone())],
                vec![],
            ));
            is_read_as_it_was(&plan(
                vec![],
                vec![Action::Arm(fault), Action::Arm(Fault { times: Times::Once, ..unnamed })],
            ));
        }
    }

    #[test]
    fn every_dialect_is_read_as_it_was_written() {
        for dialect in mock_idp::Dialect::of_openid_connect() {
            is_read_as_it_was(&plan(vec![Arrangement::Dialect(dialect)], vec![]));
        }
    }

    #[test]
    fn faults_that_all_happen_once_share_a_line() {
        let named = |name| mock_idp::fault::named(name).expect("it has that name");
        let once = |name| Arrangement::Fault(Fault { times: Times::Once, ..named(name) });
        let both = plan(vec![once("jwks/empty"), once("id-token/other-nonce")], vec![]);
        is_read_as_it_was(&both);
        assert_eq!(write(&both).expect("they can be said").last().expect("a line"), "And every fault happens once");
        is_read_as_it_was(&plan(vec![once("jwks/empty"), Arrangement::Fault(named("jwks/reset"))], vec![]));
    }

    #[test]
    fn errors_have_lines_of_their_own() {
        let fault = |json: Value| Arrangement::Fault(Fault::from_json(&json.to_string()).expect("a fault"));
        let declined = json!({ "code": null, "error": "access_denied", "error_description": INJECTED });
        let body = json!({ "error": "invalid_grant", "error_description": INJECTED }).to_string();
        let respond = json!({ "status": 400, "headers": [["content-type", "application/json"]], "body": body });
        let arranged = vec![
            fault(json!({ "at": "authorization-response", "change": { "merge": declined } })),
            fault(json!({ "at": "token-response", "grant": "authorization_code", "change": { "respond": respond } })),
        ];
        let plan = plan(arranged, vec![]);
        is_read_as_it_was(&plan);
        let lines = write(&plan).expect("they can be said");
        assert_eq!(lines[0], "Given the authorization response is the error \"access_denied\"");
        assert_eq!(lines[1], "And the token response is status 400 with the error \"invalid_grant\"");
    }

    #[test]
    fn what_no_line_says_is_an_error() {
        let negative = plan(vec![], vec![Action::PassTime(-1)]);
        assert!(write(&negative).is_err_and(|error| error.contains("PassTime(-1)")));
    }
}
