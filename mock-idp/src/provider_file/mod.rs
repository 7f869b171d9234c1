//! `idp.toml`: what a served provider is called, whom it knows and how it behaves, in a file.

mod written;

use std::collections::HashSet;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use thiserror::Error;
use toml::Spanned;

use self::written::Written;
use crate::dialect::line;
use crate::terms::{
    Api, Client, ClientRegistration, Dialect, Paths, Policy, SignIn, User, UserRegistration, with_nearest,
};
use crate::{Fault, IssuerConfig};

/// A longer file is refused.
const LIMIT: u64 = 1024 * 1024;

/// Why a file describes no provider.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ProviderFileError {
    /// It cannot be read.
    #[error("failed to read {path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// It is not what a provider's file has to be.
    #[error("{path} does not describe a provider: {problem}")]
    Wrong {
        /// The file.
        path: PathBuf,
        /// Where and what, and what is allowed there.
        problem: String,
    },
}

/// What a file says. What it leaves out is as it is without a file.
#[derive(Clone, Debug)]
pub struct ProviderFile {
    /// Where to listen.
    pub listen: Option<SocketAddr>,
    /// The issuer identifier.
    pub issuer: Option<String>,
    /// Faults that are armed from the start.
    pub faults: Vec<Fault>,
    /// Everything that is registered.
    pub clients: Vec<Client>,
    /// The people who can log in.
    pub users: Vec<User>,
    /// The protected APIs.
    pub apis: Vec<Api>,
    /// How the issuer behaves where the specifications leave a choice.
    pub policy: Policy,
    /// Where the endpoints are.
    pub paths: Paths,
    /// The user who is logged in without being asked.
    pub headless: Option<String>,
}

impl ProviderFile {
    /// Reads and checks a file.
    pub fn read(path: &Path) -> Result<Self, ProviderFileError> {
        let unreadable = |source| ProviderFileError::Unreadable { path: path.to_owned(), source };
        let length = fs::metadata(path).map_err(unreadable)?.len();
        let wrong = |problem| ProviderFileError::Wrong { path: path.to_owned(), problem };
        if length > LIMIT {
            return Err(wrong("it is longer than 1 MiB".to_owned()));
        }
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::parse(&fs::read_to_string(path).map_err(unreadable)?, folder).map_err(wrong)
    }

    /// `folder`: what the path of a dialect begins at.
    fn parse(text: &str, folder: &Path) -> Result<Self, String> {
        let written: Written = toml::from_str(text).map_err(|error| with_nearest(&error.to_string()))?;
        let find = |name: &Spanned<String>| {
            let wrong = |error| format!("line {}: {error}", line(text, name.span().start));
            Dialect::find(name.as_ref(), folder).map_err(wrong)
        };
        let dialect = written.dialect.as_ref().map(find).transpose()?.unwrap_or(written.policy.dialect);
        let paths = written.paths.as_ref().map(find).transpose()?.unwrap_or(dialect).paths();
        let usual = if written.strict { Policy::default() } else { Policy::served() };
        let policy = overlaid(usual.speaking(dialect), &written.policy, text);
        let demo = IssuerConfig::default();
        let clients = written.client.into_iter().map(ClientRegistration::registered).collect::<Vec<_>>();
        let users = written.user.into_iter().map(UserRegistration::registered).collect::<Vec<_>>();
        let faults = written.fault.into_iter().enumerate();
        let faults =
            faults.map(|(index, fault)| fault.armed().map_err(|problem| format!("fault {}: {problem}", index + 1)));
        let file = Self {
            listen: written.listen,
            issuer: written.issuer,
            faults: faults.collect::<Result<_, _>>()?,
            clients: if clients.is_empty() { demo.clients } else { clients },
            users: if users.is_empty() { demo.users } else { users },
            apis: if written.api.is_empty() { demo.apis } else { written.api },
            policy,
            paths,
            headless: written.headless,
        };
        file.check()?;
        Ok(file)
    }

    fn check(&self) -> Result<(), String> {
        unique("client_id", self.clients.iter().map(|client| client.client_id.as_str()))?;
        unique("sub", self.users.iter().map(|user| user.sub.as_str()))?;
        unique("identifier", self.apis.iter().map(|api| api.identifier.as_str()))?;
        self.clients.iter().try_for_each(Client::check)?;
        if let Some(sub) = &self.headless
            && !self.users.iter().any(|user| user.sub == *sub)
        {
            let known = self.users.iter().map(|user| user.sub.as_str()).collect::<Vec<_>>().join(", ");
            return Err(format!("headless = {sub:?} is none of the users: {known}"));
        }
        Ok(())
    }

    /// The JSON Schema of the file, as published in `docs/`.
    #[must_use]
    pub fn schema() -> String {
        written::schema()
    }

    /// What the issuer starts with.
    #[must_use]
    pub fn config(self) -> IssuerConfig {
        let sign_in = self.headless.map_or(SignIn::Page, |sub| SignIn::Headless { sub });
        let Self { clients, users, apis, policy, paths, .. } = self;
        IssuerConfig { clients, users, apis, policy, paths, sign_in, ..IssuerConfig::default() }
    }
}

