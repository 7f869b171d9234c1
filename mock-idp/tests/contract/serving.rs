//! `mock-idp` as a program that serves https, signs with keys of its own, and reads its file again.

use std::time::Duration;

use mock_idp::Authority;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStderr};

use crate::lab::text;
use crate::program::{failing, program, provider_file};

/// What is announced to a client: the values of the variables.
struct Announced {
    child: Child,
    lines: Vec<String>,
}

impl Announced {
    async fn of(arguments: &[&str]) -> Self {
        let mut child = program(arguments).spawn().expect("the program starts");
        let mut output = BufReader::new(child.stdout.take().expect("standard output")).lines();
        let mut lines = Vec::new();
        while let Some(line) = output.next_line().await.expect("text") {
            lines.push(line);
            if lines.last().is_some_and(|line| line.contains("API_URL")) {
                break;
            }
        }
        Self { child, lines }
    }

    fn value(&self, variable: &str) -> &str {
        let prefix = format!("  export {variable}='");
        let value = self.lines.iter().find_map(|line| line.strip_prefix(&prefix)?.strip_suffix('\''));
        value.unwrap_or_else(|| panic!("no {variable} in {:?}", self.lines))
    }

    fn errors(&mut self) -> Errors {
        BufReader::new(self.child.stderr.take().expect("standard error")).lines()
    }

    async fn end(mut self) {
        self.child.kill().await.expect("the program ends");
    }
}

type Errors = Lines<BufReader<ChildStderr>>;

/// What stands on standard error, up to a line with this sign.
async fn told(errors: &mut Errors, sign: &str) -> String {
    let mut all = String::new();
    while !all.contains(sign) {
        let line = tokio::time::timeout(Duration::from_secs(20), errors.next_line()).await.expect("in time");
        all += &line.expect("text").expect("a line");
    }
    all
}

/// What is below the issuer, for a client that trusts these certificates.
async fn get(announced: &Announced, certificate: Option<&str>, path: &str) -> reqwest::Result<Value> {
    let trusted = certificate.map(|pem| reqwest::Certificate::from_pem(pem.as_bytes()).expect("a certificate"));
    let http = reqwest::Client::builder().no_proxy().tls_certs_only(trusted).build().expect("a client");
    http.get(format!("{}{path}", announced.value("ISSUER"))).send().await?.json().await
}

const METADATA: &str = ".well-known/openid-configuration";

#[tokio::test]
async fn certificate_of_the_authority_is_in_the_announced_file() {
    let (folder, _) = provider_file("");
    let chosen = folder.path().join("ca.pem").display().to_string();
    let (_folder, in_file) = provider_file("listen = \"127.0.0.1:0\"\ntls = { ca_file = \"of-the-file.pem\" }");
    for (arguments, expected) in [
        (&["--listen", "127.0.0.1:0", "--tls"][..], ""),
        (&["--listen", "127.0.0.1:0", "--tls-ca-file", &chosen], "ca.pem"),
        (&["--config", &in_file], "of-the-file.pem"),
    ] {
        let announced = Announced::of(arguments).await;
        let file = announced.value("CA_FILE").to_owned();
        assert!(file.ends_with(expected), "{file}");
        let pem = std::fs::read_to_string(&file).expect("the file is there");
        let metadata = get(&announced, Some(&pem), METADATA).await.expect("an answer");
        assert_eq!(metadata["issuer"], announced.value("ISSUER"));
        assert!(text(&metadata, "token_endpoint").starts_with("https://127.0.0.1:"), "{metadata}");
        let stranger = Authority::new().certificate_pem();
        assert!(get(&announced, Some(&stranger), METADATA).await.is_err(), "another authority vouches for nobody here");
        announced.end().await;
        if expected.is_empty() {
            std::fs::remove_file(file).expect("the file is removed");
        }
    }
}

#[tokio::test]
async fn certificate_of_a_file_is_served() {
    let authority = Authority::new();
    let (certificate, key) = authority.issue_pem();
    let (folder, file) =
        provider_file("listen = \"127.0.0.1:0\"\ntls = { cert = \"server.pem\", key = \"server.key\" }");
    std::fs::write(folder.path().join("server.pem"), &certificate).expect("the file is written");
    std::fs::write(folder.path().join("server.key"), key).expect("the file is written");
    let announced = Announced::of(&["--config", &file]).await;
    let metadata = get(&announced, Some(&authority.certificate_pem()), METADATA).await.expect("an answer");
    assert_eq!(metadata["issuer"], announced.value("ISSUER"));
    assert!(announced.lines.iter().all(|line| !line.contains("CA_FILE")), "{:?}", announced.lines);
    announced.end().await;

    let (_, another) = Authority::new().issue_pem();
    std::fs::write(folder.path().join("server.key"), another).expect("the file is written");
    let (message, output) = failing(&["--config", &file]).await;
    assert!(message.contains("server.pem") && output.stdout.is_empty(), "{message}");
}

