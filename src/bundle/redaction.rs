//! What must not leave the machine in a bundle.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use mock_idp::{Entry, Request, Response};
use regex::{Captures, Regex};

use crate::evidence::Evidence;
use crate::lab::Runs;

/// What stands in the place of a credential: `[refresh-token 3]` is the same one wherever it stands in a bundle.
///
/// A JWT keeps its header and its claims and loses its signature, so that it can be read and not be used. Cookies keep
/// their names. What a client proves itself by is left out by the name of its parameter. `state`, `nonce` and
/// `code_challenge` stay: they are of one login, which is over, and without them no login can be followed.
pub struct Redaction {
    finder: AhoCorasick,
    labels: Vec<String>,
}

/// A shorter value is a word that occurs anywhere.
const SHORTEST: usize = 8;

/// A JWT, or what has been made of one: no signature, or more parts.
static JWT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.)[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*").expect("it is one")
});
/// Parameters of a form or a query that prove something, and whose values are not in the journal's list of credentials.
static PARAMETER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(^|[?&])(client_secret|client_assertion|code_verifier|device_code|password)=[^&]*").expect("it is one")
});
/// The same in JSON.
static MEMBER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#""(client_secret|client_assertion|code_verifier|device_code|password)"(\s*):(\s*)"(?:[^"\\]|\\.)*""#)
        .expect("it is one")
});
const SECRET: [&str; 5] = ["client_secret", "client_assertion", "code_verifier", "device_code", "password"];

impl Redaction {
    /// Of all credentials that the providers of a run have handed out, and the secrets of its clients.
    #[must_use]
    pub fn of(runs: &Runs) -> Self {
        Self::of_all(runs.runs.iter().filter_map(|run| run.evidence.as_ref()))
    }

    fn of_all<'a>(all: impl Iterator<Item = &'a Evidence>) -> Self {
        let (mut known, mut issuers) = (BTreeMap::new(), BTreeSet::new());
        for evidence in all {
            for registration in
                [&evidence.registration].into_iter().chain(evidence.second.iter().map(|it| &it.registration))
            {
                known.insert(registration.client_secret.clone(), "client-secret".to_owned());
            }
            for issuer in evidence.providers().filter(|issuer| issuers.insert(issuer.identifier().to_owned())) {
                for (number, credential) in issuer.journal().credentials().into_iter().enumerate() {
                    let kind = serde_json::to_value(credential.kind).unwrap_or_default();
                    let kind = kind.as_str().unwrap_or("credential").to_owned();
                    known.entry(credential.value.clone()).or_insert_with(|| format!("{kind} {}", number + 1));
                }
            }
        }
        Self::of_values(known)
    }

    /// Values, each with what it is.
    fn of_values(known: BTreeMap<String, String>) -> Self {
        let known = known.into_iter().filter(|(value, _)| value.len() >= SHORTEST && !is_jwt(value));
        let (values, labels): (Vec<_>, Vec<_>) = known.map(|(value, label)| (value, format!("[{label}]"))).unzip();
        let finder = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&values);
        Self { finder: finder.expect("credentials are short, and there are not millions of them"), labels }
    }

    /// A text without credentials.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        let text = self.finder.replace_all(text, &self.labels);
        let text = JWT.replace_all(&text, "${1}[signature]");
        let text = PARAMETER.replace_all(&text, "$1$2=[redacted]");
        MEMBER.replace_all(&text, r#""$1"$2:$3"[redacted]""#).into_owned()
    }

    /// A parameter's value without credentials.
    fn parameter(&self, name: &str, value: &str) -> String {
        if SECRET.contains(&name) { "[redacted]".to_owned() } else { self.text(value) }
    }

    fn parameters(&self, all: &[(String, String)]) -> Vec<(String, String)> {
        all.iter().map(|(name, value)| (self.text(name), self.parameter(name, value))).collect()
    }

    /// Header fields without credentials.
    fn headers(&self, all: &[(String, String)]) -> Vec<(String, String)> {
        let value = |name: &str, value: &str| match name.to_ascii_lowercase().as_str() {
            "cookie" => cookies(value),
            "set-cookie" => cookie(value),
            "authorization" => match value.split_once(' ') {
                // The name of the client and its secret, in one.
                Some((scheme, _)) if scheme.eq_ignore_ascii_case("basic") => format!("{scheme} [redacted]"),
                _ => self.text(value),
            },
            _ => self.text(value),
        };
        all.iter().map(|(name, it)| (name.clone(), value(name, it))).collect()
    }

    /// An exchange without credentials.
    #[must_use]
    pub fn entry(&self, entry: &Entry) -> Entry {
        let request = &entry.request;
        let mut redacted = entry.clone();
        redacted.request = Request {
            method: request.method.clone(),
            path: self.text(&request.path),
            query: self.parameters(&request.query),
            raw_query: self.text(&request.raw_query),
            headers: self.headers(&request.headers),
            body: self.text(&request.body),
            params: self.parameters(&request.params),
        };
        redacted.response = entry.response.as_ref().map(|response| Response {
            status: response.status,
            headers: self.headers(&response.headers),
            body: self.text(&response.body),
        });
        let presented = redacted.presented.iter_mut().map(|presented| &mut presented.credential);
        for credential in presented.chain(&mut redacted.minted) {
            // The shortest secret is one, too.
            let text = self.text(&credential.value);
            credential.value = if text == credential.value { "[redacted]".to_owned() } else { text };
        }
        redacted
    }
}

