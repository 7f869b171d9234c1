//! An honest client that goes through every step, whatever the answers are.

use std::collections::HashMap;

use mock_idp::{CredentialKind, Endpoint, Point};
use reqwest::RequestBuilder;
use serde_json::{Map, Value};

use crate::lab::{Answer, Lab};
use crate::token_claims::{claims, header};

/// The answers to one request of each kind: `None` where there was none.
pub(crate) struct Flow {
    answers: HashMap<Point, Option<Answer>>,
}

/// The points, in the order of the flow.
pub(crate) const POINTS: [Point; 10] = [
    Point::Discovery,
    Point::Jwks,
    Point::AuthorizationResponse,
    Point::TokenResponse,
    Point::IdTokenHeader,
    Point::IdTokenClaims,
    Point::IdTokenSignature,
    Point::AccessTokenClaims,
    Point::Userinfo,
    Point::ApiResponse,
];

impl Flow {
    /// Takes the credentials from the journal: a fault may have kept them back.
    pub(crate) async fn run(lab: &Lab) -> Self {
        let mut flow = Self { answers: HashMap::new() };
        let issuer = &lab.issuer;
        let get = |endpoint| lab.request(reqwest::Method::GET, &issuer.url(endpoint));
        flow.note(Point::Discovery, get(Endpoint::Discovery)).await;
        flow.note(Point::Jwks, get(Endpoint::Jwks)).await;
        let authorization = lab.request(reqwest::Method::GET, &lab.authorization_url(&[]));
        flow.note(Point::AuthorizationResponse, authorization).await;
        let code = minted(lab, CredentialKind::Code);
        flow.note(Point::TokenResponse, lab.token_request().form(&crate::lab::redemption(&code, &[]))).await;
        let access_token = minted(lab, CredentialKind::AccessToken);
        flow.note(Point::Userinfo, get(Endpoint::Userinfo).bearer_auth(&access_token)).await;
        flow.note(Point::ApiResponse, get(Endpoint::Api).bearer_auth(&access_token)).await;
        flow
    }

    /// One refresh.
    pub(crate) async fn refresh(lab: &Lab) {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", &minted(lab, CredentialKind::RefreshToken)),
            ("client_id", crate::lab::CLIENT),
            ("client_secret", crate::lab::SECRET),
        ];
        // A fault may leave it without an answer.
        let _ = Answer::attempt(lab.token_request().form(&form)).await;
    }

    pub(crate) fn answer(&self, at: Point) -> Option<&Answer> {
        self.answers[&at].as_ref()
    }

    /// The JSON document at a point.
    pub(crate) fn document(&self, at: Point) -> Value {
        let token = |name: &str| {
            let tokens = self.answer(Point::TokenResponse).expect("a token response").json();
            tokens[name].as_str().expect("a token").to_owned()
        };
        match at {
            Point::IdTokenHeader => header(&token("id_token")),
            Point::IdTokenClaims => claims(&token("id_token")),
            Point::AccessTokenClaims => claims(&token("access_token")),
            Point::AuthorizationResponse => {
                let parameters = self.answer(at).expect("an answer").parameters().into_iter();
                Value::Object(parameters.map(|(name, value)| (name, value.into())).collect::<Map<_, _>>())
            }
            body => self.answer(body).expect("an answer").json(),
        }
    }

    async fn note(&mut self, at: Point, request: RequestBuilder) {
        self.answers.insert(at, Answer::attempt(request).await.ok());
    }
}

/// The newest credential of a kind.
fn minted(lab: &Lab, kind: CredentialKind) -> String {
    let mut all = lab.issuer.journal().credentials();
    all.retain(|credential| credential.kind == kind);
    all.pop().map(|credential| credential.value.clone()).unwrap_or_default()
}
