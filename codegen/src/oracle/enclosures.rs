//! Every operation's interval rule against true values in arbitrary precision.
//!
//! The table says which operations there are, so a new one is tested because it exists: over points and intervals of every kind,
//! each at its ends, at places that functions single out, and in between, where no f64 may lie.

use num_bigint::BigInt;
use num_rational::BigRational;

use super::exact::{Exact, Known, Levels};
use crate::analysis::{Interval, image};
use crate::ir::{Dag, Id};
use crate::number::Number;
use crate::ops::{Op, Shape};
use crate::precise::span::{Big, Span, from_f64};

/// Where functions bend, saturate, overflow or underflow, in f64 and by the definitions of the table.
const PLACES: [f64; 50] = [
    5e-324,
    1e-320,
    1e-310,
    f64::MIN_POSITIVE,
    1e-300,
    1e-200,
    1e-160,
    1e-100,
    1e-30,
    1e-20,
    1.1e-16,
    1e-16,
    1e-9,
    1e-8,
    1e-5,
    0.01,
    0.1,
    0.3,
    0.5,
    0.7,
    1.0,
    1.5,
    2.0,
    2.5,
    3.0,
    4.0,
    5.9,
    6.0,
    7.7,
    10.0,
    19.1,
    25.0,
    26.6,
    27.3,
    37.5,
    38.6,
    40.0,
    88.7,
    104.0,
    709.7,
    745.2,
    746.5,
    760.0,
    1e3,
    1e5,
    9_007_199_254_740_993.0,
    1e22,
    1e100,
    1e154,
    1.7e308,
];

/// A stream of pseudorandom bits (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, count: usize) -> usize {
        (self.next() % count as u64) as usize
    }

    /// A finite number of any size.
    fn number(&mut self) -> f64 {
        loop {
            let value = f64::from_bits(self.next());
            if value.is_finite() {
                return value;
            }
        }
    }

    /// A number of ordinary size.
    fn ordinary(&mut self) -> f64 {
        (self.next() as f64 / u64::MAX as f64 - 0.5) * 40.0
    }
}

/// The places, of both signs, with 0, multiples of π/2 and what `op` singles out.
fn places(op: Op) -> Vec<f64> {
    let mut places: Vec<f64> = PLACES.to_vec();
    places.extend((1..8).map(|n| f64::from(n) * std::f64::consts::FRAC_PI_2));
    places.extend([1e6, 1e15].map(|n| n * std::f64::consts::PI));
    if let Shape::Valley(at) | Shape::Peak(at) = op.row().shape
        && at != 0.0
    {
        places.push(at.abs());
    }
    let negative: Vec<f64> = places.iter().map(|place| -place).collect();
    places.extend(negative);
    places.push(0.0);
    places
}

/// Points, neighbours, short and long intervals, and unbounded ones, at the places and at random.
fn intervals(op: Op) -> Vec<Interval> {
    let mut random = Random(op as u64 + 1);
    let mut places = places(op);
    places.sort_by(f64::total_cmp);
    let mut ends: Vec<(f64, f64)> = places.windows(2).map(|pair| (pair[0], pair[1])).collect();
    for &place in &places {
        ends.extend([
            (place, place),
            (place, place.next_up()),
            (place.next_down(), place.next_up()),
            (place, place + place.abs() * 1e-9),
            (place, place + 1.0),
            (f64::NEG_INFINITY, place),
            (place, f64::INFINITY),
            (place, places[random.below(places.len())]),
        ]);
    }
    for _ in 0..40 {
        let (a, b) = (random.number(), random.ordinary());
        ends.extend([(a, a), (a, random.number()), (b, b), (b, random.ordinary())]);
    }
    ends.push((f64::NEG_INFINITY, f64::INFINITY));
    let interval = |(a, b): (f64, f64)| Interval {
        low: a.min(b),
        high: a.max(b),
    };
    ends.into_iter().map(interval).collect()
}

fn rational(value: f64) -> BigRational {
    BigRational::from_float(value).expect("finite")
}

