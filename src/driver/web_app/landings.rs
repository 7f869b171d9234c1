//! Where logins end. A page that shows a user after a login, and answers with status 500 after a refused one, has not refused:
//! the app went on as after a login, and failed there.

use std::collections::{BTreeSet, HashMap, HashSet};

use parking_lot::Mutex;
use url::Url;

use crate::terms::BrowserId;

/// The pages at which logins have ended, of all instances of one app.
#[derive(Default)]
pub(super) struct Landings {
    browsers: Mutex<HashMap<BrowserId, Place>>,
    known: Mutex<BTreeSet<String>>,
    elsewhere: Mutex<HashSet<BrowserId>>,
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
        let (known, mut elsewhere) = (self.known.lock(), self.elsewhere.lock());
        let is_landing = known.is_empty() || known.contains(page.path());
        if is_landing && page.query_pairs().all(|(name, _)| name != "error") {
            elsewhere.remove(&browser);
        } else {
            elsewhere.insert(browser);
        }
        if let Some(place) = self.browsers.lock().get_mut(&browser) {
            *place = Place::Arrived(page.path().to_owned());
        }
    }

    /// Whether the last authorization response has led a browser to a page at which no login has ended, or that names an error.
    pub(super) fn is_elsewhere(&self, browser: BrowserId) -> bool {
        self.elsewhere.lock().contains(&browser)
    }

    /// The app was asked who is logged in in a browser.
    pub(super) fn looked(&self, browser: BrowserId, somebody: bool) {
        let mut browsers = self.browsers.lock();
        if !somebody {
            browsers.insert(browser, Place::LoggedOut);
        } else if let Some(Place::Arrived(path)) = browsers.remove(&browser) {
            self.known.lock().insert(path);
        }
    }

    /// Whether a login has ended at this path.
    pub(super) fn has(&self, path: &str) -> bool {
        self.known.lock().contains(path)
    }

    /// The browser is closed.
    pub(super) fn forget(&self, browser: BrowserId) {
        self.browsers.lock().remove(&browser);
        self.elsewhere.lock().remove(&browser);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
