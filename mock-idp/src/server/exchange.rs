//! One exchange: the endpoint's decision, and around it the variation, the faults and the journal.

use std::sync::Arc;
use std::time::Duration;

use super::body::Body;
use super::render;
use crate::dialect::Definition;
use crate::fault::{Change, Firing, Layer, Placeholders, Point, patched, patched_parameters};
use crate::issuer::State;
use crate::journal::{Credential, Entry, Request, Response};
use crate::message::{Answer, Minted, OAuthError, Outcome, TokenValue, Tokens};
use crate::{CredentialKind, Endpoint, GrantType, Issuer, Journal, TokenResponseFormat, endpoint, token};

/// The end of a connection without an answer.
#[derive(Debug, thiserror::Error)]
#[error("a fault resets the connection")]
pub(super) struct Reset;

/// Tells the journal that an exchange is over, in whatever way: a client may hang up while its answer is held back.
struct Ending<'a> {
    journal: &'a Journal,
    seq: u64,
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.journal.ended(self.seq);
    }
}

/// Whether a connection ends with its first answer: browsers send a request again by themselves, also a POST, if one breaks
/// that they have used before.
pub(super) fn must_close(issuer: &Issuer) -> bool {
    issuer.0.faults.breaks_connections()
}

/// Answers a request, or does not if a fault says so.
pub(super) async fn run(issuer: &Issuer, endpoint: Endpoint, request: Request, body: &Body) -> Result<Response, Reset> {
    let state = &*issuer.0;
    let now = state.clock.now();
    let (seq, presented) = state.journal.arrived(now, endpoint, request.clone());
    let ending = Ending { journal: &state.journal, seq };

    let outcome = match body {
        Body::Whole(_) => endpoint::respond(state, endpoint, &request),
        Body::Beyond(limit) => {
            OAuthError::new(limit.status(), "invalid_request", limit.to_string()).noting(limit.note()).into()
        }
    };
    let Outcome { answer, notes, mut minted, about, set_cookie } = outcome;
    let grant = grant(endpoint, &request);
    let mut falsified = Falsification {
        state,
        dialect: state.dialect(),
        endpoint,
        grant,
        at: point(endpoint, &answer),
        writes_form: endpoint == Endpoint::Token && writes_form(state, &request),
        faults: state.faults.firing(grant, &presented),
        placeholders: Placeholders {
            base_url: state.base_url.clone(),
            paths: state.paths,
            issuer: state.identifier.clone(),
            further: state.placeholders.read().clone(),
            now,
            ..about
        },
    };
    let (mut response, tokens) = falsified.message(answer, &request.method);
    response.headers.extend(set_cookie.map(|cookie| ("set-cookie".to_owned(), cookie)));
    if must_close(issuer) {
        response.headers.push(("connection".to_owned(), "close".to_owned()));
    }
    let response = state.responders.answered(endpoint, &request, response);
    let transport = falsified.transport();
    minted.extend(tokens);
    let faults = falsified.faults.into_fired();
    // Written down before the answer is sent: nobody presents a credential that the journal does not know.
    state.journal.amend(seq, |entry| {
        entry.minted = minted.into_iter().map(|minted| credential(minted, entry)).collect();
        entry.faults = faults;
        entry.notes = notes;
    });

    // Even a sleep of no length costs a tick of the timer.
    if !transport.delay.is_zero() {
        tokio::time::sleep(transport.delay).await;
    }
    if let Some(at_most) = transport.held {
        let another = |entry: &Entry| entry.seq > seq && entry.endpoint == endpoint;
        let may_go = |entries: &[Arc<Entry>]| state.faults.is_released() || entries.iter().any(|it| another(it));
        state.journal.wait_until(may_go, at_most).await;
    }
    match transport.end {
        End::Answer => {
            state.journal.amend(seq, |entry| entry.response = Some(response.clone()));
            Ok(response)
        }
        End::Reset => Err(Reset),
        End::Hang => {
            drop(ending);
            std::future::pending().await
        }
    }
}

