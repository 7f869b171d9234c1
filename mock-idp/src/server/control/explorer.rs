//! What the explorer page asks for beside the operations of the control API: its files, what there is to see, the exchanges
//! as it shows them, and its companion. It may change with the page, so it is not described for others.

use std::sync::Arc;

use serde_json::{Value, json};

use super::operation::Reply;
use super::problem::{Problem, parse};
use crate::explorer::{catalogue, file, of_deed, of_entry, of_visit, overview};
use crate::journal::{Over, Tail, Visit};
use crate::server::events::{EventStream, MOST_LISTENERS, Source};
use crate::server::shared::Shared;
use crate::{App, AppSettings, Companion, Deed, Issuer, Recording, Request};

/// `path`: below `/_mock/`. Nothing if it is none of the page's.
pub(super) async fn answered(
    (shared, issuer): (&Shared, &Issuer),
    path: &str,
    request: &Request,
    body: &str,
) -> Option<Result<Reply, Problem>> {
    let companion = shared.companion.as_deref();
    Some(match (request.method.as_str(), path) {
        ("GET", "explorer/state") => {
            let app = companion.and_then(|companion| companion.app(issuer));
            done(overview(issuer, &shared.issuers(), app.as_ref()))
        }
        ("GET", "explorer/catalogue") => done(catalogue(companion)),
        ("GET", "explorer/events") => follow(shared, issuer, request).map(Reply::Events),
        ("POST", "explorer/app") => start(shared, issuer, body).await.and_then(|app| done(json!(app))),
        ("POST", "explorer/operate") => {
            operate(companion, issuer, body).await.and_then(|said| done(json!({ "said": said })))
        }
        ("POST", "explorer/scenario") => {
            scenario(companion, issuer, body).and_then(|feature| done(json!({ "feature": feature })))
        }
        ("GET", path) => Ok(Reply::File(file(path)?)),
        _ => return None,
    })
}

#[expect(clippy::unnecessary_wraps, reason = "it stands beside answers that can fail")]
fn done(answer: Value) -> Result<Reply, Problem> {
    Ok(Reply::Json(200, answer))
}

fn no_companion() -> Problem {
    Problem::new(404, "this provider runs alone: quintain serve has an app to log in with, and writes scenarios")
}

async fn start(shared: &Shared, issuer: &Issuer, body: &str) -> Result<App, Problem> {
    let companion = shared.companion.as_deref().ok_or_else(no_companion)?;
    let settings = AppSettings { ca_file: shared.ca_file.clone(), ..parse(body)? };
    companion.start(issuer, settings).await.map_err(|problem| Problem::new(409, problem))
}

async fn operate(companion: Option<&dyn Companion>, issuer: &Issuer, body: &str) -> Result<String, Problem> {
    let companion = companion.ok_or_else(no_companion)?;
    companion.operate(issuer, parse(body)?).await.map_err(|problem| Problem::new(409, problem))
}

fn scenario(companion: Option<&dyn Companion>, issuer: &Issuer, body: &str) -> Result<String, Problem> {
    let recording: Recording = parse(body)?;
    let companion = companion.ok_or_else(no_companion)?;
    companion.scenario(issuer, &recording).map_err(|problem| Problem::new(409, problem))
}

/// A listener that comes back says how far it has read of the journal, of the visits and of the deeds.
fn follow(shared: &Shared, issuer: &Issuer, request: &Request) -> Result<EventStream, Problem> {
    let Ok(place) = shared.listeners.clone().try_acquire_owned() else {
        return Err(Problem::new(429, format!("{MOST_LISTENERS} listeners are connected: one of them has to hang up")));
    };
    let id = request.header("last-event-id").unwrap_or_default();
    let mut numbers = id.split('-').map(str::parse::<u64>);
    // It may have listened to a server that ran here before.
    let mut read = |next: u64| numbers.next().and_then(Result::ok).filter(|read| *read < next).unwrap_or(0);
    let state = &issuer.0;
    let entries = read(state.journal.next_seq());
    let (visits, deeds) = (read(state.visits.next_number()), read(state.deeds.next_number()));
    let companion = shared.companion.clone();
    let tail = Tail::since(entries + 1);
    let events = Events { issuer: issuer.clone(), companion, tail, entries, visits, deeds };
    Ok(EventStream::new(events, place))
}

/// The exchanges of the journal, the visits of the app, and what was done by the control API.
struct Events {
    issuer: Issuer,
    companion: Option<Arc<dyn Companion>>,
    tail: Tail,
    /// How far they have been read.
    entries: u64,
    visits: u64,
    deeds: u64,
}

/// What there is to send.
enum News {
    Entries(Vec<Over>),
    Visits(Vec<(u64, Arc<Visit>)>),
    Deeds(Vec<(u64, Arc<Deed>)>),
}

impl Source for Events {
    async fn next(&mut self) -> Option<String> {
        let state = &self.issuer.0;
        let news = tokio::select! {
            over = self.tail.next(&state.journal) => News::Entries(over),
            visits = state.visits.since(self.visits + 1) => News::Visits(visits),
            deeds = state.deeds.since(self.deeds + 1) => News::Deeds(deeds),
        };
        let mut text = String::new();
        match news {
            News::Entries(over) if over.is_empty() => return None,
            News::Entries(over) => {
                for Over { entry, read_to } in over {
                    self.entries = read_to;
                    text += &self.event(&json!(of_entry(&self.issuer.0, &entry)));
                }
            }
            News::Visits(visits) => {
                for (number, visit) in visits {
                    self.visits = number;
                    if let Some(companion) = &self.companion {
                        text += &self.event(&json!(of_visit(&self.issuer.0, companion.as_ref(), number, &visit)));
                    }
                }
            }
            News::Deeds(deeds) => {
                for (number, deed) in deeds {
                    self.deeds = number;
                    text += &self.event(&of_deed(&self.issuer.0, number, &deed));
                }
            }
        }
        Some(text)
    }
}

impl Events {
    fn event(&self, happened: &Value) -> String {
        format!("id: {}-{}-{}\ndata: {happened}\n\n", self.entries, self.visits, self.deeds)
    }
}
