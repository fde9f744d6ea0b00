//! What is proven of a value: what the guards of rules ask for.

use super::interval::Interval;
use crate::number::Number;
use crate::ops::Op;

/// What is proven of a value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fact {
    /// Holds every value.
    pub interval: Interval,
    /// No value is 0. An interval that touches 0 cannot say so of e^x.
    pub nonzero: bool,
    /// The exact value, if there is one.
    pub constant: Option<Number>,
}

impl Fact {
    /// What is proven of `op` by what is proven of its arguments.
    pub(crate) fn of(op: Op, arguments: &[&Self]) -> Self {
        let constants: Option<Vec<&Number>> =
            arguments.iter().map(|f| f.constant.as_ref()).collect();
        if let Some(number) = constants.and_then(|constants| fold(op, &constants)) {
            return Self::of_number(number);
        }
        let known: Vec<(Interval, bool)> =
            arguments.iter().map(|f| (f.interval, f.nonzero)).collect();
        let (interval, nonzero) = image(op, &known);
        Self {
            interval,
            nonzero,
            constant: None,
        }
    }

    /// What is proven of a variable with this interval.
    pub(crate) fn of_interval(interval: Interval) -> Self {
        Self {
            interval,
            nonzero: interval.excludes_zero(),
            constant: None,
        }
    }

    /// What is proven of a literal.
    pub(crate) fn of_number(number: Number) -> Self {
        Self {
            interval: Interval::exactly(&number),
            nonzero: !number.is_zero(),
            constant: Some(number),
        }
    }

    /// What holds if both are proven of the same value.
    pub(crate) fn meet(&self, other: &Self) -> Self {
        Self {
            interval: self.interval.meet(other.interval),
            nonzero: self.nonzero || other.nonzero,
            constant: self.constant.clone().or_else(|| other.constant.clone()),
        }
    }
}

/// What holds every value of an operation, and whether none of them is 0; the same of each argument.
pub(crate) fn image(op: Op, arguments: &[(Interval, bool)]) -> (Interval, bool) {
    let mut intervals = [Interval::REALS; 3];
    for (slot, (interval, _)) in intervals.iter_mut().zip(arguments) {
        *slot = *interval;
    }
    let interval = Interval::of(op, &intervals[..arguments.len()]);
    (interval, interval.excludes_zero() || nonzero(op, arguments))
}

/// Whether the value is never 0, by the structure of the operation.
fn nonzero(op: Op, arguments: &[(Interval, bool)]) -> bool {
    let is_nonzero = |index: usize| arguments[index].1;
    let sign = |index: usize| {
        let interval = arguments[index].0;
        (interval.low >= 0.0, interval.high <= 0.0)
    };
    match op {
        Op::Mul | Op::Div => is_nonzero(0) && (op == Op::Div || is_nonzero(1)),
        // Of two values on one side of 0, one is away from it.
        Op::Add => {
            let (a, b) = (sign(0), sign(1));
            (a.0 && b.0 || a.1 && b.1) && (is_nonzero(0) || is_nonzero(1))
        }
        Op::Relu | Op::Relu6 => is_nonzero(0) && sign(0).0,
        Op::Min0 => is_nonzero(0) && sign(0).1,
        op => op.row().nonzero || op.row().zero_at_zero && is_nonzero(0),
    }
}

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
