//! The parameters of the step expressions, and how they are read.

use std::collections::HashMap;
use std::str::FromStr;

use mock_idp::{GrantType, Point};
use regex::Captures;
use serde_json::Value;

use crate::plan::Message;
use crate::terms::{Browser, Person, Phase, Provider, Tab};

/// The custom parameters: name and pattern. One capture each, quotes included.
pub(super) fn known() -> HashMap<&'static str, &'static str> {
    HashMap::from([
        ("text", r#""[^"]*""#),
        ("number", r"\d+"),
        ("browser", "user|victim|attacker"),
        ("person", "alice|bob|mallory"),
        ("provider", "first|second"),
        ("tab", "first|second"),
        ("phase", "discovery|authorize|callback|token|ID token|UserInfo|API|refresh|session"),
        (
            "request",
            "authorization request|token request|refresh request|API request|UserInfo request|metadata request|key set request",
        ),
        (
            "message",
            "authorization response|token response|refresh response|UserInfo response|API response|metadata|key set",
        ),
    ])
}

/// A line with an example in the place of each parameter.
pub(super) fn example(expression: &str) -> String {
    let examples = [
        ("{text}", "\"…\""),
        ("{number}", "2"),
        ("{browser}", "user"),
        ("{person}", "alice"),
        ("{provider}", "second"),
        ("{tab}", "first"),
        ("{phase}", "callback"),
        ("{request}", "authorization request"),
        ("{message}", "token response"),
    ];
    examples.iter().fold(expression.to_owned(), |line, (name, example)| line.replace(name, example))
}

/// What a line captured.
pub(super) struct Args<'a> {
    values: Vec<&'a str>,
    docstring: Option<&'a str>,
}

impl<'a> Args<'a> {
    pub(super) fn new(captures: &Captures<'a>, docstring: Option<&'a str>) -> Self {
        let values = captures.iter().skip(1).flatten().map(|value| value.as_str()).collect();
        Self { values, docstring }
    }

    fn at(&self, index: usize) -> &'a str {
        self.values.get(index).copied().expect("a line reads only parameters that its expression has")
    }

    /// A quoted text, without the quotes.
    pub(super) fn text(&self, index: usize) -> String {
        self.at(index).trim_matches('"').to_owned()
    }

    /// A quoted list, `"state, nonce"`.
    pub(super) fn list(&self, index: usize) -> Vec<String> {
        self.text(index).split(',').map(|name| name.trim().to_owned()).collect()
    }

    /// A number.
    pub(super) fn number<N: FromStr>(&self, index: usize) -> Result<N, String> {
        self.at(index).parse().map_err(|_| format!("{} is too large", self.at(index)))
    }

    pub(super) fn browser(&self, index: usize) -> Browser {
        match self.at(index) {
            "victim" => Browser::Victim,
            "attacker" => Browser::Attacker,
            _ => Browser::User,
        }
    }

    pub(super) fn person(&self, index: usize) -> Person {
        match self.at(index) {
            "bob" => Person::Bob,
            "mallory" => Person::Mallory,
            _ => Person::Alice,
        }
    }

    pub(super) fn provider(&self, index: usize) -> Provider {
        match self.at(index) {
            "second" => Provider::Second,
            _ => Provider::First,
        }
    }

    pub(super) fn tab(&self, index: usize) -> Tab {
        match self.at(index) {
            "second" => Tab::Second,
            _ => Tab::First,
        }
    }

    pub(super) fn phase(&self, index: usize) -> Phase {
        match self.at(index) {
            "discovery" => Phase::Discovery,
            "authorize" => Phase::Authorize,
            "callback" => Phase::Callback,
            "token" => Phase::Token,
            "ID token" => Phase::IdToken,
            "UserInfo" => Phase::Userinfo,
            "API" => Phase::Api,
            "refresh" => Phase::Refresh,
            _ => Phase::Session,
        }
    }

    pub(super) fn request(&self, index: usize) -> Message {
        match self.at(index) {
            "authorization request" => Message::AuthorizationRequest,
            "token request" => Message::TokenRequest,
            "refresh request" => Message::RefreshRequest,
            "API request" => Message::ApiRequest,
            "UserInfo request" => Message::UserinfoRequest,
            "metadata request" => Message::DiscoveryRequest,
            _ => Message::JwksRequest,
        }
    }

    /// A message of the provider: where a fault changes it, and for which grant.
    pub(super) fn message(&self, index: usize) -> (Point, Option<GrantType>) {
        match self.at(index) {
            "authorization response" => (Point::AuthorizationResponse, None),
            "token response" => (Point::TokenResponse, Some(GrantType::AuthorizationCode)),
            "refresh response" => (Point::TokenResponse, Some(GrantType::RefreshToken)),
            "UserInfo response" => (Point::Userinfo, None),
            "API response" => (Point::ApiResponse, None),
            "metadata" => (Point::Discovery, None),
            _ => (Point::Jwks, None),
        }
    }

    /// The text block below the line.
    pub(super) fn block(&self) -> Result<&'a str, String> {
        self.docstring
            .map(|text| text.trim_matches('\n'))
            .ok_or_else(|| "needs a text block below it, between lines of three quotation marks".to_owned())
    }

    /// The text block below the line, as JSON.
    pub(super) fn json(&self) -> Result<Value, String> {
        let text = self.block()?;
        serde_json::from_str(text).map_err(|error| format!("the text block is no JSON: {error}"))
    }
}
