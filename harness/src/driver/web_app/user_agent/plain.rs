//! The user agent that is no separate program: the harness sends the requests of a browser, and runs no scripts.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Instant;

use async_trait::async_trait;
use cookie_store::RawCookie;
use futures::StreamExt as _;
use http::header::{ACCEPT, CONTENT_TYPE, COOKIE, LOCATION, REFRESH, SET_COOKIE, USER_AGENT};
use http::{Method, StatusCode};
use url::Url;

use super::agent::{
    Followed, LARGEST_PAGE, MOST_REDIRECTS, Page, Setting, UserAgent, Visit, VisitError, answered, redirects,
};
use super::form;
use super::jar::{Initiator, Jar};
use super::refresh::refreshed;
use super::request::Request;
use crate::terms::{Media, Outlet};
use crate::text::{innermost, resolved};

use crate::resources::are_exhausted;

/// What one request has brought.
struct Hop {
    status: StatusCode,
    /// Where `Location` leads.
    target: Option<Url>,
    body: String,
    /// Where the page leads by itself.
    next: Option<Url>,
}

/// One browser with its cookies.
pub(super) struct PlainUserAgent {
    jar: Jar,
    setting: Setting,
}

static HTTP: LazyLock<reqwest::Client> = LazyLock::new(|| {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        // A connection that has died in the pool is no crash of the client; and servers that send head and body apart wait,
        // on a connection that is not new, for an acknowledgement that is delayed.
        .pool_max_idle_per_host(0)
        // A client that serves https on loopback has a certificate that nobody else knows.
        .tls_danger_accept_invalid_certs(true)
        .build()
        .expect("an HTTP client without its own TLS files can be built")
});

impl PlainUserAgent {
    pub(super) fn new(setting: Setting) -> Self {
        Self { jar: Jar::default(), setting }
    }

    /// A look that starts a login leaves nothing behind: the login that is under way in this browser is another one.
    async fn look(&self, url: Url) -> Result<Followed, VisitError> {
        let before = self.jar.all();
        let followed = self.send(Request { method: Method::GET, url, form: None }, Initiator::SameSite).await;
        if let Ok(Followed::Provider(_)) = followed {
            self.jar.put_back(before);
        }
        followed
    }

    async fn send(&self, request: Request, initiator: Initiator) -> Result<Followed, VisitError> {
        let limit = self.setting.limit;
        let shown = format!("{} {}", request.method, request.url.path());
        let (began, method, url) = (Instant::now(), request.method.clone(), request.url.clone());
        let followed = tokio::time::timeout(limit, self.hops(request, initiator)).await;
        followed.unwrap_or_else(|_| {
            let response = ("no end in time".to_owned(), Media::Words);
            self.setting.put_down(began, (method.as_str(), &url), response, None);
            Err(VisitError::TimedOut(format!("{shown} was not answered within {limit:?}")))
        })
    }

    async fn hops(&self, mut request: Request, mut initiator: Initiator) -> Result<Followed, VisitError> {
        let first = request.url.clone();
        for _ in 0..=MOST_REDIRECTS {
            if let Some(outside) = self.setting.outside(&request.url) {
                return Ok(outside);
            }
            let Hop { status, target, body, next } = self.hop(&request, initiator).await?;
            let Some(target) = target.filter(|_| redirects(status.as_u16())) else {
                let Some(next) = next else {
                    return Ok(Followed::Page(Page { status: status.as_u16(), url: request.url, body }));
                };
                // It is the page that leads there, and so the site itself.
                let told = ("leads on by itself".to_owned(), Media::Words);
                self.setting.put_down(Instant::now(), ("page", &request.url), told, Some(&next));
                (request, initiator) = (Request { method: Method::GET, url: next, form: None }, Initiator::SameSite);
                continue;
            };
            // RFC 9110 §15.4: 307 and 308 repeat the request; browsers make a GET of every other one.
            let repeats = matches!(status, StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT);
            request = match (repeats, request.form) {
                (true, form) => Request { method: request.method, url: target, form },
                (false, _) => Request { method: Method::GET, url: target, form: None },
            };
            if !repeats && initiator == Initiator::CrossSitePost {
                initiator = Initiator::CrossSiteNavigation;
            }
        }
        Err(VisitError::TooManyRedirects(format!(
            "{} redirects more than {MOST_REDIRECTS} times, at last to {}",
            first.path(),
            request.url.path()
        )))
    }

