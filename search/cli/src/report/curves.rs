//! Curves of functions and of their derivatives: kinks are points of them, and jumps are gaps.

use std::ops::Range;

use actsmith_codegen::passport::{Change, Joint};
use actsmith_codegen::{Formula, Gradient};

use super::chart::{Axis, Chart};
use super::clip::inside;

/// A function that is drawn.
#[derive(Debug)]
pub(crate) struct Curve {
    pub name: String,
    pub class: &'static str,
    gradient: Gradient,
    /// Where pieces meet: the place, and whether value and slope jump there.
    joints: Vec<(f64, [bool; 2])>,
}

/// Even steps over the range.
const STEPS: u32 = 400;
/// How far beside a jump its sides are looked at.
const BESIDE: f64 = 1e-9;
/// Values of the found function count for the range of outputs; those of others as far as this many times it.
const OTHERS: f64 = 1.5;

impl Curve {
    /// The curve of a formula of `x` with what its passport says of the places where pieces meet.
    pub(crate) fn new(
        name: &str,
        class: &'static str,
        formula: &Formula,
        joints: &[Joint],
    ) -> Self {
        let joints = joints.iter().map(|joint| {
            let jumps = match joint.change {
                Change::Value => [true, true],
                Change::Slope => [false, true],
                Change::Curvature => [false, false],
                Change::Open => [false, true],
            };
            (joint.place.middle(), jumps)
        });
        Self {
            name: name.to_owned(),
            class,
            gradient: formula.with_gradient(),
            joints: joints.filter(|(place, _)| place.is_finite()).collect(),
        }
    }

    /// Value and slope.
    fn at(&self, x: f64) -> [f64; 2] {
        let (value, slopes) = self.gradient.at(&[x]);
        [value, slopes[0]]
    }

    /// The pieces of the value, `output` 0, or of the slope, 1.
    pub(crate) fn pieces(&self, range: &Range<f64>, output: usize) -> Vec<Vec<(f64, f64)>> {
        let step = (range.end - range.start) / f64::from(STEPS);
        let mut inputs: Vec<(f64, bool)> = (0..=STEPS)
            .map(|index| (range.start + step * f64::from(index), false))
            .collect();
        let within = self
            .joints
            .iter()
            .filter(|(place, _)| range.contains(place));
        inputs.extend(within.map(|&(place, jumps)| (place, jumps[output])));
        inputs.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        inputs.dedup_by(|next, last| {
            let same = next.0 - last.0 < 0.01 * step;
            if same {
                // A place where pieces meet stands for a step beside it.
                (last.0, last.1) = if next.1 || !last.1 { *next } else { *last };
            }
            same
        });
        let mut pieces: Vec<Vec<(f64, f64)>> = vec![Vec::new()];
        let mut push = |x: f64, at: f64| {
            let y = self.at(at)[output];
            match pieces.last_mut() {
                Some(piece) if y.is_finite() => piece.push((x, y)),
                Some(piece) if piece.is_empty() => {}
                _ => pieces.push(Vec::new()),
            }
        };
        let mut gaps = Vec::new();
        for (x, jumps) in inputs {
            if jumps {
                let beside = BESIDE * x.abs().max(1.0);
                push(x, x - beside);
                gaps.push(x);
                push(x, x + beside);
            } else {
                push(x, x);
            }
        }
        pieces
            .into_iter()
            .flat_map(|piece| divided(piece, &gaps))
            .collect()
    }
}

/// The parts of a piece between jumps, at each of which it has two points.
fn divided(piece: Vec<(f64, f64)>, gaps: &[f64]) -> Vec<Vec<(f64, f64)>> {
    let mut parts = vec![Vec::new()];
    let mut before: Option<f64> = None;
    for point in piece {
        if before == Some(point.0) && gaps.contains(&point.0) {
            parts.push(Vec::new());
        }
        before = Some(point.0);
        if let Some(part) = parts.last_mut() {
            part.push(point);
        }
    }
    parts.retain(|part| part.len() > 1);
    parts
}

/// A chart of the values of curves, `output` 0, or of their slopes, 1, with bars of how often inputs occur. The first curve is the one that matters.
pub(crate) fn chart(
    curves: &[Curve],
    range: &Range<f64>,
    output: usize,
    bars: Option<&[(f64, f64, f64)]>,
    size: (f64, f64),
) -> Chart {
    let pieces: Vec<Vec<Vec<(f64, f64)>>> =
        curves.iter().map(|c| c.pieces(range, output)).collect();
    let values = |of: usize| pieces[of].iter().flatten().map(|point| point.1);
    let (low, high) = extent(values(0));
    let room = OTHERS * (high - low).max(1e-3) - (high - low);
    let all = (0..curves.len()).flat_map(values);
    let (least, most) = extent(all);
    let y = Axis::around(
        [least.max(low - room), most.min(high + room)],
        if output == 0 { "f(x)" } else { "f′(x)" },
    );
    let x = Axis::between(
        range.start,
        range.end,
        if bars.is_some() {
            "x, and how often it occurs"
        } else {
            "x"
        },
    );
    let names = curves.iter().map(|curve| curve.name.as_str());
    let mut chart = Chart::new(size.0, size.1, x, y).with_names(names);
    if bars.is_some() {
        chart.strip = 40.0;
        chart.frame.bottom -= chart.strip;
    }
    chart.axes();
    if let Some(bars) = bars {
        chart.bars(bars);
    }
    let limits = chart.y.low..chart.y.high;
    // The one that matters lies above the others.
    for (curve, pieces) in curves.iter().zip(&pieces).rev() {
        let shown: Vec<Vec<(f64, f64)>> = pieces
            .iter()
            .flat_map(|piece| inside(piece, &limits))
            .collect();
        chart.line(curve.class, &shown, Some(&curve.name));
    }
    chart
}

/// The least and the largest of some numbers; 0 and 1 of none.
fn extent(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let both = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    if both.0 <= both.1 { both } else { (0.0, 1.0) }
}

#[cfg(test)]
mod tests {
    use actsmith_codegen::Region;
    use actsmith_codegen::passport::Passport;

    use super::*;

    fn curve(text: &str) -> Curve {
        let formula = Formula::parse(text).expect(text);
        let passport = Passport::of(&formula, &Region::default()).expect(text);
        Curve::new("f", "found", &formula, &passport.joints)
    }

    #[test]
    fn a_kink_is_a_point_and_a_jump_is_a_gap() {
        let range = -4.0..4.0;
        let relu = curve("relu(x - 0.123)");
        let values = relu.pieces(&range, 0);
        assert_eq!(values.len(), 1);
        assert!(values[0].contains(&(0.123, 0.0)));
        let slopes = relu.pieces(&range, 1);
        assert_eq!(slopes.len(), 2);
        assert_eq!(slopes[0].last(), Some(&(0.123, 0.0)));
        assert_eq!(slopes[1].first(), Some(&(0.123, 1.0)));
        let sign = curve("sign(x)").pieces(&range, 0);
        assert_eq!(
            (sign[0].last(), sign[1].first()),
            (Some(&(0.0, -1.0)), Some(&(0.0, 1.0)))
        );
        assert_eq!(curve("silu(x)").pieces(&range, 1).len(), 1);
    }
}
