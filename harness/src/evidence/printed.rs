//! What a client has printed of its trouble.

/// In characters: more of a line is not quoted.
const LONGEST: usize = 200;

/// Words of lines that say why something has failed.
const WORDS: [&str; 8] = ["error", "exception", "invalid", "fail", "mismatch", "unexpected", "not match", "could not"];

/// What Python prints between the exceptions of a chain.
const LINKS: [&str; 2] = ["During handling of the above exception", "The above exception was the direct cause"];

/// Whether a line is the end of a traceback: the class of an exception with its module, `jwkest.jws.NoSuitableSigningKeys`,
/// and perhaps a text.
fn is_exception(line: &str) -> bool {
    let class = line.split(": ").next().unwrap_or_default();
    let is_name = |part: &str| !part.is_empty() && part.chars().all(|it| it.is_ascii_alphanumeric() || it == '_');
    let Some((module, name)) = class.rsplit_once('.') else { return false };
    module.split('.').all(is_name) && is_name(name) && name.starts_with(|it: char| it.is_ascii_uppercase())
}

/// Members of an object under which the reason of a failure stands.
const TELLING: [&str; 7] = ["cause", "description", "detail", "error", "error_description", "message", "reason"];

/// Whether a line is one of an object that was printed member by member, `name: 'CallbackError',`, and gives no reason.
fn is_member(line: &str) -> bool {
    let Some((key, value)) = line.split_once(": ") else { return false };
    let is_name = key.starts_with(|it: char| it.is_ascii_lowercase())
        && key.chars().all(|it| it.is_ascii_alphanumeric() || it == '_');
    let is_empty = ["undefined", "null"].contains(&value.trim_end_matches(','));
    let is_object = value.starts_with('{') && value.ends_with('}');
    is_name && (is_empty || is_object || (value.ends_with([',', '{', '[']) && !TELLING.contains(&key)))
}

/// What begins a line of an access log.
const METHODS: [&str; 2] = ["GET ", "POST "];

/// The end of a line in Tornado's access log, which says why a request has failed, and is empty where none has:
/// `401 GET /login (127.0.0.1): no state`.
fn reason_of_request(line: &str) -> Option<&str> {
    let request = METHODS.iter().find_map(|method| line.split_once(&format!(" {method}/")))?;
    let status = request.0.rsplit(' ').next().unwrap_or_default();
    let is_status = status.len() == 3 && status.bytes().all(|it| it.is_ascii_digit());
    is_status.then(|| request.1.split_once("): ").map_or("", |(_, reason)| reason))
}

/// The last printed line that reads like the reason of a failure, and has not been told. Lines of access logs have statuses and
/// URLs, and no reasons.
#[must_use]
pub(super) fn reason_in(output: &str, told: &str) -> Option<String> {
    let is_request = |line: &str| line.contains(" HTTP/1.") || METHODS.iter().any(|it| line.starts_with(it));
    let is_place = |line: &str| line.starts_with("at ") || line.starts_with("File \"");
    let says_why = |line: &str| {
        let lower = line.to_ascii_lowercase();
        let is_link = LINKS.iter().any(|link| line.starts_with(link));
        !is_request(line)
            && !is_place(line)
            && !is_link
            && !is_member(line)
            // One word is a piece of JSON, most likely.
            && line.contains(' ')
            && WORDS.iter().any(|word| lower.contains(word))
    };
    let lines: Vec<_> = output.lines().collect();
    // Of a traceback of Python: the line of source below each place is no reason, and the line below all of them is one.
    let is_place_above = |at: usize| at > 0 && lines[at - 1].trim_start().starts_with("File \"");
    let is_source = |at: usize| lines[at].starts_with(' ') && is_place_above(at);
    let ends_traceback = |at: usize| {
        let mut above = lines[..at].iter().rev();
        let is_first = above.by_ref().find(|line| !line.starts_with(' '));
        !lines[at].starts_with(' ')
            && at > 0
            && lines[at - 1].starts_with(' ')
            && is_first.is_some_and(|line| line.starts_with("Traceback (most recent call last)"))
    };
    let tells = |at: &usize| {
        let line = lines[*at].trim();
        let is_telling = || !is_source(*at) && (says_why(line) || is_exception(line) || ends_traceback(*at));
        !told.contains(line) && reason_of_request(line).map_or_else(is_telling, |reason| !reason.is_empty())
    };
    let line = lines[(0..lines.len()).rev().find(tells)?].trim();
    let line = reason_of_request(line).unwrap_or(line);
    let shown: String = line.chars().take(LONGEST).collect();
    Some(if shown.len() < line.len() { shown + "…" } else { shown })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_line_with_a_reason_is_quoted_and_no_access_log() {
        let output = "starting\nTypeError: iss mismatch\n    at callback (/app/error.js:3)\nGET /callback?error=x 500\n\
                      127.0.0.1 - \"GET /error HTTP/1.1\" 500\n";
        assert_eq!(reason_in(output, "").as_deref(), Some("TypeError: iss mismatch"));
        assert_eq!(reason_in("listening on 127.0.0.1\n", ""), None);
        let tornado = "W 261130 11:09:14 web:2348] 401 GET /login?error=x (127.0.0.1)";
        assert_eq!(reason_in(&format!("{tornado} 1.2ms"), ""), None);
        assert_eq!(reason_in(&format!("{tornado}: no state in cookies"), "").as_deref(), Some("no state in cookies"));
        assert_eq!(
            reason_in("ValueError: no token\n  oauthError: { statusCode: 307 }\n", "").as_deref(),
            Some("ValueError: no token")
        );
        let chained = "KeyError: 'nonce' is invalid\n\nDuring handling of the above exception, another exception occurred:\n\n\
                       Traceback (most recent call last):\n  File \"app.py\", line 1, in <module>\n\
                       jwkest.jws.NoSuitableSigningKeys: No key with kid 1\nGET /me 401\n";
        assert_eq!(reason_in(chained, "").as_deref(), Some("jwkest.jws.NoSuitableSigningKeys: No key with kid 1"));
        let warned = "ERROR in app: Exception on /callback [GET]\nTraceback (most recent call last):\n  File \"app.py\", line 1, in \
                      full\n    rv = self.handle_user_exception(e)\n         ^^^^^\n  File \"parameters.py\", line 2, in check\n    \
                      raise w\nWarning: Scope has changed from \"a\" to \"b\".\nGET /me 401\n";
        assert_eq!(reason_in(warned, "").as_deref(), Some("Warning: Scope has changed from \"a\" to \"b\"."));
        let dumped = "[auth] OAUTH_CALLBACK_ERROR {\n  message: 'state mismatch',\n  name: 'OAuthCallbackError',\n  \
                      error: undefined,\n  errorURL: undefined\n}\n";
        assert_eq!(reason_in(dumped, "").as_deref(), Some("message: 'state mismatch',"));
        assert_eq!(
            reason_in("it failed: 404\nit failed\n", "the login ended: it failed").as_deref(),
            Some("it failed: 404")
        );
        assert_eq!(reason_in(&format!("error: {}", "x".repeat(400)), "").map(|line| line.chars().count()), Some(201));
    }
}
