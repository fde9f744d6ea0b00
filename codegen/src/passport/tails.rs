//! What a function does far from 0.

use super::figure::Figure;
use super::line::{END, Stretch, View};
use crate::analysis::Interval;

/// Inputs of this size and larger ones are those that stand for infinity.
const FAR: f64 = 1e290;
/// An enclosure is one number if it is narrower than this, beside its size.
const NARROW: f64 = 1e-9;
/// Inputs at which the function is looked at where intervals do not tell.
const SAMPLES: [f64; 4] = [60.0, 200.0, 600.0, 1000.0];

/// What a function does towards one end of the line.
#[derive(Clone, Debug, PartialEq)]
pub enum Tail {
    /// It approaches a number.
    Limit(Figure),
    /// It approaches the line `slope · x + offset`, of a slope that is not 0.
    Line {
        /// The slope.
        slope: Figure,
        /// The value of the line at 0.
        offset: Figure,
    },
    /// Its slope approaches a number, and it approaches no line that was found.
    Slope(Figure),
    /// It goes to infinity, faster than any line.
    Steep {
        /// Whether it rises above every number rather than fall below.
        up: bool,
        /// Whether that is proved.
        proved: bool,
    },
    /// It has no value there.
    Absent,
    /// It oscillates, or nothing was found.
    Open,
}

impl Tail {
    /// Whether the function is proved to rise above every number towards the end of this sign, rather than fall below; `None` if neither.
    pub(super) fn rises(&self, sign: f64) -> Option<bool> {
        match self {
            Self::Line { slope, .. } | Self::Slope(slope) => {
                let slope = slope.enclosure()?;
                let steep = !slope.misses(Interval::point(0.0));
                (!steep).then_some((slope.low > 0.0) == (sign > 0.0))
            }
            Self::Steep { up, proved } => proved.then_some(*up),
            Self::Limit(_) | Self::Absent | Self::Open => None,
        }
    }
}

/// The tails of a function, towards −∞ and ∞; `None` where its domain ends before.
pub(super) fn tails(view: &View<'_>) -> [Option<Tail>; 2] {
    let domain = view.line.domain;
    let low = (domain.low <= -END).then(|| tail(view, -1.0));
    let high = (domain.high >= END).then(|| tail(view, 1.0));
    [low, high]
}

fn tail(view: &View<'_>, sign: f64) -> Tail {
    let ends = [sign * FAR, sign * END];
    let far = Interval {
        low: ends[0].min(ends[1]),
        high: ends[0].max(ends[1]),
    };
    if view.value(far).absent {
        return Tail::Absent;
    }
    let stretches = &view.line.stretches;
    let last = match sign > 0.0 {
        true => stretches.last(),
        false => stretches.first(),
    };
    last.and_then(|stretch| proved(view, stretch, far, sign))
        .unwrap_or_else(|| sampled(view, sign))
}

/// Whether an enclosure is one number.
fn is_one(range: Interval) -> bool {
    let size = range.low.abs().max(range.high.abs());
    size < FAR && range.high - range.low <= NARROW * size.max(1.0)
}

fn proved(view: &View<'_>, stretch: &Stretch, far: Interval, sign: f64) -> Option<Tail> {
    let covers = stretch.side.low <= far.low && far.high <= stretch.side.high;
    let stretch = covers.then_some(stretch)?;
    if !view.value(far).present {
        return None;
    }
    let value = view.over(stretch, far, 0)?;
    if is_one(value) {
        return Some(Tail::Limit(Figure::Proved(value)));
    }
    let slope = view.over(stretch, far, 1)?;
    // A line has a slope that is a number, and its value at 0.
    if let Some(graph) = stretch.graph()
        && view.is_zero(graph, 2)
    {
        let zero = Interval::point(0.0);
        let (slope, offset) = (view.limit(graph, zero, 1)?, view.limit(graph, zero, 0)?);
        return Some(Tail::Line {
            slope: Figure::Proved(slope),
            offset: Figure::Proved(offset),
        });
    }
    if is_one(slope) {
        let figure = Figure::Proved(slope);
        let near = slope.low <= 0.0 && slope.high >= 0.0;
        let offset = (!near)
            .then(|| offset(view, figure.value(), sign))
            .flatten();
        return Some(match offset {
            Some(offset) => Tail::Line {
                slope: figure,
                offset: Figure::Sampled(offset),
            },
            None => Tail::Slope(figure),
        });
    }
    let steep = 1e100;
    let up = match slope {
        Interval { low, .. } if low > steep => sign > 0.0,
        Interval { high, .. } if high < -steep => sign < 0.0,
        _ => return None,
    };
    Some(Tail::Steep { up, proved: true })
}

/// The simplest number near a slope, from which samples take the line.
fn rounded(slope: f64) -> f64 {
    format!("{slope:.8e}").parse().unwrap_or(slope)
}

/// What a function is above the line through 0 with a slope, if samples agree on it.
fn offset(view: &View<'_>, slope: f64, sign: f64) -> Option<f64> {
    let slope = rounded(slope);
    let tape = view.line.value.tape();
    let above = SAMPLES.map(|x| tape.eval(&[sign * x])[0] - slope * sign * x);
    let [.., before, last] = above;
    let agree = (before - last).abs() <= 1e-6 * last.abs().max(1.0);
    // What is left of rounding is 0.
    agree.then_some(if last.abs() < 1e-10 { 0.0 } else { last })
}

/// What samples show.
fn sampled(view: &View<'_>, sign: f64) -> Tail {
    let tape = view.line.value.tape();
    let values = SAMPLES.map(|x| tape.eval(&[sign * x])[0]);
    let [first, second, third, last] = values;
    if values.iter().all(|value| value.is_nan()) {
        return Tail::Absent;
    }
    if values.iter().any(|value| value.is_nan()) {
        return Tail::Open;
    }
    let close = |a: f64, b: f64| (a - b).abs() <= 1e-6 * b.abs().max(1.0);
    if values.iter().all(|&value| close(value, last)) && last.is_finite() {
        return Tail::Limit(Figure::Sampled(last));
    }
    let slopes = [
        (second - first) / (SAMPLES[1] - SAMPLES[0]) * sign,
        (third - second) / (SAMPLES[2] - SAMPLES[1]) * sign,
        (last - third) / (SAMPLES[3] - SAMPLES[2]) * sign,
    ];
    if slopes.iter().all(|&slope| close(slope, slopes[2])) && slopes[2].is_finite() {
        let slope = rounded(slopes[2]);
        if let Some(offset) = offset(view, slope, sign) {
            return Tail::Line {
                slope: Figure::Sampled(slope),
                offset: Figure::Sampled(offset),
            };
        }
    }
    // Each slope is several times the one before, or values have overflowed.
    let grows = |direction: f64| {
        let sizes = slopes.map(|slope| direction * sign * slope);
        let steeper = |pair: &[f64]| pair[0] > 0.0 && (pair[1] > 1.5 * pair[0] || pair[1].is_nan());
        last == direction * f64::INFINITY || sizes.windows(2).all(steeper)
    };
    match (grows(1.0), grows(-1.0)) {
        (true, _) => Tail::Steep {
            up: true,
            proved: false,
        },
        (_, true) => Tail::Steep {
            up: false,
            proved: false,
        },
        _ => Tail::Open,
    }
}
