//! How each operation is written with the operators of ONNX, version 20 (<https://onnx.ai/onnx/operators/>).

use super::options::ElementType;
use crate::backend::text::definition;
use crate::ops::Op;

/// The version of the set of operators: the first one that has `Gelu`.
pub(super) const OPERATORS: i64 = 20;

/// How an operation is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Spelling {
    /// An operator of the same arguments, with settings.
    Operator(&'static str, &'static [(&'static str, Setting)]),
    /// A formula in the arguments `a`, `b` and `c`.
    Defined(&'static str),
    /// A formula in `a`, which is clamped to ±`bound`, and in `b`, the multiple of 1 / `steps` that is nearest to it.
    Near {
        bound: f64,
        steps: f64,
        text: &'static str,
    },
}

/// The value of an attribute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Setting {
    Float(f32),
    Text(&'static str),
}

/// The operators that ONNX Runtime computes in f32 and f16 alone, on processors.
pub(super) const SINGLE_ONLY: [&str; 16] = [
    "Asinh",
    "Atan",
    "Celu",
    "Cosh",
    "Elu",
    "Erf",
    "Gelu",
    "HardSigmoid",
    "HardSwish",
    "LeakyRelu",
    "Mish",
    "PRelu",
    "Selu",
    "Sinh",
    "Softplus",
    "Softsign",
];

/// Whether an operator is for f32 and f16 alone: `Sigmoid` has a kernel for f64 whose errors are as large as 3e-13.
fn is_single(operator: &str) -> bool {
    operator == "Sigmoid" || SINGLE_ONLY.contains(&operator)
}

/// How an operation is written for a type: with an operator that runtimes have for it, if there is one.
pub(super) fn spelling(op: Op, element: ElementType) -> Spelling {
    match (operator(op), formula(op)) {
        (Spelling::Operator(name, _), Some(text))
            if is_single(name) && element == ElementType::F64 =>
        {
            Spelling::Defined(text)
        }
        (spelling, _) => spelling,
    }
}

fn operator(op: Op) -> Spelling {
    use Setting::{Float, Text};
    let plain = |name| Spelling::Operator(name, &[]);
    match op {
        Op::Add => plain("Add"),
        Op::Sub => plain("Sub"),
        Op::Mul => plain("Mul"),
        Op::Div => plain("Div"),
        Op::Neg => plain("Neg"),
        Op::Powi => plain("Pow"),
        Op::Sqrt => plain("Sqrt"),
        Op::Exp => plain("Exp"),
        Op::Ln => plain("Log"),
        Op::Sin => plain("Sin"),
        Op::Cos => plain("Cos"),
        Op::Sinh => plain("Sinh"),
        Op::Cosh => plain("Cosh"),
        Op::Tanh => plain("Tanh"),
        Op::Asinh => plain("Asinh"),
        Op::Atan => plain("Atan"),
        Op::Erf => plain("Erf"),
        Op::Abs => plain("Abs"),
        Op::Sign => plain("Sign"),
        Op::Min => plain("Min"),
        Op::Max => plain("Max"),
        Op::Lt => plain("Less"),
        Op::Le => plain("LessOrEqual"),
        Op::Eq => plain("Equal"),
        Op::If => plain("Where"),
        Op::Relu => plain("Relu"),
        Op::Sigmoid => plain("Sigmoid"),
        Op::Softplus => plain("Softplus"),
        Op::Mish => plain("Mish"),
        Op::HardSwish => plain("HardSwish"),
        Op::Softsign => plain("Softsign"),
        Op::Elu => plain("Elu"),
        Op::Selu => plain("Selu"),
        Op::Gelu => plain("Gelu"),
        Op::GeluTanh => Spelling::Operator("Gelu", &[("approximate", Text("tanh"))]),
        Op::HardSigmoid => Spelling::Operator(
            "HardSigmoid",
            &[("alpha", Float(1.0 / 6.0)), ("beta", Float(0.5))],
        ),
        Op::LeakyRelu => Spelling::Operator("LeakyRelu", &[("alpha", Float(0.01))]),
        Op::RRelu => Spelling::Operator("LeakyRelu", &[("alpha", Float(11.0 / 48.0))]),
        // The square of a multiple of 1/16 is exact, and the rest of the exponent is small.
        Op::Gaussian => Spelling::Near {
            bound: 40.0,
            steps: 16.0,
            text: "exp(-square(b)) * exp((b - a) * (b + a))",
        },
        Op::NormalPdf => Spelling::Near {
            bound: 40.0,
            steps: 16.0,
            text: "0.3989422804014326779 * exp(-0.5 * square(b)) * exp(0.5 * (b - a) * (b + a))",
        },
        // sin(πa) by the distance from the nearest even number, which is exact.
        Op::Sinc => Spelling::Near {
            bound: 1e30,
            steps: 0.5,
            text: "{ let r = a - b; let f = if abs(r) > 0.5 { sign(r) - r } else { r };
                     if a == 0 { 1 } else { sin(pi * f) / (pi * a) } }",
        },
        _ => Spelling::Defined(formula(op).unwrap_or("a")),
    }
}

/// The operator of one argument that an operation is if its second argument is the number `alpha`.
pub(super) fn with_alpha(op: Op, alpha: f64, element: ElementType) -> Option<&'static str> {
    let name = match op {
        Op::PRelu => "LeakyRelu",
        Op::EluAlpha => "Elu",
        Op::Celu if alpha > 0.0 => "Celu",
        _ => return None,
    };
    (element != ElementType::F64).then_some(name)
}

/// The formula of an operation in terms of others; what ONNX has no operator for, and what the shared definitions need more operators
/// for than it takes here.
fn formula(op: Op) -> Option<&'static str> {
    Some(match op {
        // (1 + t) / (1 − t) = e^a for t = tanh(a / 2).
        Op::Expm1 => {
            "{ let t = tanh(0.5 * min(a, 2)); if a < 1 { 2 * t / (1 - t) } else { exp(a) - 1 } }"
        }
        // What the sum loses of `a` is made good by the quotient (Kahan; Goldberg 1991, theorem 4).
        Op::Log1p => {
            "{ let u = 1 + a; let d = u - 1;
               if d == a { ln(u) } else { if d == 0 { a } else { ln(u) * (a / d) } } }"
        }
        Op::Erfc => "1 - erf(a)",
        Op::NormalCdf => "0.5 + 0.5 * erf(0.7071067811865475244 * a)",
        Op::LogSigmoid => "-softplus(-a)",
        Op::Silu => "a * sigmoid(a)",
        Op::Gelu => "a * normal_cdf(a)",
        _ => return definition(op),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::of_row;

    /// The formulas of this module alone; those that are shared have a test of their own.
    #[test]
    fn formulas_have_the_values_of_their_operations() {
        for op in [
            Op::Expm1,
            Op::Log1p,
            Op::LogSigmoid,
            Op::Silu,
            Op::Gelu,
            Op::Erfc,
        ] {
            let graph = of_row(formula(op).expect("a formula"));
            for a in [
                -0.999, -0.5, -1e-3, -1e-9, -1e-200, 0.0, 1e-300, 1e-12, 0.3, 1.0, 2.0, 3.7,
            ] {
                let (value, truth) = (graph.eval(&[a, 0.0, 0.0])[0], op.value(&[a]));
                let close = (value - truth).abs() <= 4e-16 * truth.abs();
                assert!(
                    close || op == Op::Erfc && (value - truth).abs() < 1e-15,
                    "{}({a}): {value}, {truth}",
                    op.name()
                );
            }
        }
    }
}
