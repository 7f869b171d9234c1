//! The explorer page of `quintain serve`. The tests whose names begin with `chromium` need Chromium, as
//! chromium-headless-shell on PATH; they are run with `cargo test -- --ignored chromium`.

use std::ffi::OsStr;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Child;

use crate::chromium::{Chromium, Page};
use crate::fixtures::Misbehaviour::Nothing;
use crate::shop::{Shop, send};

/// A served provider with its page in a browser.
struct Explored {
    shop: Shop,
    _quintain: Child,
    issuer: String,
    chromium: Chromium,
    page: Page,
    /// What the URLs of the reference client begin with.
    app: String,
    tab: Page,
}

/// What is served: its issuer, and its explorer page.
async fn served(quintain: &mut Child) -> (String, String) {
    let mut lines = BufReader::new(quintain.stdout.take().expect("it is piped")).lines();
    let mut url = async || {
        let line = lines.next_line().await.expect("it can be read").expect("it serves on");
        line.rsplit(' ').next().expect("a URL").to_owned()
    };
    (url().await, url().await)
}

impl Explored {
    async fn open() -> Self {
        let shop = Shop::that(Nothing);
        let mut quintain = shop.start("serve --listen 127.0.0.1:0");
        let (issuer, page) = served(&mut quintain).await;
        let mut chromium = Chromium::start();
        let page = chromium.open(&page);
        chromium
            .until(&page, "document.querySelector('#app-link[href]') && document.querySelector('#live.on') !== null");
        let app = chromium.evaluate(&page, "document.querySelector('#app-link').href");
        let app = app.as_str().expect("a URL").to_owned();
        let tab = chromium.open(&app);
        Self { shop, _quintain: quintain, issuer, chromium, page, app, tab }
    }

    fn arm(&mut self, name: &str, times: &str) {
        self.chromium.fill(&self.page, "#fault-search", name);
        self.chromium.click(&self.page, &format!("[data-fault='{name}'][data-times='{times}']"));
        self.chromium.until(&self.page, &format!("document.querySelector('#armed').innerText.includes('{name}')"));
    }

    fn visit(&mut self, path: &str) {
        let url = format!("{}{path}", self.app);
        self.chromium.go(&self.tab, &url);
    }

    /// Logs in as the user who is offered first.
    fn log_in(&mut self) {
        self.visit("login");
        self.chromium.click(&self.tab, "button.primary");
        let callback = "location.pathname === '/callback' || location.pathname === '/'";
        self.chromium.until(&self.tab, &format!("({callback}) && document.readyState === 'complete'"));
    }

    fn timeline(&mut self, shows: &str) {
        let shows = format!("document.querySelector('#timeline').textContent.includes({shows:?})");
        self.chromium.until(&self.page, &shows);
    }

    /// The scenario, as soon as it holds this line.
    fn scenario(&mut self, line: &str) -> String {
        let holds = format!("document.querySelector('#gherkin').textContent.includes({line:?})");
        self.chromium.until(&self.page, &holds);
        self.chromium.click(&self.page, "#copy");
        self.chromium.until(&self.page, "document.querySelector('#said').textContent.startsWith('Copied')");
        self.chromium.text(&self.page, "#gherkin")
    }

