//! The search cell on this machine: as one fused operation, and composed of candle's operations as one would write it down.

use actsmith_codegen::ir::Dag;
use actsmith_codegen::{Formula, Interpreted};
use candle_core::{Device, Module, Result, Tensor, Var, bail};
use candle_nn::ops::sigmoid;
use rand::RngExt;
use serde::Serialize;

use super::{Composed, Memory, Mode, Plan};
use actsmith_search::cell::fused;
use actsmith_search::cell::packed::{BETAS, BETAS_PER_SLOT, PACKED, beta_index};
use actsmith_search::seed;
use actsmith_search::space::{Affine, Binary, Choices, Slot, Space, Unary};

/// The figures of a cell; times in nanoseconds an element, memory in bytes an element.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    /// How it was computed.
    pub mode: Mode,
    /// Threads of the fused operations and of candle's.
    pub threads: usize,
    /// Elements of the tensors.
    pub n: usize,
    /// Operations in all slots.
    pub operations: usize,
    /// The forward pass without a graph.
    pub forward_ns: f64,
    /// A training step: forward, and candle's `backward()` to the input, all weights, β's and m's.
    pub forward_backward_ns: f64,
    /// What is kept for the backward pass beyond the output, the input included.
    pub kept_bytes: f64,
    /// The most memory that the step needs beyond input and output.
    pub peak_bytes: f64,
}

/// The operations of a space after removals, each of the one with the smallest of random numbers, down to `operations` in all.
pub fn choices(space: &Space, operations: usize, seed: u64) -> Choices {
    let mut rng = seed::rng(seed, "bench.cell", 0);
    let alpha: Vec<f64> = (0..Slot::OPERATIONS).map(|_| rng.random()).collect();
    let mut choices = space.choices();
    while choices.total() > operations && choices.remove_weakest(&alpha).is_some() {}
    choices
}

/// Measures the cell with these operations; composed of candle's operations only if asked for, for that takes long.
///
/// # Errors
/// If an operation fails.
pub fn measure(
    choices: Choices,
    composed: bool,
    plan: Plan,
    memory: &Memory,
) -> Result<Vec<Figures>> {
    let mut rng = seed::rng(0, "bench.cell", 1);
    let mut numbers = |n: usize, low: f32, high: f32| -> Vec<f32> {
        (0..n).map(|_| rng.random_range(low..high)).collect()
    };
    let x = Tensor::from_vec(numbers(plan.n, -3.0, 3.0), plan.n, &Device::Cpu)?;
    // Weights of the order of a mixture's, constants of the order of 1.
    let mut packed = numbers(Slot::OPERATIONS, 0.0, 0.1);
    packed.extend(numbers(PACKED - Slot::OPERATIONS, 0.5, 1.5));
    let packed = Var::from_vec(packed, PACKED, &Device::Cpu)?;

    let fused = |x: &Tensor| fused::apply(choices.clone(), x, &packed);
    let cell = ComposedCell::new(choices.clone())?;
    let written = |x: &Tensor| cell.forward(x, &packed);
    let mut contenders: Vec<(Mode, super::Operation)> = vec![(Mode::Fused, &fused)];
    if composed {
        contenders.push((Mode::Composed, &written));
    }
    let inputs = super::Inputs::of(x)?;
    let mut rounds = vec![Vec::new(); contenders.len()];
    for _ in 0..plan.rounds {
        for ((_, operation), rounds) in contenders.iter().zip(&mut rounds) {
            rounds.push([
                inputs.forward_ns(operation, plan.repetitions)?,
                inputs.step_ns(operation, plan.repetitions)?,
            ]);
        }
    }
    let figures = contenders
        .iter()
        .zip(rounds)
        .map(|((mode, operation), rounds)| {
            let time = |which: usize| {
                let time = plan.pick(rounds.iter().map(|round: &[f64; 2]| round[which]));
                (time * 1e4).round() / 1e4
            };
            let used = memory.of_step(operation, &inputs.x)?;
            Ok(Figures {
                mode: *mode,
                threads: plan.threads,
                n: plan.n,
                operations: choices.total(),
                forward_ns: time(0),
                forward_backward_ns: time(1),
                kept_bytes: used.kept,
                peak_bytes: used.peak,
            })
        });
    figures.collect()
}

/// The cell of candle's operations: a sum over operations, each by its formula.
struct ComposedCell {
    choices: Choices,
    unary: Vec<Operation>,
    binary: Vec<Operation>,
}

/// How an operation of the table is computed with candle.
enum Operation {
    /// It is linear in its arguments: the coefficients say it.
    Linear,
    Composed(Composed),
    /// candle has no operation for it: the fused one of its formula stands in.
    Fused(Interpreted),
}

impl ComposedCell {
    fn new(choices: Choices) -> Result<Self> {
        let operation = |formula: &str, linear: bool| {
            if linear {
                return Ok(Operation::Linear);
            }
            let parsed = Dag::parse(formula).ok();
            if let Some(composed) = parsed.and_then(|dag| Composed::of(&dag)) {
                return Ok(Operation::Composed(composed));
            }
            match Formula::parse(formula).and_then(|formula| formula.activation()) {
                Ok(interpreted) => Ok(Operation::Fused(interpreted)),
                Err(reason) => bail!("{formula}: {reason}"),
            }
        };
        Ok(Self {
            choices,
            unary: Unary::ALL
                .iter()
                .map(|op| {
                    operation(
                        op.formula(true),
                        op.affine().is_some_and(Affine::is_straight),
                    )
                })
                .collect::<Result<_>>()?,
            binary: Binary::ALL
                .iter()
                .map(|op| operation(op.formula(true), op.linear().is_some()))
                .collect::<Result<_>>()?,
        })
    }

