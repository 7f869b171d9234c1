//! Parameters in queries, forms and JSON bodies.

use std::collections::HashSet;

use crate::Note;
use crate::terms::Tolerance;

/// Decoded parameters with the rules of RFC 6749 §3.1: none twice, and an empty one counts as left out.
#[derive(Clone, Copy)]
pub(crate) struct Parameters<'a>(&'a [(String, String)]);

impl<'a> Parameters<'a> {
    /// Fails with the name of a parameter that occurs more than once.
    pub(crate) fn once_each(pairs: &'a [(String, String)]) -> Result<Self, &'a str> {
        Self::once_each_but_for(&[], pairs)
    }

    fn once_each_but_for(may_repeat: &[&str], pairs: &'a [(String, String)]) -> Result<Self, &'a str> {
        let mut seen = HashSet::with_capacity(pairs.len());
        let mut single = pairs.iter().filter(|(name, _)| !may_repeat.contains(&name.as_str()));
        match single.find(|(name, _)| !seen.insert(name.as_str())) {
            Some((name, _)) => Err(name),
            None => Ok(Self(pairs)),
        }
    }

    /// The same, unless repetitions are accepted: then the first of each counts, and the note says so.
    pub(crate) fn read(pairs: &'a [(String, String)], repeated: Tolerance) -> Result<(Self, Option<Note>), &'a str> {
        Self::read_but_for(&[], pairs, repeated)
    }

    /// The same, but for the names that may repeat.
    pub(crate) fn read_but_for(
        may_repeat: &[&str],
        pairs: &'a [(String, String)],
        repeated: Tolerance,
    ) -> Result<(Self, Option<Note>), &'a str> {
        match (Self::once_each_but_for(may_repeat, pairs), repeated) {
            (Ok(parameters), _) => Ok((parameters, None)),
            (Err(_), Tolerance::Accepted) => Ok((Self(pairs), Some(Note::ParameterRepeated))),
            (Err(name), Tolerance::Refused) => Err(name),
        }
    }

    /// For the parameters that decide where an error goes. The caller has looked for repetitions of them.
    pub(crate) fn unchecked(pairs: &'a [(String, String)]) -> Self {
        Self(pairs)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        let (_, value) = self.0.iter().find(|(candidate, _)| candidate == name)?;
        (!value.is_empty()).then_some(value.as_str())
    }

    /// The values of all parameters of these names; each value once.
    pub(crate) fn all(&self, names: &[&str]) -> Vec<&'a str> {
        let mut all = Vec::new();
        for (name, value) in self.0 {
            if names.contains(&name.as_str()) && !value.is_empty() && !all.contains(&value.as_str()) {
                all.push(value.as_str());
            }
        }
        all
    }

    pub(crate) fn owned(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::decode_form;

    #[test]
    fn repeated_parameters_are_found() {
        let pairs = decode_form("a=1&b=2&a=1");
        assert_eq!(Parameters::once_each(&pairs).err(), Some("a"));
    }

    #[test]
    fn an_empty_parameter_counts_as_left_out() {
        let pairs = decode_form("scope=");
        assert_eq!(Parameters::once_each(&pairs).expect("once each").get("scope"), None);
    }
}
