//! Functions that no array library of Python has with all digits, in terms of what all of them have under the same names; `@` stands
//! for the module.

use crate::ops::Op;

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
