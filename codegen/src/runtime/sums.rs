//! Sums of a parameter's gradient over the elements that it serves, in an order that the shape alone fixes.
//!
//! Elements come in chunks and blocks of fixed length. Within a block, a run of elements of one channel is added in the number
//! type, term `i` to lane `i mod LANES`, so that no sum in f32 is long; what it comes to, then chunk after chunk, is added
//! in f64.

use super::element::Float;
use super::simd::{Simd, SimdJob, SimdLevel, dispatch_at};

/// Lanes of a sum: two AVX-512 registers of f32.
const LANES: usize = 32;

/// How a parameter varies over the elements: number `i / inner mod channels` serves element `i`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Axis {
    /// Numbers of the parameter.
    pub(super) channels: usize,
    /// Neighbours that share a number.
    pub(super) inner: usize,
}

impl Axis {
    /// One number for `len` elements.
    pub(super) fn whole(len: usize) -> Self {
        Self {
            channels: 1,
            inner: len.max(1),
        }
    }
}

/// The sums of one parameter over one chunk.
pub(super) struct Sums {
    axis: Axis,
    /// The first channel of the chunk; entry `k` is for the `k`-th one after it.
    first: usize,
    entries: Vec<f64>,
}

impl Sums {
    /// Zeros, for the chunk of `len` elements from `start` on.
    pub(super) fn new(axis: Axis, start: usize, len: usize) -> Self {
        let row = start / axis.inner;
        let rows = (start + len).div_ceil(axis.inner) - row;
        Self {
            axis,
            first: row % axis.channels,
            entries: vec![0.0; rows.min(axis.channels)],
        }
    }

    /// Adds the terms of the elements from `start` on, a block of the chunk.
    pub(super) fn add<C: Float>(&mut self, level: SimdLevel, start: usize, terms: &[C]) {
        let (row, column) = (start / self.axis.inner, start % self.axis.inner);
        // The distance from the first channel, which the rows of a chunk pass in order.
        let channel = row % self.axis.channels + self.axis.channels - self.first;
        dispatch_at(
            level,
            Add {
                entry: channel % self.axis.channels,
                column,
                inner: self.axis.inner,
                entries: &mut self.entries,
                terms,
            },
        );
    }

    /// Adds the sums to those of all chunks.
    pub(super) fn add_to(&self, totals: &mut [f64]) {
        let (end, begin) = totals.split_at_mut(self.first);
        for (total, entry) in begin.iter_mut().chain(end).zip(&self.entries) {
            *total += entry;
        }
    }
}

/// Adds terms to entries, from the middle of a run on.
struct Add<'a, C> {
    entry: usize,
    column: usize,
    inner: usize,
    entries: &'a mut [f64],
    terms: &'a [C],
}

impl<C: Float> SimdJob for Add<'_, C> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        let Self {
            mut entry,
            column,
            inner,
            entries,
            mut terms,
        } = self;
        if inner == 1 {
            while !terms.is_empty() {
                let n = terms.len().min(entries.len() - entry);
                let (now, later) = terms.split_at(n);
                for (sum, term) in entries[entry..].iter_mut().zip(now) {
                    *sum += term.to_f64();
                }
                (entry, terms) = (0, later);
            }
            return;
        }
        let mut left = inner - column;
        while !terms.is_empty() {
            let (run, later) = terms.split_at(left.min(terms.len()));
            entries[entry] += sum(run);
            (left, terms) = (inner, later);
            entry += 1;
            if entry == entries.len() {
                entry = 0;
            }
        }
    }
}

/// The sum of a run, in lanes if it is long.
#[inline(always)]
fn sum<C: Float>(run: &[C]) -> f64 {
    if run.len() < LANES {
        return run.iter().fold(0.0, |sum, term| sum + term.to_f64());
    }
    let mut lanes = [C::of(0.0); LANES];
    let (whole, rest) = run.as_chunks::<LANES>();
    for terms in whole {
        for (lane, &term) in lanes.iter_mut().zip(terms) {
            *lane = *lane + term;
        }
    }
    for (lane, &term) in lanes.iter_mut().zip(rest) {
        *lane = *lane + term;
    }
    // Halves are added until one is left, which takes as many steps as a power of two has.
    let mut sums = lanes.map(C::to_f64);
    let mut half = LANES / 2;
    while half > 0 {
        for k in 0..half {
            sums[k] += sums[k + half];
        }
        half /= 2;
    }
    sums[0]
}
