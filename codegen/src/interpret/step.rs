//! One operation on whole rows: the loops that the interpreter is made of.

use std::ops::Neg;

use crate::ops::Op;
use crate::runtime::{Float, Real, Simd};

/// Elements that `powi` takes through its repeated squaring at once.
const LANES: usize = 64;

/// What `$op` is of `a`, `b`, `c` of a [`Real`], passed on as the name of a method or as an expression to a macro for its kind. Kernels of
/// one argument go by the names of their operations.
macro_rules! operations {
    ($op:expr; $constant:ident, $unary:ident, $binary:ident, $ternary:ident, $power:ident) => {
        $crate::ops::match_operation! { $op, $unary;
            // A schedule has evaluated it; the value is the same.
            Op::Pi => $constant!(std::f64::consts::PI),
            Op::Add => $binary!(|a, b| a + b),
            Op::Sub => $binary!(|a, b| a - b),
            Op::Mul => $binary!(|a, b| a * b),
            Op::Div => $binary!(|a, b| a / b),
            Op::Min => $binary!(|a, b| a.min(b)),
            Op::Max => $binary!(|a, b| a.max(b)),
            Op::Lt => $binary!(|a, b| Real::select(a < b, Real::of(1.0), Real::of(0.0))),
            Op::Le => $binary!(|a, b| Real::select(a <= b, Real::of(1.0), Real::of(0.0))),
            Op::Eq => $binary!(|a, b| Real::select(a == b, Real::of(1.0), Real::of(0.0))),
            Op::If => $ternary!(|a, b, c| Real::select(a != Real::of(0.0), b, c)),
            Op::Clamp => $ternary!(|a, b, c| a.clamp(b, c)),
            Op::Threshold => $ternary!(|a, b, c| a.threshold(b, c)),
            Op::PRelu => $binary!(|a, b| a.prelu(b)),
            Op::EluAlpha => $binary!(|a, b| a.elu_with(b)),
            Op::Celu => $binary!(|a, b| a.celu(b)),
            Op::Powi => $power!(),
        }
    };
}
pub(super) use operations;

/// Writes `op` of the elements of the rows `[a, b, c]` to `out`, all of one length. The rows past the arity are not read; the
/// exponent of `powi` is no row.
#[inline(always)]
pub(super) fn apply<S: Simd, C: Float>(op: Op, [a, b, c]: [&[C]; 3], exponent: i32, out: &mut [C]) {
    // Loops are written out by macros: a closure might not be inlined where the wide instructions are.
    macro_rules! unary {
        ($method:ident) => {
            for (y, a) in out.iter_mut().zip(a) {
                *y = C::leave::<S>(a.enter::<S>().$method());
            }
        };
    }
    macro_rules! binary {
        (|$a:ident, $b:ident| $value:expr) => {
            for ((y, a), b) in out.iter_mut().zip(a).zip(b) {
                let ($a, $b) = (a.enter::<S>(), b.enter::<S>());
                *y = C::leave::<S>($value);
            }
        };
    }
    macro_rules! ternary {
        (|$a:ident, $b:ident, $c:ident| $value:expr) => {
            for (((y, a), b), c) in out.iter_mut().zip(a).zip(b).zip(c) {
                let ($a, $b, $c) = (a.enter::<S>(), b.enter::<S>(), c.enter::<S>());
                *y = C::leave::<S>($value);
            }
        };
    }
    macro_rules! constant {
        ($value:expr) => {
            out.fill(C::of($value))
        };
    }
    macro_rules! power {
        () => {
            powi(a, exponent, out)
        };
    }
    operations!(op; constant, unary, binary, ternary, power)
}

/// `aⁿ` by the repeated squaring of [`Real::powi`], with the loop over the bits of `n` outside that over elements.
#[inline(always)]
fn powi<C: Float>(a: &[C], n: i32, out: &mut [C]) {
    for (a, power) in a.chunks(LANES).zip(out.chunks_mut(LANES)) {
        let mut squares = [C::of(1.0); LANES];
        let squares = &mut squares[..a.len()];
        squares.copy_from_slice(a);
        power.fill(C::of(1.0));
        let mut rest = n.unsigned_abs();
        while rest > 0 {
            if rest & 1 == 1 {
                for (power, &square) in power.iter_mut().zip(&*squares) {
                    *power = *power * square;
                }
            }
            rest >>= 1;
            if rest > 0 {
                for square in &mut *squares {
                    *square = *square * *square;
                }
            }
        }
        if n < 0 {
            for power in power {
                *power = C::of(1.0) / *power;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::Plain;

    /// `op` of rows that hold the points in `arguments`, as f64.
    fn applied<C: Float>(op: Op, arguments: &[Vec<f64>; 3], exponent: i32) -> Vec<f64> {
        let rows = arguments
            .each_ref()
            .map(|row| row.iter().map(|&v| C::of(v)).collect::<Vec<C>>());
        let mut out = vec![C::of(0.0); rows[0].len()];
        let slices = rows.each_ref().map(Vec::as_slice);
        apply::<Plain, C>(op, slices, exponent, &mut out);
        out.into_iter().map(C::to_f64).collect()
    }

    /// The table and the runtime each err by a few ULP, of the value or, where the table takes a difference, of 1.
    fn assert_close(op: Op, got: f64, arguments: &[f64], epsilon: f64) {
        let expected = op.value(arguments);
        assert!(
            !expected.is_finite()
                || (got - expected).abs() <= 16.0 * epsilon * (1.0 + expected.abs()),
            "{}{arguments:?} = {got}, not {expected}",
            op.name()
        );
    }

    #[test]
    fn every_operation_has_the_value_of_its_row_of_the_table() {
        // Multiples of 1/16 are exact in f32; 150 points cross the lanes of `powi`.
        let point = |i: i32| f64::from(i) / 16.0;
        let arguments = [
            (-75..75).map(point).collect(),
            (-75..75).map(|i| point(i * 7 % 50)).collect(),
            (-75..75).map(|i| point(i * 11 % 60)).collect(),
        ];
        for &op in Op::ALL {
            let exponents = if op == Op::Powi { -4..10 } else { 0..1 };
            for exponent in exponents {
                for (got, epsilon) in [
                    (applied::<f64>(op, &arguments, exponent), f64::EPSILON),
                    (
                        applied::<f32>(op, &arguments, exponent),
                        f64::from(f32::EPSILON),
                    ),
                ] {
                    for (k, got) in got.into_iter().enumerate() {
                        let mut values = arguments.each_ref().map(|row| row[k]);
                        if op == Op::Powi {
                            values[1] = f64::from(exponent);
                        }
                        assert_close(op, got, &values[..op.arity()], epsilon);
                    }
                }
            }
        }
    }
}
