//! What spends the steps of a search.

use super::Event;
use super::bilevel::Bilevel;
use crate::error::Result;
use crate::state::State;

/// The losses of a step.
pub(super) struct StepLosses {
    pub(super) train: f64,
    pub(super) validation: Option<f64>,
    /// The learning rate of the weights.
    pub(super) rate: f64,
}

/// Spends steps.
pub(super) trait Strategy<T> {
    /// Steps in all.
    fn steps(&self) -> usize;

    /// Makes step `step`.
    fn step(
        &mut self,
        step: usize,
        network: &mut Bilevel<T>,
        observe: &mut dyn FnMut(&Event),
    ) -> Result<StepLosses>;

    /// What it knows besides the network and the number of the step.
    fn state(&self) -> Result<State>;

    /// Continues from a saved state.
    fn load_state(&mut self, state: &State) -> Result<()>;
}
