//! Logging out: `/v2/logout` and OpenID Connect RP-Initiated Logout.

use mock_idp::Endpoint;
use url::Url;

use crate::lab::{Answer, CLIENT, Lab, text};

const HOME: &str = "http://127.0.0.1:3000/";

async fn visit(lab: &Lab, endpoint: Endpoint, parameters: &[(&str, &str)]) -> Answer {
    let mut url = Url::parse(&lab.issuer.url(endpoint)).expect("a URL");
    url.query_pairs_mut().extend_pairs(parameters);
    lab.get(url.as_str()).await
}

#[tokio::test]
async fn a_logout_leads_to_a_registered_address_whatever_its_query() {
    let lab = Lab::start().await;
    for target in [HOME, "http://127.0.0.1:3000/?bye=1", "http://127.0.0.1:3000/#bye"] {
        let answer = visit(&lab, Endpoint::Logout, &[("client_id", CLIENT), ("returnTo", target)]).await;
        assert_eq!((answer.status, answer.header("location")), (302, Some(target)));
    }
}

#[tokio::test]
async fn a_logout_leads_nowhere_else() {
    let lab = Lab::start().await;
    for target in ["https://attacker.example/", "http://127.0.0.1:3000/other", "http://127.0.0.1:3000"] {
        for (endpoint, parameter) in
            [(Endpoint::Logout, "returnTo"), (Endpoint::EndSession, "post_logout_redirect_uri")]
        {
            let answer = visit(&lab, endpoint, &[("client_id", CLIENT), (parameter, target)]).await;
            assert_eq!((answer.status, answer.header("location")), (400, None), "{target}");
        }
    }
}

#[tokio::test]
async fn a_logout_of_a_client_leads_to_its_first_address_by_default() {
    let lab = Lab::start().await;
    let answer = visit(&lab, Endpoint::Logout, &[("client_id", CLIENT), ("federated", "")]).await;
    assert_eq!(answer.header("location"), Some(HOME));
    let nobody = visit(&lab, Endpoint::Logout, &[]).await;
    assert_eq!((nobody.status, nobody.header("location")), (200, None));
}

#[tokio::test]
async fn an_rp_initiated_logout_gives_the_state_back() {
    let lab = Lab::start().await;
    let tokens = lab.tokens(&[]).await;
    let hint = ("id_token_hint", text(&tokens, "id_token"));
    let request = [hint, ("post_logout_redirect_uri", HOME), ("state", "a b&c")];
    let answer = visit(&lab, Endpoint::EndSession, &request).await;
    assert_eq!(answer.header("location"), Some("http://127.0.0.1:3000/?state=a+b%26c"));
}

#[tokio::test]
async fn the_address_of_an_rp_initiated_logout_is_compared_as_a_string() {
    let lab = Lab::start().await;
    let request = [("client_id", CLIENT), ("post_logout_redirect_uri", "http://127.0.0.1:3000/?bye=1")];
    assert_eq!(visit(&lab, Endpoint::EndSession, &request).await.status, 400);
}

#[tokio::test]
async fn the_hint_and_the_client_id_have_to_name_the_same_client() {
    let lab = Lab::start().await;
    let tokens = lab.tokens(&[]).await;
    let hint = ("id_token_hint", text(&tokens, "id_token"));
    let request = [hint, ("client_id", "other"), ("post_logout_redirect_uri", HOME)];
    assert_eq!(visit(&lab, Endpoint::EndSession, &request).await.status, 400);
}