#[tokio::test]
async fn keys_of_a_file_are_served_and_a_client_without_a_key_is_refused() {
    let client = "[[client]]\nclient_id = \"shop\"\nredirect_uris = []\nid_token_signed_response_alg";
    let keys = "listen = \"127.0.0.1:0\"\n[keys]\npem = \"keys.pem\"";
    let (folder, file) = provider_file(&format!("{keys}\n{client} = \"ES256\""));
    let pem = folder.path().join("keys.pem");
    std::fs::write(&pem, include_str!("../../src/keys/p256.pem")).expect("the file is written");
    let announced = Announced::of(&["--config", &file]).await;
    let keys_of = async |announced: &Announced| {
        let keys = get(announced, None, ".well-known/jwks.json").await.expect("an answer");
        keys["keys"].as_array().expect("keys").iter().map(|key| key["kid"].clone()).collect::<Vec<_>>()
    };
    let kids = keys_of(&announced).await;
    assert_eq!(kids.len(), 4);
    announced.end().await;

    std::fs::write(&file, format!("{keys}\n{client} = \"PS256\"")).expect("the file is written");
    let (message, _) = failing(&["--config", &file]).await;
    assert!(message.contains("\"shop\"") && message.contains("no key for it"), "{message}");
    std::fs::write(&pem, "no keys").expect("the file is written");
    let (message, _) = failing(&["--config", &file]).await;
    assert!(message.contains("keys.pem: there is no private key"), "{message}");

    std::fs::write(&file, "listen = \"127.0.0.1:0\"\n[keys]\nsource = \"generated\"").expect("the file is written");
    let announced = Announced::of(&["--config", &file]).await;
    let embedded = mock_idp::MockIdp::start().await.expect("a free port").issuer().key_id();
    assert!(!keys_of(&announced).await.contains(&json!(embedded)), "fresh keys are others than the embedded ones");
    announced.end().await;
}

