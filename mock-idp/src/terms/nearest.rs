//! The known word that is most like a mistyped one.

/// How much two words are alike: 1 if they are the same, 0 if they share nothing.
#[must_use]
pub fn likeness(one: &str, other: &str) -> f64 {
    strsim::normalized_damerau_levenshtein(one, other)
}

/// The known word that is most like a text that is none of them.
pub fn nearest<T: AsRef<str>>(text: &str, known: impl IntoIterator<Item = T>) -> Option<T> {
    known.into_iter().max_by(|a, b| likeness(a.as_ref(), text).total_cmp(&likeness(b.as_ref(), text)))
}

/// Less alike, two words are hardly a mistyping of each other.
const ALIKE: f64 = 0.5;

/// A message of serde about an unknown key or choice, with the nearest of those that it lists.
pub(crate) fn with_nearest(message: &str) -> String {
    let message = message.trim_end();
    let suggested = message.rsplit_once("unknown ").and_then(|(_, rest)| {
        let (found, expected) = rest.split_once(", expected ")?;
        Some(suggestion(found.split('`').nth(1)?, expected.split('`').skip(1).step_by(2)))
    });
    format!("{message}{}", suggested.unwrap_or_default())
}

/// What is added to a message about an unknown word: the nearest of the known ones, if one is like it.
pub(crate) fn suggestion<T: AsRef<str>>(word: &str, known: impl IntoIterator<Item = T>) -> String {
    let alike = nearest(word, known).filter(|known| likeness(known.as_ref(), word) >= ALIKE);
    alike.map(|known| format!("; did you mean {:?}?", known.as_ref())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistyped_word_is_answered_with_the_nearest_one() {
        let message = "line 2\nunknown field `client_ident`, expected one of `client_id`, `client_secret`\n";
        assert!(with_nearest(message).ends_with("`client_secret`; did you mean \"client_id\"?"));
        assert!(with_nearest("unknown variant `plian`, expected `plain`").ends_with("did you mean \"plain\"?"));
    }

    #[test]
    fn word_that_is_like_none_and_other_messages_are_left_alone() {
        for message in ["unknown field `zzz`, expected one of `sub`, `name`", "missing field `sub`", "unknown error"] {
            assert_eq!(with_nearest(message), message);
        }
    }
}
