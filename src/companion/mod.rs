//! What is added to the provider's explorer page: the reference client to log in with, or a client of the user's own, and
//! scenarios of what was done by hand.

mod app;
mod driven;
mod refusal;
mod scenario;

use std::collections::VecDeque;

use client_under_test::Defect;
use mock_idp::{App, AppSettings, Companion, Deed, Described, Issuer, Recording, Starting, Visit};
use parking_lot::Mutex;

use self::app::RunningApp;
pub use self::driven::DrivenClient;
use crate::terms::Provider;

/// How many apps run at once: one for each issuer. The app that was started first ends when there are more.
const MOST_APPS: usize = 20;

/// The companion of the explorer page.
#[derive(Debug, Default)]
pub struct ReferenceApps {
    running: Mutex<VecDeque<RunningApp>>,
}

impl Companion for ReferenceApps {
    fn defects(&self) -> Vec<Described> {
        let described = |defect: &Defect| Described { name: defect.name().to_owned(), about: defect.what().to_owned() };
        Defect::ALL.iter().map(described).collect()
    }

    fn app(&self, issuer: &Issuer) -> Option<App> {
        let running = self.running.lock();
        running.iter().find(|app| app.is_at(issuer)).map(RunningApp::app)
    }

    fn start<'a>(&'a self, issuer: &'a Issuer, settings: AppSettings) -> Starting<'a> {
        Box::pin(async move {
            let started = app::start(issuer, &settings).await?;
            let app = started.app();
            let mut running = self.running.lock();
            running.retain(|other| !other.is_at(issuer));
            running.push_back(started);
            if running.len() > MOST_APPS {
                running.pop_front();
            }
            Ok(app)
        })
    }

    fn meaning(&self, visit: &Visit) -> (String, Option<Deed>) {
        let (words, deed) = match visit.request.path.as_str() {
            "/" => ("Home page", None),
            // A login that gets as far as the provider is known from there.
            "/login" => ("Log in", visit.refusal.as_ref().map(|_| Deed::LogIn { sub: None })),
            "/callback" => ("Authorization response", None),
            "/me" => ("Who am I?", None),
            "/call-api" => ("Call the API", Some(Deed::CallApi)),
            "/refresh" => ("Refresh", Some(Deed::Refresh)),
            "/logout" => ("Log out", Some(Deed::LogOut)),
            other => (other, None),
        };
        (words.to_owned(), deed)
    }

    fn scenario(&self, _issuer: &Issuer, recording: &Recording) -> Result<String, String> {
        scenario::feature(Provider::First, recording)
    }
}
