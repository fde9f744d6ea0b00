//! Kernels applied to slices: for tests and measurements, without candle's tensors.

use std::array::from_fn;

use super::Tiled;
use super::compiled::Compiled;
use super::driver::{Arguments, Value};
use super::element::{Element, uninit};
use super::kernel::Parameter;
use super::simd::SimdLevel;
use super::sums::Axis;
use super::view::View;

/// Writes `f(x; p)` to `out`, with the instructions of `level`; `p` has one number for each parameter.
///
/// # Panics
/// If the length of an input is not that of `out`.
pub fn forward_slice<K: Tiled<X, P>, const X: usize, const P: usize, T: Element>(
    level: SimdLevel,
    x: [&[T]; X],
    p: [T; P],
    out: &mut [T],
) {
    assert!(
        x.iter().all(|x| x.len() == out.len()),
        "input and output differ in length"
    );
    let arguments = Arguments::of_slices::<K, P>(level, x, &p, out.len());
    arguments.forward_into(uninit(out));
}

/// Writes `grad · ∂f/∂x` to `grad_x` and returns the sums of `grad · ∂f/∂p`, 0 for constants, with the instructions of `level`; `p`
/// has one number for each parameter.
///
/// # Panics
/// If the length of an input or of a row of `grad_x` is not that of `grad`.
pub fn backward_slice<K: Tiled<X, P>, const X: usize, const P: usize, T: Element>(
    level: SimdLevel,
    x: [&[T]; X],
    p: [T; P],
    grad: &[T],
    grad_x: [&mut [T]; X],
) -> [T; P] {
    let same = |len: usize| assert_eq!(len, grad.len(), "slices differ in length");
    x.iter().for_each(|x| same(x.len()));
    grad_x.iter().for_each(|x| same(x.len()));
    let arguments = Arguments::of_slices::<K, P>(level, x, &p, grad.len());
    let sums = arguments.backward_into(&View::Dense(grad), grad_x.map(|x| uninit(x)));
    from_fn(|j| T::round(sums[j].first().copied().unwrap_or(0.0)))
}

impl<'a, T: Element, const X: usize> Arguments<'a, T, X> {
    /// The function of a kernel, applied to slices.
    fn of_slices<K: Tiled<X, P>, const P: usize>(
        level: SimdLevel,
        x: [&'a [T]; X],
        p: &'a [T; P],
        len: usize,
    ) -> Self {
        let mut buffer = Vec::new();
        let numbers = T::widen(level, p, &mut buffer);
        let parameter = |(j, parameter): (usize, &Parameter)| {
            let value = if parameter.is_row() {
                Value::Row(View::strided(&p[j..], 0, [(len, 0)]))
            } else {
                Value::Number(numbers[j])
            };
            (value, parameter.is_trained().then(|| Axis::whole(len)))
        };
        Self {
            function: const { &Compiled::<K, P>::NEW },
            level,
            len,
            x: x.map(View::Dense),
            parameters: K::PARAMETERS.iter().enumerate().map(parameter).collect(),
        }
    }
}
