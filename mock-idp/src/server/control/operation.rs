//! The operations of the control API: one table, which is what they are found by and what describes them.

use schemars::{Schema, SchemaGenerator};
use serde::Serialize;
use serde_json::Value;

use super::expectation::{Expectation, Found, limited};
use super::faults::{self, NewFault};
use super::issuers::{self, AddedIssuer, AddedIssuers, NewIssuer};
use super::messages::{
    Apis, ArmedAs, ArmedFault, Clients, ClockChange, ClockReading, CurrentKey, Faults, HandshakePage, JournalPage,
    Nothing, Revocation, Users,
};
use super::policy::changed;
use super::problem::{Problem, parse};
use super::token::{self, NewToken, SignedToken};
use crate::explorer::File;
use crate::journal::Tail;
use crate::server::events::{EventStream, Exchanges, MOST_LISTENERS};
use crate::server::shared::Shared;
use crate::terms::{ClientRegistration, UserRegistration, suggestion};
use crate::{Api, Client, Deed, Entry, FaultId, Issuer, Policy, Request, User, fault};

/// How a message is described: by a schema that refers to the shared ones.
type Described = fn(&mut SchemaGenerator) -> Schema;

/// One thing that can be asked for.
pub(super) struct Operation {
    name: Name,
    pub(super) method: &'static str,
    /// Below `/_mock/`. What is in braces stands for an item.
    pub(super) path: &'static str,
    pub(super) summary: &'static str,
    /// Parameters of the query: name and meaning. Each is a whole number.
    pub(super) query: &'static [(&'static str, &'static str)],
    pub(super) body: Option<Described>,
    /// The status of an answer that says that it is done.
    pub(super) status: u16,
    pub(super) answer: Described,
    pub(super) media: Media,
}

/// What an answer is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Media {
    /// One value.
    Json,
    /// Values as events, as they happen.
    Events,
}

/// The answer to a request.
pub(super) enum Reply {
    Json(u16, Value),
    Events(EventStream),
    File(File),
}

/// What the operations are called in their description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Name {
    ReadJournal,
    FollowJournal,
    ReadHandshakes,
    Expect,
    ListFaults,
    ArmFault,
    DisarmAll,
    DisarmFault,
    ReadClock,
    ChangeClock,
    ReadPolicy,
    ChangePolicy,
    EndSessions,
    RotateKeys,
    MintToken,
    RevokeAccessTokens,
    RevokeRefreshTokens,
    ListClients,
    RegisterClient,
    ListUsers,
    RegisterUser,
    ListApis,
    RegisterApi,
    ListIssuers,
    AddIssuer,
    RemoveIssuer,
    Reset,
}

/// A request to one of the operations.
pub(super) struct Call<'a> {
    pub(super) shared: &'a Shared,
    pub(super) issuer: &'a Issuer,
    pub(super) request: &'a Request,
    /// What stands in the place of the braces.
    pub(super) item: &'a str,
    pub(super) body: &'a str,
}

const SINCE: (&str, &str) = ("since", "the number of the first one that is wanted");

impl Operation {
    const fn read(name: Name, path: &'static str, summary: &'static str, answer: Described) -> Self {
        Self { name, method: "GET", path, summary, query: &[], body: None, status: 200, answer, media: Media::Json }
    }

    const fn write(name: Name, path: &'static str, summary: &'static str, body: Described, answer: Described) -> Self {
        Self {
            name,
            method: "POST",
            path,
            summary,
            query: &[],
            body: Some(body),
            status: 200,
            answer,
            media: Media::Json,
        }
    }

    const fn delete(name: Name, path: &'static str, summary: &'static str) -> Self {
        let answer = SchemaGenerator::subschema_for::<Nothing>;
        Self { name, method: "DELETE", path, summary, query: &[], body: None, status: 200, answer, media: Media::Json }
    }

    const fn with_query(self, query: &'static [(&'static str, &'static str)]) -> Self {
        Self { query, ..self }
    }

    const fn streamed(self) -> Self {
        Self { media: Media::Events, ..self }
    }

    /// It makes something new (RFC 9110 §15.3.2).
    const fn created(self) -> Self {
        Self { status: 201, ..self }
    }

