//! Whether a form overflows, underflows or cancels at some order of magnitude where the original does not, in f32 and in f64: at the
//! points of a [`ladder`]. What f16 and bf16 hold is computed in f32.

use super::interval::Interval;
use super::ladder;
use super::spoiled::{is_lost, is_spoiled};
use crate::ir::{Dag, Rounding, Samples};

/// A result is damaged where the range of the format costs it more than this: half the digits of f32, relative to the result or
/// to the smallest normal number. Rounding in another order stays below it.
const DAMAGE: f64 = 1.0 / 4096.0;
/// Damage within this factor of that of the original is the same damage.
const SAME: f64 = 2.0;
/// The ladders of one graph, and what it gives on them.
pub(super) struct Magnitudes<'a> {
    ladders: [Ladder<'a>; 2],
}

struct Ladder<'a> {
    rounding: Rounding,
    dag: &'a Dag,
    samples: Samples,
    /// A column for each output of the original.
    original: Vec<Vec<f64>>,
}

/// Where a form is worse: the values of the variables, the output, and its value.
pub(crate) struct Loss {
    pub point: Vec<f64>,
    pub output: usize,
    pub original: f64,
    pub value: f64,
}

impl<'a> Magnitudes<'a> {
    pub(super) fn new(original: &'a Dag, region: &[Interval]) -> Self {
        let ladder = |rounding| Ladder::new(original, region, rounding);
        Self {
            ladders: [ladder(Rounding::F32), ladder(Rounding::F64)],
        }
    }

    /// Where `form` is infinite, NaN, 0 or short of digits because of its range and the original is not. In f64, where no wider
    /// format tells what is right, `excused` says whether the values at a point differ because of the original; in f32, `kept`
    /// says whether a value that is far from the original is none the worse.
    pub(crate) fn find_loss(
        &self,
        form: &Dag,
        excused: impl Fn(&[f64], usize, f64) -> bool,
        kept: impl Fn(&[f64], usize, f64) -> bool,
    ) -> Option<Loss> {
        self.ladders
            .iter()
            .find_map(|ladder| match ladder.rounding {
                Rounding::F32 | Rounding::F32Digits => ladder.find_loss_of_digits(form, &kept),
                Rounding::F64 => ladder.find_loss_of_range(form, &excused),
            })
    }
}

impl<'a> Ladder<'a> {
    fn new(dag: &'a Dag, region: &[Interval], rounding: Rounding) -> Self {
        let samples = ladder::climb(dag, region, rounding);
        Self {
            rounding,
            dag,
            original: samples.of(dag).outputs,
            samples,
        }
    }

    /// The outputs and points at which a form is apart from the original by more than `limit` of its size.
    fn apart(&self, values: &[Vec<f64>], limit: f64) -> Vec<(usize, usize)> {
        let smallest = self.rounding.smallest_normal();
        let is_apart = |value: f64, original: f64| {
            let near = (value - original).abs() <= limit * original.abs().max(smallest);
            !near && value.to_bits() != original.to_bits() && !(value.is_nan() && original.is_nan())
        };
        let mut apart = Vec::new();
        for (output, (column, original)) in values.iter().zip(&self.original).enumerate() {
            for (at, (&value, &original)) in column.iter().zip(original).enumerate() {
                if is_apart(value, original) {
                    apart.push((output, at));
                }
            }
        }
        apart
    }

    fn loss(&self, values: &[Vec<f64>], (output, at): (usize, usize)) -> Loss {
        Loss {
            point: self.samples.point(at),
            output,
            original: self.original[output][at],
            value: values[output][at],
        }
    }

    /// In f64, where an intermediate value leaves the range.
    fn find_loss_of_range(
        &self,
        form: &Dag,
        excused: &impl Fn(&[f64], usize, f64) -> bool,
    ) -> Option<Loss> {
        let found = self.samples.of(form);
        let is_loss = |&(output, at): &(usize, usize)| {
            let (original, value) = (self.original[output][at], found.outputs[output][at]);
            is_lost(original, value, self.rounding)
                || original.is_finite()
                    && value.is_finite()
                    && found.strained[at]
                    && !excused(&self.samples.point(at), output, value)
        };
        let first = self.apart(&found.outputs, DAMAGE).into_iter().find(is_loss);
        first.map(|first| self.loss(&found.outputs, first))
    }

