//! What is known of a scenario before anything runs: that it has nothing to say about a client, by what the client declares
//! and how it is registered.

use mock_idp::{ClientAuthMethod, Trait};

use super::{Judgement, Verdict};
use crate::driver::{Cost, Launcher};
use crate::plan::{Arrangement, Check, Expectation, RegistrationChange, WrongCertificate};
use crate::suite::{Kind, Scenario};
use crate::terms::{Capability, Profile};

/// Says before anything runs that a scenario has nothing to say about a client.
#[must_use]
pub fn applies(scenario: &Scenario, launcher: &dyn Launcher, profile: Profile) -> Option<Judgement> {
    let needs = scenario.needs_beyond(&launcher.registration());
    if profile == Profile::Oauth && needs.contains(&Capability::Openid) {
        let message = "the profile is plain OAuth, and this scenario is about OpenID Connect";
        return Some(Judgement::new(Verdict::Inapplicable, "profile", message));
    }
    if matches!(launcher.cost(), Cost::Unaffordable { .. }) && scenario.plan.needs_fresh_client() {
        return Some(unable("the client runs already, and this scenario needs one that has just been started"));
    }
    if scenario.plan.shows(WrongCertificate::OtherHost) && launcher.trusted_authority().is_none() {
        return Some(unable(
            "the client does not trust the authority of this run ([tls] provider = true), so it accepts no certificate",
        ));
    }
    if is_public(launcher) && is_about_secret(scenario) {
        let message =
            "the client is registered without a secret ([registration] token_endpoint_auth_method = \"none\")";
        return Some(Judgement::new(Verdict::Inapplicable, "registration", message));
    }
    let compares_methods = |it: &Expectation| {
        let is_one = |check: &Check| matches!(check, Check::BasicFormEncoded | Check::CredentialsInBody);
        matches!(it, Expectation::SameClientAuthentication)
            || matches!(it, Expectation::Every(_, check) if is_one(check))
    };
    if scenario.plan.expectations.iter().any(compares_methods) && launcher.auth_methods().len() > 1 {
        let message = "the client is registered for several methods of authentication, and may use each of them";
        return Some(Judgement::new(Verdict::Inapplicable, "registration", message));
    }
    let looks_at_path = |it: &Expectation| matches!(it, Expectation::MetadataFromWellKnownPath);
    if scenario.plan.expectations.iter().any(looks_at_path) && launcher.is_told_metadata_url() {
        let message = "the client is told where the metadata are, and this scenario is about how it finds that out";
        return Some(Judgement::new(Verdict::Inapplicable, "provider", message));
    }
    if let Some(told) = told_what_is_altered(scenario, launcher) {
        let message =
            format!("the client is told its {told}, so that what the metadata say of it need not matter to it");
        return Some(Judgement::new(Verdict::Inapplicable, "provider", message));
    }
    if scenario.plan.speaks_of_audience() && launcher.registration().audience.is_none() {
        let message = "the client is registered for no audience (quintain.toml: [registration] audience)";
        return Some(Judgement::new(Verdict::Inapplicable, "registration", message));
    }
    if launcher.provider().paths.makes_jwts() && scenario.plan.makes_tokens_opaque() {
        let message = "the client is at a provider with the tokens of Keycloak, which are JWTs, and these are not";
        return Some(Judgement::new(Verdict::Inapplicable, "provider", message));
    }
    let provider = launcher.provider();
    let decides_on_slash = provider.at_root || provider.issuer_without_slash || provider.paths.decides_on_slash();
    if decides_on_slash
        && scenario.kind == Kind::Tolerate
        && scenario.plan.varied().any(|it| it == Trait::IssuerWithoutSlash)
    {
        let message = "[provider] decides how the issuer ends: by issuer_without_slash, by at_root or by its paths";
        return Some(Judgement::new(Verdict::Inapplicable, "provider", message));
    }
    if let Some(why) = launcher.identity().cannot_decide(&scenario.plan) {
        return Some(Judgement::new(Verdict::Unsupported, "identity", why));
    }
    let missing = needs.difference(launcher.capabilities()).next()?;
    let key = missing.key(launcher.driver()).map_or(String::new(), |key| format!(" (quintain.toml: {key})"));
    let message = format!("the client does not declare {missing}{key}");
    Some(Judgement::new(Verdict::Unsupported, "capability", message))
}

/// The URL that a scenario alters in the metadata, where the client is told it (no clause says that such a client reads the
/// metadata for it): the one of the requests that the scenario looks at, or else each that it alters.
fn told_what_is_altered(scenario: &Scenario, launcher: &dyn Launcher) -> Option<&'static str> {
    let altered = scenario.plan.urls_altered_in_metadata()?;
    let looked_at = scenario.plan.endpoints_looked_at();
    let meant = if looked_at.is_empty() { altered } else { looked_at };
    meant.iter().all(|url| launcher.is_told(url)).then(|| meant.first().copied()).flatten()
}

/// Whether the client has no secret, and cannot be told to use one.
fn is_public(launcher: &dyn Launcher) -> bool {
    launcher.auth_methods().iter().all(|method| *method == ClientAuthMethod::None)
        && !launcher.capabilities().contains(&Capability::ConfigurableAuthMethod)
}

/// Whether a scenario is about how a client authenticates, or about nothing but its secret.
fn is_about_secret(scenario: &Scenario) -> bool {
    let gives_secret = |it: &Arrangement| match it {
        Arrangement::Registration(RegistrationChange::ClientSecret(_)) => true,
        Arrangement::Registration(RegistrationChange::AuthMethod(method)) => *method != ClientAuthMethod::None,
        _ => false,
    };
    let is_honest = |it: &Expectation| matches!(it, Expectation::Succeeds | Expectation::LoggedIn(..));
    let mut claims = scenario.plan.expectations.iter().filter(|it| !is_honest(it)).peekable();
    let looks_for_secret =
        claims.peek().is_some() && claims.all(|it| matches!(it, Expectation::SecretOnlyAtTokenEndpoint));
    looks_for_secret || scenario.plan.arrangements.iter().any(gives_secret)
}

/// A client that cannot be brought to where the scenario starts.
#[must_use]
pub fn unable(why: &str) -> Judgement {
    Judgement::new(Verdict::Unsupported, "capability", why)
}
