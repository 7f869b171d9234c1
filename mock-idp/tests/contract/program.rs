//! `mock-idp` as a program.

use std::net::TcpListener;
use std::process::{Output, Stdio};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

pub(crate) fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mock-idp"));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// Runs it until it ends, which is at once.
pub(crate) async fn failing(arguments: &[&str]) -> (String, Output) {
    let output = program(arguments).output().await.expect("the program runs");
    assert!(!output.status.success());
    (String::from_utf8_lossy(&output.stderr).into_owned(), output)
}

#[tokio::test]
async fn it_says_what_a_client_needs_to_know() {
    let mut child = program(&["--listen", "127.0.0.1:0"]).spawn().expect("the program starts");
    let mut lines = BufReader::new(child.stdout.take().expect("standard output")).lines();
    let mut announcement = String::new();
    while let Some(line) = lines.next_line().await.expect("text") {
        announcement += &line;
        announcement += "\n";
        if line.contains("API_URL") {
            break;
        }
    }
    let issuer = announcement.lines().next().and_then(|line| line.rsplit(' ').next()).expect("an issuer").to_owned();
    let discovery = format!("{issuer}.well-known/openid-configuration");
    let metadata: serde_json::Value =
        reqwest::get(discovery).await.expect("an answer").json().await.expect("the metadata");
    assert_eq!(metadata["issuer"], issuer);

    let mut settings = insta::Settings::clone_current();
    settings.add_filter(&issuer.replace('.', r"\."), "[issuer]/");
    settings.bind(|| insta::assert_snapshot!(announcement));
    child.kill().await.expect("the program ends");
}

/// Starts it, and returns it with its issuer identifier.
async fn serving(arguments: &[&str]) -> (Child, String) {
    let mut child = program(arguments).spawn().expect("the program starts");
    let mut lines = BufReader::new(child.stdout.take().expect("standard output")).lines();
    let first = lines.next_line().await.expect("text").expect("a line");
    (child, first.rsplit(' ').next().expect("an issuer").to_owned())
}

async fn metadata(origin: &str) -> Value {
    let discovery = format!("{}/.well-known/openid-configuration", origin.trim_end_matches('/'));
    reqwest::get(discovery).await.expect("an answer").json().await.expect("the metadata")
}

#[tokio::test]
async fn it_speaks_the_dialect_that_it_is_told_to() {
    for (arguments, methods) in [(&[][..], json!(["S256"])), (&["--dialect", "auth0"], json!(["S256", "plain"]))] {
        let (mut child, issuer) = serving(&[&["--listen", "127.0.0.1:0"], arguments].concat()).await;
        assert_eq!(metadata(&issuer).await["code_challenge_methods_supported"], methods);
        child.kill().await.expect("the program ends");
    }
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}

#[tokio::test]
async fn it_is_called_as_it_is_told_to() {
    for (asked, arguments) in
        [("http://localhost:{port}", &[][..]), ("http://localhost:{port}/realms/quintain", &["--paths", "keycloak"])]
    {
        let port = free_port().to_string();
        let asked = asked.replace("{port}", &port);
        let listen = format!("127.0.0.1:{port}");
        let (mut child, issuer) = serving(&[&["--listen", &listen, "--issuer", &asked], arguments].concat()).await;
        assert_eq!(issuer, asked);
        let metadata = metadata(&issuer).await;
        assert_eq!(metadata["issuer"], asked);
        assert!(metadata["token_endpoint"].as_str().is_some_and(|url| url.starts_with(&asked)), "{metadata}");
        child.kill().await.expect("the program ends");
    }
    let (message, output) = failing(&["--issuer", "http://idp:4455/tenant"]).await;
    assert!(message.contains("http://idp:4455/tenant"), "{message}");
    assert!(output.stdout.is_empty(), "nothing is served");
}

#[tokio::test]
async fn a_file_says_what_it_knows() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("idp.toml");
    let text = r#"
        listen = "127.0.0.1:0"
        headless = "7"

        [[client]]
        client_id = "shop"
        client_secret = "shop-secret"
        redirect_uris = ["https://shop.example/callback"]

        [[user]]
        sub = "7"
        name = "Ada Byron"

        [policy]
        access-token-lifetime = 60

        [[fault]]
        named = "jwks/empty"
    "#;
    std::fs::write(&file, text).expect("the file is written");
    let (mut child, issuer) = serving(&["--config", &file.display().to_string()]).await;
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
    let uri = "https://shop.example/callback";
    let query = [("response_type", "code"), ("client_id", "shop"), ("redirect_uri", uri), ("scope", "openid profile")];
    let answer = http.get(format!("{issuer}authorize")).query(&query).send().await.expect("an answer");
    let location = url::Url::parse(answer.headers()["location"].to_str().expect("text")).expect("a URL");
    let code = location.query_pairs().find(|(name, _)| name == "code").expect("a code").1.into_owned();
    // Registered for Basic, as every client with a secret that says nothing else; the body does, too.
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", uri),
        ("client_id", "shop"),
        ("client_secret", "shop-secret"),
    ];
    let answer = http.post(format!("{issuer}oauth/token")).form(&form).send().await.expect("an answer");
    let tokens: Value = answer.json().await.expect("the tokens");
    assert_eq!(tokens["expires_in"], 60, "{tokens}");
    let person = http.get(format!("{issuer}userinfo")).bearer_auth(tokens["access_token"].as_str().expect("a token"));
    let person: Value = person.send().await.expect("an answer").json().await.expect("a person");
    assert_eq!((&person["sub"], &person["name"]), (&json!("7"), &json!("Ada Byron")));
    let keys: Value =
        reqwest::get(format!("{issuer}.well-known/jwks.json")).await.expect("an answer").json().await.expect("JSON");
    assert_eq!(keys, json!({ "keys": [] }));
    child.kill().await.expect("the program ends");

    std::fs::write(&file, "[[client]]\nclient_idd = \"shop\"\n").expect("the file is written");
    let (message, output) = failing(&["--config", &file.display().to_string()]).await;
    assert!(message.contains("idp.toml") && message.contains("line 2") && message.contains("client_idd"), "{message}");
    assert!(output.stdout.is_empty(), "nothing is served");
    let (message, _) = failing(&["--config", "no/such.toml"]).await;
    assert!(message.contains("failed to read no/such.toml"), "{message}");
}

