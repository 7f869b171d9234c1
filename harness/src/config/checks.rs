//! What is checked of the sections, whichever driver they are for.

use std::collections::BTreeMap;

use super::placeholders::{Placeholders, Template};
use super::provider::ProviderWays;
use url::Url;

/// What `[browser]` is about, for those whose driver has no use for it.
pub(super) const ABOUT_BROWSER: &str = "it is about the pages of a web app";
/// What `[command]` is about.
pub(super) const ABOUT_COMMAND: &str = "it is for an app that is started again for each operation";
/// What `[stdio]` is about.
pub(super) const ABOUT_STDIO: &str = "it is for a client that is operated over its standard input";

/// A section of the file that the driver has no use for.
pub(super) fn superfluous<T>(section: Option<&T>, name: &str, driver: &str, why: &str) -> Result<(), String> {
    match section {
        None => Ok(()),
        Some(_) => Err(format!("[{name}] does not apply to driver = \"{driver}\": {why}; leave the section out")),
    }
}

/// A section that the driver cannot do without.
pub(super) fn needed<T>(section: Option<T>, name: &str, driver: &str, what: &str) -> Result<T, String> {
    section.ok_or_else(|| format!("driver = \"{driver}\" needs the section [{name}]: {what}"))
}

/// The placeholders for files that are there only where somebody serves https.
pub(super) const TLS_FILES: [&str; 3] = ["ca_file", "certificate_file", "key_file"];

/// They may not be asked for elsewhere.
pub(super) fn check_tls_files<'a>(
    mut templates: impl Iterator<Item = (String, &'a Template)>,
    uses_tls: bool,
) -> Result<(), String> {
    let mentioned = |template: &Template| TLS_FILES.into_iter().find(|name| template.mentions(name));
    match templates.find_map(|(place, template)| Some((place, mentioned(template)?))) {
        Some((place, name)) if !uses_tls => Err(format!(
            "{place} holds {{{name}}}, and nothing serves https in this run; take it out, or write [tls] provider = true"
        )),
        _ => Ok(()),
    }
}

/// Whether a client that is handed these placeholders can find a provider. The `prefix` is empty for the first provider
/// and `second_` for the second.
pub(super) fn finds_provider(prefix: &str, hands_on: impl Fn(&str) -> bool) -> bool {
    let hands_on = |name: &str| hands_on(&format!("{prefix}{name}"));
    // By the metadata of the API, RFC 9728.
    ["issuer", "issuer_host", "metadata_url", "resource_url"].into_iter().any(hands_on)
        || (hands_on("authorization_endpoint") && hands_on("token_endpoint"))
}

/// What `{issuer_host}` says is not enough to find an issuer that shares its host with others.
pub(super) fn check_issuer_hosts<'a>(
    mut templates: impl Iterator<Item = (String, &'a Template)>,
    provider: ProviderWays,
) -> Result<(), String> {
    let mentioned =
        |template: &Template| ["issuer_host", "second_issuer_host"].into_iter().find(|name| template.mentions(name));
    match templates.find_map(|(place, template)| Some((place, mentioned(template)?))) {
        Some((place, name)) if !provider.at_root => Err(format!(
            "{place} holds {{{name}}}, and many issuers share a host in this run, each below its own path; write [provider] \
             at_root = true, which puts each issuer at the root of a host"
        )),
        _ => Ok(()),
    }
}

/// Placeholders that the driver does not fill in.
pub(super) fn unfillable<'a>(
    templates: impl Iterator<Item = (String, &'a Template)>,
    names: &[&str],
    driver: &str,
    why: &str,
) -> Result<(), String> {
    for (place, template) in templates {
        if let Some(name) = names.iter().find(|name| template.mentions(name)) {
            return Err(format!(
                "{place} holds {{{name}}}, which driver = \"{driver}\" does not fill in: {why}; take it out"
            ));
        }
    }
    Ok(())
}

/// Whether a program can be given what is written here.
pub(super) fn check_templates<'a>(templates: impl Iterator<Item = (String, &'a Template)>) -> Result<(), String> {
    for (place, template) in templates {
        let filled = template.fill(&Placeholders::example()).map_err(|error| format!("{place}: {error}"))?;
        if filled.contains('\0') {
            return Err(format!("{place} holds a NUL character, which cannot be passed to a program; take it out"));
        }
    }
    Ok(())
}

/// Whether these can be names of environment variables.
pub(super) fn check_names(env: &BTreeMap<String, Template>, section: &str) -> Result<(), String> {
    match env.keys().find(|key| key.is_empty() || key.contains(['=', '\0'])) {
        Some(key) => {
            Err(format!("[{section}] {key:?} is not the name of an environment variable; write NAME = \"value\""))
        }
        None => Ok(()),
    }
}

/// Whether a URL leads to this machine, by its loopback interface.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
