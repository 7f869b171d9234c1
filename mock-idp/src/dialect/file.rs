//! The file that describes a dialect.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};
use toml::Spanned;

use super::definition::{Definition, Fact, Mark, Rewrite};
use super::errors::ErrorForm;
use crate::fault::{Fault, Layer, Point, Times};
use crate::terms::{Dialect, Layout, Paths, Policy, TokenForm, with_nearest};

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    title: String,
    /// A dialect that is built in: its facts come first.
    #[serde(default)]
    base: Dialect,
    #[serde(default)]
    sources: Vec<String>,
    /// Why a client that keeps to OpenID Connect cannot log in.
    unfit: Option<String>,
    #[serde(default)]
    fact: Vec<Spanned<WrittenFact>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenFact {
    #[serde(default)]
    what: String,
    mark: Option<Mark>,
    paths: Option<WrittenPaths>,
    policy: Option<Spanned<toml::Table>>,
    #[serde(default)]
    rewrite: Vec<Spanned<Rewrite>>,
    #[serde(default)]
    error: BTreeMap<String, Spanned<ErrorForm>>,
}

/// What is left out is as in the base.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct WrittenPaths {
    root: Option<String>,
    issuer: Option<String>,
    issuer_ends_in_slash: Option<bool>,
    authorization: Option<String>,
    token: Option<String>,
    userinfo: Option<String>,
    jwks: Option<String>,
    revocation: Option<String>,
    introspection: Option<String>,
    end_session: Option<String>,
    device_authorization: Option<String>,
    tokens: Option<TokenForm>,
}

/// Reads and checks a file. What is wrong is told with its line.
pub(super) fn parse(text: &str) -> Result<Definition, String> {
    let written: Written = toml::from_str(text).map_err(|error| with_nearest(&error.to_string()))?;
    let at = |start: usize, problem: String| format!("line {}: {problem}", line(text, start));
    // The plain one is what all others are compared with.
    let base = (written.base != Dialect::PLAIN).then(|| written.base.definition());
    let mut layout = base.map_or_else(Layout::plain, |base| base.paths.layout().clone());
    // A provider has introspection where its file says so.
    if base.is_none() && !written.fact.is_empty() {
        layout.introspection.clear();
    }
    let mut definition = Definition {
        title: written.title,
        sources: written.sources,
        facts: base.map(|base| base.facts.clone()).unwrap_or_default(),
        unfit: written.unfit.or_else(|| base.and_then(|base| base.unfit.clone())),
        paths: Paths::plain(),
        policy: base.map(|base| base.policy.clone()).unwrap_or_default(),
        rewrites: base.map(|base| base.rewrites.clone()).unwrap_or_default(),
        errors: base.map(|base| base.errors.clone()).unwrap_or_default(),
    };
    for fact in written.fact {
        let start = fact.span().start;
        let fact = fact.into_inner();
        if let Some(paths) = fact.paths {
            paths.apply(&mut layout).map_err(|problem| at(start, problem))?;
        }
        if let Some(policy) = fact.policy {
            let start = policy.span().start;
            definition.policy.extend(checked(policy.into_inner()).map_err(|problem| at(start, problem))?);
        }
        for rewrite in fact.rewrite {
            let start = rewrite.span().start;
            let rewrite = rewrite.into_inner();
            rewrite.check().map_err(|problem| at(start, problem))?;
            definition.rewrites.push(rewrite);
        }
        for (error, form) in fact.error {
            let start = form.span().start;
            let form = form.into_inner();
            form.check().map_err(|problem| at(start, problem))?;
            definition.errors.insert(error, form);
        }
        definition.facts.push(Fact { what: fact.what, mark: fact.mark });
    }
    definition.paths = Paths::of_layout(layout.with_discovery());
    Ok(definition)
}

/// The number of the line in which a byte of a text stands.
pub(crate) fn line(text: &str, at: usize) -> usize {
    text.get(..at).unwrap_or_default().matches('\n').count() + 1
}

/// The members of a policy, in the form in which a policy is written.
fn checked(policy: toml::Table) -> Result<Map<String, Value>, String> {
    if policy.contains_key("dialect") {
        return Err("a dialect names no other one in its policy; write base".to_owned());
    }
    let names: Vec<_> = policy.keys().cloned().collect();
    let policy: Policy = policy.try_into().map_err(|error: toml::de::Error| error.message().to_owned())?;
    let all = serde_json::to_value(policy).map_err(|error| error.to_string())?;
    Ok(names.into_iter().map(|name| (name.clone(), all[name.as_str()].clone())).collect())
}

