//! `driver = "web-app"`: an app that the harness visits as a browser does.

use std::path::PathBuf;

use mock_idp::ClientAuthMethod;
use url::Url;

use super::checks::{
    ABOUT_COMMAND, ABOUT_STDIO, check_issuer_hosts, check_tls_files, finds_provider, is_loopback, needed, superfluous,
    unfillable,
};
use super::placeholders::Placeholders;
use super::registration::RegistrationSection;
use super::sections::{App, BrowserSection, Sections, Start, TlsSection};
use crate::config::{KnownProvider, ProviderWays};
use crate::terms::{Capability, Profile};

const DRIVER: &str = "web-app";

/// The configuration of a web app.
#[derive(Debug, Clone)]
pub struct WebAppConfig {
    /// What the client is called in reports.
    pub name: String,
    /// The folder of the file: commands start here, relative paths are relative to it.
    pub folder: PathBuf,
    /// How to start the client, or what a client that runs already at [`App::base_url`] knows of its provider.
    pub operated: Operated,
    /// The routes of the web app.
    pub app: App,
    /// The browser to use, for pages that need JavaScript; the harness itself is one for all others.
    pub browser: Option<BrowserSection>,
    /// How the provider behaves.
    pub provider: ProviderWays,
    /// Who serves https.
    pub tls: TlsSection,
    /// How the client is registered at the authorization server.
    pub registration: RegistrationSection,
    /// What the client is measured by.
    pub profile: Profile,
    /// What the client says of itself.
    pub declares: Vec<Capability>,
}

/// Who has started the client.
#[derive(Debug, Clone)]
pub enum Operated {
    /// The harness does, as often as it needs one.
    Started(Start),
    /// Somebody has: there is one, and it stays as it is.
    Running(KnownProvider),
}

impl WebAppConfig {
    pub(super) fn new(file: Sections, folder: PathBuf) -> Result<Self, String> {
        superfluous(file.stdio.as_ref(), "stdio", DRIVER, ABOUT_STDIO)?;
        superfluous(file.command.as_ref(), "command", DRIVER, ABOUT_COMMAND)?;
        let app = needed(file.app, "app", DRIVER, "base_url, login, callback and session")?;
        let provider = file.provider.ways(&folder)?;
        let operated = match file.start {
            Some(start) => {
                file.provider.check_started("[start]")?;
                Operated::Started(start)
            }
            None => Operated::Running(file.provider.known()?),
        };
        let config = Self {
            name: file.client.name,
            folder,
            operated,
            app,
            browser: file.browser,
            provider,
            tls: file.tls,
            registration: file.registration,
            profile: file.profile.name,
            declares: file.profile.declares,
        };
        config.check()?;
        Ok(config)
    }

    /// Whether every client of a run would listen on the same port, so that there can be one at a time only.
    #[must_use]
    pub fn has_fixed_port(&self) -> bool {
        !self.app.base_url.mentions("port")
    }

    fn check(&self) -> Result<(), String> {
        let base_url = self.check_base_url()?;
        self.check_routes(&base_url)?;
        self.check_selectors()?;
        self.check_identity()?;
        match &self.operated {
            Operated::Started(start) => self.check_start(start),
            Operated::Running(_) if !self.has_fixed_port() => {
                Err("[app] base_url holds {port}, but there is no [start] section: {port} is chosen for a client \
                     that the harness starts; write the real port of the running client, or add [start] with a command"
                    .to_owned())
            }
            Operated::Running(_) if self.app.login_second.is_some() => {
                Err("[app] login_second needs a second provider, and a client that runs already cannot be configured for one; leave it \
                     out, or add [start] with a command"
                    .to_owned())
            }
            Operated::Running(_) => Ok(()),
        }
    }

    /// Whether anybody serves https in a run: then there is an authority, and files that tell the client of it.
    #[must_use]
    pub fn uses_tls(&self) -> bool {
        self.tls.provider || self.app.base_url.starts_with("https:")
    }

    fn check_base_url(&self) -> Result<Url, String> {
        let template = &self.app.base_url;
        let written = template.fill(&Placeholders::example()).map_err(|error| format!("[app] base_url: {error}"))?;
        if let Some(name) = template.placeholders().find(|name| *name != "port") {
            return Err(format!("[app] base_url holds {{{name}}}; nothing but {{port}} is known when it is filled in"));
        }
        let url = Url::parse(&written).map_err(|error| format!("[app] base_url = {written:?} is no URL: {error}"))?;
        if !["http", "https"].contains(&url.scheme()) {
            return Err(format!("[app] base_url = {written:?} is no URL of a web app; write http://… or https://…"));
        }
        if !is_loopback(&url) {
            return Err(format!(
                "[app] base_url = {written:?} is not on this machine; the harness attacks only clients on loopback (127.0.0.1, localhost, [::1])"
            ));
        }
        if url.port() == Some(0) {
            return Err(format!(
                "[app] base_url = {written:?}: no client can be reached on port 0; write {{port}} for a free one"
            ));
        }
        // Nothing but the slash that parsing adds may follow the port, and no name or password come before the host.
        if written.contains('@')
            || url.as_str().len() != url.origin().ascii_serialization().len() + 1
            || written.ends_with('/')
        {
            return Err(format!(
                "[app] base_url = {written:?} is more than scheme, host and port; write \"http://127.0.0.1:{{port}}\", and put paths into the routes"
            ));
        }
        Ok(url)
    }

