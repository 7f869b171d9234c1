//! The front door: what this is, and what happened lately.

use maud::{Markup, html};

use super::frame;
use crate::issuer::State;
use crate::{Endpoint, Entry};

/// How many exchanges the page shows.
const RECENT: u64 = 25;

/// The page at the issuer's own URL. It shows no secrets.
pub(crate) fn home(issuer: &State) -> String {
    let registry = issuer.registry.read();
    let recent = issuer.journal.since(issuer.journal.next_seq().saturating_sub(RECENT));
    let body = html! {
        p { "An OAuth 2.0 authorization server and OpenID provider that exists to be misused in tests." }
        p { "Issuer: " code { (issuer.identifier) } }
        h2 { "Endpoints" }
        table {
            @for endpoint in Endpoint::ALL { tr { th { (label(endpoint)) } td { code { (issuer.url(endpoint)) } } } }
        }
        h2 { "Users" }
        table { @for user in registry.users() { tr { td { code { (user.sub) } } td { (name(user)) } } } }
        h2 { "Clients" }
        table {
            @for client in registry.clients() {
                tr { td { code { (client.client_id) } } td { (client.redirect_uris.join(", ")) } }
            }
        }
        h2 { "Latest exchanges" }
        @if recent.is_empty() { p.soft { "None yet." } } @else { (exchanges(&recent)) }
    };
    frame("Nothing to see, everything to test", &body).into_string()
}

fn exchanges(entries: &[std::sync::Arc<Entry>]) -> Markup {
    html! {
        table {
            tr { th { "#" } th { "Request" } th { "Parameters" } th { "Status" } th { "Faults" } }
            @for entry in entries.iter().rev() {
                tr {
                    td { (entry.seq) }
                    td { (entry.request.method) " " code { (entry.request.path) } }
                    // Names only: the values are secrets more often than not.
                    td { @for (name, _) in &entry.request.params { (name) " " } }
                    td { @match &entry.response { Some(response) => { (response.status) } None => { "none" } } }
                    td { @if !entry.faults.is_empty() { (entry.faults.len()) } }
                }
            }
        }
    }
}

fn name(user: &crate::User) -> &str {
    user.claims.get("name").and_then(serde_json::Value::as_str).unwrap_or_default()
}

fn label(endpoint: Endpoint) -> &'static str {
    match endpoint {
        Endpoint::Authorize => "Authorization",
        Endpoint::Token => "Token",
        Endpoint::Userinfo => "Userinfo",
        Endpoint::Discovery => "Metadata",
        Endpoint::Jwks => "Keys",
        Endpoint::Revoke => "Revocation",
        Endpoint::Logout => "Log-out",
        Endpoint::EndSession => "Log-out (OpenID Connect)",
        Endpoint::Api => "Protected API",
        Endpoint::Other => "",
    }
}
