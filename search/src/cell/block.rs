//! The mixed cell on one block of elements, with every intermediate row in the first-level cache.
//!
//! With `s_k = Σ w_{k,i} u_i(x)` (k = u0, u1, u3), `p = b0(s₀, s₁)`, `q = u2(p)`: `y = b1(q, s₃)`. Slots that share an input
//! share the evaluation of its operations. The affine and the linear operations of a slot are one affine function (see
//! [`super::packed`]); each of the others is a row of values and a row of slopes. The gradient of a weight is the dot product
//! of its row with the gradient of its slot's output.

use actsmith_codegen::runtime::Real;

use super::packed::{Packed, affine_sum, linear_sum};
use crate::space::{BLOCK, Binary, Choices, Row, Slot, Unary, set_bits};

/// Unary slots whose input is `x`, with their number among the unary slots.
const OF_INPUT: [(Slot, usize); 3] = [(Slot::U0, 0), (Slot::U1, 1), (Slot::U3, 3)];
/// The unary slot whose input is the inner combination.
const OF_INNER: [(Slot, usize); 1] = [(Slot::U2, 2)];

/// What is constant over an evaluation of the cell.
#[derive(Clone, Copy)]
pub(super) struct Mixture<'a, T> {
    pub(super) choices: &'a Choices,
    packed: Packed<'a, T>,
    /// `(factor, offset)` of `u0` to `u3`.
    affine: [(T, T); 4],
    /// `(left, right)` of `b0`, `b1`.
    linear: [(T, T); 2],
}

impl<'a, T: Real> Mixture<'a, T> {
    pub(super) fn new(choices: &'a Choices, packed: Packed<'a, T>) -> Self {
        let affine = |slot, unary| affine_sum(packed, slot, unary, choices.indices(slot));
        let linear = |slot, binary| linear_sum(packed, slot, binary, choices.indices(slot));
        Self {
            choices,
            packed,
            affine: [
                affine(Slot::U0, 0),
                affine(Slot::U1, 1),
                affine(Slot::U2, 2),
                affine(Slot::U3, 3),
            ],
            linear: [linear(Slot::B0, 0), linear(Slot::B1, 1)],
        }
    }

    /// The curved operations that any of the slots holds.
    #[inline(always)]
    fn curved<const K: usize>(&self, slots: [(Slot, usize); K]) -> u32 {
        slots
            .iter()
            .fold(0, |set, &(slot, _)| set | self.choices.bits(slot))
            & CURVED_UNARY
    }

    /// `y` of a block.
    #[inline(always)]
    pub(super) fn forward(&self, x: &Row<T>, scratch: &mut Scratch<T>) -> Row<T> {
        let Scratch {
            of_input, slopes, ..
        } = scratch;
        let [s0, s1, s3] = self.unary(OF_INPUT, x, of_input, slopes);
        let p = self.binary(0, Slot::B0, &s0, &s1, of_input, slopes);
        let [q] = self.unary(OF_INNER, &p, of_input, slopes);
        self.binary(1, Slot::B1, &q, &s3, of_input, slopes)
    }

    /// The mixed outputs of the slots that share the input `x`.
    #[inline(always)]
    fn unary<const K: usize>(
        &self,
        slots: [(Slot, usize); K],
        x: &Row<T>,
        rows: &mut [Row<T>],
        slopes: &mut [Row<T>; 2],
    ) -> [Row<T>; K] {
        let mut sums = slots.map(|(_, unary)| {
            let (factor, offset) = self.affine[unary];
            x.map(|x| factor * x + offset)
        });
        for index in set_bits(self.curved(slots)) {
            let values = &mut rows[index];
            Unary::ALL[index].evaluate::<T, false>(x, values, &mut slopes[0]);
            for (&(slot, _), sum) in slots.iter().zip(&mut sums) {
                if self.choices.bits(slot) >> index & 1 == 1 {
                    add_scaled(sum, self.packed.weight(slot, index), values);
                }
            }
        }
        sums
    }

    /// The mixed output of a binary slot.
    #[inline(always)]
    fn binary(
        &self,
        binary: usize,
        slot: Slot,
        a: &Row<T>,
        b: &Row<T>,
        rows: &mut [Row<T>],
        [to_a, to_b]: &mut [Row<T>; 2],
    ) -> Row<T> {
        let (left, right) = self.linear[binary];
        let mut sum: Row<T> = std::array::from_fn(|i| left * a[i] + right * b[i]);
        for index in set_bits(self.choices.bits(slot) & CURVED_BINARY) {
            let values = &mut rows[index];
            Binary::ALL[index].evaluate::<T, false>(a, b, values, to_a, to_b);
            add_scaled(&mut sum, self.packed.weight(slot, index), values);
        }
        sum
    }

