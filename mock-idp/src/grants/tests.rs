//! The life cycle under random use.
