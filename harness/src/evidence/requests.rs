//! What is looked at in single messages of the client.

use std::collections::{HashMap, HashSet};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use mock_idp::{CredentialKind, Endpoint, Entry, Place, Request};

use super::gathered::Evidence;
use crate::plan::{Check, Form, Message};
use crate::text::s256;

/// What belongs into the form of a token request (RFC 6749 §4.1.3, §6, §2.3.1; RFC 7636 §4.5; RFC 7521 §4.2). What else
/// stands in the URL is between the client and the provider (RFC 6749 §3.2).
const OF_TOKEN_REQUESTS: [&str; 10] = [
    "grant_type",
    "code",
    "redirect_uri",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "code_verifier",
    "refresh_token",
    "scope",
];

/// What is wrong with a message, and in which exchange of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestProblem {
    /// The journal's number of the exchange.
    pub seq: u64,
    /// What was found.
    pub found: String,
}

impl Evidence {
    /// A client whose token requests come from a script in a page has its tokens there by design (OAuth 2.0 for
    /// Browser-Based Applications).
    #[must_use]
    pub fn runs_in_browser(&self) -> bool {
        self.exchanges().iter().any(|entry| entry.endpoint == Endpoint::Token && is_by_page(&entry.request))
    }

    /// Applies a check to every message of a kind; the first problem decides.
    ///
    /// # Errors
    ///
    /// The first message that does not pass.
    pub fn check(&self, message: Message, check: &Check) -> Result<(), RequestProblem> {
        let sent = self.sent(message);
        match check {
            Check::Distinct(name) => distinct(&sent, name),
            Check::Bits(names, bits) => {
                // A value that is not in every request binds nothing.
                let bits_of = |name: &str| {
                    let values: Option<Vec<_>> = sent.iter().map(|entry| entry.request.param(name)).collect();
                    values.map(|values| varying_bits(&values))
                };
                let found: Vec<_> = names.iter().map(|name| (name, bits_of(name))).collect();
                let seq = sent.last().map_or(0, |entry| entry.seq);
                let is_enough = found.iter().any(|(_, found)| found.is_some_and(|found| found >= *bits));
                ensure(is_enough, seq, || {
                    let told = found.iter().map(|(name, found)| match found {
                        Some(found) => format!("about {found} bits of {name} vary"),
                        None if sent.iter().all(|it| it.request.param(name).is_none()) => {
                            format!("{name} is in no request")
                        }
                        None => format!("{name} is not in every request"),
                    });
                    let told = told.collect::<Vec<_>>().join(", and ");
                    format!("{told}, over {} requests; {bits} varying bits are needed", sent.len())
                })
            }
            _ => sent.iter().try_for_each(|entry| {
                self.check_one(entry, check).map_err(|found| RequestProblem { seq: entry.seq, found })
            }),
        }
    }

