//! How fast activations are on this machine: the fused operation, candle's own, and the same formula composed of candle's.
//!
//! The inputs are f32 from N(0, 1.5²), all gradients from above are ones in memory. Each figure is the median of seven rounds
//! (see [`Plan`]), per element; in a round every way of computing the function has its turn, so that a busy moment strikes all of them.
//!
//! | figure | what is timed |
//! | --- | --- |
//! | `forward_ns` | the operation on a tensor without a graph, its result allocated and freed |
//! | `step_ns` | a training step: the operation on a variable, then candle's `backward()` on the result |
//! | `autograd_ns` | `step_ns` less that of an identity in place of the activation, a view of the input: what the activation itself costs |
//! | `forward_backward_ns` | the forward operation and the backward operation on a given gradient |
//!
//! For the last, the backward pass of a fused operation is called by itself, on memory allocated for each call. candle has no
//! such call for operations of its own: theirs is `autograd_ns`, which is the same work, since the identity's step has the
//! gradient of ones, the buffer of zeros and the sum into it that `backward()` adds to every graph. So it is for interpreted
//! formulas.

pub mod cell;
mod compose;
mod functions;
mod memory;
pub mod step;

use std::hint::black_box;
use std::time::Instant;

use candle_core::{Device, Result, Tensor, Var};
use rand_distr::{Distribution, Normal};
use serde::Serialize;

pub use compose::Composed;
pub use functions::{FUNCTIONS, Fused, NamedFunction};
pub use memory::Memory;

use actsmith_search::seed;

/// A function of tensors.
pub type Operation<'a> = &'a dyn Fn(&Tensor) -> Result<Tensor>;

/// `(x, g) ↦ g·f′(x)`, written to the last argument.
pub type Backward = fn(&[f32], &[f32], &mut [f32]);

/// How a function is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// As one operation, compiled by `activation!`.
    Fused,
    /// As one operation, interpreted: a formula that is only known at run time.
    Interpreted,
    /// As the operation that candle has for it.
    Candle,
    /// As the formula reads, one candle operation after another.
    Composed,
}

/// One way of computing a function.
pub struct Contender<'a> {
    /// Which.
    pub mode: Mode,
    /// The function, with candle's graph.
    pub operation: Operation<'a>,
    /// The backward pass by itself, if it can be called.
    pub backward: Option<Backward>,
}

/// The figures of one way of computing a function; times in nanoseconds an element, memory in bytes an element.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    /// The name of the function, or its formula.
    pub function: String,
    /// How it was computed.
    pub mode: Mode,
    /// Threads of the fused operations and of candle's.
    pub threads: usize,
    /// Elements of the tensors.
    pub n: usize,
    /// The forward operation.
    pub forward_ns: f64,
    /// The forward and the backward operation.
    pub forward_backward_ns: f64,
    /// A training step through candle's `backward()`, less that of an identity.
    pub autograd_ns: f64,
    /// The training step itself.
    pub step_ns: f64,
    /// What is kept for the backward pass beyond the output, the input included.
    pub kept_bytes: f64,
    /// The most memory that the training step needs beyond input and output.
    pub peak_bytes: f64,
}

/// How to measure.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Threads, which the environment sets; here they are only written down.
    pub threads: usize,
    /// Elements of the tensors.
    pub n: usize,
    /// Rounds.
    pub rounds: usize,
    /// How often an operation is repeated in a round.
    pub repetitions: usize,
    /// Whether the fastest round counts instead of the median: on a busy machine, what the machine can do.
    pub fastest: bool,
}

impl Plan {
    /// The median of seven rounds, each of 8 million elements, but of 3 to 1,000 repetitions.
    pub fn new(threads: usize, n: usize) -> Self {
        Self {
            threads,
            n,
            rounds: 7,
            repetitions: (8_000_000 / n.max(1)).clamp(3, 1_000),
            fastest: false,
        }
    }

    /// The time that counts, in nanoseconds to four decimals.
    fn pick(&self, times: impl Iterator<Item = f64>) -> f64 {
        let mut times: Vec<f64> = times.collect();
        times.sort_by(f64::total_cmp);
        let index = if self.fastest { 0 } else { times.len() / 2 };
        times.get(index).copied().unwrap_or(f64::NAN)
    }
}

