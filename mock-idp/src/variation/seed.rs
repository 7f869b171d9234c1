//! Choices that follow from a number.

use std::ops::RangeInclusive;

use aws_lc_rs::digest::{Context, SHA256};

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
        let mut hash = Context::new(&SHA256);
        hash.update(&self.0.to_be_bytes());
        for part in topic {
            hash.update(part.as_bytes());
            hash.update(&[0]);
        }
        hash.finish().as_ref().iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
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

    /// One of several.
    pub(super) fn one_of<T: Copy>(self, topic: Topic<'_>, choices: &[T]) -> T {
        choices[self.between(topic, 0..=choices.len() - 1)]
    }

    /// Lower-case letters, so many.
    pub(super) fn word(self, topic: Topic<'_>, length: RangeInclusive<usize>) -> String {
        let length = self.between(&[topic, &["length"]].concat(), length);
        let letter = |at: usize| {
            let letter = self.one_of(&[topic, &[&at.to_string()]].concat(), b"abcdefghijklmnopqrstuvwxyz");
            char::from(letter)
        };
        (0..length).map(letter).collect()
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
        fn unknown_names_are_one_or_two_and_differ(seed: u64) {
            let names: Vec<_> = Seed::new(seed).unknown_names("token").collect();
            prop_assert!(names.iter().all(|name| name.starts_with("x_")));
            prop_assert!(names.len() == 1 || (names.len() == 2 && names[0] != names[1]), "{names:?}");
        }
    }
}
