//! The mixed cell on one block of elements, with every intermediate row in the first-level cache.
//!
//! With `s_k = Σ w_{k,i} u_i(x)` (k = u0, u1, u3), `p = b0(s₀, s₁)`, `q = u2(p)`: `y = b1(q, s₃)`. Slots that share an input
//! share the evaluation of its operations. The affine and the linear operations of a slot are one affine function (see
//! [`super::packed`]); each of the others is a row of values and a row of slopes. The gradient of a weight is the dot product
//! of its row with the gradient of its slot's output.
//!
//! Sums over operations and over elements run in registers, [`STRIP`] elements at a time: writing rows back would cost more
//! than the arithmetic.

use actsmith_codegen::runtime::{Float, SimdLevel};

use super::packed::{Packed, affine_sum, linear_sum};
use crate::space::{BLOCK, Binary, Choices, Logistic, Row, Slot, Unary, set_bits};

/// Unary slots whose input is `x`, with their number among the unary slots.
const OF_INPUT: [(Slot, usize); 3] = [(Slot::U0, 0), (Slot::U1, 1), (Slot::U3, 3)];
/// The unary slot whose input is the inner combination.
const OF_INNER: [(Slot, usize); 1] = [(Slot::U2, 2)];

/// Elements that a sum over operations holds in registers, and the lanes of a sum over elements: element `i` of a block goes to
/// lane `i % STRIP`.
const STRIP: usize = 32;

/// What is constant over an evaluation of the cell.
#[derive(Clone, Copy)]
pub(super) struct Mixture<'a, T> {
    pub(super) choices: &'a Choices,
    packed: Packed<'a, T>,
    level: SimdLevel,
    /// `(factor, offset)` of `u0` to `u3`.
    affine: [(T, T); 4],
    /// `(left, right)` of `b0`, `b1`.
    linear: [(T, T); 2],
}

impl<'a, T: Float> Mixture<'a, T> {
    pub(super) fn new(choices: &'a Choices, packed: Packed<'a, T>) -> Self {
        let level = SimdLevel::best();
        let affine = |slot, unary| affine_sum(packed, slot, unary, choices.indices(slot));
        let linear = |slot, binary| linear_sum(packed, slot, binary, choices.indices(slot));
        Self {
            choices,
            packed,
            level,
            affine: [
                affine(Slot::U0, 0),
                affine(Slot::U1, 1),
                affine(Slot::U2, 2),
                affine(Slot::U3, 3),
            ],
            linear: [linear(Slot::B0, 0), linear(Slot::B1, 1)],
        }
    }

    /// The curved operations of a unary slot.
    fn curved_unary(&self, slot: Slot) -> u64 {
        self.choices.bits(slot) & CURVED_UNARY
    }

    /// The curved operations of a binary slot.
    fn curved_binary(&self, slot: Slot) -> u64 {
        self.choices.bits(slot) & CURVED_BINARY
    }

    /// `y` of a block.
    #[inline(always)]
    pub(super) fn forward(&self, x: &Row<T>, scratch: &mut Scratch<T>) -> Row<T> {
        let Scratch {
            of_input,
            of_pairs: [pairs, _],
            slopes,
            shared,
            ..
        } = scratch;
        let [(s0, _), (s1, _), (s3, _)] =
            self.unary::<_, false>(OF_INPUT, x, of_input, slopes, shared);
        let (p, _) = self.binary::<false>(0, Slot::B0, &s0, &s1, pairs, slopes);
        let [(q, _)] = self.unary::<_, false>(OF_INNER, &p, of_input, slopes, shared);
        self.binary::<false>(1, Slot::B1, &q, &s3, pairs, slopes).0
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
            shared,
        } = scratch;
        let [(s0, t0), (s1, t1), (s3, t3)] =
            self.unary::<_, true>(OF_INPUT, x, of_input, slopes, shared);
        let (p, [p0, p1]) = self.binary::<true>(0, Slot::B0, &s0, &s1, inner_pairs, slopes);
        let [(q, tp)] = self.unary::<_, true>(OF_INNER, &p, of_inner, slopes, shared);
        let (_, [y2, y3]) = self.binary::<true>(1, Slot::B1, &q, &s3, outer_pairs, slopes);

