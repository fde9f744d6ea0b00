//! The search for a point at which two formulas differ.

use crate::ir::Dag;

/// Relative agreement that is asked of two forms of one value. Forms may round differently by a few ULP an operation and
/// condition may amplify that; a wrong rule shows as a difference of the order of the value.
const RELATIVE: f64 = 1e-9;
/// Differences below this are rounding near a zero of the function.
const ABSOLUTE: f64 = 1e-12;

/// A point at which two formulas differ.
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

/// Arguments in every regime: zero and kinks of the named functions, ordinary sizes, tails, tiny and huge.
const POINTS: &[f64] = &[
    0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, 6.0, -6.0, 1e-6, -1e-6, 1e-20, -1e-20, 1e-38,
    -1e-38, 3e-4, -3e-4, 0.013, -0.013, 0.11, -0.11, 0.27, -0.27, 0.41, -0.41, 0.73, -0.73, 0.95,
    -0.95, 1.31, -1.31, 1.73, -1.73, 2.17, -2.17, 2.3026, -2.3026, 2.61, -2.61, 3.1623, -3.1623,
    3.7, -3.7, 4.4, -4.4, 5.53, -5.53, 7.1, -7.1, 8.9, -8.9, 10.0, -10.0, 13.3, -13.3, 17.0, -17.0,
    26.0, -26.0, 41.0, -41.0, 63.0, -63.0, 88.8, -88.8, 104.0, -104.0, 710.0, -710.0, 1e3, -1e3,
    1e4, -1e4, 1e6, -1e6, 1e10, -1e10, 1e19, -1e19, 3e38, -3e38,
];

/// A point at which an output of `right` is not an acceptable form of that of `left`: it differs by more than rounding, or is
/// infinite or NaN where `left` is finite, in f64 or with every operation rounded to f32.
pub fn find_witness(left: &Dag, right: &Dag) -> Option<Witness> {
    assert_eq!(
        left.variables, right.variables,
        "graphs over the same variables"
    );
    points(left.variables.len()).find_map(|point| {
        let (a, b) = (left.eval(&point), right.eval(&point));
        let differs = a
            .iter()
            .zip(&b)
            .position(|(&a, &b)| a.is_finite() && !close(a, b));
        let overflows = || {
            let (a, b) = (left.eval_f32(&point), right.eval_f32(&point));
            a.iter()
                .zip(&b)
                .position(|(a, b)| a.is_finite() && !b.is_finite())
        };
        let output = differs.or_else(overflows)?;
        Some(Witness {
            output,
            left: a[output],
            right: b[output],
            point,
        })
    })
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= ABSOLUTE + RELATIVE * a.abs().max(b.abs())
}

/// Every point for one variable; for more, each variable walks the list at its own stride.
fn points(variables: usize) -> impl Iterator<Item = Vec<f64>> {
    // Strides prime to the length, so that no two variables stay in step.
    const STRIDES: [usize; 6] = [1, 31, 17, 53, 7, 43];
    let rounds = if variables > 1 { 4 } else { 1 };
    (0..rounds * POINTS.len()).map(move |k| {
        let place = |v: usize| k * STRIDES[v % STRIDES.len()] + 11 * v + k / POINTS.len() * v;
        (0..variables)
            .map(|v| POINTS[place(v) % POINTS.len()])
            .collect()
    })
}
