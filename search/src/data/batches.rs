//! The order in which a training run sees its examples.

use super::Examples;
use crate::error::{Error, Result};
use crate::seed;
use candle_core::Tensor;
use rand::seq::SliceRandom;

/// Shuffled batches of example numbers, endlessly, epoch after epoch.
///
/// The batch of a step is a pure function of `(seed, stream, step)`, so a resumed run needs no state but its step.
/// Every epoch sees each example once; its last batch may be smaller.
#[derive(Debug, Clone)]
pub struct Batches {
    examples: usize,
    size: usize,
    seed: u64,
    stream: String,
    /// The epoch whose order is at hand, and that order.
    order: Option<(u64, Vec<u32>)>,
}

impl Batches {
    /// Batches of `size` of the numbers `0 .. examples`.
    ///
    /// # Errors
    /// [`Error::Invalid`] if `size` or `examples` is zero, or the numbers do not fit 32 bits.
    pub fn new(examples: usize, size: usize, seed: u64, stream: &str) -> Result<Self> {
        if size == 0 || examples == 0 || u32::try_from(examples).is_err() {
            return Err(Error::Invalid(format!(
                "cannot make batches of {size} out of {examples} examples"
            )));
        }
        Ok(Self {
            examples,
            size,
            seed,
            stream: stream.to_owned(),
            order: None,
        })
    }

    /// Batches in an epoch.
    pub fn per_epoch(&self) -> usize {
        Self::count(self.examples, self.size)
    }

    /// How many batches of `size` an epoch of so many examples has.
    pub fn count(examples: usize, size: usize) -> usize {
        examples.div_ceil(size)
    }

    /// The batch of step `step`, counted from the start of the run.
    pub fn at(&mut self, step: usize) -> &[u32] {
        let per_epoch = self.per_epoch();
        let epoch = (step / per_epoch) as u64;
        let order = match self.order.take() {
            Some((at_hand, order)) if at_hand == epoch => order,
            _ => {
                let mut order: Vec<u32> = (0..self.examples as u32).collect();
                order.shuffle(&mut seed::rng(self.seed, &self.stream, epoch));
                order
            }
        };
        let (_, order) = self.order.insert((epoch, order));
        let start = step % per_epoch * self.size;
        &order[start..(start + self.size).min(order.len())]
    }

    /// The inputs and targets of step `step` of a training on this set; what is random about them is a function of the same.
    ///
    /// # Errors
    /// As [`Examples::batch`].
    pub fn of(&mut self, set: &dyn Examples, step: usize) -> Result<(Tensor, Tensor)> {
        let stream = format!("{}: augmentation", self.stream);
        let mut random = seed::rng(self.seed, &stream, step as u64);
        set.training_batch(self.at(step), &mut random)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_sees_every_example_once_in_an_order_of_its_own() -> Result<()> {
        let mut batches = Batches::new(10, 4, 1, "s")?;
        assert_eq!(batches.per_epoch(), 3);
        let mut epoch = |number: usize| {
            (3 * number..3 * number + 3)
                .flat_map(|step| batches.at(step).to_vec())
                .collect::<Vec<_>>()
        };
        let (first, second) = (epoch(0), epoch(1));
        assert_ne!(first, second);
        for mut order in [first, second] {
            order.sort_unstable();
            assert_eq!(order, (0..10).collect::<Vec<_>>());
        }
        assert_eq!(batches.at(2).len(), 2);
        Ok(())
    }

    #[test]
    fn a_batch_does_not_depend_on_those_before() -> Result<()> {
        let mut straight = Batches::new(100, 8, 1, "s")?;
        let expected: Vec<_> = (0..40).map(|step| straight.at(step).to_vec()).collect();
        let mut backwards = Batches::new(100, 8, 1, "s")?;
        for step in (0..40).rev() {
            assert_eq!(backwards.at(step), expected[step]);
        }
        assert_ne!(Batches::new(100, 8, 2, "s")?.at(0), expected[0]);
        assert_ne!(Batches::new(100, 8, 1, "t")?.at(0), expected[0]);
        Ok(())
    }

    #[test]
    fn empty_batches_are_errors() {
        assert!(matches!(Batches::new(0, 4, 1, "s"), Err(Error::Invalid(_))));
        assert!(matches!(Batches::new(4, 0, 1, "s"), Err(Error::Invalid(_))));
    }
}
