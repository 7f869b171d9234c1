//! Texts: what comes from outside, made fit for our console, our reports and shells.

use std::borrow::Cow;
use std::error::Error;
use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use mock_idp::Issuer;
use regex::{Captures, Regex};
use url::Url;

/// Without terminal control: a client must not colour, move or clear what its user reads of it.
#[must_use]
pub fn plain(text: &str) -> String {
    let visible = |character: &char| !character.is_control() || matches!(character, '\n' | '\t');
    // Line by line: a sequence that never ends hides no more than its line.
    let lines = text.split_inclusive('\n').flat_map(|line| console::strip_ansi_codes(line).chars().collect::<Vec<_>>());
    lines.filter(visible).collect()
}

/// The URL that a browser reads in a reference. It passes over all but two slashes at the beginning (WHATWG URL §4.4), where
/// the parser finds no host.
pub(crate) fn resolved(base: &Url, reference: &str) -> Option<Url> {
    base.join(reference).ok().or_else(|| {
        let trimmed = reference.trim_matches(|character| character <= ' ');
        let kept = trimmed.replace(['\t', '\n', '\r'], "");
        let host = kept.trim_start_matches(['/', '\\']);
        (kept.len() > host.len()).then(|| base.join(&format!("//{host}")).ok())?
    })
}

/// As one word of a POSIX shell.
#[must_use]
pub fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// A challenge of its verifier: `BASE64URL(SHA256(text))`, without padding (RFC 7636 §4.2).
pub(crate) fn s256(text: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, text.as_bytes()))
}

/// Where an error comes from: "connection refused", and not that a request failed.
pub fn innermost<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    std::iter::successors(Some(error), |&error| error.source()).last().unwrap_or(error)
}

/// How much is quoted of anything that comes from outside, in bytes.
const QUOTED: usize = 2 << 10;

/// The beginning of a text from outside, if it is long: reports and messages are for people, and have to stay small.
#[must_use]
pub fn cut(text: &str) -> Cow<'_, str> {
    if text.len() <= QUOTED {
        return Cow::Borrowed(text);
    }
    let end = (0..=QUOTED).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    Cow::Owned(format!("{}… ({} bytes more)", &text[..end], text.len() - end))
}

/// The end of a text from outside, if it is long: of what is printed, the last lines tell most.
#[must_use]
pub fn cut_to_end(text: &str) -> Cow<'_, str> {
    if text.len() <= QUOTED {
        return Cow::Borrowed(text);
    }
    let begin = (text.len() - QUOTED..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    Cow::Owned(format!("({begin} bytes before) …{}", &text[begin..]))
}

/// Without the credentials of this run.
pub(crate) fn redacted(text: &str, issuer: &Issuer, client_secret: &str) -> String {
    let credentials = issuer.journal().credentials().into_iter().map(|credential| credential.value.clone());
    // Short values are words that occur anywhere.
    let secrets: Vec<_> = credentials.chain([client_secret.to_owned()]).filter(|value| value.len() >= 8).collect();
    without(&secrets, text)
}

/// Without these secrets, also where a text is printed as the numbers of its bytes, decimal or hexadecimal.
#[must_use]
pub fn without(secrets: &[String], text: &str) -> String {
    let plain = secrets.iter().fold(text.to_owned(), |text, secret| {
        if text.contains(secret) { text.replace(secret, "[redacted]") } else { text }
    });
    let without_bytes = BYTES.replace_all(&plain, |found: &Captures<'_>| {
        let decoded = String::from_utf8_lossy(&decoded(&found[0])).into_owned();
        let holds_secret = secrets.iter().any(|secret| decoded.contains(secret));
        if holds_secret { "[redacted bytes]".to_owned() } else { found[0].to_owned() }
    });
    without_bytes.into_owned()
}

/// Bytes as programs print them for developers: `[123, 34]`, `7b22`, `7b 22`, perhaps a number in a line.
static BYTES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:\b\d{1,3},\s{0,40}){8,}\d{1,3}\b|\b(?:[0-9A-Fa-f]{2} ?){8,}\b").expect("it is an expression")
});

fn decoded(bytes: &str) -> Vec<u8> {
    if bytes.contains(',') {
        return bytes.split(',').filter_map(|number| number.trim().parse().ok()).collect();
    }
    let digits: Vec<_> = bytes.chars().filter_map(|digit| u8::try_from(digit.to_digit(16)?).ok()).collect();
    digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reference_is_read_as_browsers_read_it() {
        let base = Url::parse("http://127.0.0.1:3000/login").expect("a URL");
        for (reference, read) in [
            ("/me", Some("http://127.0.0.1:3000/me")),
            ("//attacker.example/", Some("http://attacker.example/")),
            ("///attacker.example/", Some("http://attacker.example/")),
            ("/\t//attacker.example/", Some("http://attacker.example/")),
            ("https://[", None),
        ] {
            assert_eq!(resolved(&base, reference).as_ref().map(Url::as_str), read, "{reference:?}");
        }
    }

    #[test]
    fn secret_is_taken_out_of_printed_bytes_and_nothing_else_is() {
        let secrets = ["a-secret-of-the-run".to_owned()];
        let told = r#"{"access_token":"a-secret-of-the-run"}"#;
        let hex = |separator: &str| told.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(separator);
        for printed in
            [told.to_owned(), format!("{:?}", told.as_bytes()), format!("{:#?}", told.as_bytes()), hex(""), hex(" ")]
        {
            let text = without(&secrets, &format!("it failed: {printed}, and ended"));
            assert!(text.starts_with("it failed: ") && text.ends_with(", and ended"), "{text}");
            assert!(text.contains("[redacted") && text.len() < told.len() + 40, "{text}");
        }
        for harmless in ["on 127.0.0.1, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 10", "deadbeefdeadbeefdeadbeef"] {
            assert_eq!(without(&secrets, harmless), harmless);
        }
    }

    #[test]
    fn terminal_control_is_taken_out() {
        let printed = "\u{1b}[31mred\u{1b}[0m \u{1b}]0;title\u{7}\u{1b}[2J\u{1b}[Hgone\r\n\u{8}\u{9b}31mok\ttab\u{0}";
        assert_eq!(plain(printed), "red gone\nok\ttab");
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let text = "é".repeat(1 << 20);
        assert!(cut(&text).len() < QUOTED + 64 && cut(&text).starts_with("éé"));
        assert!(cut_to_end(&text).len() < QUOTED + 64 && cut_to_end(&text).ends_with("éé"));
        assert!(matches!((cut("short"), cut_to_end("short")), (Cow::Borrowed("short"), Cow::Borrowed("short"))));
    }

    #[test]
    fn sequence_that_never_ends_hides_no_more_than_its_line() {
        assert_eq!(plain("\u{1b}]0;a title without end\nthe reason\n").trim(), "the reason");
        assert_eq!(plain("\u{1b}P\r\nthe reason").trim(), "the reason");
    }
}