    /// Writes `dx = g·∂f/∂x` of a block and, if `WEIGHTS`, adds the dot products to `sums`.
    #[inline(always)]
    pub(super) fn backward<const WEIGHTS: bool>(
        &self,
        x: &Row<T>,
        g: &Row<T>,
        dx: &mut Row<T>,
        scratch: &mut Scratch<T>,
        sums: &mut Sums<T>,
    ) {
        let Scratch {
            of_input,
            of_inner,
            of_pairs: [inner_pairs, outer_pairs],
            slopes,
        } = scratch;
        let ([s0, s1, s3], [t0, t1, t3]) = self.unary_with_slopes(OF_INPUT, x, of_input, slopes);
        let (p, [p0, p1]) = self.binary_with_slopes(0, Slot::B0, &s0, &s1, inner_pairs, slopes);
        let ([q], [tp]) = self.unary_with_slopes(OF_INNER, &p, of_inner, slopes);
        let (_, [y2, y3]) = self.binary_with_slopes(1, Slot::B1, &q, &s3, outer_pairs, slopes);

        let g2 = product(g, &y2);
        let g3 = product(g, &y3);
        let gp = product(&g2, &tp);
        let g0 = product(&gp, &p0);
        let g1 = product(&gp, &p1);
        *dx = std::array::from_fn(|i| g0[i] * t0[i] + g1[i] * t1[i] + g3[i] * t3[i]);
        if WEIGHTS {
            self.unary_sums(OF_INPUT, [&g0, &g1, &g3], x, of_input, sums);
            self.unary_sums(OF_INNER, [&g2], &p, of_inner, sums);
            self.binary_sums(0, Slot::B0, &gp, [&s0, &s1], inner_pairs, sums);
            self.binary_sums(1, Slot::B1, g, [&q, &s3], outer_pairs, sums);
        }
    }

    /// The mixed outputs of the slots that share the input `x`, their slopes, and in `rows` the values of each operation.
    #[inline(always)]
    fn unary_with_slopes<const K: usize>(
        &self,
        slots: [(Slot, usize); K],
        x: &Row<T>,
        rows: &mut [Row<T>],
        [slopes, _]: &mut [Row<T>; 2],
    ) -> ([Row<T>; K], [Row<T>; K]) {
        let mut sums = slots.map(|(_, unary)| {
            let (factor, offset) = self.affine[unary];
            x.map(|x| factor * x + offset)
        });
        let mut tangents = slots.map(|(_, unary)| [self.affine[unary].0; BLOCK]);
        for index in set_bits(self.curved(slots)) {
            let values = &mut rows[index];
            Unary::ALL[index].evaluate::<T, true>(x, values, slopes);
            for (k, &(slot, _)) in slots.iter().enumerate() {
                if self.choices.bits(slot) >> index & 1 == 1 {
                    let weight = self.packed.weight(slot, index);
                    add_scaled(&mut sums[k], weight, values);
                    add_scaled(&mut tangents[k], weight, slopes);
                }
            }
        }
        (sums, tangents)
    }

    /// The mixed output of a binary slot, both slopes, and in `rows` the values of each operation.
    #[inline(always)]
    fn binary_with_slopes(
        &self,
        binary: usize,
        slot: Slot,
        a: &Row<T>,
        b: &Row<T>,
        rows: &mut [Row<T>],
        [to_a, to_b]: &mut [Row<T>; 2],
    ) -> (Row<T>, [Row<T>; 2]) {
        let (left, right) = self.linear[binary];
        let mut sum: Row<T> = std::array::from_fn(|i| left * a[i] + right * b[i]);
        let mut tangents = [[left; BLOCK], [right; BLOCK]];
        for index in set_bits(self.choices.bits(slot) & CURVED_BINARY) {
            let values = &mut rows[index];
            Binary::ALL[index].evaluate::<T, true>(a, b, values, to_a, to_b);
            let weight = self.packed.weight(slot, index);
            add_scaled(&mut sum, weight, values);
            add_scaled(&mut tangents[0], weight, to_a);
            add_scaled(&mut tangents[1], weight, to_b);
        }
        (sum, tangents)
    }

