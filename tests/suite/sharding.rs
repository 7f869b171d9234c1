//! A run in parts: together they are the whole, and what is no part of it is refused.

use std::collections::BTreeSet;

use insta::assert_snapshot;
use quintain::report::json;
use quintain::results::Results;
use quintain::verdict::Verdict;

use crate::fixtures::Misbehaviour::Nothing;
use crate::shop::{Ended, Shop};

/// Two defects: failures, warnings, and what passes. Each of three parts has some of them.
const RUN: &str =
    "verify id-token/n* callback/{code-*,state-*} --seed 5 --defect ignores-nonce --defect falls-over-without-code";

/// Runs all parts of a command line into `1.json`, `2.json`, ….
async fn run_parts(shop: &Shop, run: &str, of: usize) {
    for part in 1..=of {
        let ended = shop.quintain(&format!("{run} --shard {part}/{of} --json {part}.json")).await;
        assert!(matches!(ended.code, Some(0 | 1 | 3)), "{ended}");
    }
}

fn results(shop: &Shop, file: &str) -> Results {
    let text = std::fs::read_to_string(shop.path(file)).expect("it was written");
    json::read(&text).expect("it is whole")
}

/// What must not depend on how the run was divided.
fn essence(results: &Results) -> Vec<(String, Verdict, String, Option<usize>)> {
    let essence = results.scenarios.iter().map(|it| {
        let entry = it.expected.as_ref().map(|expected| expected.line);
        (it.id.to_string(), it.verdict, it.reason.clone(), entry)
    });
    essence.collect()
}

const EXPECTED: &str = r#"
[[expected]]
scenarios = ["id-token/nonce-empty", "id-token/nonce-wrong"]
verdict = "fail"
reason = "accepted"

[[expected]]
scenarios = ["callback/code-{empty,missing}"]
verdict = "warn"
reason = "refused-with-500"
comment = "there is no page for it yet"
"#;

#[tokio::test]
async fn parts_are_the_whole() {
    // Nothing is expected; all that is red is; an entry is stale; one speaks of nothing; one is for what is not run.
    let stale = EXPECTED.replace("nonce-wrong\"", "nonce-wrong\", \"id-token/nonce-missing\"");
    let unmatched = EXPECTED.replace("nonce-wrong\"", "nonce-wrong\", \"id-token/no-such\"");
    let not_run = EXPECTED.replace("nonce-wrong\"", "nonce-wrong\", \"refresh/token-empty\"");
    for (expected, code) in
        [(None, 1), (Some(EXPECTED), 0), (Some(&stale), 3), (Some(&unmatched), 3), (Some(&not_run), 0)]
    {
        let shop = Shop::that(Nothing).file("e.toml", expected.unwrap_or_default());
        let expectations = if expected.is_some() { " --expected e.toml" } else { "" };
        let run = format!("{RUN}{expectations}");
        let whole = shop.quintain(&format!("{run} --json whole.json")).await;
        assert_eq!(whole.code, Some(code), "{whole}");
        run_parts(&shop, &run, 3).await;
        assert!((1..=3).all(|part| results(&shop, &format!("{part}.json")).scenarios.len() > 2), "each part is one");
        for (from, with) in [("the parts", ""), ("the file", expectations)] {
            let merge = format!("report merge 3.json 1.json 2.json --json merged.json --junit merged.xml{with}");
            let merged = shop.quintain(&merge).await;
            assert_eq!(merged.code, Some(code), "by {from}: {merged}");
            let (whole, merged) = (results(&shop, "whole.json"), results(&shop, "merged.json"));
            assert_eq!(essence(&merged), essence(&whole));
            assert_eq!(merged.expectations, whole.expectations);
            assert_eq!((merged.shard, merged.summary.verdicts), (None, whole.summary.verdicts));
            assert!(shop.files().contains(&"merged.xml".to_owned()));
        }
    }
}

#[tokio::test]
async fn each_scenario_is_in_one_part_whatever_the_seed_and_the_selection() {
    let shop = Shop::that(Nothing);
    let ids = |file: &str| -> BTreeSet<_> { results(&shop, file).scenarios.into_iter().map(|it| it.id).collect() };
    run_parts(&shop, "verify id-token/* --seed 1 --defect ignores-nonce", 2).await;
    let (first, second) = (ids("1.json"), ids("2.json"));
    assert!(first.is_disjoint(&second) && first.len() > 5 && second.len() > 5);
    run_parts(&shop, "verify id-token/a* --seed 2 --defect ignores-nonce", 2).await;
    assert!(ids("1.json").is_subset(&first) && ids("2.json").is_subset(&second));
}

