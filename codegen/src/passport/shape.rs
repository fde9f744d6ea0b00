//! Zeros, extremes, and the pieces on which a function is monotone or bends one way.

use super::figure::Figure;
use super::joints::{Change, Joint};
use super::line::{View, hull};
use super::signs::{Run, Sign};
use crate::analysis::Interval;
use crate::number::Number;

/// Where a function is 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Zero {
    /// A place, which is a single number where it is known exactly, or an interval on which the function is 0 everywhere.
    pub place: Interval,
    /// Whether it is proved that there is a zero. If not, values of this size and 0 cannot be told apart.
    pub proved: bool,
    /// Whether the function is 0 on the whole of it.
    pub all: bool,
}

/// A local minimum or maximum: the function falls on one side and rises on the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Extreme {
    /// Whether it is a minimum.
    pub is_minimum: bool,
    /// Holds the place; an interval where the function is constant there.
    pub place: Interval,
    /// The value.
    pub value: Figure,
}

/// A part of the line with a property.
#[derive(Clone, Debug, PartialEq)]
pub struct Part<K> {
    /// The ends.
    pub side: Interval,
    /// The property.
    pub kind: K,
    /// The part of it on which it is proved; elsewhere samples show it. None where it is sampled, or places of width 10⁻¹² are left out
    /// in which intervals could not tell the sign.
    pub proved: Option<Interval>,
}

impl<K> Part<K> {
    /// Whether it is proved on all of it.
    pub fn is_proved(&self) -> bool {
        self.proved == Some(self.side)
    }
}

/// How a function goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trend {
    /// It rises, or stays.
    Increasing,
    /// It falls, or stays.
    Decreasing,
    /// It stays.
    Constant,
    /// Not decided.
    Open,
}

impl Trend {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Increasing => "increasing",
            Self::Decreasing => "decreasing",
            Self::Constant => "constant",
            Self::Open => "undecided",
        }
    }
}

/// How a function bends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bend {
    /// It lies below its chords.
    Convex,
    /// It lies above its chords.
    Concave,
    /// It is a line.
    Linear,
    /// Not decided.
    Open,
}

impl Bend {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Convex => "convex",
            Self::Concave => "concave",
            Self::Linear => "linear",
            Self::Open => "undecided",
        }
    }
}

/// The zeros, by the signs of the value. Wide parts where these are open are no zeros.
pub(super) fn zeros(view: &View<'_>, runs: &[Run]) -> Vec<Zero> {
    let mut zeros: Vec<Zero> = Vec::new();
    let signed = |index: Option<usize>| index.and_then(|i| runs.get(i)).map(|run| run.sign);
    let mut add = |place: Interval, proved: bool, all: bool| {
        // A place at the end of an interval of zeros is one of them.
        let known = zeros
            .last()
            .is_some_and(|last: &Zero| last.place.high >= place.low && last.all);
        if !known {
            zeros.push(Zero { place, proved, all });
        }
    };
    for (index, run) in runs.iter().enumerate() {
        let (before, after) = (signed(index.checked_sub(1)), signed(Some(index + 1)));
        match run.sign {
            Sign::Zero => add(run.side, true, true),
            Sign::Open if run.is_place() => {
                let exact = exact_zero(view, run.side);
                if let Some(place) = exact {
                    add(place, true, true);
                    continue;
                }
                let opposite = [
                    (Sign::Negative, Sign::Positive),
                    (Sign::Positive, Sign::Negative),
                ];
                let crosses = opposite
                    .iter()
                    .any(|pair| (before, after) == (Some(pair.0), Some(pair.1)));
                let continuous = view.is_continuous(run.side);
                let known = view.value(run.side);
                // Values beside a jump may be 0, unless the true one at a single place is not.
                let exact = run.side.single().and_then(|at| view.exactly(at));
                let may_be_zero = known.present
                    && exact.is_none_or(|value| value == 0.0)
                    && !known.range.misses(Interval::point(0.0));
                if crosses && continuous || may_be_zero {
                    add(run.side, crosses && continuous, false);
                }
            }
            Sign::Negative | Sign::Positive | Sign::Open | Sign::Absent => {}
        }
    }
    zeros
}

