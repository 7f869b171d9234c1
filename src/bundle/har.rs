//! A scenario's messages as an HTTP Archive.

use std::time::{Instant, SystemTime};

use chrono::{DateTime, SecondsFormat, Utc};
use har::v1_2::{Content, Creator, Entries, Headers, Log, Params, PostData, QueryString, Request, Response, Timings};
use har::{Har, Spec};
use mock_idp::Entry;
use url::Url;

use super::journal::Journal;
use super::redaction::Redaction;
use crate::evidence::Evidence;
use crate::terms::{Hop, Media};

/// What the browsers and the client sent to each other and to the providers, in order.
pub(super) fn har(evidence: &Evidence, journal: &Journal, redaction: &Redaction, clock: Clock) -> Har {
    let hosts = [
        (Some(&evidence.issuer), "provider", &journal.provider),
        (evidence.second.as_ref().map(|second| &second.issuer), "second provider", &journal.second_provider),
        (Some(&evidence.other_host), "stranger", &journal.other_host),
    ];
    let mut all: Vec<(Instant, Entries)> = Vec::new();
    for (issuer, name, entries) in hosts {
        let Some(origin) = issuer.and_then(|issuer| Url::parse(issuer.identifier()).ok()) else { continue };
        for entry in entries {
            let sender = if evidence.sender(entry).is_some() { "browser" } else { "client" };
            all.push((entry.arrived, of_entry(entry, &origin, &format!("{sender} → {name}"), clock)));
        }
    }
    all.extend(evidence.hops.iter().filter_map(|hop| Some((hop.when.began, of_hop(hop, redaction, clock)?))));
    all.sort_by_key(|(began, _)| *began);
    let creator = Creator { name: "quintain".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned(), comment: None };
    let entries = all.into_iter().map(|(_, entry)| entry).collect();
    Har { log: Spec::V1_2(Log { creator, entries, ..Log::default() }) }
}

/// Moments of the run's clock as a date: the one thing that an archive cannot do without.
#[derive(Clone, Copy)]
pub(super) struct Clock {
    date: SystemTime,
    moment: Instant,
}

impl Clock {
    pub(super) fn now() -> Self {
        Self { date: SystemTime::now(), moment: Instant::now() }
    }

    fn date(&self, of: Instant) -> String {
        let date = self.date.checked_sub(self.moment.saturating_duration_since(of)).unwrap_or(self.date);
        DateTime::<Utc>::from(date).to_rfc3339_opts(SecondsFormat::Millis, true)
    }
}

fn of_entry(entry: &Entry, origin: &Url, who: &str, clock: Clock) -> Entries {
    let request = &entry.request;
    let mut url = origin.clone();
    url.set_path(&request.path);
    url.set_query(Some(request.raw_query.as_str()).filter(|query| !query.is_empty()));
    let took = entry.answered.map_or(0.0, |answered| milliseconds(entry.arrived, answered));
    let altered = if entry.faults.is_empty() { "" } else { ", altered by a fault" };
    let response = entry.response.as_ref();
    let headers = response.map_or(&[][..], |response| &response.headers);
    Entries {
        comment: Some(format!("#{} {who}{altered}", entry.seq)),
        request: Request {
            headers: fields(&request.headers),
            post_data: (!request.body.is_empty()).then(|| PostData {
                mime_type: request.header("content-type").unwrap_or_default().to_owned(),
                text: Some(request.body.clone()),
                params: Some(request.params.iter().map(parameter).collect()),
                ..PostData::default()
            }),
            body_size: size(&request.body),
            ..asked(&request.method, &url)
        },
        response: Response {
            headers: fields(headers),
            content: Content {
                size: response.map_or(0, |response| size(&response.body)),
                // The format cannot do without it.
                mime_type: Some(response.and_then(|it| it.header("content-type")).unwrap_or_default().to_owned()),
                text: response.map(|response| response.body.clone()),
                ..Content::default()
            },
            ..answered(
                response.map_or(0, |response| response.status),
                response.and_then(|response| response.header("location")).unwrap_or_default(),
            )
        },
        ..exchange(&clock.date(entry.arrived), took)
    }
}

/// What a browser and the client exchanged; nothing if that was no HTTP.
fn of_hop(hop: &Hop, redaction: &Redaction, clock: Clock) -> Option<Entries> {
    let (method, _) = hop.request.split_once(' ')?;
    let url = Url::parse(&redaction.text(hop.urls.first()?)).ok()?;
    let status: u16 = hop.response.split(' ').next()?.parse().ok()?;
    let location = hop.urls.get(1).map(|url| redaction.text(url)).unwrap_or_default();
    let mime_type = match &hop.media {
        Media::Page(media_type) => media_type.clone(),
        Media::Words => None,
    };
    let content = Content { mime_type: Some(mime_type.unwrap_or_default()), ..Content::default() };
    Some(Entries {
        comment: Some("browser → client".to_owned()),
        request: asked(method, &url),
        response: Response { content, ..answered(status, &location) },
        ..exchange(&clock.date(hop.when.began), milliseconds(hop.when.began, hop.when.ended))
    })
}

fn exchange(began: &str, took: f64) -> Entries {
    Entries {
        started_date_time: began.to_owned(),
        time: took,
        timings: Timings { wait: took, ..Timings::default() },
        ..Entries::default()
    }
}

fn asked(method: &str, url: &Url) -> Request {
    let named = |(name, value): (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)| QueryString {
        name: name.into_owned(),
        value: value.into_owned(),
        comment: None,
    };
    Request {
        method: method.to_owned(),
        url: url.to_string(),
        http_version: VERSION.to_owned(),
        query_string: url.query_pairs().map(named).collect(),
        headers_size: UNKNOWN,
        body_size: 0,
        ..Request::default()
    }
}

fn answered(status: u16, location: &str) -> Response {
    Response {
        status: i64::from(status),
        status_text: String::new(),
        http_version: VERSION.to_owned(),
        redirect_url: Some(location.to_owned()),
        headers_size: UNKNOWN,
        body_size: UNKNOWN,
        ..Response::default()
    }
}

const VERSION: &str = "HTTP/1.1";
/// A size that is not known, in the words of the format.
const UNKNOWN: i64 = -1;

fn fields(all: &[(String, String)]) -> Vec<Headers> {
    all.iter().map(|(name, value)| Headers { name: name.clone(), value: value.clone(), comment: None }).collect()
}

fn parameter((name, value): &(String, String)) -> Params {
    Params { name: name.clone(), value: Some(value.clone()), ..Params::default() }
}

fn size(text: &str) -> i64 {
    i64::try_from(text.len()).unwrap_or(i64::MAX)
}

fn milliseconds(began: Instant, ended: Instant) -> f64 {
    ended.saturating_duration_since(began).as_secs_f64() * 1000.0
}
