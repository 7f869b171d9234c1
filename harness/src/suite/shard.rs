//! Shards: a run in parts, for machines side by side.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest::{SHA256, digest};

use super::id::ScenarioId;

/// One of several parts of a run, `2/3`.
///
/// A scenario's part follows from its id and from the number of parts, and from nothing else: neither a seed nor a
/// selector moves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: u32,
    of: u32,
}

impl Shard {
    /// Which part; the first is 1.
    #[must_use]
    pub fn index(self) -> u32 {
        self.index
    }

    /// How many parts there are.
    #[must_use]
    pub fn of(self) -> u32 {
        self.of
    }

    /// Part `index` of `of`, if there is such a part.
    #[must_use]
    pub fn new(index: u32, of: u32) -> Option<Self> {
        (1..=of).contains(&index).then_some(Self { index, of })
    }

    /// Whether a scenario belongs to this part.
    #[must_use]
    pub fn holds(self, id: &ScenarioId) -> bool {
        let digest = digest(&SHA256, id.as_str().as_bytes());
        let number = digest.as_ref().iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        number % u64::from(self.of) == u64::from(self.index - 1)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = || {
            let (index, of) = text.split_once('/')?;
            Self::new(index.parse().ok()?, of.parse().ok()?)
        };
        parts().ok_or_else(|| format!("{text:?} is no part of a run; write 1/3, 2/3 and 3/3 for three parts"))
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_scenario_is_in_exactly_one_part(id in "[a-z]{1,9}/[a-z]{1,9}(-[a-z0-9]{1,9}){0,4}", of in 1_u32..20) {
            let id: ScenarioId = id.parse().expect("it is an id");
            let parts = (1..=of).filter(|index| Shard::new(*index, of).expect("there is such a part").holds(&id));
            prop_assert_eq!(parts.count(), 1);
        }
    }

    #[test]
    fn scenario_stays_in_its_part_from_version_to_version() {
        let part = |id: &str| {
            let id = id.parse().expect("it is an id");
            (1..=4).find(|index| Shard::new(*index, 4).expect("there is such a part").holds(&id))
        };
        assert_eq!(
            ["callback/iss-wrong", "id-token/alg-none", "pkce/challenge-is-s256"].map(part),
            [Some(3), Some(2), Some(2)]
        );
    }

    #[test]
    fn what_is_no_part_is_refused() {
        for text in ["", "1", "0/3", "4/3", "1/0", "-1/3", "1/3/5", "a/b", "1 / 3"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}