/// The parts on which it is open whether the value is 0.
pub(super) fn open(runs: &[Run]) -> Vec<Interval> {
    let open = |run: &&Run| run.sign == Sign::Open && !run.is_place();
    runs.iter().filter(open).map(|run| run.side).collect()
}

/// The simplest number of a place, if the function is exactly 0 there.
fn exact_zero(view: &View<'_>, place: Interval) -> Option<Interval> {
    let at = simplest(place)?;
    let known = view.value(at);
    (known.present && known.range.single() == Some(0.0)).then_some(at)
}

/// The simplest number of an interval that f64 has.
fn simplest(place: Interval) -> Option<Interval> {
    let [low, high] = [place.low, place.high].map(Number::exactly);
    let number = Number::simplest_between(&low?, &high?)?;
    Interval::exactly(&number).single().map(Interval::point)
}

/// The extremes, by the signs of the slope: between a run that falls and one that rises, unless the value jumps.
pub(super) fn extremes(view: &View<'_>, runs: &[Run], joints: &[Joint]) -> Vec<Extreme> {
    let mut found = Vec::new();
    let mut before: Option<&Run> = None;
    for run in runs {
        match run.sign {
            Sign::Negative | Sign::Positive => {
                if let Some(last) = before.filter(|last| last.sign != run.sign) {
                    let place = Interval {
                        low: last.side.high.min(run.side.low),
                        high: run.side.low.max(last.side.high),
                    };
                    let jumps = |joint: &&Joint| {
                        matches!(joint.change, Change::Value | Change::Open)
                            && !joint.place.misses(place)
                    };
                    if !joints.iter().any(|joint| jumps(&joint)) {
                        found.push(extreme(view, place, last.sign == Sign::Negative));
                    }
                }
                before = Some(run);
            }
            // A place at which the sign is open lies between.
            Sign::Open if run.is_place() => {}
            Sign::Zero => {}
            Sign::Open | Sign::Absent => before = None,
        }
    }
    found
}

fn extreme(view: &View<'_>, place: Interval, is_minimum: bool) -> Extreme {
    let exact = match place.high - place.low < 1e-9 {
        true => simplest(place).filter(|at| is_flat_or_pointed(view, *at)),
        false => None,
    };
    let place = exact.unwrap_or(place);
    // The function is constant on a wider place: each of its values is the extreme one.
    let wide = place.high - place.low > 1e-6;
    let value = view.value(if wide {
        Interval::point(place.middle())
    } else {
        place
    });
    Extreme {
        is_minimum,
        place,
        value: Figure::Proved(value.range),
    }
}

/// Whether a number is a place where pieces meet, or one where the slope is exactly 0.
fn is_flat_or_pointed(view: &View<'_>, at: Interval) -> bool {
    let mut graphs = Vec::new();
    for stretch in &view.line.stretches {
        if stretch.side.low <= at.low && at.high <= stretch.side.high {
            match stretch.graph() {
                Some(graph) if stretch.side.low < at.low && at.high < stretch.side.high => {
                    graphs.push(graph);
                }
                // An end of a piece.
                _ => return stretch.side.single().is_some() || stretch.graph().is_some(),
            }
        }
    }
    let flat = |&graph: &usize| view.limit(graph, at, 1).and_then(Interval::single) == Some(0.0);
    graphs.iter().all(flat)
}

/// What lies between two runs.
enum Between {
    Nothing,
    Up,
    Down,
    Cut,
}

fn between(joints: &[Joint], left: &Run, right: &Run) -> Between {
    let place = Interval {
        low: left.side.high.min(right.side.low),
        high: right.side.low.max(left.side.high),
    };
    let joint = joints.iter().find(|joint| !joint.place.misses(place));
    match joint.map(|joint| (joint.change, joint.sides)) {
        None | Some((Change::Curvature, _)) => Between::Nothing,
        Some((Change::Slope, Some([left, right]))) if left.value() < right.value() => Between::Up,
        Some((Change::Slope, _)) => Between::Down,
        Some((Change::Value | Change::Open, _)) => Between::Cut,
    }
}

