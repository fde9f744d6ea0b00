//! What an operation costs inside a fused loop, timed on the processor at hand.

use std::hint::black_box;
use std::marker::PhantomData;
use std::time::{Duration, Instant};

use crate::ir::Node;
use crate::ops::{Domain, Op};
use crate::runtime::{Float, Real, Simd, SimdJob, dispatch};
use crate::syntax::of_row;

use super::step::operations;

/// Results of a pass: with the arguments, all rows stay in a first-level cache of 32 KiB.
const LEN: usize = 512;
/// Uses of the operation for each result: as many as keep the load and the store small beside a cheap operation, and as few as
/// leave a long one short enough to be vectorised.
const USES: [usize; 2] = [8, 2];
/// From this many additions on an operation is long.
const LONG: f64 = 10.0;
/// Passes between two looks at the clock: some ten to some hundred microseconds.
const PASSES: usize = 128;
/// Looks at the clock for each operation, of which the quickest counts: what else the machine does only adds time.
const ROUNDS: usize = 100;

/// What one operation costs.
#[derive(Clone, Copy, Debug)]
pub struct Measurement {
    /// The operation.
    pub op: Op,
    /// The time of its kernel, in additions.
    pub additions: f64,
    /// What the table should say, in tenths of an addition: the measured time to two digits, and at least 1. An operation that is
    /// dearer than its definition spends the rest on digits that the definition lacks; it costs what the definition does, so
    /// that it is what stands for it.
    pub cost: u32,
}

/// Times every operation, with the widest instructions of this processor: a loop that accumulates the operation's values less
/// one that accumulates its arguments. On processors with separate units, products hide behind sums and the other way round, so
/// the accumulation is done both ways and the larger difference counts.
pub fn measure_costs<T: Float>() -> Vec<Measurement> {
    let [short, long] = [times::<T, { USES[0] }>(), times::<T, { USES[1] }>()];
    let addition = short[Op::Add as usize];
    let additions = |op: Op| match long[op as usize] / addition {
        additions if additions >= LONG => additions,
        _ => short[op as usize] / addition,
    };
    let additions = |&op: &Op| match op {
        // Evaluated when code is generated.
        Op::Pi => 0.0,
        // A choice is timed together with a comparison that decides it. The pair does what a maximum does, and where masks make it
        // cheaper still, a maximum could be had by them.
        Op::Lt | Op::Le | Op::Eq | Op::If => additions(op).max(additions(Op::Max)) / 2.0,
        op => additions(op),
    };
    let additions: Vec<f64> = Op::ALL.iter().map(additions).collect();
    let costs = capped(additions.iter().map(|&a| rounded(a)).collect());
    let measurement = |(&op, (additions, cost))| Measurement {
        op,
        additions,
        cost,
    };
    Op::ALL
        .iter()
        .zip(additions.into_iter().zip(costs))
        .map(measurement)
        .collect()
}

/// Tenths of an addition, to two digits.
fn rounded(additions: f64) -> u32 {
    let tenths = (10.0 * additions).max(0.0);
    let step = 10f64.powf(tenths.max(1.0).log10().floor() - 1.0).max(1.0);
    ((tenths / step).round() * step) as u32
}

/// Costs by operation of which none is above that of the operation's definition.
fn capped(mut costs: Vec<u32>) -> Vec<u32> {
    for cost in &mut costs {
        *cost = (*cost).max(1);
    }
    costs[Op::Pi as usize] = 0;
    // Definitions are made of simpler operations, whose costs are capped in their turn.
    loop {
        let mut fell = false;
        for &op in Op::ALL {
            // The table leaves to the rules the choice that a threshold is, and the slope as people write it, which loses digits.
            let definition = match op {
                Op::Threshold => Some("if b < a { a } else { c }"),
                Op::SigmoidGrad => Some("sigmoid(a) * (1 - sigmoid(a))"),
                op => op.row().definition,
            };
            let Some(definition) = definition else {
                continue;
            };
            let written_out = written_out(definition, &costs);
            if written_out < costs[op as usize] {
                (costs[op as usize], fell) = (written_out, true);
            }
        }
        if !fell {
            return costs;
        }
    }
}

/// What `definition` costs; operations on constants alone are evaluated when code is generated.
fn written_out(definition: &str, costs: &[u32]) -> u32 {
    let dag = of_row(definition);
    let mut varies: Vec<bool> = Vec::with_capacity(dag.nodes().len());
    let mut cost = 0;
    for node in dag.nodes() {
        varies.push(match node {
            Node::Number(_) => false,
            Node::Variable(_) => true,
            Node::Apply(..) => node.arguments().iter().any(|&a| varies[usize::from(a)]),
        });
        if let (Node::Apply(op, _), Some(true)) = (node, varies.last()) {
            cost += costs[*op as usize];
        }
    }
    cost
}