    /// Applies a check to one message.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn check_one(&self, entry: &Entry, check: &Check) -> Result<(), String> {
        let request = &entry.request;
        let once = |name: &str| only(entry, name);
        match check {
            Check::Equals(name, wanted) => {
                let wanted = self.registered(wanted);
                let found = once(name)?;
                // RFC 6749 §3.3: the order does not matter; nor does it say more to say it twice.
                let same = if name == "scope" { tokens(found) == tokens(&wanted) } else { found == wanted };
                if same { Ok(()) } else { Err(format!("{name} is {found:?}, not {wanted:?}")) }
            }
            Check::Has(name) => match once(name)? {
                "" => Err(format!("{name} is empty")),
                _ => Ok(()),
            },
            Check::Lacks(name) => match request.params.iter().chain(&request.query).find(|(known, _)| known == name) {
                None => Ok(()),
                Some(_) => Err(format!("{name} is there")),
            },
            Check::Lists(name, token) => {
                let found = once(name)?;
                let listed = found.split(' ').any(|known| known == token);
                if listed { Ok(()) } else { Err(format!("{name} is {found:?}, which does not list {token}")) }
            }
            Check::Form(name, form) => {
                let found = once(name)?;
                let wrong = self.misshapen(found, *form);
                wrong.map_or(Ok(()), |wrong| Err(format!("{name} is {found:?}: {wrong}")))
            }
            Check::EachParameterOnce => {
                let mut seen = HashSet::new();
                match request.params.iter().find(|(name, _)| !seen.insert(name)) {
                    None => Ok(()),
                    Some((name, _)) => Err(format!("{name} is there more than once")),
                }
            }
            Check::Repeats(name) => {
                let asked = self.authorization_request_of(entry)?;
                let (then, now) = (asked.request.param(name), request.param(name));
                if then == now { Ok(()) } else { Err(format!("{name} is {}, and was {}", quoted(now), quoted(then))) }
            }
            Check::VerifierMatches => {
                let asked = self.authorization_request_of(entry)?;
                let challenge = asked.request.param("code_challenge");
                let verifier = once("code_verifier")?;
                let hashed = s256(verifier);
                if challenge == Some(hashed.as_str()) {
                    Ok(())
                } else {
                    Err(format!("the verifier hashes to {hashed}, and the challenge was {}", quoted(challenge)))
                }
            }
            Check::Header(name, wanted) => {
                let found = request.header(name).ok_or_else(|| format!("there is no header {name}"))?;
                let essence = found.split(';').next().unwrap_or_default().trim();
                if essence.eq_ignore_ascii_case(wanted) { Ok(()) } else { Err(format!("{name} is {found:?}")) }
            }
            Check::InUrl(name, wanted) => match request.query.iter().find(|(known, _)| known == name) {
                Some((_, found)) if found == wanted => Ok(()),
                Some((_, found)) => Err(format!("{name} in the URL is {found:?}, not {wanted:?}")),
                None => Err(format!("{name} is not in the URL")),
            },
            Check::PathEndsWith(end) if request.path.ends_with(end.as_str()) => Ok(()),
            Check::PathEndsWith(end) => Err(format!("the path is {}, which does not end in {end}", request.path)),
            Check::FormPost if request.method != "POST" => Err(format!("the method is {}", request.method)),
            Check::FormPost => {
                match request.query.iter().find(|(name, _)| OF_TOKEN_REQUESTS.contains(&name.as_str())) {
                    None => Ok(()),
                    Some((name, _)) => Err(format!("{name} is in the URL")),
                }
            }
            Check::BearerHeader => bearer_header(entry),
            Check::AccessTokenPresented => match presented(entry).as_slice() {
                [CredentialKind::AccessToken] => Ok(()),
                [] => Err("no token of this provider was presented".to_owned()),
                other => Err(format!("what was presented is {other:?}")),
            },
            Check::BasicFormEncoded => self.basic_form_encoded(entry),
            Check::CredentialsInBody if request.header("authorization").is_some() => {
                Err("there is an Authorization header".to_owned())
            }
            Check::CredentialsInBody => {
                let right = once("client_id")? == self.registration.client_id
                    && once("client_secret")? == self.registration.client_secret;
                if right { Ok(()) } else { Err("the credentials are not the registered ones".to_owned()) }
            }
            Check::OneAuthentication => {
                let body = ["client_secret", "client_assertion"].iter().any(|name| request.param(name).is_some());
                let both = body && request.header("authorization").is_some();
                if both { Err("credentials are in the header and in the body".to_owned()) } else { Ok(()) }
            }
            Check::ScopeWithinGrant => self.scope_within_grant(entry),
            Check::Distinct(_) | Check::Bits(..) => Ok(()),
        }
    }

    /// Fills in values of the registration.
    fn registered(&self, text: &str) -> String {
        text.replace("{client_id}", &self.registration.client_id)
            .replace("{redirect_uri}", &self.redirect_uri)
            .replace("{audience}", self.registration.audience.as_deref().unwrap_or_default())
            .replace("{scope}", &self.registration.scope)
    }

    /// The authorization request that led to the code of a token request.
    fn authorization_request_of(&self, token_request: &Entry) -> Result<std::sync::Arc<Entry>, String> {
        let code = token_request
            .presented
            .iter()
            .map(|presented| &presented.credential)
            .find(|credential| credential.kind == CredentialKind::Code)
            .ok_or("no authorization code of this provider was presented")?;
        let entries = self.issuer.journal().entries();
        entries
            .into_iter()
            .find(|entry| entry.seq == code.seq)
            .ok_or_else(|| "its authorization request is no longer in the journal".to_owned())
    }

    fn misshapen(&self, value: &str, form: Form) -> Option<&'static str> {
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let base64url = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        match form {
            Form::S256Challenge if value.len() != 43 => Some("a SHA-256 in base64url has 43 characters"),
            Form::S256Challenge if !value.bytes().all(base64url) => Some("it is not base64url without padding"),
            Form::CodeVerifier if !(43..=128).contains(&value.len()) => Some("a verifier has 43 to 128 characters"),
            Form::CodeVerifier if !value.bytes().all(unreserved) => Some("it holds a character that is not unreserved"),
            Form::ScopeList if value.split(' ').any(str::is_empty) => Some("tokens are separated by single spaces"),
            Form::ScopeList if value.contains(',') => Some("commas do not separate scopes"),
            Form::RegisteredRedirectUri if !self.is_registered(value) => {
                Some("it is not the registered one to the byte")
            }
            _ => None,
        }
    }

    fn basic_form_encoded(&self, entry: &Entry) -> Result<(), String> {
        let header = entry.request.header("authorization").ok_or("there is no Authorization header")?;
        // The scheme is compared without regard to case (RFC 9110 §11.1).
        let (scheme, encoded) = header.split_once(' ').ok_or("there is a scheme and nothing else")?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return Err(format!("the scheme is {scheme:?}, not Basic"));
        }
        let decoded = BASE64_STANDARD.decode(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let decoded = decoded.ok_or("the credentials are not base64")?;
        let (id, secret) = decoded.split_once(':').ok_or("there is no colon in the credentials")?;
        let right =
            form_decoded(id) == self.registration.client_id && form_decoded(secret) == self.registration.client_secret;
        if right {
            Ok(())
        } else if decoded == format!("{}:{}", self.registration.client_id, self.registration.client_secret) {
            Err("the credentials are joined without being form-encoded".to_owned())
        } else {
            Err("the credentials do not decode to the registered ones".to_owned())
        }
    }

    fn scope_within_grant(&self, entry: &Entry) -> Result<(), String> {
        let Some(asked) = entry.request.param("scope") else { return Ok(()) };
        let beyond = asked.split(' ').find(|token| !self.registration.asks_for(token));
        beyond.map_or(Ok(()), |token| Err(format!("it asks for {token}, which was not granted")))
    }
}

