//! Applies a [`Kernel`] to whole tensors: blocks for the cache, SIMD within a block, threads over chunks of blocks.
//!
//! Forward: `yᵢ = f(xᵢ; p)`. Backward, in one pass: `dxᵢ = gᵢ·∂f/∂x(xᵢ; p)` and `dpⱼ = Σᵢ gᵢ·∂f/∂pⱼ(xᵢ; p)`.
//!
//! The sums have one order, whatever the threads do. Within a chunk of [`CHUNK`] elements, element `i` goes to lane
//! `i mod LANES`, in the element type (a lane takes at most `CHUNK / LANES` = 512 terms); the lanes, then the chunks, are
//! added in f64 from first to last.

use std::mem::MaybeUninit;

use rayon::prelude::*;

use super::simd::{SimdJob, dispatch};
use super::view::View;
use super::{Kernel, Real};

/// Elements of a block: its buffers (x, g and each ∂f/∂p) stay in the first-level cache.
const BLOCK: usize = 1024;

/// Elements of a chunk, the unit of work of a thread and of the sums.
const CHUNK: usize = 16 * BLOCK;

/// Lanes of the sums: two AVX-512 registers of f32.
const LANES: usize = 32;

/// From this length on threads share the work. Measured from outside the pool: handing work over takes about 20 µs, and a chunk
/// of a cheap gate 10, so that two threads begin to win here.
const PARALLEL: usize = 4 * CHUNK;

/// Writes `f(x; p)` to `out`.
///
/// # Panics
/// If the lengths of `x` and `out` differ.
pub fn forward_slice<K: Kernel<P>, const P: usize, T: Real>(x: &[T], p: [T; P], out: &mut [T]) {
    assert_eq!(x.len(), out.len(), "input and output differ in length");
    // SAFETY: `T` and `MaybeUninit<T>` have the same layout, and `forward_into` only ever writes initialised values.
    let out = unsafe { &mut *(out as *mut [T] as *mut [MaybeUninit<T>]) };
    forward_into::<K, P, T>(&View::Dense(x), p, out);
}

/// Writes `grad · ∂f/∂x` to `grad_x` and returns the sums of `grad · ∂f/∂p`.
///
/// # Panics
/// If the lengths of `x`, `grad` and `grad_x` differ.
pub fn backward_slice<K: Kernel<P>, const P: usize, T: Real>(
    x: &[T],
    p: [T; P],
    grad: &[T],
    grad_x: &mut [T],
) -> [T; P] {
    assert_eq!(x.len(), grad.len(), "input and gradient differ in length");
    assert_eq!(
        x.len(),
        grad_x.len(),
        "input and its gradient differ in length"
    );
    // SAFETY: `T` and `MaybeUninit<T>` have the same layout, and `backward_into` only ever writes initialised values.
    let grad_x = unsafe { &mut *(grad_x as *mut [T] as *mut [MaybeUninit<T>]) };
    backward_into::<K, P, T>(&View::Dense(x), p, &View::Dense(grad), grad_x)
}

/// `f(x; p)` of the `len` elements of `x`.
pub(super) fn forward<K: Kernel<P>, const P: usize, T: Real>(
    x: &View<T>,
    p: [T; P],
    len: usize,
) -> Vec<T> {
    let mut out = Vec::with_capacity(len);
    forward_into::<K, P, T>(x, p, &mut out.spare_capacity_mut()[..len]);
    // SAFETY: the capacity is at least `len`, and `forward_into` has written each of the first `len` elements.
    unsafe { out.set_len(len) };
    out
}

/// The gradients for `x`, of `len` elements, and for `p`.
pub(super) fn backward<K: Kernel<P>, const P: usize, T: Real>(
    x: &View<T>,
    p: [T; P],
    grad: &View<T>,
    len: usize,
) -> (Vec<T>, [T; P]) {
    let mut grad_x = Vec::with_capacity(len);
    let grad_p = backward_into::<K, P, T>(x, p, grad, &mut grad_x.spare_capacity_mut()[..len]);
    // SAFETY: the capacity is at least `len`, and `backward_into` has written each of the first `len` elements.
    unsafe { grad_x.set_len(len) };
    (grad_x, grad_p)
}

