//! A browser context: one user agent, with as many tabs as it uses at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use cookie_store::RawCookie;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::browser::{ANSWERS_WITHIN, Chromium};
use super::cookies;
use super::pipe::CallError;
use super::tab::{Tab, Use};
use crate::driver::web_app::user_agent::agent::{Followed, Page, Setting, UserAgent, Visit, VisitError};
use crate::terms;

/// One user agent: made when it is first used, and gone with all its cookies and tabs when it is dropped.
pub(super) struct Context {
    chromium: Arc<Chromium>,
    setting: Setting,
    id: OnceCell<String>,
    /// The person's tabs, and those that were opened because something else was done in them at the same time.
    tabs: Mutex<Vec<(terms::Tab, Arc<Tab>)>>,
    /// Where the person is.
    at: Mutex<terms::Tab>,
}

impl Chromium {
    /// A browser without cookies.
    pub(in crate::driver::web_app) fn user_agent(self: &Arc<Self>, setting: Setting) -> impl UserAgent + use<> {
        Context::new(Arc::clone(self), setting)
    }
}

impl Context {
    pub(super) fn new(chromium: Arc<Chromium>, setting: Setting) -> Self {
        let (tabs, at) = (Mutex::default(), Mutex::new(terms::Tab::First));
        Self { chromium, setting, id: OnceCell::new(), tabs, at }
    }

    /// A tab that nobody else uses: what a page keeps for its tab alone is kept where the person is, as long as one thing is
    /// done at a time.
    async fn tab(&self) -> Result<Use, CallError> {
        let at = *self.at.lock();
        if let Some(tab) = self.tabs.lock().iter().filter(|(of, _)| *of == at).find_map(|(_, tab)| tab.take()) {
            return Ok(tab);
        }
        let (pipe, settled) = (Arc::clone(&self.chromium.pipe), self.chromium.settled.clone());
        let tab = Arc::new(Tab::open(pipe, self.id().await?, self.setting.clone(), settled).await?);
        let used = tab.take().expect("it is new");
        self.tabs.lock().push((at, tab));
        Ok(used)
    }

    async fn id(&self) -> Result<&str, CallError> {
        let new = async || {
            let options = json!({ "disposeOnDetach": true });
            let made = self.chromium.pipe.call(None, "Target.createBrowserContext", options).await?;
            Ok(made["browserContextId"].as_str().unwrap_or_default().to_owned())
        };
        Ok(self.id.get_or_try_init(new).await?)
    }

    /// Calls a method of `Storage` for this context.
    async fn storage(&self, method: &str, mut params: Value) -> Result<Value, VisitError> {
        let call = async {
            params["browserContextId"] = self.id().await?.into();
            self.chromium.pipe.call(None, method, params).await
        };
        let answer = tokio::time::timeout(ANSWERS_WITHIN, call).await;
        let answer =
            answer.map_err(|_| VisitError::NoBrowser(format!("no answer to {method} within {ANSWERS_WITHIN:?}")))?;
        answer.map_err(|error| VisitError::NoBrowser(error.to_string()))
    }

    async fn in_tab<T>(&self, act: impl AsyncFnOnce(&Tab) -> Result<T, VisitError>) -> Result<T, VisitError> {
        let tab = tokio::time::timeout(ANSWERS_WITHIN, self.tab()).await;
        let tab = tab.map_err(|_| VisitError::NoBrowser(format!("no tab opened within {ANSWERS_WITHIN:?}")))?;
        let tab = tab.map_err(|error| VisitError::NoBrowser(error.to_string()))?;
        act(&tab).await
    }
}

#[async_trait]
impl UserAgent for Context {
    async fn follow(&self, visit: Visit) -> Result<Followed, VisitError> {
        self.in_tab(async |tab| tab.follow(visit).await).await
    }

    async fn press(
        &self,
        page: &Page,
        selector: &str,
        filled_in: &BTreeMap<String, String>,
    ) -> Option<Result<Followed, VisitError>> {
        self.in_tab(async |tab| tab.press(page, selector, filled_in).await).await.transpose()
    }

    fn turn_to(&self, tab: terms::Tab) {
        *self.at.lock() = tab;
    }

    async fn cookies(&self) -> Result<Vec<RawCookie<'static>>, VisitError> {
        cookies::read(&self.storage("Storage.getCookies", json!({})).await?)
    }

    async fn plant(&self, cookies: &[RawCookie<'static>]) -> Result<(), VisitError> {
        let cookies = cookies::written(cookies, &self.setting.client);
        self.storage("Storage.setCookies", json!({ "cookies": cookies })).await.map(drop)
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        if let Some(id) = self.id.get() {
            self.chromium.pipe.tell(None, "Target.disposeBrowserContext", json!({ "browserContextId": id }));
        }
    }
}
