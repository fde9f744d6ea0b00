//! Constants by nonlinear least squares, after Levenberg (1944) and Marquardt (1963), and by Lawson's weights (1961) where the largest
//! difference is to be small rather than the mean square.
//!
//! A graph has a dozen constants at most, and its derivatives with respect to them are known: normal equations of that size need no
//! library of linear algebra, which this crate would bring into every build of the macro.

use crate::calculus::Gradient;
use crate::ir::{Dag, Rounding};

/// Steps that are tried at most.
const STEPS: usize = 14;
/// A step that gains less than this part ends the fit.
const GAIN: f64 = 1e-4;
/// Rounds of Lawson's weights.
const ROUNDS: usize = 6;

/// What constants are fitted to: the values of a function at points.
pub(super) struct Target {
    pub points: Vec<f64>,
    pub values: Vec<f64>,
    /// What the square of a difference at each point counts.
    pub weights: Vec<f64>,
}

/// A graph over the input and constants, with its derivatives with respect to the latter.
pub(super) struct Model {
    /// The outputs are the value and these derivatives.
    dag: Dag,
}

impl Model {
    /// Of a function whose first variable is the input and whose others are constants.
    pub(super) fn of_gradient(gradient: &Gradient) -> Self {
        let constants: Vec<usize> = (1..gradient.variables.len()).collect();
        Self {
            dag: gradient.value_and_derivatives_of(&constants),
        }
    }

    /// The largest difference at the points.
    pub(super) fn largest(&self, target: &Target, constants: &[f64]) -> f64 {
        let values = &self.columns(&target.points, constants)[0];
        let pairs = values.iter().zip(&target.values);
        pairs.map(|(a, b)| (a - b).abs()).fold(0.0, |most, size| {
            if size.is_nan() {
                f64::INFINITY
            } else {
                f64::max(most, size)
            }
        })
    }

    /// The value and the derivatives, a column each.
    fn columns(&self, points: &[f64], constants: &[f64]) -> Vec<Vec<f64>> {
        let inputs = std::iter::once(points.to_vec());
        let constants = constants.iter().map(|&c| vec![c; points.len()]);
        let columns: Vec<Vec<f64>> = inputs.chain(constants).collect();
        self.dag.tape().columns(&columns, Rounding::F64).outputs
    }

    /// Moves the constants to a local minimum of the weighted sum of squares, which is returned.
    pub(super) fn fit(
        &self,
        target: &Target,
        weights: &[f64],
        constants: &mut [f64],
        steps: usize,
    ) -> f64 {
        let count = constants.len();
        let mut columns = self.columns(&target.points, constants);
        let mut sum = squares(target, weights, &columns[0]);
        if count == 0 || !sum.is_finite() {
            return sum;
        }
        let mut damping = 1e-3;
        for _ in 0..steps {
            let Some((matrix, side)) = normal_equations(target, weights, &columns) else {
                return sum;
            };
            let before = sum;
            for _ in 0..6 {
                let mut damped = matrix.clone();
                for (i, row) in damped.iter_mut().enumerate() {
                    row[i] += damping * row[i] + f64::MIN_POSITIVE;
                }
                let step = solve(damped, &side);
                let moved: Option<Vec<f64>> = step.map(|step| {
                    let moved = constants.iter().zip(&step);
                    moved.map(|(constant, step)| constant + step).collect()
                });
                if let Some(moved) = moved {
                    let next = self.columns(&target.points, &moved);
                    let after = squares(target, weights, &next[0]);
                    if after < sum {
                        constants.copy_from_slice(&moved);
                        (columns, sum) = (next, after);
                        damping = (damping * 0.2).max(1e-12);
                        break;
                    }
                }
                damping *= 8.0;
            }
            if before - sum <= GAIN * before {
                break;
            }
        }
        sum
    }

    /// Moves the constants so that the largest difference becomes smaller.
    pub(super) fn level(&self, target: &Target, constants: &mut [f64]) {
        let differences = |constants: &[f64]| -> Vec<f64> {
            let value = &self.columns(&target.points, constants)[0];
            let pairs = value.iter().zip(&target.values);
            pairs.map(|(a, b)| (a - b).abs()).collect()
        };
        let largest = |differences: &[f64]| differences.iter().copied().fold(0.0, f64::max);
        let mut now = differences(constants);
        let mut best = (largest(&now), constants.to_vec());
        let mut weights = target.weights.clone();
        for _ in 0..ROUNDS {
            let most = largest(&now);
            if most <= 1e-14 || !most.is_finite() {
                break;
            }
            for (weight, difference) in weights.iter_mut().zip(&now) {
                *weight *= difference / most + 0.02;
            }
            let sum: f64 = weights.iter().sum();
            let scale = weights.len() as f64 / sum;
            weights.iter_mut().for_each(|weight| *weight *= scale);
            self.fit(target, &weights, constants, 3);
            now = differences(constants);
            if largest(&now) < best.0 {
                best = (largest(&now), constants.to_vec());
            }
        }
        constants.copy_from_slice(&best.1);
    }

    /// Least squares, and then, where all points count alike, the smallest difference.
    pub(super) fn settle(&self, target: &Target, constants: &mut [f64], level: bool) {
        self.fit(target, &target.weights, constants, STEPS);
        if level {
            self.level(target, constants);
        }
    }
}

