//! Placeholders in the lines of feature files: `{alice}`, `{issuer:upper}`, `{now+300}`.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use mock_idp::fault::{PLACEHOLDER_FORMS, PLACEHOLDERS};
use mock_idp::nearest;
use regex::Regex;

use crate::plan::WrongCertificate;
use crate::terms::{Casting, People};

/// What a scenario adds to the placeholders of the provider: hosts, keys and the client itself.
const OF_SCENARIO: [&str; 13] = [
    "audience",
    "client",
    "first",
    "issuer_alias",
    "issuer_in_capitals",
    "issuer_other_scheme",
    "kid",
    "neighbour",
    "second",
    "second_kid",
    "stranger",
    "stranger_kid",
    "tab",
];

/// All names, without the braces.
pub fn placeholders() -> BTreeSet<String> {
    let people = People::cast(Casting::Fixed);
    let certificates = WrongCertificate::ALL.into_iter().map(WrongCertificate::placeholder);
    let words = PLACEHOLDERS.iter().copied().chain(OF_SCENARIO).chain(certificates).map(str::to_owned);
    words.chain(people.placeholders().map(|(name, _)| name)).collect()
}

/// A lower-case word in braces, with what may follow it. Other braces belong to the text.
static WORD_IN_BRACES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\{([a-z][a-z0-9_-]*?)([+-][0-9]+)?((?::[a-z]+)*)\}").expect("it is a regular expression")
});

static KNOWN: LazyLock<BTreeSet<String>> = LazyLock::new(placeholders);

/// Says what is wrong with the first word in braces that is no placeholder.
pub(super) fn check(text: &str) -> Result<(), String> {
    for captures in WORD_IN_BRACES.captures_iter(text) {
        let (whole, name) = (&captures[0], &captures[1]);
        if !KNOWN.contains(name) {
            let known: Vec<_> = KNOWN.iter().map(|it| format!("{{{it}}}")).collect();
            return Err(format!(
                "{whole} is no placeholder; the nearest is {{{}}}; known are {}",
                nearest(name, &*KNOWN).map_or("", String::as_str),
                known.join(", ")
            ));
        }
        if captures.get(2).is_some() && name != "now" {
            return Err(format!("{whole} is no placeholder: only {{now}} may be followed by a number of seconds"));
        }
        if let Some(form) = captures[3].split(':').skip(1).find(|form| !PLACEHOLDER_FORMS.contains(form)) {
            return Err(format!(
                "{whole} is no placeholder: after a colon, the nearest is {:?}; known are {}",
                nearest(form, PLACEHOLDER_FORMS).unwrap_or(&""),
                PLACEHOLDER_FORMS.join(", ")
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_provider_and_the_lab_fill_in_is_a_placeholder() {
        for text in [
            "{nonce}x",
            "{issuer:upper:slash}",
            "{now-3600}",
            "{alice_in_capitals}",
            "{stranger}oauth/token",
            "{wrong_host}",
            r#"{"error":{"nonce":"{nonce}"}}"#,
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn braces_that_are_not_around_a_word_belong_to_the_text() {
        for text in ["{}", "{IFS}", "{ nonsense }", "${x", r"\u007btenantid}", "{\"nonsense\": 1}"] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn unknown_placeholder_is_named_with_the_nearest() {
        for (text, told) in [
            ("{nonec}x", "{nonec} is no placeholder; the nearest is {nonce}; known are {access_token}, {alice}, "),
            ("{alice_mail}", "{alice_mail} is no placeholder; the nearest is {alice_email}; "),
            ("{issuer+3}", "only {now} may be followed by a number of seconds"),
            ("{issuer:uper}", "the nearest is \"upper\"; known are upper, shorter, slash, scheme"),
        ] {
            let said = check(text).expect_err(text);
            assert!(said.contains(told), "{said}");
        }
    }
}
