//! A browser's cookies: RFC 6265 as `cookie_store` does it, `SameSite` and the name prefixes of its successor on top.

use std::cmp::Reverse;

use cookie_store::{Cookie, CookieStore, RawCookie};
use parking_lot::Mutex;
use url::{Origin, Url};

use crate::text::plain;

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
pub(super) struct Jar(Mutex<Cookies>);

/// More octets than this in name and value, and a cookie is not stored (RFC 6265bis §5.7).
const LARGEST_PAIR: usize = 4096;
/// A longer attribute is ignored (RFC 6265bis §5.6).
const LONGEST_ATTRIBUTE: usize = 1024;
/// So many cookies a domain may have, and so many go when there are more: Chromium's numbers. RFC 6265bis §6.1 asks for no
/// fewer than 50.
const MOST_OF_A_DOMAIN: usize = 180;
const PURGED_AT_ONCE: usize = 30;

/// What a jar holds.
#[derive(Clone, Default)]
pub(super) struct Cookies {
    store: CookieStore,
    /// By domain, path and name, the ones that were used last at the end.
    used: Vec<(String, String, String)>,
}

impl Cookies {
    fn use_now(&mut self, key: (String, String, String)) {
        self.used.retain(|known| *known != key);
        self.used.push(key);
    }

    /// Lets go of those that were not used for longest, where a domain has too many.
    fn purge(&mut self, domain: &str) -> usize {
        let of_domain = self.used.iter().filter(|(known, ..)| known == domain).count();
        if of_domain <= MOST_OF_A_DOMAIN {
            return 0;
        }
        let surplus = of_domain - (MOST_OF_A_DOMAIN - PURGED_AT_ONCE);
        let old: Vec<_> = self.used.iter().filter(|(known, ..)| known == domain).take(surplus).cloned().collect();
        for (domain, path, name) in &old {
            self.store.remove(domain, path, name);
        }
        self.used.retain(|known| !old.contains(known));
        old.len()
    }
}

/// By what a store knows a cookie.
fn key_of(cookie: &Cookie<'_>) -> (String, String, String) {
    let domain = cookie.domain.as_cow().map_or(String::new(), std::borrow::Cow::into_owned);
    (domain, String::from(&cookie.path), cookie.name().to_owned())
}

impl Jar {
    /// The `Cookie` header for a request.
    pub(super) fn header(&self, url: &Url, initiator: Initiator) -> Option<String> {
        let mut jar = self.0.lock();
        let used: Vec<_> = {
            let matching = jar.store.matches(url).into_iter();
            matching.filter(|cookie| goes_with(cookie, initiator)).map(key_of).collect()
        };
        used.into_iter().for_each(|key| jar.use_now(key));
        let mut cookies: Vec<_> =
            jar.store.matches(url).into_iter().filter(|cookie| goes_with(cookie, initiator)).collect();
        // RFC 6265 §5.4: longer paths first; servers take the first of a name.
        cookies.sort_by_key(|cookie| (Reverse(cookie.path.len()), cookie.name().to_owned()));
        let pairs: Vec<_> = cookies.iter().map(|cookie| format!("{}={}", cookie.name(), cookie.value())).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// Stores what a response sets, and says what of it a browser drops for its size or number. `Secure` cookies from plain
    /// http are kept on loopback, as browsers do there.
    pub(super) fn store<'a>(&self, url: &Url, set_cookies: impl Iterator<Item = &'a str>) -> Vec<String> {
        let mut jar = self.0.lock();
        let mut dropped = Vec::new();
        // What a browser would not take, it ignores.
        for mut cookie in set_cookies.filter_map(|text| RawCookie::parse(text).ok()).filter(keeps_its_prefix) {
            let size = cookie.name().len() + cookie.value().len();
            if size > LARGEST_PAIR {
                let name = plain(cookie.name());
                dropped
                    .push(format!("the browser drops the cookie {name}: {size} octets, and it takes {LARGEST_PAIR}"));
                continue;
            }
            if cookie.path().is_some_and(|path| path.len() > LONGEST_ATTRIBUTE) {
                cookie.unset_path();
            }
            if cookie.domain().is_some_and(|domain| domain.len() > LONGEST_ATTRIBUTE) {
                cookie.unset_domain();
            }
            let Ok(cookie) = Cookie::try_from_raw_cookie(&cookie, url) else { continue };
            let cookie = cookie.into_owned();
            let key = key_of(&cookie);
            if jar.store.insert(cookie, url).is_err() || !jar.store.contains(&key.0, &key.1, &key.2) {
                jar.used.retain(|known| *known != key);
                continue;
            }
            let domain = key.0.clone();
            jar.use_now(key);
            match jar.purge(&domain) {
                0 => {}
                purged => dropped.push(format!("the browser has too many cookies, and drops the {purged} oldest")),
            }
        }
        dropped
    }

