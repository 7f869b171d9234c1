//! A browser's cookies: RFC 6265 as `cookie_store` does it, `SameSite` and the name prefixes of its successor on top.

use std::cmp::Reverse;

use cookie_store::{Cookie, CookieStore, RawCookie};
use parking_lot::Mutex;
use url::{Origin, Url};

/// Who made the browser send a request: decides which cookies go with it. Redirects do not change it.
///
/// On loopback client and provider are one site, since ports do not count; here the provider is another one, as it will
/// be where the client is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Initiator {
    /// The user, or a page of the client itself.
    SameSite,
    /// A page of the provider, by a redirect or a link.
    CrossSiteNavigation,
    /// A page of the provider, by a form that it posts.
    CrossSitePost,
}

/// The cookies of one browser.
#[derive(Default)]
pub(super) struct Jar(Mutex<CookieStore>);

impl Jar {
    /// The `Cookie` header for a request.
    pub(super) fn header(&self, url: &Url, initiator: Initiator) -> Option<String> {
        let store = self.0.lock();
        let mut cookies: Vec<_> =
            store.matches(url).into_iter().filter(|cookie| goes_with(cookie, initiator)).collect();
        // RFC 6265 §5.4: longer paths first; servers take the first of a name.
        cookies.sort_by_key(|cookie| (Reverse(cookie.path.len()), cookie.name().to_owned()));
        let pairs: Vec<_> = cookies.iter().map(|cookie| format!("{}={}", cookie.name(), cookie.value())).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// Stores what a response sets. `Secure` cookies from plain http are kept on loopback, as browsers do there.
    pub(super) fn store<'a>(&self, url: &Url, set_cookies: impl Iterator<Item = &'a str>) {
        let mut store = self.0.lock();
        // What a browser would not take, it ignores.
        for cookie in set_cookies.filter_map(|text| RawCookie::parse(text).ok()).filter(keeps_its_prefix) {
            let _ = store.insert_raw(&cookie, url);
        }
    }

    /// All cookies, for the jar of another browser: each with the path that it goes to, and none with its end.
    pub(super) fn cookies(&self) -> Vec<RawCookie<'static>> {
        let store = self.0.lock();
        let portable = |cookie: &Cookie<'static>| {
            let mut portable = RawCookie::clone(cookie);
            portable.set_path(String::from(&cookie.path));
            portable.set_expires(None);
            portable.set_max_age(None);
            portable
        };
        store.iter_unexpired().map(portable).collect()
    }

    /// Everything in it, to be put back.
    pub(super) fn all(&self) -> CookieStore {
        self.0.lock().clone()
    }

    /// Holds what it has held before.
    pub(super) fn put_back(&self, before: CookieStore) {
        *self.0.lock() = before;
    }

    /// Stores cookies of another browser's jar, which a client of this origin has set.
    pub(super) fn plant(&self, client: &Origin, cookies: &[RawCookie<'static>]) {
        let Ok(url) = Url::parse(&client.ascii_serialization()) else { return };
        let mut store = self.0.lock();
        for cookie in cookies {
            let _ = store.insert_raw(cookie, &url);
        }
    }
}

/// Browsers treat a cookie without the attribute as Lax.
fn goes_with(cookie: &RawCookie<'_>, initiator: Initiator) -> bool {
    match initiator {
        Initiator::SameSite => true,
        Initiator::CrossSiteNavigation => cookie.same_site().is_none_or(|same_site| !same_site.is_strict()),
        Initiator::CrossSitePost => cookie.same_site().is_some_and(|same_site| same_site.is_none()),
    }
}

