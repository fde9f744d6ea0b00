//! Gradient-based search for customised activation functions.
//!
//! The method is GRAFS (Strack, Safari, Hutter, "Efficient Search for Customized Activation Functions with Gradient Descent",
//! arXiv 2408.06820). Where a network has its activation function, it gets a *site* of one searchable [`cell`]
//!
//! ```text
//! f(x) = b1( u2( b0( u0(x), u1(x) ) ), u3(x) )
//! ```
//!
//! with four unary and two binary slots. A slot computes a mixture of all its operations; the weights of the mixture are
//! [drawn](sampler) anew in every forward pass and at every site. The [`engine`] moves their distributions along the gradient of a
//! loss on one part of the data and the network's weights along that of another, and takes out one operation after another,
//! until a single function is left: a [`genotype`] with trained constants.
//!
//! To search on a model of one's own: build it with [`cell::Cell::site`] in place of its activation, give its losses as
//! [`engine::Losses`] or an [`engine::Task`], and run an [`engine::Search`]. [`report::Function`] then has the formula,
//! simplified, and its source; the example `search_own_model` of the crate `actsmith` is a whole one. A [`run`] is
//! one of the same engine on embedded data, with a folder that it can be resumed from; the command `actsmith`, of the crate
//! `actsmith-cli`, makes such runs.
//!
//! The layers, each of which knows only those to its left: `space, genotype, sampler < cell < engine < report < run`,
//! with `data`, `models`, `optim` and `train` beside them.

pub mod cell;
pub mod data;
pub mod engine;
pub mod error;
pub mod files;
pub mod genotype;
pub mod models;
pub mod optim;
pub mod report;
pub mod run;
pub mod sampler;
pub mod seed;
pub mod space;
pub mod state;
pub mod train;
