//! How each operation is written in C, for any type: `{real}` stands for it, and `{f}` for the suffix of its functions and numbers.

use crate::backend::text::{Binding, Expression, Language, Spelling, call, infix};
use crate::ops::Op;

/// C for one type.
pub(super) struct C<'a> {
    /// The name of the activation, which precedes those of the functions that it needs.
    pub(super) name: &'a str,
    pub(super) real: &'static str,
    pub(super) suffix: &'static str,
}

impl C<'_> {
    /// The text for this type.
    pub(super) fn fill(&self, text: &str) -> String {
        text.replace("{real}", self.real)
            .replace("{f}", self.suffix)
    }
}

impl Language for C<'_> {
    const WIDTH: usize = 62;

    fn spelling(&self, op: Op) -> Spelling {
        use Binding::{Atom, Choice, Comparison, Prefix, Product, Sum};
        let row = match op {
            Op::Add => return infix("{a} + {b}", Sum, [Sum, Product, Atom]).into(),
            Op::Sub => return infix("{a} - {b}", Sum, [Sum, Product, Atom]).into(),
            Op::Mul => return infix("{a} * {b}", Product, [Product, Prefix, Atom]).into(),
            Op::Div => return infix("{a} / {b}", Product, [Product, Prefix, Atom]).into(),
            Op::Neg => return infix("-{a}", Prefix, [Atom; 3]).into(),
            Op::Lt => return infix("{a} < {b}", Comparison, [Sum, Sum, Atom]).into(),
            Op::Le => return infix("{a} <= {b}", Comparison, [Sum, Sum, Atom]).into(),
            Op::Eq => return infix("{a} == {b}", Comparison, [Sum, Sum, Atom]).into(),
            Op::If => return infix("{a} ? {b} : {c}", Choice, [Comparison, Sum, Sum]).into(),
            Op::Powi => "pow{f}({a}, {b})",
            Op::Sqrt => "sqrt{f}({a})",
            Op::Exp => "exp{f}({a})",
            Op::Expm1 => "expm1{f}({a})",
            Op::Ln => "log{f}({a})",
            Op::Log1p => "log1p{f}({a})",
            Op::Sin => "sin{f}({a})",
            Op::Cos => "cos{f}({a})",
            Op::Sinh => "sinh{f}({a})",
            Op::Cosh => "cosh{f}({a})",
            Op::Tanh => "tanh{f}({a})",
            Op::Asinh => "asinh{f}({a})",
            Op::Atan => "atan{f}({a})",
            Op::Erf => "erf{f}({a})",
            Op::Erfc => "erfc{f}({a})",
            Op::Abs => "fabs{f}({a})",
            // Those of C pass over NaN; here it goes through.
            Op::Min => return Spelling::Own("return a < b || a != a ? a : b;"),
            Op::Max => return Spelling::Own("return a > b || a != a ? a : b;"),
            Op::Clamp => return Spelling::Own("return a < b ? (b < c ? b : c) : a > c ? c : a;"),
            Op::Relu => return Spelling::Own("return x < 0.0{f} ? 0.0{f} : x;"),
            Op::Min0 => return Spelling::Own("return x > 0.0{f} ? 0.0{f} : x;"),
            Op::Sign => {
                return Spelling::Own("return x > 0.0{f} ? 1.0{f} : x < 0.0{f} ? -1.0{f} : x;");
            }
            // The square of what is rounded to 1/16 is exact, and the rest of the exponent is small.
            Op::Gaussian => {
                return Spelling::Own(
                    "x = x < -40.0{f} ? -40.0{f} : x > 40.0{f} ? 40.0{f} : x;
                     {real} near = nearbyint{f}(16.0{f} * x) / 16.0{f};
                     return exp{f}(-near * near) * exp{f}((near - x) * (near + x));",
                );
            }
            Op::NormalPdf => {
                return Spelling::Own(
                    "x = x < -40.0{f} ? -40.0{f} : x > 40.0{f} ? 40.0{f} : x;
                     {real} near = nearbyint{f}(16.0{f} * x) / 16.0{f};
                     {real} rest = exp{f}(0.5{f} * (near - x) * (near + x));
                     return 0.3989422804014327{f} * exp{f}(-0.5{f} * near * near) * rest;",
                );
            }
            // The product with 1/sqrt(2), in a sum of two terms: erfc(z + d) is erfc(z) (1 - 2zd) where z is large, and d
            // negligible where it is not.
            Op::NormalCdf => {
                return Spelling::Own(
                    "x = x < -40.0{f} ? -40.0{f} : x > 40.0{f} ? 40.0{f} : x;
                     {real} near = nearbyint{f}(16.0{f} * x) / 16.0{f};
                     {real} rest = 7.55311865475244e-5{f} * near;
                     rest += 0.7071067811865476{f} * (x - near);
                     {real} z = 0.70703125{f} * near + rest;
                     {real} lost = (0.70703125{f} * near - z) + rest;
                     {real} below = z < 0.0{f} ? z : 0.0{f};
                     return 0.5{f} * erfc{f}(-z) * (1.0{f} - 2.0{f} * below * lost);",
                );
            }
            // sin(pi x) by the distance from the nearest integer, which is exact.
            Op::Sinc => {
                return Spelling::Own(
                    "x = x < -1e30{f} ? -1e30{f} : x > 1e30{f} ? 1e30{f} : x;
                     {real} rest = x - 2.0{f} * nearbyint{f}(0.5{f} * x);
                     rest = rest > 0.5{f} ? 1.0{f} - rest : rest < -0.5{f} ? -1.0{f} - rest : rest;
                     {real} pi = 3.141592653589793{f};
                     return x == 0.0{f} ? 1.0{f} : sin{f}(pi * rest) / (pi * x);",
                );
            }
            Op::AsinhGrad => {
                return infix("1.0{f} / hypot{f}({a}, 1.0{f})", Product, [Choice; 3]).into();
            }
            _ => return Spelling::Defined,
        };
        call(row).into()
    }

    fn number(&self, value: f64) -> Expression {
        let single = value as f32;
        let text = match self.real {
            // What compilers would make of the number, with a warning.
            "float" if single.is_infinite() && value < 0.0 => "-INFINITY".to_owned(),
            "float" if single.is_infinite() => "INFINITY".to_owned(),
            "float" if single == 0.0 => format!("{single:?}f"),
            _ => format!("{value:?}{}", self.suffix),
        };
        Expression::number(text, value)
    }

    fn helper(&self, op: Op) -> String {
        format!("{}_{}{}", self.name, op.name(), self.suffix)
    }

    fn typed(&self, expression: Expression) -> Expression {
        expression.with_text(|text| self.fill(text))
    }

    fn is_reserved(&self, name: &str) -> bool {
        name == self.name || super::is_reserved(name)
    }
}
