//! Expectations over a standard normal input, by interval quadrature.
//!
//! Over a part from a to b with the middle m, a function g with two derivatives is g(m) + g′(m)·(x − m) + g″(ξ)·(x − m)²/2, so that
//!
//! ∫ g φ = g(m)·P + g′(m)·M₁ + g″·M₂/2,
//!
//! where P, M₁ and M₂ are the moments of the density φ over the part about m: P = Φ(b) − Φ(a), M₁ = φ(a) − φ(b) − m·P, and
//! M₂ = P + a·φ(a) − b·φ(b) − 2m·(φ(a) − φ(b)) + m²·P. Parts with the widest result are halved.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use super::figure::Figure;
use super::line::{self, Stretch, View};
use super::signs::{Run, Sign};
use crate::analysis::Interval;
use crate::kernel::expectation;
use crate::ops::Op;

/// How many parts are looked at for one expectation.
const PARTS: usize = 1_600;
/// The enclosure of an expectation is narrow enough.
const CLOSE: f64 = 1e-9;
/// Where the quadrature ends: beyond, the density is below 10⁻³³⁰.
const END: f64 = 39.0;
/// Parts beyond the end, on which a function has to stay below exp(x²/8), so that its square times the density adds less than
/// 10⁻¹⁰⁰ in all. Beyond the last of these numbers some derivative has to be bounded.
const BEYOND: [f64; 5] = [39.0, 60.0, 78.0, 1e4, 1e50];
/// What is beyond the end adds at most this.
const REST: f64 = 1e-100;

/// What the expectation is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    Value,
    Square,
    SlopeSquare,
}

/// The expectations of a passport, for z ~ N(0, 1).
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// E f(z); none where there is none, or it is infinite.
    pub mean: Option<Figure>,
    /// E f(z)².
    pub square: Option<Figure>,
    /// E f′(z)².
    pub slope_square: Option<Figure>,
    /// 1/√E f(z)²: the factor on weights that keeps the variance of a layer's inputs.
    pub gain: Option<Figure>,
    /// The probability that f′(z) = 0: the share of dead inputs.
    pub dead: Option<Figure>,
}

fn sum(a: Interval, b: Interval) -> Interval {
    Interval::of(Op::Add, &[a, b])
}

fn difference(a: Interval, b: Interval) -> Interval {
    Interval::of(Op::Sub, &[a, b])
}

fn product(a: Interval, b: Interval) -> Interval {
    Interval::of(Op::Mul, &[a, b])
}

fn square(a: Interval) -> Interval {
    Interval::of(Op::Square, &[a])
}

fn point(value: f64) -> Interval {
    Interval::point(value)
}

/// The probability of a part of the line.
fn probability(side: Interval) -> Interval {
    let below = |x: f64| Interval::of(Op::NormalCdf, &[point(x)]);
    // On the right side the small tails are taken.
    let found = match side.low >= 0.0 {
        true => difference(below(-side.low), below(-side.high)),
        false => difference(below(side.high), below(side.low)),
    };
    Interval {
        low: found.low.max(0.0),
        high: found.high.max(0.0),
    }
}

/// The moments of the density over a part about its middle.
fn about(side: Interval) -> [Interval; 3] {
    let (a, b, m) = (point(side.low), point(side.high), point(side.middle()));
    let density = |x: Interval| Interval::of(Op::NormalPdf, &[x]);
    let whole = probability(side);
    let step = difference(density(a), density(b));
    let first = difference(step, product(m, whole));
    let ends = difference(product(a, density(a)), product(b, density(b)));
    let spread = difference(
        sum(sum(whole, ends), product(square(m), whole)),
        product(product(point(2.0), m), step),
    );
    let half = difference(b, m);
    let most = product(square(half), whole);
    let spread = Interval {
        low: spread.low.max(0.0),
        high: spread.high.min(most.high).max(0.0),
    };
    [whole, first, spread]
}