    fn forward(&self, x: &Tensor, packed: &Tensor) -> Result<Tensor> {
        let unary = |slot, index, x: &Tensor| self.unary(slot, index, x, packed);
        let binary = |slot, index, a: &Tensor, b: &Tensor| self.binary(slot, index, a, b, packed);
        let inner = binary(
            Slot::B0,
            0,
            &unary(Slot::U0, 0, x)?,
            &unary(Slot::U1, 1, x)?,
        )?;
        binary(
            Slot::B1,
            1,
            &unary(Slot::U2, 2, &inner)?,
            &unary(Slot::U3, 3, x)?,
        )
    }

    fn unary(&self, slot: Slot, number: usize, x: &Tensor, packed: &Tensor) -> Result<Tensor> {
        self.mixture(slot, packed, x, |index| match &self.unary[index] {
            Operation::Composed(operation) => operation.forward(x),
            Operation::Fused(operation) => operation.forward(x),
            Operation::Linear => {
                let op = Unary::ALL[index];
                let at = Slot::OPERATIONS + BETAS_PER_SLOT * number + beta_index(op);
                let beta = packed.get(at)?;
                let row = op.affine().unwrap_or_default();
                if row.slope_beta != 0.0 {
                    x.broadcast_mul(&beta)
                } else if row.slopes[1] == 0.0 {
                    beta.broadcast_as(x.shape())
                } else if row.offset_beta != 0.0 {
                    x.broadcast_add(&beta)
                } else {
                    x * row.slopes[1]
                }
            }
        })
    }

    fn binary(
        &self,
        slot: Slot,
        number: usize,
        a: &Tensor,
        b: &Tensor,
        packed: &Tensor,
    ) -> Result<Tensor> {
        self.mixture(slot, packed, a, |index| match &self.binary[index] {
            Operation::Composed(operation) => {
                operation.forward_of(a, |name| if name == "b" { b } else { a })
            }
            Operation::Fused(_) => bail!("candle lacks `{}`", Binary::ALL[index].name()),
            Operation::Linear => {
                let row = Binary::ALL[index].linear().unwrap_or_default();
                let share = sigmoid(&packed.get(Slot::OPERATIONS + BETAS + number)?)?;
                let part = |fixed: f64, mix: f64, of: &Tensor| match (fixed, mix) {
                    (_, 0.0) => of * fixed,
                    (fixed, mix) => of.broadcast_mul(&((&share * mix)? + fixed)?),
                };
                part(row.left, row.left_mix, a)? + part(row.right, row.right_mix, b)?
            }
        })
    }

    /// The sum of the operations of a slot, each times its weight.
    fn mixture(
        &self,
        slot: Slot,
        packed: &Tensor,
        like: &Tensor,
        operation: impl Fn(usize) -> Result<Tensor>,
    ) -> Result<Tensor> {
        let mut sum: Option<Tensor> = None;
        for index in self.choices.indices(slot) {
            let weight = packed.get(slot.offset(index))?;
            let term = operation(index)?.broadcast_mul(&weight)?;
            sum = Some(match sum {
                Some(sum) => (sum + term)?,
                None => term,
            });
        }
        sum.map_or_else(|| like.zeros_like(), Ok)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_composed_cell_is_the_fused_cell() -> Result<()> {
        let x = Var::from_vec(
            (-30..30).map(|i| 0.1 * f64::from(i) + 0.013).collect(),
            60,
            &Device::Cpu,
        )?;
        let numbers: Vec<f64> = (0..PACKED).map(|i| 0.02 + 0.001 * i as f64).collect();
        let packed = Var::from_vec(numbers, PACKED, &Device::Cpu)?;
        for operations in [1_000, 20] {
            let choices = choices(&Space::default(), operations, 0);
            let pair = [
                fused::apply(choices.clone(), &x, &packed)?,
                ComposedCell::new(choices)?.forward(&x, &packed)?,
            ];
            let gradients = [pair[0].backward()?, pair[1].backward()?];
            let rows = |tensors: [&Tensor; 2]| -> Result<[Vec<f64>; 2]> {
                Ok([tensors[0].to_vec1()?, tensors[1].to_vec1()?])
            };
            let of = |var: &Var| -> Result<[Vec<f64>; 2]> {
                let [Some(a), Some(b)] = [gradients[0].get(var), gradients[1].get(var)] else {
                    bail!("no gradient")
                };
                rows([a, b])
            };
            for [fused, composed] in [rows([&pair[0], &pair[1]])?, of(&x)?, of(&packed)?] {
                for (fused, composed) in fused.iter().zip(composed) {
                    let close = (fused - composed).abs() <= 1e-6 * (1.0 + fused.abs());
                    assert!(close, "{operations}: {fused}, not {composed}");
                }
            }
        }
        Ok(())
    }
}
