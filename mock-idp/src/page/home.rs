//! The front door: what this is, and what happened lately.

use std::sync::Arc;

use maud::{Markup, html};

use super::frame::{Layout, avatar, frame};
use crate::issuer::State;
use crate::{Api, Client, Endpoint, Entry, User, fault};

/// How many exchanges the page shows.
const RECENT: u64 = 25;

/// The page at the issuer's own URL. It shows no secrets.
pub(crate) fn home(issuer: &State) -> String {
    let registry = issuer.registry.read();
    let recent = issuer.journal.since(issuer.journal.next_seq().saturating_sub(RECENT));
    let body = html! {
        p { "An OAuth 2.0 authorization server and OpenID provider, with an API behind it, for tests of clients." }
        p.issuer { span.soft { "Issuer" } code { (issuer.identifier) } }
        p { a href={ (issuer.base_url) "_mock/" } { "Play and watch the flow" } " on the explorer page: on this machine only." }
        div.columns {
            section { h2 { "Users" } (users(registry.users())) }
            section { h2 { "Clients" } (clients(registry.clients())) }
            section { h2 { "APIs" } (apis(registry.apis())) }
        }
        section { h2 { "Latest exchanges" } (exchanges(issuer, &recent)) }
        section { h2 { "Faults" } (faults(issuer)) }
        section { h2 { "Endpoints" } (endpoints(issuer)) }
    };
    frame(Layout::Wide, "Mock identity provider", &body).into_string()
}

fn users(users: &[User]) -> Markup {
    html! {
        ul.people {
            @for user in users { li { (avatar(user)) span { (user.display_name()) small { (user.sub) } } } }
        }
    }
}

fn clients(clients: &[Client]) -> Markup {
    html! {
        ul.people {
            @for client in clients {
                li { span {
                    strong { (client.client_id) }
                    small { (client.token_endpoint_auth_method) }
                    @for uri in &client.redirect_uris { small { code { (uri) } } }
                } }
            }
        }
    }
}

fn apis(apis: &[Api]) -> Markup {
    html! {
        ul.people {
            @for api in apis {
                li { span { strong { (api.identifier) } @for scope in &api.scopes { small { code { (scope) } } } } }
            }
        }
    }
}

fn exchanges(issuer: &State, entries: &[Arc<Entry>]) -> Markup {
    html! {
        @if entries.is_empty() {
            p.soft { "None yet. Point a client at the issuer above and log in." }
        } @else {
            div.scroll tabindex="0" role="region" aria-label="Latest exchanges" { table {
                thead { tr { th { "#" } th { "Request" } th { "Status" } th { "Faults" } th { "Parameters" } } }
                tbody { @for entry in entries.iter().rev() { (exchange(issuer, entry)) } }
            } }
        }
    }
}

fn exchange(issuer: &State, entry: &Entry) -> Markup {
    let status = entry.response.as_ref().map(|response| response.status);
    html! {
        tr {
            td.soft { (entry.seq) }
            td.whole { (entry.request.method) " " code { (below(issuer, &entry.request.path)) } }
            td { @match status {
                Some(status) => { span.status.bad[status >= 400] { (status) } }
                None => { span.status.bad { "none" } }
            } }
            td { @if !entry.faults.is_empty() { (entry.faults.len()) } }
            // Names only: the values are secrets more often than not.
            td.soft { @for (name, _) in &entry.request.params { (name) " " } }
        }
    }
}

/// The path without the part that all paths of the issuer share.
fn below<'a>(issuer: &State, path: &'a str) -> &'a str {
    let prefix = url::Url::parse(&issuer.base_url).map(|url| url.path().trim_end_matches('/').to_owned());
    prefix.ok().and_then(|prefix| path.strip_prefix(prefix.as_str())).unwrap_or(path)
}

fn faults(issuer: &State) -> Markup {
    let armed = issuer.faults.list();
    html! {
        @if armed.is_empty() {
            p.soft { "None armed: the provider is honest." }
        } @else {
            ul { @for (id, fault) in &armed { li { code { (fault) } " " span.soft { (times(issuer.faults.fired(*id))) } } } }
        }
        details {
            summary { "Arm one by name" }
            pre { "curl " (issuer.base_url) "_mock/fault --json '{\"named\": \"id-token/alg-none\"}'\ncurl " (issuer.base_url) "_mock/faults -X DELETE" }
            p.soft { a href={ (issuer.base_url) "_mock/openapi.json" } { "All that the control API can do" } " (OpenAPI)" }
            ul.names { @for name in fault::names() { li { code { (name) } } } }
        }
    }
}

fn times(fired: u64) -> String {
    match fired {
        0 => "not fired yet".to_owned(),
        1 => "fired once".to_owned(),
        times => format!("fired {times} times"),
    }
}

fn endpoints(issuer: &State) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Endpoints" { table { tbody {
            @for endpoint in issuer.endpoints() { tr { th { (label(endpoint)) } td { code { (issuer.url(endpoint)) } } } }
        } } }
    }
}

fn label(endpoint: Endpoint) -> &'static str {
    match endpoint {
        Endpoint::Authorize => "Authorization",
        Endpoint::Token => "Token",
        Endpoint::Userinfo => "Userinfo",
        Endpoint::Discovery => "Metadata",
        Endpoint::Jwks => "Keys",
        Endpoint::Certificate => "Certificate",
        Endpoint::Revoke => "Revocation",
        Endpoint::Introspect => "Introspection",
        Endpoint::Logout => "Log-out",
        Endpoint::EndSession => "Log-out (OpenID Connect)",
        Endpoint::DeviceAuthorization => "Device authorization",
        Endpoint::DeviceVerification => "Device verification",
        Endpoint::Api => "Protected API",
        Endpoint::ResourceMetadata | Endpoint::Other => "",
    }
}