    /// All operations, in the order in which they are described.
    pub(super) const ALL: &'static [Self] = &[
        Self::read(
            Name::ReadJournal,
            "journal",
            "the exchanges: requests, answers, credentials, and what was wrong with them",
            SchemaGenerator::subschema_for::<JournalPage<'_>>,
        )
        .with_query(&[SINCE, ("wait", "how many seconds to wait until there is one, at most 60")]),
        Self::read(
            Name::FollowJournal,
            "journal/events",
            "the exchanges as server-sent events, each as soon as it is over",
            SchemaGenerator::subschema_for::<Entry>,
        )
        .with_query(&[SINCE])
        .streamed(),
        Self::read(
            Name::ReadHandshakes,
            "handshakes",
            "the TLS handshakes",
            SchemaGenerator::subschema_for::<HandshakePage<'_>>,
        )
        .with_query(&[SINCE]),
        Self::write(
            Name::Expect,
            "expect",
            "waits for requests, and answers 409 if they do not come or are too many",
            SchemaGenerator::subschema_for::<Expectation>,
            SchemaGenerator::subschema_for::<Found>,
        ),
        Self::read(
            Name::ListFaults,
            "faults",
            "the armed faults, and the names of all named ones",
            SchemaGenerator::subschema_for::<Faults<'_>>,
        ),
        Self::write(
            Name::ArmFault,
            "fault",
            "arms a fault",
            SchemaGenerator::subschema_for::<NewFault>,
            SchemaGenerator::subschema_for::<ArmedAs>,
        ),
        Self::delete(Name::DisarmAll, "faults", "disarms all faults"),
        Self::delete(Name::DisarmFault, "faults/{id}", "disarms one fault"),
        Self::read(Name::ReadClock, "clock", "the issuer's time", SchemaGenerator::subschema_for::<ClockReading>),
        Self::write(
            Name::ChangeClock,
            "clock",
            "sets, moves or stops the clock",
            SchemaGenerator::subschema_for::<ClockChange>,
            SchemaGenerator::subschema_for::<ClockReading>,
        ),
        Self::read(
            Name::ReadPolicy,
            "policy",
            "how the issuer behaves where the specifications leave a choice",
            SchemaGenerator::subschema_for::<Policy>,
        ),
        Self::write(
            Name::ChangePolicy,
            "policy",
            "changes the members that are sent",
            SchemaGenerator::subschema_for::<Policy>,
            SchemaGenerator::subschema_for::<Policy>,
        ),
        Self::delete(Name::EndSessions, "sessions", "ends the sessions of all users who signed in on the page"),
        Self::write(
            Name::RotateKeys,
            "rotate-keys",
            "signs with the next key from now on",
            SchemaGenerator::subschema_for::<Nothing>,
            SchemaGenerator::subschema_for::<CurrentKey<'_>>,
        ),
        Self::write(
            Name::MintToken,
            "token",
            "signs a token with any claims",
            SchemaGenerator::subschema_for::<NewToken>,
            SchemaGenerator::subschema_for::<SignedToken>,
        ),
        Self::write(
            Name::RevokeAccessTokens,
            "revoke-access-tokens",
            "revokes all access tokens of a user",
            SchemaGenerator::subschema_for::<Revocation>,
            SchemaGenerator::subschema_for::<Nothing>,
        ),
        Self::write(
            Name::RevokeRefreshTokens,
            "revoke-refresh-tokens",
            "revokes all refresh tokens of a user",
            SchemaGenerator::subschema_for::<Revocation>,
            SchemaGenerator::subschema_for::<Nothing>,
        ),
        Self::read(
            Name::ListClients,
            "clients",
            "the registered clients",
            SchemaGenerator::subschema_for::<Clients<'_>>,
        ),
        Self::write(
            Name::RegisterClient,
            "clients",
            "registers a client, in place of one with the same identifier",
            SchemaGenerator::subschema_for::<ClientRegistration>,
            SchemaGenerator::subschema_for::<Client>,
        ),
        Self::read(Name::ListUsers, "users", "the registered users", SchemaGenerator::subschema_for::<Users<'_>>),
        Self::write(
            Name::RegisterUser,
            "users",
            "registers a user, in place of one with the same subject",
            SchemaGenerator::subschema_for::<UserRegistration>,
            SchemaGenerator::subschema_for::<User>,
        ),
        Self::read(Name::ListApis, "apis", "the registered APIs", SchemaGenerator::subschema_for::<Apis<'_>>),
        Self::write(
            Name::RegisterApi,
            "apis",
            "registers an API, in place of one with the same identifier",
            SchemaGenerator::subschema_for::<Api>,
            SchemaGenerator::subschema_for::<Api>,
        ),
        Self::read(
            Name::ListIssuers,
            "issuers",
            "the issuers that were added to the server",
            SchemaGenerator::subschema_for::<AddedIssuers>,
        ),
        Self::write(
            Name::AddIssuer,
            "issuers",
            "adds an issuer that shares nothing with the others, for one test, say",
            SchemaGenerator::subschema_for::<NewIssuer>,
            SchemaGenerator::subschema_for::<AddedIssuer>,
        )
        .created(),
        Self::delete(Name::RemoveIssuer, "issuers/{name}", "removes an issuer that was added"),
        Self::write(
            Name::Reset,
            "reset",
            "takes this issuer back to its start",
            SchemaGenerator::subschema_for::<Nothing>,
            SchemaGenerator::subschema_for::<Nothing>,
        ),
    ];

    /// The operation for a method and a path, and the item that the path names.
    pub(super) fn at<'a>(method: &str, path: &'a str) -> Option<(&'static Self, &'a str)> {
        Self::ALL.iter().filter(|it| it.method == method).find_map(|it| {
            let item = match it.item() {
                Some((folder, _)) => path.strip_prefix(folder).filter(|item| !item.is_empty())?,
                None => (it.path == path).then_some("")?,
            };
            Some((it, item))
        })
    }