    fn check_routes(&self, base_url: &Url) -> Result<(), String> {
        let app = &self.app;
        let login_second = app.login_second.as_ref().map(|template| template.fill(&Placeholders::example()));
        let login_second = login_second.transpose().map_err(|error| format!("[app] login_second: {error}"))?;
        let routes = [
            ("login", Some(&app.login), None),
            ("login_second", login_second.as_ref(), Some(Capability::MultipleIssuers)),
            ("callback", Some(&app.callback), None),
            ("callback_second", app.callback_second.as_ref(), None),
            ("session", Some(&app.session), None),
            ("api", app.api.as_ref(), Some(Capability::ApiCall)),
            ("refresh", app.refresh.as_ref(), Some(Capability::ForcedRefresh)),
            ("logout", app.logout.as_ref(), Some(Capability::Logout)),
        ];
        if app.login_second.is_none() && app.callback_second.is_some() {
            return Err(
                "[app] callback_second is where a second provider sends the browser, and there is no login_second; \
                        name the route, or leave both out"
                    .to_owned(),
            );
        }
        if app.login_form.is_none() && !app.login_fields.is_empty() {
            return Err(
                "[app] login_fields fills in a form, and login_form does not say which; name it, or leave both out"
                    .to_owned(),
            );
        }
        if app.logout.is_none() && app.logout_form.is_some() {
            return Err(
                "[app] logout_form is on a page that ends the session, and there is no logout; name the page, or leave both out"
                    .to_owned(),
            );
        }
        if app.return_parameter.as_ref().is_some_and(|name| name.is_empty() || name.contains(char::is_control)) {
            return Err("[app] return_parameter is not a name; write the parameter of login that says where to go \
                        after it, \"next\", or leave it out"
                .to_owned());
        }
        for (key, path, capability) in routes {
            let Some(path) = path else {
                if let Some(declared) = capability.filter(|capability| self.declares.contains(capability)) {
                    return Err(format!(
                        "[profile] declares \"{declared}\", and there is no [app] {key}; name the route, or declare less"
                    ));
                }
                continue;
            };
            if !path.starts_with('/') {
                return Err(format!("[app] {key} = {path:?} is not a path; write it with a leading slash, \"/…\""));
            }
            // `//host/…` is a path by its looks only.
            let stays =
                base_url.join(path).is_ok_and(|url| url.origin() == base_url.origin() && url.fragment().is_none());
            if !stays || path.contains(char::is_control) {
                return Err(format!(
                    "[app] {key} = {path:?} is not a path of the app; write \"/…\" with one slash and no #"
                ));
            }
        }
        Ok(())
    }

    fn check_selectors(&self) -> Result<(), String> {
        let app = &self.app;
        let selectors = [
            ("[app] login_form", &app.login_form, "form[action='/auth']"),
            ("[app] logout_form", &app.logout_form, "form[action='/logout']"),
            ("[app] logged_in", &app.logged_in, "#subject"),
            ("[app] error", &app.error, "[role=alert]"),
        ];
        for (key, selector, example) in selectors {
            if let Some(selector) = selector
                && let Err(error) = scraper::Selector::parse(selector)
            {
                return Err(format!(
                    "{key} = {selector:?} is no CSS selector: {error}; write {example:?}, for instance"
                ));
            }
        }
        match &self.browser {
            Some(browser) if browser.command.iter().any(|word| word.contains('\0')) || browser.command.is_empty() => {
                Err("[browser] command names no program; write program and arguments, [\"chromium\", \"--no-sandbox\"]"
                    .to_owned())
            }
            _ => Ok(()),
        }
    }

    /// What nobody asks for, no page can show.
    fn check_identity(&self) -> Result<(), String> {
        let (identity, scope) = (self.app.identity, &self.registration.scope);
        if identity.comes_with(scope) {
            return Ok(());
        }
        let (claim, needed) = (identity.claim(), identity.scopes()[0]);
        Err(format!(
            "[app] identity = \"{claim}\" needs the scope {needed}, and [registration] scope = {scope:?} holds no {needed}; add \
             it, if the app asks for it, or leave identity out"
        ))
    }

    fn check_start(&self, start: &Start) -> Result<(), String> {
        start.check()?;
        unfillable(start.templates(), &["state_dir"], DRIVER, "an app keeps its sessions apart itself")?;
        check_tls_files(start.templates(), self.uses_tls())?;
        let hands_on = |name: &str| start.mentions(name);
        if !finds_provider("", hands_on) {
            return Err("[start] does not pass {issuer} to the client, and every run has its own issuer, so the client cannot find it; \
                        write it into the command or into [start.env], ISSUER = \"{issuer}\", or {metadata_url} for a client that is told \
                        where the metadata are, or {authorization_endpoint} and {token_endpoint} for one that reads none"
                .to_owned());
        }
        if !self.has_fixed_port() && !hands_on("port") && !hands_on("base_url") {
            return Err(
                "[app] base_url holds {port}, and [start] does not pass it to the client, so the client cannot listen there; \
                        write it into the command or into [start.env], PORT = \"{port}\""
                    .to_owned(),
            );
        }
        check_issuer_hosts(start.templates(), self.provider)?;
        if self.app.login_second.is_some() && !finds_provider("second_", hands_on) {
            return Err(
                "[app] login_second starts logins at a second provider, and [start] does not pass {second_issuer} to the client, \
                        so the client cannot find it; write it into [start.env], with {second_client_id}, \
                        {second_client_secret} and {second_api_url}, or leave login_second out"
                    .to_owned(),
            );
        }
        if self.registration.token_endpoint_auth_method.first() != ClientAuthMethod::None && !hands_on("client_secret")
        {
            return Err(
                "[start] does not pass {client_secret} to the client, and every run has its own secret; write it into \
                        [start.env], CLIENT_SECRET = \"{client_secret}\", or register a public client: \
                        [registration] token_endpoint_auth_method = \"none\""
                    .to_owned(),
            );
        }
        Ok(())
    }
}
