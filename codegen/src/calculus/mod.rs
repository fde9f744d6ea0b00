//! Derivatives: total functions on graphs, with the values that they have at kinks, joins, poles and gaps.

mod coefficient;
mod diff;
mod expand;
mod gradient;
mod join;
mod places;
mod pole;
mod series;
mod ties;

pub use gradient::{Basis, Component, Gradient};