/// The seconds that [`PASSES`] passes spend on one of the uses of each operation.
fn times<T: Float, const USES: usize>() -> Vec<f64> {
    let mut best = vec![[Duration::MAX; 2]; Op::ALL.len() + 1];
    for _ in 0..ROUNDS {
        // All operations take turns: a quiet spell of the machine serves them all.
        for (index, best) in best.iter_mut().enumerate() {
            let op = Op::ALL.get(index).copied();
            let times = [time::<T, USES, false>(op), time::<T, USES, true>(op)];
            *best = [best[0].min(times[0]), best[1].min(times[1])];
        }
    }
    let (operations, idle) = best.split_at(Op::ALL.len());
    let over = |times: &[Duration; 2]| {
        let over = |way: usize| times[way].as_secs_f64() - idle[0][way].as_secs_f64();
        over(0).max(over(1)) / USES as f64
    };
    operations.iter().map(over).collect()
}

/// What is timed, inlined into the loop.
trait Case {
    fn value<T: Real>(a: T, b: T, c: T) -> T;
}

/// The time of [`PASSES`] passes with `op`, or with the argument itself.
fn time<T: Float, const USES: usize, const BY_PRODUCT: bool>(op: Option<Op>) -> Duration {
    let domain = op.map_or(Domain::All, |op| op.row().domain);
    macro_rules! case {
        ($a:ident, $b:ident, $c:ident, $value:expr) => {{
            struct Expression;
            impl Case for Expression {
                #[inline(always)]
                fn value<T: Real>($a: T, $b: T, $c: T) -> T {
                    $value
                }
            }
            timed::<Expression, T, USES, BY_PRODUCT>(domain)
        }};
    }
    macro_rules! constant {
        ($value:expr) => {
            case!(_a, _b, _c, T::of($value))
        };
    }
    macro_rules! unary {
        ($method:ident) => {
            case!(a, _b, _c, a.$method())
        };
    }
    macro_rules! binary {
        (|$a:ident, $b:ident| $value:expr) => {
            case!($a, $b, _c, $value)
        };
    }
    macro_rules! ternary {
        (|$a:ident, $b:ident, $c:ident| $value:expr) => {
            case!($a, $b, $c, $value)
        };
    }
    // A product of a few squares, as for most exponents that are written.
    macro_rules! power {
        () => {
            case!(a, _b, _c, a.powi(5))
        };
    }
    match op {
        None => case!(a, _b, _c, a),
        // In a kernel, a comparison and the choice that it decides are one compare and one select.
        Some(Op::Lt | Op::If) => case!(a, b, c, T::select(a < b, c, a)),
        Some(Op::Le) => case!(a, b, c, T::select(a <= b, c, a)),
        Some(Op::Eq) => case!(a, b, c, T::select(a == b, c, a)),
        Some(op) => operations!(op; constant, unary, binary, ternary, power),
    }
}

fn timed<C: Case, T: Float, const USES: usize, const BY_PRODUCT: bool>(domain: Domain) -> Duration {
    // Multiples of the golden ratio spread evenly; the square makes small arguments the most frequent: |x| ≤ 4.
    let argument = |i: usize| {
        let even = (i as f64 * 0.618_033_988_749_895).fract() * 2.0 - 1.0;
        let x = 4.0 * even * even.abs();
        T::of(match domain {
            Domain::All | Domain::NonZeroDivisor | Domain::Power => x,
            Domain::NonNegative | Domain::Positive | Domain::AboveMinusOne => x.abs() + 0.01,
        })
    };
    let arguments: Vec<T> = (0..LEN).map(argument).collect();
    let mut results = vec![T::of(0.0); LEN];
    let shift = |i: usize| T::of(if BY_PRODUCT { 1.0 } else { 0.0 } + i as f64 / 64.0);
    let begin = Instant::now();
    for _ in 0..PASSES {
        dispatch(Pass::<C, T, USES, BY_PRODUCT> {
            arguments: black_box(&arguments),
            others: black_box([T::of(0.7), T::of(1.9)]),
            shifts: black_box(std::array::from_fn(shift)),
            // A product that starts at 0 stays there, away from the slow subnormal numbers.
            start: black_box(T::of(0.0)),
            results: &mut results,
            case: PhantomData,
        });
        black_box(&results);
    }
    begin.elapsed()
}

/// Accumulates the values at `USES` arguments for each result.
struct Pass<'a, C, T, const USES: usize, const BY_PRODUCT: bool> {
    arguments: &'a [T],
    /// The second and third arguments: mostly constants in formulas.
    others: [T; 2],
    shifts: [T; USES],
    start: T,
    results: &'a mut [T],
    case: PhantomData<C>,
}

impl<C: Case, T: Float, const USES: usize, const BY_PRODUCT: bool> SimdJob
    for Pass<'_, C, T, USES, BY_PRODUCT>
{
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        let [b, c] = self.others.map(|other| other.enter::<S>());
        let shifts = self.shifts.map(|shift| shift.enter::<S>());
        for (result, x) in self.results.iter_mut().zip(self.arguments) {
            let (x, mut accumulated) = (x.enter::<S>(), self.start.enter::<S>());
            for shift in shifts {
                accumulated = if BY_PRODUCT {
                    accumulated * C::value(x * shift, b, c)
                } else {
                    accumulated + C::value(x + shift, b, c)
                };
            }
            *result = T::leave::<S>(accumulated);
        }
    }
}