/// What is at an endpoint for faults to change.
fn point(endpoint: Endpoint, answer: &Answer) -> Option<Point> {
    match endpoint {
        Endpoint::Authorize if matches!(answer, Answer::Authorization(..)) => Some(Point::AuthorizationResponse),
        Endpoint::Token => Some(Point::TokenResponse),
        Endpoint::Userinfo => Some(Point::Userinfo),
        Endpoint::Discovery => Some(Point::Discovery),
        Endpoint::Jwks => Some(Point::Jwks),
        Endpoint::Api => Some(Point::ApiResponse),
        _ => None,
    }
}

/// What a token request is for: as it says, or else as what it holds says.
fn grant(endpoint: Endpoint, request: &Request) -> Option<GrantType> {
    if endpoint != Endpoint::Token {
        return None;
    }
    let named = request.param("grant_type");
    let known = GrantType::ALL.into_iter().find(|grant| named == Some(grant.as_str()));
    let members = [(GrantType::AuthorizationCode, "code"), (GrantType::RefreshToken, "refresh_token")];
    let held = || members.into_iter().find(|(_, member)| request.param(member).is_some());
    known.or_else(|| held().map(|(grant, _)| grant))
}

/// Whether the token response is a form.
fn writes_form(state: &State, request: &Request) -> bool {
    let asks_for_json = request.header("accept").is_some_and(|accept| accept.contains("json"));
    state.policy().token_response_format == TokenResponseFormat::Form && !asks_for_json
}

/// The layers that change an answer: first the dialect, then the variation, and last the faults, so that a lie arrives as
/// it was told.
struct Falsification<'a> {
    state: &'a State,
    dialect: &'static Definition,
    endpoint: Endpoint,
    grant: Option<GrantType>,
    at: Option<Point>,
    writes_form: bool,
    faults: Firing<'a>,
    placeholders: Placeholders,
}

/// What becomes of a response on its way.
#[derive(Clone, Copy)]
struct Transport {
    delay: Duration,
    /// Until something else happens, and no longer than this.
    held: Option<Duration>,
    end: End,
}

#[derive(Clone, Copy)]
enum End {
    Answer,
    Reset,
    Hang,
}

