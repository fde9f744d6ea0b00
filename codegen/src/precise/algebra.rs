//! Constants that have an exact form: rational numbers and rational multiples of π.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Pow, Signed, ToPrimitive, Zero};

use super::range::Range;
use super::span::Arithmetic;
use crate::ir::Node;
use crate::number::Number;
use crate::ops::Op;
use crate::syntax::formula;

/// Exact numbers with more bits than this are enclosed instead.
const MOST_BITS: u64 = 1 << 13;

/// A number in exact form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Constant {
    /// A rational number.
    Rational(BigRational),
    /// π times a rational number that is not 0: irrational.
    Pi(BigRational),
}

impl From<&Number> for Constant {
    fn from(number: &Number) -> Self {
        let (numerator, denominator) = number.ratio();
        Self::Rational(BigRational::new_raw(numerator.clone(), denominator.clone()))
    }
}

impl Constant {
    /// The rational number n/d.
    fn quotient(n: i64, d: i64) -> Self {
        Self::Rational(ratio(n, d))
    }

    /// `factor`·π.
    fn of_pi(factor: BigRational) -> Self {
        if factor.is_zero() {
            Self::Rational(factor)
        } else {
            Self::Pi(factor)
        }
    }

    /// The number, if it is rational.
    fn rational(&self) -> Option<&BigRational> {
        match self {
            Self::Rational(number) => Some(number),
            Self::Pi(_) => None,
        }
    }

    pub(super) fn is_zero(&self) -> bool {
        self.rational().is_some_and(Zero::is_zero)
    }

    /// Whether a whole number is even; nothing if the number is not whole.
    pub(crate) fn is_even(&self) -> Option<bool> {
        let number = self.rational()?;
        let even = || number.numer() % 2 == BigInt::zero();
        number.is_integer().then(even)
    }

    /// The number as an integer of 32 bits.
    pub(super) fn to_integer(&self) -> Option<i32> {
        let number = self.rational()?;
        number
            .is_integer()
            .then(|| number.to_integer().to_i32())
            .flatten()
    }

    /// Holds the number and, if it is not a binary number of the precision, neither of its ends.
    pub(super) fn range(&self, arithmetic: &mut Arithmetic) -> Option<Range> {
        let span = match self {
            Self::Rational(number) => arithmetic.ratio(number)?,
            Self::Pi(factor) => {
                let (factor, pi) = (arithmetic.ratio(factor)?, arithmetic.pi()?);
                arithmetic.mul(&factor, &pi)?
            }
        };
        let open = !span.is_point();
        Some(Range::between(span, open, open))
    }

    fn short(self) -> Option<Self> {
        let (Self::Rational(number) | Self::Pi(number)) = &self;
        (number.numer().bits().max(number.denom().bits()) <= MOST_BITS).then_some(self)
    }
}

fn ratio(n: i64, d: i64) -> BigRational {
    BigRational::new(n.into(), d.into())
}

/// The exact value of an operation, where it has one and the argument lies in its domain.
pub(crate) fn apply(op: Op, v: &[&Constant]) -> Option<Constant> {
    use Constant::{Pi, Rational};
    if let Some(value) = of_any(op, v) {
        return value.short();
    }
    let rationals: Option<Vec<&BigRational>> =
        v.iter().map(|constant| constant.rational()).collect();
    match rationals {
        Some(numbers) => of_rationals(op, &numbers)?.short(),
        None => match (op, v) {
            (Op::Add, [Pi(a), Pi(b)]) => Constant::of_pi(a + b).short(),
            (Op::Sub, [Pi(a), Pi(b)]) => Constant::of_pi(a - b).short(),
            (Op::Mul, [Pi(a), Rational(b)] | [Rational(b), Pi(a)]) => {
                Constant::of_pi(a * b).short()
            }
            (Op::Div, [Pi(a), Rational(b)]) if !b.is_zero() => Constant::of_pi(a / b).short(),
            (Op::Div, [Pi(a), Pi(b)]) => Rational(a / b).short(),
            (Op::Sin, [Pi(a)]) => sine_of_pi_times(a),
            (Op::Cos, [Pi(a)]) => sine_of_pi_times(&(a + ratio(1, 2))),
            _ => None,
        },
    }
}