    /// What the path has before its item, and what the item is called.
    pub(super) fn item(&self) -> Option<(&'static str, &'static str)> {
        self.path.strip_suffix('}')?.split_once('{')
    }

    /// `readJournal`, for programs that are generated from the description.
    pub(super) fn id(&self) -> String {
        let name = format!("{:?}", self.name);
        name[..1].to_lowercase() + &name[1..]
    }

    pub(super) async fn run(&self, call: &Call<'_>) -> Result<Reply, Problem> {
        let issuer = call.issuer;
        let answer = match self.name {
            Name::FollowJournal => return Ok(Reply::Events(follow(call)?)),
            Name::ReadJournal => journal(call).await?,
            Name::ReadHandshakes => {
                let handshakes = issuer.journal().handshakes_since(call.number("since")?);
                let handshakes = handshakes.iter().map(|handshake| &**handshake).collect();
                value(&HandshakePage { handshakes, next_seq: issuer.journal().next_handshake_seq() })
            }
            Name::Expect => value(&parse::<Expectation>(call.body)?.met(issuer.journal()).await?),
            Name::ListFaults => list_faults(issuer),
            Name::ArmFault => value(&ArmedAs { id: arm(issuer, call.body)? }),
            Name::DisarmAll => {
                let was_honest = issuer.0.faults.list().is_empty();
                issuer.disarm_all();
                if !was_honest {
                    issuer.record_deed(Deed::Disarm);
                }
                value(&Nothing {})
            }
            Name::DisarmFault => disarm(issuer, call.item)?,
            Name::ReadClock => clock(issuer),
            Name::ChangeClock => {
                change_clock(issuer, &parse(call.body)?);
                clock(issuer)
            }
            Name::ReadPolicy => value(&issuer.policy()),
            Name::ChangePolicy => value(&change_policy(issuer, call.body)?),
            Name::EndSessions => {
                issuer.end_sessions();
                value(&Nothing {})
            }
            Name::RotateKeys => {
                issuer.rotate_keys();
                issuer.record_deed(Deed::RotateKeys);
                value(&CurrentKey { kid: issuer.0.keys.current().kid() })
            }
            Name::MintToken => value(&SignedToken { token: token::mint(issuer, parse(call.body)?)? }),
            Name::RevokeAccessTokens => {
                issuer.revoke_access_tokens_of(&known_user(issuer, call.body)?);
                issuer.record_deed(Deed::RevokeAccessTokens);
                value(&Nothing {})
            }
            Name::RevokeRefreshTokens => {
                issuer.revoke_refresh_tokens_of(&known_user(issuer, call.body)?);
                issuer.record_deed(Deed::RevokeRefreshTokens);
                value(&Nothing {})
            }
            Name::ListClients => value(&Clients { clients: issuer.0.registry.read().clients() }),
            Name::RegisterClient => {
                let client = parse::<ClientRegistration>(call.body)?.registered();
                client.check().and_then(|()| issuer.check(&client)).map_err(|problem| Problem::new(400, problem))?;
                issuer.register_client(client.clone());
                value(&client)
            }
            Name::ListUsers => value(&Users { users: issuer.0.registry.read().users() }),
            Name::RegisterUser => {
                let user = parse::<UserRegistration>(call.body)?.registered();
                issuer.register_user(user.clone());
                value(&user)
            }
            Name::ListApis => value(&Apis { apis: issuer.0.registry.read().apis() }),
            Name::RegisterApi => {
                let api: Api = parse(call.body)?;
                issuer.register_api(api.clone());
                value(&api)
            }
            Name::ListIssuers => value(&issuers::list(call.shared, call.host())),
            Name::AddIssuer => value(&issuers::add((call.shared, call.host()), issuer, call.body)?),
            Name::RemoveIssuer => {
                issuers::remove(call.shared, call.item)?;
                value(&Nothing {})
            }
            Name::Reset => {
                issuer.reset();
                value(&Nothing {})
            }
        };
        Ok(Reply::Json(self.status, answer))
    }
}

