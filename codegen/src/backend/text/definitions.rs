//! Operations in terms of those that a numerical library has, for targets whose library lacks them.
//!
//! The formulas neither overflow nor lose digits where the operation does not: they have its limits at ±∞, and pass NaN on. Targets
//! that choose by a mask compute both sides of an `if`, and differentiate both: a side has a finite value and slope wherever it is not
//! chosen.

use crate::ops::Op;

/// The formula in `a`, `b`, `c`; none for what a library has to have.
pub(crate) fn definition(op: Op) -> Option<&'static str> {
    Some(match op {
        Op::Pi | Op::Add | Op::Sub | Op::Mul | Op::Div | Op::Neg | Op::Powi | Op::Sqrt => {
            return None;
        }
        Op::Exp | Op::Expm1 | Op::Ln | Op::Log1p | Op::Erf | Op::Erfc => return None,
        Op::Sin | Op::Cos | Op::Sinh | Op::Cosh | Op::Tanh | Op::Asinh | Op::Atan => return None,
        Op::Abs | Op::Sign | Op::Min | Op::Max | Op::Lt | Op::Le | Op::Eq | Op::If => return None,
        Op::Square => "a * a",
        Op::Cube => "a * (a * a)",
        // The exponential of what is not positive.
        Op::Sigmoid => {
            "{ let e = exp(-abs(a)); let d = 1 + e; if a < 0 { e / d } else { 1 / d } }"
        }
        Op::Softplus => "max(a, 0) + log1p(exp(-abs(a)))",
        Op::LogSigmoid => "min(a, 0) - log1p(exp(-abs(a)))",
        Op::Gaussian => "exp(-square(a))",
        Op::NormalPdf => "0.3989422804014326779 * exp(-0.5 * square(a))",
        Op::NormalCdf => "0.5 * erfc(-0.7071067811865475244 * a)",
        Op::Sinc => {
            "{ let b = if a == 0 { 1 } else { a }; if a == 0 { 1 } else { sin(pi * b) / (pi * b) } }"
        }
        Op::Clamp => "min(max(a, b), c)",
        Op::Relu => "max(a, 0)",
        Op::Min0 => "min(a, 0)",
        Op::LeakyRelu => "if 0 < a { a } else { 0.01 * a }",
        Op::PRelu => "if 0 < a { a } else { b * a }",
        Op::RRelu => "if 0 < a { a } else { 11 / 48 * a }",
        Op::Threshold => "if a <= b { c } else { a }",
        Op::HardTanh => "clamp(a, -1, 1)",
        Op::HardShrink => "if abs(a) <= 0.5 { 0 } else { a }",
        Op::SoftShrink => "a - clamp(a, -0.5, 0.5)",
        Op::Relu6 => "clamp(a, 0, 6)",
        Op::HardSigmoid => "clamp(1 / 6 * a + 0.5, 0, 1)",
        // A bound below which the other factor is 0 gives −0 at −∞, instead of 0 · ∞.
        Op::HardSwish => "max(a, -3) * hardsigmoid(a)",
        Op::Silu => "max(a, -1000) * sigmoid(a)",
        Op::Gelu => "max(a, -40) * normal_cdf(a)",
        Op::GeluTanh => {
            "max(a, -30) * sigmoid(a * (1.5957691216057307117 + 0.0713548162726002488 * square(a)))"
        }
        Op::Mish => "max(a, -1000) * tanh(softplus(a))",
        Op::Elu => "if 0 < a { a } else { expm1(min(a, 0)) }",
        Op::EluAlpha => "if 0 < a { a } else { b * expm1(min(a, 0)) }",
        Op::Celu => {
            "{ let d = if b == 0 { 1 } else { b };
               if 0 <= a { a } else { if b == 0 { 0 } else { b * expm1(min(a, 0) / d) } } }"
        }
        Op::Selu => {
            "if 0 < a { 1.0507009873554804934 * a } else { 1.7580993408473768600 * expm1(min(a, 0)) }"
        }
        // Beyond 1e30 it is ±1.
        Op::Softsign => "{ let b = clamp(a, -1e30, 1e30); b / (1 + abs(b)) }",
        // a − tanh(a) = a·w / (1 + w), where a / (1 + w) is the continued fraction of tanh(a): a sum of positive terms. Twelve
        // levels have all digits of f64 up to 1.
        Op::Tanhshrink => {
            "{ let b = clamp(a, -1, 1); let s = square(b);
               let w = s / (3 + s / (5 + s / (7 + s / (9 + s / (11 + s / (13 + s / (15 + s / (17 + s / 19))))))));
               if abs(a) < 1 { b * (w / (1 + w)) } else { a - tanh(a) } }"
        }
        Op::SigmoidGrad => "sigmoid(a) * sigmoid(-a)",
        Op::TanhGrad => "4 * sigmoid(2 * a) * sigmoid(-2 * a)",
        Op::SiluGrad => {
            "{ let b = clamp(a, -1000, 1000); sigmoid(b) * (1 + b * sigmoid(-b)) }"
        }
        Op::GeluTanhGrad => {
            "{ let b = clamp(a, -30, 30); let s = square(b);
               let u = b * (1.5957691216057307117 + 0.0713548162726002488 * s);
               sigmoid(u) * (1 + b * sigmoid(-u) * (1.5957691216057307117 + 0.2140644488178007463 * s)) }"
        }
        Op::MishGrad => {
            "{ let b = clamp(a, -1000, 1000); let s = sigmoid(b); let t = sigmoid(-b); let d = 1 + square(t);
               s * ((1 + t) * d + b * (4 * square(t))) / square(d) }"
        }
        // π times the derivative of sin(t) / t, by its series where the two terms cancel.
        Op::SincGrad => {
            "{ let b = clamp(a, -0.5, 0.5); let t = pi * b; let s = square(t);
               let r = 1 - s / 28 * (1 - s / 54 * (1 - s / 88 * (1 - s / 130 * (1 - s / 180 * (1 - s / 238 * (1 - s / 304))))));
               let d = if abs(a) < 0.5 { 1 } else { a };
               if abs(a) < 0.5 { -pi * t / 3 * (1 - s / 10 * r) } else { (cos(pi * d) - sinc(d)) / d } }"
        }
        Op::AsinhGrad => "1 / sqrt(1 + square(a))",
        Op::AtanGrad => "1 / (1 + square(a))",
        Op::SoftsignGrad => "1 / square(1 + abs(a))",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::of_row;

    fn close(value: f64, truth: f64) -> bool {
        value == truth
            || value.is_nan() && truth.is_nan()
            || (value - truth).abs() <= 1e-13 * truth.abs() + 1e-300
    }

    /// Also where other forms lose digits or overflow, and at ±∞ and NaN.
    #[test]
    fn definitions_have_the_values_of_their_operations() {
        let mut count = 0;
        for &op in Op::ALL {
            let Some(text) = definition(op) else { continue };
            let graph = of_row(text);
            for base in [
                0.0,
                1e-300,
                1e-9,
                0.03,
                0.3,
                0.5,
                0.999,
                1.0,
                2.5,
                3.0,
                6.0,
                17.3,
                40.0,
                1e3,
                1e200,
                f64::INFINITY,
                f64::NAN,
            ] {
                for a in [base, -base] {
                    // Near the zeros of sinc, and in the tails of these, the argument decides.
                    let sensitive = match op {
                        Op::Sinc | Op::SincGrad => a.abs() >= 1.0 && a.is_finite(),
                        Op::AsinhGrad | Op::AtanGrad => a.abs() > 1e150 && a.is_finite(),
                        _ => false,
                    };
                    // The table's values are NaN where the limit is known.
                    let sensitive = sensitive
                        || a.is_infinite() && op.value(&[a, 0.5, 1.25][..op.arity()]).is_nan();
                    let arguments = [a, 0.5, 1.25];
                    let truth = op.value(&arguments[..op.arity()]);
                    let value = graph.eval(&arguments)[0];
                    assert!(
                        sensitive || close(value, truth),
                        "{}({a}): {value}, {truth}",
                        op.name()
                    );
                    count += 1;
                }
            }
        }
        assert!(count > 1000, "{count}");
    }
}