/// Puts runs together to parts: `of` says what a sign means, and `both` what two adjacent ones are together, if they are one part.
fn parts<K: Copy + PartialEq>(
    view: &View<'_>,
    runs: &[Run],
    joints: &[Joint],
    of: impl Fn(Sign) -> Option<K>,
    both: impl Fn(K, &Between, K) -> Option<K>,
) -> Vec<Part<K>> {
    let mut parts: Vec<Part<K>> = Vec::new();
    let mut last: Option<&Run> = None;
    // A place whose sign is open, before the run that follows.
    let mut open = false;
    for run in runs {
        if run.sign == Sign::Open && run.is_place() {
            open = true;
            // There may be a pole.
            if !view.is_continuous(run.side) {
                last = None;
            }
            continue;
        }
        let Some(kind) = of(run.sign) else {
            (last, open) = (None, false);
            continue;
        };
        let joint = last.map_or(Between::Cut, |last| between(joints, last, run));
        let own = Part {
            side: run.side,
            kind,
            proved: (run.proved && run.sign != Sign::Open).then_some(run.side),
        };
        let previous = parts.last_mut().filter(|_| last.is_some());
        let merged = previous
            .as_ref()
            .and_then(|part| both(part.kind, &joint, kind));
        match (merged, previous) {
            (Some(kind), Some(part)) => {
                part.kind = kind;
                part.side.high = own.side.high;
                // Where a joint lies, the open place is the joint.
                let left_out = open && matches!(joint, Between::Nothing);
                part.proved = match (part.proved, own.proved) {
                    _ if left_out => None,
                    (Some(a), Some(b)) => Some(hull(a, b)),
                    (a, b) => a.or(b),
                };
            }
            (_, Some(part)) => {
                // The place between both belongs to either.
                let place = Interval {
                    low: part.side.high.min(own.side.low),
                    high: own.side.low.max(part.side.high),
                };
                let at = simplest(place).map_or(place.middle(), |at| at.low);
                let end = |end: f64, of: &mut Option<Interval>, high: bool| {
                    if let Some(proved) = of {
                        match high {
                            true if proved.high == end => proved.high = at,
                            false if proved.low == end => proved.low = at,
                            _ => {}
                        }
                    }
                };
                end(part.side.high, &mut part.proved, true);
                part.side.high = at;
                let mut own = own;
                end(own.side.low, &mut own.proved, false);
                own.side.low = at;
                parts.push(own);
            }
            (_, None) => parts.push(own),
        }
        (last, open) = (Some(run), false);
    }
    parts
}

/// The monotone parts, by the signs of the slope.
pub(super) fn monotone(view: &View<'_>, runs: &[Run], joints: &[Joint]) -> Vec<Part<Trend>> {
    let of = |sign: Sign| match sign {
        Sign::Negative => Some(Trend::Decreasing),
        Sign::Zero => Some(Trend::Constant),
        Sign::Positive => Some(Trend::Increasing),
        Sign::Open => Some(Trend::Open),
        Sign::Absent => None,
    };
    parts(view, runs, joints, of, |a, joint, b| {
        (a == b && !matches!(joint, Between::Cut)).then_some(a)
    })
}

/// The parts that bend one way, by the signs of the second derivative and the joints.
pub(super) fn bends(view: &View<'_>, runs: &[Run], joints: &[Joint]) -> Vec<Part<Bend>> {
    let of = |sign: Sign| match sign {
        Sign::Negative => Some(Bend::Concave),
        Sign::Zero => Some(Bend::Linear),
        Sign::Positive => Some(Bend::Convex),
        Sign::Open => Some(Bend::Open),
        Sign::Absent => None,
    };
    let none = |a: Bend, kind: Bend| a == Bend::Linear || a == kind;
    parts(view, runs, joints, of, |a, joint, b| {
        let is = |kind: Bend| none(a, kind) && none(b, kind);
        match joint {
            Between::Cut => None,
            Between::Nothing if a == b => Some(a),
            Between::Nothing | Between::Up if is(Bend::Convex) => Some(Bend::Convex),
            Between::Nothing | Between::Down if is(Bend::Concave) => Some(Bend::Concave),
            Between::Nothing | Between::Up | Between::Down => None,
        }
    })
}
