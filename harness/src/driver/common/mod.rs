//! What several drivers need: processes, certificates of the run, placeholders, and words for a broken set-up.

mod advice;
pub(super) mod descendants;
mod placeholders;
pub(super) mod process;
mod setup_error;
mod trust;

pub use self::advice::{Trouble, Wording};
pub(super) use self::placeholders::{host_alone, placeholders};
pub use self::setup_error::SetupError;
pub(super) use self::trust::Trust;
