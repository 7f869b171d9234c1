//! Dialects: what providers do otherwise than the specifications, or beyond them, as data.
//!
//! A dialect is a policy, the paths of the endpoints, standing changes of messages, and a table of errors. It is written
//! down as a list of facts, each with the confidence in it. The built-in ones are the files of `mock-idp/dialects`.

mod definition;
mod errors;
mod file;

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;

use parking_lot::RwLock;
use serde_json::Value;
use thiserror::Error;

pub(crate) use self::definition::Definition;
pub use self::definition::{Fact, Mark};
pub(crate) use self::file::line;
use crate::terms::{BUILT_IN, Dialect, Paths, Policy, Presence, nearest};

/// Why there is no such dialect.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DialectError {
    /// None has this name.
    #[error("there is no dialect {name:?}; the nearest is {nearest}; known are {known}; or name a file: ./ours.toml")]
    Unknown {
        /// What was asked for.
        name: String,
        /// The known name that is most like it.
        nearest: &'static str,
        /// All known names.
        known: String,
    },
    /// A file cannot be read.
    #[error("failed to read {path}: {source}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
    /// A file describes no dialect.
    #[error("{path} does not describe a dialect: {problem}")]
    Wrong {
        /// The file.
        path: String,
        /// Where and what, and what is allowed there.
        problem: String,
    },
}

/// What has been read so far.
static DEFINITIONS: RwLock<BTreeMap<&'static str, &'static Definition>> = RwLock::new(BTreeMap::new());

/// There are few of them, and an issuer needs its own for its whole life.
fn leaked(definition: Definition) -> &'static Definition {
    Box::leak(Box::new(definition))
}

impl Dialect {
    /// Reads a dialect from a file of one's own. It is known by the path of the file from then on.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or describes no dialect.
    pub fn read(path: &Path) -> Result<Self, DialectError> {
        let shown = path.display().to_string();
        let text =
            std::fs::read_to_string(path).map_err(|source| DialectError::Unreadable { path: shown.clone(), source })?;
        let definition = file::parse(&text).map_err(|problem| DialectError::Wrong { path: shown.clone(), problem })?;
        let dialect = Self::of_file(shown);
        DEFINITIONS.write().insert(dialect.name(), leaked(definition));
        Ok(dialect)
    }

    /// The dialect of this name, or of the file at this path below a folder. A file is read again each time.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub fn find(name: &str, folder: &Path) -> Result<Self, DialectError> {
        if is_path(name) {
            return Self::read(&folder.join(name));
        }
        if let Some(known) = Self::named(name) {
            return Ok(known);
        }
        let known: Vec<_> = Self::built_in().map(Self::name).collect();
        let nearest = nearest(name, known.iter().copied()).unwrap_or_default();
        Err(DialectError::Unknown { name: name.to_owned(), nearest, known: known.join(", ") })
    }

    pub(crate) fn definition(self) -> &'static Definition {
        let name = self.name();
        if let Some(known) = DEFINITIONS.read().get(name) {
            return known;
        }
        // Every name is that of a definition: there is no other way to make a `Dialect`. It may have a base, which is read
        // meanwhile.
        let (_, text) =
            BUILT_IN.iter().find(|(built_in, _)| *built_in == name).unwrap_or_else(|| unreachable!("{name}"));
        let read = file::parse(text).unwrap_or_else(|problem| unreachable!("dialects/{name}.toml: {problem}"));
        DEFINITIONS.write().entry(name).or_insert_with(|| leaked(read))
    }

    /// The provider's name, for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        &self.definition().title
    }

    /// Where the facts are from.
    #[must_use]
    pub fn sources(self) -> &'static [String] {
        &self.definition().sources
    }

    /// What it does otherwise than [`Dialect::PLAIN`].
    #[must_use]
    pub fn facts(self) -> &'static [Fact] {
        &self.definition().facts
    }

    /// Where its endpoints are, and what its tokens look like.
    #[must_use]
    pub fn paths(self) -> Paths {
        self.definition().paths
    }

    /// The built-in ones, but for [`Dialect::PLAIN`], that every client which keeps to OpenID Connect can log in at.
    pub fn of_openid_connect() -> impl Iterator<Item = Self> {
        let others = Self::built_in().filter(|dialect| *dialect != Self::PLAIN);
        others.filter(|dialect| dialect.speaks_openid_connect() && dialect.unfit().is_none())
    }

    /// Whether it has provider metadata and ID tokens, without which a client of OpenID Connect cannot be set up.
    #[must_use]
    pub fn speaks_openid_connect(self) -> bool {
        Policy::of(self).openid_connect == Presence::Present
    }

    /// Why a client that keeps to OpenID Connect cannot log in at it, if that is so.
    #[must_use]
    pub fn unfit(self) -> Option<&'static str> {
        self.definition().unfit.as_deref()
    }
}

/// Whether a text is a path rather than a name.
pub(crate) fn is_path(text: &str) -> bool {
    text.contains(['/', '\\']) || Path::new(text).extension().is_some_and(|extension| extension == "toml")
}

impl FromStr for Dialect {
    type Err = DialectError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::find(text, Path::new(""))
    }
}

impl Policy {
    /// The policy of a dialect.
    #[must_use]
    pub fn of(dialect: Dialect) -> Self {
        Self::default().speaking(dialect)
    }

    /// The same policy with what a dialect sets in it, and without what the dialect in force has set.
    #[must_use]
    pub fn speaking(self, dialect: Dialect) -> Self {
        let policy = |policy: Self| match serde_json::to_value(policy) {
            Ok(Value::Object(members)) => members,
            other => unreachable!("a policy is an object: {other:?}"),
        };
        let (mut members, usual) = (policy(self), policy(Self::default()));
        for name in self.dialect.definition().policy.keys() {
            members[name] = usual[name].clone();
        }
        members.extend(dialect.definition().policy.clone());
        members["dialect"] = dialect.name().into();
        serde_json::from_value(Value::Object(members)).expect("a definition sets members that a policy has")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_dialect_is_read_and_every_fact_of_it_has_a_mark() {
        for dialect in Dialect::built_in() {
            assert!(dialect == Dialect::PLAIN || !dialect.sources().is_empty(), "{dialect} names no source");
            for fact in dialect.facts() {
                assert!(fact.mark.is_some() && !fact.what.is_empty(), "{dialect}: {fact:?}");
            }
        }
        assert!(BUILT_IN.is_sorted(), "the table of dialects is in the order of the alphabet");
    }

    #[test]
    fn every_file_of_the_folder_is_built_in() {
        let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/dialects")).expect("the folder");
        let paths: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
        let mut names: Vec<_> = paths.iter().filter_map(|path| path.file_stem()?.to_str()).collect();
        names.sort_unstable();
        assert!(names.into_iter().eq(Dialect::built_in().map(Dialect::name)));
    }

    #[test]
    fn another_dialect_takes_back_what_the_last_one_has_set() {
        let keycloak = "keycloak".parse().expect("it is built in");
        assert_eq!(Policy::of(keycloak).speaking(Dialect::PLAIN), Policy::default());
        let own = Policy { code_lifetime: 7, ..Policy::default() };
        assert_eq!(own.speaking(keycloak).code_lifetime, 7);
    }

    #[test]
    fn unknown_name_is_told_the_nearest_and_all() {
        let error = "keycloack".parse::<Dialect>().expect_err("there is none").to_string();
        for part in ["\"keycloack\"", "the nearest is keycloak", "auth0, ", "plain", "./ours.toml"] {
            assert!(error.contains(part), "{error}");
        }
    }
}
