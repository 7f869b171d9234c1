//! `quintain self-test`: every scenario on every defect of the reference client, and on every lawful variation.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use client_under_test::Defect;

use super::output::{fail, say};
use super::progress::Progress;
use crate::exit_code::Exit;
use crate::found_by;
use crate::matrix::{Matrix, MatrixError, Tolerance, Variation};
use crate::report::{check_writable, write_atomically};
use crate::suite::{self, Scenario};
use crate::terms::Profile;

/// The seeds that the provider varies by: the same every time. `scripts/repeat` tries many others.
const SEEDS: std::ops::Range<u64> = 0..8;

/// Scenarios side by side on each client.
const JOBS: usize = 8;

/// Options of `quintain self-test`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Writes the kill matrix: for each defect the scenarios that do not pass, and what they say
    #[arg(long, value_name = "FILE")]
    matrix: Option<PathBuf>,
}

pub(super) async fn run(args: &Args) -> Exit {
    let scenarios: Vec<_> = match suite::built_in() {
        Ok(scenarios) => scenarios.into_iter().map(Arc::new).collect(),
        Err(error) => return fail(Exit::OurBug, &error.to_string()),
    };
    if let Some(error) = args.matrix.as_deref().and_then(|file| check_writable(file).err()) {
        return fail(Exit::Usage, &error.to_string());
    }
    let started = Instant::now();
    let (matrix, tolerance) = match compute(&scenarios).await {
        Ok(computed) => computed,
        Err(error) => return fail(Exit::OurBug, &error.to_string()),
    };
    let seconds = started.elapsed().as_secs_f32();
    if let Some(file) = &args.matrix
        && let Err(error) = write_atomically(file, matrix.to_string())
    {
        return fail(Exit::Usage, &error.to_string());
    }

    let findings = findings(&matrix, &tolerance);
    findings.iter().for_each(|finding| say(finding));
    say(&format!(
        "{} scenarios on {} defects and {} variations in {seconds:.1} s: defects found {} times, {} problems",
        scenarios.len(),
        matrix.rows.len(),
        tolerance.rows.len(),
        matrix.found(),
        findings.len()
    ));
    if findings.is_empty() { Exit::Clean } else { Exit::OurBug }
}

async fn compute(scenarios: &[Arc<Scenario>]) -> Result<(Matrix, Tolerance), MatrixError> {
    let (variations, profile) = (Variation::all(SEEDS), Profile::Baseline);
    let progress = Progress::start(Defect::ALL.len() + variations.len());
    let matrix = Matrix::compute(Defect::ALL, scenarios, profile, JOBS, |defect| progress.done(defect)).await?;
    let ended = |variation| progress.done(variation);
    let tolerance = Tolerance::compute(&variations, scenarios, profile, JOBS, ended).await?;
    Ok((matrix, tolerance))
}

/// What is wrong with Quintain, a line each.
fn findings(matrix: &Matrix, tolerance: &Tolerance) -> Vec<String> {
    let never_failing = matrix.never_failing().into_iter().map(|id| format!("no defect fails the scenario {id}"));
    let unfound = matrix.unfound().into_iter().map(|defect| format!("no scenario finds the defect {defect}"));
    let alarms = tolerance.false_alarms().into_iter().map(|(variation, id, verdict)| {
        format!("the {variation} is lawful, and the scenario {id} says {}", verdict.name())
    });
    let stopped = tolerance.stopped().into_iter();
    let stopped = stopped.map(|variation| format!("the {variation} is lawful, and no honest login succeeds with it"));
    let stale = found_by::differences(&matrix.to_string());
    let review = (matrix.to_string() != found_by::EXPECTED)
        .then(|| "features/kill-matrix.txt is stale: --matrix writes it again; then review the diff".to_owned());
    let stale = stale.into_iter().chain(review);
    never_failing.chain(unfound).chain(alarms).chain(stopped).chain(stale).collect()
}