#[tokio::test]
async fn changed_file_is_taken_over_and_a_wrong_one_changes_nothing() {
    let of = |rest: &str| format!("listen = \"127.0.0.1:0\"\n[policy]\ncode-lifetime = 77\n{rest}");
    let (_folder, file) = provider_file(&of(""));
    let mut announced = Announced::of(&["--config", &file, "--watch"]).await;
    let mut errors = announced.errors();
    let mut told = async |sign: &str| told(&mut errors, sign).await;
    let users = async |announced: &Announced| {
        let users = get(announced, None, "_mock/users").await.expect("an answer");
        users["users"].as_array().expect("users").iter().map(|user| text(user, "sub").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(users(&announced).await, ["auth0|alice", "auth0|bob"]);
    let base = announced.value("ISSUER").to_owned();
    let http = reqwest::Client::new();
    let clock =
        http.post(format!("{base}_mock/clock")).json(&json!({ "advance": 500 })).send().await.expect("an answer");
    assert!(clock.status().is_success());

    std::fs::write(&file, of("[[user]]\nsub = \"7\"\n[[fault]]\nnamed = \"jwks/empty\"")).expect("it is written");
    told("as the changed file has it").await;
    assert_eq!(users(&announced).await, ["7"]);
    assert_eq!(get(&announced, None, ".well-known/jwks.json").await.expect("an answer"), json!({ "keys": [] }));
    assert_eq!(get(&announced, None, "_mock/clock").await.expect("an answer")["offset"], 500);
    let reset = http.post(format!("{base}_mock/reset")).json(&json!({})).send().await.expect("an answer");
    assert!(reset.status().is_success());
    assert_eq!(users(&announced).await, ["7"], "the start is what the file says now");
    assert_eq!(get(&announced, None, "_mock/clock").await.expect("an answer")["offset"], 0);
    assert_eq!(get(&announced, None, ".well-known/jwks.json").await.expect("an answer"), json!({ "keys": [] }));

    std::fs::write(&file, of("[[user]]\nsubject = \"8\"")).expect("it is written");
    let message = told("stays as it was").await;
    assert!(message.contains("line 5") && message.contains("subject"), "{message}");
    assert_eq!(users(&announced).await, ["7"]);

    std::fs::write(&file, of("[[issuer]]\nname = \"another\"")).expect("it is written");
    told("other issuers").await;
    assert_eq!(users(&announced).await, ["7"]);
    announced.end().await;
}

#[tokio::test]
async fn files_that_the_file_names_are_taken_over_when_they_change() {
    let text = "listen = \"127.0.0.1:0\"\ndialect = \"./ours.toml\"\nkeys = { pem = \"keys.pem\" }\n";
    let (folder, file) = provider_file(text);
    let (dialect, keys) = (folder.path().join("ours.toml"), folder.path().join("keys.pem"));
    let fact = |lifetime: u32, name: &str| {
        format!(
            "title = \"Ours\"\n[[fact]]\nwhat = \"it differs\"\nmark = \"D\"\n\
             policy = {{ access-token-lifetime = {lifetime} }}\n\
             rewrite = [{{ at = \"discovery\", change = {{ merge = {{ name = \"{name}\" }} }} }}]\n"
        )
    };
    std::fs::write(&dialect, fact(60, "first")).expect("it is written");
    std::fs::write(&keys, include_str!("../../src/keys/p256.pem")).expect("it is written");
    let mut announced = Announced::of(&["--config", &file, "--watch"]).await;
    let mut errors = announced.errors();
    let seen = async |announced: &Announced| {
        let metadata = get(announced, None, METADATA).await.expect("an answer");
        let policy = get(announced, None, "_mock/policy").await.expect("an answer");
        let keys = get(announced, None, ".well-known/jwks.json").await.expect("an answer");
        (metadata["name"].clone(), policy["access-token-lifetime"].clone(), keys["keys"][0]["alg"].clone())
    };
    assert_eq!(seen(&announced).await, (json!("first"), json!(60), json!("ES256")));

    std::fs::write(&dialect, fact(7, "second one")).expect("it is written");
    told(&mut errors, "as the changed file has it").await;
    assert_eq!(seen(&announced).await, (json!("second one"), json!(7), json!("ES256")));

    std::fs::write(&keys, include_str!("../../src/keys/p384.pem")).expect("it is written");
    told(&mut errors, "as the changed file has it").await;
    assert_eq!(seen(&announced).await, (json!("second one"), json!(7), json!("ES384")));

    std::fs::write(&dialect, "title = 7").expect("it is written");
    let message = told(&mut errors, "stays as it was").await;
    assert!(message.contains("ours.toml"), "{message}");
    assert_eq!(seen(&announced).await, (json!("second one"), json!(7), json!("ES384")));
    announced.end().await;
}

#[tokio::test]
async fn names_of_the_list_are_announced_and_in_the_certificate() {
    let (_folder, file) = provider_file(
        "listen = \"127.0.0.1:0\"\nhosts = [\"of-the-file.test\"]\nbrowser_host = \"browser.test\"\ntls = \"generated\"",
    );
    for (more, names) in [
        (&[][..], ["of-the-file.test", "browser.test"]),
        (&["--host", "one.test", "--host", "two.test:8080"], ["one.test", "two.test"]),
    ] {
        let announced = Announced::of(&[&["--config", &file], more].concat()).await;
        let issuer = url::Url::parse(announced.value("ISSUER")).expect("a URL");
        let port = issuer.port().expect("a port");
        assert_eq!(issuer.host_str(), Some(names[0]), "the first name is the usual one");
        let expected = if more.is_empty() { port } else { 8080 };
        let listed = format!("  https://{}:{expected}/", names[1]);
        assert!(announced.lines.contains(&listed), "{listed}: {:?}", announced.lines);

        let pem = std::fs::read(announced.value("CA_FILE")).expect("the file is there");
        let authority = reqwest::Certificate::from_pem(&pem).expect("a certificate");
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([authority]);
        let http = http.resolve(names[1], ([127, 0, 0, 1], port).into()).build().expect("a client");
        let request = http.get(format!("https://{}:{port}/{METADATA}", names[1]));
        let answer = request.header("host", format!("{}:{expected}", names[1])).send().await.expect("it is trusted");
        let metadata: Value = answer.json().await.expect("the metadata");
        assert_eq!(metadata["issuer"], format!("https://{}:{expected}/", names[1]));
        announced.end().await;
    }
    let (message, _) = failing(&["--host", "http://idp.test/"]).await;
    assert!(message.contains("\"http://idp.test/\" is no host"), "{message}");
}
