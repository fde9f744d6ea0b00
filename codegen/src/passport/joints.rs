//! Where pieces meet: jumps of the value, of the slope and of the curvature.

use super::figure::Figure;
use super::line::{Stretch, View, hull, is_narrow};
use crate::analysis::Interval;

/// What changes at once where two pieces meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The value.
    Value,
    /// The slope; the value does not.
    Slope,
    /// The second derivative; value and slope do not.
    Curvature,
    /// It is not decided which.
    Open,
}

impl Change {
    /// What jumps, in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Slope => "slope",
            Self::Curvature => "curvature",
            Self::Open => "undecided",
        }
    }
}

/// A place where two smooth pieces meet.
#[derive(Clone, Debug, PartialEq)]
pub struct Joint {
    /// Holds the place; a single number where it is known exactly.
    pub place: Interval,
    /// What jumps.
    pub change: Change,
    /// The one-sided limits of what jumps, from the left and from the right.
    pub sides: Option<[Figure; 2]>,
    /// The value of the function at the place.
    pub value: Option<Figure>,
    /// Whether all of this is proved.
    pub proved: bool,
}

/// Enclosures of one number overlap by less than this, beside their size.
const CLOSE: f64 = 1e-9;

/// The places where pieces meet and something jumps, from left to right.
pub(super) fn joints(view: &View<'_>) -> Vec<Joint> {
    let stretches = &view.line.stretches;
    let mut found = Vec::new();
    let mut last: Option<(usize, Interval)> = None;
    let mut between: Option<Interval> = None;
    for stretch in stretches {
        let Some(graph) = stretch.graph() else {
            // A place, or something of which nothing is known.
            match is_narrow(stretch.side) {
                true => between = Some(between.map_or(stretch.side, |b| hull(b, stretch.side))),
                false => (last, between) = (None, None),
            }
            continue;
        };
        if let Some((before, side)) = last {
            let ends = Interval {
                low: side.high.min(stretch.side.low),
                high: stretch.side.low.max(side.high),
            };
            let place = between.map_or(ends, |between| hull(between, ends));
            found.extend(joint(view, [before, graph], place));
        }
        (last, between) = (Some((graph, stretch.side)), None);
    }
    found
}

/// The parts of the line in which pieces may meet anywhere; those that touch are one.
pub(super) fn open(view: &View<'_>) -> Vec<Interval> {
    let open = |stretch: &&Stretch| stretch.graph().is_none() && !is_narrow(stretch.side);
    let mut found: Vec<Interval> = Vec::new();
    for stretch in view.line.stretches.iter().filter(open) {
        match found.last_mut() {
            Some(last) if last.high >= stretch.side.low => last.high = stretch.side.high,
            _ => found.push(stretch.side),
        }
    }
    found
}

/// What jumps at a place between two graphs; `None` where nothing does.
fn joint(view: &View<'_>, graphs: [usize; 2], place: Interval) -> Option<Joint> {
    let here = view.value(place);
    let value = here.present.then_some(Figure::Proved(here.range));
    let mut proved = true;
    let found = |change, sides: Option<[Interval; 2]>, proved| {
        Some(Joint {
            place,
            change,
            sides: sides.map(|sides| sides.map(Figure::Proved)),
            value,
            proved,
        })
    };
    let orders = [Change::Value, Change::Slope, Change::Curvature];
    for (order, change) in orders.into_iter().enumerate() {
        let [left, right] = graphs.map(|graph| view.limit(graph, place, order));
        let (Some(left), Some(right)) = (left, right) else {
            return found(Change::Open, None, false);
        };
        if left.misses(right) {
            return found(change, Some([left, right]), proved);
        }
        let is_one = left.single().is_some() && left == right;
        let exact = place.single().filter(|_| !is_one);
        if let Some(sides) = exact.and_then(|at| view.apart(graphs, at, order)) {
            return found(change, Some(sides.map(Interval::point)), proved);
        }
        // A single place may have a value of its own.
        if order == 0 && here.present && place.single().is_some() && here.range.misses(left) {
            return found(change, Some([left, right]), proved);
        }
        let continuous = order == 0 && view.is_continuous(place);
        if !(is_one || continuous || graphs[0] == graphs[1]) {
            let size = [left.low, left.high, right.low, right.high];
            let size = size
                .into_iter()
                .fold(1.0, |most: f64, end| most.max(end.abs()));
            if hull(left, right).high - hull(left, right).low > CLOSE * size {
                return found(Change::Open, None, false);
            }
            proved = false;
        }
    }
    (!proved)
        .then(|| found(Change::Open, None, false))
        .flatten()
}
