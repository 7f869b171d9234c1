//! Which providers can be imitated, by name.

use std::fmt;

use parking_lot::RwLock;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Whose ways an issuer has where they depart from the specifications, or go beyond them: the name of a description in
/// `mock-idp/dialects`, or of one in a file of one's own.
///
/// ```
/// use mock_idp::{Dialect, Policy};
///
/// let keycloak: Dialect = "keycloak".parse()?;
/// assert_eq!(keycloak.title(), "Keycloak");
/// assert_eq!(Policy::of(keycloak).access_token_lifetime, Some(300));
/// # Ok::<(), mock_idp::DialectError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Dialect(&'static str);

macro_rules! built_in {
    ($($name:literal)+) => {
        /// The descriptions that are built in, by name, in alphabetical order.
        pub(crate) const BUILT_IN: &[(&str, &str)] =
            &[$(($name, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/dialects/", $name, ".toml")))),+];
    };
}

built_in! {
    "apple" "auth0" "authentik" "cognito" "entra" "entra-common" "facebook" "github" "gitlab" "google" "keycloak"
    "linkedin" "okta" "plain" "salesforce" "slack" "twitch" "zitadel"
}

/// The names of the descriptions that have been read from files.
static READ: RwLock<Vec<&'static str>> = RwLock::new(Vec::new());

impl Dialect {
    /// The specifications, to the letter.
    pub const PLAIN: Self = Self("plain");

    /// All that are built in, in alphabetical order.
    pub fn built_in() -> impl Iterator<Item = Self> {
        BUILT_IN.iter().map(|(name, _)| Self(name))
    }

    /// The dialect of this name, if it is built in or has been read from a file.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let built_in = BUILT_IN.iter().map(|(known, _)| *known).find(|known| *known == name);
        built_in.or_else(|| READ.read().iter().copied().find(|known| *known == name)).map(Self)
    }

    /// One that has been read from a file. Its name is kept for the life of the process.
    pub(crate) fn of_file(name: String) -> Self {
        let mut read = READ.write();
        if let Some(known) = read.iter().find(|known| **known == name) {
            return Self(known);
        }
        let name: &'static str = name.leak();
        read.push(name);
        Self(name)
    }

    /// What it is called: `keycloak`, or the path of its file.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0
    }
}

impl Default for Dialect {
    fn default() -> Self {
        Self::PLAIN
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

impl Serialize for Dialect {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

impl<'de> Deserialize<'de> for Dialect {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let known: Vec<_> = BUILT_IN.iter().map(|(name, _)| format!("`{name}`")).collect();
        Self::named(&name)
            .ok_or_else(|| de::Error::custom(format!("unknown dialect `{name}`, expected one of {}", known.join(", "))))
    }
}