        let g2 = product(g, &y2);
        let g3 = product(g, &y3);
        let gp = product(&g2, &tp);
        let g0 = product(&gp, &p0);
        let g1 = product(&gp, &p1);
        for i in 0..BLOCK {
            dx[i] = g0[i] * t0[i] + g1[i] * t1[i] + g3[i] * t3[i];
        }
        if WEIGHTS {
            self.unary_sums(OF_INPUT, [&g0, &g1, &g3], x, of_input, sums);
            self.unary_sums(OF_INNER, [&g2], &p, of_inner, sums);
            self.binary_sums(0, Slot::B0, &gp, [&s0, &s1], inner_pairs, sums);
            self.binary_sums(1, Slot::B1, g, [&q, &s3], outer_pairs, sums);
        }
    }

    /// The mixed outputs of the slots that share the input `x`, with their slopes if `SLOPES`, and in `values` those of each
    /// operation.
    #[inline(always)]
    fn unary<const K: usize, const SLOPES: bool>(
        &self,
        slots: [(Slot, usize); K],
        x: &Row<T>,
        values: &mut [Row<T>],
        [slopes, _]: &mut [Slopes<T>; 2],
        shared: &mut Logistic<T>,
    ) -> [(Row<T>, Row<T>); K] {
        let union = slots
            .iter()
            .fold(0, |set, &(slot, _)| set | self.curved_unary(slot));
        if union & LOGISTIC != 0 {
            shared.set(self.level, x);
        }
        for index in set_bits(union) {
            let (values, slopes) = (&mut values[index], &mut slopes[index]);
            Unary::ALL[index].evaluate::<T, SLOPES>(self.level, x, shared, values, slopes);
        }
        // A loop, for a closure might not be inlined into the function with the instruction set.
        let mut mixed = [(Row([T::of(0.0); BLOCK]), Row([T::of(0.0); BLOCK])); K];
        for ((sum, slope), (slot, unary)) in mixed.iter_mut().zip(slots) {
            let (factor, offset) = self.affine[unary];
            for i in 0..BLOCK {
                sum[i] = factor * x[i] + offset;
                slope[i] = factor;
            }
            let curved = self.curved_unary(slot);
            add_weighted(sum, self.packed, slot, curved, values);
            if SLOPES {
                add_weighted(slope, self.packed, slot, curved, slopes);
            }
        }
        mixed
    }

    /// The mixed output of a binary slot, both slopes if `SLOPES`, and in `values` those of each operation.
    #[inline(always)]
    fn binary<const SLOPES: bool>(
        &self,
        binary: usize,
        slot: Slot,
        a: &Row<T>,
        b: &Row<T>,
        values: &mut [Row<T>],
        [to_a, to_b]: &mut [Slopes<T>; 2],
    ) -> (Row<T>, [Row<T>; 2]) {
        let curved = self.curved_binary(slot);
        for index in set_bits(curved) {
            let slopes = [&mut to_a[index], &mut to_b[index]];
            let values = &mut values[index];
            Binary::ALL[index].evaluate::<T, SLOPES>(self.level, [a, b], values, slopes);
        }
        let (left, right) = self.linear[binary];
        let mut sum = Row([left; BLOCK]);
        for i in 0..BLOCK {
            sum[i] = left * a[i] + right * b[i];
        }
        let mut slopes = [Row([left; BLOCK]), Row([right; BLOCK])];
        add_weighted(&mut sum, self.packed, slot, curved, values);
        if SLOPES {
            add_weighted(&mut slopes[0], self.packed, slot, curved, to_a);
            add_weighted(&mut slopes[1], self.packed, slot, curved, to_b);
        }
        (sum, slopes)
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
            for index in set_bits(self.curved_unary(slot)) {
                add_dot(&mut sums.weights[slot.place(index)], g, &rows[index]);
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
        for index in set_bits(self.curved_binary(slot)) {
            add_dot(&mut sums.weights[slot.place(index)], g, &rows[index]);
        }
    }
}

/// The slopes of each operation in one argument, until its slot has added them up.
type Slopes<T> = [Row<T>; Unary::ALL.len()];

/// The values of each operation, which wait for the gradients of their slots.
pub(super) struct Scratch<T> {
    of_input: [Row<T>; Unary::ALL.len()],
    of_inner: [Row<T>; Unary::ALL.len()],
    of_pairs: [[Row<T>; Binary::ALL.len()]; 2],
    slopes: [Slopes<T>; 2],
    shared: Logistic<T>,
}