fn squares(target: &Target, weights: &[f64], values: &[f64]) -> f64 {
    let rows = values.iter().zip(&target.values).zip(weights);
    rows.map(|((a, b), w)| w * (a - b) * (a - b)).sum()
}

/// Jᵀ·W·J and Jᵀ·W·r, where r is what is lacking; `None` if a derivative is not finite.
fn normal_equations(
    target: &Target,
    weights: &[f64],
    columns: &[Vec<f64>],
) -> Option<(Vec<Vec<f64>>, Vec<f64>)> {
    let (value, slopes) = columns.split_first()?;
    let weighted = |a: &[f64], b: &[f64]| -> f64 {
        let rows = a.iter().zip(b).zip(weights);
        rows.map(|((a, b), w)| w * a * b).sum()
    };
    let pairs = target.values.iter().zip(value);
    let lacking: Vec<f64> = pairs.map(|(wanted, found)| wanted - found).collect();
    let matrix: Vec<Vec<f64>> = slopes
        .iter()
        .map(|a| slopes.iter().map(|b| weighted(a, b)).collect())
        .collect();
    let side: Vec<f64> = slopes.iter().map(|a| weighted(a, &lacking)).collect();
    let finite = matrix.iter().flatten().chain(&side).all(|x| x.is_finite());
    finite.then_some((matrix, side))
}

/// Solves a symmetric, positive definite system by Cholesky's factors, its rows scaled to a unit diagonal.
fn solve(mut matrix: Vec<Vec<f64>>, side: &[f64]) -> Option<Vec<f64>> {
    let count = side.len();
    let scale: Vec<f64> = (0..count)
        .map(|i| matrix[i][i].sqrt())
        // A constant that changes nothing stays.
        .map(|size| if size > 0.0 { 1.0 / size } else { 0.0 })
        .collect();
    for i in 0..count {
        for j in 0..=i {
            let inner: f64 = (0..j).map(|k| matrix[i][k] * matrix[j][k]).sum();
            let rest = if i == j {
                let own = matrix[i][i] * scale[i] * scale[i];
                if own > 0.0 { own - inner } else { 1.0 }
            } else {
                matrix[i][j] * scale[i] * scale[j] - inner
            };
            matrix[i][j] = if i == j {
                (rest > 0.0).then(|| rest.sqrt())?
            } else {
                rest / matrix[j][j]
            };
        }
    }
    let mut solution: Vec<f64> = side.iter().zip(&scale).map(|(b, s)| b * s).collect();
    for i in 0..count {
        let inner: f64 = (0..i).map(|k| matrix[i][k] * solution[k]).sum();
        solution[i] = (solution[i] - inner) / matrix[i][i];
    }
    for i in (0..count).rev() {
        let inner: f64 = (i + 1..count).map(|k| matrix[k][i] * solution[k]).sum();
        solution[i] = (solution[i] - inner) / matrix[i][i];
    }
    for (value, scale) in solution.iter_mut().zip(&scale) {
        *value *= scale;
    }
    solution.iter().all(|x| x.is_finite()).then_some(solution)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(f: impl Fn(f64) -> f64) -> Target {
        let points: Vec<f64> = (-80..=80).map(|i| f64::from(i) / 10.0).collect();
        Target {
            values: points.iter().map(|&x| f(x)).collect(),
            weights: vec![1.0; points.len()],
            points,
        }
    }

    fn model(text: &str) -> Model {
        let names = ["x", "p", "q", "r", "s"].map(str::to_owned);
        let dag = crate::syntax::parse_text(text, crate::syntax::Names::Declared(&names));
        let dag = dag.unwrap();
        Model::of_gradient(&dag.with_gradient())
    }

    #[test]
    fn constants_that_made_the_values_are_found() {
        for (text, start, truth) in [
            ("p * x + q + 0 * r * s", [0.0, 0.0], [0.3, -2.0]),
            ("p * sigmoid(q * x) + 0 * r * s", [1.0, 1.0], [2.5, 0.7]),
            ("p * tanh(x) + q * x + 0 * r * s", [0.0, 0.0], [1.0, 3.0]),
            ("softplus(p * x + q) + 0 * r * s", [1.0, 0.0], [0.4, 1.2]),
        ] {
            let model = model(text);
            let mut wanted = target(|_| 0.0);
            let exact = [truth[0], truth[1], 0.0, 0.0];
            wanted.values = model.columns(&wanted.points, &exact)[0].clone();
            let mut found = [start[0], start[1], 0.0, 0.0];
            model.settle(&wanted, &mut found, false);
            for (found, truth) in found.iter().zip(truth) {
                assert!((found - truth).abs() < 1e-6, "{text}: {found} not {truth}");
            }
        }
    }

    /// The line of the smallest largest difference to |x| over −8 to 8 is 4, and that of least squares is not.
    #[test]
    fn levelling_makes_the_largest_difference_smaller() {
        let (wanted, model) = (target(|x| x * x), model("p + 0 * q * r * s"));
        let mut constants = [0.0; 4];
        model.settle(&wanted, &mut constants, false);
        let mean = constants[0];
        assert!((mean - 21.6).abs() < 0.1, "{mean}");
        model.level(&wanted, &mut constants);
        assert!((constants[0] - 32.0).abs() < 3.0, "{}", constants[0]);
    }
}
