//! The project's own proof, in one binary.

mod docs;
mod kill_matrix;
mod reports;
mod variations;
