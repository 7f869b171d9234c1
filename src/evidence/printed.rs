//! What a client has printed of its trouble.

/// In characters: more of a line is not quoted.
const LONGEST: usize = 200;

/// Words of lines that say why something has failed.
const WORDS: [&str; 8] = ["error", "exception", "invalid", "fail", "mismatch", "unexpected", "not match", "could not"];

/// The last printed line that reads like the reason of a failure. Lines of access logs have statuses and URLs, and no reasons.
#[must_use]
pub(super) fn reason_in(output: &str) -> Option<String> {
    let is_request = |line: &str| line.contains(" HTTP/1.") || ["GET ", "POST "].iter().any(|it| line.starts_with(it));
    let is_place = |line: &str| line.starts_with("at ") || line.starts_with("File \"");
    let says_why = |line: &&str| {
        let lower = line.to_ascii_lowercase();
        !is_request(line) && !is_place(line) && WORDS.iter().any(|word| lower.contains(word))
    };
    let line = output.lines().rev().map(str::trim).find(says_why)?;
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
        assert_eq!(reason_in(output).as_deref(), Some("TypeError: iss mismatch"));
        assert_eq!(reason_in("listening on 127.0.0.1\n"), None);
        assert_eq!(reason_in(&format!("error: {}", "x".repeat(400))).map(|line| line.chars().count()), Some(201));
    }
}
