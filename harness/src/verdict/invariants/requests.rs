//! What the client sends, in whatever run: no fault of a provider excuses a malformed request.

use mock_idp::{Change, CredentialKind, Endpoint, Entry, Point, Times};
use serde_json::Value;

use super::duties::altered_members;
use super::violation::Violation;
use crate::evidence::{ArmedFault, Evidence};
use crate::plan::{Action, Check, Form, Invariant, Message};
use crate::suite::Level;
use crate::terms::Capability;
use crate::text::s256;
use crate::verdict::finding::Weight;
use crate::verdict::{leakage, misdirected};

const WITHOUT_CODE: &str = "sends a token request without a code";

const OF_THE_CODE: &str = "sends values of the code exchange with a refresh";

/// What every message of a kind has to pass, how strong the duty is, and what a client does that does not.
fn checks() -> Vec<(Message, Check, Level, &'static str)> {
    use Level::{Interop, Must, Should};
    use Message::{ApiRequest, AuthorizationRequest, RefreshRequest, TokenRequest, UserinfoRequest};
    let equals = |name: &str, value: &str| Check::Equals(name.to_owned(), value.to_owned());
    let form = |name: &str, form| Check::Form(name.to_owned(), form);
    let media_type = || Check::Header("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned());
    vec![
        (AuthorizationRequest, equals("response_type", "code"), Must, "asks for something else than a code"),
        (AuthorizationRequest, equals("client_id", "{client_id}"), Must, "sends another client_id"),
        (AuthorizationRequest, Check::EachParameterOnce, Must, "repeats a parameter of the authorization request"),
        (
            AuthorizationRequest,
            form("redirect_uri", Form::RegisteredRedirectUri),
            Must,
            "sends no registered redirect_uri",
        ),
        (AuthorizationRequest, form("scope", Form::ScopeList), Must, "sends a malformed scope"),
        (AuthorizationRequest, Check::Lacks("client_secret".to_owned()), Must, "sends its secret through the browser"),
        (AuthorizationRequest, form("code_challenge", Form::S256Challenge), Must, "sends a malformed code_challenge"),
        (AuthorizationRequest, equals("code_challenge_method", "S256"), Should, "sends the verifier as the challenge"),
        (TokenRequest, Check::Has("code".to_owned()), Must, WITHOUT_CODE),
        (TokenRequest, Check::FormPost, Must, "redeems a code otherwise than by POST"),
        (TokenRequest, media_type(), Must, "redeems a code otherwise than by a form"),
        (TokenRequest, equals("grant_type", "authorization_code"), Must, "sends another grant_type"),
        (TokenRequest, Check::EachParameterOnce, Must, "repeats a parameter of the token request"),
        (TokenRequest, Check::OneAuthentication, Must, "authenticates in two ways at once"),
        (TokenRequest, Check::Repeats("redirect_uri".to_owned()), Must, "does not repeat the redirect_uri"),
        (TokenRequest, form("code_verifier", Form::CodeVerifier), Must, "sends a malformed code_verifier"),
        (TokenRequest, Check::VerifierMatches, Must, "sends a code_verifier of another login, or none"),
        (RefreshRequest, Check::Has("refresh_token".to_owned()), Interop, "refreshes without a refresh token"),
        (RefreshRequest, Check::Lacks("code".to_owned()), Interop, OF_THE_CODE),
        (RefreshRequest, Check::Lacks("code_verifier".to_owned()), Interop, OF_THE_CODE),
        (RefreshRequest, Check::Lacks("redirect_uri".to_owned()), Interop, OF_THE_CODE),
        (RefreshRequest, Check::FormPost, Must, "refreshes otherwise than by POST"),
        (RefreshRequest, media_type(), Must, "refreshes otherwise than by a form"),
        (RefreshRequest, Check::EachParameterOnce, Must, "repeats a parameter of the refresh request"),
        (RefreshRequest, Check::OneAuthentication, Must, "authenticates in two ways at once"),
        (RefreshRequest, Check::ScopeWithinGrant, Must, "asks for more scope on a refresh"),
        (ApiRequest, Check::BearerHeader, Must, "presents an access token to the API otherwise than in the header"),
        (ApiRequest, Check::AccessTokenPresented, Must, "presents something else than an access token to the API"),
        (
            UserinfoRequest,
            Check::BearerHeader,
            Should,
            "presents an access token to UserInfo otherwise than in the header",
        ),
    ]
}

/// Every request is one that a strict provider accepts (RFC 6749 §4.1.1, §4.1.3, §6; RFC 7636 §4; RFC 6750 §2).
pub(super) fn violations(evidence: &Evidence) -> Vec<Violation> {
    // A request that the browser has altered on its way is not the client's any more.
    let altered = evidence.attempts.iter().any(|attempt| alters_request(&attempt.action));
    // Nor does the client know of which login a code is that it was given in the place of another one.
    let injected = evidence.attempts.iter().any(|attempt| match &attempt.action {
        Action::Forge { .. } | Action::PlantCookies { .. } | Action::TakeCookies { .. } => true,
        other => other.injects(),
    }) || evidence.faults.iter().any(|armed| armed.at == Point::AuthorizationResponse);
    // A token of another type than Bearer is presented otherwise, if it is at all.
    let is_of_other_type =
        evidence.faults.iter().any(|armed| armed.at == Point::TokenResponse && armed.says("token_type"));
    // What was granted is what the response says, in whatever form: a client may repeat it.
    let is_repeated_scope = |entry: &Entry| {
        let of_response = evidence.faults.iter().filter(|armed| armed.at == Point::TokenResponse);
        of_response.into_iter().any(|armed| match &armed.fault.change {
            Change::Retype(forms) => forms.contains_key("scope"),
            Change::Merge(patch) => patch
                .get("scope")
                .is_some_and(|scope| scope.is_string() && scope.as_str() == entry.request.param("scope")),
            _ => false,
        })
    };
    let sent: Vec<_> = Message::ALL.iter().map(|message| (*message, evidence.sent(*message))).collect();
    let checks = checks().into_iter().filter(|(message, ..)| !(altered && *message == Message::AuthorizationRequest));
    let found = checks.filter_map(|(message, check, level, cause)| {
        let (_, sent) = sent.iter().find(|(kind, _)| *kind == message)?;
        // Apps that begin a login again at the callback take along what the provider has sent there, which differs from
        // provider to provider: what they send by themselves is judged by a scenario.
        let is_redirect_uri = matches!(&check, Check::Form(name, _) if name == "redirect_uri");
        let is_excused = |entry: &Entry| {
            // No type of token asks for a URL.
            let is_in_url = || entry.presented.iter().any(|it| leakage::in_url(&it.place));
            is_redirect_uri && differs_in_query(entry, &evidence.redirect_uri)
                || check == Check::ScopeWithinGrant && is_repeated_scope(entry)
                || is_of_other_type && check == Check::BearerHeader && !is_in_url()
        };
        let judged = sent.iter().filter(|it| is_judged(it, message, &check, altered || injected) && !is_excused(it));
        let (entry, what) =
            judged.into_iter().find_map(|entry| Some((entry, evidence.check_one(entry, &check).err()?)))?;
        let said = format!("request #{} ({message}): {what}", entry.seq);
        if check == Check::VerifierMatches && is_of_another_tab(evidence, entry) {
            // The provider refuses the code, and nobody is logged in by it.
            let cause = "mixes up two logins of one browser: the code_verifier is that of the other one";
            let violation = Violation::of(Invariant::Requests, Level::Interop, cause, said);
            return Some(violation.under(vec!["RFC7636-4.5"]));
        }
        Some(Violation::of(Invariant::Requests, level, cause, said))
    });
    let others = [
        unanswered(evidence),
        downgrade(evidence),
        unannounced(evidence),
        guessed(evidence),
        misplaced(evidence),
        led_astray(evidence),
    ];
    found.chain(others.into_iter().flatten()).collect()
}

/// RFC 6749 §4.1.2: a response without a code leaves nothing to redeem, also not a word that stands for nothing.
fn unanswered(evidence: &Evidence) -> Option<Violation> {
    let lacks_code = |armed: &&ArmedFault| {
        let is_code =
            |(name, value): &(String, Option<Value>)| name == "code" && value.as_ref().is_none_or(|it| it == "");
        armed.at == Point::AuthorizationResponse && altered_members(&armed.fault.change).iter().any(is_code)
    };
    let exchanges = evidence.exchanges();
    evidence.faults.iter().filter(lacks_code).find_map(|armed| {
        let response = exchanges.iter().find(|entry| entry.faults.contains(&armed.id))?;
        let attempt = evidence.attempt_of(response)?;
        let Action::LogIn { .. } = attempt.action else { return None };
        let asked = evidence.sent(Message::TokenRequest).into_iter().find(|entry| attempt.when.holds(entry.arrived))?;
        // A login that was begun again may have brought one.
        let logins = evidence.sent(Message::AuthorizationRequest);
        let is_only = logins.iter().filter(|entry| attempt.when.holds(entry.arrived)).count() == 1;
        is_only.then(|| {
            let message = format!("the authorization response has no code, and request #{} asks for tokens", asked.seq);
            Violation::of(Invariant::Requests, Level::Must, WITHOUT_CODE, message).under(vec!["RFC6749-4.1.2"])
        })
    })
}

/// OpenID Connect Discovery §4.1: where metadata are follows from the issuer.
fn misplaced(evidence: &Evidence) -> Option<Violation> {
    let finding = leakage::metadata_from_well_known_path(evidence).err().filter(|it| it.weight == Weight::Unmet)?;
    let cause = "asks for metadata where there are none";
    Some(Violation::of(Invariant::Requests, Level::Must, cause, finding.message).under(vec!["OIDC-Discovery-4.1"]))
}

/// RFC 7636 §5: a provider that does not know PKCE ignores a challenge, so that nothing has to announce it.
fn unannounced(evidence: &Evidence) -> Option<Violation> {
    let is_silent = |armed: &&ArmedFault| match &armed.fault.change {
        Change::Merge(patch) => {
            armed.at == Point::Discovery && patch.get(CHALLENGE_METHODS).is_some_and(Value::is_null)
        }
        _ => false,
    };
    let armed = evidence.faults.iter().find(is_silent)?;
    let is_read = evidence.exchanges().iter().any(|entry| entry.faults.contains(&armed.id));
    if !is_read || !evidence.asks_with("code_challenge") {
        return None;
    }
    let check = Check::Has("code_challenge".to_owned());
    let problem = evidence.check(Message::AuthorizationRequest, &check).err()?;
    let message = format!("the metadata do not announce PKCE, and request #{} has no code_challenge", problem.seq);
    let cause = "sends a challenge only to a provider that announces PKCE";
    Some(Violation::of(Invariant::Requests, Level::Should, cause, message).under(vec!["RFC7636-5"]))
}

const CHALLENGE_METHODS: &str = "code_challenge_methods_supported";

/// OpenID Connect Discovery §4.2: endpoints are where the metadata say, with the query that they say.
fn guessed(evidence: &Evidence) -> Option<Violation> {
    // A client may read them again where they are as usual.
    if evidence.attempts.iter().any(|attempt| attempt.action == Action::Disarm) {
        return None;
    }
    let exchanges = evidence.exchanges();
    evidence.faults.iter().find_map(|armed| {
        let Change::Merge(Value::Object(patch)) = &armed.fault.change else { return None };
        // Metadata that were read once as they usually are stay so.
        let is_read = exchanges.iter().any(|entry| entry.faults.contains(&armed.id));
        if armed.at != Point::Discovery || armed.fault.times != Times::Always || !is_read {
            return None;
        }
        patch.iter().find_map(|(name, value)| {
            let message = match name.as_str() {
                "authorization_endpoint" => Message::AuthorizationRequest,
                "token_endpoint" => Message::TokenRequest,
                "userinfo_endpoint" if evidence.capabilities.contains(&Capability::Openid) => Message::UserinfoRequest,
                "jwks_uri" => Message::JwksRequest,
                _ => return None,
            };
            if value.is_null() {
                // No text forbids it; the scenario about such metadata asks for a login alone.
                let sent = evidence.sent(message).into_iter().next()?;
                let said =
                    format!("request #{} ({message}) goes to an endpoint that the metadata do not have", sent.seq);
                let cause = format!("makes up the {name} that the metadata do not have");
                let violation = Violation::of(Invariant::Requests, Level::May, cause, said);
                return Some(violation.under(vec!["OIDC-Discovery-4.2"]));
            }
            let url = value.as_str()?;
            let check = match (url.ends_with("/~as-published"), url.ends_with("?tenant=a%2Fb")) {
                (true, _) => Check::PathEndsWith("/~as-published".to_owned()),
                (_, true) => Check::InUrl("tenant".to_owned(), "a/b".to_owned()),
                _ => return None,
            };
            let problem = evidence.check(message, &check).err()?;
            let said = format!("request #{} ({message}): {}", problem.seq, problem.found);
            let cause = format!("does not use the {name} of the metadata as it stands there");
            Some(Violation::of(Invariant::Requests, Level::Must, cause, said).under(vec!["OIDC-Discovery-4.2"]))
        })
    })
}

/// Where keys are is for the metadata to say: a token that nobody has vouched for yet leads nowhere (RFC 8725 §3.10).
fn led_astray(evidence: &Evidence) -> Option<Violation> {
    // Each of these names the same server.
    let hosts = ["{stranger}", "{neighbour}"];
    let names_host = |armed: &&ArmedFault| hosts.iter().any(|host| armed.says(host));
    let mut naming = evidence.faults.iter().filter(names_host).map(|armed| armed.at).peekable();
    naming.peek()?;
    // A redirect may have led there as well.
    if naming.any(|at| at != Point::IdTokenHeader) {
        return None;
    }
    let finding = misdirected::other_host_never_asked(evidence).err()?;
    let cause = "asks a host that the header of an ID token names";
    Some(Violation::of(Invariant::Requests, Level::Should, cause, finding.message).under(vec!["RFC8725-3.10"]))
}

/// RFC 7636 §7.2: a client that has sent an S256 challenge does not go on with less at the same provider.
fn downgrade(evidence: &Evidence) -> Option<Violation> {
    if evidence.faults.iter().any(|armed| armed.at == Point::Discovery) {
        return None;
    }
    evidence.providers().find_map(|issuer| {
        let asked = evidence.exchanges_at(issuer).into_iter().filter(|it| it.endpoint == Endpoint::Authorize);
        // What a person has taken out of a request, the client has sent.
        let asked = asked.filter(|entry| !is_altered(evidence, entry)).collect::<Vec<_>>();
        let is_hashed = |entry: &Entry| entry.request.param("code_challenge_method") == Some("S256");
        let first = asked.iter().position(|entry| is_hashed(entry))?;
        let weaker = asked[first..].iter().find(|entry| !is_hashed(entry))?;
        let message =
            format!("request #{} has an S256 challenge, and request #{} has none", asked[first].seq, weaker.seq);
        let cause = "falls back to a login without PKCE, or with a plain challenge";
        Some(Violation::of(Invariant::Requests, Level::Must, cause, message).under(vec!["RFC7636-7.2"]))
    })
}

/// Whether a person, or another provider, changes the authorization request on its way.
fn alters_request(action: &Action) -> bool {
    match action {
        Action::BeginMixedUp { .. } => true,
        Action::Begin { without, .. } => !without.is_empty(),
        _ => false,
    }
}

fn is_altered(evidence: &Evidence, entry: &Entry) -> bool {
    let attempt = evidence.attempt_of(entry);
    attempt.is_some_and(|attempt| alters_request(&attempt.action))
}

/// Whether the redirect URI of a request is the registered one but for its query.
fn differs_in_query(entry: &Entry, registered: &str) -> bool {
    let base = |url: &str| url.split('?').next().map(str::to_owned);
    entry.request.param("redirect_uri").is_some_and(|sent| base(sent) == base(registered))
}

/// Whether the verifier of a token request is that of another login, which the same browser has begun besides.
fn is_of_another_tab(evidence: &Evidence, entry: &Entry) -> bool {
    let attempt = evidence.attempt_of(entry);
    let Some(browser) = attempt.and_then(|attempt| attempt.action.browsers().first().copied()) else {
        return false;
    };
    let Some(verifier) = entry.request.param("code_verifier") else { return false };
    let hashed = s256(verifier);
    let asked = evidence.sent(Message::AuthorizationRequest);
    let mut asked = asked.iter().filter(|it| it.request.param("code_challenge") == Some(hashed.as_str()));
    asked.any(|it| evidence.sender(it) == Some(browser))
}

/// Whether a check says anything about this request.
fn is_judged(entry: &Entry, message: Message, check: &Check, injected: bool) -> bool {
    let has = |name: &str| entry.request.param(name).is_some();
    let presents = |kind| entry.presented.iter().any(|it| it.credential.kind == kind);
    match (message, check) {
        (Message::AuthorizationRequest, Check::Form(name, _)) if name == "code_challenge" => {
            has(name) && entry.request.param("code_challenge_method") == Some("S256")
        }
        (Message::AuthorizationRequest, Check::Equals(name, _)) if name == "code_challenge_method" => {
            has("code_challenge")
        }
        (Message::AuthorizationRequest | Message::TokenRequest, Check::Form(name, _)) => has(name),
        // What was delivered to the client may be no code of this provider, or one of another login.
        (Message::TokenRequest, Check::Repeats(_)) => presents(CredentialKind::Code) && !injected,
        (Message::TokenRequest, Check::VerifierMatches) => {
            has("code_verifier") && presents(CredentialKind::Code) && !injected
        }
        // A credential that no provider has issued cannot be told from others.
        (Message::ApiRequest | Message::UserinfoRequest, _) => !entry.presented.is_empty(),
        _ => true,
    }
}
