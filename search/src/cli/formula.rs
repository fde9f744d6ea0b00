//! Formula arguments.