    /// Plays a scenario: the exit code.
    async fn verify(&self, scenario: &str, options: &str) -> Option<i32> {
        std::fs::write(self.shop.path("by-hand.feature"), scenario).expect("the file can be written");
        let ended = self.shop.quintain(&format!("verify --features by-hand.feature {options}")).await;
        println!("{ended}");
        ended.code
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium"]
async fn chromium_plays_a_fault_on_the_explorer_page_and_the_copied_scenario_finds_the_defect() {
    let mut explored = Explored::open().await;
    explored.arm("id-token/other-nonce", "once");
    explored.log_in();
    assert!(explored.chromium.text(&explored.tab, "body").contains("nonce of another login"));
    explored.timeline("Fault armed: id-token/other-nonce, once");
    explored.timeline("refused at the ID token step: the ID token carries the nonce of another login");
    explored.timeline("✗ id_token: nonce");

    let scenario = explored.scenario("the client refuses at the ID token step");
    assert!(
        scenario.contains("Given the fault \"id-token/other-nonce\"\n    And every fault happens once"),
        "{scenario}"
    );
    assert_eq!(explored.verify(&scenario, "--reference").await, Some(0));
    assert_eq!(explored.verify(&scenario, "--defect ignores-nonce").await, Some(1));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium"]
async fn chromium_plays_a_session_on_the_explorer_page_and_the_copied_scenario_passes() {
    let mut explored = Explored::open().await;
    explored.log_in();
    explored.visit("call-api");
    explored.chromium.click(&explored.page, "#pass-86400");
    explored.timeline("86400 seconds pass");
    explored.visit("refresh");
    explored.visit("logout");
    explored.timeline("Log out");

    let scenario = explored.scenario("And the user logs out\n");
    let session = "    When the user logs in\n    And the client calls the API\n    And 86400 seconds pass\n    \
                   And the client refreshes its access token\n    And the user logs out\n    Then the client goes on\n";
    assert!(scenario.contains(session), "{scenario}");
    assert_eq!(explored.verify(&scenario, "--reference").await, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium"]
async fn chromium_shows_a_client_with_a_defect_and_the_expected_refusal_makes_it_red() {
    let mut explored = Explored::open().await;
    explored.chromium.fill(&explored.page, "#defect", "accepts-any-issuer");
    explored.chromium.click(&explored.page, "#defect-form button");
    let restarted = "document.querySelector('#app-about').textContent.includes('accepts-any-issuer')";
    explored.chromium.until(&explored.page, restarted);
    let app = explored.chromium.evaluate(&explored.page, "document.querySelector('#app-link').href");
    app.as_str().expect("a URL").clone_into(&mut explored.app);

    explored.arm("id-token/wrong-issuer", "always");
    explored.log_in();
    explored.timeline("✗ id_token: iss");
    explored.scenario("the user is logged in as alice");
    let refused = "(list => { list.value = 'refused'; list.dispatchEvent(new Event('change')); })";
    explored.chromium.evaluate(&explored.page, &format!("{refused}(document.querySelector('#outcome'))"));
    let scenario = explored.scenario("the attempt ends without success");
    assert_eq!(explored.verify(&scenario, "--defect accepts-any-issuer").await, Some(1));
    assert_eq!(explored.verify(&scenario, "--reference").await, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium"]
async fn chromium_shows_what_is_done_by_the_control_api_and_copies_it() {
    let mut explored = Explored::open().await;
    let fault = json!({ "named": "id-token/other-nonce", "times": "once" });
    let url = format!("{}_mock/fault", explored.issuer);
    let armed = reqwest::Client::new().post(url).json(&fault).send().await.expect("it answers");
    assert_eq!(armed.status(), 200);
    explored.timeline("Fault armed: id-token/other-nonce, once");
    // A page that is loaded again knows what was done, and takes it for done once.
    let page = explored.chromium.evaluate(&explored.page, "location.href");
    explored.chromium.go(&explored.page, page.as_str().expect("a URL"));
    explored.chromium.until(&explored.page, "document.querySelectorAll('#deeds li').length === 1");
    explored.log_in();
    let scenario = explored.scenario("the client refuses at the ID token step");
    let given =
        "    Given the fault \"id-token/other-nonce\"\n    And every fault happens once\n    When the user logs in\n";
    assert!(scenario.contains(given), "{scenario}");
    assert_eq!(explored.verify(&scenario, "--defect ignores-nonce").await, Some(1));
}

/// A client of the user's own on the page, by the requests that the page makes: its driver operates it.
#[tokio::test]
async fn client_of_ones_own_is_operated_from_the_page_and_ends_with_it() {
    let shop = Shop::that(Nothing);
    let mut quintain = shop.start("explore --serve --listen 127.0.0.1:0");
    let (_, page) = served(&mut quintain).await;
    let http = reqwest::Client::new();
    let post = async |path: &str, body: Value| {
        let answer = http.post(format!("{page}{path}")).json(&body).send().await.expect("it answers");
        answer.json::<Value>().await.unwrap_or_default()
    };
    let operate = async |operation: Value| post("explorer/operate", operation).await["said"].to_string();
    let log_in = json!({ "do": "log-in", "sub": "auth0|alice" });

    let problem = post("explorer/operate", log_in.clone()).await;
    assert!(problem["detail"].to_string().contains("load the page again"), "{problem}");
    let app = post("explorer/app", json!({})).await;
    assert!(app["url"].to_string().starts_with("\"http://127.0.0.1:") && app["is_operated"] == true, "{app}");

    let said = operate(log_in.clone()).await;
    assert!(said.contains("auth0|alice"), "{said}");
    for operation in ["call-api", "log-out"] {
        operate(json!({ "do": operation })).await;
    }
    assert_eq!(operate(json!({ "do": "ask-who" })).await, "\"Nobody is logged in.\"");
    post("fault", json!({ "named": "id-token/other-nonce" })).await;
    let said = operate(log_in).await;
    assert!(said.starts_with("\"Refused: ") && said.contains("Nobody is logged in."), "{said}");

    send("INT", &quintain);
    let ended = shop.end_of(quintain).await;
    assert_eq!(ended.code, Some(0), "{ended}");
    assert!(ended.processes > 0, "the client was a process");
}

/// A client of two providers logs in at the one whose page is asked, and what was done there becomes a scenario.
#[tokio::test]
async fn client_of_two_providers_is_operated_from_the_page_of_each() {
    let shop = Shop::of_two_providers();
    let mut quintain = shop.start("explore --serve --listen 127.0.0.1:0");
    let (_, page) = served(&mut quintain).await;
    let second = page.replace("/first/", "/second/");
    let http = reqwest::Client::new();
    let post = async |page: &str, path: &str, body: &Value| {
        let answer = http.post(format!("{page}{path}")).json(body).send().await.expect("it answers");
        answer.json::<Value>().await.unwrap_or_default()
    };
    let app = post(&second, "explorer/app", &json!({})).await;
    let state = http.get(format!("{page}explorer/state")).send().await.expect("it answers");
    let state: Value = state.json().await.expect("JSON");
    assert_eq!(state["issuers"][1]["page"], second.as_str());
    // It is one client, registered at each.
    assert_eq!(state["app"]["name"], app["name"]);
    assert_ne!(state["app"]["client_id"], app["client_id"]);

    let asked = async |page: &str| {
        let journal = http.get(format!("{page}journal")).send().await.expect("it answers");
        let journal: Value = journal.json().await.expect("JSON");
        let entries = journal["entries"].as_array().expect("a list");
        entries.iter().filter(|entry| entry["endpoint"] == "token").count()
    };
    let log_in = json!({ "do": "log-in", "sub": "auth0|alice" });
    post(&second, "fault", &json!({ "named": "id-token/other-nonce" })).await;
    let said = post(&second, "explorer/operate", &log_in).await["said"].to_string();
    assert!(said.contains("Nobody is logged in."), "{said}");
    assert_eq!((asked(&page).await, asked(&second).await), (0, 1));
    let said = post(&page, "explorer/operate", &log_in).await["said"].to_string();
    assert!(said.contains("auth0|alice"), "{said}");
    assert_eq!((asked(&page).await, asked(&second).await), (1, 1));

    let fault = json!({ "at": "id-token-claims", "change": { "merge": { "nonce": "x" } } });
    let deeds = json!([{ "do": "arm", "fault": fault }, log_in]);
    let recording = json!({ "deeds": deeds, "outcome": { "is": "refused", "phase": null } });
    let feature = post(&second, "explorer/scenario", &recording).await;
    let feature = feature["feature"].as_str().unwrap_or_else(|| panic!("{feature}"));
    assert!(feature.contains("When the user logs in at the second provider\n"), "{feature}");
    let shop = shop.file("by-hand.feature", feature);
    send("INT", &quintain);
    assert_eq!(shop.end_of(quintain).await.code, Some(0));
    let ended = shop.quintain("verify --features by-hand.feature").await;
    assert_eq!(ended.code, Some(0), "{ended}");
    let ended = shop.env("DEFECT", "ignores-nonce").quintain("verify --features by-hand.feature").await;
    assert_eq!(ended.code, Some(1), "{ended}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium"]
async fn chromium_plays_at_each_of_several_issuers_on_its_own_page() {
    let shop = Shop::that(Nothing).file(
        "idp.toml",
        "[[user]]\nsub = \"alice\"\n\n[[issuer]]\nname = \"staff\"\n\n[[issuer]]\nname = \"customers\"\n",
    );
    let mut quintain = shop.start("serve --listen 127.0.0.1:0 --config idp.toml");
    let (_, url) = served(&mut quintain).await;
    let mut chromium = Chromium::start();
    let staff = chromium.open(&url);
    let other = "document.querySelector('#issuers a').href";
    chromium.until(&staff, "document.querySelector('#issuers:not([hidden]) a') !== null");
    let customers = chromium.evaluate(&staff, other);
    let customers = customers.as_str().expect("a URL").to_owned();
    assert_eq!(customers, url.replace("/staff/", "/customers/"));
    let customers = chromium.open(&customers);
    chromium.until(&customers, &format!("{other} === {url:?}"));

    chromium.click(&staff, "[data-fault='id-token/other-nonce'][data-times='always']");
    chromium.until(&staff, "document.querySelector('#armed').innerText.includes('id-token/other-nonce')");
    for (page, refused) in [(&staff, true), (&customers, false)] {
        chromium.until(page, "document.querySelector('#app-link[href]') !== null");
        let app = chromium.evaluate(page, "document.querySelector('#app-link').href");
        let tab = chromium.open(&format!("{}login", app.as_str().expect("a URL")));
        chromium.click(&tab, "button.primary");
        let says = if refused { "nonce of another login" } else { "alice" };
        chromium.until(&tab, &format!("document.body.innerText.includes({says:?})"));
    }
    let of_other = "document.querySelector('#timeline').textContent.includes('refused at the ID token step')";
    chromium.until(&staff, of_other);
    chromium.until(&customers, "document.querySelectorAll('#timeline li').length > 4");
    assert_eq!(chromium.evaluate(&customers, of_other), false);
}

/// `--open` asks the system for a browser, which is Chromium here.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium"]
async fn chromium_is_opened_with_the_page() {
    use std::os::unix::fs::PermissionsExt as _;

    let script = "#!/bin/sh\necho \"$1\" >dom.part\nchromium-headless-shell --no-sandbox \
                  --user-data-dir=\"$PWD/profile\" --dump-dom \"$1\" >>dom.part && mv dom.part dom.html\n";
    let shop = Shop::that(Nothing).file("xdg-open", script);
    std::fs::set_permissions(shop.path("xdg-open"), std::fs::Permissions::from_mode(0o755)).expect("it is ours");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folder = shop.path("xdg-open").parent().expect("a folder").to_owned();
    let path = std::env::join_paths([folder].into_iter().chain(std::env::split_paths(&path))).expect("a PATH");
    let screen = [("DISPLAY", OsStr::new(":0")), ("PATH", &path)];
    let mut quintain = shop.start_with("serve --listen 127.0.0.1:0 --open", &screen);
    let (_, url) = served(&mut quintain).await;
    let page = shop.until_written("dom.html").await;
    assert!(page.starts_with(&url) && page.contains("<title>Explorer"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium"]
async fn chromium_operates_a_client_of_ones_own_and_copies_what_was_done() {
    let shop = Shop::that(Nothing);
    let mut quintain = shop.start("explore --serve --listen 127.0.0.1:0");
    let (_, url) = served(&mut quintain).await;
    let mut chromium = Chromium::start();
    let page = chromium.open(&url);
    let until = |chromium: &mut Chromium, selector: &str, shows: &str| {
        chromium.until(&page, &format!("document.querySelector({selector:?})?.textContent.includes({shows:?})"));
    };
    chromium.until(&page, "document.querySelector('#operate:not([hidden]) option') !== null");
    chromium.click(&page, "#operate [value=log-in]");
    until(&mut chromium, "#said", "auth0|alice");
    chromium.click(&page, "#operate [value=call-api]");
    until(&mut chromium, "#timeline", "Call the API");
    until(
        &mut chromium,
        "#gherkin",
        "When the user logs in\n    And the client calls the API\n    Then the client goes on",
    );
    send("INT", &quintain);
    assert_eq!(shop.end_of(quintain).await.code, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium"]
async fn chromium_takes_nothing_that_came_from_outside_for_markup() {
    let mut explored = Explored::open().await;
    let hostile = "%3Cimg%20src%3Dx%20onerror%3D%22document.title%3D%27run%27%22%3E";
    let url = format!("{}authorize?client_id={hostile}&state={hostile}&{hostile}={hostile}", explored.issuer);
    explored.chromium.go(&explored.tab, &url);
    explored.timeline("Authorization request");
    let opened = "document.querySelectorAll('#timeline details').forEach(it => { it.open = true; })";
    explored.chromium.evaluate(&explored.page, opened);
    explored.timeline("<img src=x onerror=");
    // The provider says why it has refused the request.
    explored.timeline("No such client.");
    let images = explored.chromium.evaluate(&explored.page, "document.images.length + document.title");
    assert_eq!(images, "0Explorer · mock identity provider");
}
