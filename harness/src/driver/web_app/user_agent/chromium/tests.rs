//! Chromium behaves as the user agent that it stands in for. These tests need it on PATH, as
//! `chromium-headless-shell`: `cargo test -- --ignored chromium`.

use std::collections::BTreeMap;
use std::future::pending;
use std::time::Duration;

use axum::Router;
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_DISPOSITION, LOCATION, ORIGIN, SET_COOKIE};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{AppendHeaders, Html, Redirect, Response};
use axum::routing::{any, get};
use tokio::net::TcpListener;
use url::Url;

use super::*;
use crate::config::BrowserSection;
use crate::driver::web_app::user_agent::agent::{Followed, Page, Visit, VisitError};
use crate::driver::web_app::{Arc, Setting, UserAgent};
use crate::terms::{BrowserId, Tab};

/// A client app and a browser.
struct World {
    base: Url,
    chromium: Arc<Chromium>,
    setting: Setting,
    browser: Box<dyn UserAgent>,
}

impl World {
    async fn with(routes: Router) -> Self {
        Self::settled_by(None, routes).await
    }

    async fn settled_by(settled: Option<&str>, routes: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let base: Url = format!("http://{}", listener.local_addr().expect("it has an address")).parse().expect("a URL");
        tokio::spawn(async { axum::serve(listener, routes).await });
        let command = ["chromium-headless-shell", "--no-sandbox"].map(str::to_owned).to_vec();
        let section = BrowserSection { command, settled: settled.map(str::to_owned) };
        let chromium = Arc::new(Chromium::start(&section, None).await.expect("Chromium is on PATH"));
        let (trace, told, console) = Default::default();
        let setting = Setting {
            browser: BrowserId(1),
            client: base.origin(),
            limit: Duration::from_secs(20),
            trace,
            told,
            console,
        };
        let browser = Box::new(chromium.user_agent(setting.clone()));
        Self { base, chromium, setting, browser }
    }

    fn url(&self, path: &str) -> Url {
        self.base.join(path).expect("a path")
    }

    async fn open(&self, path: &str) -> Result<Followed, VisitError> {
        self.browser.follow(Visit::Open(self.url(path))).await
    }

    async fn redirected(&self, path: &str) -> Result<Followed, VisitError> {
        self.browser.follow(Visit::Redirected(self.url(path))).await
    }

    async fn post(&self, path: &str) -> Result<Followed, VisitError> {
        self.browser.follow(Visit::Posted(self.url(path), "code=1%262&submit=%3Cb%3E".to_owned())).await
    }

    fn trace(&self) -> Vec<(String, String)> {
        self.setting.trace.lock().iter().map(|hop| (hop.request.clone(), hop.response.clone())).collect()
    }
}

fn page(followed: Result<Followed, VisitError>) -> Page {
    match followed {
        Ok(Followed::Page(page)) => page,
        other => panic!("no page of the client: {other:?}"),
    }
}

fn html(text: &'static str) -> axum::routing::MethodRouter {
    get(move || async move { Html(text) })
}