    async fn hop(&self, request: &Request, initiator: Initiator) -> Result<Hop, VisitError> {
        let Request { method, url, form } = request;
        let mut sent = HTTP
            .request(method.clone(), url.clone())
            .header(ACCEPT, "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
            .header(USER_AGENT, "Mozilla/5.0 (compatible; Quintain)");
        if let Some(cookies) = self.jar.header(url, initiator) {
            sent = sent.header(COOKIE, cookies);
        }
        if let Some(form) = form {
            sent = sent.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form.clone());
        }
        // What a browser sends at once carries the same cookies: each request is put together before any is answered.
        tokio::task::yield_now().await;
        let began = Instant::now();
        let no_answer = |error: reqwest::Error| {
            let response = ("no answer".to_owned(), Media::Words);
            self.setting.put_down(began, (method.as_str(), url), response, None);
            let what = no_answer(method, url, &error);
            if are_exhausted(&error) { VisitError::NoBrowser(what) } else { VisitError::NoAnswer(what) }
        };
        let response = sent.send().await.map_err(no_answer)?;
        let headers = response.headers();
        let dropped = self.jar.store(url, headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok()));
        let location = headers.get(LOCATION).and_then(|value| value.to_str().ok()).map(str::to_owned);
        for (name, value) in headers {
            let at = format!("{name} of {method} {}", url.path());
            self.setting.put_down_told(Outlet::Header, at, String::from_utf8_lossy(value.as_bytes()).into_owned());
        }
        let status = response.status();
        let target = location.as_ref().and_then(|location| resolved(url, location));
        let answered = answered(status.as_u16(), target.as_ref(), location.as_deref());
        let answered = dropped.into_iter().fold(answered, |answered, dropped| format!("{answered}; {dropped}"));
        let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let refresh = headers.get(REFRESH).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let media = Media::Page(media_type);
        let is_rendered = media.is_rendered();
        let told = (answered, media);
        self.setting.put_down(began, (method.as_str(), url), told, target.as_ref());
        let mut body = Vec::new();
        let mut stream = response.bytes_stream();
        while let Some(chunk) = stream.next().await {
            body.extend_from_slice(&chunk.map_err(no_answer)?);
            if body.len() > LARGEST_PAGE {
                return Err(VisitError::TooLarge(format!(
                    "{} sent more than {} MiB and did not stop",
                    url.path(),
                    LARGEST_PAGE >> 20
                )));
            }
        }
        let body = String::from_utf8_lossy(&body).into_owned();
        // What ends in an error stays what it is, however soon the page leads elsewhere.
        let next = match status.is_success() {
            true => refreshed(url, refresh.as_deref(), Some(&*body).filter(|_| is_rendered)),
            false => None,
        };
        Ok(Hop { status, target, body, next })
    }
}

#[async_trait]
impl UserAgent for PlainUserAgent {
    async fn follow(&self, visit: Visit) -> Result<Followed, VisitError> {
        let (initiator, request) = match visit {
            Visit::Look(url) => return self.look(url).await,
            Visit::Open(url) => (Initiator::SameSite, Request { method: Method::GET, url, form: None }),
            Visit::Redirected(url) => {
                (Initiator::CrossSiteNavigation, Request { method: Method::GET, url, form: None })
            }
            Visit::Posted(url, form) => {
                (Initiator::CrossSitePost, Request { method: Method::POST, url, form: Some(form) })
            }
        };
        self.send(request, initiator).await
    }

    async fn press(
        &self,
        page: &Page,
        selector: &str,
        filled_in: &BTreeMap<String, String>,
    ) -> Option<Result<Followed, VisitError>> {
        let request = form::submitted(page, selector, filled_in)?;
        Some(self.send(request, Initiator::SameSite).await)
    }

