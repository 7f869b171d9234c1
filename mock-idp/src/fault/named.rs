//! Common faults by name.

use super::table::{Row, rows};
use super::{Fault, Times};

/// The fault of this name, if there is one.
#[must_use]
pub fn named(name: &str) -> Option<Fault> {
    let Row { name, at, grant, change } = rows().into_iter().find(|row| row.name == name)?;
    Some(Fault { name: Some(name.to_owned()), at, grant, change, times: Times::Always })
}

/// All names, in the order of the flow. A name says where the fault is and what is the matter: `id-token/alg-none`.
pub fn names() -> impl Iterator<Item = &'static str> {
    rows().into_iter().map(|row| row.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_named_fault_makes_sense() {
        for name in names() {
            let fault = named(name).expect("a listed name is a known one");
            assert!(fault.check().is_ok(), "{name}: {:?}", fault.check());
        }
    }

    #[test]
    fn every_named_fault_survives_json() {
        for fault in names().filter_map(named) {
            let json = serde_json::to_string(&fault).expect("a fault is JSON");
            assert_eq!(Fault::from_json(&json).ok(), Some(fault));
        }
    }

    #[test]
    fn no_two_faults_have_the_same_name_or_do_the_same() {
        let names: Vec<_> = names().collect();
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
        let effects = names.iter().filter_map(|name| named(name)).map(|fault| {
            let Fault { at, grant, change, .. } = fault;
            format!("{at} {grant:?} {change:?}")
        });
        assert_eq!(effects.collect::<HashSet<_>>().len(), names.len());
    }

    #[test]
    fn names_are_an_area_and_a_fact_in_kebab_case() {
        let is_kebab = |text: &str| {
            let word = |word: &str| {
                !word.is_empty() && word.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit())
            };
            text.split('-').all(word)
        };
        for name in names() {
            let parts: Vec<_> = name.split('/').collect();
            assert!(matches!(parts.as_slice(), [area, fact] if is_kebab(area) && is_kebab(fact)), "{name}");
        }
    }
}