/// The tokens of a list.
fn tokens(list: &str) -> HashSet<&str> {
    list.split(' ').collect()
}

fn ensure(holds: bool, seq: u64, found: impl FnOnce() -> String) -> Result<(), RequestProblem> {
    if holds { Ok(()) } else { Err(RequestProblem { seq, found: found() }) }
}

/// The only value of a parameter.
fn only<'a>(entry: &'a Entry, name: &str) -> Result<&'a str, String> {
    let mut values = entry.request.params.iter().filter(|(known, _)| known == name);
    match (values.next(), values.next()) {
        (Some((_, value)), None) => Ok(value),
        (None, _) => Err(format!("{name} is not there")),
        (Some(_), Some(_)) => Err(format!("{name} is there more than once")),
    }
}

fn distinct(sent: &[std::sync::Arc<Entry>], name: &str) -> Result<(), RequestProblem> {
    let mut seen: HashMap<&str, u64> = HashMap::new();
    for entry in sent {
        let value = only(entry, name).map_err(|found| RequestProblem { seq: entry.seq, found })?;
        if let Some(first) = seen.insert(value, entry.seq) {
            return Err(RequestProblem { seq: entry.seq, found: format!("{name} is the one of request #{first}") });
        }
    }
    Ok(())
}

fn bearer_header(entry: &Entry) -> Result<(), String> {
    if let Some(elsewhere) = entry.presented.iter().find(|it| it.place != Place::AuthorizationHeader) {
        return Err(format!("a credential is presented in {}", elsewhere.place));
    }
    let header = entry.request.header("authorization").ok_or("there is no Authorization header")?;
    let scheme = header.split(' ').next().unwrap_or_default();
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(format!("the scheme is {scheme:?}"));
    }
    let token = entry.presented.first().map(|presented| presented.credential.value.as_str());
    match token {
        Some(token) if header.len() == "Bearer ".len() + token.len() && header.ends_with(token) => Ok(()),
        Some(_) => Err("the token is altered or padded".to_owned()),
        None => Err("what is presented is no token of this provider".to_owned()),
    }
}

