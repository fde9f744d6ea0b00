//! Sums over the elements of blocks, which the gradients of all numbers follow from. They stay spread over [`LANES`] lanes, in
//! registers while a row goes by, until a chunk is done.

use actsmith_codegen::runtime::Float;

use crate::space::{Elements, Slot, Space, set_bits};

/// The lanes of a sum over elements: element `i` of a block goes to lane `i % LANES`.
const LANES: usize = 16;

/// A sum over elements, still spread over lanes.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub(super) struct Lanes<T>([T; LANES]);

impl<T: Float> Lanes<T> {
    /// The lanes' total in f64: eight partial sums, which do not wait for each other, then these from first to last.
    #[inline(always)]
    pub(super) fn total(&self) -> f64 {
        let mut parts = [0.0; 8];
        for lanes in self.0.chunks_exact(8) {
            for (part, lane) in parts.iter_mut().zip(lanes) {
                *part += lane.to_f64();
            }
        }
        parts.iter().sum()
    }
}

/// The sums over elements that all parameter gradients follow from.
pub(super) struct Sums<T> {
    /// `Σ g·op` of each curved operation of each slot.
    pub(super) weights: [Vec<Lanes<T>>; Slot::ALL.len()],
    /// `Σ g`, `Σ g·min(x, 0)`, `Σ g·max(x, 0)` of each unary slot.
    pub(super) affine: [[Lanes<T>; 3]; 4],
    /// `Σ g·a`, `Σ g·b` of each binary slot.
    pub(super) linear: [[Lanes<T>; 2]; 2],
}

/// The sums of a chunk.
pub(super) struct Totals {
    pub(super) weights: [Vec<f64>; Slot::ALL.len()],
    pub(super) affine: [[f64; 3]; 4],
    pub(super) linear: [[f64; 2]; 2],
}

impl<T: Float> Sums<T> {
    #[inline(always)]
    pub(super) fn new(space: &Space) -> Self {
        let lanes = Lanes([T::of(0.0); LANES]);
        Self {
            weights: Slot::ALL.map(|slot| vec![lanes; space.operations(slot)]),
            affine: [[lanes; 3]; 4],
            linear: [[lanes; 2]; 2],
        }
    }

    #[inline(always)]
    pub(super) fn totals(&self) -> Totals {
        let of = |slot: usize| self.weights[slot].iter().map(Lanes::total).collect();
        Totals {
            weights: std::array::from_fn(of),
            affine: self.affine.map(|sums| sums.map(|lanes| lanes.total())),
            linear: self.linear.map(|sums| sums.map(|lanes| lanes.total())),
        }
    }
}

/// Adds the dot products of `g` with the rows of these operations, four at a time: `g` is read once for all four.
#[inline(always)]
pub(super) fn add_dots<T: Float>(
    sums: &mut [Lanes<T>],
    g: &Elements<T>,
    operations: u64,
    rows: &[Elements<T>],
) {
    let mut indices = set_bits(operations);
    while let Some(first) = indices.next() {
        let rest = [indices.next(), indices.next(), indices.next()];
        if let [Some(second), Some(third), Some(fourth)] = rest {
            add_dots_of(sums, g, [first, second, third, fourth], rows);
            continue;
        }
        add_dots_of(sums, g, [first], rows);
        for index in rest.into_iter().flatten() {
            add_dots_of(sums, g, [index], rows);
        }
    }
}

/// Adds the dot products of `g` with the `N` rows at `indices`.
#[inline(always)]
fn add_dots_of<T: Float, const N: usize>(
    sums: &mut [Lanes<T>],
    g: &Elements<T>,
    indices: [usize; N],
    rows: &[Elements<T>],
) {
    let mut registers = [[T::of(0.0); LANES]; N];
    for n in 0..N {
        registers[n] = sums[indices[n]].0;
    }
    for (strip, g) in g.as_chunks::<LANES>().0.iter().enumerate() {
        for n in 0..N {
            let row = &rows[indices[n]].as_chunks::<LANES>().0[strip];
            for i in 0..LANES {
                registers[n][i] = registers[n][i] + g[i] * row[i];
            }
        }
    }
    for n in 0..N {
        sums[indices[n]].0 = registers[n];
    }
}

/// Adds `g·a`, `g·b`.
#[inline(always)]
pub(super) fn add_products<T: Float>(
    sums: &mut [Lanes<T>; 2],
    g: &Elements<T>,
    [a, b]: [&Elements<T>; 2],
) {
    let [Lanes(mut to_a), Lanes(mut to_b)] = *sums;
    for (strip, g) in g.as_chunks::<LANES>().0.iter().enumerate() {
        let (a, b) = (
            &a.as_chunks::<LANES>().0[strip],
            &b.as_chunks::<LANES>().0[strip],
        );
        for i in 0..LANES {
            to_a[i] = to_a[i] + g[i] * a[i];
            to_b[i] = to_b[i] + g[i] * b[i];
        }
    }
    *sums = [Lanes(to_a), Lanes(to_b)];
}

/// Adds `g`, `g·min(x, 0)`, `g·max(x, 0)`.
#[inline(always)]
pub(super) fn add_moments<T: Float>(sums: &mut [Lanes<T>; 3], g: &Elements<T>, x: &Elements<T>) {
    let [Lanes(mut total), Lanes(mut left), Lanes(mut right)] = *sums;
    for (strip, g) in g.as_chunks::<LANES>().0.iter().enumerate() {
        let x = &x.as_chunks::<LANES>().0[strip];
        for i in 0..LANES {
            total[i] = total[i] + g[i];
            left[i] = left[i] + g[i] * x[i].min0();
            right[i] = right[i] + g[i] * x[i].relu();
        }
    }
    *sums = [Lanes(total), Lanes(left), Lanes(right)];
}
