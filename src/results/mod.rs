//! The results of a run, in the published form (`docs/results.schema.json`): every report starts from them.

mod attribution;
mod cause;
mod dialects;
mod expectations;
mod merge;
mod run;
mod scenario;
mod seen;

pub use self::cause::Cause;
pub use self::dialects::{DialectResult, DialectStep, StepOutcome};
pub use self::expectations::{Compared, Expected, Problem, ProblemKind};
pub use self::merge::{MergeError, Named, merge};
pub use self::run::{ClientInfo, Place, Results, SCHEMA_VERSION, ShardInfo, Suite, Summary};
pub use self::scenario::{EarlierEnd, ScenarioResult};
pub use self::seen::{
    ActionSummary, EvidenceSummary, ExchangeSummary, FaultSummary, HopSummary, Party, SessionSummary,
};
pub use crate::lab::Stopped;
