//! The control API: the journal as server-sent events.

use std::time::Duration;

use mock_idp::{Endpoint, Fault};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::control::{detail, post, url};
use crate::lab::{Answer, Lab, text};

/// Somebody who listens.
pub(crate) struct Listener {
    response: Response,
    text: String,
}

impl Listener {
    pub(crate) async fn at(lab: &Lab, operation: &str) -> Self {
        Self::of(lab.request(Method::GET, &url(lab, operation))).await
    }

    pub(crate) async fn of(request: reqwest::RequestBuilder) -> Self {
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, text: String::new() }
    }

    /// The next event: its id, and its data.
    pub(crate) async fn next(&mut self) -> (String, Value) {
        loop {
            while let Some((event, rest)) = self.text.split_once("\n\n") {
                let fields: Vec<_> = event.lines().filter_map(|line| line.split_once(": ")).collect();
                let field = |name: &str| fields.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
                let found = field("id").zip(field("data")).map(|(id, data)| (id.to_owned(), json_of(data)));
                let rest = rest.to_owned();
                self.text = rest;
                if let Some(event) = found {
                    return event;
                }
            }
            let chunk = self.response.chunk().await.expect("the stream goes on").expect("it has not ended");
            self.text += std::str::from_utf8(&chunk).expect("text");
        }
    }

    /// Whether the stream ends, without a further event.
    async fn ends(mut self) -> bool {
        while let Ok(Some(chunk)) = self.response.chunk().await {
            if chunk.starts_with(b"id") {
                return false;
            }
        }
        true
    }
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

#[tokio::test]
async fn exchanges_are_told_as_they_happen_in_the_words_of_the_journal() {
    let lab = Lab::start().await;
    let mut listener = Listener::at(&lab, "journal/events").await;
    lab.tokens(&[]).await;
    let (events, journal) = ([listener.next().await, listener.next().await], lab.get(&url(&lab, "journal")).await);
    let [(first, authorization), (second, token)] = &events;
    assert_eq!((first.as_str(), second.as_str()), ("1", "2"));
    assert_eq!(journal.json()["entries"], json!([authorization, token]));
    assert_eq!((&token["endpoint"], &token["response"]["status"]), (&json!("token"), &json!(200)));
}

#[tokio::test]
async fn a_listener_that_comes_back_gets_what_it_missed() {
    let lab = Lab::start().await;
    for _ in 0..3 {
        lab.get(&lab.issuer.url(Endpoint::Jwks)).await;
    }
    let resumed = |id: &'static str| {
        Listener::of(lab.request(Method::GET, &url(&lab, "journal/events?since=1")).header("last-event-id", id))
    };
    assert_eq!(resumed("1").await.next().await.0, "2");
    let mut waiting = resumed("3").await;
    lab.get(&lab.issuer.url(Endpoint::Jwks)).await;
    assert_eq!(waiting.next().await.0, "4");
    assert_eq!(resumed("900").await.next().await.0, "1", "it is the number of another journal");
    assert_eq!(Listener::at(&lab, "journal/events?since=3").await.next().await.0, "3");
    let wrong = lab.request(Method::GET, &url(&lab, "journal/events")).header("last-event-id", "first");
    let wrong = Answer::of(wrong).await;
    assert_eq!((wrong.status, &wrong.json()["member"]), (400, &json!("Last-Event-ID")));
}

#[tokio::test]
async fn an_exchange_that_a_fault_breaks_off_is_told_without_an_answer() {
    let lab = Lab::start().await;
    for (change, at) in [("reset", "1"), ("hang", "2")] {
        let fault = json!({ "at": "jwks", "change": change, "times": "once" }).to_string();
        let id = lab.issuer.arm(Fault::from_json(&fault).expect("a fault"));
        let mut listener = Listener::at(&lab, &format!("journal/events?since={at}")).await;
        let request = lab.request(Method::GET, &lab.issuer.url(Endpoint::Jwks)).timeout(Duration::from_secs(1));
        assert!(Answer::attempt(request).await.is_err());
        let (seq, entry) = listener.next().await;
        assert_eq!((seq.as_str(), &entry["response"], &entry["faults"]), (at, &Value::Null, &json!([id])));
    }
}

#[tokio::test]
async fn a_client_that_hangs_up_ends_its_exchange() {
    let lab = Lab::start().await;
    let fault = json!({ "at": "jwks", "change": { "delay": { "milliseconds": 60_000 } } }).to_string();
    lab.issuer.arm(Fault::from_json(&fault).expect("a fault"));
    let mut listener = Listener::at(&lab, "journal/events").await;
    let impatient = lab.request(Method::GET, &lab.issuer.url(Endpoint::Jwks)).timeout(Duration::from_millis(100));
    assert!(Answer::attempt(impatient).await.is_err());
    assert_eq!(listener.next().await.1["response"], Value::Null);
}

#[tokio::test]
async fn a_removed_issuer_has_no_listeners() {
    let lab = Lab::start().await;
    let issuer = post(&lab, "issuers", &json!({})).await.json();
    let listener = Listener::of(lab.request(Method::GET, &format!("{}journal/events", text(&issuer, "control")))).await;
    let name = text(&issuer, "name");
    Answer::of(lab.request(Method::DELETE, &url(&lab, &format!("issuers/{name}")))).await;
    assert!(listener.ends().await);
}

#[tokio::test]
async fn there_are_a_hundred_listeners_at_most() {
    let lab = Lab::start().await;
    let mut listeners = Vec::new();
    for _ in 0..100 {
        listeners.push(Listener::at(&lab, "journal/events").await);
    }
    let refused = lab.get(&url(&lab, "journal/events")).await;
    assert!(refused.status == 429 && detail(&refused).contains("hang up"), "{}", refused.body);
    listeners.clear();
    let mut attempts = 0;
    while lab.request(Method::GET, &url(&lab, "journal/events")).send().await.expect("an answer").status() == 429 {
        attempts += 1;
        assert!(attempts < 100, "a place is free when somebody has hung up");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
