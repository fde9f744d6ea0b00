//! Sums over the elements of slices, in an order that the length alone fixes.

use actsmith_codegen::runtime::Float;

/// The lanes of a sum over a row of a few dozen elements.
pub(super) const SHORT: usize = 16;

/// The lanes of a sum over thousands: additions that do not wait for each other.
pub(super) const LONG: usize = 64;

/// `Σ term(aᵢ, bᵢ)`, element `i` in lane `i % LANES`: this vectorises, and keeps the rounding error of long sums small.
#[inline(always)]
pub(super) fn sum<T: Float, const LANES: usize>(a: &[T], b: &[T], term: impl Fn(T, T) -> T) -> f64 {
    let [sum] = sums::<T, 1, LANES>(a, b, |a, b| [term(a, b)]);
    sum
}

/// As [`sum`], of several terms at once.
#[inline(always)]
pub(super) fn sums<T: Float, const N: usize, const LANES: usize>(
    a: &[T],
    b: &[T],
    terms: impl Fn(T, T) -> [T; N],
) -> [f64; N] {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let mut lanes = [[T::of(0.0); LANES]; N];
    for (a, b) in a.iter().zip(b) {
        for i in 0..LANES {
            let terms = terms(a[i], b[i]);
            for n in 0..N {
                lanes[n][i] = lanes[n][i] + terms[n];
            }
        }
    }
    for (i, (a, b)) in a_rest.iter().zip(b_rest).enumerate() {
        let terms = terms(*a, *b);
        for n in 0..N {
            lanes[n][i] = lanes[n][i] + terms[n];
        }
    }
    // Halves are added to each other.
    let mut half = LANES / 2;
    while half > 0 {
        for lanes in &mut lanes {
            for i in 0..half {
                lanes[i] = lanes[i] + lanes[i + half];
            }
        }
        half /= 2;
    }
    lanes.map(|lanes| lanes[0].to_f64())
}
