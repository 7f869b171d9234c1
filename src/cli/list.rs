//! `quintain list`.

use std::path::PathBuf;

use client_under_test::{Defect, Variation};
use mock_idp::Dialect;
use serde_json::json;

use super::output::{fail, say};
use crate::exit_code::Exit;
use crate::steps;
use crate::suite::{self, Level, Scenario, Selector};
use crate::terms::Profile;

/// Options of `quintain list`.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the command line")]
pub(super) struct Args {
    /// Which scenarios, as for `verify`
    #[arg(value_name = "SELECTOR")]
    selectors: Vec<String>,
    /// How to print them
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
    /// Lists the scenarios of these feature files, or of the ones in these folders, instead of the built-in suite
    #[arg(long, value_name = "PATH")]
    features: Vec<PathBuf>,
    /// Lists the deliberate defects of the reference client instead
    #[arg(long)]
    defects: bool,
    /// Lists the lawful variations of the reference client instead
    #[arg(long, conflicts_with = "defects")]
    variations: bool,
    /// Lists the dialects, the providers that `serve` can imitate, instead
    #[arg(long, conflicts_with_all = ["defects", "variations"])]
    dialects: bool,
    /// Lists the step vocabulary for feature files of your own instead
    #[arg(long, conflicts_with_all = ["defects", "variations", "dialects"])]
    steps: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Format {
    /// Id, level in the profile `baseline`, clauses and title
    Human,
    /// Ids alone, a line each
    Terse,
    /// JSON, for scripts
    Json,
}

pub(super) fn run(args: &Args) -> Exit {
    if args.defects {
        Defect::ALL.iter().for_each(|defect| say(&format!("{:<44} {}", defect.name(), defect.what())));
        return Exit::Clean;
    }
    if args.variations {
        Variation::ALL.iter().for_each(|variation| say(&format!("{:<44} {}", variation.name(), variation.what())));
        return Exit::Clean;
    }
    if args.dialects {
        Dialect::built_in().for_each(|dialect| say(&format!("{:<12} {}", dialect.name(), dialect.title())));
        return Exit::Clean;
    }
    if args.steps {
        steps::vocabulary()
            .for_each(|(keyword, line)| say(&format!("{keyword:<5} {}\n        {}", line.expression, line.about)));
        return Exit::Clean;
    }
    let loaded = if args.features.is_empty() { suite::built_in() } else { suite::from_paths(&args.features) };
    let scenarios = match loaded {
        Ok(scenarios) => scenarios,
        Err(error) => return fail(Exit::Usage, &error.to_string()),
    };
    match Selector::select(&args.selectors, scenarios) {
        Ok(mut scenarios) => {
            scenarios.sort_by(|a, b| a.id.cmp(&b.id));
            print(&scenarios, args.format);
            Exit::Clean
        }
        Err(error) => fail(Exit::from(&error), &error.to_string()),
    }
}

/// The level in the usual profile.
fn level(scenario: &Scenario) -> Level {
    scenario.level_in(Profile::Baseline)
}

fn print(scenarios: &[Scenario], format: Format) {
    match format {
        Format::Terse => scenarios.iter().for_each(|scenario| say(&scenario.id.to_string())),
        Format::Human => {
            for scenario in scenarios {
                let clauses: Vec<_> = scenario.clauses.iter().map(ToString::to_string).collect();
                say(&format!(
                    "{:<44} {:<8} {}  ({})",
                    scenario.id,
                    level(scenario),
                    scenario.title,
                    clauses.join(", ")
                ));
            }
            say(&format!("{} scenarios", scenarios.len()));
        }
        Format::Json => {
            let rows: Vec<_> = scenarios
                .iter()
                .map(|scenario| {
                    json!({
                        "id": scenario.id,
                        "area": scenario.id.area(),
                        "title": scenario.title,
                        "kind": scenario.kind,
                        "level": level(scenario),
                        "clauses": scenario.clauses,
                        "defence": scenario.defence,
                        "needs": scenario.needs(),
                        "source": scenario.source,
                        "steps": scenario.steps,
                    })
                })
                .collect();
            say(&serde_json::Value::Array(rows).to_string());
        }
    }
}
