//! How each operation is written in FPCore.

use crate::backend::text::{Binding, Expression, Form, Notation, call};
use crate::number::Number;
use crate::ops::Op;

pub(super) struct FpCore;

impl Notation for FpCore {
    const WIDTH: usize = 90;

    fn form(&self, op: Op) -> Option<Form> {
        Some(call(match op {
            Op::Pi => "PI",
            Op::Add => "(+ {a} {b})",
            Op::Sub => "(- {a} {b})",
            Op::Mul => "(* {a} {b})",
            Op::Div => "(/ {a} {b})",
            Op::Neg => "(- {a})",
            Op::Square => "(pow {a} 2)",
            Op::Cube => "(pow {a} 3)",
            Op::Powi => "(pow {a} {b})",
            Op::Sqrt => "(sqrt {a})",
            Op::Exp => "(exp {a})",
            Op::Expm1 => "(expm1 {a})",
            Op::Ln => "(log {a})",
            Op::Log1p => "(log1p {a})",
            Op::Sin => "(sin {a})",
            Op::Cos => "(cos {a})",
            Op::Sinh => "(sinh {a})",
            Op::Cosh => "(cosh {a})",
            Op::Tanh => "(tanh {a})",
            Op::Asinh => "(asinh {a})",
            Op::Atan => "(atan {a})",
            Op::Erf => "(erf {a})",
            Op::Erfc => "(erfc {a})",
            Op::Abs => "(fabs {a})",
            Op::Sign => "(if (> {a} 0) 1 (if (< {a} 0) -1 0))",
            Op::Min => "(fmin {a} {b})",
            Op::Max => "(fmax {a} {b})",
            Op::Lt => "(< {a} {b})",
            Op::Le => "(<= {a} {b})",
            Op::Eq => "(== {a} {b})",
            Op::If => "(if {a} {b} {c})",
            _ => return None,
        }))
    }

    /// A decimal, or a quotient of integers.
    fn number(&self, number: &Number) -> Expression {
        Expression::new(number.to_string().replace(" / ", "/"), Binding::Atom)
    }

    fn is_reserved(&self, name: &str) -> bool {
        super::is_reserved(name)
    }
}