impl WrittenPaths {
    fn apply(self, layout: &mut Layout) -> Result<(), String> {
        let endpoints = [
            (self.authorization, &mut layout.authorization),
            (self.token, &mut layout.token),
            (self.userinfo, &mut layout.userinfo),
            (self.jwks, &mut layout.jwks),
            (self.revocation, &mut layout.revocation),
            (self.introspection, &mut layout.introspection),
            (self.end_session, &mut layout.end_session),
            (self.device_authorization, &mut layout.device_authorization),
            (self.root, &mut layout.root),
            (self.issuer, &mut layout.issuer),
        ];
        for (path, place) in endpoints {
            let Some(path) = path else { continue };
            if path.starts_with('/') || path.contains(['?', '#', ' ']) {
                return Err(format!(
                    "{path:?} is no path: write it without a slash at its beginning, and without a query"
                ));
            }
            *place = path;
        }
        layout.issuer = layout.issuer.trim_end_matches('/').to_owned();
        if !layout.root.is_empty() && !layout.root.ends_with('/') {
            layout.root.push('/');
        }
        layout.slash = self.issuer_ends_in_slash.or(layout.slash);
        layout.tokens = self.tokens.unwrap_or(layout.tokens);
        Ok(())
    }
}

impl Rewrite {
    fn check(&self) -> Result<(), String> {
        if matches!(self.change.layer(), Layer::Signature | Layer::Transport) {
            return Err(
                "a dialect does not sign wrong, and does not delay or break an answer; that is for faults".to_owned()
            );
        }
        if self.at == Point::ApiResponse {
            return Err("a dialect says nothing of the API, which is no part of the provider".to_owned());
        }
        let Self { at, grant, change } = self.clone();
        let fault = Fault { name: None, at, grant, change, times: Times::Always };
        fault.check().map_err(|error| error.to_string())
    }
}

impl ErrorForm {
    fn check(&self) -> Result<(), String> {
        if self.status.is_some_and(|status| !(200..=599).contains(&status)) {
            return Err("the status has to be between 200 and 599".to_owned());
        }
        match &self.body {
            None | Some(Value::Object(_)) => Ok(()),
            Some(Value::String(text)) if text.is_empty() => Ok(()),
            Some(_) => Err("the body has to be a table, or an empty text for none".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_told_with_their_line_and_what_is_allowed() {
        let fact = |rest: &str| format!("title = \"Ours\"\n\n[[fact]]\n{rest}");
        for (text, told) in [
            (String::new(), &["title"][..]),
            ("title = \"Ours\"\ntitel = 1".to_owned(), &["line 2", "titel", "`base`"]),
            ("title = \"Ours\"\nbase = \"keycloack\"".to_owned(), &["line 2", "keycloack", "`keycloak`"]),
            (fact("mark = \"X\""), &["line 4", "`D`"]),
            (fact("policy = { pkce = \"maybe\" }"), &["line 4", "`enforce`"]),
            (fact("policy = { pkcs = \"ignore\" }"), &["line 4", "pkcs", "`pkce`"]),
            (fact("policy = { dialect = \"auth0\" }"), &["line 4", "base"]),
            (fact("paths = { token = \"/token\" }"), &["line 3", "\"/token\""]),
            (fact("rewrite = [{ at = \"jwks\", change = { sign = \"corrupted\" } }]"), &["line 4", "faults"]),
            (fact("rewrite = [{ at = \"jwks\", change = { merge = 1 } }]"), &["line 4", "JSON object"]),
            (fact("rewrite = [{ at = \"api-response\", change = { remove = [\"a\"] } }]"), &["line 4", "API"]),
            (fact("error.invalid_grant = { status = 99 }"), &["line 4", "599"]),
            (fact("error.invalid_grant = { body = \"no\" }"), &["line 4", "table"]),
            (fact("error.invalid_grant = { state = 9 }"), &["line 4", "`status`"]),
        ] {
            let problem = parse(&text).expect_err("it is wrong");
            assert!(told.iter().all(|part| problem.contains(part)), "{text}\n{problem}");
        }
    }

    #[test]
    fn what_is_not_said_is_as_in_the_base() {
        let text = "title = \"Ours\"\nbase = \"keycloak\"\n[[fact]]\npaths = { root = \"auth/realms/ours\" }\n";
        let ours = parse(text).expect("a dialect");
        let keycloak = "keycloak".parse::<Dialect>().expect("it is built in");
        assert_eq!(ours.policy, keycloak.definition().policy);
        assert_eq!(ours.paths.layout().token, keycloak.paths().layout().token);
        assert_eq!(ours.paths.identifier("http://idp/", true), "http://idp/auth/realms/ours");
        assert_eq!(ours.facts.len(), keycloak.facts().len() + 1);
    }
}