/// Measures each way of computing a function, the ways in turn in each round.
///
/// # Errors
/// If an operation fails.
pub fn measure(
    function: &str,
    contenders: &[Contender],
    plan: Plan,
    memory: &Memory,
) -> Result<Vec<Figures>> {
    let inputs = Inputs::new(plan.n)?;
    let mut identities = Vec::new();
    // Forward, forward and backward, step.
    let mut rounds = vec![Vec::new(); contenders.len()];
    for _ in 0..plan.rounds {
        identities.push(inputs.step_ns(&identity, plan.repetitions)?);
        for (contender, rounds) in contenders.iter().zip(&mut rounds) {
            let Contender {
                operation,
                backward,
                ..
            } = contender;
            let both =
                backward.map(|backward| inputs.both_ns(operation, backward, plan.repetitions));
            rounds.push([
                inputs.forward_ns(operation, plan.repetitions)?,
                both.unwrap_or(Ok(f64::NAN))?,
                inputs.step_ns(operation, plan.repetitions)?,
            ]);
        }
    }
    let identity = plan.pick(identities.into_iter());
    let figures = contenders.iter().zip(rounds).map(|(contender, rounds)| {
        let time = |which: usize| plan.pick(rounds.iter().map(|round: &[f64; 3]| round[which]));
        let (step, autograd) = (time(2), time(2) - identity);
        let both = contender.backward.map_or(autograd, |_| time(1));
        let used = memory.of_step(contender.operation, &inputs.x)?;
        let rounded = |time: f64| (time * 1e4).round() / 1e4;
        Ok(Figures {
            function: function.to_owned(),
            mode: contender.mode,
            threads: plan.threads,
            n: plan.n,
            forward_ns: rounded(time(0)),
            forward_backward_ns: rounded(both),
            autograd_ns: rounded(autograd),
            step_ns: rounded(step),
            kept_bytes: used.kept,
            peak_bytes: used.peak,
        })
    });
    figures.collect()
}

/// A view of the input: a node of the graph that computes nothing.
pub fn identity(x: &Tensor) -> Result<Tensor> {
    x.reshape(x.shape())
}

struct Inputs {
    x: Tensor,
    leaf: Var,
    values: Vec<f32>,
    up: Vec<f32>,
    grad: Vec<f32>,
}

impl Inputs {
    fn new(n: usize) -> Result<Self> {
        // The parameters are valid.
        let Ok(normal) = Normal::new(0f32, 1.5) else {
            candle_core::bail!("no normal distribution")
        };
        let mut rng = seed::rng(0, "bench", 0);
        let values: Vec<f32> = (0..n).map(|_| normal.sample(&mut rng)).collect();
        Self::of(Tensor::from_vec(values, n, &Device::Cpu)?)
    }

    fn of(x: Tensor) -> Result<Self> {
        let (values, n) = (x.to_vec1()?, x.elem_count());
        Ok(Self {
            leaf: Var::from_slice(&values, n, &Device::Cpu)?,
            x,
            values,
            up: vec![1.0; n],
            grad: vec![0.0; n],
        })
    }

    fn forward_ns(&self, f: Operation, repetitions: usize) -> Result<f64> {
        self.timed(repetitions, || f(black_box(&self.x)).map(drop))
    }

    fn step_ns(&self, f: Operation, repetitions: usize) -> Result<f64> {
        self.timed(repetitions, || f(&self.leaf)?.backward().map(drop))
    }

    fn both_ns(&self, f: Operation, backward: Backward, repetitions: usize) -> Result<f64> {
        let mut grad = self.grad.clone();
        self.timed(repetitions, || {
            let y = f(black_box(&self.x))?;
            // The operation would allocate its result; safe code writes to memory that holds values already.
            let allocated: Vec<f32> = Vec::with_capacity(self.values.len());
            backward(black_box(&self.values), &self.up, &mut grad);
            drop(black_box((y, allocated)));
            Ok(())
        })
    }

    /// Nanoseconds an element, of one call among `repetitions`; another one before them is not counted.
    fn timed(&self, repetitions: usize, mut call: impl FnMut() -> Result<()>) -> Result<f64> {
        call()?;
        let begin = Instant::now();
        for _ in 0..repetitions {
            call()?;
        }
        let elements = repetitions * self.values.len();
        Ok(begin.elapsed().as_secs_f64() * 1e9 / elements as f64)
    }
}
