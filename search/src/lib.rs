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
//! [drawn](relaxation) anew in every forward pass and at every site. The [`engine`] moves their distributions along the gradient of a
//! loss on the validation split and the network's weights along that on the training split, and takes out one operation after another,
//! until a single function is left: a [`genotype`] with trained constants.
//!
//! To search on your own model: build it with [`cell::Cell::site`] in place of its activation, give its losses as
//! [`task::Losses`] or a [`task::Task`], and run an [`engine::Search`]. [`report::Function`] then has the formula,
//! simplified, and its source; the example `search_own_model` of the crate `actsmith` is a whole one.
//!
//! An [`experiment`] is more: a search and the trainings from scratch that it is judged by, as plain data, with a folder that it can be
//! resumed from. It names a data set and a model family, ours or yours: see [`data::DataSet`] and [`models::Family`]. The command
//! `actsmith`, of the crate `actsmith-cli`, runs experiments.
//!
//! ```
//! use actsmith_search::genotype::{Constants, Genotype};
//! use actsmith_search::report::Function;
//!
//! let genotype: Genotype = "silu-silu-mul-gelu-silu-mul".parse()?;
//! let function = Function::new(&genotype, &Constants { beta: [1.0; 4], mix: [0.0; 2] })?;
//! assert_eq!(genotype.formula(false), "gelu(silu(x) * silu(x)) * silu(x)");
//! assert_eq!(function.at(0.0)[0], 0.0);
//! println!("{}", function.formulas()); // with the bounds that the cell sets
//! # Ok::<(), actsmith_search::error::Error>(())
//! ```
//!
//! The layers, each of which imports only those to its left:
//!
//! error < files < seed < statistics < layers < state < objective < space < genotype < relaxation < optim < checkpoint < data < models <
//! cell < task < train < engine < report < experiment < evaluate

pub mod cell;
#[doc(hidden)] // A search saves and loads its own.
pub mod checkpoint;
pub mod data;
pub mod engine;
pub mod error;
pub mod evaluate;
pub mod experiment;
#[doc(hidden)] // For the command, which writes files in the same way.
pub mod files;
pub mod genotype;
pub mod layers;
pub mod models;
pub mod objective;
pub mod optim;
pub mod relaxation;
pub mod report;
pub mod seed;
pub mod space;
pub mod state;
pub mod statistics;
pub mod task;
pub mod train;