    /// In f32, where the range costs more digits than it costs the original, or where others are lost that the original has.
    fn find_loss_of_digits(
        &self,
        form: &Dag,
        kept: &impl Fn(&[f64], usize, f64) -> bool,
    ) -> Option<Loss> {
        // What is as close to the original as this is damaged as much.
        const CLOSE: f64 = DAMAGE / 4.0;
        let found = self.samples.of(form);
        let apart = self.apart(&found.outputs, CLOSE);
        let mut indices: Vec<usize> = apart.iter().map(|&(_, at)| at).collect();
        indices.sort_unstable();
        indices.dedup();
        let subset = |column: &Vec<f64>| indices.iter().map(|&at| column[at]).collect();
        let points: Vec<Vec<f64>> = self.samples.points().iter().map(subset).collect();
        // The same digits without a range, and the value of the original in f64.
        let values = |dag: &Dag, rounding| dag.tape().columns(&points, rounding).outputs;
        let free = values(form, Rounding::F32Digits);
        let original_free = values(self.dag, Rounding::F32Digits);
        let exact = values(self.dag, Rounding::F64);
        let is_loss = |&(output, at): &(usize, usize)| {
            let (original, value) = (self.original[output][at], found.outputs[output][at]);
            let index = indices.partition_point(|&index| index < at);
            let damage = cost(value, free[output][index], self.rounding);
            let known = cost(original, original_free[output][index], self.rounding);
            found.strained[at] && damage > DAMAGE && damage > SAME * known
                || is_lost(original, value, self.rounding)
                || is_spoiled(exact[output][index], original, value)
                    && !kept(&self.samples.point(at), output, value)
        };
        let first = apart.into_iter().find(is_loss);
        first.map(|first| self.loss(&found.outputs, first))
    }
}

/// How far the range has moved a result, relative to what it would be without.
fn cost(value: f64, free: f64, rounding: Rounding) -> f64 {
    let reachable = f64::from(free as f32);
    if free.is_nan() || value == reachable {
        0.0
    } else if value.is_finite() && reachable.is_finite() {
        (value - free).abs() / free.abs().max(rounding.smallest_normal())
    } else {
        f64::INFINITY
    }
}

#[cfg(test)]
mod tests {
    use crate::analysis::quality::{Judge, Witness};
    use crate::analysis::region::Region;
    use crate::analysis::spoiled::{is_lost, is_spoiled};
    use crate::egraph::Budget;
    use crate::formula::Formula;
    use crate::ir::{Dag, Rounding};

    fn loss(a: &str, b: &str) -> Option<Witness> {
        let (a, b) = (Dag::parse(a).unwrap(), Dag::parse(b).unwrap());
        Judge::new(&a, &Region::default()).find_loss(&b)
    }

    /// Each form is the same function over the reals, and leaves the range of f32 or f64 somewhere.
    #[test]
    fn forms_that_leave_the_range_are_worse() {
        for (formula, form) in [
            ("1e-10 * x * x", "1e-10 * square(x)"),
            ("square(x / 3)", "square(x) * (1 / 9)"),
            ("square(x / 1.01)", "square(x) * (1 / 1.0201)"),
            ("3 * square(x * 0.001) * 0.001", "square(x) * 0.000000003"),
            ("x * 1e-30 * 1e-30", "x * 1e-60"),
            ("x * 1e30 * 1e-35", "x * 1e-35 * 1e30"),
            ("x * 1e-200 * x", "square(x) * 1e-200"),
            ("x * a * 1e-30", "x * 1e-30 * a"),
            ("a * x * x", "a * square(x)"),
            ("square(x / a)", "square(x) / square(a)"),
            ("exp(-x / 2)", "exp(-x) * exp(x / 2)"),
            ("sqrt(abs(x)) * sqrt(abs(y))", "sqrt(abs(x * y))"),
            ("x / (y / 1e-20)", "x * 1e-20 / y"),
            ("1 / x / x", "1 / square(x)"),
        ] {
            assert!(loss(formula, form).is_some(), "{formula} as {form}");
        }
    }

