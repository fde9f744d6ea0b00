//! How far a result may be from the truth, and why.
//!
//! Four units in the last place of f32, and 1e-13 of the value in f64; or more where rounding inside of the formula makes the result
//! uncertain, whoever computes it: each operation of the simplified formula is taken to be off by [`EACH`] units in the last place,
//! and what that does to the result is found by its derivatives.

use std::collections::HashMap;
use std::sync::Mutex;

use actsmith_codegen::ir::{Dag, Node};
use actsmith_codegen::ops::{ARGUMENTS, Op};
use actsmith_codegen::syntax::{Names, parse_text};

use super::plan::Function;

/// How far the functions of good libraries are off at most, in units in the last place.
const EACH: f64 = 3.0;

/// A bound in units in the last place.
pub(crate) struct Bound {
    pub(crate) ulps: f64,
    /// Whether it is that of the last bits alone.
    pub(crate) is_tight: bool,
}

/// A type.
struct Format {
    /// Half the distance of 1 to the next number, twice.
    epsilon: f64,
    /// The last bits that are allowed to be off.
    ulps: f64,
    smallest: f64,
    largest: f64,
}

fn format(dtype: &str) -> Format {
    match dtype {
        "float32" => Format {
            epsilon: f64::from(f32::EPSILON),
            ulps: 4.0,
            smallest: f64::from(f32::MIN_POSITIVE),
            largest: f64::from(f32::MAX),
        },
        _ => Format {
            epsilon: f64::EPSILON,
            ulps: 1e-13 / f64::EPSILON,
            smallest: f64::MIN_POSITIVE,
            largest: f64::MAX,
        },
    }
}

/// The error in units in the last place of the truth; subnormal numbers count as the smallest normal one.
pub(crate) fn error(got: f64, truth: f64, dtype: &str) -> f64 {
    let format = format(dtype);
    if truth.abs() > format.largest && got == f64::INFINITY.copysign(truth) {
        return 0.0;
    }
    // Subnormal numbers may be flushed to 0.
    if truth.abs() < format.smallest && got.abs() <= format.smallest {
        return 0.0;
    }
    (got - truth).abs() / (truth.abs().max(format.smallest) * format.epsilon)
}

/// The bound of a result; none where the formula itself overflows on the way.
pub(crate) fn bound(
    run: &str,
    function: &Function,
    x: f64,
    derivative: bool,
    truth: f64,
    dtype: &str,
) -> Option<Bound> {
    let format = format(dtype);
    let activation = &function.declaration.activation;
    let graph = match derivative {
        false => activation.value.clone(),
        true => activation.gradient.derivatives_of(&[0]),
    };
    let mut point = vec![x];
    point.extend(function.values.iter().map(|(_, value)| *value));
    let carried = carried(&graph, &point, &format, run)?;
    let ulps = carried / (truth.abs().max(format.smallest) * format.epsilon);
    Some(Bound {
        ulps: ulps.max(format.ulps),
        is_tight: ulps <= format.ulps,
    })
}

