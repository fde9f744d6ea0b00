//! What an operation costs inside a fused loop, timed on the processor at hand.

use std::hint::black_box;
use std::marker::PhantomData;
use std::time::{Duration, Instant};

use crate::ops::{Domain, Op};
use crate::runtime::{Real, SimdJob, dispatch};

use super::step::operations;

/// Results of a pass: with the arguments, all rows stay in a first-level cache of 32 KiB.
const LEN: usize = 512;
/// Uses of the operation for each result, so that loads and the one store are small beside them.
const USES: usize = 4;
/// Passes between two looks at the clock: some ten to some hundred microseconds.
const PASSES: usize = 32;
/// Looks at the clock for each operation, of which the quickest counts: what else the machine does only adds time.
const ROUNDS: usize = 400;

/// The cost of every operation in f32, in additions, with the widest instructions of this processor. It is the time of a loop
/// that accumulates the operation's values less that of one that accumulates its arguments. On processors with separate units,
/// a product hides behind sums and the other way round, so both accumulations are timed and the larger difference counts.
pub fn measure_costs() -> Vec<(Op, f64)> {
    let mut best: Vec<[Duration; 2]> = vec![[Duration::MAX; 2]; Op::ALL.len() + 1];
    for _ in 0..ROUNDS {
        // All operations take turns: a quiet spell of the machine serves them all.
        for (index, best) in best.iter_mut().enumerate() {
            let op = Op::ALL.get(index).copied();
            let times = [time::<false>(op), time::<true>(op)];
            *best = [best[0].min(times[0]), best[1].min(times[1])];
        }
    }
    for (i, b) in best.iter().enumerate() {
    }
    let (operations, idle) = best.split_at(Op::ALL.len());
    let difference = |op: Op| {
        let times = operations[op as usize];
        let over = |way: usize| times[way].as_secs_f64() - idle[0][way].as_secs_f64();
        over(0).max(over(1))
    };
    let addition = difference(Op::Add);
    let cost = |&op: &Op| (op, difference(op) / addition);
    Op::ALL.iter().map(cost).collect()
}

/// What is timed, inlined into the loop.
trait Case {
    fn value<T: Real>(a: T, b: T, c: T) -> T;
}

/// The time of [`PASSES`] passes with `op`, or with the argument itself.
fn time<const BY_PRODUCT: bool>(op: Option<Op>) -> Duration {
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
            timed::<Expression, BY_PRODUCT>(domain)
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
        Some(Op::If) => case!(a, b, c, T::select(a < b, c, a)),
        Some(op) => operations!(op; constant, unary, binary, ternary, power),
    }
}

fn timed<C: Case, const BY_PRODUCT: bool>(domain: Domain) -> Duration {
    // A plastic sequence, spread as evenly as numbers can be, bent so that small arguments are the most: |x| ≤ 4.
    let argument = |i: usize| {
        let even = (i as f64 * 0.618_033_988_749_895).fract() * 2.0 - 1.0;
        let x = (4.0 * even * even.abs()) as f32;
        match domain {
            Domain::All | Domain::NonZeroDivisor | Domain::Power => x,
            Domain::NonNegative | Domain::Positive | Domain::AboveMinusOne => x.abs() + 0.01,
        }
    };
    let arguments: Vec<f32> = (0..LEN).map(argument).collect();
    // An accumulation of products starts at 0 and stays there, away from the slow subnormal numbers.
    let (mut results, start) = (vec![0.0; LEN], black_box(0.0));
    let begin = Instant::now();
    for _ in 0..PASSES {
        dispatch(Pass::<C, BY_PRODUCT> {
            arguments: black_box(&arguments),
            others: black_box([0.7, 1.9]),
            start,
            shifts: black_box(std::array::from_fn(|i| 1.0 + i as f32 / 16.0)),
            results: &mut results,
            case: PhantomData,
        });
        black_box(&results);
    }
    begin.elapsed()
}

/// Accumulates [`USES`] values for each result.
struct Pass<'a, C, const BY_PRODUCT: bool> {
    arguments: &'a [f32],
    /// The second and third arguments: mostly constants in formulas.
    others: [f32; 2],
    start: f32,
    shifts: [f32; USES],
    results: &'a mut [f32],
    case: PhantomData<C>,
}

impl<C: Case, const BY_PRODUCT: bool> SimdJob for Pass<'_, C, BY_PRODUCT> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let [b, c] = self.others;
        for (result, &x) in self.results.iter_mut().zip(self.arguments) {
            let mut accumulated = self.start;
            for shift in self.shifts {
                if BY_PRODUCT {
                    accumulated = accumulated * C::value(x * shift, b, c);
                } else {
                    accumulated = accumulated + C::value(x + shift, b, c);
                }
            }
            *result = accumulated;
        }
    }
}