fn to(target: &'static str) -> axum::routing::MethodRouter {
    any(move || async move { (StatusCode::FOUND, [(LOCATION, target)]) })
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn chromium_sends_from_the_provider_what_a_browser_sends_from_another_site() {
    let set = || async {
        let cookies = ["strict=1; SameSite=Strict", "lax=1; SameSite=Lax", "none=1; SameSite=None; Secure"];
        (AppendHeaders(cookies.map(|cookie| (SET_COOKIE, cookie))), "set")
    };
    let show = |method: Method, headers: HeaderMap, body: String| async move {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("-").to_owned();
        let foreign = text(ORIGIN.as_str()).contains(".invalid");
        format!("{method} {body} {} {foreign}", text("cookie"))
    };
    let world = World::with(Router::new().route("/set", get(set)).route("/show", any(show))).await;
    page(world.open("/set").await);
    assert_eq!(page(world.redirected("/show?code=1").await).body, "GET  lax=1; none=1 false");
    assert_eq!(page(world.post("/show").await).body, "POST code=1%262&submit=%3Cb%3E none=1 true");
    assert_eq!(page(world.open("/show").await).body, "GET  strict=1; lax=1; none=1 false");
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn chromium_opens_no_page_of_anybody_else() {
    let foreign = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let address = foreign.local_addr().expect("it has an address");
    let provider: &'static str = format!("http://{address}/authorize").leak();
    let script: &'static str = format!("<script>location.assign('{provider}')</script>").leak();
    let frame: &'static str = format!("<iframe src='{provider}'></iframe><p>framed</p>").leak();
    let routes = Router::new()
        .route("/redirect", to(provider))
        .route("/script", html(script))
        .route("/away", to("https://login.example/authorize"))
        .route("/frame", html(frame));
    let world = World::with(routes).await;
    assert!(matches!(world.open("/redirect").await, Ok(Followed::Provider(url)) if url.as_str() == provider));
    assert!(matches!(world.open("/script").await, Ok(Followed::Provider(url)) if url.as_str() == provider));
    assert!(matches!(world.open("/away").await, Ok(Followed::Elsewhere(_))));
    assert!(page(world.open("/frame").await).words().contains("framed"));
    assert_eq!(world.trace()[0], ("GET /redirect".to_owned(), "302 → /authorize".to_owned()));

    // All visits have ended: a connection would be in the queue already.
    let accepted = futures::FutureExt::now_or_never(foreign.accept());
    assert!(accepted.is_none(), "the foreign host was visited");
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn chromium_lets_scripts_ask_this_machine_and_nobody_else() {
    // By its own address in a network a machine is somebody else. No packet is sent to find it.
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").expect("a port is free");
    socket.connect("192.0.2.1:9").expect("the machine is in a network");
    let foreign = TcpListener::bind((socket.local_addr().expect("it has an address").ip(), 0)).await;
    let foreign = foreign.expect("a port is free");
    let near = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let api = Router::new().route("/", get(|| async { ([(ACCESS_CONTROL_ALLOW_ORIGIN, "*")], "here") }));
    let here = near.local_addr().expect("it has an address");
    tokio::spawn(async { axum::serve(near, api).await });
    let script: &'static str = format!(
        "<p></p><script>for (const url of ['http://{here}/', 'http://{}/', 'https://login.example/'])
            fetch(url).then((it) => it.text()).catch(() => 'gone').then((text) => document.querySelector('p').append(text + ' '))
        </script>",
        foreign.local_addr().expect("it has an address")
    )
    .leak();
    let world = World::with(Router::new().route("/", html(script))).await;
    let words = page(world.open("/").await).words();
    let mut words: Vec<_> = words.split(' ').collect();
    words.sort_unstable();
    assert_eq!(words, ["gone", "gone", "here"]);
    assert!(futures::FutureExt::now_or_never(foreign.accept()).is_none(), "the foreign host was asked");
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn chromium_shows_what_scripts_have_made_of_a_page() {
    let late = "<main></main><script>fetch('/data').then(async (it) => { document.querySelector('main').textContent = await it.text() })</script>";
    let data = || async {
        // Not at once: the page has been loaded long before.
        tokio::task::yield_now().await;
        "made by a script"
    };
    let routes = Router::new()
        .route("/", html(late))
        .route("/data", get(data))
        .route("/json", get(|| async { axum::Json(serde_json::json!({ "sub": "a<b>&c" })) }))
        .route("/console", html("<script>console.error('lost', { state: 1 }); throw new Error('no state')</script>"));
    let world = World::with(routes).await;
    assert_eq!(page(world.open("/").await).words_of("main").as_deref(), Some("made by a script"));
    assert_eq!(page(world.open("/json").await).body, r#"{"sub":"a<b>&c"}"#);
    page(world.open("/console").await);
    let console = world.setting.console.text();
    assert!(console.contains("lost") && console.contains("Error: no state"), "{console}");
    assert!(world.trace().contains(&("GET /data".to_owned(), "200".to_owned())), "{:?}", world.trace());
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn chromium_presses_what_there_is_to_press() {
    let form = "<form id=login method=post action=/next><input name=email><button name=how value=1>Go</button></form>";
    let button = "<main data-settled><button id=login>Go</button></main><script>
        document.querySelector('button').onclick = () => {
            const main = document.querySelector('main');
            delete main.dataset.settled;
            main.textContent = 'pressed';
            main.dataset.settled = '';
        }</script>";
    let next = |body: String| async move { body };
    let routes = Router::new().route("/form", html(form)).route("/button", html(button)).route("/next", any(next));
    let world = World::with(routes).await;
    let fields = BTreeMap::from([("email".to_owned(), "a b@c".to_owned())]);

    let shown = page(world.open("/form").await);
    assert!(world.browser.press(&shown, "#logout", &fields).await.is_none());
    let next = page(world.browser.press(&shown, "#login", &fields).await.expect("there is a form"));
    assert_eq!((next.url.path(), next.body.as_str()), ("/next", "email=a+b%40c&how=1"));

    for settled in [None, Some("main[data-settled]")] {
        // Another browser in the same world, which is told how to see the end of a page, or is not.
        let chromium = World::settled_by(settled, Router::new()).await.chromium;
        let browser = chromium.user_agent(world.setting.clone());
        let shown = page(browser.follow(Visit::Open(world.url("/button"))).await);
        let next = page(browser.press(&shown, "#login", &fields).await.expect("there is a button"));
        assert_eq!(next.words(), "pressed", "{settled:?}");
    }
}

/// As where a library's `login()` resolves as soon as it has assigned the location.
#[tokio::test]
#[ignore = "needs Chromium"]
async fn chromium_waits_for_where_a_page_has_begun_to_go_though_the_page_says_that_it_has_settled() {
    let body = "<main aria-busy=false><button id=login>Log in</button><button id=part>Part</button></main><script>
        const goesTo = target => async () => {
            const main = document.querySelector('main');
            main.setAttribute('aria-busy', true);
            await null;
            location.href = target;
            main.setAttribute('aria-busy', false);
        };
        document.querySelector('#login').onclick = goesTo('http://127.0.0.1:9/authorize');
        document.querySelector('#part').onclick = goesTo('#part');
        </script>";
    let world = World::settled_by(Some("main[aria-busy=false]"), Router::new().route("/", html(body))).await;
    for _ in 0..5 {
        let shown = page(world.open("/").await);
        let pressed = world.browser.press(&shown, "#login", &BTreeMap::new()).await;
        assert!(matches!(pressed, Some(Ok(Followed::Provider(_)))), "{pressed:?}");
    }
    // Nothing is left by it.
    let shown = page(world.open("/").await);
    let pressed = world.browser.press(&shown, "#part", &BTreeMap::new()).await;
    assert_eq!(page(pressed.expect("there is a link")).url.fragment(), Some("part"));
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn chromium_keeps_two_browsers_apart_and_two_tabs_of_one_together() {
    let set = || async { ([(SET_COOKIE, "own=1")], Html("<script>localStorage.own = 1</script>")) };
    let show = |headers: HeaderMap| async move {
        let cookie = if headers.contains_key("cookie") { "cookie" } else { "none" };
        Html(format!("<p>{cookie}</p><script>document.querySelector('p').append(' ' + localStorage.own)</script>"))
    };
    let world = World::with(Router::new().route("/set", get(set)).route("/show", get(show))).await;
    page(world.open("/set").await);
    let (one, two) = tokio::join!(world.open("/show"), world.open("/show"));
    assert_eq!((page(one).words(), page(two).words()), ("cookie 1".to_owned(), "cookie 1".to_owned()));
    let other = world.chromium.user_agent(world.setting.clone());
    assert_eq!(page(other.follow(Visit::Open(world.url("/show"))).await).words(), "none undefined");
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn chromium_keeps_what_belongs_to_a_tab_in_the_tab_that_the_person_is_in() {
    let count = "<p></p><script>
        const next = storage => storage.visits = Number(storage.visits ?? 0) + 1;
        document.querySelector('p').append(`${next(sessionStorage)} of ${next(localStorage)}`);
        </script>";
    let world = World::with(Router::new().route("/", html(count))).await;
    let visit = async |tab| {
        world.browser.turn_to(tab);
        page(world.open("/").await).words()
    };
    let visits = [Tab::First, Tab::Second, Tab::First, Tab::Second];
    for (tab, seen) in visits.into_iter().zip(["1 of 1", "1 of 2", "2 of 3", "2 of 4"]) {
        assert_eq!(visit(tab).await, seen, "{tab}");
    }
}

/// keycloak-js asks for its response there.
#[tokio::test]
#[ignore = "needs Chromium"]
async fn chromium_shows_a_page_the_fragment_that_the_provider_redirects_with() {
    let show = "<p></p><script>document.querySelector('p').append(location.hash)</script>";
    let world = World::with(Router::new().route("/callback", html(show))).await;
    let redirected = Visit::Redirected(world.url("/callback#code=1&state=2"));
    assert_eq!(page(world.browser.follow(redirected).await).words(), "#code=1&state=2");
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn chromium_takes_the_cookies_of_another_browser_as_they_are() {
    let set = || async {
        let cookies =
            ["__Host-sid=1; Secure; HttpOnly; Path=/", "deep=2; Path=/show; SameSite=Strict", "lax=3; Max-Age=60"];
        (AppendHeaders(cookies.map(|cookie| (SET_COOKIE, cookie))), "set")
    };
    let own = || async { ([(SET_COOKIE, "own=4")], "set") };
    let show = |headers: HeaderMap| async move {
        headers.get("cookie").map_or("", |it| it.to_str().unwrap_or("?")).to_owned()
    };
    let routes = Router::new().route("/set", get(set)).route("/own", get(own)).route("/show", get(show));
    let world = World::with(routes.route("/elsewhere", get(show))).await;
    page(world.open("/set").await);
    let victim = world.chromium.user_agent(world.setting.clone());
    page(victim.follow(Visit::Open(world.url("/own"))).await);
    victim.plant(&world.browser.cookies().await.expect("it says")).await.expect("it takes them");
    let seen = async |visit| {
        let page = page(victim.follow(visit).await);
        let mut cookies: Vec<_> = page.body.split("; ").map(str::to_owned).collect();
        cookies.sort();
        cookies.join("; ")
    };
    assert_eq!(seen(Visit::Open(world.url("/show"))).await, "__Host-sid=1; deep=2; lax=3; own=4");
    assert_eq!(seen(Visit::Redirected(world.url("/show"))).await, "__Host-sid=1; lax=3; own=4");
    assert_eq!(seen(Visit::Open(world.url("/elsewhere"))).await, "__Host-sid=1; lax=3; own=4");
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn chromium_comes_to_an_end_with_every_page() {
    let silent = || async { pending::<Response>().await };
    let download = || async { ([(CONTENT_DISPOSITION, "attachment; filename=a.txt")], "text") };
    let routes = Router::new()
        .route("/loop", get(|| async { Redirect::to("/loop") }))
        .route("/script-loop", html("<script>location.reload()</script>"))
        .route("/empty", get(|| async { StatusCode::NO_CONTENT }))
        .route("/download", get(download))
        .route("/dialog", html("<script>alert('stop'); document.write('went on')</script>"))
        .route("/refused", get(|| async { (StatusCode::UNAUTHORIZED, "no") }))
        .route("/hollow", get(|| async { StatusCode::BAD_REQUEST }))
        .route("/silent", get(silent));
    let mut world = World::with(routes).await;
    for path in ["/loop", "/script-loop"] {
        let end = world.open(path).await;
        assert!(matches!(end, Err(VisitError::TooManyRedirects(_))), "{path}: {end:?}");
    }
    assert_eq!(page(world.open("/empty").await).status, 204);
    assert_eq!(page(world.open("/download").await).status, 200);
    assert_eq!(page(world.open("/refused").await).status, 401);
    assert_eq!(page(world.open("/hollow").await).status, 400);
    assert_eq!(page(world.open("/dialog").await).words(), "went on");

    let closed = TcpListener::bind("127.0.0.1:0").await.and_then(|it| it.local_addr()).expect("a port is free");
    let nobody: Url = format!("http://{closed}/me").parse().expect("a URL");
    let setting = Setting { client: nobody.origin(), ..world.setting.clone() };
    let end = world.chromium.user_agent(setting).follow(Visit::Open(nobody)).await;
    assert!(matches!(&end, Err(VisitError::NoAnswer(what)) if what.contains("ConnectionRefused")), "{end:?}");

    world.setting.limit = Duration::from_millis(100);
    let hasty = world.chromium.user_agent(world.setting.clone());
    page(hasty.follow(Visit::Open(world.url("/refused"))).await);
    let end = hasty.follow(Visit::Open(world.url("/silent"))).await;
    assert!(
        matches!(&end, Err(VisitError::TimedOut(what)) if what == "GET /silent was not answered within 100ms"),
        "{end:?}"
    );
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn chromium_that_is_gone_is_not_the_clients_fault() {
    let world = World::with(Router::new().route("/", html("here"))).await;
    page(world.open("/").await);
    world.chromium.process.stop().await;
    assert!(matches!(world.open("/").await, Err(VisitError::NoBrowser(_))));
    assert!(!world.chromium.is_alive());
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn chromium_tells_of_every_url_of_another_scheme_that_a_page_opens() {
    let world = World::with(
        Router::new()
            .route("/script", html("<script>location.assign('javascript:document.title=1//?code=1')</script>"))
            .route("/file", html("<script>location.href = 'file:///etc/hostname?code=1'</script>"))
            .route("/program", html("<script>location.replace('search-ms:query=1?code=1')</script>"))
            .route("/data", html("<meta http-equiv=refresh content='0; url=data:text/html,hi'>"))
            .route("/window", html("<script>open('vnd.ms:query')</script>"))
            .route("/redirect", to("custom:at?code=1"))
            .route("/none", html("<a href='javascript:void 0'>link</a><script>location.assign('#part')</script>")),
    )
    .await;
    for path in ["/script", "/file", "/program", "/data", "/window", "/redirect", "/none"] {
        let _ = world.open(path).await;
    }
    let trace = world.setting.trace.lock();
    let urls = trace.iter().flat_map(|hop| &hop.urls).filter(|url| !url.starts_with("http:"));
    let opened = [
        "javascript:document.title=1//?code=1",
        "file:///etc/hostname?code=1",
        "search-ms:query=1?code=1",
        "data:text/html,hi",
        "vnd.ms:query",
        "custom:at?code=1",
    ];
    assert_eq!(urls.collect::<Vec<_>>(), opened);
    // The rest of the URL may hold what is nobody's business.
    assert!(trace.iter().any(|hop| hop.response == "opens a URL of the scheme search-ms"), "{trace:?}");
}
