//! The search: a network with a cell in place of its activation, a budget of steps, and in the end one function.
//!
//! A [`Task`](crate::task::Task) is the network with its losses, a [`SearchConfig`] says how steps are spent, a [`Search`] makes them, tells of them
//! as [`Event`]s, and can be saved and resumed at any step. [`StrategyKind::Gradient`] is the method: an architecture step moves
//! `α`, β and `m` along the gradient of a loss on the validation split of the data, then a weight step moves the network's
//! weights along that of a loss on the training split. Each optimiser owns its variables and sees only the gradients of its own loss.
//! Operations leave at the times of a pruning schedule, dense at first; what is left in the end is one function a group of sites, with which the
//! network trains for the last period, is evaluated and saved. The other strategies are baselines on the same budget.
//!
//! ```
//! use actsmith_search::cell::Cell;
//! use actsmith_search::engine::{Event, Search, SearchConfig};
//! use actsmith_search::space::Space;
//! use actsmith_search::task::Losses;
//! use candle_core::{DType, Device, Module, Tensor, Var};
//!
//! let cell = Cell::new(Space::default(), 0)?;
//! let (site, slope) = (cell.site("hidden"), Var::ones(8, DType::F32, &Device::Cpu)?);
//! let loss = |number: u64| {
//!     let x = Tensor::arange(-4f32, 4f32, &Device::Cpu)?.affine(0.5, 0.01 * number as f64)?;
//!     Ok(site.forward(&x.mul(&slope)?)?.sub(&x.sin()?)?.sqr()?.mean_all()?)
//! };
//! let task = Losses::new(vec![("slope".to_owned(), slope.clone())], loss, |n| loss(n + 50));
//! let config = SearchConfig { periods: 3, steps_per_period: 1, ..SearchConfig::default() };
//! let mut removed = 0;
//! let found = Search::new(config, cell, task)?.run(None, &mut |event| {
//!     removed += usize::from(matches!(event, Event::Removed { .. }));
//! })?;
//! println!("{} is left of {}", found.functions[0].genotype, removed + 6);
//! # Ok::<(), actsmith_search::error::Error>(())
//! ```

mod bilevel;
mod config;
mod cost;
mod event;
mod kind;
mod removal;
mod rungs;
mod schedule;
mod search;
mod shrinking;
mod strategy;
mod tournament;

pub use config::SearchConfig;
pub use cost::{Cost, Share};
pub use event::{Event, Found, FoundFunction, GroupReport};
pub use kind::StrategyKind;
pub use removal::Removal;
pub use search::Search;