#[tokio::test]
async fn part_may_be_empty() {
    let shop = Shop::that(Nothing);
    run_parts(&shop, "verify id-token/nonce-wrong --seed 1 --defect ignores-nonce", 2).await;
    let sizes = ["1.json", "2.json"].map(|file| results(&shop, file).scenarios.len());
    assert_eq!(sizes.iter().sum::<usize>(), 1);
    assert_eq!(shop.quintain("report merge 1.json 2.json").await.code, Some(1));
}

#[tokio::test]
async fn whole_run_can_be_held_against_another_file() {
    let shop = Shop::that(Nothing).file("e.toml", EXPECTED);
    assert_eq!(shop.quintain(&format!("{RUN} --json whole.json")).await.code, Some(1));
    assert_eq!(shop.quintain("report merge whole.json --expected e.toml").await.code, Some(0));
}

async fn refused(shop: &Shop, command_line: &str) -> Ended {
    let before = shop.files();
    let ended = shop.quintain(command_line).await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{ended}");
    assert_eq!(shop.files(), before, "nothing is written");
    ended
}

#[tokio::test]
async fn what_is_not_one_run_is_not_merged() {
    const SHORT: &str = "verify id-token/nonce-*";
    let shop = Shop::that(Nothing).file("e.toml", EXPECTED);
    run_parts(&shop, &format!("{SHORT} --seed 1 --defect ignores-nonce"), 3).await;
    let others = [
        ("other_client", "--seed 1 --shard 2/3 --defect ignores-state", ""),
        ("other_seed", "--seed 2 --shard 2/3 --defect ignores-nonce", ""),
        ("other_profile", "--seed 1 --shard 2/3 --defect ignores-nonce --profile strict-state", ""),
        ("other_division", "--seed 1 --shard 2/4 --defect ignores-nonce", ""),
        ("other_selection", "--seed 1 --shard 2/3 --defect ignores-nonce", "id-token/iss-wrong"),
        ("other_expectations", "--seed 1 --shard 2/3 --defect ignores-nonce --expected e.toml", ""),
        ("whole_run_among_parts", "--seed 1 --defect ignores-nonce", ""),
    ];
    for (name, options, selector) in others {
        shop.quintain(&format!("{SHORT} {selector} {options} --json other.json")).await;
        assert_snapshot!(name, refused(&shop, "report merge 1.json other.json 3.json --json merged.json").await);
    }
    let merge = "report merge 1.json 2.json 3.json --json merged.json";
    assert_snapshot!("part_twice", refused(&shop, "report merge 1.json 2.json 3.json 2.json").await);
    assert_snapshot!("part_missing", refused(&shop, "report merge 1.json 3.json").await);
    assert_snapshot!("file_missing", refused(&shop, "report merge 1.json 2.json 4.json").await);
    assert_snapshot!("written_over", refused(&shop, "report merge 1.json 2.json 3.json --json 1.json").await);

    let text = std::fs::read_to_string(shop.path("2.json")).expect("it was written");
    let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    let place = regex::Regex::new(r"line \d+").expect("a pattern");
    for (name, altered) in [
        ("truncated", text[..text.len() - 3].to_owned()),
        ("incomplete", text.replace("\"complete\": true", "\"complete\": false")),
        ("other_version", text.replace(&version, "\"version\": \"0.0.9\"")),
        ("other_part", text.replace("\"index\": 2", "\"index\": 3")),
        ("no_such_part", text.replace("\"index\": 2", "\"index\": 4")),
    ] {
        assert_ne!(altered, text, "{name}");
        std::fs::write(shop.path("2.json"), altered).expect("it can be written");
        assert_snapshot!(name, place.replace(&refused(&shop, merge).await.shown(), "line [line]"));
    }
    std::fs::write(shop.path("2.json"), text).expect("it can be written");
    assert_eq!(shop.quintain(merge).await.code, Some(1), "and the rest was right");
}

#[tokio::test]
async fn part_without_a_seed_or_of_nothing_is_refused() {
    let shop = Shop::that(Nothing);
    for shard in ["0/2", "3/2", "1/0", "2", "a/b"] {
        let told = refused(&shop, &format!("verify --shard {shard} --seed 1")).await;
        assert!(told.stderr.contains("is no part of a run; write 1/3, 2/3 and 3/3"), "{told}");
    }
    assert!(refused(&shop, "verify --shard 1/2").await.stderr.contains("--seed"));
}