impl Falsification<'_> {
    /// The response, with its tokens signed.
    fn message(&mut self, answer: Answer, method: &str) -> (Response, Vec<Minted>) {
        let variation = self.state.variation;
        let (mut response, minted) = match answer {
            Answer::Json { status, headers, body } => (self.json(status, headers, body), Vec::new()),
            Answer::Error { status, headers, mut body } => {
                // Also of one that comes with status 200: nobody has said that its unknown members are to be ignored.
                variation.body(self.endpoint, 400, &mut body);
                (self.written(status, headers, &body), Vec::new())
            }
            Answer::Tokens(tokens) => {
                let (body, minted) = self.sealed(*tokens);
                let headers = vec![("cache-control", "no-store".to_owned()), ("pragma", "no-cache".to_owned())];
                (self.json(200, headers, body), minted)
            }
            Answer::Authorization(mut response, tokens) => {
                let (parameters, minted) =
                    tokens.map_or_else(Default::default, |tokens| self.in_front_channel(*tokens));
                response.parameters.splice(0..0, parameters);
                let placeholders = &self.placeholders;
                self.dialect.parameters(&mut response.parameters, placeholders);
                variation.parameters(&mut response.parameters);
                self.faults.apply((Point::AuthorizationResponse, Layer::Content), &mut response, |response, change| {
                    let parameters = patched_parameters(&response.parameters, change, placeholders)?;
                    Some(crate::message::AuthorizationResponse { parameters, ..response.clone() })
                });
                (render::authorization(&response, method), minted)
            }
            Answer::Page { status, markup } => (render::page(status, markup), Vec::new()),
            Answer::Text { media_type, body } => (render::text(media_type, body), Vec::new()),
            Answer::Redirect(location) => (render::redirect(&location, method), Vec::new()),
            Answer::Empty { status, headers } => (render::empty(status, headers), Vec::new()),
        };
        if let Some(at) = self.at {
            for change in self.dialect.responses(at, self.grant) {
                response = render::replaced(&response, change, &self.placeholders).unwrap_or(response);
            }
        }
        variation.response(self.endpoint, &mut response);
        if let Some(at) = self.at {
            let placeholders = &self.placeholders;
            let at = (at, Layer::Response);
            self.faults.apply(at, &mut response, |response, change| render::replaced(response, change, placeholders));
        }
        (response, minted)
    }

    /// The members of a token response, with the tokens signed.
    fn sealed(&mut self, mut tokens: Tokens) -> (serde_json::Value, Vec<Minted>) {
        let (grant, placeholders) = (self.grant, &self.placeholders);
        if let TokenValue::Jwt { claims, .. } = &mut tokens.access_token {
            self.dialect.value((Point::AccessTokenClaims, grant), claims, placeholders);
        }
        if let Some(claims) = &mut tokens.id_token {
            self.dialect.value((Point::IdTokenClaims, grant), claims, placeholders);
        }
        self.state.variation.tokens(&mut tokens, self.state.policy());
        token::seal(self.state, tokens, &mut self.faults, &mut self.placeholders)
    }

    /// The parameters of an authorization response that brings a token in place of a code.
    fn in_front_channel(&mut self, tokens: Tokens) -> (Vec<(String, String)>, Vec<Minted>) {
        let (members, mut minted) = self.sealed(tokens);
        let has_id_token = members.get("id_token").is_some();
        let mut parameters = render::parameters(&members);
        parameters.retain(|(name, _)| !has_id_token || name == "id_token");
        minted.retain(|minted| !has_id_token || minted.kind == CredentialKind::IdToken);
        (parameters, minted)
    }

    fn json(&mut self, status: u16, headers: Vec<(&'static str, String)>, mut body: serde_json::Value) -> Response {
        if let Some(at) = self.at.filter(|_| status < 300) {
            self.dialect.value((at, self.grant), &mut body, &self.placeholders);
        }
        self.state.variation.body(self.endpoint, status, &mut body);
        if let Some(at) = self.at.filter(|_| status < 300) {
            let placeholders = &self.placeholders;
            self.faults.apply((at, Layer::Content), &mut body, |body, change| patched(body, change, placeholders));
        }
        self.written(status, headers, &body)
    }

    fn written(&self, status: u16, headers: Vec<(&'static str, String)>, body: &serde_json::Value) -> Response {
        if self.writes_form {
            return render::form(status, headers, body);
        }
        render::json(status, headers, self.state.variation.text(body))
    }

    fn transport(&mut self) -> Transport {
        let mut transport = Transport { delay: Duration::ZERO, held: None, end: End::Answer };
        if let Some(at) = self.at {
            self.faults.apply((at, Layer::Transport), &mut transport, |transport, change| match change {
                Change::Delay { milliseconds } => {
                    let delay = transport.delay.saturating_add(Duration::from_millis(*milliseconds));
                    Some(Transport { delay, ..*transport })
                }
                Change::Hold { at_most_milliseconds } => {
                    Some(Transport { held: Some(Duration::from_millis(*at_most_milliseconds)), ..*transport })
                }
                Change::Reset => Some(Transport { end: End::Reset, ..*transport }),
                Change::Hang => Some(Transport { end: End::Hang, ..*transport }),
                _ => None,
            });
        }
        transport
    }
}

fn credential(minted: Minted, entry: &Entry) -> Credential {
    let Minted { value, kind, authorization } = minted;
    // What a login leads to belongs where the login does, whenever the client asks for it.
    let login = entry.presented.iter().map(|it| &it.credential).find(|it| it.flow == authorization.flow);
    Credential {
        value,
        kind,
        span: login.map_or(&entry.span, |it| &it.span).clone(),
        subject: authorization.subject.clone(),
        client_id: authorization.client_id.clone(),
        audience: authorization.audience.clone(),
        flow: authorization.flow,
        seq: entry.seq,
    }
}
