//! `idp.toml`: what a served provider is called, whom it knows and how it behaves, in a file.

mod said;
mod written;

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use thiserror::Error;

pub use self::said::ServedIssuer;
pub(crate) use self::said::check;
use self::said::{Origin, Said, unique};
use self::written::{Written, WrittenIssuer};
use crate::terms::with_nearest;
use crate::{HostName, TlsSource};

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
    /// The issuer identifier of the only issuer, or what the identifiers of several begin with.
    pub issuer: Option<String>,
    /// The names under which the provider is reached, if there are several.
    pub hosts: Vec<HostName>,
    /// The name under which browsers reach it, if that is another one than the clients'.
    pub browser_host: Option<HostName>,
    /// Whether to serve https, and with which certificate.
    pub tls: Option<TlsSource>,
    /// One issuer without a name, or several that have names.
    pub issuers: Vec<ServedIssuer>,
    /// The files that it names: of dialects and of keys.
    pub files: Vec<PathBuf>,
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

    /// `folder`: what the paths in it begin at.
    fn parse(text: &str, folder: &Path) -> Result<Self, String> {
        let mut written: Written = toml::from_str(text).map_err(|error| with_nearest(&error.to_string()))?;
        let (origin, table) = (Origin { text, folder }, text.parse::<toml::Table>().unwrap_or_default());
        let shared = Said::read(written.ways(), Some(&table), origin)?;
        let tls = written.tls.map(|tls| tls.read(folder)).transpose()?;
        let (issuer, tables) = match written.issuer {
            WrittenIssuer::Several(tables) => (written.base_url, tables),
            _ if written.base_url.is_some() => {
                return Err("base_url is for several issuers, [[issuer]]; for one, write issuer".to_owned());
            }
            WrittenIssuer::Identifier(issuer) => (Some(issuer), Vec::new()),
            WrittenIssuer::Unnamed => (None, Vec::new()),
        };
        let (listen, hosts, browser_host) = (written.listen, written.hosts, written.browser_host);
        let mut files = shared.files.clone();
        if tables.is_empty() {
            let issuers = vec![shared.issuer(None)?];
            return Ok(Self { listen, issuer, hosts, browser_host, tls, issuers, files });
        }
        let as_written = table.get("issuer").and_then(toml::Value::as_array);
        let mut issuers = Vec::new();
        for (index, mut one) in tables.into_iter().enumerate() {
            let numbered = |problem| format!("issuer {}: {problem}", index + 1);
            let name = one.name.take().ok_or_else(|| numbered("it has no name".to_owned()))?;
            check_name(&name).map_err(numbered)?;
            let as_written = as_written.and_then(|tables| tables.get(index)?.as_table());
            let said = Said::read(one.ways(), as_written, origin).map_err(|it| format!("issuer {name:?}: {it}"))?;
            files.extend(said.files.iter().cloned());
            issuers.push(said.with(&shared).issuer(Some(name))?);
        }
        unique("name", issuers.iter().filter_map(|one| one.name.as_deref()))?;
        Ok(Self { listen, issuer, hosts, browser_host, tls, issuers, files })
    }

    /// The JSON Schema of the file, as published in `docs/`.
    #[must_use]
    pub fn schema() -> String {
        written::schema()
    }
}