fn presented(entry: &Entry) -> Vec<CredentialKind> {
    entry.presented.iter().map(|presented| presented.credential.kind).collect()
}

fn form_decoded(text: &str) -> String {
    url::form_urlencoded::parse(format!("v={text}").as_bytes())
        .next()
        .map_or(String::new(), |(_, value)| value.into_owned())
}

/// How many bits vary over samples of a value: the positions that vary, by the alphabet that is in use.
///
/// An estimate from outside: it finds constants, counters, time stamps and short values; it cannot tell a poor
/// generator from a good one.
fn varying_bits(values: &[&str]) -> u32 {
    let Some(shortest) = values.iter().map(|value| value.len()).min() else { return 0 };
    let bytes: Vec<_> = values.iter().map(|value| value.as_bytes()).collect();
    let varying = (0..shortest).filter(|&at| {
        let kinds: HashSet<_> = bytes.iter().map(|value| value[at]).collect();
        // A digit of a counter or of a time stamp takes a few values; a random one takes many.
        kinds.len() * 2 > values.len().min(10)
    });
    let used: HashSet<_> = bytes.iter().flat_map(|value| value.iter().copied()).collect();
    let all = |test: fn(&u8) -> bool| used.iter().all(test);
    let tenths_of_a_bit = if all(u8::is_ascii_digit) {
        33
    } else if all(u8::is_ascii_hexdigit) || all(|byte| byte.is_ascii_hexdigit() || *byte == b'-') {
        40
    } else if all(u8::is_ascii_alphanumeric) {
        59
    } else {
        60
    };
    let positions = u32::try_from(varying.count()).unwrap_or(u32::MAX);
    positions.saturating_mul(tenths_of_a_bit) / 10
}

/// What a parameter says, for a message.
fn quoted(value: Option<&str>) -> String {
    value.map_or_else(|| "missing".to_owned(), |value| format!("{value:?}"))
}

/// Whether a script in a page has sent a POST: browsers say from where. The `fetch` of Node.js, on a server, sends
/// `Sec-Fetch-Mode`, and neither of these.
fn is_by_page(request: &Request) -> bool {
    ["origin", "sec-fetch-site"].iter().any(|name| request.header(name).is_some())
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest::{SHA256, digest};
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;

    use super::*;

    #[test]
    fn script_in_a_page_is_told_from_fetch_on_a_server() {
        let with = |names: &[&str]| {
            let headers = names.iter().map(|name| ((*name).to_owned(), "x".to_owned())).collect();
            Request { method: "POST".to_owned(), headers, ..Request::default() }
        };
        assert!(is_by_page(&with(&["origin", "sec-fetch-mode", "sec-fetch-site"])), "a browser");
        assert!(!is_by_page(&with(&["accept-language", "sec-fetch-mode", "user-agent"])), "Node.js");
    }

    #[test]
    fn constant_value_has_no_varying_bits() {
        assert_eq!(varying_bits(&["xyz"; 16]), 0);
    }

    #[test]
    fn counter_has_few_varying_bits() {
        let values: Vec<_> = (0..16).map(|n| format!("state-{:010}", 1_000_000 + n)).collect();
        let values: Vec<_> = values.iter().map(String::as_str).collect();
        assert!(varying_bits(&values) < 16, "{}", varying_bits(&values));
    }

    #[test]
    fn random_base64url_of_22_characters_has_128_bits() {
        let values: Vec<_> = (0..16u128)
            .map(|n| BASE64_URL_SAFE_NO_PAD.encode(&digest(&SHA256, &n.to_be_bytes()).as_ref()[..16]))
            .collect();
        let values: Vec<_> = values.iter().map(String::as_str).collect();
        assert!(varying_bits(&values) >= 120, "{}", varying_bits(&values));
    }
}
