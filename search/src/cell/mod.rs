//! The searchable cell: one function with trained numbers, used at any number of sites of a network.
//!
//! ```
//! use actsmith_search::cell::Cell;
//! use actsmith_search::space::Space;
//! use candle_core::{Device, Module, Tensor};
//!
//! let cell = Cell::new(Space::default(), 7)?;
//! let (first, second) = (cell.site("block1"), cell.site("block2"));
//! let x = Tensor::new(&[-1.0f32, 0.5], &Device::Cpu)?;
//! let y = second.forward(&first.forward(&x)?)?;
//! assert_eq!(y.dims(), [2]);
//! # Ok::<(), actsmith_search::error::Error>(())
//! ```
//!
//! **Groups.** Sites that come from the same cell find one function together. [`Cell::group`] gives a cell whose sites find
//! another: one function for the attention, say, and one for the feed-forward layers.
//!
//! **Numbers.** `α` (one an operation), β (three a unary slot) and `m` (one a binary slot) are f64 variables of a [`Group`].
//! Every [`Site`] draws its own weights from them for every forward pass: the draw is a pure function of the seed, the
//! site's name, the kind of pass, the step, and how often the site ran in that pass. Where a network is only evaluated, the
//! weights are the means.
//!
//! **Gradients.** A forward pass of kind [`Pass::Architecture`] packs sample, β and `m` into a variable per use. After
//! `loss.backward()`, [`Group::gather`] adds up over these uses: gradients of β and `m` as they are, gradients of weights
//! through the sample to `α` (see [`crate::relaxation`]). Passes of other kinds make no variables, so nothing reaches the cell.

mod block;
#[doc(hidden)] // What a site runs; for measurements and tests.
pub mod fused;
mod group;
#[doc(hidden)] // The layout of the numbers that `fused` takes.
pub mod packed;
mod site;
mod sums;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actsmith::zoo::{Gelu, Relu};
use candle_core::{Module, Tensor};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::models::Activations;
use crate::relaxation::{DrNas, Relaxation};
use crate::seed;
use crate::space::Space;
pub use group::{Group, Reach};
pub use site::Site;

/// The name of the group that a new cell stands for.
pub(crate) const ROOT: &str = "cell";

/// What a site computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mode {
    /// A fixed activation in place of the cell.
    Base(Base),
    /// The mixture of the operations still in.
    Mixture,
    /// The one function with the largest `α` in each slot; deterministic.
    Found,
}

/// The activation that the network had before the search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Base {
    /// `max(x, 0)`.
    Relu,
    /// `x·Φ(x)`.
    Gelu,
}

impl Base {
    fn forward(self, x: &Tensor) -> candle_core::Result<Tensor> {
        match self {
            Self::Relu => Relu.forward(x),
            Self::Gelu => Gelu.forward(x),
        }
    }
}

/// Why a network is being run: each kind of pass draws its own samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pass {
    /// For gradients of the cell's numbers.
    Architecture,
    /// For gradients of the network's weights.
    Weights,
    /// For values only, with the mean weights.
    Evaluation,
}

impl Pass {
    fn name(self) -> &'static str {
        match self {
            Self::Architecture => "architecture",
            Self::Weights => "weights",
            Self::Evaluation => "evaluation",
        }
    }
}

/// A handle to a group of sites that are searched together; clones share it.
///
/// ```
/// use actsmith_search::cell::Cell;
/// use actsmith_search::space::Space;
///
/// let cell = Cell::new(Space::default(), 7)?;
/// let attention = cell.group("attention")?; // finds another function
/// let sites = [cell.site("stem"), attention.site("block1"), attention.site("block2")];
/// assert_eq!((sites.len(), cell.groups().len()), (3, 2));
/// # Ok::<(), actsmith_search::error::Error>(())
/// ```
#[derive(Clone)]
pub struct Cell {
    shared: Arc<Shared>,
    group: Arc<Group>,
}

struct Shared {
    space: Space,
    seed: u64,
    relaxation: Arc<dyn Relaxation>,
    /// By name.
    groups: Mutex<BTreeMap<String, Arc<Group>>>,
    progress: Mutex<Progress>,
}

struct Progress {
    mode: Mode,
    pass: Pass,
    step: u64,
    /// How often each site ran since the pass began.
    runs: BTreeMap<String, u64>,
}

impl Cell {
    /// A cell with all operations of the space, relaxed by [`DrNas`], in mode [`Mode::Mixture`].
    ///
    /// # Errors
    /// If its variables cannot be made.
    pub fn new(space: Space, seed: u64) -> Result<Self> {
        Self::with_relaxation(space, seed, Box::new(DrNas))
    }