/// A name is a segment of a path that needs no encoding (RFC 3986 §2.3) and that nothing else has.
fn check_name(name: &str) -> Result<(), String> {
    let is_fit = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.' | '~');
    if name.is_empty() || name.starts_with(['.', '_']) || !name.chars().all(is_fit) {
        return Err(format!("name = {name:?} is no path segment of letters, digits, hyphens, dots and underscores"));
    }
    // Issuers of the library are below it.
    if name == "t" { Err("name = \"t\" is taken".to_owned()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::{Dialect, Policy};
    use crate::{ClientAuthMethod, ClientAuthentication, IssuerConfig};

    /// The only issuer of a file.
    fn only(text: &str) -> IssuerConfig {
        let mut issuers = ProviderFile::parse(text, Path::new("")).expect("a file").issuers;
        assert_eq!((issuers.len(), &issuers[0].name), (1, &None));
        issuers.remove(0).config
    }

    fn problem(text: &str) -> String {
        ProviderFile::parse(text, Path::new("")).expect_err("it is wrong")
    }

    #[test]
    fn an_empty_file_is_the_demonstration() {
        let file = only("");
        assert_eq!(file.clients[0].client_id, "demo-client");
        assert_eq!(file.users.len(), 2);
    }

    #[test]
    fn a_client_with_a_secret_authenticates_by_basic_and_one_without_is_public() {
        let client = |more: &str| {
            let file =
                format!("[[client]]\nclient_id = \"shop\"\nredirect_uris = [\"https://shop.example/cb\"]\n{more}");
            only(&file).clients.remove(0)
        };
        assert_eq!(client("client_secret = \"s\"").token_endpoint_auth_method, ClientAuthMethod::ClientSecretBasic);
        let public = client("");
        assert_eq!((public.token_endpoint_auth_method, public.client_secret), (ClientAuthMethod::None, None));
    }

    #[test]
    fn a_served_provider_is_lenient_unless_the_file_says_otherwise() {
        let policy = |text: &str| only(text).policy;
        assert_eq!(policy(""), Policy::served());
        assert_eq!(policy("strict = true"), Policy::default());
        let decided = policy("[policy]\nclient-authentication = \"strict\"");
        assert_eq!(decided, Policy { client_authentication: ClientAuthentication::Strict, ..Policy::served() });
    }

    #[test]
    fn a_dialect_brings_its_policy_and_its_paths_and_the_file_decides_the_rest() {
        let file = only("dialect = \"keycloak\"\n[policy]\ncode-lifetime = 60");
        assert_eq!((file.policy.access_token_lifetime, file.policy.code_lifetime), (Some(300), 60));
        assert_eq!(file.policy.client_authentication, ClientAuthentication::Lenient);
        assert_eq!(file.paths, "keycloak".parse::<Dialect>().expect("it is built in").paths());
        let decided = "dialect = \"keycloak\"\n[policy]\naccess-token-lifetime = 60";
        let policy = only(decided).policy;
        assert_eq!(policy.access_token_lifetime, Some(60));
    }

    #[test]
    fn a_profile_is_made_from_the_name_and_changed_by_the_claims() {
        let file = "[[user]]\nsub = \"7\"\nname = \"Ada Byron\"\nclaims = { email = \"ada@work.example\", age = 36 }";
        let claims = only(file).users.remove(0).claims;
        assert_eq!((&claims["given_name"], &claims["email"]), (&"Ada".into(), &"ada@work.example".into()));
        assert_eq!(claims["age"], 36);
    }

    #[test]
    fn what_stands_outside_the_issuers_holds_for_all_of_them() {
        let text = r#"
            base_url = "http://idp:4455"
            headless = "7"
            dialect = "keycloak"
            policy = { code-lifetime = 60, id-token-lifetime = 60 }
            user = [{ sub = "7" }]
            fault = [{ named = "jwks/empty" }]

            [[issuer]]
            name = "staff"
            client = [{ client_id = "desk", redirect_uris = [] }]

            [[issuer]]
            name = "customers"
            headless = "8"
            dialect = "plain"
            strict = true
            policy = { id-token-lifetime = 90 }
            user = [{ sub = "8" }]
            fault = [{ named = "id-token/alg-none" }]
        "#;
        let file = ProviderFile::parse(text, Path::new("")).expect("a file");
        assert_eq!(file.issuer.as_deref(), Some("http://idp:4455"));
        let [staff, customers] = file.issuers.as_slice() else { panic!("{:?}", file.issuers) };
        assert_eq!((staff.name.as_deref(), customers.name.as_deref()), (Some("staff"), Some("customers")));
        let clients = |one: &ServedIssuer| one.config.clients.iter().map(|it| it.client_id.clone()).collect::<Vec<_>>();
        assert_eq!((clients(staff), clients(customers)), (vec!["desk".into()], vec!["demo-client".into()]));
        let users = |one: &ServedIssuer| one.config.users.iter().map(|it| it.sub.clone()).collect::<Vec<_>>();
        assert_eq!((users(staff), users(customers)), (vec!["7".into()], vec!["7".into(), "8".into()]));
        let policy = |one: &ServedIssuer| {
            let policy = one.config.policy;
            (policy.code_lifetime, policy.id_token_lifetime, policy.client_authentication)
        };
        assert_eq!(policy(staff), (60, 60, ClientAuthentication::Lenient));
        assert_eq!(policy(customers), (60, 90, ClientAuthentication::Strict));
        assert_eq!(staff.config.policy.dialect.name(), "keycloak");
        assert_eq!(customers.config.policy.dialect, Dialect::PLAIN);
        assert_eq!((staff.config.faults.len(), customers.config.faults.len()), (1, 2));
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
            ("[keys]\nsource = \"fresh\"", &["line 2", "`generated`"]),
            ("[keys]\npem = \"no-such.pem\"", &["no-such.pem", "failed to read"]),
            ("[keys]\nsource = \"embedded\"\npem = \"keys.pem\"", &["source", "pem"]),
            ("hosts = [\"http://idp.test/\"]", &["line 1", "\"http://idp.test/\" is no host"]),
            ("tls = \"maybe\"", &["line 1", "generated"]),
            ("tls = { cert = \"server.pem\" }", &["cert and key"]),
            ("tls = { crt = \"server.pem\" }", &["line 1", "did you mean \"cert\"?"]),
            ("tls = { cert = \"no-such.pem\", key = \"key.pem\" }", &["no-such.pem", "failed to read"]),
            ("[[issuer]]\nnam = \"shop\"", &["line 2", "did you mean \"name\"?"]),
            ("[[issuer]]\nheadless = \"7\"", &["issuer 1", "no name"]),
            ("[[issuer]]\nname = \"a/b\"", &["issuer 1", "a/b", "path segment"]),
            ("[[issuer]]\nname = \"a\"\n[[issuer]]\nname = \"a\"", &["\"a\"", "twice"]),
            ("[[issuer]]\nname = \"a\"\nheadless = \"carol\"", &["issuer \"a\"", "\"carol\""]),
            ("base_url = \"http://idp\"", &["base_url", "write issuer"]),
            ("issuer = 7", &["line 1", "[[issuer]]"]),
            ("[[fault]]\nnamed = \"no/such\"", &["fault 1", "no/such", "id-token/alg-none"]),
            ("[[fault]]\nat = \"jwks\"", &["fault 1", "`change`"]),
            ("[[fault]]\nat = \"jwks\"\nchange = { sign = \"corrupted\" }", &["fault 1", "id-token-signature"]),
        ] {
            let problem = problem(text);
            assert!(told.iter().all(|part| problem.contains(part)), "{text}\n{problem}");
        }
    }
}