    async fn cookies(&self) -> Result<Vec<RawCookie<'static>>, VisitError> {
        Ok(self.jar.cookies())
    }

    async fn plant(&self, cookies: &[RawCookie<'static>]) -> Result<(), VisitError> {
        self.jar.plant(&self.setting.client, cookies);
        Ok(())
    }
}

fn no_answer(method: &Method, url: &Url, error: &reqwest::Error) -> String {
    let what = if error.is_connect() { "cannot be reached" } else { "gave no proper answer" };
    format!("{method} {} {what}: {}", url.path(), innermost(error))
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::time::Duration;

    use axum::Router;
    use axum::body::Body;
    use axum::http::header::{LOCATION, SET_COOKIE};
    use axum::http::{HeaderMap, Method};
    use axum::response::{IntoResponse, Redirect, Response};
    use axum::routing::{any, get};
    use tokio::net::TcpListener;

    use super::*;
    use crate::terms::BrowserId;

    /// A client app and a browser.
    struct World {
        base: Url,
        browser: PlainUserAgent,
    }

    impl World {
        async fn with(routes: Router) -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
            let base = format!("http://{}", listener.local_addr().expect("it has an address")).parse().expect("a URL");
            tokio::spawn(async { axum::serve(listener, routes).await });
            Self::at(base)
        }

        fn at(base: Url) -> Self {
            let (trace, told, console) = Default::default();
            let setting = Setting {
                browser: BrowserId(1),
                client: base.origin(),
                limit: Duration::from_secs(10),
                trace,
                told,
                console,
            };
            Self { base, browser: PlainUserAgent::new(setting) }
        }

        fn url(&self, path: &str) -> Url {
            self.base.join(path).expect("a path")
        }

        async fn visit(&self, visit: Visit) -> Result<Followed, VisitError> {
            self.browser.follow(visit).await
        }

        async fn open(&self, path: &str) -> Result<Followed, VisitError> {
            self.visit(Visit::Open(self.url(path))).await
        }

        async fn post(&self, path: &str) -> Result<Followed, VisitError> {
            self.visit(Visit::Posted(self.url(path), "code=1&state=2".to_owned())).await
        }

        fn trace(&self) -> Vec<(String, String)> {
            self.browser.setting.trace.lock().iter().map(|hop| (hop.request.clone(), hop.response.clone())).collect()
        }
    }

    fn page(followed: Result<Followed, VisitError>) -> Page {
        match followed {
            Ok(Followed::Page(page)) => page,
            other => panic!("no page of the client: {other:?}"),
        }
    }

    /// `/from` redirects by this status, `/to` shows what came.
    fn redirecting(status: u16) -> Router {
        let redirect = move || async move {
            (StatusCode::from_u16(status).expect("a status"), [(LOCATION, "/to"), (SET_COOKIE, "own=1; SameSite=Lax")])
        };
        let show = |method: Method, headers: HeaderMap, body: String| async move {
            let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("-").to_owned();
            format!("{method} {} {body} {}", text("content-type"), text("cookie"))
        };
        Router::new().route("/from", any(redirect)).route("/to", any(show))
    }

    #[tokio::test]
    async fn post_becomes_a_get_without_body_by_301_302_and_303() {
        for status in [301, 302, 303] {
            let shown = page(World::with(redirecting(status)).await.post("/from").await).body;
            assert_eq!(shown, "GET -  own=1", "{status}");
        }
    }

    #[tokio::test]
    async fn post_is_repeated_by_307_and_308_and_is_still_from_another_site() {
        for status in [307, 308] {
            let shown = page(World::with(redirecting(status)).await.post("/from").await).body;
            assert_eq!(shown, "POST application/x-www-form-urlencoded code=1&state=2 -", "{status}");
        }
    }

    #[tokio::test]
    async fn get_stays_a_get_by_every_redirect() {
        for status in [301, 302, 303, 307, 308] {
            let shown = page(World::with(redirecting(status)).await.open("/from").await).body;
            assert_eq!(shown, "GET -  own=1", "{status}");
        }
    }

    #[tokio::test]
    async fn status_that_browsers_do_not_follow_is_a_page() {
        for status in [200, 201, 300, 304, 305, 400] {
            assert_eq!(page(World::with(redirecting(status)).await.open("/from").await).status, status);
        }
    }

    #[tokio::test]
    async fn strict_cookie_stays_behind_until_the_user_acts() {
        let set = || async { [(SET_COOKIE, "strict=1; SameSite=Strict; Path=/")] };
        let callback = || async { Redirect::to("/show") };
        let show = |headers: HeaderMap| async move { headers.contains_key("cookie").to_string() };
        let routes = Router::new().route("/set", get(set)).route("/callback", get(callback)).route("/show", get(show));
        let world = World::with(routes).await;
        page(world.open("/set").await);
        assert_eq!(page(world.visit(Visit::Redirected(world.url("/callback"))).await).body, "false");
        assert_eq!(page(world.open("/show").await).body, "true");
    }

    #[tokio::test]
    async fn relative_locations_are_resolved_and_fragments_are_not_sent() {
        let to = |target: &'static str| get(move || async move { (StatusCode::FOUND, [(LOCATION, target)]) });
        let show = get(|request: axum::extract::Request| async move { request.uri().to_string() });
        let routes = Router::new()
            .route("/a/one", to("two"))
            .route("/a/two", to("../b/three?x=1#part"))
            .route("/b/three", to("?y=2#other"))
            .route("/c/one", to("//HOST/c/two"))
            .route("/c/two", show.clone());
        let world = World::with(routes).await;
        // The last one redirects to itself for ever, which shows that each step was resolved.
        let Err(VisitError::TooManyRedirects(what)) = world.open("/a/one").await else { panic!("it goes round") };
        assert_eq!(what, "/a/one redirects more than 20 times, at last to /b/three");
        let lines: Vec<_> = world.trace().into_iter().take(3).collect();
        assert_eq!(lines[0], ("GET /a/one".to_owned(), "302 → /a/two".to_owned()));
        assert_eq!(lines[1], ("GET /a/two".to_owned(), "302 → /b/three?x".to_owned()));
        assert_eq!(lines[2], ("GET /b/three?x".to_owned(), "302 → /b/three?y".to_owned()));

        let with_fragment = world.visit(Visit::Open(world.url("/c/two?z=1#secret"))).await;
        assert_eq!(page(with_fragment).body, "/c/two?z=1");
        assert!(matches!(world.open("/c/one").await, Ok(Followed::Elsewhere(_))), "//host/… is another host");
    }

    #[tokio::test]
    async fn foreign_hosts_are_never_asked() {
        let foreign = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = foreign.local_addr().expect("it has an address");
        let to = move || async move { Redirect::to(&format!("http://{address}/authorize")) };
        let away = || async { Redirect::to("https://login.example/authorize") };
        let alias = |headers: HeaderMap| async move {
            let host = headers["host"].to_str().expect("a host").replace("127.0.0.1", "localhost");
            Redirect::to(&format!("http://{host}/never"))
        };
        let routes = Router::new().route("/to", get(to)).route("/away", get(away)).route("/alias", get(alias));
        let world = World::with(routes).await;
        assert!(matches!(world.open("/to").await, Ok(Followed::Provider(url)) if url.port() == Some(address.port())));
        assert!(matches!(world.open("/away").await, Ok(Followed::Elsewhere(_))));
        assert!(
            matches!(world.open("/alias").await, Ok(Followed::Provider(_))),
            "localhost is another host than 127.0.0.1"
        );
        let foreign_url = format!("http://{address}/callback").parse().expect("a URL");
        assert!(matches!(world.visit(Visit::Redirected(foreign_url)).await, Ok(Followed::Provider(_))));

        // All visits have ended: a connection would be in the queue already.
        let accepted = futures::FutureExt::now_or_never(foreign.accept());
        assert!(accepted.is_none(), "the foreign host was visited");
    }

    #[tokio::test]
    async fn location_that_is_no_url_is_a_page() {
        let routes = Router::new().route("/", get(|| async { (StatusCode::FOUND, [(LOCATION, "http://[")]) }));
        assert_eq!(page(World::with(routes).await.open("/").await).status, 302);
    }

    #[tokio::test]
    async fn redirect_loop_ends() {
        let routes = Router::new().route("/loop", get(|| async { Redirect::to("/loop") }));
        let world = World::with(routes).await;
        assert!(matches!(world.open("/loop").await, Err(VisitError::TooManyRedirects(_))));
        assert_eq!(world.trace().len(), MOST_REDIRECTS + 1);
    }

    #[tokio::test]
    async fn body_without_end_is_cut_off() {
        let endless = || async {
            let chunks = futures::stream::repeat_with(|| Ok::<_, std::convert::Infallible>(vec![b'x'; 1 << 16]));
            Body::from_stream(chunks)
        };
        let world = World::with(Router::new().route("/", get(endless))).await;
        let Err(VisitError::TooLarge(what)) = world.open("/").await else { panic!("it has no end") };
        assert_eq!(what, "/ sent more than 8 MiB and did not stop");
    }

    #[tokio::test]
    async fn silence_ends_in_time_and_is_in_the_trace() {
        let silent = || async { pending::<Response>().await };
        let mut world = World::with(Router::new().route("/callback", get(silent))).await;
        world.browser.setting.limit = Duration::from_millis(50);
        let Err(VisitError::TimedOut(what)) = world.open("/callback?code=secret").await else { panic!("it is silent") };
        assert_eq!(what, "GET /callback was not answered within 50ms");
        assert_eq!(world.trace(), [("GET /callback?code".to_owned(), "no end in time".to_owned())]);
    }

    #[tokio::test]
    async fn nobody_there_is_no_answer() {
        let closed = TcpListener::bind("127.0.0.1:0").await.and_then(|it| it.local_addr()).expect("a port is free");
        let world = World::at(format!("http://{closed}").parse().expect("a URL"));
        let Err(VisitError::NoAnswer(what)) = world.open("/me").await else { panic!("nobody is there") };
        assert!(what.starts_with("GET /me cannot be reached: "), "{what}");
    }

    #[tokio::test]
    async fn names_of_parameters_cannot_control_the_terminal() {
        let routes = Router::new().route("/", get(|| async { ().into_response() }));
        let world = World::with(routes).await;
        page(world.open("/?%1B%5B31mred=1").await);
        assert_eq!(world.trace(), [("GET /?red".to_owned(), "200".to_owned())]);
    }

    #[tokio::test]
    async fn server_that_drops_its_connections_is_reached_every_time() {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let base: Url = format!("http://{}/", listener.local_addr().expect("an address")).parse().expect("a URL");
        tokio::spawn(async move {
            while let Ok((mut connection, _)) = listener.accept().await {
                let mut request = [0; 4096];
                let _ = connection.read(&mut request).await;
                // It says nothing of the end, and ends.
                let _ = connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
            }
        });
        let world = World::at(base);
        for _ in 0..50 {
            let followed = world.open("/").await;
            assert!(matches!(followed, Ok(Followed::Page(Page { status: 200, .. }))), "{followed:?}");
        }
    }

    #[tokio::test]
    async fn look_that_ends_at_the_provider_leaves_no_cookie() {
        let to_provider =
            || async { ([(SET_COOKIE, "pending=of-the-look")], Redirect::to("http://127.0.0.1:1/authorize")) };
        let begin = || async { ([(SET_COOKIE, "pending=of-the-login")], "begun") };
        let show = |headers: HeaderMap| async move { format!("{:?}", headers.get("cookie")) };
        let world = World::with(
            Router::new().route("/me", get(to_provider)).route("/begin", get(begin)).route("/show", get(show)),
        )
        .await;
        page(world.visit(Visit::Open(world.url("/begin"))).await);
        assert!(matches!(world.visit(Visit::Look(world.url("/me"))).await, Ok(Followed::Provider(_))));
        let kept = page(world.visit(Visit::Open(world.url("/show"))).await).body;
        assert!(kept.contains("of-the-login"), "{kept}");
    }
}
