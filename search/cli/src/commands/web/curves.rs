//! Functions at many inputs: kinks are points of their curves, and jumps are gaps.

use actsmith_codegen::{Formula, Gradient, Region};
use serde_json::{Value, json};

/// Even steps over the range.
const STEPS: usize = 480;
/// A difference between neighbours of this share of all that is seen may be a jump.
const SUSPECT: f64 = 0.02;
/// Halvings of a step: what is left of it is far narrower than a pixel.
const HALVINGS: usize = 40;
/// Half of a gap, as a share of the range: one that is seen on a screen.
const GAP: f64 = 1.0 / 400.0;
/// The most places where pieces meet that are looked for in one function.
const MOST: usize = 24;

/// A place where pieces meet.
struct Jump {
    place: f64,
    /// Whether the value jumps, and not the derivative alone.
    of_value: bool,
}

/// A function with its derivative.
struct Curve(Gradient);

impl Curve {
    /// Value and derivative; not a number where there is none.
    fn at(&self, x: f64) -> [f64; 2] {
        let (value, slopes) = self.0.at(&[x]);
        match value.is_nan() {
            true => [f64::NAN; 2],
            false => [value, slopes[0]],
        }
    }

    /// Where the value or the derivative jumps.
    fn jumps(&self, inputs: &[f64]) -> Vec<Jump> {
        let points: Vec<[f64; 2]> = inputs.iter().map(|&x| self.at(x)).collect();
        let mut found: Vec<Jump> = Vec::new();
        for output in 0..2 {
            let finite = points.iter().map(|p| p[output]).filter(|y| y.is_finite());
            let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), y| {
                (l.min(y), h.max(y))
            });
            let least = SUSPECT * (high - low);
            for (ends, sides) in points.windows(2).zip(inputs.windows(2)) {
                let change = (ends[1][output] - ends[0][output]).abs();
                if found.len() < MOST && change > least && change.is_finite() {
                    let place = self.narrowed((sides[0], sides[1]), output, change);
                    found.extend(place.map(|place| Jump {
                        place,
                        of_value: output == 0,
                    }));
                }
            }
        }
        found
    }

    /// The jump inside a step, if most of the change is there however narrow the step becomes.
    fn narrowed(&self, step: (f64, f64), output: usize, change: f64) -> Option<f64> {
        let (mut low, mut high) = step;
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(low, high);
            if middle <= low || middle >= high {
                break;
            }
            let [left, inside, right] = [low, middle, high].map(|x| self.at(x)[output]);
            match (inside - left).abs() > (right - inside).abs() {
                true => high = middle,
                false => low = middle,
            }
        }
        let [left, right] = [low, high].map(|x| self.at(x)[output]);
        ((right - left).abs() > 0.5 * change).then_some(f64::midpoint(low, high))
    }
}

/// Formulas of `x` alone at common inputs between two ends: the inputs, and for each formula its values and its derivatives, `null` where
/// there are none and in the middle of a jump.
pub(super) fn sampled(formulas: &[Formula], low: f64, high: f64) -> Value {
    let curves: Vec<Curve> = formulas
        .iter()
        .map(|formula| Curve(formula.with_finite_gradient(&Region::default())))
        .collect();
    let step = (high - low) / STEPS as f64;
    let even: Vec<f64> = (0..=STEPS)
        .map(|index| {
            if index == STEPS {
                high
            } else {
                low + step * index as f64
            }
        })
        .collect();
    let jumps: Vec<Vec<Jump>> = curves.iter().map(|curve| curve.jumps(&even)).collect();
    let mut inputs = even;
    let room = GAP * (high - low);
    for jump in jumps.iter().flatten() {
        let around = [jump.place - room, jump.place, jump.place + room];
        inputs.extend(around.into_iter().filter(|x| (low..=high).contains(x)));
    }
    inputs.sort_by(f64::total_cmp);
    inputs.dedup();
    let series = curves.iter().zip(&jumps).map(|(curve, jumps)| {
        let points: Vec<[f64; 2]> = inputs.iter().map(|&x| curve.at(x)).collect();
        let [values, slopes] = [0, 1].map(|output| {
            let shown = |(&x, point): (&f64, &[f64; 2])| {
                let in_gap = jumps.iter().any(|jump| {
                    (jump.of_value || output == 1) && (x - jump.place).abs() < 0.999 * room
                });
                Some(point[output]).filter(|y| y.is_finite() && !in_gap)
            };
            inputs.iter().zip(&points).map(shown).collect::<Vec<_>>()
        });
        json!({ "value": values, "derivative": slopes })
    });
    let series: Vec<Value> = series.collect();
    json!({ "x": inputs, "curves": series })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sampled_one(text: &str) -> (Vec<f64>, Vec<Option<f64>>, Vec<Option<f64>>) {
        let formula = Formula::parse(text).expect(text);
        let answer = sampled(&[formula], -4.0, 4.0);
        let read = |value: &Value| -> Vec<Option<f64>> {
            value
                .as_array()
                .expect("a list")
                .iter()
                .map(Value::as_f64)
                .collect()
        };
        let curve = &answer["curves"][0];
        (
            read(&answer["x"]).into_iter().flatten().collect(),
            read(&curve["value"]),
            read(&curve["derivative"]),
        )
    }

    #[test]
    fn a_kink_is_a_point_and_a_jump_is_a_gap() {
        let (x, value, slope) = sampled_one("relu(x - 0.123)");
        assert!(value.iter().all(Option::is_some));
        assert!(
            x.iter().any(|x| (x - 0.123).abs() < 1e-9),
            "the kink is a point"
        );
        for (x, slope) in x.iter().zip(&slope) {
            let side = if *x < 0.123 { 0.0 } else { 1.0 };
            let in_gap = (x - 0.123).abs() < 8.0 * 0.999 * GAP;
            assert_eq!(*slope, (!in_gap).then_some(side), "{x}");
        }
        let (x, value, _) = sampled_one("sign(x - 0.3)");
        let gaps: Vec<f64> = x
            .into_iter()
            .zip(value)
            .filter_map(|(x, y)| y.is_none().then_some(x))
            .collect();
        assert!(
            !gaps.is_empty() && gaps.iter().all(|x| (x - 0.3).abs() < 8.0 * GAP),
            "{gaps:?}"
        );
    }

    #[test]
    fn a_smooth_function_has_no_gap_and_a_pole_no_value() {
        for text in ["silu(x)", "tanh(40 * x)", "sin(9 * x)"] {
            let (_, value, slope) = sampled_one(text);
            assert!(value.iter().chain(&slope).all(Option::is_some), "{text}");
        }
        let (x, value, _) = sampled_one("ln(x)");
        assert!(x.iter().zip(&value).all(|(x, y)| y.is_some() == (*x > 0.0)));
    }
}