impl Call<'_> {
    /// What the request calls the server.
    fn host(&self) -> &str {
        self.request.header("host").unwrap_or_default()
    }

    /// A number in the query; 0 if it is not there.
    fn number(&self, name: &str) -> Result<u64, Problem> {
        let Some(text) = self.request.param(name) else { return Ok(0) };
        text.parse().map_err(|_| Problem::about(name, format!("{name}={text} is no whole number")))
    }
}

/// A listener that comes back says how far it has read (HTML Standard §9.2.3).
fn follow(call: &Call<'_>) -> Result<EventStream, Problem> {
    let Ok(place) = call.shared.listeners.clone().try_acquire_owned() else {
        return Err(Problem::new(429, format!("{MOST_LISTENERS} listeners are connected: one of them has to hang up")));
    };
    let since = match call.request.header("last-event-id") {
        None => call.number("since")?,
        Some(id) => {
            let wrong = || Problem::about("Last-Event-ID", format!("{id} is no whole number"));
            let next = id.parse::<u64>().map_err(|_| wrong())?.saturating_add(1);
            // It may have listened to a server that ran here before.
            if next > call.issuer.journal().next_seq() { 0 } else { next }
        }
    };
    Ok(EventStream::new(Exchanges { issuer: call.issuer.clone(), tail: Tail::since(since) }, place))
}

async fn journal(call: &Call<'_>) -> Result<Value, Problem> {
    let (journal, since) = (call.issuer.journal(), call.number("since")?);
    let wait = limited(call.number("wait")?)?;
    journal.wait_until(|entries| entries.last().is_some_and(|entry| entry.seq >= since), wait).await;
    let entries = journal.since(since);
    let entries = entries.iter().map(|entry| &**entry).collect();
    Ok(value(&JournalPage { entries, next_seq: journal.next_seq() }))
}

fn list_faults(issuer: &Issuer) -> Value {
    let armed = issuer.0.faults.list();
    let armed = armed.iter().map(|(id, fault)| ArmedFault { id: *id, fired: issuer.fired(*id), fault });
    value(&Faults { armed: armed.collect(), names: fault::names().collect() })
}

fn arm(issuer: &Issuer, body: &str) -> Result<FaultId, Problem> {
    let fault = faults::new(&parse(body)?)?;
    let id = issuer.arm(fault.clone());
    issuer.record_deed(Deed::Arm { fault: Box::new(fault) });
    Ok(id)
}

fn disarm(issuer: &Issuer, item: &str) -> Result<Value, Problem> {
    let id = item.parse().map(FaultId).map_err(|_| Problem::about("id", format!("{item} is no number of a fault")))?;
    if !issuer.disarm(id) {
        return Err(Problem::new(404, format!("no fault {item} is armed; GET faults lists those that are")));
    }
    // A scenario can only take back all faults.
    if issuer.0.faults.list().is_empty() {
        issuer.record_deed(Deed::Disarm);
    }
    Ok(value(&Nothing {}))
}

fn clock(issuer: &Issuer) -> Value {
    let clock = issuer.clock();
    value(&ClockReading { now: clock.now(), offset: clock.offset(), frozen: clock.is_frozen() })
}

fn change_clock(issuer: &Issuer, change: &ClockChange) {
    let clock = issuer.clock();
    if let Some(now) = change.set {
        clock.set(now);
    }
    if let Some(seconds) = change.advance {
        clock.advance(seconds);
        issuer.record_deed(Deed::PassTime { seconds });
    }
    match change.frozen {
        Some(true) => clock.freeze(),
        Some(false) => clock.unfreeze(),
        None => {}
    }
}

/// Members that are left out keep their values.
fn change_policy(issuer: &Issuer, body: &str) -> Result<Policy, Problem> {
    let policy = changed(issuer.policy(), &parse(body)?)?;
    issuer.set_policy(policy);
    Ok(policy)
}

fn known_user(issuer: &Issuer, body: &str) -> Result<String, Problem> {
    let Revocation { sub } = parse(body)?;
    if issuer.user(&sub).is_none() {
        let registry = issuer.0.registry.read();
        let near = suggestion(&sub, registry.users().iter().map(|user| &user.sub));
        return Err(Problem::about("sub", format!("there is no user {sub:?}; GET users lists them{near}")));
    }
    Ok(sub)
}

fn value(answer: &impl Serialize) -> Value {
    serde_json::to_value(answer).expect("every answer can be written as JSON")
}
