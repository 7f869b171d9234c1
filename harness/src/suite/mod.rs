//! The suite: scenarios in Gherkin, compiled into plans before anything runs.
//!
//! A feature file is data. Its steps build a [`Plan`](crate::plan::Plan): what is arranged at the provider, what is done with
//! the client, what must be seen. Whatever is wrong with a file (a step that matches nothing, an unknown tag, an id used
//! twice) is found while loading, with file and line, and nothing runs.

mod draft;
mod duty;
mod edition;
mod id;
mod load;
mod needs;
mod outlines;
mod scenario;
mod select;
mod shard;
mod tags;

pub use self::draft::Draft;
pub use self::duty::{Duty, duty_named, duty_of, explaining, mistake_of};
pub use self::edition::Edition;
pub use self::id::ScenarioId;
pub use self::load::{LoadError, about, built_in, from_paths, from_text, from_texts, in_each_dialect, read_features};
pub use self::scenario::{Scenario, Setting, Story};
pub use self::select::{Selector, SelectorError, nearest};
pub use self::shard::Shard;
pub use self::tags::{Clause, Debtor, Kind, Level};