/// Values that do not hang on what kind of constant the arguments are.
fn of_any(op: Op, v: &[&Constant]) -> Option<Constant> {
    use Constant::Pi;
    let positive = |constant: &Constant| {
        let (Constant::Rational(number) | Pi(number)) = constant;
        number.is_positive()
    };
    let less = |a: &Constant, b: &Constant| match (a, b) {
        (Constant::Rational(a), Constant::Rational(b)) | (Pi(a), Pi(b)) => Some(a < b),
        // π is irrational and above 0.
        (Constant::Rational(a), Pi(b)) if !a.is_positive() && b.is_positive() => Some(true),
        (Constant::Rational(a), Pi(b)) if !a.is_negative() && b.is_negative() => Some(false),
        (Pi(a), Constant::Rational(b)) if !b.is_negative() && a.is_negative() => Some(true),
        (Pi(a), Constant::Rational(b)) if !b.is_positive() && a.is_positive() => Some(false),
        _ => None,
    };
    let truth = |truth: bool| Constant::quotient(truth.into(), 1);
    let zero = Constant::quotient(0, 1);
    let pick = |first: bool, a: &Constant, b: &Constant| Some(if first { a } else { b }.clone());
    match (op, v) {
        (Op::Pi, []) => Some(Pi(BigRational::one())),
        (Op::Neg, [a]) => Some(negated(a)),
        (Op::Lt, [a, b]) => less(a, b).map(truth),
        (Op::Le, [a, b]) => less(b, a).map(|less| truth(!less)),
        (Op::Eq, [a, b]) => Some(truth(a == b)),
        (Op::Min, [a, b]) => pick(less(a, b)?, a, b),
        (Op::Max, [a, b]) => pick(less(b, a)?, a, b),
        (Op::Clamp, [a, b, c]) => {
            let raised = pick(less(b, a)?, a, b)?;
            pick(less(&raised, c)?, &raised, c)
        }
        (Op::If, [p, a, b]) => pick(!p.is_zero(), a, b),
        (Op::Threshold, [a, b, c]) => pick(less(b, a)?, a, c),
        (Op::Abs, [a]) if positive(a) => Some((*a).clone()),
        (Op::Abs, [a]) => Some(negated(a)),
        (Op::Sign, [a]) if a.is_zero() => Some(zero),
        (Op::Sign, [a]) => Some(Constant::quotient(if positive(a) { 1 } else { -1 }, 1)),
        (Op::Relu, [a]) => pick(positive(a), a, &zero),
        (Op::Min0, [a]) => pick(positive(a), &zero, a),
        // The identity above 0.
        (Op::LeakyRelu | Op::RRelu | Op::Elu, [a]) if positive(a) => Some((*a).clone()),
        (Op::PRelu | Op::EluAlpha | Op::Celu, [a, _]) if positive(a) => Some((*a).clone()),
        _ => None,
    }
}

fn negated(constant: &Constant) -> Constant {
    match constant {
        Constant::Rational(number) => Constant::Rational(-number),
        Constant::Pi(factor) => Constant::Pi(-factor),
    }
}

/// sin(`factor`·π), if that is rational: 0, ±1/2 or ±1 by Niven's theorem.
fn sine_of_pi_times(factor: &BigRational) -> Option<Constant> {
    let sixths = factor * ratio(6, 1);
    if !sixths.is_integer() {
        return None;
    }
    let twelve = BigInt::from(12);
    let turn = ((sixths.to_integer() % &twelve) + &twelve) % &twelve;
    match turn.to_u32()? {
        0 | 6 => Some(Constant::quotient(0, 1)),
        1 | 5 => Some(Constant::quotient(1, 2)),
        3 => Some(Constant::quotient(1, 1)),
        7 | 11 => Some(Constant::quotient(-1, 2)),
        9 => Some(Constant::quotient(-1, 1)),
        _ => None,
    }
}

/// aⁿ, where that is defined and not too long.
fn power(a: &BigRational, n: i32) -> Option<BigRational> {
    let bits = a.numer().bits().max(a.denom().bits());
    let short = bits.saturating_mul(n.unsigned_abs().into()) <= MOST_BITS;
    (short && (n >= 0 || !a.is_zero())).then(|| Pow::pow(a, n))
}

fn root(a: &BigRational) -> Option<BigRational> {
    if a.is_negative() {
        return None;
    }
    let root = BigRational::new_raw(a.numer().sqrt(), a.denom().sqrt());
    (&root * &root == *a).then_some(root)
}

/// The rational value of an operation on rational numbers. Its transcendental functions have one at 0 alone, and ln at 1.
fn of_rationals(op: Op, v: &[&BigRational]) -> Option<Constant> {
    let exactly = |number: BigRational| Some(Constant::Rational(number));
    let at_zero = |n: i64, d: i64| v[0].is_zero().then(|| Constant::quotient(n, d));
    let one = BigRational::one();
    match op {
        Op::Add => exactly(v[0] + v[1]),
        Op::Sub => exactly(v[0] - v[1]),
        Op::Mul => exactly(v[0] * v[1]),
        Op::Div => (!v[1].is_zero()).then(|| Constant::Rational(v[0] / v[1])),
        Op::Square => exactly(v[0] * v[0]),
        Op::Cube => exactly(v[0] * v[0] * v[0]),
        Op::Powi => {
            let n = v[1].is_integer().then(|| v[1].to_integer().to_i32())??;
            exactly(power(v[0], n)?)
        }
        Op::Sqrt => exactly(root(v[0])?),

        Op::Exp | Op::Cos => at_zero(1, 1),
        Op::Sin
        | Op::Asinh
        | Op::Erf
        | Op::Silu
        | Op::Gelu
        | Op::GeluTanh
        | Op::Mish
        | Op::Elu
        | Op::Tanhshrink
        | Op::SincGrad => at_zero(0, 1),
        Op::Ln => (*v[0] == one).then(|| Constant::quotient(0, 1)),
        Op::NormalCdf | Op::GeluTanhGrad => at_zero(1, 2),
        Op::Atan if v[0].is_zero() => Some(Constant::quotient(0, 1)),
        Op::Atan => {
            let quarter = v[0].abs() == one;
            quarter.then(|| Constant::of_pi(v[0] * ratio(1, 4)))
        }
        Op::Sinc if v[0].is_zero() => Some(Constant::quotient(1, 1)),
        Op::Sinc => v[0].is_integer().then(|| Constant::quotient(0, 1)),

        // What is the identity above 0 is looked at there before.
        Op::PRelu => exactly(v[0] * v[1]),
        Op::EluAlpha | Op::Celu | Op::Selu => at_zero(0, 1),
        op => by_formula(op, v),
    }
}

