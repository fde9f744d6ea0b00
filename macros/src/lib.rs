//! `activation!`.
