//! A site of the network, which uses the cell, as a module.

use candle_core::{DType, Device, Module, Tensor, Var};

use super::group::{Group, Use};
use super::packed::pack;
use super::{Cell, Mode, Pass, fused};
use crate::error::Result;
use crate::space::Choices;

/// A site of the network, which uses the cell: a candle module. It comes from [`Cell::site`].
///
/// Tensors are f32, f64, f16 or bf16 on the CPU, and so are the results and the gradients; half precision is computed in f32.
///
/// ```
/// use actsmith_search::cell::Cell;
/// use actsmith_search::space::Space;
/// use candle_core::{DType, Device, Module, Tensor};
///
/// let site = Cell::new(Space::default(), 7)?.site("hidden");
/// let x = Tensor::new(&[-1.0f32, 0.5], &Device::Cpu)?.to_dtype(DType::BF16)?;
/// assert_eq!(site.forward(&x)?.dtype(), DType::BF16);
/// # Ok::<(), actsmith_search::error::Error>(())
/// ```
#[derive(Clone)]
pub struct Site {
    pub(super) cell: Cell,
    pub(super) name: String,
}

impl Site {
    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn evaluate(&self, x: &Tensor) -> Result<Tensor> {
        let group = self.cell.site_group();
        let alpha = group.alpha()?;
        let (mode, pass, stream, step) = self.cell.enter(&self.name);
        let choices = match mode {
            Mode::Base(base) => return Ok(base.forward(x)?),
            Mode::Mixture => group.choices(),
            Mode::Found => Choices::single(&group.choices().strongest(&alpha)),
        };
        let weights = if pass == Pass::Evaluation {
            Group::weights(&choices, &alpha, |alpha| self.cell.relaxation().mean(alpha))
        } else {
            let mut rng = self.cell.rng(&stream, step);
            let mut draw = |alpha: &[f64]| self.cell.relaxation().sample(alpha, &mut rng);
            Group::weights(&choices, &alpha, &mut draw)
        };
        let numbers = pack(&weights, &group.numbers()?);
        let computed = match x.dtype() {
            DType::F64 => DType::F64,
            _ => DType::F32,
        };
        let packed = Tensor::new(numbers, &Device::Cpu)?.to_dtype(computed)?;
        if pass == Pass::Architecture {
            let packed = Var::from_tensor(&packed)?;
            let y = fused::apply(choices.clone(), x, &packed)?;
            group.remember(Use {
                choices,
                weights,
                packed,
            });
            return Ok(y);
        }
        // Nobody asks for the gradient of a weight: operations without one cost nothing.
        Ok(fused::apply(choices.with_weight(&weights), x, &packed)?)
    }
}

impl Module for Site {
    fn forward(&self, x: &Tensor) -> candle_core::Result<Tensor> {
        Ok(self.evaluate(x)?)
    }
}
