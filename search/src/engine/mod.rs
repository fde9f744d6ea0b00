//! The search: a network with a cell in place of its activation, a budget of steps, and in the end one function.
//!
//! A [`Task`](crate::task::Task) is the network with its losses, a [`SearchConfig`] says how steps are spent, a [`Search`] makes them, tells of them
//! as [`Event`]s, and can be saved and resumed at any step. [`StrategyKind::Gradient`] is the method: an architecture step moves
//! `α`, β and `m` along the gradient of a loss on the validation split of the data, then a weight step moves the network's
//! weights along that of a loss on the training split. Each optimiser owns its variables and sees only the gradients of its own loss.
//! Operations leave at [`schedule::removal_times`]; what is left in the end is one function a group of sites, with which the
//! network trains for the last period, is evaluated and saved. The other strategies are baselines on the same budget.

mod bilevel;
mod config;
mod cost;
mod event;
mod kind;
mod rungs;
pub mod schedule;
mod search;
mod shrinking;
mod strategy;
mod tournament;

pub use config::SearchConfig;
pub use cost::{Cost, Share};
pub use event::{Event, Found, FoundFunction, GroupReport};
pub use kind::StrategyKind;
pub use search::Search;
