//! One exchange, as the explorer page shows it: between whom, when, what was decided, and what it was for.

use std::time::Instant;

use serde::Serialize;
use serde_json::{Value, json};

use super::companion::Companion;
use super::remark::Remark;
use super::tokens::{Decoded, decoded};
use crate::issuer::State;
use crate::journal::{AppRefusal, CredentialKind, Request, Response, Visit};
use crate::{Deed, Endpoint, Entry};

/// Who takes part: the lanes of the diagram, from left to right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Party {
    Browser,
    Client,
    Provider,
    Api,
}

/// Who tells of an exchange, or of what was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Source {
    Journal,
    App,
    Control,
}

/// An exchange for the page.
#[derive(Serialize)]
pub(crate) struct Exchange<'a> {
    /// Which run of the issuer it belongs to.
    run: &'a str,
    /// Who tells of it.
    source: Source,
    /// Its number there.
    number: u64,
    from: Party,
    to: Party,
    /// Microseconds by a clock that nobody moves.
    began: u128,
    /// The same for the answer, if there was one.
    ended: Option<u128>,
    /// What it is about, in a few words.
    title: String,
    request: &'a Request,
    response: Option<&'a Response>,
    /// The client that it is about, if that is known.
    client_id: Option<&'a str>,
    /// The faults that changed it.
    faults: Vec<String>,
    remarks: Vec<Remark>,
    tokens: Vec<Decoded>,
    /// What somebody did by it.
    deed: Option<Deed>,
    /// Where it sends the browser with the authorization response.
    leads_to: Option<String>,
    /// Why the app refused it.
    refusal: Option<&'a AppRefusal>,
}

/// An exchange of the journal.
pub(crate) fn of_entry<'a>(issuer: &'a State, entry: &'a Entry) -> Exchange<'a> {
    let (from, to) = parties(entry);
    let fault = |id| issuer.faults.known(id).map_or_else(|| "a fault".to_owned(), |fault| fault.to_string());
    let leads_to = leads_to(entry);
    Exchange {
        run: &issuer.run,
        source: Source::Journal,
        number: entry.seq,
        from,
        to,
        began: microseconds(issuer, entry.arrived),
        ended: entry.answered.map(|answered| microseconds(issuer, answered)),
        title: title(entry.endpoint).to_owned(),
        request: &entry.request,
        response: entry.response.as_ref(),
        client_id: client_id(entry),
        faults: entry.faults.iter().map(|id| fault(*id)).collect(),
        remarks: entry.notes.iter().map(|note| Remark::of(*note)).collect(),
        tokens: decoded(issuer, entry),
        deed: deed(entry, leads_to.as_deref()),
        leads_to,
        refusal: None,
    }
}

/// A visit of a browser to the app, which the companion knows.
pub(crate) fn of_visit<'a>(
    issuer: &'a State,
    companion: &dyn Companion,
    number: u64,
    visit: &'a Visit,
) -> Exchange<'a> {
    let (title, deed) = companion.meaning(visit);
    Exchange {
        run: &issuer.run,
        source: Source::App,
        number,
        from: Party::Browser,
        to: Party::Client,
        began: microseconds(issuer, visit.began),
        ended: Some(microseconds(issuer, visit.ended)),
        title,
        request: &visit.request,
        response: Some(&visit.response),
        client_id: None,
        faults: Vec::new(),
        remarks: Vec::new(),
        tokens: Vec::new(),
        deed,
        leads_to: None,
        refusal: visit.refusal.as_ref(),
    }
}

/// What was done by the control API: no exchange, and yet something that happened in between.
pub(crate) fn of_deed(issuer: &State, number: u64, deed: &Deed) -> Value {
    json!({ "run": issuer.run, "source": Source::Control, "number": number, "deed": deed })
}

/// Since the issuer is there.
fn microseconds(issuer: &State, instant: Instant) -> u128 {
    instant.saturating_duration_since(issuer.born).as_micros()
}

fn parties(entry: &Entry) -> (Party, Party) {
    let navigates = entry.request.header("sec-fetch-mode") == Some("navigate");
    match entry.endpoint {
        Endpoint::Authorize | Endpoint::Logout | Endpoint::EndSession | Endpoint::DeviceVerification => {
            (Party::Browser, Party::Provider)
        }
        Endpoint::Api => (Party::Client, Party::Api),
        _ if navigates => (Party::Browser, Party::Provider),
        _ => (Party::Client, Party::Provider),
    }
}

fn title(endpoint: Endpoint) -> &'static str {
    match endpoint {
        Endpoint::Authorize => "Authorization request",
        Endpoint::Token => "Token request",
        Endpoint::Userinfo => "UserInfo",
        Endpoint::Discovery => "Provider metadata",
        Endpoint::Jwks => "Key set",
        Endpoint::Certificate => "Certificate",
        Endpoint::Revoke => "Revocation",
        Endpoint::Introspect => "Introspection",
        Endpoint::Logout | Endpoint::EndSession => "Log-out",
        Endpoint::DeviceAuthorization => "Device authorization",
        Endpoint::DeviceVerification => "Device verification",
        Endpoint::Api => "API call",
        Endpoint::ResourceMetadata => "Protected resource metadata",
        Endpoint::Other => "Unknown path",
    }
}

fn client_id(entry: &Entry) -> Option<&str> {
    let minted = entry.minted.iter().map(|credential| credential.client_id.as_str());
    let presented = entry.presented.iter().map(|it| it.credential.client_id.as_str());
    entry.request.param("client_id").into_iter().chain(presented).chain(minted).find(|id| !id.is_empty())
}

/// Where an authorization response goes. A page of the provider is none.
fn leads_to(entry: &Entry) -> Option<String> {
    let location = entry.response.as_ref()?.header("location")?;
    (entry.endpoint == Endpoint::Authorize).then(|| location.to_owned())
}

fn deed(entry: &Entry, leads_to: Option<&str>) -> Option<Deed> {
    let grant = entry.request.param("grant_type");
    match entry.endpoint {
        Endpoint::Authorize => {
            let code = entry.minted.iter().find(|credential| credential.kind == CredentialKind::Code);
            let error = || {
                let url = url::Url::parse(leads_to?).ok()?;
                url.query_pairs().find(|(name, _)| name == "error").map(|(_, error)| error.into_owned())
            };
            match code {
                Some(code) => Some(Deed::LogIn { sub: Some(code.subject.clone()) }),
                None => error().map(|error| Deed::Decline { error }),
            }
        }
        Endpoint::Token if grant == Some("refresh_token") => Some(Deed::Refresh),
        Endpoint::Api => Some(Deed::CallApi),
        Endpoint::Logout | Endpoint::EndSession if entry.status().is_some_and(|status| status < 400) => {
            Some(Deed::LogOut)
        }
        _ => None,
    }
}
