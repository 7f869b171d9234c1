//! Where logins end. A page that shows a user after a login, and answers with status 500 after a refused one, has not refused:
//! the app went on as after a login, and failed there.

use std::collections::{BTreeSet, HashMap, HashSet};

use parking_lot::Mutex;
use url::Url;

use crate::terms::BrowserId;

/// The pages at which logins have ended, of all instances of one app.
#[derive(Default)]
pub(super) struct Landings(Mutex<Seen>);

/// What was seen, behind one lock: instances of the app are operated at the same time.
#[derive(Default)]
struct Seen {
    browsers: HashMap<BrowserId, Place>,
    known: BTreeSet<String>,
    elsewhere: HashSet<BrowserId>,
}

/// What a browser has seen last.
enum Place {
    /// That nobody is logged in.
    LoggedOut,
    /// A page at this path, to which an authorization response has led since then.
    Arrived(String),
}

impl Landings {
    /// An authorization response has led a browser to a page.
    pub(super) fn arrived(&self, browser: BrowserId, page: &Url) {
        let mut seen = self.0.lock();
        let is_landing = seen.known.is_empty() || seen.known.contains(page.path());
        if is_landing && page.query_pairs().all(|(name, _)| name != "error") {
            seen.elsewhere.remove(&browser);
        } else {
            seen.elsewhere.insert(browser);
        }
        if let Some(place) = seen.browsers.get_mut(&browser) {
            *place = Place::Arrived(page.path().to_owned());
        }
    }

    /// Whether the last authorization response has led a browser to a page at which no login has ended, or that names an error.
    pub(super) fn is_elsewhere(&self, browser: BrowserId) -> bool {
        self.0.lock().elsewhere.contains(&browser)
    }

    /// The app was asked who is logged in in a browser.
    pub(super) fn looked(&self, browser: BrowserId, somebody: bool) {
        let mut seen = self.0.lock();
        if !somebody {
            seen.browsers.insert(browser, Place::LoggedOut);
        } else if let Some(Place::Arrived(path)) = seen.browsers.remove(&browser) {
            seen.known.insert(path);
        }
    }

    /// Whether a login has ended at this path.
    pub(super) fn has(&self, path: &str) -> bool {
        self.0.lock().known.contains(path)
    }

    /// The browser is closed.
    pub(super) fn forget(&self, browser: BrowserId) {
        let mut seen = self.0.lock();
        seen.browsers.remove(&browser);
        seen.elsewhere.remove(&browser);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_that_arrive_and_look_at_once_do_not_wait_for_each_other_forever() {
        let landings = Landings::default();
        let page = Url::parse("http://app.example/home").expect("a URL");
        std::thread::scope(|scope| {
            for id in 0..4 {
                let (landings, page) = (&landings, &page);
                scope.spawn(move || {
                    for _ in 0..10_000 {
                        landings.looked(BrowserId(id), false);
                        landings.arrived(BrowserId(id), page);
                        landings.looked(BrowserId(id), true);
                    }
                });
            }
        });
        assert!(landings.has("/home"));
    }

    #[test]
    fn page_of_a_login_is_known_and_that_of_a_refusal_is_not() {
        let landings = Landings::default();
        let browser = BrowserId(1);
        let page = |path: &str| Url::parse("http://app.example").and_then(|base| base.join(path)).expect("a URL");
        let ends = |path: &str, somebody: bool| {
            landings.arrived(browser, &page(path));
            landings.looked(browser, somebody);
            landings.has(path)
        };
        landings.looked(browser, false);
        assert!(!ends("/error", false));
        assert!(ends("/home", true));
        // Who was logged in before still is.
        assert!(!ends("/error", true));
        assert!(landings.is_elsewhere(browser));
        for (path, elsewhere) in [("/home?n=1", false), ("/home?error=state", true), ("/home", false)] {
            landings.arrived(browser, &page(path));
            assert_eq!(landings.is_elsewhere(browser), elsewhere, "{path}");
        }
    }
}