/// How far the output is off if each operation is.
fn carried(dag: &Dag, point: &[f64], format: &Format, run: &str) -> Option<f64> {
    let mut values: Vec<f64> = Vec::new();
    let mut errors: Vec<f64> = Vec::new();
    for node in dag.nodes() {
        let (value, error) = match node {
            // Numbers are rounded.
            Node::Number(number) => (
                number.to_f64(),
                number.to_f64().abs() * format.epsilon / 2.0,
            ),
            Node::Variable(index) => (
                point[*index],
                point[*index].abs()
                    * if *index == 0 {
                        0.0
                    } else {
                        format.epsilon / 2.0
                    },
            ),
            Node::Apply(op, _) => {
                let at: Vec<usize> = node.arguments().iter().map(|&id| usize::from(id)).collect();
                let given: Vec<f64> = at.iter().map(|&a| values[a]).collect();
                let value = op.value(&given);
                // How far the operation itself is off.
                let size = given.first().map_or(0.0, |a| a.abs());
                let steep = (size * (1.6 + 0.0714 * size * size)).min(200.0);
                let rough = run == "onnxruntime" && format.epsilon > f64::EPSILON;
                let mut error = format.epsilon
                    * match op {
                        Op::If | Op::Lt | Op::Le | Op::Eq | Op::Neg | Op::Abs => 0.0,
                        Op::Min | Op::Max | Op::Relu | Op::Min0 => 0.0,
                        // The argument of the exponential is a sum of its own, which decides in the tail.
                        Op::GeluTanh if rough => (EACH + 4.0 * steep) * value.abs() + size,
                        Op::GeluTanh => (EACH + 4.0 * steep) * value.abs(),
                        // Sums with a zero.
                        Op::GeluTanhGrad => {
                            let term = Op::GeluTanh.value(&given).abs();
                            (EACH + 4.0 * steep) * value.abs().max(2.0 * term)
                        }
                        Op::SiluGrad | Op::MishGrad => {
                            let term = Op::Sigmoid.value(&given) * (1.0 + size);
                            EACH * value.abs().max(term)
                        }
                        Op::HardSigmoid | Op::HardSwish if size < 6.0 => EACH * size.max(0.5),
                        // The cosine of what π times the argument is rounded to.
                        Op::SincGrad => EACH * value.abs() + 4.0,
                        // XLA's erfc in f32 is off by 11 in its tail.
                        Op::Gelu | Op::NormalCdf | Op::Erfc if run == "jax" => 12.0 * value.abs(),
                        // ONNX Runtime approximates these to an absolute error, and has exp(x) − 1 in f32.
                        Op::Sigmoid | Op::Gelu | Op::NormalCdf | Op::Erfc if rough => {
                            EACH * value.abs() + 1.0
                        }
                        Op::Elu | Op::EluAlpha | Op::Celu | Op::Selu if rough => {
                            EACH * value.abs() + 2.0
                        }
                        Op::Silu if rough => EACH * value.abs() + size,
                        _ => EACH * value.abs(),
                    }
                    // XLA and ONNX Runtime take subnormal numbers for 0, also in a sigmoid that the argument is multiplied with.
                    + format.smallest * if run == "jax" || rough { 1.0 + size.min(100.0) } else { format.epsilon };

                for (index, &argument) in at.iter().enumerate() {
                    if errors[argument] > 0.0 {
                        let slope = slope(*op, index, &given);
                        error += slope.abs() * errors[argument];
                    }
                }
                (value, error)
            }
        };
        if value.abs() > format.largest || error.is_nan() {
            return None;
        }
        values.push(value);
        errors.push(error);
    }
    Some(errors[usize::from(dag.roots[0])])
}

/// The derivative of an operation by one of its arguments.
fn slope(op: Op, index: usize, given: &[f64]) -> f64 {
    static ROWS: Mutex<Option<HashMap<(Op, usize), Dag>>> = Mutex::new(None);
    match op {
        Op::If => {
            return if (given[0] != 0.0) == (index == 1) && index > 0 {
                1.0
            } else {
                0.0
            };
        }
        Op::Powi => {
            return if index == 0 {
                given[1] * given[0].powi(given[1] as i32 - 1)
            } else {
                0.0
            };
        }
        _ => {}
    }
    let Some(text) = op.row().derivatives.get(index) else {
        return 0.0;
    };
    let mut rows = ROWS.lock().expect("no panic");
    let rows = rows.get_or_insert_default();
    let graph = rows.entry((op, index)).or_insert_with(|| {
        let names = ARGUMENTS.map(str::to_owned);
        parse_text(text, Names::Declared(&names)).expect("a row")
    });
    let mut point = given.to_vec();
    point.resize(3, 0.0);
    graph.eval(&point)[0]
}

/// What a library does otherwise by itself.
pub(crate) fn excused(
    run: &str,
    function: &Function,
    x: f64,
    derivative: bool,
    dtype: &str,
) -> bool {
    let activation = &function.declaration.activation;
    match run {
        // x · sigmoid(x) is −∞ · 0 for PyTorch, in these functions.
        "torch" | "torch-compiled" if x == f64::NEG_INFINITY => {
            let own = [Op::Silu, Op::Mish, Op::HardSwish];
            let nodes = activation.value.nodes();
            nodes
                .iter()
                .any(|node| matches!(node, Node::Apply(op, _) if own.contains(op)))
        }
        // No evaluator of ONNX has an erf in f64; silu, mish and hardswish are as in PyTorch.
        "onnxruntime" => {
            let own = [Op::Silu, Op::Mish, Op::HardSwish];
            let of_erf = [Op::Erf, Op::Erfc, Op::Gelu, Op::NormalCdf];
            let nodes = activation.value.nodes();
            nodes.iter().any(|node| {
                let Node::Apply(op, _) = node else {
                    return false;
                };
                x == f64::NEG_INFINITY && own.contains(op)
                    || dtype == "float64" && of_erf.contains(op)
            })
        }
        // The tangent of an argument that does not vary is a number, 0, whose product with an infinite derivative is NaN.
        "jax" => derivative && x.is_infinite() && activation.value.variables.len() > 1,
        _ => false,
    }
}
