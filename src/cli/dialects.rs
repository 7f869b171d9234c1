//! `verify --dialect`: which scenarios run, and a lab for each provider that is imitated.

use std::pin::Pin;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use mock_idp::Dialect;

use super::output::fail;
use crate::exit_code::Exit;
use crate::lab::{Lab, Observer, Runs, Stopped};
use crate::suite::{Scenario, Setting};

/// The value of `--dialect`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialects {
    /// All that a client which keeps to OpenID Connect can log in at.
    All,
    /// One of them.
    One(Dialect),
}

impl FromStr for Dialects {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "all" {
            return Ok(Self::All);
        }
        let dialect: Dialect = text.parse().map_err(|error| format!("{error}; or all"))?;
        if !dialect.speaks_openid_connect() {
            return Err(format!(
                "{} has no provider metadata and no ID tokens, without which no client can be verified: it is for `quintain \
                 serve` alone",
                dialect.title()
            ));
        }
        Ok(Self::One(dialect))
    }
}

impl Dialects {
    fn list(self) -> Vec<Dialect> {
        match self {
            Self::One(dialect) => vec![dialect],
            Self::All => Dialect::of_openid_connect().collect(),
        }
    }
}

/// Of the scenarios that there are: those that are played in each dialect, once for each of these; without dialects, all
/// others.
pub(super) fn played(scenarios: Vec<Scenario>, dialects: Option<Dialects>) -> Vec<Scenario> {
    let (in_each, others): (Vec<_>, Vec<_>) =
        scenarios.into_iter().partition(|scenario| scenario.setting == Setting::EachDialect);
    let Some(dialects) = dialects else { return others };
    let list = dialects.list().into_iter();
    list.flat_map(|dialect| in_each.iter().map(move |scenario| scenario.in_dialect(dialect))).collect()
}

/// The ids of a scenario in every dialect that is built in: they are known, whichever of them runs.
pub(super) fn ids(scenario: &Scenario) -> impl Iterator<Item = crate::suite::ScenarioId> {
    let in_each = (scenario.setting == Setting::EachDialect).then(Dialect::built_in);
    in_each.into_iter().flatten().map(|dialect| scenario.id.in_dialect(dialect))
}

/// Runs the scenarios of each dialect in a separate lab, one dialect after the other.
pub(super) async fn run(
    lab: &Lab,
    scenarios: &[Arc<Scenario>],
    observer: &dyn Observer,
    mut end: Pin<&mut impl Future<Output = Stopped>>,
) -> Runs {
    let mut all = Runs { runs: Vec::new(), duration: Duration::ZERO, stopped: None };
    for of_one in scenarios.chunk_by(|a, b| a.dialect() == b.dialect()) {
        let of_one = of_one.to_vec();
        let runs = match (all.stopped, of_one[0].dialect()) {
            (Some(stopped), _) => Lab::run_nothing(of_one, stopped),
            (None, None) => lab.run_until(of_one, observer, end.as_mut()).await,
            (None, Some(dialect)) => match lab.in_dialect(dialect).await {
                Ok(other) => other.run_until(of_one, observer, end.as_mut()).await,
                Err(error) => {
                    fail(Exit::DriverBroken, &format!("failed to open a port on loopback: {error}"));
                    Lab::run_nothing(of_one, Stopped::SetUpBroken)
                }
            },
        };
        all.runs.extend(runs.runs);
        all.duration += runs.duration;
        all.stopped = runs.stopped;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn provider_without_openid_connect_is_for_serve_alone() {
        assert!("github".parse::<Dialects>().is_err_and(|error| error.contains("serve")));
        assert!("gitlb".parse::<Dialects>().is_err_and(|error| error.contains("gitlab") && error.contains("or all")));
        assert!("all".parse::<Dialects>().is_ok_and(|dialects| dialects.list().len() > 10));
    }
}
