//! `quintain coverage`: requirement → scenarios → defects, and what is left out and why.

use std::collections::BTreeSet;

use super::output::{fail, say};
use crate::exit_code::Exit;
use crate::found_by;
use crate::ledger::{Ledger, Requirement};
use crate::suite::{self, ScenarioId};

/// Options of `quintain coverage`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Shows only what is left out, and why
    #[arg(long)]
    excluded: bool,
    /// Each requirement's scenarios with the defects that fail them
    #[arg(long, conflicts_with = "excluded")]
    defects: bool,
}

pub(super) fn run(args: &Args) -> Exit {
    let (usual, in_each_dialect) = match (suite::built_in(), suite::in_each_dialect()) {
        (Ok(usual), Ok(in_each_dialect)) => (usual, in_each_dialect),
        (Err(error), _) | (_, Err(error)) => return fail(Exit::OurBug, &error.to_string()),
    };
    let ids = usual.iter().chain(&in_each_dialect).map(|scenario| scenario.id.clone()).collect();
    let ledger = Ledger::get();
    for requirement in ledger.requirements.iter().filter(|it| !args.excluded || !it.is_covered()) {
        show(requirement, &ids, args);
    }
    if args.excluded {
        for case in ledger.cases.iter().filter(|case| case.scenarios.is_empty()) {
            say(&format!("{:<44} {}", case.id, case.reason));
        }
    }
    let core: Vec<_> = ledger.requirements.iter().filter(|it| it.core).collect();
    let covered = |all: &[&Requirement]| all.iter().filter(|it| it.is_covered()).count();
    let all: Vec<_> = ledger.requirements.iter().collect();
    say(&format!(
        "{} requirements: {} are tested by scenarios, {} are left out with a reason; of {} core requirements, {} are tested. {} scenarios, and {} for each dialect",
        all.len(),
        covered(&all),
        all.len() - covered(&all),
        core.len(),
        covered(&core),
        usual.len(),
        in_each_dialect.len()
    ));
    // A requirement that points nowhere is a defect of ours, and so is one that says neither what nor why.
    let adrift =
        all.iter().any(|it| it.all().any(|id| !ids.contains(id)) || (!it.is_covered() && it.excluded.is_none()));
    if adrift { fail(Exit::OurBug, "the ledger names scenarios that do not exist") } else { Exit::Clean }
}

fn show(requirement: &Requirement, ids: &BTreeSet<ScenarioId>, args: &Args) {
    let Requirement { id, spec, level, text, .. } = requirement;
    say(&format!("{id:<9} {level} · {spec}\n          {text}"));
    for (title, scenarios) in [("", &requirement.scenarios), ("any of ", &requirement.any_of)] {
        for scenario in scenarios {
            let missing = if ids.contains(scenario) { "" } else { "  (does not exist)" };
            say(&format!("          → {title}{scenario}{missing}"));
            if args.defects {
                found_by::scenario(scenario).iter().for_each(|defect| say(&format!("              ✗ {defect}")));
            }
        }
    }
    if let Some(excluded) = &requirement.excluded {
        say(&format!("          – {excluded}"));
    }
}