    #[test]
    fn forms_that_stay_in_the_range_are_not() {
        for (formula, form) in [
            ("x * x * x * x", "square(square(x))"),
            ("x * 1e-60", "x * 1e-30 * 1e-30"),
            ("square(x) * 1e-10", "1e-10 * x * x"),
            ("x / (1 + exp(-x))", "silu(x)"),
            ("2 * x * x", "2 * square(x)"),
            ("x * 0.5 * 0.5", "x * 0.25"),
            ("1 / (1 + exp(-x))", "sigmoid(x)"),
            ("a * x + a * x", "2 * (a * x)"),
            ("min(square(x), 10) * x", "x * min(10, square(x))"),
        ] {
            assert_eq!(loss(formula, form), None, "{formula} as {form}");
        }
    }

    /// All magnitudes, three numbers in each: the form that comes out stays in the range of f32 wherever the derivatives as they are
    /// written do, and is as close to what they would be without a range.
    #[test]
    fn no_simplified_form_leaves_the_range_alone() {
        let sizes =
            (-149..=127).flat_map(|e| [1.0, 1.37, 1.99].map(|m| m * libm::exp2(f64::from(e))));
        let axis: Vec<f64> = sizes.flat_map(|size| [size, -size]).collect();
        let mut simplified = 0;
        for text in [
            "1e-10 * x * x",
            "square(x / 3)",
            "cube(x * 0.001)",
            "x * 1e-30 * 1e-30",
            "x * x * x * x",
            "a * x * x",
            "x * x / a",
            "square(x * 1e-25) + x",
            "x / (1e-30 * x + 1e30)",
            "1 / (x * 1e15) / x",
            "exp(x * 1e-20) * x * 1e20",
            "sqrt(x * 1e20 * x)",
            "1e30 * x * 1e-30",
            "sigmoid(x) * 1e-20 * 1e-20 * x * 1e38",
            "x * 1e-44 * x",
            "cube(x / a)",
            "tanh(x * 1e-30) * 1e30",
        ] {
            let raw = Dag::parse(text).unwrap().with_gradient();
            let form = Formula::parse(text).unwrap();
            let form = form
                .simplify(&Region::default(), Budget::default())
                .gradient
                .dag;
            simplified += usize::from(*form != raw.compact());
            let others: &[f64] = if raw.variables.len() > 1 {
                &[1.31, -1e-20, 1e20]
            } else {
                &[1.0]
            };
            for &other in others {
                let mut points = vec![axis.clone()];
                points.resize(raw.variables.len(), vec![other; axis.len()]);
                let both = |dag: &Dag| {
                    let tape = dag.tape();
                    (
                        tape.columns(&points, Rounding::F32).outputs,
                        tape.columns(&points, Rounding::F32Digits).outputs,
                    )
                };
                let ((a, exact), (b, _)) = (both(&raw), both(&form));
                for output in 0..a.len() {
                    for (k, &x) in axis.iter().enumerate() {
                        let (a, b, exact) = (a[output][k], b[output][k], exact[output][k]);
                        let error = |value: f64| {
                            (value - exact).abs() / exact.abs().max(f64::from(f32::MIN_POSITIVE))
                        };
                        let fine = a.is_finite() && error(a) < 1e-3;
                        assert!(
                            !fine || b.is_finite() && error(b) < 2e-3,
                            "{text}: output {output} of {} at {x}, {other}: {b}, not {exact}",
                            form.formula(output)
                        );
                    }
                }
            }
        }
        assert!(simplified >= 12, "only {simplified} are simplified at all");
    }

