//! The search for a point at which one form of a value is worse than another.

use super::enclose::{Defined, Encloser};
use super::interval::Interval;
use super::points::REGIMES;
use super::region::Region;
use crate::ir::Dag;

/// Forms of one value that agree this closely are equally good: each operation rounds by a few ULP, which its neighbours may
/// amplify some thousand times.
const RELATIVE: f64 = 1e-9;
/// The same near a zero of the function.
const ABSOLUTE: f64 = 1e-12;

/// A point at which two forms of a value differ in f64.
#[derive(Clone, Debug, PartialEq)]
pub struct Witness {
    /// The values of the variables there.
    pub point: Vec<f64>,
    /// Which output differs.
    pub output: usize,
    /// The value of the first formula.
    pub left: f64,
    /// The value of the second formula.
    pub right: f64,
}

/// A point at which an output of `form` is worse than that of `original`: it is another number, has lost digits, or is infinite
/// or NaN where the original is finite, in f64 or with every operation rounded to f32.
pub(super) fn find_loss(original: &Dag, form: &Dag, region: &Region) -> Option<Witness> {
    points(&region.intervals(&original.variables)).find_map(|point| {
        let (a, b) = (original.eval(&point), form.eval(&point));
        let loses = |output: usize| {
            let (a, b) = (a[output], b[output]);
            a.is_finite() && !close(a, b) && !gains(original, form, &point, output)
        };
        let overflows = || {
            let (a, b) = (original.eval_f32(&point), form.eval_f32(&point));
            (0..a.len()).find(|&output| a[output].is_finite() && !b[output].is_finite())
        };
        let output = (0..a.len())
            .find(|&output| loses(output))
            .or_else(overflows)?;
        Some(Witness {
            output,
            left: a[output],
            right: b[output],
            point,
        })
    })
}

/// Whether values that are not close differ because the original is the one that has lost digits.
fn gains(original: &Dag, form: &Dag, point: &[f64], output: usize) -> bool {
    let at: Vec<Interval> = point.iter().map(|&value| Interval::point(value)).collect();
    let enclosure = |dag: &Dag| Encloser::new(dag).over(&at)[usize::from(dag.roots[output])];
    let (a, b) = (enclosure(original), enclosure(form));
    let defined = a.defined != Defined::Never && b.defined != Defined::Never;
    let (a, b) = (a.interval, b.interval);
    defined && !a.misses(b) && b.high - b.low < a.high - a.low
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= ABSOLUTE + RELATIVE * a.abs().max(b.abs())
}

/// Every point for one variable; for more, each variable walks the list at its own stride.
fn points(region: &[Interval]) -> impl Iterator<Item = Vec<f64>> {
    let variables = region.len();
    // Strides prime to the length, so that no two variables stay in step.
    const STRIDES: [usize; 6] = [1, 31, 17, 53, 7, 43];
    let rounds = if variables > 1 { 4 } else { 1 };
    (0..rounds * REGIMES.len()).map(move |k| {
        let place = |v: usize| k * STRIDES[v % STRIDES.len()] + 11 * v + k / REGIMES.len() * v;
        (0..variables)
            .map(|v| REGIMES[place(v) % REGIMES.len()].clamp(region[v].low, region[v].high))
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_that_overflows_or_cancels_is_a_loss() {
        let loss = |a: &str, b: &str| {
            find_loss(
                &Dag::parse(a).unwrap(),
                &Dag::parse(b).unwrap(),
                &Region::default(),
            )
        };
        assert!(loss("sigmoid(x)", "exp(x) / (1 + exp(x))").is_some());
        assert!(loss("expm1(x) / x", "(exp(x) - 1) / x").is_some());
        assert_eq!(loss("(exp(x) - 1) / x", "expm1(x) / x"), None);
    }
}
