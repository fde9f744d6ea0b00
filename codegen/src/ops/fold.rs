//! Exact values of operations on literals.

use super::Op;
use crate::number::Number;

/// The exact value of an operation on literals, where it is rational and short.
pub(crate) fn fold(op: Op, v: &[&Number]) -> Option<Number> {
    let pick = |condition: bool, a: &Number, b: &Number| {
        Some(if condition { a.clone() } else { b.clone() })
    };
    let truth = |condition: bool| Some(Number::from(i32::from(condition)));
    let zero = Number::zero();
    match op {
        Op::Add => v[0].add(v[1]),
        Op::Sub => v[0].sub(v[1]),
        Op::Mul => v[0].mul(v[1]),
        Op::Div => v[0].div(v[1]),
        Op::Neg => Some(v[0].neg()),
        Op::Square => v[0].powi(2),
        Op::Cube => v[0].powi(3),
        Op::Powi => v[0].powi(v[1].to_integer()?),
        Op::Sqrt => v[0].sqrt(),
        Op::Abs => pick(v[0].is_negative(), &v[0].neg(), v[0]),
        Op::Sign => Some(Number::from(
            i32::from(v[0] > &zero) - i32::from(v[0] < &zero),
        )),
        Op::Min => pick(v[0] < v[1], v[0], v[1]),
        Op::Max => pick(v[0] > v[1], v[0], v[1]),
        Op::Clamp => fold(Op::Min, &[&fold(Op::Max, &v[..2])?, v[2]]),
        Op::Lt => truth(v[0] < v[1]),
        Op::Le => truth(v[0] <= v[1]),
        Op::Eq => truth(v[0] == v[1]),
        Op::If => pick(!v[0].is_zero(), v[1], v[2]),
        Op::PRelu => fold(Op::Mul, v).and_then(|below| pick(v[0] > &zero, v[0], &below)),
        Op::Threshold => pick(v[0] > v[1], v[0], v[2]),
        Op::Relu => pick(v[0].is_negative(), &zero, v[0]),
        Op::Min0 => pick(v[0].is_negative(), v[0], &zero),
        // Irrational at nearly every rational; the exact points have rules.
        Op::Pi
        | Op::Exp
        | Op::Expm1
        | Op::Ln
        | Op::Log1p
        | Op::Sigmoid
        | Op::Softplus
        | Op::LogSigmoid
        | Op::Gaussian
        | Op::Sin
        | Op::Cos
        | Op::Sinc
        | Op::Sinh
        | Op::Cosh
        | Op::Tanh
        | Op::Asinh
        | Op::Atan
        | Op::Erf
        | Op::Erfc
        | Op::NormalCdf
        | Op::NormalPdf
        | Op::Silu
        | Op::Gelu
        | Op::GeluTanh
        | Op::Mish
        | Op::Elu
        | Op::EluAlpha
        | Op::Celu
        | Op::Selu
        | Op::Tanhshrink
        | Op::SigmoidGrad
        | Op::TanhGrad
        | Op::SiluGrad
        | Op::GeluTanhGrad
        | Op::MishGrad
        | Op::SincGrad
        | Op::AsinhGrad
        | Op::AtanGrad
        | Op::SoftsignGrad => None,
        // Their definitions reduce to the operations above.
        Op::LeakyRelu
        | Op::RRelu
        | Op::HardTanh
        | Op::HardShrink
        | Op::SoftShrink
        | Op::Relu6
        | Op::HardSigmoid
        | Op::HardSwish
        | Op::Softsign => None,
    }
}
