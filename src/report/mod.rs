//! Reports: the results of a run, for people and for machines.

pub mod compare;
pub mod console;
mod defence;
pub mod diagram;
mod headline;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod sarif;
mod tone;
mod unexpected;
mod write;

use std::collections::BTreeMap;

pub(crate) use self::write::check_writable;
pub use self::write::{WriteError, write_atomically};
use crate::suite::{ScenarioId, Story};

/// What the suite says of its scenarios, for reports that explain.
pub type Stories = BTreeMap<ScenarioId, Story>;
