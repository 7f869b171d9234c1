//! One scenario as a sequence diagram: who sent what to whom, what was altered, and where it went wrong; for the page and
//! for the terminal.

mod fit;
mod fold;
pub(super) mod parties;
mod row;
mod rows;
pub(super) mod svg;
mod terminal;
mod verdict;

pub use self::terminal::{messages, render};