impl<T: Float> Scratch<T> {
    #[inline(always)]
    pub(super) fn new() -> Self {
        let row = Row([T::of(0.0); BLOCK]);
        Self {
            of_input: [row; Unary::ALL.len()],
            of_inner: [row; Unary::ALL.len()],
            of_pairs: [[row; Binary::ALL.len()]; 2],
            slopes: [[row; Unary::ALL.len()]; 2],
            shared: Logistic::default(),
        }
    }
}

/// A sum over elements, still spread over lanes.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub(super) struct Lanes<T>([T; STRIP]);

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
    /// `Σ g·op` of each curved operation.
    pub(super) weights: [Lanes<T>; Slot::OPERATIONS],
    /// `Σ g`, `Σ g·x` of each unary slot.
    pub(super) affine: [[Lanes<T>; 2]; 4],
    /// `Σ g·a`, `Σ g·b` of each binary slot.
    pub(super) linear: [[Lanes<T>; 2]; 2],
}

impl<T: Float> Sums<T> {
    #[inline(always)]
    pub(super) fn new() -> Self {
        let lanes = Lanes([T::of(0.0); STRIP]);
        Self {
            weights: [lanes; Slot::OPERATIONS],
            affine: [[lanes; 2]; 4],
            linear: [[lanes; 2]; 2],
        }
    }
}

/// Adds the rows of these operations of a slot, each times its weight.
#[inline(always)]
fn add_weighted<T: Float>(
    sum: &mut Row<T>,
    packed: Packed<T>,
    slot: Slot,
    operations: u64,
    rows: &[Row<T>],
) {
    for (strip, sum) in sum.as_chunks_mut::<STRIP>().0.iter_mut().enumerate() {
        let mut registers = *sum;
        let mut rest = operations;
        while rest != 0 {
            let index = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            let (weight, row) = (packed.weight(slot, index), &rows[index]);
            let row = &row.as_chunks::<STRIP>().0[strip];
            for i in 0..STRIP {
                registers[i] = registers[i] + weight * row[i];
            }
        }
        *sum = registers;
    }
}

#[inline(always)]
fn product<T: Float>(a: &Row<T>, b: &Row<T>) -> Row<T> {
    let mut product = *a;
    for i in 0..BLOCK {
        product[i] = a[i] * b[i];
    }
    product
}

/// Adds the product of each pair of elements to its lane.
#[inline(always)]
fn add_dot<T: Float>(lanes: &mut Lanes<T>, a: &Row<T>, b: &Row<T>) {
    let mut registers = lanes.0;
    for (a, b) in a
        .as_chunks::<STRIP>()
        .0
        .iter()
        .zip(b.as_chunks::<STRIP>().0)
    {
        for i in 0..STRIP {
            registers[i] = registers[i] + a[i] * b[i];
        }
    }
    lanes.0 = registers;
}

/// Adds each element to its lane.
#[inline(always)]
fn add_total<T: Float>(lanes: &mut Lanes<T>, row: &Row<T>) {
    let mut registers = lanes.0;
    for row in row.as_chunks::<STRIP>().0 {
        for i in 0..STRIP {
            registers[i] = registers[i] + row[i];
        }
    }
    lanes.0 = registers;
}

/// The rows of the unary table that are not affine.
const CURVED_UNARY: u64 = {
    let (mut set, mut i) = (0, 0);
    while i < Unary::ALL.len() {
        set |= (Unary::ALL[i].affine().is_none() as u64) << i;
        i += 1;
    }
    set
};

/// The rows of the unary table that are of the exponential family.
const LOGISTIC: u64 = {
    let (mut set, mut i) = (0, 0);
    while i < Unary::ALL.len() {
        set |= (Unary::ALL[i].is_logistic() as u64) << i;
        i += 1;
    }
    set
};

/// The rows of the binary table that are not linear.
const CURVED_BINARY: u64 = {
    let (mut set, mut i) = (0, 0);
    while i < Binary::ALL.len() {
        set |= (Binary::ALL[i].linear().is_none() as u64) << i;
        i += 1;
    }
    set
};