/// A folder with a file `idp.toml`, and the path of the file.
pub(crate) fn provider_file(text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("idp.toml");
    std::fs::write(&file, text).expect("the file is written");
    let path = file.display().to_string();
    (folder, path)
}

#[tokio::test]
async fn a_file_has_several_issuers_that_share_nothing_but_what_stands_outside_them() {
    let text = r#"
        listen = "127.0.0.1:0"

        [[user]]
        sub = "7"

        [[issuer]]
        name = "staff"
        dialect = "keycloak"

        [[issuer]]
        name = "customers"

        [[issuer.user]]
        sub = "8"

        [[issuer.fault]]
        named = "jwks/empty"
    "#;
    let (_folder, file) = provider_file(text);
    for (arguments, identifiers) in [
        (&[][..], ["{origin}/staff/realms/quintain", "{origin}/customers/"]),
        (&["--issuer", "http://localhost"], ["http://localhost/staff/realms/quintain", "http://localhost/customers"]),
    ] {
        let mut child = program(&[&["--config", &file], arguments].concat()).spawn().expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("standard output")).lines();
        let (mut announced, mut apis) = (Vec::new(), Vec::new());
        while apis.len() < 2 {
            let line = lines.next_line().await.expect("text").expect("a line");
            announced.extend(line.strip_prefix("Mock identity provider at ").map(str::to_owned));
            apis.extend(line.contains("API_URL").then_some(line));
        }
        if arguments.is_empty() {
            let origin = url::Url::parse(&announced[0]).expect("a URL").origin().ascii_serialization();
            assert_eq!(announced, identifiers.map(|it| it.replace("{origin}", &origin)));
            for issuer in &announced {
                assert_eq!(metadata(issuer).await["issuer"], *issuer);
            }
            // RFC 8414 §3.1: behind the well-known path.
            let metadata = get(&format!("{origin}/.well-known/oauth-authorization-server/customers")).await;
            assert_eq!(metadata["issuer"], announced[1]);
            let users = |users: Value| users["users"].as_array().expect("users").len();
            assert_eq!(users(get(&format!("{origin}/staff/_mock/users")).await), 1);
            assert_eq!(users(get(&format!("{origin}/customers/_mock/users")).await), 2);
            let keys = |keys: Value| keys["keys"].as_array().expect("keys").len();
            let certs = "staff/realms/quintain/protocol/openid-connect/certs";
            assert_eq!(keys(get(&format!("{origin}/{certs}")).await), 2);
            assert_eq!(keys(get(&format!("{origin}/customers/.well-known/jwks.json")).await), 0);
            let root = reqwest::get(&origin).await.expect("an answer");
            assert_eq!(root.status(), 404);
            assert!(root.text().await.expect("text").contains(&announced[1]));
        } else {
            assert_eq!(announced, identifiers);
        }
        child.kill().await.expect("the program ends");
    }
    let (message, _) = failing(&["--config", &file, "--issuer", "http://localhost/path"]).await;
    assert!(message.contains("no path: the names of the issuers follow it"), "{message}");
}

async fn get(url: &str) -> Value {
    reqwest::get(url).await.expect("an answer").json().await.expect("JSON")
}

#[tokio::test]
async fn it_refuses_an_address_that_others_can_reach() {
    let (message, output) = failing(&["--listen", "0.0.0.0:0"]).await;
    assert!(message.contains("refused to listen on 0.0.0.0:0"), "{message}");
    assert!(message.contains("--expose"), "{message}");
    assert!(output.stdout.is_empty());
}

#[tokio::test]
async fn it_keeps_the_control_token_in_a_file() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("token").display().to_string();
    let (mut child, issuer) = serving(&["--listen", "127.0.0.1:0", "--expose", "--control-token-file", &file]).await;
    let token = std::fs::read_to_string(&file).expect("the file is written before it serves");
    let request = reqwest::Client::new().get(format!("{issuer}_mock/clock")).header("host", "idp:4455");
    let answer = request.bearer_auth(token.trim()).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    child.kill().await.expect("the program ends");

    std::fs::write(&file, "short").expect("it can be written");
    let (message, _) = failing(&["--listen", "127.0.0.1:0", "--expose", "--control-token-file", &file]).await;
    assert!(message.contains("it holds no token: at least 16"), "{message}");
    let (message, _) = failing(&["--control-token-file", &file]).await;
    assert!(message.contains("--expose"), "{message}");
}

#[tokio::test]
async fn a_busy_port_is_named_in_the_message() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    let (message, _) = failing(&["--listen", &address]).await;
    assert!(message.contains(&format!("failed to listen on {address}")), "{message}");
    assert!(message.to_lowercase().contains("in use"), "{message}");
}

#[tokio::test]
async fn an_unknown_authentication_method_is_answered_with_the_known_ones() {
    let (message, _) = failing(&["--auth-method", "magic"]).await;
    assert!(message.contains("client_secret_basic, client_secret_post or none"), "{message}");
}
