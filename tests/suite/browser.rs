//! A real browser as the user agent. The tests whose names begin with `chromium` need Chromium, as chromium-headless-shell on PATH; they are run with
//! `cargo test -- --ignored chromium`.

use insta::assert_snapshot;
use quintain::verdict::Verdict;

use crate::fixtures::Misbehaviour::{Answers200, Dies, Hangs, NeedsScripts, Nothing};
use crate::shop::Shop;

const CHROMIUM: &str = "[browser]\ncommand = [\"chromium-headless-shell\", \"--no-sandbox\"]\n";

trait InBrowser {
    /// Visited by a real browser; more can be said of it.
    fn in_browser(self, section: &str) -> Self;
}

impl InBrowser for Shop {
    fn in_browser(self, section: &str) -> Self {
        self.with("[registration]", &format!("{section}\n[registration]"))
    }
}

#[tokio::test]
async fn browser_that_does_not_exist_is_named() {
    let shop = Shop::that(Nothing).in_browser("[browser]\ncommand = [\"no-such-browser\"]");
    assert_snapshot!(shop.quintain("doctor").await);
}

#[tokio::test]
async fn browser_that_ends_at_once_is_shown_with_what_it_printed() {
    let ends = r#"command = ["sh", "-c", "echo 'no room on the disk' >&2; exit 7"]"#;
    let shop = Shop::that(Nothing).in_browser(&format!("[browser]\n{ends}"));
    assert_snapshot!(shop.quintain("doctor").await);
}

#[tokio::test]
async fn browser_that_ends_later_breaks_the_set_up_and_not_the_client() {
    // One read is one message: nothing more is sent until the greeting has its answer.
    let read = "dd bs=65536 count=1 <&3 >/dev/null 2>&1";
    let greets = format!(r#"command = ["sh", "-c", "{read}; printf '{{\"id\":1,\"result\":{{}}}}\\0' >&4; {read}"]"#);
    let shop = Shop::that(Nothing).in_browser(&format!("[browser]\n{greets}"));
    assert_snapshot!(shop.quintain("verify").await);
}

#[tokio::test]
async fn login_by_script_is_not_found_without_a_browser_and_the_advice_names_it() {
    assert_snapshot!(Shop::that(NeedsScripts).with("\"/me\"", "\"/me?\"").quintain("doctor").await);
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn chromium_gives_the_reference_client_the_same_verdicts() {
    let shop = Shop::that(Nothing).in_browser(CHROMIUM);
    let ended = shop.quintain("verify callback/csrf-* callback/state-* session/* --jobs 2 --json result.json").await;
    assert_eq!(ended.code, Some(0), "{ended}");
    let results = shop.results();
    let other = results.scenarios.iter().filter(|scenario| scenario.verdict != Verdict::Pass);
    // As with the harness in the place of the browser: one provider, and nobody checks what is not declared.
    assert!(other.clone().all(|scenario| scenario.verdict == Verdict::Unsupported), "{ended}");
    assert!(results.count(Verdict::Pass) > 10, "{ended}");
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn chromium_does_not_hide_a_defect() {
    let shop = Shop::that(Nothing).in_browser(CHROMIUM).env("DEFECT", "accepts-missing-state");
    let ended = shop.quintain("verify callback/state-missing --profile strict-state --json result.json").await;
    assert_eq!(ended.code, Some(1), "{ended}");
    assert_eq!(shop.results().count(Verdict::Fail), 1, "{ended}");

    let shop = Shop::that(Nothing).in_browser(CHROMIUM).env("DEFECT", "keeps-session-identifier");
    let ended = shop.quintain("verify session/fixation --json result.json").await;
    assert_eq!(shop.results().count(Verdict::Warn), 1, "{ended}");
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn chromium_runs_the_scripts_of_an_app_that_needs_them() {
    let shop = Shop::that(NeedsScripts)
        .with("callback =", "login_form = \"#login\"\nlogged_in = \"pre\"\ncallback =")
        .in_browser(CHROMIUM);
    let ended = shop.quintain("verify callback/csrf-login-property api/bearer-header-form id-token/iss-wrong").await;
    assert_eq!(ended.code, Some(0), "{ended}");
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn chromium_sees_the_end_of_a_page_that_says_when_it_is_settled() {
    let shop = Shop::that(NeedsScripts)
        .with("callback =", "login_form = \"#login\"\nlogged_in = \"pre\"\ncallback =")
        .in_browser(&format!("{CHROMIUM}settled = \"main[data-settled], body:not(:has(main))\""));
    let ended = shop.quintain("doctor").await;
    assert_eq!(ended.code, Some(0), "{ended}");
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn chromium_that_waits_in_vain_for_a_page_to_settle_says_so() {
    let shop = Shop::that(Nothing)
        .with("ready_within_seconds = 30", "ready_within_seconds = 2")
        .with("logout =", "answers_within_seconds = 1\nlogout =")
        .in_browser(&format!("{CHROMIUM}settled = \"#no-such-thing\""));
    assert_snapshot!(shop.quintain("doctor").await);
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn chromium_knows_better_what_is_a_selector() {
    let shop = Shop::that(Nothing).in_browser(&format!("{CHROMIUM}settled = \"main[\""));
    assert_snapshot!(shop.quintain("doctor").await);
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn chromium_tells_a_client_that_dies_from_one_that_hangs_and_one_that_lets_anybody_in() {
    let of = async |misbehaviour, place| {
        let shop = Shop::that(misbehaviour)
            .at(place)
            .with("logout =", "answers_within_seconds = 2\nlogout =")
            .in_browser(CHROMIUM);
        let ended = shop.quintain("verify callback/error-access-denied --json result.json").await;
        let results = shop.results();
        (ended.code, results.scenarios[0].verdict)
    };
    assert_eq!(of(Dies, "/callback?error").await, (Some(1), Verdict::Crashed));
    assert_eq!(of(Hangs, "/callback?error").await, (Some(6), Verdict::Inconclusive));
    let shop = Shop::that(Answers200).at("/me").in_browser(CHROMIUM);
    let ended = shop.quintain("doctor").await;
    assert!(ended.stderr.contains("although nobody has logged in"), "{ended}");
}
