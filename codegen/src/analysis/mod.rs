//! What is proved or measured about a graph numerically, without an e-graph: intervals, domains, differences, and the digits that a form
//! keeps.

mod absorb;
mod boxes;
mod definedness;
mod demands;
mod difference;
mod enclose;
#[cfg(feature = "oracle")]
mod exactly;
mod exponents;
mod facts;
mod interval;
mod ladder;
mod magnitudes;
mod points;
mod quality;
mod region;
mod spoiled;

pub(crate) use absorb::zero_factors;
pub use definedness::{Definedness, Gap, definedness};
pub(crate) use demands::same_domain;
pub(crate) use difference::Search;
#[cfg(feature = "oracle")]
pub(crate) use difference::where_both_defined;
pub use difference::{Agreement, Difference};
pub use enclose::range;
pub(crate) use enclose::{Defined, Encloser};
pub(crate) use facts::Fact;
#[cfg(all(test, feature = "oracle"))]
pub(crate) use facts::image;
pub use interval::Interval;
#[cfg(feature = "oracle")]
pub(crate) use interval::error;
pub(crate) use points::smooth_between;
pub use quality::{Judge, Witness};
pub use region::{EmptyInterval, Region};