fn is_jwt(value: &str) -> bool {
    JWT.find(value).is_some_and(|found| found.len() == value.len())
}

/// The names of the cookies that a browser sends.
fn cookies(value: &str) -> String {
    value.split(';').map(|it| cookie(it.trim())).collect::<Vec<_>>().join("; ")
}

/// A cookie's name, and its attributes if they are there.
fn cookie(value: &str) -> String {
    let named = Regex::replace(&COOKIE, value, |found: &Captures<'_>| format!("{}=[redacted]", &found[1]));
    match named {
        Cow::Borrowed(_) => "[redacted]".to_owned(),
        Cow::Owned(named) => named,
    }
}

static COOKIE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^([^=;]+)=[^;]*").expect("it is one"));

#[cfg(test)]
mod tests {
    use super::*;

    const JWT: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl";

    fn redaction() -> Redaction {
        let known = [("opaque-refresh-token", "refresh-token 2"), ("geheim", "client-secret"), (JWT, "id-token 1")];
        Redaction::of_values(known.map(|(value, what)| (value.to_owned(), what.to_owned())).into())
    }

    #[test]
    fn credential_has_the_same_name_wherever_it_stands() {
        let redaction = redaction();
        for text in
            ["{}", "refresh_token={}&grant_type=refresh_token", "{\"refresh_token\":\"{}\"}", "https://c/?t={}#x"]
        {
            let redacted = redaction.text(&text.replace("{}", "opaque-refresh-token"));
            assert_eq!(redacted, text.replace("{}", "[refresh-token 2]"));
        }
    }

    #[test]
    fn jwt_can_be_read_and_not_be_used() {
        let (header_and_claims, _) = JWT.rsplit_once('.').expect("it has parts");
        assert_eq!(redaction().text(&format!("Bearer {JWT}")), format!("Bearer {header_and_claims}.[signature]"));
        // One that the provider has not made, or that a fault has.
        assert_eq!(redaction().text("eyJh.eyJi.c2ln,eyJh.eyJi."), "eyJh.eyJi.[signature],eyJh.eyJi.[signature]");
    }

    #[test]
    fn what_proves_something_is_left_out_by_its_name() {
        let redaction = redaction();
        assert_eq!(
            redaction.text("grant_type=authorization_code&client_secret=a%20b&code_verifier=xyz&state=s"),
            "grant_type=authorization_code&client_secret=[redacted]&code_verifier=[redacted]&state=s"
        );
        assert_eq!(redaction.text(r#"{"client_secret": "a\"b", "x":1}"#), r#"{"client_secret": "[redacted]", "x":1}"#);
        assert_eq!(redaction.parameter("code_verifier", "xyz"), "[redacted]");
    }

    #[test]
    fn headers_keep_what_says_how_they_were_used() {
        let headers = [
            ("authorization", "Basic Y2xpZW50OnNlY3JldA=="),
            ("Authorization", "Bearer opaque-refresh-token"),
            ("cookie", "session=abc; theme=dark"),
            ("set-cookie", "session=abc; HttpOnly; Path=/"),
        ];
        let redacted = redaction().headers(&headers.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let values: Vec<_> = redacted.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(
            values,
            [
                "Basic [redacted]",
                "Bearer [refresh-token 2]",
                "session=[redacted]; theme=[redacted]",
                "session=[redacted]; HttpOnly; Path=/",
            ]
        );
    }
}
