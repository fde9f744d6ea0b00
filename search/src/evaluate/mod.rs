//! An evaluation: the network of a task trained from scratch with several activations and several seeds, and what the scores say.
//!
//! A [`Plan`] says what is trained, as plain data: the settings of the task, activations and seeds. Each training is a [`Unit`] with a run
//! folder of its own, that of [`Experiment::train`](crate::experiment::Experiment::train): it goes on after an interruption, and ends
//! with the same bytes. An [`Evaluation`] is the folder of all units; several of them, on machines that share a disk or not, may hold a
//! part each. [`collect`] puts the scores together, and a [`Report`] says what they come to.
//!
//! Under one seed, all activations start from the same weights and see the examples in the same order; what is held out is the same for
//! all seeds. The score is that after the last epoch.
//!
//! ```
//! use actsmith_search::evaluate::{Evaluation, Plan, Report, collect};
//! use actsmith_search::experiment::{Network, Registry, Specification};
//! use actsmith_search::models::ResNetConfig;
//!
//! # let directory = tempfile::tempdir()?;
//! let mut task = Specification::default();
//! task.network = Network::new(&ResNetConfig { depth: 8, width: 2, channels: 1, classes: 10 })?;
//! task.retrain.epochs = 1;
//! task.batch = 512;
//! let plan = Plan::new(task, &["square(relu(x)) + x"], &["relu"], 2)?;
//! let evaluation = Evaluation::create(&directory.path().join("evaluation"), plan)?;
//! for unit in evaluation.plan().units() {
//!     evaluation.run(&unit, &Registry::default(), false, &mut |_| {})?;
//! }
//! let report = Report::new(&collect(&[evaluation])?);
//! assert!(report.to_string().contains("too few"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod baselines;
mod collect;
mod contender;
mod folder;
mod markdown;
mod plan;
mod report;
mod score;
mod searches;
mod selection;
mod summary;
mod text;
mod timing;
mod transfer;

pub use baselines::{BASELINES, BaselineRow, default_baselines};
pub use collect::{Collection, collect};
pub use contender::{Contender, Role};
pub use folder::Evaluation;
pub use plan::{Plan, Unit};
pub use report::{Compared, Gain, Noise, Report, Row};
pub use score::{Divergence, Score};
pub use searches::SearchMean;
pub use selection::{RungSize, Selected, SelectedRow, Selection, SelectionPlan};
pub use timing::{StepTime, step_times, step_times_text};
pub use transfer::{Against, Transfer, TransferRow};
