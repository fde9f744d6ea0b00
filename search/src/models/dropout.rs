//! Dropout (Srivastava et al., JMLR 15, 2014), with masks that a resumed training draws again.

use candle_core::{DType, Device, Result, Shape, Tensor, Var};
use candle_nn::{Init, VarBuilder};
use rand::Rng;

use crate::error::{self, Error};
use crate::seed;

/// The name of the number of training passes made. It is saved with the weights, as running statistics are.
pub(super) const PASSES: &str = "dropout_passes";

/// What a model needs to drop numbers at random while it trains. A mask is a function of the seed, the name of the place and the number
/// of training passes before.
pub(super) struct Dropout {
    rate: f64,
    seed: u64,
    passes: Var,
}

/// The masks of one training pass.
pub(super) struct Masks<'a> {
    of: &'a Dropout,
    pass: u64,
}

impl Dropout {
    /// Dropout of this share of the numbers; none if the share is 0.
    pub(super) fn new(rate: f64, seed: u64, vars: &VarBuilder) -> Result<Option<Self>> {
        if rate == 0.0 {
            return Ok(None);
        }
        let passes = vars.get_with_hints_dtype((), PASSES, Init::Const(0.0), DType::I64)?;
        Ok(Some(Self {
            rate,
            seed,
            passes: Var::from_tensor(&passes)?,
        }))
    }

    /// Begins a training pass.
    pub(super) fn begin(&self) -> Result<Masks<'_>> {
        let pass: i64 = self.passes.to_scalar()?;
        self.passes
            .set(&Tensor::new(pass + 1, self.passes.device())?)?;
        Ok(Masks {
            of: self,
            pass: pass as u64,
        })
    }
}

impl Masks<'_> {
    /// The tensor with numbers dropped, and the others scaled up so that their mean stays.
    pub(super) fn apply(&self, place: &str, x: &Tensor) -> Result<Tensor> {
        let mask = self.mask(place, x.shape())?;
        x * mask.to_device(x.device())?.to_dtype(x.dtype())?
    }

    /// What a tensor of this shape is multiplied by.
    pub(super) fn mask(&self, place: &str, shape: &Shape) -> Result<Tensor> {
        let Dropout { rate, seed, .. } = *self.of;
        let mut random = seed::rng(seed, &format!("dropout at {place}"), self.pass);
        let kept = (1.0 / (1.0 - rate)) as f32;
        // Of 2³² equally likely numbers, those below are dropped.
        let dropped = (rate * 2f64.powi(32)) as u32;
        let mask = (0..shape.elem_count()).map(|_| match random.next_u32() < dropped {
            true => 0.0,
            false => kept,
        });
        Tensor::from_vec(mask.collect::<Vec<f32>>(), shape, &Device::Cpu)
    }
}

/// The tensor as it is, or with numbers dropped if it is in a training pass of a model with dropout.
pub(super) fn dropped(masks: Option<&Masks<'_>>, place: &str, x: Tensor) -> Result<Tensor> {
    match masks {
        None => Ok(x),
        Some(masks) => masks.apply(place, &x),
    }
}

/// Refuses a share that is not from 0 to below 1.
pub(super) fn check_dropout(model: &str, rate: f64) -> error::Result<()> {
    match (0.0..1.0).contains(&rate) {
        true => Ok(()),
        false => Err(Error::Invalid(format!(
            "the dropout of a {model} is a share from 0 to below 1, not {rate}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_nn::VarMap;

    #[test]
    fn a_mask_is_a_function_of_seed_place_and_pass() -> Result<()> {
        let ones = Tensor::ones((100, 100), DType::F32, &Device::Cpu)?;
        let draw = |seed, places: &[&str]| -> Result<Vec<Vec<f32>>> {
            let vars = VarMap::new();
            let vars = VarBuilder::from_varmap(&vars, DType::F32, &Device::Cpu);
            let dropout = Dropout::new(0.25, seed, &vars)?.expect("a rate above 0");
            let draw = |place: &&str| {
                dropout
                    .begin()?
                    .apply(place, &ones)?
                    .flatten_all()?
                    .to_vec1()
            };
            places.iter().map(draw).collect()
        };
        let masks = draw(1, &["a", "a", "b"])?;
        assert_eq!(masks, draw(1, &["a", "a", "b"])?);
        assert_eq!(masks[0], draw(1, &["a"])?[0]);
        assert_ne!(masks[0], masks[1]);
        assert_ne!(masks[0], draw(1, &["b"])?[0]);
        assert_ne!(masks[0], draw(2, &["a"])?[0]);
        for mask in masks {
            assert!(
                mask.iter()
                    .all(|m| [0.0, (4.0f64 / 3.0) as f32].contains(m))
            );
            let dropped = mask.iter().filter(|m| **m == 0.0).count() as f64;
            // Within 5 standard deviations of the mean of a binomial distribution.
            assert!(
                (dropped - 2500.0).abs() < 5.0 * (10_000.0 * 0.25 * 0.75f64).sqrt(),
                "{dropped}"
            );
        }
        Ok(())
    }
}
