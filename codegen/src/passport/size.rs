//! The largest value of a derivative over the line, by branch and bound over its stretches.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use super::line::{Stretch, View, is_narrow, parts};
use crate::analysis::Interval;

/// How many parts are looked at.
const PARTS: usize = 3_000;
/// The bound is good enough so close to a value that is reached, beside its size.
const CLOSE: f64 = 1e-9;

/// What is looked for the largest of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The number itself.
    Above,
    /// Its negative.
    Below,
    /// Its size.
    Either,
}

impl Side {
    fn of(self, range: Interval) -> Interval {
        let Interval { low, high } = range;
        match self {
            Self::Above => range,
            Self::Below => Interval {
                low: -high,
                high: -low,
            },
            Self::Either => Interval {
                low: low.max(-high).max(0.0),
                high: high.max(-low),
            },
        }
    }
}

/// The largest number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Largest {
    /// It lies between these: the lower end is reached, or approached.
    pub size: Interval,
    /// Whether the largest inputs have more than smaller ones, which are as large for any purpose.
    pub grows: bool,
}

/// Inputs beyond the first number stand for infinity; what has come to rest has done so by the second.
const FAR: [f64; 2] = [1e290, 1e100];

struct Piece<'a> {
    most: f64,
    count: Reverse<usize>,
    side: Interval,
    stretch: &'a Stretch,
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
        let by_size = self.most.total_cmp(&other.most);
        by_size.then(self.count.cmp(&other.count))
    }
}

/// The largest that the derivative of an order is, over the domain.
pub(super) fn largest(view: &View<'_>, order: usize, of: Side) -> Largest {
    let mut best = (f64::NEG_INFINITY, f64::NAN);
    let mut count = 0;
    let mut heap: BinaryHeap<Piece<'_>> = BinaryHeap::new();
    let mut look = |side: Interval, stretch, best: &mut (f64, f64)| {
        count += 1;
        let mut most = view
            .over(stretch, side, order)
            .map_or(f64::INFINITY, |range| of.of(range).high);
        let places = [side.low, side.middle(), side.high];
        let here = places.map(|at| view.at(stretch, at, order).map(|range| of.of(range)));
        for (at, range) in places.into_iter().zip(&here) {
            let least = range.map_or(f64::NEG_INFINITY, |range| range.low);
            if least > best.0 {
                *best = (least, at);
            }
        }
        // What rises or falls all the way has its largest value at an end.
        let next = view.over(stretch, side, order + 1);
        if let [Some(low), _, Some(high)] = here
            && next.is_some_and(|next| next.low >= 0.0 || next.high <= 0.0)
        {
            most = most.min(low.high.max(high.high));
        }
        let piece = Piece {
            most,
            count: Reverse(count),
            side,
            stretch,
        };
        (piece, count)
    };
    for stretch in &view.line.stretches {
        let present = !view.value(stretch.side).absent;
        if present && (order == 0 || stretch.derivable) {
            heap.push(look(stretch.side, stretch, &mut best).0);
        }
    }
    let mut settled = f64::NEG_INFINITY;
    while let Some(piece) = heap.pop() {
        let enough = piece.most <= best.0 + CLOSE * best.0.abs().max(1e-3);
        if enough || piece.most <= settled {
            settled = settled.max(piece.most);
            break;
        }
        if is_narrow(piece.side) {
            settled = settled.max(piece.most);
            if settled == f64::INFINITY {
                break;
            }
            continue;
        }
        let mut spent = 0;
        for side in parts(piece.side) {
            if view.value(side).absent {
                continue;
            }
            let (mut half, looked) = look(side, piece.stretch, &mut best);
            half.most = half.most.min(piece.most);
            heap.push(half);
            spent = looked;
        }
        if spent >= PARTS {
            let top = heap.peek().map_or(f64::NEG_INFINITY, |piece| piece.most);
            settled = settled.max(top);
            break;
        }
    }
    let grows = best.1.abs() >= FAR[0] && {
        let before = Interval::point(FAR[1].copysign(best.1));
        let at = view
            .line
            .stretches
            .iter()
            .find(|stretch| !stretch.side.misses(before));
        let range = at.and_then(|stretch| view.over(stretch, before, order));
        range.is_none_or(|range| {
            let earlier = of.of(range).high;
            best.0 - earlier > CLOSE * best.0.abs().max(1.0)
        })
    };
    Largest {
        size: Interval {
            low: best.0,
            high: settled.max(best.0),
        },
        grows,
    }
}
