//! A client bounds how often it asks a provider: where it has not asked again, it gets the time to do so.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use client_under_test::{Defect, Variation};
use mock_idp::Issuer;
use quintain::driver::in_process::InProcessLauncher;
use quintain::driver::{Capabilities, Capability, Cost, Driver, Enrolment, Launcher, Registration, SetupError};
use quintain::lab::{Lab, Run};
use quintain::suite;
use quintain::terms::Profile;
use quintain::verdict::Verdict;

const ABOUT_NEW_KEYS: [&str; 2] = ["jwks/rotated-before-login", "jwks/rotated-mid-flow"];
const ABOUT_OUTAGES: [&str; 2] = ["refresh/429-keeps-session", "refresh/5xx-keeps-session"];

/// These scenarios, on one client.
async fn runs(about: [&str; 2], launcher: impl Launcher + 'static, jobs: usize, pause: Duration) -> Vec<Run> {
    let variation = mock_idp::Variation::NONE;
    let lab = Lab::open(Box::new(launcher), Profile::Baseline, jobs, variation).await.expect("ports can be had");
    let scenarios = suite::built_in().expect("the built-in suite loads").into_iter();
    let scenarios = scenarios.filter(|scenario| about.contains(&scenario.id.as_str())).map(Arc::new).collect();
    let runs = lab.with_pause(pause).run(scenarios, &()).await.runs;
    assert_eq!(runs.len(), about.len());
    runs
}

const MINUTE: Duration = Duration::from_secs(61);

#[tokio::test(flavor = "multi_thread")]
async fn client_that_fetches_keys_once_a_minute_passes_after_a_minute() {
    for jobs in [1, 4] {
        let bounded = InProcessLauncher::varied(&[Variation::BoundsKeyFetches]);
        for run in runs(ABOUT_NEW_KEYS, bounded, jobs, MINUTE).await {
            let before = run.before_pause.as_ref().expect("it was tried again");
            assert_eq!((before.verdict, run.judgement.verdict), (Verdict::Fail, Verdict::Pass), "{}", run.scenario.id);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn client_that_never_fetches_keys_again_fails_after_a_minute() {
    for run in runs(ABOUT_NEW_KEYS, InProcessLauncher::new(&[Defect::KeepsKeysForEver]), 4, MINUTE).await {
        let before = run.before_pause.as_ref().expect("it was tried again");
        assert_eq!((before.verdict, run.judgement.verdict), (Verdict::Fail, Verdict::Fail), "{}", run.scenario.id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn client_that_fetches_new_keys_is_tried_once() {
    for run in runs(ABOUT_NEW_KEYS, InProcessLauncher::new(&[]), 4, MINUTE).await {
        assert_eq!((run.judgement.verdict, run.before_pause), (Verdict::Pass, None), "{}", run.scenario.id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn client_that_leaves_a_provider_in_trouble_alone_passes_after_a_pause() {
    let patient = InProcessLauncher::varied(&[Variation::PausesRefreshesAfterOutage]);
    for run in runs(ABOUT_OUTAGES, patient, 4, MINUTE).await {
        let before = run.before_pause.as_ref().expect("it was tried again");
        assert_eq!((before.verdict, run.judgement.verdict), (Verdict::Warn, Verdict::Pass), "{}", run.scenario.id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn client_that_ends_sessions_in_an_outage_is_red_after_a_pause() {
    let impatient = [Defect::EndsSessionOnRefreshOutage, Defect::EndsSessionWhenThrottled];
    for run in runs(ABOUT_OUTAGES, InProcessLauncher::new(&impatient), 4, MINUTE).await {
        assert_eq!(run.judgement.verdict, Verdict::Warn, "{}", run.scenario.id);
    }
}

/// A minute of a client whose clock stays what it is: it really passes, and here it is a short one.
#[tokio::test(flavor = "multi_thread")]
async fn time_really_passes_where_no_clock_can_be_moved() {
    let pause = Duration::from_millis(300);
    let client = WithoutClock::new(InProcessLauncher::new(&[Defect::KeepsKeysForEver]));
    for run in runs(ABOUT_NEW_KEYS, client, 4, pause).await {
        assert!(run.before_pause.is_some(), "{}", run.scenario.id);
        assert!(run.evidence.is_some_and(|evidence| evidence.duration >= pause), "{}", run.scenario.id);
    }
}

/// A machine may be too busy: a client that has asked nobody for anything has refused nothing.
#[tokio::test]
async fn client_that_is_not_ready_in_time_is_no_finding() {
    for (still_runs, ends) in
        [(true, (Verdict::NotExercised, "not-started")), (false, (Verdict::Fail, "not-logged-in"))]
    {
        let client = WithoutClock { late: Some(still_runs), ..WithoutClock::new(InProcessLauncher::new(&[])) };
        let lab = Lab::open(Box::new(client), Profile::Baseline, 1, mock_idp::Variation::NONE).await.expect("ports");
        let suite = suite::built_in().expect("the built-in suite loads").into_iter();
        let about_metadata = suite.filter(|scenario| scenario.id.as_str() == "tolerate/escaped-slashes").map(Arc::new);
        let runs = lab.run(about_metadata.collect(), &()).await.runs;
        let judgement = &runs[0].judgement;
        assert_eq!((judgement.verdict, judgement.reason), ends, "{}", judgement.message);
    }
}

/// The reference client, for one whose clock is out of reach, and which may start only once.
struct WithoutClock {
    client: InProcessLauncher,
    capabilities: Capabilities,
    starts: AtomicUsize,
    /// Where no start after the first one is good: whether the process is there all the same.
    late: Option<bool>,
}

impl WithoutClock {
    fn new(client: InProcessLauncher) -> Self {
        let mut capabilities = client.capabilities().clone();
        capabilities.remove(&Capability::MovableClock);
        Self { client, capabilities, starts: AtomicUsize::new(0), late: None }
    }
}

#[async_trait]
impl Launcher for WithoutClock {
    fn name(&self) -> &str {
        self.client.name()
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn registration(&self) -> Registration {
        self.client.registration()
    }

    fn cost(&self) -> Cost {
        Cost::Process
    }

    async fn launch(
        &self,
        issuer: &Issuer,
        registration: &Registration,
        second: Option<&Enrolment>,
    ) -> Result<Box<dyn Driver>, SetupError> {
        let is_first = self.starts.fetch_add(1, Ordering::Relaxed) == 0;
        match self.late {
            Some(still_runs) if !is_first => Err(SetupError {
                still_runs,
                ..SetupError::new("start the client", "not ready in time".to_owned(), "give it more time")
            }),
            _ => self.client.launch(issuer, registration, second).await,
        }
    }
}