/// The policy with what the `[policy]` of the file itself decides.
fn overlaid(policy: Policy, written: &Policy, text: &str) -> Policy {
    let members = |policy: &Policy| serde_json::to_value(policy).unwrap_or_default();
    let (mut all, written) = (members(&policy), members(written));
    let table = text.parse::<toml::Table>().unwrap_or_default();
    let decided = table.get("policy").and_then(toml::Value::as_table).into_iter().flat_map(toml::Table::keys);
    for name in decided.filter(|name| *name != "dialect") {
        all[name.as_str()] = written[name.as_str()].clone();
    }
    // Both are policies, and so is what has members of either.
    serde_json::from_value(all).unwrap_or(policy)
}

fn unique<'a>(key: &str, values: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let mut seen = HashSet::new();
    for value in values {
        if value.is_empty() {
            return Err(format!("a {key} is empty"));
        }
        if !seen.insert(value) {
            return Err(format!("{key} = {value:?} is there twice"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ClientAuthMethod, ClientAuthentication};

    fn problem(text: &str) -> String {
        ProviderFile::parse(text, Path::new("")).expect_err("it is wrong")
    }

    #[test]
    fn an_empty_file_is_the_demonstration() {
        let file = ProviderFile::parse("", Path::new("")).expect("a file");
        assert_eq!(file.clients[0].client_id, "demo-client");
        assert_eq!(file.users.len(), 2);
    }

    #[test]
    fn a_client_with_a_secret_authenticates_by_basic_and_one_without_is_public() {
        let client = |more: &str| {
            let file =
                format!("[[client]]\nclient_id = \"shop\"\nredirect_uris = [\"https://shop.example/cb\"]\n{more}");
            ProviderFile::parse(&file, Path::new("")).expect("a file").clients.remove(0)
        };
        assert_eq!(client("client_secret = \"s\"").token_endpoint_auth_method, ClientAuthMethod::ClientSecretBasic);
        let public = client("");
        assert_eq!((public.token_endpoint_auth_method, public.client_secret), (ClientAuthMethod::None, None));
    }

    #[test]
    fn a_served_provider_is_lenient_unless_the_file_says_otherwise() {
        let policy = |text: &str| ProviderFile::parse(text, Path::new("")).expect("a file").policy;
        assert_eq!(policy(""), Policy::served());
        assert_eq!(policy("strict = true"), Policy::default());
        let decided = policy("[policy]\nclient-authentication = \"strict\"");
        assert_eq!(decided, Policy { client_authentication: ClientAuthentication::Strict, ..Policy::served() });
    }

    #[test]
    fn a_dialect_brings_its_policy_and_its_paths_and_the_file_decides_the_rest() {
        let file = ProviderFile::parse("dialect = \"keycloak\"\n[policy]\ncode-lifetime = 60", Path::new(""));
        let file = file.expect("a file");
        assert_eq!((file.policy.access_token_lifetime, file.policy.code_lifetime), (Some(300), 60));
        assert_eq!(file.policy.client_authentication, ClientAuthentication::Lenient);
        assert_eq!(file.paths, "keycloak".parse::<Dialect>().expect("it is built in").paths());
        let decided = "dialect = \"keycloak\"\n[policy]\naccess-token-lifetime = 60";
        let policy = ProviderFile::parse(decided, Path::new("")).expect("a file").policy;
        assert_eq!(policy.access_token_lifetime, Some(60));
    }

    #[test]
    fn a_profile_is_made_from_the_name_and_changed_by_the_claims() {
        let file = "[[user]]\nsub = \"7\"\nname = \"Ada Byron\"\nclaims = { email = \"ada@work.example\", age = 36 }";
        let claims = ProviderFile::parse(file, Path::new("")).expect("a file").users.remove(0).claims;
        assert_eq!((&claims["given_name"], &claims["email"]), (&"Ada".into(), &"ada@work.example".into()));
        assert_eq!(claims["age"], 36);
    }

    #[test]
    fn mistakes_are_told_with_their_place_and_what_is_allowed() {
        let client = "[[client]]\nclient_id = \"shop\"\n";
        for (text, told) in [
            (
                "[[client]]\nclient_ident = \"shop\"\n",
                &["line 2", "client_ident", "`client_id`", "did you mean \"client_id\"?"][..],
            ),
            (client, &["redirect_uris"]),
            (&format!("{client}redirect_uris = [\"/callback\"]"), &["\"shop\"", "\"/callback\"", "absolute"]),
            (&format!("{client}redirect_uris = [\"https://a.example/#b\"]"), &["fragment"]),
            (
                &format!("{client}redirect_uris = []\ntoken_endpoint_auth_method = \"client_secret_post\""),
                &["no client_secret", "client_secret_post"],
            ),
            (
                &format!("{client}redirect_uris = []\ngrant_types = [\"client_credentials\"]"),
                &["no client_secret", "client_credentials"],
            ),
            (&format!("{client}redirect_uris = []\n{client}redirect_uris = []"), &["\"shop\"", "twice"]),
            ("headless = \"carol\"", &["\"carol\"", "auth0|alice"]),
            ("dialect = \"klingon\"", &["line 1", "klingon", "auth0, "]),
            ("[policy]\npkce = \"maybe\"", &["line 2", "`enforce`"]),
            ("[[fault]]\nnamed = \"no/such\"", &["fault 1", "no/such", "id-token/alg-none"]),
            ("[[fault]]\nat = \"jwks\"", &["fault 1", "`change`"]),
            ("[[fault]]\nat = \"jwks\"\nchange = { sign = \"corrupted\" }", &["fault 1", "id-token-signature"]),
        ] {
            let problem = problem(text);
            assert!(told.iter().all(|part| problem.contains(part)), "{text}\n{problem}");
        }
    }
}