    /// What only happens beside some values of the other variables: large ones of either sign, ordinary ones, 0 beside large ones.
    #[test]
    fn forms_stay_in_the_range_beside_other_variables() {
        let sizes = (-126..=127).map(|e| libm::exp2(f64::from(e)));
        let axis: Vec<f64> = sizes.flat_map(|size| [size, -size]).collect();
        let others: [&[f64]; 4] = [
            &[1e20, -1e20, 1e25],
            &[-0.6, 0.4, 1.7],
            &[0.0],
            &[1.3, -40.0],
        ];
        for (text, sets) in [
            (
                "powi(elu(min(x, beta)), 3) - (square(beta) - x)",
                vec![others[0]],
            ),
            ("square(max(x, beta)) - (square(beta) - x)", vec![others[0]]),
            ("cube(min(x, -beta)) + x", vec![others[0]]),
            ("erfc(snake(x, k) / sin(k * pi))", vec![others[1]]),
            ("gaussian(snake(x, k) * 0.9)", vec![others[1]]),
            (
                "div_eps(beta / x + powi(x, 3), sign(k) * abs(k) + (if x <= x { beta } else { beta }))",
                vec![others[0], others[2]],
            ),
            ("x / (abs(k) * k + beta)", vec![others[0], others[2]]),
            ("x / square(beta + snake(x, k))", vec![others[0], others[2]]),
            ("celu(x, k) / (beta * beta)", vec![others[0], others[2]]),
        ] {
            let formula = Formula::parse(text).unwrap();
            let raw = formula.with_gradient();
            let form = formula.simplify(&Region::default(), Budget::default());
            let form = form.gradient.dag;
            assert_eq!(raw.variables.len(), 1 + sets.len(), "{text}");
            let last = sets.get(1).map_or(&[0.0][..], |set| set);
            for (first, second) in sets[0]
                .iter()
                .flat_map(|&a| last.iter().map(move |&b| (a, b)))
            {
                for &x in &axis {
                    let point = [x, f64::from(first as f32), second];
                    let point = &point[..raw.variables.len()];
                    let (written, got) = (raw.tape().eval_f32(point), form.tape().eval_f32(point));
                    for output in 0..written.len() {
                        assert!(
                            !is_lost(written[output], got[output], Rounding::F32),
                            "{text}: output {output} of {} at {point:?}: {}, not {}",
                            form.formula(output),
                            got[output],
                            written[output]
                        );
                    }
                }
            }
        }
    }

