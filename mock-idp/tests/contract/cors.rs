//! Apps of another origin (Fetch §3.3).

use mock_idp::{Endpoint, Fault};
use reqwest::{Method, RequestBuilder};

use crate::lab::{Answer, Lab};

const ALLOWED: &str = "access-control-allow-origin";
const ORIGIN: &str = "http://127.0.0.1:5173";

fn of_another_origin(request: RequestBuilder) -> RequestBuilder {
    request.header("origin", ORIGIN)
}

async fn preflight(lab: &Lab, url: &str) -> Answer {
    let request = of_another_origin(lab.request(Method::OPTIONS, url))
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "authorization,x-trace");
    Answer::of(request).await
}

#[tokio::test]
async fn what_an_app_asks_is_answered_to_every_origin_even_when_it_is_refused() {
    let lab = Lab::start().await;
    for (method, endpoint, status) in [
        (Method::GET, Endpoint::Discovery, 200),
        (Method::GET, Endpoint::Jwks, 200),
        (Method::GET, Endpoint::Userinfo, 401),
        (Method::GET, Endpoint::Api, 401),
        (Method::POST, Endpoint::Token, 400),
    ] {
        let answer = Answer::of(of_another_origin(lab.request(method, &lab.issuer.url(endpoint)))).await;
        assert_eq!((answer.status, answer.header(ALLOWED)), (status, Some(ORIGIN)), "{endpoint}");
        // A browser that sends cookies along asks for this, and for the origin's name.
        assert_eq!(answer.header("access-control-allow-credentials"), Some("true"), "{endpoint}");
    }
}

#[tokio::test]
async fn preflight_is_welcomed_with_the_headers_that_it_names_and_is_not_in_the_journal() {
    let lab = Lab::start().await;
    let answer = preflight(&lab, &lab.issuer.url(Endpoint::Api)).await;
    assert_eq!((answer.status, answer.header(ALLOWED)), (204, Some(ORIGIN)));
    assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
    assert_eq!(answer.header("access-control-allow-headers"), Some("authorization,x-trace"));
    assert!(lab.issuer.journal().entries().is_empty());
}

/// A browser sends a POST again by itself if the connection breaks on which the preflight was answered.
#[tokio::test]
async fn connection_of_a_preflight_ends_with_it_where_a_later_one_breaks() {
    let lab = Lab::start().await;
    let url = lab.issuer.url(Endpoint::Token);
    assert_eq!(preflight(&lab, &url).await.header("connection"), None);
    let fault = Fault::from_json(r#"{"at": "token-response", "change": "reset"}"#).expect("a good fault");
    lab.issuer.arm(fault);
    assert_eq!(preflight(&lab, &url).await.header("connection"), Some("close"));
}

#[tokio::test]
async fn what_a_person_visits_and_the_control_api_are_for_the_same_origin_only() {
    let lab = Lab::start().await;
    let control = format!("{}_mock/journal", lab.issuer.identifier());
    for url in [lab.authorization_url(&[]), lab.issuer.url(Endpoint::EndSession), control] {
        let asked = preflight(&lab, &url).await;
        assert_eq!(asked.header(ALLOWED), None, "{url}");
        let answer = Answer::of(of_another_origin(lab.request(Method::GET, &url))).await;
        assert_eq!(answer.header(ALLOWED), None, "{url}");
    }
}

#[tokio::test]
async fn answers_within_an_origin_say_nothing_of_others() {
    let lab = Lab::start().await;
    assert_eq!(lab.get(&lab.issuer.url(Endpoint::Discovery)).await.header(ALLOWED), None);
}