    /// As [`Self::new`], with another relaxation.
    ///
    /// # Errors
    /// If its variables cannot be made.
    pub fn with_relaxation(
        space: Space,
        seed: u64,
        relaxation: Box<dyn Relaxation>,
    ) -> Result<Self> {
        let relaxation: Arc<dyn Relaxation> = relaxation.into();
        let root = Group::new(ROOT, "cell.start", &space, seed, relaxation.clone())?;
        let group = Arc::new(root);
        Ok(Self {
            group: group.clone(),
            shared: Arc::new(Shared {
                space,
                seed,
                relaxation,
                groups: Mutex::new(BTreeMap::from([(ROOT.to_owned(), group)])),
                progress: Mutex::new(Progress {
                    mode: Mode::Mixture,
                    pass: Pass::Evaluation,
                    step: 0,
                    runs: BTreeMap::new(),
                }),
            }),
        })
    }

    /// A site of the network: where it uses the cell. Names tell sites apart: give each its own, or a search refuses the cell. A clone of a
    /// site counts as the same site.
    pub fn site(&self, name: &str) -> Site {
        self.group.add_site(name);
        Site {
            cell: self.clone(),
            name: name.to_owned(),
        }
    }

    /// The cell of the sites that find the function of this name: a new one the first time.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the name is empty or has a dot; if variables cannot be made.
    pub fn group(&self, name: &str) -> Result<Self> {
        if name.is_empty() || name.contains('.') {
            return Err(Error::Invalid(format!(
                "`{name}` cannot name a group of sites: choose a name that is not empty and has no dot"
            )));
        }
        let mut groups = self.groups_by_name();
        let group = match groups.get(name) {
            Some(group) => group.clone(),
            None => {
                let Shared {
                    space,
                    seed,
                    relaxation,
                    ..
                } = &*self.shared;
                let stream = format!("cell.start.{name}");
                let group = Group::new(name, &stream, space, *seed, relaxation.clone())?;
                let group = Arc::new(group);
                groups.insert(name.to_owned(), group.clone());
                group
            }
        };
        Ok(Self {
            shared: self.shared.clone(),
            group,
        })
    }

    /// The group of this handle's sites.
    pub fn site_group(&self) -> &Group {
        &self.group
    }

    /// All groups that have a site, whichever handle they belong to, in the order of their names.
    pub fn groups(&self) -> Vec<Arc<Group>> {
        let groups = self.groups_by_name();
        let used = groups.values().filter(|group| group.sites() > 0);
        used.cloned().collect()
    }

    /// The space that the cell started from.
    pub fn space(&self) -> &Space {
        &self.shared.space
    }

    /// The seed of its start and its samples.
    pub fn seed(&self) -> u64 {
        self.shared.seed
    }

    /// How weights are drawn.
    pub fn relaxation(&self) -> &dyn Relaxation {
        &*self.shared.relaxation
    }

    /// What every site computes from now on.
    pub fn set_mode(&self, mode: Mode) {
        self.progress().mode = mode;
    }

    /// Begins a pass: forgets the uses of the one before, and lets the samples depend on `pass` and `step`.
    pub fn begin(&self, pass: Pass, step: u64) {
        let mut progress = self.progress();
        progress.pass = pass;
        progress.step = step;
        progress.runs.clear();
        for group in self.groups_by_name().values() {
            group.forget_uses();
        }
    }

    /// Counts a run of a site: mode, pass, the stream of its samples and the step.
    fn enter(&self, site: &str) -> (Mode, Pass, String, u64) {
        let mut progress = self.progress();
        let (mode, pass, step) = (progress.mode, progress.pass, progress.step);
        let run = progress.runs.entry(site.to_owned()).or_default();
        let stream = format!("cell.{}.{run}.{site}", pass.name());
        *run += 1;
        (mode, pass, stream, step)
    }

    fn rng(&self, stream: &str, step: u64) -> ChaCha8Rng {
        seed::rng(self.shared.seed, stream, step)
    }

    /// A panic of another thread leaves nothing half written: every change under the locks is one assignment or insertion.
    fn progress(&self) -> MutexGuard<'_, Progress> {
        let progress = &self.shared.progress;
        progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn groups_by_name(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Group>>> {
        let groups = &self.shared.groups;
        groups.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A model that is built with a cell has a site of it wherever it applies its activation function.
impl Activations for Cell {
    fn at(&self, site: &str) -> candle_core::Result<Box<dyn Module + Send + Sync>> {
        Ok(Box::new(self.site(site)))
    }
}