    /// Steep functions reach the end of the range between any rungs, and come back.
    #[test]
    fn forms_stay_in_the_range_where_functions_oscillate() {
        for text in [
            "exp((if sinh(x) <= cosh(x) { 1.00000000000000000001 } else { x }) / sinc_grad(x)
                + 0 / (if -3.671 <= 1 { 2.805 } else { 3.18 }))",
            "exp(1.00000000000000000001 / sinc_grad(x))",
            "exp(1 / sinc_grad(x))",
            "exp(3 / sin(x))",
            "exp(1 / cos(x)) * x",
            "sinh(2.5 / cos(x)) + x",
            "square(exp(1 / sin(x)) * 3)",
            "exp(20 * sin(x) + x)",
            "cosh(x * cos(x)) * 5",
        ] {
            let formula = Formula::parse(text).unwrap();
            let raw = formula.with_gradient();
            let form = formula.simplify(&Region::default(), Budget::default());
            let form = form.gradient.dag;
            let axis = (-12_800..12_800).map(|k| f64::from(k as f32 * 0.01));
            for x in axis {
                let (written, got) = (raw.tape().eval_f32(&[x]), form.tape().eval_f32(&[x]));
                for output in 0..written.len() {
                    assert!(
                        !is_lost(written[output], got[output], Rounding::F32),
                        "{text}: output {output} of {} at {x}: {}, not {}",
                        form.formula(output),
                        got[output],
                        written[output]
                    );
                }
            }
        }
    }

    /// Wherever the derivatives as they are written have three digits in f32, the form that comes out has the size and the sign.
    #[test]
    fn no_simplified_form_cancels_alone() {
        let sizes = [
            1e-38, 2.4e-35, 1e-20, 8.7e-19, 3.6e-12, 7.5e-9, 1.5e-5, 0.7, 1.9, 5.3, 11.0, 40.0,
            64.0, 87.0, 103.0, 1.3e5, 2.7e8, 5.5e11, 1.1e15, 1.3e20, 2.3e18, 4.7e21, 1e25,
        ];
        let axis: Vec<f64> = sizes
            .iter()
            .flat_map(|&size| [size, -size])
            .chain([0.0])
            .map(|x: f64| f64::from(x as f32))
            .collect();
        let others = [1.3, -0.6, 1e-20, 1e20, 0.0, -40.0].map(|x: f64| f64::from(x as f32));
        for text in [
            "mix(silu_grad(x), x, sigmoid_mul(5, x))",
            "mix(x * x, x * k, x * 1.05)",
            "mix(-1.0247, x, beta)",
            "mix(beta, -2, x)",
            "mix(max(0.31, beta) - 0.31, x, swish(x, x))",
            "mix(x, -4.83e17, x)",
            "mix(1e-296, x, x) + 10000000000.000001907",
            "glu(mix(-10, beta, beta), powi(beta, 2))",
            "laplace(x) - mix(1.4142135623730950488, beta, x)",
            "hardshrink(mix(2 * x, k * x, x))",
            "(1 - square(tanh(x))) - beta",
            "(1 - square(tanh(x))) * atan(tanh(x))",
            "1 - square(tanh(x))",
            "sigmoid(x) * (1 - sigmoid(x))",
            "sigmoid(x) - square(sigmoid(x))",
            "0.3975 / x - x / x",
            "1.4142135623730950488 / x + x / x",
            "softsign(max(gelu_tanh(0.79), -1.405899 / x + x / x))",
            "softsign(-sqrt(x)) / atan_grad(x / x)",
            "(x * -8) / softsign_grad(beta)",
            "x / (2.799 * softsign_grad(-beta))",
            "swiglu(beta * beta, x * beta)",
            "exp_sub_sq(max(-8, x) + 8, if x >= x { beta } else { -pi })",
            "tanh_grad(x) - 1 - 3.701 * x",
            "max(157 / 40, x) - 157 / 40 + hardswish(x)",
            "relu(softplus(x * 3.217) - silu(x * 3.217) + ln(softplus(sqrt(2 / pi))))",
            "x + (cosh(x) - sinh(x))",
            "gelu(x) + (max(-pi, x) + pi)",
            "max(7, gelu(x)) - 7 - normal_pdf(swiglu(x, -0.15))",
            "add(beta * x, softshrink(x))",
            "x * x - ((beta + x) - max(x, -x))",
            "gelu_tanh(x) - x + min(x, 9)",
            "(1 - sigmoid(x * beta)) - clamp(beta, beta, x) * 16",
            "exp(expm1(x) + 1) - sigmoid(expm1(x) + 1)",
            "relu6(beta) - (max(88.72283905206835, x) - 88.72283905206835)",
            "(x / x) * (quick_gelu(2) - (sigmoid(beta) * x + beta))",
            "(beta / x) * (-2.5 - x) * tanh_grad(beta)",
            "(x / beta + k * k) * (x * 2 / (x / x))",
            "min0(div_eps(x, x)) * ((if x / beta == -x { beta * x } else { 0.2 }) * (6.2e-292 - beta))",
            "min(x, beta) + (beta - (expm1(x) - x))",
            "if relu(x) == elu(max(x, 0)) { lisht(mix(1.632, x, x)) } else { x / 10 }",
            "if relu(x) == (if x > 0 { elu(x) } else { -6 }) { mix(1.632, x, x) } else { x / 10 }",
            "if abs(x) == relu(x) + relu(-x) { mix(x, 0.31, x) } else { x * beta }",
        ] {
            let formula = Formula::parse(text).unwrap();
            let raw = formula.with_gradient();
            let form = formula.simplify(&Region::default(), Budget::default());
            let form = form.gradient.dag;
            let others = if raw.variables.len() > 1 {
                &others[..]
            } else {
                &[1.0]
            };
            for &other in others {
                let mut points = vec![axis.clone()];
                points.resize(raw.variables.len(), vec![other; axis.len()]);
                let values = |dag: &Dag, rounding| dag.tape().columns(&points, rounding).outputs;
                let (exact, written) = (values(&raw, Rounding::F64), values(&raw, Rounding::F32));
                let narrow = values(&form, Rounding::F32);
                for output in 0..narrow.len() {
                    for (k, &x) in axis.iter().enumerate() {
                        let [exact, written, got] =
                            [&exact, &written, &narrow].map(|all| all[output][k]);
                        let mut point = vec![other; raw.variables.len()];
                        point[0] = x;
                        let tape = raw.tape();
                        let is_kink = tape.has_kink(&point, Rounding::F32)
                            && tape.is_between_sides(&point, output, got);
                        assert!(
                            is_kink || !is_spoiled(exact, written, got),
                            "{text}: output {output} of {} at {x}, {other}: {got}, not {exact}",
                            form.formula(output)
                        );
                    }
                }
            }
        }
    }
}
