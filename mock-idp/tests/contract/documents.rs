//! `docs/provider.md` says what the server does.

use std::fmt::Write as _;

use mock_idp::{IssuerConfig, ProviderFile};

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
    let [shop, faults] = files.as_slice() else { panic!("there are {} examples", files.len()) };
    let config = shop.clone().config();
    assert_eq!((config.clients[0].client_id.as_str(), config.users[0].sub.as_str()), ("shop", "alice"));
    assert_eq!(config.apis[0].scopes, ["read:orders"]);
    assert_eq!(faults.faults.len(), 2);
}

#[test]
fn every_key_of_the_file_is_on_the_page() {
    for table in ["", "[[client]]", "[[user]]", "[[api]]", "[[fault]]"] {
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
        &[include_str!("../../../examples/fixtures/node/login.test.mjs")],
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