/// The function whose expectation is wanted, with its first two derivatives, by the function's own derivatives.
fn of(wanted: Of, known: [Option<Interval>; 4]) -> [Option<Interval>; 3] {
    let twice = |a: Interval| product(point(2.0), a);
    let squared = |f: Option<Interval>, g: Option<Interval>, h: Option<Interval>| {
        let first = f.zip(g).map(|(f, g)| twice(product(f, g)));
        let second = f
            .zip(g)
            .zip(h)
            .map(|((f, g), h)| twice(sum(square(g), product(f, h))));
        [f.map(square), first, second]
    };
    let [f, first, second, third] = known;
    match wanted {
        Of::Value => [f, first, second],
        Of::Square => squared(f, first, second),
        Of::SlopeSquare => squared(first, second, third),
    }
}

/// The integral over a part of a stretch; `None` where nothing bounds it.
fn integral(view: &View<'_>, stretch: &Stretch, side: Interval, wanted: Of) -> Option<Interval> {
    let orders = [0, 1, 2, 3];
    let over = of(wanted, orders.map(|order| view.over(stretch, side, order)));
    let [whole, first, spread] = about(side);
    let plain = over[0]
        .filter(|range| range.low.is_finite() && range.high.is_finite())
        .map(|range| product(range, whole));
    let at = stretch.graph().and_then(|graph| {
        let middle = point(side.middle());
        let here = of(wanted, orders.map(|order| view.limit(graph, middle, order)));
        let bend = over[2].filter(|range| range.low.is_finite() && range.high.is_finite())?;
        let curve = product(point(0.5), product(bend, spread));
        Some(sum(
            sum(product(here[0]?, whole), product(here[1]?, first)),
            curve,
        ))
    });
    match (plain, at) {
        (Some(plain), Some(at)) => Some(plain.meet(at)),
        (plain, at) => plain.or(at),
    }
}

struct Piece<'a> {
    width: f64,
    count: Reverse<usize>,
    side: Interval,
    stretch: &'a Stretch,
    value: Interval,
}

impl PartialEq for Piece<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Piece<'_> {}

impl PartialOrd for Piece<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Piece<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_width = self.width.total_cmp(&other.width);
        by_width.then(self.count.cmp(&other.count))
    }
}

/// The proved expectation; `None` where there is no proof that it is finite.
fn proved(view: &View<'_>, wanted: Of) -> Option<Interval> {
    let mut heap: BinaryHeap<Piece<'_>> = BinaryHeap::new();
    let mut count = 0;
    let mut look = |side: Interval, stretch| {
        count += 1;
        let found = integral(view, stretch, side, wanted);
        let value = found.unwrap_or(Interval::REALS);
        let piece = Piece {
            width: value.high - value.low,
            count: Reverse(count),
            side,
            stretch,
            value,
        };
        (piece, count)
    };
    for stretch in &view.line.stretches {
        let side = Interval {
            low: stretch.side.low.max(-END),
            high: stretch.side.high.min(END),
        };
        // A place has no probability, as long as the function is bounded around it.
        if side.low < side.high {
            heap.push(look(side, stretch).0);
        }
    }
    let mut spent = heap.len();
    let mut done: Vec<Interval> = Vec::new();
    // The widths do not add up in floating point where one is infinite.
    let total = |heap: &BinaryHeap<Piece<'_>>| heap.iter().map(|piece| piece.width).sum::<f64>();
    let mut left = total(&heap);
    while spent < PARTS && (left.is_nan() || left > CLOSE) {
        let Some(piece) = heap.pop() else { break };
        let middle = piece.side.middle();
        if !(piece.side.low < middle && middle < piece.side.high) {
            done.push(piece.value);
            continue;
        }
        for side in [
            Interval {
                high: middle,
                ..piece.side
            },
            Interval {
                low: middle,
                ..piece.side
            },
        ] {
            let (half, looked) = look(side, piece.stretch);
            spent = looked;
            heap.push(half);
        }
        if spent.is_multiple_of(32) {
            left = total(&heap);
        }
    }
    done.extend(heap.into_iter().map(|piece| piece.value));
    done.sort_by(|a, b| a.low.total_cmp(&b.low));
    let rest = Interval {
        low: if wanted == Of::Value { -REST } else { 0.0 },
        high: REST,
    };
    let whole = done.into_iter().fold(rest, sum);
    let finite = whole.low.is_finite() && whole.high.is_finite();
    finite.then_some(whole)
}