/// Numbers of the interval: its ends, what it singles out, and some between, which need not be f64.
fn members(interval: Interval, op: Op, random: &mut Random) -> Vec<Number> {
    let (low, high) = (interval.low.max(f64::MIN), interval.high.min(f64::MAX));
    let mut members = vec![rational(low)];
    if low < high {
        let width = rational(high) - rational(low);
        let at =
            |part: u64| rational(low) + &width * BigRational::new(part.into(), BigInt::from(1000));
        members.extend([rational(high), at(1 + random.next() % 998)]);
        let inside = |place: &f64| low < *place && *place < high;
        let all = places(op);
        members.extend(all.iter().copied().filter(inside).take(2).map(rational));
        members.extend([0.0].into_iter().filter(inside).map(rational));
        if let Shape::Valley(at) | Shape::Peak(at) = op.row().shape {
            members.extend([at].into_iter().filter(inside).map(rational));
        }
    }
    members.into_iter().map(Number::from).collect()
}

/// The value of `op`, closely enough to tell it from the ends of `claimed` and from 0; `None` where there is none or that takes too
/// many digits.
fn truth(op: Op, arguments: &[Number], claimed: Interval, levels: &mut Levels) -> Option<Span> {
    const TRIES: usize = 3;
    let mut dag = Dag::new(vec!["x".to_owned()]);
    let places: Vec<Id> = arguments.iter().map(|n| dag.number(n.clone())).collect();
    let root = dag.apply(op, &places);
    dag.roots = vec![root];
    let marks: Vec<Big> = [claimed.low, claimed.high, 0.0]
        .into_iter()
        .filter(|mark| mark.is_finite())
        .map(from_f64)
        .collect();
    let exact = Exact::new(&dag);
    let mut last = None;
    for arithmetic in &mut levels.0[..TRIES] {
        let Known::Inside(span) = exact.outputs(&[Number::zero()], arithmetic).swap_remove(0)
        else {
            continue;
        };
        let is_told = |mark: &Big| *mark < span.low || span.high < *mark;
        let is_enough = span.is_point() || marks.iter().all(is_told);
        last = Some(span);
        if is_enough {
            break;
        }
    }
    last
}

/// What is wrong with the interval that `op` is said to have over `arguments`, at these members of theirs.
fn fault(
    op: Op,
    arguments: &[Interval],
    members: &[Number],
    levels: &mut Levels,
) -> Option<String> {
    let known: Vec<(Interval, bool)> = arguments.iter().map(|i| (*i, i.excludes_zero())).collect();
    let (claimed, nonzero) = image(op, &known);
    let value = truth(op, members, claimed, levels)?;
    let below = claimed.low > f64::NEG_INFINITY && value.high < from_f64(claimed.low.min(f64::MAX));
    let above = claimed.high < f64::INFINITY && value.low > from_f64(claimed.high.max(f64::MIN));
    let zero = nonzero && value.is_zero();
    let at: Vec<String> = members
        .iter()
        .map(|n| format!("{:e}", n.to_f64()))
        .collect();
    let names = [(below, "below"), (above, "above"), (zero, "0, not outside")];
    let wrong: Vec<&str> = names
        .iter()
        .filter(|name| name.0)
        .map(|name| name.1)
        .collect();
    (!wrong.is_empty()).then(|| {
        format!(
            "{}({}) is {} {claimed:?}, claimed over {arguments:?}",
            op.name(),
            at.join(", "),
            wrong.join(" and ")
        )
    })
}

#[test]
fn every_operation_is_enclosed_in_its_interval() {
    /// Combinations of intervals for an operation of several arguments.
    const COMBINATIONS: usize = 500;
    let mut levels = Levels::default();
    let mut faults: Vec<String> = Vec::new();
    for &op in Op::ALL {
        let mut random = Random(op as u64 + 100);
        let pool = intervals(op);
        let combinations: Vec<Vec<Interval>> = match op.arity() {
            0 => vec![Vec::new()],
            1 => pool.iter().map(|&i| vec![i]).collect(),
            arity => (0..COMBINATIONS)
                .map(|_| {
                    let mut picks: Vec<Interval> =
                        (0..arity).map(|_| pool[random.below(pool.len())]).collect();
                    if op == Op::Powi {
                        picks[1] = Interval::point(random.below(19) as f64 - 9.0);
                    }
                    picks
                })
                .collect(),
        };
        let mut of_op = Vec::new();
        for arguments in combinations {
            let choices: Vec<Vec<Number>> = arguments
                .iter()
                .map(|&i| members(i, op, &mut random))
                .collect();
            let most = choices.iter().map(Vec::len).max().unwrap_or(1);
            for k in 0..most {
                let point: Vec<Number> = choices.iter().map(|c| c[k % c.len()].clone()).collect();
                of_op.extend(fault(op, &arguments, &point, &mut levels));
            }
        }
        if let Some(first) = of_op.first() {
            faults.push(format!("{} faults, such as {first}", of_op.len()));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}
