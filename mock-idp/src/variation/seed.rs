//! Choices that follow from a number.

use std::ops::RangeInclusive;

use aws_lc_rs::digest::{Algorithm, Context, Digest, SHA256, SHA512};

/// A number from which choices follow, each by what it is about: no choice depends on how many were made before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Seed(u64);

/// What a choice is about.
type Topic<'a> = &'a [&'a str];

impl Seed {
    pub(super) const ZERO: Self = Self(0);

    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number out of all.
    pub(super) fn draw(self, topic: Topic<'_>) -> u64 {
        let digest = self.digest(topic, &SHA256);
        digest.as_ref().iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    fn digest(self, topic: Topic<'_>, algorithm: &'static Algorithm) -> Digest {
        let mut hash = Context::new(algorithm);
        hash.update(&self.0.to_be_bytes());
        for part in topic {
            hash.update(part.as_bytes());
            hash.update(&[0]);
        }
        hash.finish()
    }

    /// A number within a range that is not empty.
    pub(super) fn between<N>(self, topic: Topic<'_>, range: RangeInclusive<N>) -> N
    where
        N: Copy + TryFrom<u64>,
        u64: TryFrom<N>,
    {
        let (Ok(first), Ok(last)) = (u64::try_from(*range.start()), u64::try_from(*range.end())) else {
            return *range.start();
        };
        let choices = last.saturating_sub(first).saturating_add(1);
        N::try_from(first + self.draw(topic) % choices).unwrap_or(*range.start())
    }

    /// Lower-case letters, so many; 64 at most.
    pub(super) fn word(self, topic: Topic<'_>, length: RangeInclusive<usize>) -> String {
        let length = self.between(&[topic, &["length"]].concat(), length);
        let letters = self.digest(&[topic, &["letters"]].concat(), &SHA512);
        letters.as_ref().iter().take(length).map(|byte| char::from(b'a' + byte % 26)).collect()
    }

    /// One or two unknown names.
    pub(super) fn unknown_names(self, of: &str) -> impl Iterator<Item = String> {
        let count = self.between(&["unknown", of], 1..=2);
        let names: Vec<_> = (0..count)
            .map(|number: u64| format!("x_{}", self.word(&["unknown", of, &number.to_string()], 6..=14)))
            .collect();
        names.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn choices_stay_in_their_range(seed: u64, topic: String, first in 0_u64..1000, more in 0_u64..1000) {
            let chosen = Seed::new(seed).between(&[&topic], first..=first + more);
            prop_assert!((first..=first + more).contains(&chosen));
        }

        #[test]
        fn words_are_as_long_as_they_have_to_be(seed: u64, shortest in 0_usize..=64, more in 0_usize..=64) {
            let longest = 64.min(shortest + more);
            let word = Seed::new(seed).word(&["test"], shortest..=longest);
            prop_assert!((shortest..=longest).contains(&word.len()), "{word}");
            prop_assert!(word.chars().all(|letter| letter.is_ascii_lowercase()), "{word}");
        }

        #[test]
        fn unknown_names_are_one_or_two_and_differ(seed: u64) {
            let names: Vec<_> = Seed::new(seed).unknown_names("token").collect();
            prop_assert!(names.iter().all(|name| name.starts_with("x_")));
            prop_assert!(names.len() == 1 || (names.len() == 2 && names[0] != names[1]), "{names:?}");
        }
    }
}