/// Whether it is proved that the function and its slope are too small beyond the end of the quadrature to matter.
fn is_tame(view: &View<'_>) -> bool {
    let bounded = |side: Interval, order: usize, limit: f64| {
        let inside = |stretch: &&Stretch| !stretch.side.misses(side);
        view.line.stretches.iter().filter(inside).all(|stretch| {
            let part = Interval {
                low: stretch.side.low.max(side.low),
                high: stretch.side.high.min(side.high),
            };
            if part.low >= part.high {
                return true;
            }
            let range = view.over(stretch, part, order);
            let range = range.filter(|_| order > 0 || view.value(part).present);
            range.is_some_and(|range| range.low >= -limit && range.high <= limit)
        })
    };
    let mirrored = |side: Interval| Interval {
        low: -side.high,
        high: -side.low,
    };
    let near = BEYOND.windows(2).all(|ends| {
        let side = Interval {
            low: ends[0],
            high: ends[1],
        };
        let limit = (ends[0] * ends[0] / 8.0).min(690.0).exp();
        [side, mirrored(side)]
            .iter()
            .all(|&side| (0..2).all(|order| bounded(side, order, limit)))
    });
    let far = Interval {
        low: BEYOND[BEYOND.len() - 1],
        high: line::END,
    };
    near && [far, mirrored(far)]
        .iter()
        .all(|&side| (0..4).any(|order| bounded(side, order, 1e290)))
}

/// The expectations, of a function on all of the line; `everywhere` says whether it is proved to have a value at every number.
pub(super) fn moments(view: &View<'_>, slopes: &[Run], everywhere: bool) -> Moments {
    let tame = everywhere && is_tame(view);
    let expected = |wanted: Of| {
        let known = tame.then(|| proved(view, wanted)).flatten();
        // Wide enclosures say less than samples do.
        let narrow = known.filter(|range| {
            range.high - range.low <= 1e-3 * range.high.abs().max(range.low.abs()).max(1e-3)
        });
        narrow
            .map(Figure::Proved)
            .or_else(|| sampled(view, wanted).map(Figure::Sampled))
    };
    let square = expected(Of::Square);
    Moments {
        mean: expected(Of::Value),
        gain: square.and_then(|square| square.inverse_root()),
        square,
        slope_square: expected(Of::SlopeSquare),
        dead: dead(slopes),
    }
}

/// The expectation by Gauss–Kronrod quadrature in f64.
fn sampled(view: &View<'_>, wanted: Of) -> Option<f64> {
    let value = &view.line.value;
    let mut dag = match wanted {
        Of::Value | Of::Square => value.clone(),
        Of::SlopeSquare => value.with_gradient().derivatives_of(&[0]),
    };
    if wanted != Of::Value {
        let root = dag.roots[0];
        dag.roots[0] = dag.apply(Op::Square, &[root]);
    }
    let found = expectation(&dag);
    found.is_finite().then_some(found)
}

/// The probability of the runs on which the slope is 0. Where the slope is open, it may be 0 or not.
fn dead(slopes: &[Run]) -> Option<Figure> {
    let of = |run: &Run| match run.sign {
        Sign::Zero => Some(probability(run.side)),
        Sign::Open => Some(Interval {
            low: 0.0,
            high: probability(run.side).high,
        }),
        Sign::Negative | Sign::Positive => None,
        Sign::Absent => None,
    };
    let whole = slopes.iter().filter_map(of).fold(point(0.0), sum);
    let share = Interval {
        low: whole.low.clamp(0.0, 1.0),
        high: whole.high.clamp(0.0, 1.0),
    };
    Some(Figure::Proved(share))
}
