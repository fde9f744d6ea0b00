//! How each operation is written with SymPy.

use crate::backend::pythonic::{operator, power};
use crate::backend::text::{Binding, Expression, Form, Notation, call, infix};
use crate::number::Number;
use crate::ops::Op;

pub(super) struct SymPy;

impl Notation for SymPy {
    const WIDTH: usize = 70;

    fn form(&self, op: Op) -> Option<Form> {
        use Binding::{Atom, Choice, Sum};
        if op != Op::Eq
            && let Some(operator) = operator(op)
        {
            return Some(operator);
        }
        Some(call(match op {
            Op::Pi => "pi",
            Op::Expm1 => return Some(infix("exp({a}) - 1", Sum, [Choice, Atom, Atom])),
            Op::Log1p => return Some(infix("log(1 + {a})", Atom, [Sum, Atom, Atom])),
            Op::Eq => "Eq({a}, {b})",
            // Its value is special: powers of an integer.
            Op::Square | Op::Cube | Op::Powi => "{a}**{b}",
            Op::Sqrt => "sqrt({a})",
            Op::Exp => "exp({a})",
            Op::Ln => "log({a})",
            Op::Sin => "sin({a})",
            Op::Cos => "cos({a})",
            Op::Sinh => "sinh({a})",
            Op::Cosh => "cosh({a})",
            Op::Tanh => "tanh({a})",
            Op::Asinh => "asinh({a})",
            Op::Atan => "atan({a})",
            Op::Erf => "erf({a})",
            Op::Erfc => "erfc({a})",
            Op::Abs => "Abs({a})",
            Op::Sign => "sign({a})",
            Op::Min => "Min({a}, {b})",
            Op::Max => "Max({a}, {b})",
            Op::Relu => "Max(0, {a})",
            Op::Min0 => "Min(0, {a})",
            Op::If => "Piecewise(({b}, {a}), ({c}, True))",
            _ => return None,
        }))
    }

    /// Integers and decimals as they are, quotients exactly.
    fn number(&self, number: &Number) -> Expression {
        let text = number.to_string();
        match text.split_once(" / ") {
            Some((dividend, divisor)) => {
                Expression::atom(format!("Rational({dividend}, {divisor})"))
            }
            None => Expression::number(text, number.to_f64()),
        }
    }

    fn special(&self, op: Op, arguments: &[Expression]) -> Option<Expression> {
        match op {
            Op::Square => Some(power(&arguments[0], 2)),
            Op::Cube => Some(power(&arguments[0], 3)),
            Op::Powi => Some(power(&arguments[0], arguments[1].value()? as i32)),
            _ => None,
        }
    }

    fn is_reserved(&self, name: &str) -> bool {
        super::is_reserved(name)
    }
}
