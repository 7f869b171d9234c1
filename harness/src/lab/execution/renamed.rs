//! Cookies under the names of others.

use super::state::{Execution, limited, new_browser};
use crate::driver::Renamed;
use crate::evidence::{Outcome, Session};
use crate::lab::outcome::failed;
use crate::terms::{Browser, BrowserId};
use crate::text::plain;

/// More pairs of a value and a name are not tried: most clients have fewer than twenty.
const MOST_PAIRS: usize = 100;

impl Execution<'_> {
    /// Each value of one browser under each name by which somebody is logged in in another: each time in a new browser with
    /// the cookies of the first. Where somebody is logged in by that, the first browser is left so. Also tells what it was.
    pub(super) async fn rename_cookies(&mut self, of: Browser, like: Browser) -> (Outcome, String) {
        // By which cookies somebody can be logged in at all.
        let other = new_browser();
        let taken = self.take_cookies(like, other).await;
        self.driver.close(other);
        if taken != Outcome::Done {
            return (taken, String::new());
        }
        let (id, named) = (self.browser(of), self.browser(like));
        let pairs = match self.pairs(id, named).await {
            Ok(pairs) => pairs,
            Err(outcome) => return (outcome, String::new()),
        };
        let mut ended = Outcome::Done;
        for (value_of, name) in &pairs {
            let cookie = Renamed { of: id, value_of, like: named, name };
            let pair = format!("the value of the cookie {} under the name {}", plain(value_of), plain(name));
            match self.session_by(cookie, Some(id)).await {
                Ok(Session::Nobody) | Err(Outcome::Refused(_)) => {}
                Ok(session) => {
                    self.seen = Some(session);
                    let planted = limited(self.driver.plant_renamed(cookie, id)).await;
                    return (planted.map_or_else(failed, |()| Outcome::Done), pair);
                }
                // It lets nobody in. Another pair may.
                Err(Outcome::ServerError(how)) => ended = Outcome::ServerError(format!("{how}, with {pair}")),
                Err(outcome) => return (outcome, pair),
            }
        }
        (ended, String::new())
    }

    /// The names of the cookies whose values are tried, each with a name that it has not.
    async fn pairs(&self, of: BrowserId, like: BrowserId) -> Result<Vec<(String, String)>, Outcome> {
        let values = limited(self.driver.cookie_names(of)).await.map_err(failed)?;
        let names = self.names_of_session(like).await?;
        let pairs = values.iter().flat_map(|value_of| names.iter().map(|name| (value_of.clone(), name.clone())));
        let pairs: Vec<_> = pairs.filter(|(value_of, name)| value_of != name).take(MOST_PAIRS).collect();
        match (names.is_empty(), pairs.is_empty()) {
            (true, _) => Err(nothing("the client logs nobody in by a single cookie: it takes several of them")),
            (_, true) => Err(nothing(
                "the client sets no cookie while a login is in progress that has another name than the one by which \
                 somebody is logged in",
            )),
            _ => Ok(pairs),
        }
    }

    /// The names of the cookies that log somebody in, each of them alone.
    async fn names_of_session(&self, of: BrowserId) -> Result<Vec<String>, Outcome> {
        let names = limited(self.driver.cookie_names(of)).await.map_err(failed)?;
        let mut sufficient = Vec::new();
        for name in &names {
            let alone = Renamed { of, value_of: name, like: of, name };
            match self.session_by(alone, None).await {
                Ok(Session::Nobody) | Err(Outcome::Refused(_) | Outcome::ServerError(_)) => {}
                Ok(_) => sufficient.push(name.clone()),
                Err(outcome) => return Err(outcome),
            }
        }
        Ok(sufficient)
    }

    /// Who is logged in by this cookie, in a browser that has all cookies of another one, or none.
    async fn session_by(&self, cookie: Renamed<'_>, beside: Option<BrowserId>) -> Result<Session, Outcome> {
        let scratch = new_browser();
        let planted = async {
            if let Some(beside) = beside {
                limited(self.driver.plant_cookies(beside, scratch)).await?;
            }
            limited(self.driver.plant_renamed(cookie, scratch)).await
        };
        let session = match planted.await {
            Ok(()) => self.session(scratch).await,
            Err(failure) => Err(failed(failure)),
        };
        self.driver.close(scratch);
        session
    }
}

fn nothing(why: &str) -> Outcome {
    Outcome::NothingToTry(why.to_owned())
}
