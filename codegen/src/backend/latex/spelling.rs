//! How each operation is written in LaTeX.

use super::words;
use crate::backend::text::{Binding, Expression, Form, Notation, call, infix};
use crate::number::Number;
use crate::ops::Op;

pub(super) struct Latex;

/// How a choice begins and ends.
const CASES: [&str; 2] = ["\\begin{cases} ", " \\end{cases}"];

impl Notation for Latex {
    fn form(&self, op: Op) -> Option<Form> {
        use Binding::{Atom, Choice, Comparison, Power, Prefix, Product, Sum};
        let inside = [Choice; 3];
        Some(match op {
            Op::Pi => call("\\pi"),
            Op::Add => infix("{a} + {b}", Sum, [Sum, Product, Atom]),
            Op::Sub => infix("{a} - {b}", Sum, [Sum, Product, Atom]),
            Op::Mul => infix("{a} \\, {b}", Product, [Product, Product, Atom]),
            Op::Div => infix("\\frac{{a}}{{b}}", Power, inside),
            Op::Neg => infix("-{a}", Prefix, [Product, Atom, Atom]),
            Op::Square => infix("{a}^{2}", Power, [Atom; 3]),
            Op::Cube => infix("{a}^{3}", Power, [Atom; 3]),
            Op::Powi => infix("{a}^{{b}}", Power, [Atom, Choice, Choice]),
            Op::Sqrt => call("\\sqrt{{a}}"),
            Op::Exp => infix("e^{{a}}", Power, inside),
            Op::Expm1 => infix("e^{{a}} - 1", Sum, inside),
            Op::Ln => call("\\ln({a})"),
            Op::Log1p => infix("\\ln(1 + {a})", Atom, [Product; 3]),
            Op::Sigmoid => call("\\sigma({a})"),
            Op::Gaussian => infix("e^{-{a}^{2}}", Power, [Atom; 3]),
            Op::Sin => call("\\sin({a})"),
            Op::Cos => call("\\cos({a})"),
            Op::Sinh => call("\\sinh({a})"),
            Op::Cosh => call("\\cosh({a})"),
            Op::Tanh => call("\\tanh({a})"),
            Op::Asinh => call("\\operatorname{arsinh}({a})"),
            Op::Atan => call("\\arctan({a})"),
            Op::Erf => call("\\operatorname{erf}({a})"),
            Op::Erfc => call("\\operatorname{erfc}({a})"),
            Op::NormalCdf => call("\\Phi({a})"),
            Op::NormalPdf => call("\\varphi({a})"),
            Op::Abs => call("\\left|{a}\\right|"),
            Op::Sign => call("\\operatorname{sgn}({a})"),
            Op::Min => call("\\min({a}, {b})"),
            Op::Max => call("\\max({a}, {b})"),
            Op::Relu => call("\\max(0, {a})"),
            Op::Min0 => call("\\min(0, {a})"),
            Op::Lt => infix("{a} < {b}", Comparison, [Sum, Sum, Atom]),
            Op::Le => infix("{a} \\le {b}", Comparison, [Sum, Sum, Atom]),
            Op::Eq => infix("{a} = {b}", Comparison, [Sum, Sum, Atom]),
            Op::If => infix("", Choice, inside),
            // ln(1 + eˣ), as papers have it.
            Op::Softplus => call("\\ln(1 + e^{{a}})"),
            _ => return None,
        })
    }

    /// Decimals with an exponent as products, quotients as fractions.
    fn number(&self, number: &Number) -> Expression {
        let text = number.to_string();
        if let Some((dividend, divisor)) = text.split_once(" / ") {
            let text = match dividend.strip_prefix('-') {
                Some(dividend) => {
                    return Expression::new(
                        format!("-\\frac{{{dividend}}}{{{divisor}}}"),
                        Binding::Prefix,
                    );
                }
                None => format!("\\frac{{{dividend}}}{{{divisor}}}"),
            };
            return Expression::new(text, Binding::Power);
        }
        match text.split_once('e') {
            Some((digits, exponent)) => {
                let text = format!("{digits} \\cdot 10^{{{exponent}}}");
                Expression::new(text, Binding::Product)
            }
            None => Expression::number(text, number.to_f64()),
        }
    }

    fn variable(&self, name: &str) -> Expression {
        Expression::atom(words::variable(name))
    }

    fn special(&self, op: Op, arguments: &[Expression]) -> Option<Expression> {
        match op {
            Op::If => {
                let [begin, end] = CASES;
                let last = arguments[2].text();
                let rest = last
                    .strip_prefix(begin)
                    .and_then(|rows| rows.strip_suffix(end));
                let rest = match rest {
                    // One list of cases instead of one inside another.
                    Some(rows) if !rows.contains(begin) => rows.to_owned(),
                    _ => format!("{last} & \\text{{otherwise}}"),
                };
                let first = format!(
                    "{} & \\text{{if }} {}",
                    arguments[1].text(),
                    arguments[0].text()
                );
                Some(Expression::new(
                    format!("{begin}{first} \\\\ {rest}{end}"),
                    Binding::Choice,
                ))
            }
            // Two numbers side by side would read as one.
            Op::Mul
                if arguments[1]
                    .text()
                    .starts_with(|c: char| c.is_ascii_digit()) =>
            {
                let least = [Binding::Product, Binding::Power, Binding::Atom];
                Some(infix("{a} \\cdot {b}", Binding::Product, least).on(arguments))
            }
            _ => None,
        }
    }

    fn is_reserved(&self, name: &str) -> bool {
        super::is_reserved(name)
    }
}
