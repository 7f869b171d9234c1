//! The faults that have a name.

use std::time::Duration;

use mock_idp::{Fault, IssuerConfig, fault};

use crate::flow::Flow;
use crate::lab::Lab;

#[tokio::test]
async fn every_named_fault_fires_in_an_honest_flow() {
    let server = Lab::start().await;
    let flows: Vec<_> = fault::names().map(|name| tokio::spawn(fires(server.clone(), name))).collect();
    for flow in flows {
        flow.await.expect("the fault fires");
    }
}

async fn fires(server: Lab, name: &'static str) {
    let config = IssuerConfig { policy: mock_idp::Policy::default(), ..IssuerConfig::default() };
    let lab = server.beside(config);
    let id = lab.issuer.arm(fault::named(name).expect("a named fault"));
    let hangs = lab
        .issuer
        .journal()
        .wait_until(|entries| entries.iter().any(|entry| entry.faults == [id]), Duration::from_secs(60));
    let flow = async {
        Flow::run(&lab).await;
        Flow::refresh(&lab).await;
    };
    tokio::select! {
        _ = hangs => {}
        () = flow => {}
    }
    assert!(lab.issuer.fired(id) > 0, "{name} did not fire");
}

#[test]
fn a_named_fault_goes_by_its_name() {
    let fault = fault::named("id-token/alg-none").expect("a named fault");
    assert_eq!(fault.to_string(), "id-token/alg-none");
    assert!(fault::named("id-token/no-such-fault").is_none());
}

#[test]
fn a_fault_without_a_name_goes_by_what_it_does() {
    let fault = Fault::from_json(r#"{"at": "jwks", "change": "reset"}"#).expect("a good fault");
    assert_eq!(fault.to_string(), r#"jwks: "reset""#);
}