/// The value by the formula of the operation's row, where all that counts in it is exact.
fn by_formula(op: Op, v: &[&BigRational]) -> Option<Constant> {
    let dag = formula(op)?;
    let mut known: Vec<Option<Constant>> = Vec::with_capacity(dag.nodes().len());
    for node in dag.nodes() {
        let arguments = node.arguments().iter();
        let mut arguments = arguments.map(|&id| known[usize::from(id)].as_ref());
        let value = match node {
            Node::Number(number) => Some(number.into()),
            Node::Variable(index) => v.get(*index).map(|&v| Constant::Rational(v.clone())),
            // The other branch may have no value.
            Node::Apply(Op::If, _) => {
                let condition = arguments.next().flatten().map(Constant::is_zero);
                let taken = condition.and_then(|is_zero| arguments.nth(is_zero.into()));
                taken.flatten().cloned()
            }
            Node::Apply(op, _) => {
                let exact: Option<Vec<&Constant>> = arguments.collect();
                exact.and_then(|exact| apply(*op, &exact))
            }
        };
        known.push(value);
    }
    known.swap_remove(usize::from(dag.roots[0]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(op: Op, arguments: &[Constant]) -> Option<Constant> {
        apply(op, &arguments.iter().collect::<Vec<_>>())
    }

    /// Wherever there is an exact value, the table computes it too.
    #[test]
    fn exact_values_are_those_of_the_table() {
        let numbers = [
            (0, 1),
            (1, 1),
            (-1, 1),
            (1, 2),
            (-1, 2),
            (9, 4),
            (-7, 2),
            (3, 1),
            (-2, 1),
            (8, 1),
        ];
        let mut seen = 0;
        for &op in Op::ALL {
            for k in 0..numbers.len().pow(op.arity() as u32) {
                let pick = |v: u32| numbers[k / numbers.len().pow(v) % numbers.len()];
                let picked: Vec<(i64, i64)> = (0..op.arity() as u32).map(pick).collect();
                let constants: Vec<Constant> = picked
                    .iter()
                    .map(|&(n, d)| Constant::quotient(n, d))
                    .collect();
                let floats: Vec<f64> = picked.iter().map(|&(n, d)| n as f64 / d as f64).collect();
                if let Some(exact) = value(op, &constants) {
                    let (factor, number) = match exact {
                        Constant::Rational(number) => (1.0, number),
                        Constant::Pi(number) => (std::f64::consts::PI, number),
                    };
                    let (exact, float) = (factor * number.to_f64().unwrap(), op.value(&floats));
                    assert!(
                        (exact - float).abs() <= 1e-14 * exact.abs().max(1e-2),
                        "{} at {floats:?}: {exact}, {float}",
                        op.name()
                    );
                    seen += 1;
                }
            }
        }
        assert!(seen > 3_000, "{seen}");
    }

    #[test]
    fn pi_is_irrational_and_its_sines_are_known() {
        let pi = |n, d| Constant::Pi(ratio(n, d));
        let number = |n, d| Some(Constant::quotient(n, d));
        for (n, d, sine, cosine) in [
            (1, 1, number(0, 1), number(-1, 1)),
            (2, 1, number(0, 1), number(1, 1)),
            (1, 2, number(1, 1), number(0, 1)),
            (-1, 2, number(-1, 1), number(0, 1)),
            (1, 6, number(1, 2), None),
            (-7, 6, number(1, 2), None),
            (1, 3, None, number(1, 2)),
            (1, 5, None, None),
        ] {
            assert_eq!(value(Op::Sin, &[pi(n, d)]), sine, "sin {n}/{d} π");
            assert_eq!(value(Op::Cos, &[pi(n, d)]), cosine, "cos {n}/{d} π");
        }
        let near = Constant::from(&Number::parse("3.141592653589793").unwrap());
        assert_eq!(value(Op::Eq, &[pi(1, 1), near.clone()]), number(0, 1));
        assert_eq!(value(Op::Lt, &[near, pi(1, 1)]), None);
        assert_eq!(value(Op::Sub, &[pi(1, 1), pi(1, 1)]), number(0, 1));
        assert_eq!(value(Op::Div, &[pi(1, 2), pi(1, 1)]), number(1, 2));
        assert_eq!(value(Op::Div, &[pi(1, 2), Constant::quotient(0, 1)]), None);
        assert_eq!(
            value(Op::Atan, &[Constant::quotient(-1, 1)]),
            Some(pi(-1, 4))
        );
    }
}
