//! How far two functions and their derivatives are apart over an interval: proven bounds, by branch and bound over their smooth pieces.
//!
//! On a piece, the difference d of both is smooth. Over a part of it with the middle m, d lies in each of three enclosures: that of its
//! graph, d(m) + d′·(x − m), and d(m) + d′(m)·(x − m) + d″·(x − m)²/2, of which the last is close to the true range of a short part.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use super::cells::{cells, halves};
use super::difference::{difference, with_derivatives};
use super::pieces::{Pieces, Signature};
use crate::analysis::Defined;
use crate::analysis::{Encloser, Interval};
use crate::ir::{Dag, Id};
use crate::ops::Op;

/// How many parts of the interval are looked at for one bound.
const PARTS: usize = 3_000;
/// A bound this close to a difference that was found is good enough.
const CLOSE: f64 = 1.02;
/// A difference below this is rounding.
const NOTHING: f64 = 1e-300;
/// How many comparisons may be open at one place.
const MAX_OPEN: usize = 4;

/// What is proven of the largest difference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound {
    /// No difference is larger.
    pub at_most: f64,
    /// Some difference is at least as large.
    pub at_least: f64,
    /// Where that one is.
    pub at: f64,
}

/// The largest differences of two functions of one variable and of their derivatives; `None` where no bound was found.
pub(crate) fn bounds(left: &Dag, right: &Dag, domain: Interval) -> [Option<Bound>; 2] {
    match Smooth::pieces(left, right, domain) {
        Some(pieces) => [0, 1].map(|order| largest(&pieces, order)),
        None => [None, None],
    }
}

/// How many derivatives a bound needs: those of the derivative are closed in by the second one.
const ORDERS: usize = 2;

/// A smooth difference with its derivatives.
pub(crate) struct Smooth {
    /// The outputs are the difference and its derivatives, as many as there are.
    pub(crate) dag: Dag,
}

/// Intervals over which a difference is smooth.
pub(crate) struct Piece {
    pub(crate) smooth: Smooth,
    /// The intervals, and whether derivatives there count.
    pub(crate) sides: Vec<(Interval, bool)>,
}

impl Smooth {
    fn new(both: &Dag, orders: usize) -> Self {
        Self {
            dag: with_derivatives(difference(both), orders),
        }
    }

    fn pieces(left: &Dag, right: &Dag, domain: Interval) -> Option<Vec<Piece>> {
        Self::pieces_with(left, right, domain, ORDERS)
    }

    /// The pieces of a difference over a domain, with so many derivatives; `None` where comparisons stay open.
    pub(crate) fn pieces_with(
        left: &Dag,
        right: &Dag,
        domain: Interval,
        orders: usize,
    ) -> Option<Vec<Piece>> {
        let both = Pieces::new(left, right);
        let mut found: Vec<(Signature, Piece)> = Vec::new();
        for cell in cells(&both, domain) {
            for signature in choices(&both, &cell.signature)? {
                let tie = |stands: &Option<Ordering>| *stands == Some(Ordering::Equal);
                let one_sided = !cell.is_tie && !assumed_tie(&cell.signature, &signature, tie);
                let entry = (cell.side, one_sided);
                match found.iter_mut().find(|(known, _)| *known == signature) {
                    Some((_, piece)) => piece.sides.push(entry),
                    None => {
                        let smooth = Self::new(&both.resolve(&signature).ok()?, orders);
                        let piece = Piece {
                            smooth,
                            sides: vec![entry],
                        };
                        found.push((signature, piece));
                    }
                }
            }
        }
        Some(found.into_iter().map(|(_, piece)| piece).collect())
    }
}

/// Whether a switch that was open counts as a tie.
fn assumed_tie(
    open: &Signature,
    chosen: &Signature,
    tie: impl Fn(&Option<Ordering>) -> bool,
) -> bool {
    open.iter()
        .zip(chosen)
        .any(|(before, after)| before.is_none() && tie(after))
}

/// The signatures that the open switches allow, as far as the functions depend on them.
fn choices(pieces: &Pieces, signature: &Signature) -> Option<Vec<Signature>> {
    let (mut done, mut waiting) = (Vec::new(), vec![(signature.clone(), 0)]);
    while let Some((signature, open)) = waiting.pop() {
        match pieces.resolve(&signature) {
            Ok(_) => done.push(signature),
            Err(switch) if switch < pieces.len() && open < MAX_OPEN => {
                for order in [Ordering::Greater, Ordering::Equal, Ordering::Less] {
                    let mut next = signature.clone();
                    next[switch] = Some(order);
                    waiting.push((next, open + 1));
                }
            }
            Err(_) => return None,
        }
    }
    Some(done)
}