    /// All cookies, for the jar of another browser: each with the path that it goes to, and none with its end.
    pub(super) fn cookies(&self) -> Vec<RawCookie<'static>> {
        let store = &self.0.lock().store;
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
    pub(super) fn all(&self) -> Cookies {
        self.0.lock().clone()
    }

    /// Holds what it has held before.
    pub(super) fn put_back(&self, before: Cookies) {
        *self.0.lock() = before;
    }

    /// Stores cookies of another browser's jar, which a client of this origin has set.
    pub(super) fn plant(&self, client: &Origin, cookies: &[RawCookie<'static>]) {
        let Ok(url) = Url::parse(&client.ascii_serialization()) else { return };
        let mut jar = self.0.lock();
        for cookie in cookies {
            let _ = jar.store.insert_raw(cookie, &url);
        }
    }
}

/// A cookie without the attribute goes with a redirect or a link, as Lax does. It goes with a form as well: Firefox and Safari
/// give it no limits, and Chromium gives it none for its first two minutes (RFC 6265bis §5.6.7.2), and no login here takes
/// longer.
fn goes_with(cookie: &RawCookie<'_>, initiator: Initiator) -> bool {
    match initiator {
        Initiator::SameSite => true,
        Initiator::CrossSiteNavigation => cookie.same_site().is_none_or(|same_site| !same_site.is_strict()),
        Initiator::CrossSitePost => cookie.same_site().is_none_or(|same_site| same_site.is_none()),
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
        assert_eq!(header(&cookies, CrossSitePost).as_deref(), Some("none=1; plain=1"));
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
    fn cookie_of_more_than_4096_octets_is_dropped_and_that_is_said() {
        let jar = Jar::default();
        let (fits, large) = (format!("a={}", "x".repeat(4095)), format!("b={}", "x".repeat(4096)));
        let dropped = jar.store(&url("/"), [fits.as_str(), large.as_str()].into_iter());
        assert_eq!(dropped, ["the browser drops the cookie b: 4097 octets, and it takes 4096"]);
        assert_eq!(jar.header(&url("/"), SameSite).map(|header| header.len()), Some(4097));
    }

    #[test]
    fn attribute_of_more_than_1024_octets_is_ignored() {
        let long_path = format!("sid=1; Path=/{}", "x".repeat(1024));
        assert_eq!(header(&[&long_path], SameSite).as_deref(), Some("sid=1"));
    }

    #[test]
    fn more_than_180_cookies_push_out_the_30_that_were_not_used_for_longest() {
        let jar = Jar::default();
        jar.store(&url("/"), ["old=1; Path=/old", "kept=1"].into_iter());
        let cookies: Vec<_> = (0..178).map(|n| format!("c{n}=1; Path=/other")).collect();
        assert_eq!(jar.store(&url("/"), cookies.iter().map(String::as_str)), Vec::<String>::new());
        assert_eq!(jar.header(&url("/"), SameSite).as_deref(), Some("kept=1"), "and so it is the last one to be used");
        let dropped = jar.store(&url("/"), ["last=1"].into_iter());
        assert_eq!(dropped, ["the browser has too many cookies, and drops the 31 oldest"]);
        assert_eq!(jar.header(&url("/old"), SameSite).as_deref(), Some("kept=1; last=1"));
        assert_eq!(jar.cookies().len(), 150);
    }

    #[test]
    fn nonsense_is_ignored() {
        assert_eq!(header(&["", ";;;", "=", "sid=1"], SameSite).as_deref(), Some("sid=1"));
    }
}