/// What a name that begins with `__Secure-` or `__Host-` promises (RFC 6265bis §4.1.3).
fn keeps_its_prefix(cookie: &RawCookie<'_>) -> bool {
    let has = |prefix: &str| cookie.name().get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    let secure = cookie.secure() == Some(true);
    let of_this_host = secure && cookie.path() == Some("/") && cookie.domain().is_none();
    (!has("__Secure-") || secure) && (!has("__Host-") || of_this_host)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Initiator::{CrossSiteNavigation, CrossSitePost, SameSite};

    fn url(path: &str) -> Url {
        format!("http://127.0.0.1:9{path}").parse().expect("a URL")
    }

    /// The header for `/` of a browser that was given these cookies there.
    fn header(set_cookies: &[&str], initiator: Initiator) -> Option<String> {
        header_at("http://127.0.0.1:9/", set_cookies, initiator)
    }

    fn header_at(at: &str, set_cookies: &[&str], initiator: Initiator) -> Option<String> {
        let (jar, at) = (Jar::default(), at.parse().expect("a URL"));
        jar.store(&at, set_cookies.iter().copied());
        jar.header(&at, initiator)
    }

    #[test]
    fn cookie_goes_back_to_its_path_only() {
        let jar = Jar::default();
        jar.store(&url("/a/login"), ["sid=1; Path=/a; HttpOnly"].into_iter());
        assert_eq!(jar.header(&url("/a/me"), SameSite).as_deref(), Some("sid=1"));
        assert_eq!(jar.header(&url("/b"), SameSite), None);
        assert_eq!(jar.header(&url("/ab"), SameSite), None);
    }

    #[test]
    fn cookie_without_path_stays_in_its_folder() {
        let jar = Jar::default();
        jar.store(&url("/a/login"), ["sid=1"].into_iter());
        assert_eq!(jar.header(&url("/a/me"), SameSite).as_deref(), Some("sid=1"));
        assert_eq!(jar.header(&url("/me"), SameSite), None);
    }

    #[test]
    fn cookie_of_the_longer_path_comes_first() {
        let jar = Jar::default();
        jar.store(&url("/a/b"), ["sid=root; Path=/", "sid=deep; Path=/a/b", "sid=middle; Path=/a"].into_iter());
        assert_eq!(jar.header(&url("/a/b"), SameSite).as_deref(), Some("sid=deep; sid=middle; sid=root"));
    }

    #[test]
    fn cookie_is_cleared_by_max_age_zero_and_by_a_date_in_the_past() {
        assert_eq!(header(&["tx=1; Path=/", "tx=; Path=/; Max-Age=0"], SameSite), None);
        assert_eq!(header(&["tx=1; Path=/", "tx=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT"], SameSite), None);
        assert_eq!(header(&["tx=1; Path=/; Max-Age=60"], SameSite).as_deref(), Some("tx=1"));
    }

    #[test]
    fn cookie_set_again_replaces_the_old_value() {
        assert_eq!(header(&["sid=1; Path=/", "sid=2; Path=/"], SameSite).as_deref(), Some("sid=2"));
    }

    #[test]
    fn secure_cookie_is_kept_on_loopback_without_tls() {
        for host in ["http://127.0.0.1:9/", "http://localhost:9/", "http://[::1]:9/"] {
            assert_eq!(header_at(host, &["sid=1; Secure; HttpOnly"], SameSite).as_deref(), Some("sid=1"), "{host}");
        }
    }

    #[test]
    fn cookie_for_another_host_is_not_taken() {
        assert_eq!(header(&["sid=1; Domain=shop.example"], SameSite), None);
    }

    #[test]
    fn lax_cookie_goes_with_a_redirect_and_not_with_a_post_from_another_site() {
        let cookies = ["lax=1; SameSite=Lax", "none=1; SameSite=None; Secure", "plain=1", "strict=1; SameSite=Strict"];
        assert_eq!(header(&cookies, SameSite).as_deref(), Some("lax=1; none=1; plain=1; strict=1"));
        assert_eq!(header(&cookies, CrossSiteNavigation).as_deref(), Some("lax=1; none=1; plain=1"));
        assert_eq!(header(&cookies, CrossSitePost).as_deref(), Some("none=1"));
    }

    #[test]
    fn host_cookie_is_taken_if_it_keeps_its_promise() {
        assert_eq!(header(&["__Host-sid=1; Secure; Path=/"], SameSite).as_deref(), Some("__Host-sid=1"));
        for broken in ["__Host-sid=1; Path=/", "__Host-sid=1; Secure", "__host-sid=1; Secure; Path=/; Domain=127.0.0.1"]
        {
            assert_eq!(header(&[broken], SameSite), None, "{broken}");
        }
    }

    #[test]
    fn secure_prefix_demands_the_attribute() {
        assert_eq!(header(&["__Secure-sid=1; Secure"], SameSite).as_deref(), Some("__Secure-sid=1"));
        assert_eq!(header(&["__Secure-sid=1"], SameSite), None);
    }

    #[test]
    fn planted_cookies_go_where_they_went_before_and_replace_their_namesakes() {
        let (attacker, victim) = (Jar::default(), Jar::default());
        let at = url("/a/login");
        attacker.store(
            &at,
            ["sid=planted; Path=/; SameSite=Strict; HttpOnly; Max-Age=60", "tx=1", "old=; Max-Age=0"].into_iter(),
        );
        victim.store(&at, ["sid=own; Path=/", "own=1; Path=/"].into_iter());
        victim.plant(&at.origin(), &attacker.cookies());
        assert_eq!(victim.header(&at, SameSite).as_deref(), Some("tx=1; own=1; sid=planted"));
        assert_eq!(victim.header(&url("/me"), SameSite).as_deref(), Some("own=1; sid=planted"));
        assert_eq!(victim.header(&at, CrossSiteNavigation).as_deref(), Some("tx=1; own=1"));
    }

    #[test]
    fn nonsense_is_ignored() {
        assert_eq!(header(&["", ";;;", "=", "sid=1"], SameSite).as_deref(), Some("sid=1"));
    }
}
