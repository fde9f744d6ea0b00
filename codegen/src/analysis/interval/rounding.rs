//! Sums, products, quotients and roots of f64, rounded down and up; both are the value itself where that is exact.
//!
//! The error of such an operation is an f64 that can be computed, unless it underflows, so its sign says on which side of the rounded
//! value the true one lies.

/// Below this, the error of a product or quotient may be too small for an f64.
const TINY: f64 = f64::MIN_POSITIVE / f64::EPSILON;

/// a + b rounded down and up.
pub(super) fn sum(a: f64, b: f64) -> (f64, f64) {
    let value = a + b;
    // Knuth's two-sum: the error of an addition is an f64.
    let tail = value - a;
    let error = (a - (value - tail)) + (b - tail);
    directed(value, Some(error).filter(|error| !error.is_nan()))
}

/// a·b rounded down and up.
pub(super) fn product(a: f64, b: f64) -> (f64, f64) {
    // 0·∞ is 0 here: the infinite end of an interval stands for arbitrarily large, yet finite, values.
    if a == 0.0 || b == 0.0 {
        return (0.0, 0.0);
    }
    let value = a * b;
    let known = value.abs() >= TINY && value.is_finite();
    let bounds = directed(value, known.then(|| a.mul_add(b, -value)));
    signed(bounds, (a < 0.0) != (b < 0.0))
}

/// a / b rounded down and up, of a `b` that is not 0.
pub(super) fn quotient(a: f64, b: f64) -> (f64, f64) {
    if a == 0.0 || b.is_infinite() {
        // A finite number over arbitrarily large ones.
        return (0.0, 0.0);
    }
    let value = a / b;
    let known = a.abs() >= TINY && value.is_normal();
    // a/b − value has the sign of (a − value·b)/b.
    let error = known.then(|| (-value).mul_add(b, a) * b.signum());
    signed(directed(value, error), (a < 0.0) != (b < 0.0))
}

/// √a rounded down and up.
pub(super) fn root(a: f64) -> (f64, f64) {
    let value = a.sqrt();
    let known = a >= TINY && a.is_finite();
    let error = if a == 0.0 {
        Some(0.0)
    } else {
        known.then(|| (-value).mul_add(value, a))
    };
    signed(directed(value, error), false)
}

/// mⁿ rounded down and up, of an `m` that is not negative: by repeated squaring.
pub(super) fn power(m: f64, n: u32) -> (f64, f64) {
    // What overflows is above the largest number.
    let times =
        |a: (f64, f64), b: (f64, f64)| (product(a.0, b.0).0.min(f64::MAX), product(a.1, b.1).1);
    let (mut square, mut rest) = ((m, m), n);
    let mut power = (1.0, 1.0);
    while rest > 0 {
        if rest & 1 == 1 {
            power = times(power, square);
        }
        rest >>= 1;
        if rest > 0 {
            square = times(square, square);
        }
    }
    power
}

/// What the true value lies between, by the rounded one and, if it is known, the sign of what the rounded one lacks.
fn directed(value: f64, error: Option<f64>) -> (f64, f64) {
    if value.is_infinite() {
        return (value, value);
    }
    match error {
        Some(0.0) => (value, value),
        Some(error) if error > 0.0 => (value, value.next_up()),
        Some(_) => (value.next_down(), value),
        None => (value.next_down(), value.next_up()),
    }
}

/// What underflows to 0 is still on its side of 0.
fn signed((low, high): (f64, f64), negative: bool) -> (f64, f64) {
    if negative {
        (low, high.min(0.0))
    } else {
        (low.max(0.0), high)
    }
}
