//! Functions that no array library of Python has with all digits, in terms of what all of them have under the same names; `@` stands
//! for the module.

use super::syntax::power;
use crate::backend::text::Expression;
use crate::ops::Op;

/// Makes `array_form`, which says how NumPy and the libraries with its names write an operation, under the name of a module.
macro_rules! array_forms {
    ($module:literal) => {
        fn array_form(op: $crate::ops::Op) -> Option<$crate::backend::text::Form> {
            use $crate::backend::text::{Binding, call, infix};
            use $crate::ops::Op;
            let row = match op {
                Op::Square => concat!($module, ".square({a})"),
                Op::Sqrt => concat!($module, ".sqrt({a})"),
                Op::Exp => concat!($module, ".exp({a})"),
                Op::Expm1 => concat!($module, ".expm1({a})"),
                Op::Ln => concat!($module, ".log({a})"),
                Op::Log1p => concat!($module, ".log1p({a})"),
                Op::Sin => concat!($module, ".sin({a})"),
                Op::Cos => concat!($module, ".cos({a})"),
                Op::Sinh => concat!($module, ".sinh({a})"),
                Op::Cosh => concat!($module, ".cosh({a})"),
                Op::Tanh => concat!($module, ".tanh({a})"),
                Op::Asinh => concat!($module, ".arcsinh({a})"),
                Op::Atan => concat!($module, ".arctan({a})"),
                Op::Erf => "special.erf({a})",
                Op::Erfc => "special.erfc({a})",
                Op::Abs => concat!($module, ".abs({a})"),
                Op::Sign => concat!($module, ".sign({a})"),
                Op::Min => concat!($module, ".minimum({a}, {b})"),
                Op::Max => concat!($module, ".maximum({a}, {b})"),
                Op::Clamp => concat!($module, ".clip({a}, {b}, {c})"),
                Op::If => concat!($module, ".where({a}, {b}, {c})"),
                Op::Min0 => concat!($module, ".minimum({a}, 0.0)"),
                Op::HardTanh => concat!($module, ".clip({a}, -1.0, 1.0)"),
                Op::AsinhGrad => {
                    let text = concat!("1.0 / ", $module, ".hypot({a}, 1.0)");
                    return Some(infix(text, Binding::Product, [Binding::Choice; 3]));
                }
                _ => return None,
            };
            Some(call(row))
        }
    };
}
pub(crate) use array_forms;

/// Integer powers, which are operators.
pub(crate) fn powers(op: Op, arguments: &[Expression]) -> Option<Expression> {
    match op {
        Op::Cube => Some(power(&arguments[0], 3)),
        Op::Powi => Some(power(&arguments[0], arguments[1].value()? as i32)),
        _ => None,
    }
}

/// The body of the function of `x` that stands for the operation.
pub(crate) fn own(op: Op) -> Option<&'static str> {
    Some(match op {
        // The square of what is rounded to 1/16 is exact, and the rest of the exponent is small.
        Op::Gaussian => {
            "x = @.clip(x, -40.0, 40.0)
             near = @.round(16.0 * x) / 16.0
             return @.exp(-near * near) * @.exp((near - x) * (near + x))"
        }
        Op::NormalPdf => {
            "x = @.clip(x, -40.0, 40.0)
             near = @.round(16.0 * x) / 16.0
             tail = @.exp(-0.5 * near * near) * @.exp(0.5 * (near - x) * (near + x))
             return 0.3989422804014327 * tail"
        }
        // The product with 1/√2, in a sum of two terms: erfc(z + d) is erfc(z) · (1 − 2zd) where z is large, and d negligible
        // where it is not. 181/256 times a multiple of 1/16 is exact.
        Op::NormalCdf => {
            "x = @.clip(x, -40.0, 40.0)
             near = @.round(16.0 * x) / 16.0
             rest = 7.55311865475244e-05 * near + 0.7071067811865476 * (x - near)
             z = 0.70703125 * near + rest
             lost = (0.70703125 * near - z) + rest
             return 0.5 * @erfc(-z) * (1.0 - 2.0 * @.clip(z, -40.0, 0.0) * lost)"
        }
        // sin(πx) by the distance from the nearest integer, which is exact.
        Op::Sinc => {
            "x = @.clip(x, -1e30, 1e30)
             rest = x - 2.0 * @.round(0.5 * x)
             rest = @.where(@.abs(rest) > 0.5, @.sign(rest) - rest, rest)
             zero = x == 0.0
             whole = @.where(zero, 0.5, x)
             value = @.sin(3.141592653589793 * rest) / (3.141592653589793 * whole)
             return @.where(zero, 1.0, value)"
        }
        _ => return None,
    })
}