/// Writes every element of `out`.
fn forward_into<K: Kernel<P>, const P: usize, T: Real>(
    x: &View<T>,
    p: [T; P],
    out: &mut [MaybeUninit<T>],
) {
    map_chunks(out, |start, out| {
        dispatch(ForwardChunk::<K, P, T> {
            x,
            p,
            start,
            out,
            kernel: std::marker::PhantomData,
        })
    });
}

/// Writes every element of `grad_x`.
fn backward_into<K: Kernel<P>, const P: usize, T: Real>(
    x: &View<T>,
    p: [T; P],
    grad: &View<T>,
    grad_x: &mut [MaybeUninit<T>],
) -> [T; P] {
    let sums = map_chunks(grad_x, |start, grad_x| {
        dispatch(BackwardChunk::<K, P, T> {
            x,
            p,
            grad,
            start,
            grad_x,
            kernel: std::marker::PhantomData,
        })
    });
    std::array::from_fn(|j| T::of(sums.iter().fold(0.0, |total, sum| total + sum[j])))
}

/// What `job` returns for each chunk of `out`, in order; it is told the element at which the chunk begins. Threads share the
/// work if there is enough of it.
pub(super) fn map_chunks<T: Send, R: Send>(
    out: &mut [T],
    job: impl Fn(usize, &mut [T]) -> R + Sync,
) -> Vec<R> {
    let job = |(i, chunk): (usize, &mut [T])| job(i * CHUNK, chunk);
    if out.len() < PARALLEL {
        out.chunks_mut(CHUNK).enumerate().map(job).collect()
    } else {
        out.par_chunks_mut(CHUNK).enumerate().map(job).collect()
    }
}

/// The forward pass of one chunk, which begins at element `start`.
struct ForwardChunk<'a, K, const P: usize, T> {
    x: &'a View<'a, T>,
    p: [T; P],
    start: usize,
    out: &'a mut [MaybeUninit<T>],
    kernel: std::marker::PhantomData<K>,
}

impl<K: Kernel<P>, const P: usize, T: Real> SimdJob for ForwardChunk<'_, K, P, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let mut buffer = [T::of(0.0); BLOCK];
        for (i, out) in self.out.chunks_mut(BLOCK).enumerate() {
            let x = self.x.block(self.start + i * BLOCK, out.len(), &mut buffer);
            for (y, &x) in out.iter_mut().zip(x) {
                y.write(K::value(x, self.p));
            }
        }
    }
}

/// The backward pass of one chunk, which begins at element `start`; returns its share of the parameters' gradients.
struct BackwardChunk<'a, K, const P: usize, T> {
    x: &'a View<'a, T>,
    p: [T; P],
    grad: &'a View<'a, T>,
    start: usize,
    grad_x: &'a mut [MaybeUninit<T>],
    kernel: std::marker::PhantomData<K>,
}

impl<K: Kernel<P>, const P: usize, T: Real> SimdJob for BackwardChunk<'_, K, P, T> {
    type Output = [f64; P];

    #[inline(always)]
    fn run(self) -> [f64; P] {
        let (mut x_buffer, mut grad_buffer) = ([T::of(0.0); BLOCK], [T::of(0.0); BLOCK]);
        let mut terms = [[T::of(0.0); BLOCK]; P];
        let mut lanes = [[T::of(0.0); LANES]; P];
        for (i, grad_x) in self.grad_x.chunks_mut(BLOCK).enumerate() {
            let (start, len) = (self.start + i * BLOCK, grad_x.len());
            let x = self.x.block(start, len, &mut x_buffer);
            let grad = self.grad.block(start, len, &mut grad_buffer);
            for k in 0..len {
                let (_, dx, dp) = K::value_and_gradient(x[k], self.p);
                grad_x[k].write(grad[k] * dx);
                for j in 0..P {
                    terms[j][k] = grad[k] * dp[j];
                }
            }
            for (lanes, terms) in lanes.iter_mut().zip(&terms) {
                add_to_lanes(lanes, &terms[..len]);
            }
        }
        lanes.map(|lanes| lanes.iter().fold(0.0, |total, lane| total + lane.to_f64()))
    }
}

/// Adds term `i` to lane `i mod LANES`.
#[inline(always)]
fn add_to_lanes<T: Real>(lanes: &mut [T; LANES], terms: &[T]) {
    for terms in terms.chunks(LANES) {
        for (lane, &term) in lanes.iter_mut().zip(terms) {
            *lane = *lane + term;
        }
    }
}