    #[inline(always)]
    fn unary_sums<const K: usize>(
        &self,
        slots: [(Slot, usize); K],
        grads: [&Row<T>; K],
        x: &Row<T>,
        rows: &[Row<T>],
        sums: &mut Sums<T>,
    ) {
        for (&(slot, unary), g) in slots.iter().zip(grads) {
            add_total(&mut sums.affine[unary][0], g);
            add_dot(&mut sums.affine[unary][1], g, x);
            for index in set_bits(self.choices.bits(slot) & CURVED_UNARY) {
                add_dot(&mut sums.weights[slot.offset() + index], g, &rows[index]);
            }
        }
    }

    #[inline(always)]
    fn binary_sums(
        &self,
        binary: usize,
        slot: Slot,
        g: &Row<T>,
        [a, b]: [&Row<T>; 2],
        rows: &[Row<T>],
        sums: &mut Sums<T>,
    ) {
        add_dot(&mut sums.linear[binary][0], g, a);
        add_dot(&mut sums.linear[binary][1], g, b);
        for index in set_bits(self.choices.bits(slot) & CURVED_BINARY) {
            add_dot(&mut sums.weights[slot.offset() + index], g, &rows[index]);
        }
    }
}

/// The values of each operation, which wait for the gradients of their slots.
pub(super) struct Scratch<T> {
    of_input: [Row<T>; Unary::ALL.len()],
    of_inner: [Row<T>; Unary::ALL.len()],
    of_pairs: [[Row<T>; Binary::ALL.len()]; 2],
    slopes: [Row<T>; 2],
}

impl<T: Real> Scratch<T> {
    #[inline(always)]
    pub(super) fn new() -> Self {
        let row = [T::of(0.0); BLOCK];
        Self {
            of_input: [row; Unary::ALL.len()],
            of_inner: [row; Unary::ALL.len()],
            of_pairs: [[row; Binary::ALL.len()]; 2],
            slopes: [row; 2],
        }
    }
}

/// The sums over elements that all parameter gradients follow from, each still spread over lanes: element `i` of a block goes to
/// lane `i`.
pub(super) struct Sums<T> {
    /// `Σ g·op` of each curved operation.
    pub(super) weights: [Row<T>; Slot::OPERATIONS],
    /// `Σ g`, `Σ g·x` of each unary slot.
    pub(super) affine: [[Row<T>; 2]; 4],
    /// `Σ g·a`, `Σ g·b` of each binary slot.
    pub(super) linear: [[Row<T>; 2]; 2],
}

impl<T: Real> Sums<T> {
    #[inline(always)]
    pub(super) fn new() -> Self {
        let lanes = [T::of(0.0); BLOCK];
        Self {
            weights: [lanes; Slot::OPERATIONS],
            affine: [[lanes; 2]; 4],
            linear: [[lanes; 2]; 2],
        }
    }
}

/// The lanes' total in f64: eight partial sums, which do not wait for each other, then these from first to last.
#[inline(always)]
pub(super) fn total<T: Real>(lanes: &Row<T>) -> f64 {
    let mut parts = [0.0; 8];
    for lanes in lanes.chunks_exact(8) {
        for (part, lane) in parts.iter_mut().zip(lanes) {
            *part += lane.to_f64();
        }
    }
    parts.iter().sum()
}

#[inline(always)]
fn add_scaled<T: Real>(sum: &mut Row<T>, weight: T, row: &Row<T>) {
    for (sum, &value) in sum.iter_mut().zip(row) {
        *sum = *sum + weight * value;
    }
}

#[inline(always)]
fn product<T: Real>(a: &Row<T>, b: &Row<T>) -> Row<T> {
    std::array::from_fn(|i| a[i] * b[i])
}

/// Adds the product of each pair of elements to its lane.
#[inline(always)]
fn add_dot<T: Real>(lanes: &mut Row<T>, a: &Row<T>, b: &Row<T>) {
    for i in 0..BLOCK {
        lanes[i] = lanes[i] + a[i] * b[i];
    }
}

/// Adds each element to its lane.
#[inline(always)]
fn add_total<T: Real>(lanes: &mut Row<T>, row: &Row<T>) {
    for (lane, &value) in lanes.iter_mut().zip(row) {
        *lane = *lane + value;
    }
}

/// The rows of the unary table that are not affine.
const CURVED_UNARY: u32 = {
    let (mut set, mut i) = (0, 0);
    while i < Unary::ALL.len() {
        if Unary::ALL[i].affine().is_none() {
            set |= 1 << i;
        }
        i += 1;
    }
    set
};

/// The rows of the binary table that are not linear.
const CURVED_BINARY: u32 = {
    let (mut set, mut i) = (0, 0);
    while i < Binary::ALL.len() {
        if Binary::ALL[i].linear().is_none() {
            set |= 1 << i;
        }
        i += 1;
    }
    set
};
