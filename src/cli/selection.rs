//! Which scenarios a run is about.

use std::path::PathBuf;
use std::sync::Arc;

use super::dialects;
use super::expectations::Known;
use super::options::VerifyOptions;
use crate::exit_code::Exit;
use crate::report::Stories;
use crate::results::ShardInfo;
use crate::suite::{self, Scenario, Selector};

/// What a run is about.
pub(super) struct Selected {
    /// To be run.
    pub(super) scenarios: Vec<Arc<Scenario>>,
    /// What they are a part of.
    pub(super) shard: Option<ShardInfo>,
    /// What expectations may speak of.
    pub(super) known: Known,
    /// What the suite says of them.
    pub(super) stories: Stories,
    /// The feature files of the user that they are from, with their texts.
    pub(super) features: Vec<(PathBuf, String)>,
}

/// Loads the scenarios and selects among them.
pub(super) fn select(options: &VerifyOptions) -> Result<Selected, (Exit, String)> {
    let ids = |scenarios: &[Scenario]| scenarios.iter().map(|scenario| scenario.id.clone()).collect::<Vec<_>>();
    let mut built_in = suite::built_in().map_err(|error| (Exit::OurBug, error.to_string()))?;
    let mut whole = ids(&built_in);
    built_in.extend(suite::in_each_dialect().map_err(|error| (Exit::OurBug, error.to_string()))?);
    let mut known = ids(&built_in);
    let wrong = |error: suite::LoadError| (Exit::Usage, error.to_string());
    let features = suite::read_features(&options.features).map_err(wrong)?;
    let loaded = if features.is_empty() { built_in } else { suite::from_texts(features.clone()).map_err(wrong)? };
    known.extend(ids(&loaded));
    known.extend(loaded.iter().flat_map(dialects::ids));
    let loaded = dialects::played(loaded, options.dialect);
    known.extend(ids(&loaded));
    whole.extend(ids(&loaded));
    let stories = loaded.iter().map(|scenario| (scenario.id.clone(), scenario.story.clone())).collect();
    let mut selected =
        Selector::select(&options.selectors, loaded).map_err(|error| (Exit::from(&error), error.to_string()))?;
    let shard = options.shard.map(|shard| {
        let mut cases: Vec<_> = selected.iter().map(|scenario| scenario.id.clone()).collect();
        cases.sort();
        selected.retain(|scenario| shard.holds(&scenario.id));
        ShardInfo { index: shard.index(), of: shard.of(), cases }
    });
    let edition = options.edition();
    let scenarios = selected.into_iter().map(|scenario| Arc::new(scenario.in_edition(edition))).collect();
    let known = Known { all: known, whole };
    Ok(Selected { scenarios, shard, known, stories, features })
}