/// A part of a piece, with what the difference is at most there: the largest comes first, then the first that came.
struct Part {
    most: f64,
    count: Reverse<usize>,
    side: Interval,
    piece: usize,
}

impl PartialEq for Part {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Part {}

impl PartialOrd for Part {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Part {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_size = self.most.total_cmp(&other.most);
        by_size.then(self.count.cmp(&other.count))
    }
}

/// The largest difference of the derivatives of some order.
fn largest(pieces: &[Piece], order: usize) -> Option<Bound> {
    let enclosers: Vec<Encloser<'_>> = pieces
        .iter()
        .map(|piece| Encloser::new(&piece.smooth.dag))
        .collect();
    let mut best = Bound {
        at_most: 0.0,
        at_least: 0.0,
        at: f64::NAN,
    };
    let mut parts: BinaryHeap<Part> = BinaryHeap::new();
    let mut looked = 0;
    let mut look = |side: Interval, piece: usize, best: &mut Bound| {
        looked += 1;
        let graph = &pieces[piece].smooth.dag;
        let (most, least, at) = enclosed(&enclosers[piece], graph, side, order);
        if least > best.at_least || best.at.is_nan() {
            (best.at_least, best.at) = (least, at);
        }
        let part = Part {
            most,
            count: Reverse(looked),
            side,
            piece,
        };
        (part, looked)
    };
    for (index, piece) in pieces.iter().enumerate() {
        for &(side, one_sided) in &piece.sides {
            if one_sided || order == 0 {
                parts.push(look(side, index, &mut best).0);
            }
        }
    }
    let mut settled = 0.0_f64;
    while let Some(part) = parts.pop() {
        let enough = part.most <= CLOSE * best.at_least || part.most <= NOTHING;
        let middle = part.side.middle();
        if enough || part.most <= settled {
            settled = settled.max(part.most);
            break;
        }
        if !(part.side.low < middle && middle < part.side.high) {
            settled = settled.max(part.most);
            if settled == f64::INFINITY {
                break;
            }
            continue;
        }
        let mut spent = 0;
        for side in halves(part.side) {
            let (mut half, looked) = look(side, part.piece, &mut best);
            half.most = half.most.min(part.most);
            parts.push(half);
            spent = looked;
        }
        if spent >= PARTS {
            let top = parts.peek().map_or(0.0, |part| part.most);
            settled = settled.max(top);
            break;
        }
    }
    best.at_most = settled;
    settled.is_finite().then_some(best)
}

/// What the derivative of an order is at most over a part, in size, and what it is at least at a point of it.
fn enclosed(encloser: &Encloser<'_>, graph: &Dag, side: Interval, order: usize) -> (f64, f64, f64) {
    let middle = side.middle();
    let Some((range, value)) = closed_in(encloser, graph, side, order) else {
        return (f64::INFINITY, 0.0, middle);
    };
    let most = range.high.max(-range.low);
    let least = value.low.max(-value.high).max(0.0);
    (most, least, middle)
}

/// What holds the derivative of an order over a part, and at its middle; `None` where it may have none, or jump. The outputs of the graph
/// are a smooth function and its derivatives.
pub(crate) fn closed_in(
    encloser: &Encloser<'_>,
    graph: &Dag,
    side: Interval,
    order: usize,
) -> Option<(Interval, Interval)> {
    let known = encloser.over(&[side]);
    let root = |above: usize| -> Option<Id> { graph.roots.get(order + above).copied() };
    let of = |above: usize| {
        let enclosure = &known[usize::from(root(above)?)];
        let smooth = enclosure.defined == Defined::Always && enclosure.continuous;
        smooth.then_some(enclosure.interval)
    };
    let plain = of(0)?;
    let middle = side.middle();
    let here = encloser.over(&[Interval::point(middle)]);
    let at = |above: usize| root(above).map(|id| here[usize::from(id)].interval);
    let mut range = plain;
    let step = Interval::of(Op::Sub, &[side, Interval::point(middle)]);
    let sum = |a: Interval, b: Interval| Interval::of(Op::Add, &[a, b]);
    let product = |a: Interval, b: Interval| Interval::of(Op::Mul, &[a, b]);
    if let (Some(value), Some(slopes)) = (at(0), of(1)) {
        range = range.meet(sum(value, product(slopes, step)));
        if let (Some(slope), Some(curvatures)) = (at(1), of(2)) {
            let half = Interval::of(Op::Square, &[step]);
            let half = product(half, Interval::point(0.5));
            let line = sum(value, product(slope, step));
            range = range.meet(sum(line, product(curvatures, half)));
        }
    }
    Some((range, at(0).unwrap_or(plain)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(left: &str, right: &str) -> [Option<Bound>; 2] {
        let [left, right] = [left, right].map(|text| Dag::parse(text).unwrap());
        let domain = Interval {
            low: -8.0,
            high: 8.0,
        };
        bounds(&left, &right, domain)
    }

    /// Bounds that are known by hand, as close as 3 %.
    #[test]
    fn bounds_are_close_to_the_true_differences() {
        for (left, right, value, slope) in [
            // A kink of one side, and of both at one place or at two.
            ("relu(x)", "0", 8.0, 1.0),
            ("relu(x)", "x / 2", 4.0, 0.5),
            ("relu(x) + 0.001 * x", "relu(x)", 0.008, 0.001),
            ("abs(x)", "2 * relu(x)", 8.0, 1.0),
            ("relu(x)", "relu(x - 0.1)", 0.1, 1.0),
            (
                "relu(0.3 * x - 0.1)",
                "0.3 * relu(x - 1 / 3)",
                1e-300,
                1e-300,
            ),
            // Kinks at numbers that no f64 is.
            ("min(x, ln(10))", "x", 8.0 - std::f64::consts::LN_10, 1.0),
            ("max(sin(x), 0)", "sin(x)", 1.0, 1.0),
            // Smooth differences: the maximum of |softplus − relu| is ln 2.
            ("softplus(x)", "relu(x)", std::f64::consts::LN_2, 0.5),
            ("1.001 * tanh(x)", "tanh(x)", 0.000_999_999_8, 0.001),
            ("silu(x)", "hardswish(x)", 0.142_277_6, 0.411_87),
            ("gelu(x)", "x * sigmoid(1.702 * x)", 0.020335, 0.029072),
            // A jump counts on both sides, and at the place itself.
            ("if x < 1 { 0 } else { 1 }", "0", 1.0, 1e-300),
            ("if x == 1 { 1 } else { 0 }", "0", 1.0, 1e-300),
            ("sign(x)", "tanh(x)", 1.0, 1.0),
        ] {
            let [found, steep] = of(left, right).map(|bound| bound.expect(left));
            for (found, expected) in [(found, value), (steep, slope)] {
                let close = found.at_most >= 0.999 * expected * f64::from(expected > 1e-200)
                    && found.at_most <= (1.03 * expected).max(1e-300);
                assert!(close, "{left} and {right}: {found:?}, not {expected}");
                assert!(found.at_least <= found.at_most);
            }
        }
    }

    /// Sides of a comparison that touch, or are equal over an interval, cannot be told apart.
    #[test]
    fn comparisons_that_stay_open_are_bounded_for_every_answer() {
        for (left, right, value) in [
            ("leaky_relu(atan(x) - abs(x))", "0", 0.08 + 0.015),
            (
                "max(min(sinh(x), 10), min(sinh(asinh(x) + 0), 10))",
                "0",
                10.0,
            ),
            ("max(sqrt(2) * sqrt(3), sqrt(6)) * x", "sqrt(6) * x", 1e-13),
            ("if x - sin(x) < 0 { x } else { x + 1 }", "x", 1.0),
        ] {
            let [found, steep] = of(left, right).map(|bound| bound.expect(left));
            assert!(found.at_most <= 1.03 * value, "{left}: {found:?}");
            assert!(steep.at_most <= 2000.0, "{left}: {steep:?}");
        }
    }

    #[test]
    fn what_is_unbounded_has_no_bound() {
        let [value, slope] = of("sqrt(abs(x))", "0");
        assert!(value.is_some() && slope.is_none());
        let [value, _] = of("1 / x", "0");
        assert!(value.is_none());
    }
}
