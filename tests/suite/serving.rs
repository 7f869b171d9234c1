//! `quintain serve` and `quintain health`: the provider without a suite.

use mock_idp::MockIdp;
use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::fixtures::Misbehaviour::Nothing;
use crate::shop::Shop;

#[tokio::test(flavor = "multi_thread")]
async fn health_is_asked_of_a_provider_that_answers_and_of_one_that_has_gone() {
    let shop = Shop::that(Nothing);
    let idp = MockIdp::start().await.expect("a port is free");
    let issuer = idp.issuer().identifier().to_owned();
    let ended = shop.quintain(&format!("health {issuer}")).await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), format!("{issuer} answers\n").as_str()), "{ended}");

    let ended = shop.quintain(&format!("health {issuer}nowhere")).await;
    assert_eq!(ended.code, Some(1), "{ended}");
    assert!(ended.stderr.contains("nowhere/.well-known/openid-configuration answered 404"), "{ended}");

    drop(idp);
    let ended = shop.quintain(&format!("health {issuer}")).await;
    assert_eq!(ended.code, Some(1), "{ended}");
    assert!(ended.stderr.contains(&format!("no answer from {issuer}.well-known/")), "{ended}");
}

#[tokio::test(flavor = "multi_thread")]
async fn provider_that_is_reached_by_another_name_calls_itself_by_it() {
    let shop = Shop::that(Nothing);
    let mut quintain = shop.start("serve --listen 127.0.0.1:0 --issuer http://idp.example:4455");
    let mut lines = BufReader::new(quintain.stdout.take().expect("it is piped")).lines();
    let mut announced = Vec::new();
    while announced.len() < 10 {
        announced.push(lines.next_line().await.expect("it can be read").expect("it serves on"));
    }
    assert_eq!(announced[0], "Mock identity provider at http://idp.example:4455");
    assert!(announced.contains(&"  http://idp.example:4455/authorize".to_owned()), "{announced:?}");
    quintain.kill().await.expect("it can be ended");
}
