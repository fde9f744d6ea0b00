//! Where a derivative is above, below or equal to 0: the line in runs of one sign.

use super::line::{NARROW, Stretch, View, hull, is_narrow, parts};
use crate::analysis::Interval;
use crate::number::Number;
use crate::oracle::Levels;

/// The sign of a derivative on a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// Below 0; of a derivative of the value, not above it.
    Negative,
    /// 0 everywhere.
    Zero,
    /// Above 0; of a derivative of the value, not below it.
    Positive,
    /// Not known.
    Open,
    /// There is no value.
    Absent,
}

/// An interval with the sign there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Run {
    pub side: Interval,
    pub sign: Sign,
    /// Whether intervals prove it, rather than samples.
    pub proved: bool,
}

impl Run {
    /// Whether the run is a place rather than an interval.
    pub(super) fn is_place(&self) -> bool {
        self.side.high - self.side.low
            <= 8.0 * NARROW * self.side.high.abs().max(self.side.low.abs()).max(1.0)
    }
}

/// If more parts of a stretch are open at once, they stay so.
const MOST_OPEN: usize = 200;
/// How many parts are looked at over all stretches, and at least on each.
const PARTS: (usize, usize) = (30_000, 60);
/// How many open runs are sampled.
const SAMPLED: usize = 4;

/// How many samples speak for a run.
const SAMPLES: usize = 24;
/// Samples are no farther from 0 than this.
const FARTHEST: f64 = 1e3;

/// The runs of the derivative of an order, from left to right; adjacent ones of a stretch differ in sign. Where intervals cannot
/// tell the sign of a derivative, true values at samples do.
pub(super) fn runs(view: &View<'_>, order: usize) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut looked = 0;
    for (place, stretch) in view.line.stretches.iter().enumerate() {
        // At a place where pieces meet, only the value counts.
        let is_place = stretch.graph().is_none() && is_narrow(stretch.side);
        if order > 0 && (is_place || !stretch.derivable) {
            continue;
        }
        // What some stretches leave is for those that follow.
        let share = PARTS.0.saturating_sub(looked) / (view.line.stretches.len() - place);
        let (found, parts) = settled(view, stretch, order, share.max(PARTS.1));
        looked += parts;
        for (index, run) in found.into_iter().enumerate() {
            // The slope may jump from one stretch to the next.
            let apart = order > 0 && index == 0;
            match runs.last_mut() {
                Some(last) if last.sign == run.sign && !apart => {
                    last.side = hull(last.side, run.side)
                }
                _ => runs.push(run),
            }
        }
    }
    if order > 0 {
        let open = |run: &&mut Run| run.sign == Sign::Open && !run.is_place();
        for run in runs.iter_mut().filter(open).take(SAMPLED) {
            run.sign = sampled(view, run.side, order);
            run.proved = run.sign == Sign::Open;
        }
    }
    runs
}

/// The sign that the derivative has at all samples of an interval, to any precision that it takes.
fn sampled(view: &View<'_>, side: Interval, order: usize) -> Sign {
    let inside =
        |stretch: &&Stretch| stretch.side.low <= side.low && side.high <= stretch.side.high;
    let graph = view
        .line
        .stretches
        .iter()
        .find(inside)
        .and_then(Stretch::graph);
    let Some(truth) = graph.and_then(|graph| view.truth(graph, order)) else {
        return Sign::Open;
    };
    let (low, high) = (side.low.max(-FARTHEST), side.high.min(FARTHEST));
    // Most samples are at the end that is nearer to 0.
    let (near, far) = if low.abs() <= high.abs() {
        (low, high)
    } else {
        (high, low)
    };
    let mut levels = Levels::default();
    let mut found = None;
    // Distances that no period of a function is a multiple of.
    let mut share = 0.0_f64;
    for _ in 0..SAMPLES {
        share = (share + 0.618_033_988_749_895).fract();
        let Some(point) = Number::exactly(near + share.powi(4) * (far - near)) else {
            return Sign::Open;
        };
        let value = truth.at(&[point], &mut levels);
        let sign = match value.first().and_then(|value| value.to_f64()) {
            Some(value) if value > 0.0 => Sign::Positive,
            Some(value) if value < 0.0 => Sign::Negative,
            // Below the smallest f64, or not known.
            _ => continue,
        };
        if *found.get_or_insert(sign) != sign {
            return Sign::Open;
        }
    }
    found.unwrap_or(Sign::Open)
}

/// The runs of a stretch, and how many parts were looked at: it is divided until the sign is known, a part is a place, or `most` parts
/// were looked at.
fn settled(view: &View<'_>, stretch: &Stretch, order: usize, most: usize) -> (Vec<Run>, usize) {
    let mut done: Vec<Run> = Vec::new();
    let mut round = vec![stretch.side];
    let mut looked = 0;
    while !round.is_empty() {
        let mut open: Vec<Interval> = Vec::new();
        for &side in &round {
            match sign(view, stretch, side, order) {
                Sign::Open if !is_narrow(side) => open.push(side),
                sign => done.push(Run {
                    side,
                    sign,
                    proved: true,
                }),
            }
        }
        looked += round.len();
        if open.len() > MOST_OPEN || looked >= most {
            let left = open.drain(..);
            done.extend(left.map(|side| Run {
                side,
                sign: Sign::Open,
                proved: true,
            }));
        }
        round = open.into_iter().flat_map(parts).collect();
    }
    done.sort_by(|a, b| {
        let by_low = a.side.low.total_cmp(&b.side.low);
        by_low.then(a.side.high.total_cmp(&b.side.high))
    });
    (done, looked)
}

/// The sign over a part of a stretch.
fn sign(view: &View<'_>, stretch: &Stretch, side: Interval, order: usize) -> Sign {
    let value = view.value(side);
    if value.absent {
        return Sign::Absent;
    }
    let Some(range) = view.over(stretch, side, order) else {
        return Sign::Open;
    };
    // A value that touches 0 has a zero there.
    let apart = order > 0 || value.nonzero;
    match range {
        Interval {
            low: 0.0,
            high: 0.0,
        } => Sign::Zero,
        Interval { low, .. } if low > 0.0 || low == 0.0 && apart => Sign::Positive,
        Interval { high, .. } if high < 0.0 || high == 0.0 && apart => Sign::Negative,
        _ => Sign::Open,
    }
}
