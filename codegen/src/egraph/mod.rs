//! Simplification: a value and its derivatives go into one e-graph, rules saturate it, and the cheapest shared form comes out.
//!
//! Everything is bounded by counts, never by time, and egg's order is deterministic: the same formula gives the same form.

mod best;
mod budget;
mod classes;
mod compile;
#[cfg(feature = "oracle")]
mod congruence;
#[cfg(feature = "oracle")]
mod derived;
mod equality;
mod extract;
#[cfg_attr(
    not(feature = "oracle"),
    allow(dead_code, reason = "only certificates read it")
)]
mod log;
mod present;
mod price;
#[cfg(feature = "oracle")]
mod proof;
mod saturate;
mod simplify;

pub use budget::{Budget, StopReason};
#[cfg(feature = "oracle")]
pub(crate) use congruence::{Link, Why};
#[cfg(feature = "oracle")]
pub(crate) use derived::{Derived, Reason};
pub use equality::{Equality, equality};
pub use price::{CostModel, cost, written_cost};
#[cfg(feature = "oracle")]
pub(crate) use proof::{ROWS, Run, Sides, derive};
pub use saturate::proves_equal;
pub use simplify::{Simplified, simplify, simplify_from, simplify_known};
