//! `docs/provider.md` says what the server does.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use mock_idp::{IssuerConfig, KeySource, ProviderFile, TlsSource};
use serde_json::{Value, json};

use crate::json_schema::JsonSchema;
use crate::lab::Lab;

const PAGE: &str = include_str!("../../../docs/provider.md");

fn read(text: &str) -> Result<ProviderFile, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("idp.toml");
    std::fs::write(&file, text).expect("the file is written");
    ProviderFile::read(&file).map_err(|error| error.to_string())
}

/// The blocks of code in this language.
fn blocks(language: &str) -> impl Iterator<Item = &'static str> {
    blocks_of(PAGE, language)
}

fn blocks_of(page: &'static str, language: &str) -> impl Iterator<Item = &'static str> {
    let begin = format!("```{language}\n");
    let parts: Vec<_> = page.split(begin.as_str()).skip(1).collect();
    parts.into_iter().filter_map(|rest| rest.split("```").next())
}

#[test]
fn examples_of_the_page_describe_providers() {
    let files: Vec<_> = blocks("toml").map(|text| read(text).expect("a provider")).collect();
    let [shop, several, faults, keys, tls] = files.as_slice() else { panic!("there are {} examples", files.len()) };
    let config = &shop.issuers[0].config;
    assert_eq!((config.clients[0].client_id.as_str(), config.users[0].sub.as_str()), ("shop", "alice"));
    assert_eq!(config.apis[0].scopes, ["read:orders"]);
    assert_eq!(several.issuers.len(), 2);
    assert!(matches!(keys.issuers[0].keys, KeySource::Generated));
    assert!(matches!(&tls.tls, Some(TlsSource::Generated(Some(path))) if path.ends_with("ca.pem")));
    assert_eq!(faults.issuers[0].config.faults.len(), 2);
}

#[test]
fn every_key_of_the_file_is_on_the_page() {
    for table in ["", "[[client]]", "[[user]]", "[[api]]", "[[fault]]", "[[issuer]]"] {
        let error = read(&format!("{table}\nno-such-key = 1\n")).expect_err("there is no such key");
        let (_, keys) = error.split_once("expected one of ").expect("the message lists the keys");
        let mut missing = String::new();
        for key in keys.split(['`', ',', '\n', ' ']).filter(|key| !key.is_empty()) {
            let is_table = PAGE.contains(&format!("[[{key}]]")) || PAGE.contains(&format!("[{key}]"));
            if !is_table && !PAGE.contains(&format!("`{key}`")) {
                let _ = write!(missing, " {table} {key}");
            }
        }
        // A fault is described as in the control API, with a name for people and the grant.
        assert_eq!(missing.replace(" [[fault]] name", "").replace(" [[fault]] grant", ""), "");
    }
}

/// The pages for languages, each with the language of its blocks and the programs that are run.
const QUOTING: [(&str, &str, &[&str]); 3] = [
    (
        include_str!("../../../docs/provider/javascript.md"),
        "js",
        &[
            include_str!("../../../examples/fixtures/node/login.test.mjs"),
            include_str!("../../../examples/fixtures/vitest/login.test.mjs"),
            include_str!("../../../examples/fixtures/playwright/fixture.mjs"),
            include_str!("../../../examples/fixtures/playwright/login.test.mjs"),
        ],
    ),
    (
        include_str!("../../../docs/provider/python.md"),
        "python",
        &[
            include_str!("../../../examples/fixtures/pytest/conftest.py"),
            include_str!("../../../examples/fixtures/pytest/test_login.py"),
        ],
    ),
    (
        include_str!("../../../docs/provider/java.md"),
        "java",
        &[include_str!("../../../examples/fixtures/java/LoginTest.java")],
    ),
];

#[test]
fn pages_for_languages_quote_programs_that_are_run() {
    for (page, language, programs) in QUOTING {
        let quoted: Vec<_> = blocks_of(page, language).collect();
        assert!(quoted.len() > 2, "{language}: {}", quoted.len());
        for block in quoted {
            assert!(programs.iter().any(|program| program.contains(block)), "no program has this:\n{block}");
        }
    }
}

/// The keys in the first column of the first table of the page behind a text.
fn keys_of_the_table(behind: &str) -> BTreeSet<String> {
    let (_, rest) = PAGE.split_once(behind).unwrap_or_else(|| panic!("the page has {behind}"));
    let rows = rest.lines().skip_while(|line| !line.starts_with("|--")).skip(1);
    let cells = rows.take_while(|line| line.starts_with('|')).filter_map(|row| row.split('|').nth(1));
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
}

#[test]
fn keys_of_the_tables_are_those_of_the_schema() {
    let schema: Value = serde_json::from_str(&ProviderFile::schema()).expect("the schema is JSON");
    let root = &schema["properties"];
    let keys =
        |properties: &Value| properties.as_object().expect("properties").keys().cloned().collect::<BTreeSet<_>>();
    // What has a table or a paragraph for itself.
    let tables: BTreeSet<_> = ["client", "user", "api", "policy", "keys", "fault"].map(str::to_owned).into();
    let documented = &keys_of_the_table("## `idp.toml`") | &keys_of_the_table("Instead of `issuer` there is:");
    assert_eq!(keys(root), &documented | &tables);
    for (table, definition) in
        [("client", "ClientRegistration"), ("user", "UserRegistration"), ("api", "Api"), ("issuer", "IssuerTable")]
    {
        let documented = keys_of_the_table(&format!("Each `[[{table}]]` has:"));
        let further = if table == "issuer" { tables.clone() } else { BTreeSet::new() };
        assert_eq!(keys(&schema["$defs"][definition]["properties"]), &documented | &further, "{table}");
    }
    let documented = keys_of_the_table("`[keys]` says what tokens are signed with");
    assert_eq!(keys(&schema["$defs"]["KeysTable"]["properties"]), documented);
    let documented = keys_of_the_table("`tls` is `\"generated\"`, or a table with");
    assert_eq!(keys(&schema["$defs"]["TlsTable"]["properties"]), documented);
}

#[test]
fn examples_of_the_page_are_valid_under_the_schema() {
    let schema: Value = serde_json::from_str(&ProviderFile::schema()).expect("the schema is JSON");
    let schema = JsonSchema::of(schema);
    for text in blocks("toml") {
        let file: Value = toml::from_str(text).expect("TOML");
        schema.check(&file).unwrap_or_else(|error| panic!("{error:#}\n{text}"));
    }
    let is_valid = |file: &Value| schema.check(file).is_ok();
    assert!(!is_valid(&json!({ "client": [{ "client_id": "shop" }] })), "redirect_uris is required");
    let grants = |grant: &str| json!({ "client": [{ "client_id": "a", "redirect_uris": [], "grant_types": [grant] }] });
    assert!(
        ["device_code", "urn:ietf:params:oauth:grant-type:device_code"].iter().all(|grant| is_valid(&grants(grant)))
    );
    assert!(!is_valid(&grants("password")));
    assert!(!is_valid(&json!({ "no-such-key": 1 })));
    assert!(!is_valid(&json!({ "issuer": [{ "headless": "7" }] })), "name is required");
}

#[tokio::test]
async fn operations_of_the_page_are_those_of_the_control_api() {
    let lab = Lab::with(IssuerConfig::default()).await;
    let description = lab.get(&format!("{}_mock/openapi.json", lab.issuer.base_url())).await.json();
    let mut missing = String::new();
    for (path, item) in description["paths"].as_object().expect("paths") {
        for method in item.as_object().expect("methods").keys() {
            let operation = format!("{} /_mock{path}", method.to_uppercase());
            if !PAGE.contains(&operation) {
                let _ = writeln!(missing, "{operation}");
            }
        }
    }
    assert_eq!(missing, "");
}
