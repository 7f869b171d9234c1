//! Editions: what a client is measured by is dated, so that a later scenario never turns an old build red.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A month in which the suite was frozen, `2026-11`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Edition {
    year: u16,
    month: u8,
}

impl Edition {
    /// The first one: a scenario without a `@since` tag belongs to it.
    pub const FIRST: Self = Self { year: 2026, month: 11 };
    /// The one that is meant unless another is named.
    pub const LATEST: Self = Self::FIRST;

    /// Reads a tag such as `since:2027-03`.
    pub(super) fn from_tag(tag: &str) -> Option<Result<Self, String>> {
        tag.strip_prefix("since:").map(str::parse)
    }
}

impl FromStr for Edition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = || {
            let (year, month) = text.split_once('-')?;
            let edition = Self { year: year.parse().ok()?, month: month.parse().ok()? };
            let is_exact = edition.to_string() == text && (1..=12).contains(&edition.month);
            is_exact.then_some(edition)
        };
        parts().ok_or_else(|| format!("{text:?} is no edition; write year and month, {}", Self::LATEST))
    }
}

impl TryFrom<String> for Edition {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Edition> for String {
    fn from(edition: Edition) -> Self {
        edition.to_string()
    }
}

impl fmt::Display for Edition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn editions_are_in_the_order_of_time() {
        let edition = |text: &str| text.parse::<Edition>().expect("it is an edition");
        assert!(edition("2026-11") < edition("2027-03"));
        assert!(edition("2027-03") < edition("2027-10"));
    }

    #[test]
    fn what_is_no_month_is_no_edition() {
        for text in ["2026", "2026-13", "2026-0", "26-11", "2026-011", "November"] {
            assert!(text.parse::<Edition>().is_err(), "{text}");
        }
    }
}
