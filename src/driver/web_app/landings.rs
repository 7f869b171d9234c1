//! Where logins end. A page that shows a user after a login, and answers with status 500 after a refused one, has not refused:
//! the app went on as after a login, and failed there.

use std::collections::{BTreeSet, HashMap};

use parking_lot::Mutex;

use crate::terms::BrowserId;

/// The pages at which logins have ended, of all instances of one app.
#[derive(Default)]
pub(super) struct Landings {
    browsers: Mutex<HashMap<BrowserId, Place>>,
    known: Mutex<BTreeSet<String>>,
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
    pub(super) fn arrived(&self, browser: BrowserId, path: &str) {
        if let Some(place) = self.browsers.lock().get_mut(&browser) {
            *place = Place::Arrived(path.to_owned());
        }
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
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_of_a_login_is_known_and_that_of_a_refusal_is_not() {
        let landings = Landings::default();
        let browser = BrowserId(1);
        let ends = |path: &str, somebody: bool| {
            landings.arrived(browser, path);
            landings.looked(browser, somebody);
            landings.has(path)
        };
        landings.looked(browser, false);
        assert!(!ends("/error", false));
        assert!(ends("/home", true));
        // Who was logged in before still is.
        assert!(!ends("/error", true));
    }
}
