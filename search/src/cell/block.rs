//! The mixed cell on one block of elements, with every intermediate row in the first-level cache.
//!
//! With `s_k = Σ w_{k,i} u_i(x)` (k = u0, u1, u3), `p = b0(s₀, s₁)`, `q = u2(p)`: `y = b1(q, s₃)`. Slots that share an input
//! share the evaluation of its operations. The affine and the linear operations of a slot are one function (see
//! [`super::packed`]); each of the others is a row of values and a row of slopes. The gradient of a weight is the dot product
//! of its row with the gradient of its slot's output.
//!
//! Sums over operations and over elements run in registers: writing rows back would cost more than the arithmetic.

use actsmith_codegen::RowScratch;
use actsmith_codegen::runtime::{Float, SimdLevel};

use super::packed::{Line, Packed, affine_sum, linear_sum};
use super::sums::{Sums, add_dots, add_moments, add_products};
use crate::space::{BLOCK, Choices, Elements, Family, Shared, Slot, Space, Unary, set_bits};

/// Unary slots whose input is `x`, with their number among the unary slots.
const OF_INPUT: [(Slot, usize); 3] = [(Slot::U0, 0), (Slot::U1, 1), (Slot::U3, 3)];
/// The unary slot whose input is the inner combination.
const OF_INNER: [(Slot, usize); 1] = [(Slot::U2, 2)];

/// Elements that a sum over operations holds in registers.
const STRIP: usize = 64;

/// What is constant over an evaluation of the cell.
pub(super) struct Mixture<'a, T> {
    space: &'a Space,
    level: SimdLevel,
    /// The curved operations of each slot that are still in, and the weight of each operation.
    curved: [u64; Slot::ALL.len()],
    weights: [Weights<T>; Slot::ALL.len()],
    /// The affine operations of `u0` to `u3`.
    lines: [Line<T>; 4],
    /// `(left, right)` of `b0`, `b1`.
    linear: [(T, T); 2],
}

impl<'a, T: Float> Mixture<'a, T> {
    pub(super) fn new(choices: &'a Choices, packed: Packed<'a, T>) -> Self {
        let line = |slot, unary| affine_sum(packed, choices, slot, unary);
        let linear = |slot, binary| linear_sum(packed, choices, slot, binary);
        let space = choices.space();
        let curved = |slot| {
            let curved = choices.indices(slot);
            let curved = curved.filter(|&index| space.operation(slot, index).is_curved());
            curved.fold(0, |set, index| set | 1 << index)
        };
        let weights = |slot| {
            let mut weights = [T::of(0.0); MOST];
            for index in choices.indices(slot) {
                weights[index] = packed.weight(slot, index);
            }
            weights
        };
        Self {
            space,
            level: SimdLevel::best(),
            curved: Slot::ALL.map(curved),
            weights: Slot::ALL.map(weights),
            lines: [
                line(Slot::U0, 0),
                line(Slot::U1, 1),
                line(Slot::U2, 2),
                line(Slot::U3, 3),
            ],
            linear: [linear(Slot::B0, 0), linear(Slot::B1, 1)],
        }
    }

    /// `y` of a block.
    #[inline(always)]
    pub(super) fn forward<'s>(
        &self,
        x: &Elements<T>,
        scratch: &'s mut Scratch<T>,
    ) -> &'s Elements<T> {
        self.evaluate::<false>(x, scratch);
        &scratch.binary[1].value
    }

    /// `y` and `∂f/∂x` of a block.
    #[inline(always)]
    pub(super) fn forward_and_slope<'s>(
        &self,
        x: &Elements<T>,
        scratch: &'s mut Scratch<T>,
    ) -> [&'s Elements<T>; 2] {
        self.evaluate::<true>(x, scratch);
        let Scratch {
            unary: [u0, u1, u2, u3],
            binary: [b0, b1],
            grads: [.., slope],
            ..
        } = scratch;
        for i in 0..BLOCK {
            let inner = b0.slopes[0][i] * u0.slopes[0][i] + b0.slopes[1][i] * u1.slopes[0][i];
            slope[i] =
                b1.slopes[0][i] * u2.slopes[0][i] * inner + b1.slopes[1][i] * u3.slopes[0][i];
        }
        [&b1.value, slope]
    }

    /// `dx = g·∂f/∂x` of a block; adds the dot products to `sums`.
    #[inline(always)]
    pub(super) fn backward<'s>(
        &self,
        x: &Elements<T>,
        g: &Elements<T>,
        scratch: &'s mut Scratch<T>,
        sums: &mut Sums<T>,
    ) -> &'s Elements<T> {
        self.evaluate::<true>(x, scratch);
        let Scratch {
            of_input,
            of_inner,
            of_pairs,
            unary: [u0, u1, u2, u3],
            binary: [b0, b1],
            grads: [g0, g1, g2, g3, gp, dx],
            ..
        } = scratch;
        for i in 0..BLOCK {
            g2[i] = g[i] * b1.slopes[0][i];
            g3[i] = g[i] * b1.slopes[1][i];
            gp[i] = g2[i] * u2.slopes[0][i];
            g0[i] = gp[i] * b0.slopes[0][i];
            g1[i] = gp[i] * b0.slopes[1][i];
            dx[i] = g0[i] * u0.slopes[0][i] + g1[i] * u1.slopes[0][i] + g3[i] * u3.slopes[0][i];
        }
        self.unary_sums(OF_INPUT, [g0, g1, g3], x, of_input, sums);
        self.unary_sums(OF_INNER, [g2], &b0.value, of_inner, sums);
        let [inner, outer] = of_pairs;
        self.binary_sums(0, Slot::B0, gp, [&u0.value, &u1.value], inner, sums);
        self.binary_sums(1, Slot::B1, g, [&u2.value, &u3.value], outer, sums);
        dx
    }

    /// Every slot's output in `scratch`, with its slopes if `SLOPES`.
    #[inline(always)]
    fn evaluate<const SLOPES: bool>(&self, x: &Elements<T>, scratch: &mut Scratch<T>) {
        let Scratch {
            of_input,
            of_inner,
            of_pairs: [inner, outer],
            slopes,
            shared,
            custom: [of_unary, of_binary],
            unary: [u0, u1, u2, u3],
            binary: [b0, b1],
            ..
        } = scratch;
        let mixed = [&mut *u0, &mut *u1, &mut *u3];
        self.unary::<_, SLOPES>(OF_INPUT, mixed, x, of_input, slopes, shared, of_unary);
        let pair = [&u0.value, &u1.value];
        self.binary::<SLOPES>(0, Slot::B0, b0, pair, inner, slopes, of_binary);
        let mixed = [&mut *u2];
        self.unary::<_, SLOPES>(
            OF_INNER, mixed, &b0.value, of_inner, slopes, shared, of_unary,
        );
        let pair = [&u2.value, &u3.value];
        self.binary::<SLOPES>(1, Slot::B1, b1, pair, outer, slopes, of_binary);
    }

    /// The mixed outputs of the slots that share the input `x`, and in `values` those of each operation.
    #[inline(always)]
    #[expect(clippy::too_many_arguments, reason = "each is a part of the scratch")]
    fn unary<const K: usize, const SLOPES: bool>(
        &self,
        slots: [(Slot, usize); K],
        mixed: [&mut Mixed<T, 1>; K],
        x: &Elements<T>,
        values: &mut [Elements<T>],
        [slopes, _]: &mut [Slopes<T>; 2],
        shared: &mut Shared<T>,
        custom: &mut [Option<RowScratch<T>>],
    ) {
        let mut union = 0;
        for (slot, _) in slots {
            union |= self.curved[slot as usize];
        }
        for (family, members) in FAMILIES {
            if union & members != 0 {
                shared.set(self.level, family, x);
            }
        }
        for index in set_bits(union) {
            let operation = self.space.operation(slots[0].0, index);
            let (values, slopes) = (&mut values[index], &mut slopes[index]);
            let scratch = &mut custom[index];
            operation.evaluate_unary::<T, SLOPES>(self.level, x, shared, scratch, values, slopes);
        }
        // A loop, for a closure might not be inlined into the function with the instruction set.
        for (
            Mixed {
                value,
                slopes: [slope],
            },
            (slot, unary),
        ) in mixed.into_iter().zip(slots)
        {
            let Line {
                factors: [left, middle, right],
                offset,
            } = self.lines[unary];
            for i in 0..BLOCK {
                let factor = T::select(x[i] < T::of(0.0), left, middle);
                let factor = T::select(x[i] > T::of(0.0), right, factor);
                value[i] = factor * x[i] + offset;
                if SLOPES {
                    slope[i] = factor;
                }
            }
            let (curved, weights) = (self.curved[slot as usize], &self.weights[slot as usize]);
            add_weighted(value, weights, curved, values);
            if SLOPES {
                add_weighted(slope, weights, curved, slopes);
            }
        }
    }

    /// The mixed output of a binary slot, and in `values` those of each operation.
    #[inline(always)]
    #[expect(clippy::too_many_arguments, reason = "each is a part of the scratch")]
    fn binary<const SLOPES: bool>(
        &self,
        binary: usize,
        slot: Slot,
        Mixed {
            value,
            slopes: [to_a, to_b],
        }: &mut Mixed<T, 2>,
        [a, b]: [&Elements<T>; 2],
        values: &mut [Elements<T>],
        [each_to_a, each_to_b]: &mut [Slopes<T>; 2],
        custom: &mut [Option<RowScratch<T>>],
    ) {
        let (curved, weights) = (self.curved[slot as usize], &self.weights[slot as usize]);
        for index in set_bits(curved) {
            let slopes = [&mut each_to_a[index], &mut each_to_b[index]];
            let (values, scratch) = (&mut values[index], &mut custom[index]);
            let operation = self.space.operation(slot, index);
            operation.evaluate_binary::<T, SLOPES>(self.level, [a, b], scratch, values, slopes);
        }
        let (left, right) = self.linear[binary];
        for i in 0..BLOCK {
            value[i] = left * a[i] + right * b[i];
        }
        add_weighted(value, weights, curved, values);
        if SLOPES {
            to_a.fill(left);
            to_b.fill(right);
            add_weighted(to_a, weights, curved, each_to_a);
            add_weighted(to_b, weights, curved, each_to_b);
        }
    }

    #[inline(always)]
    fn unary_sums<const K: usize>(
        &self,
        slots: [(Slot, usize); K],
        grads: [&mut Elements<T>; K],
        x: &Elements<T>,
        rows: &[Elements<T>],
        sums: &mut Sums<T>,
    ) {
        for ((slot, unary), g) in slots.into_iter().zip(grads) {
            add_moments(&mut sums.affine[unary], g, x);
            let curved = self.curved[slot as usize];
            add_dots(&mut sums.weights[slot as usize], g, curved, rows);
        }
    }

    #[inline(always)]
    fn binary_sums(
        &self,
        binary: usize,
        slot: Slot,
        g: &Elements<T>,
        [a, b]: [&Elements<T>; 2],
        rows: &[Elements<T>],
        sums: &mut Sums<T>,
    ) {
        add_products(&mut sums.linear[binary], g, [a, b]);
        let curved = self.curved[slot as usize];
        add_dots(&mut sums.weights[slot as usize], g, curved, rows);
    }
}

/// The output of a slot with `A` arguments, and its slopes in them.
#[derive(Clone, Copy)]
pub(super) struct Mixed<T, const A: usize> {
    pub(super) value: Elements<T>,
    pub(super) slopes: [Elements<T>; A],
}

/// The slopes of each operation in one argument, until its slot has added them up.
type Slopes<T> = Vec<Elements<T>>;

/// Operations that a slot can name at most: sets of them are 64 bits wide.
const MOST: usize = 64;

/// The weight of each operation of a slot; 0 for those that are out.
type Weights<T> = [T; MOST];

/// All rows of a block.
pub(super) struct Scratch<T> {
    /// The values of each operation, which wait for the gradients of their slots.
    of_input: Vec<Elements<T>>,
    of_inner: Vec<Elements<T>>,
    of_pairs: [Vec<Elements<T>>; 2],
    slopes: [Slopes<T>; 2],
    shared: Shared<T>,
    unary: [Mixed<T, 1>; 4],
    binary: [Mixed<T, 2>; 2],
    /// The gradients of the unary slots' outputs, of `p`, and of `x`.
    grads: [Elements<T>; 6],
    /// What custom operations are computed in, of one argument and of two.
    custom: [Vec<Option<RowScratch<T>>>; 2],
}

impl<T: Float> Scratch<T> {
    pub(super) fn new(space: &Space) -> Self {
        let row = Elements([T::of(0.0); BLOCK]);
        let [unary, binary] = [Slot::U0, Slot::B0].map(|slot| space.operations(slot));
        let rows = |count: usize| vec![row; count];
        Self {
            of_input: rows(unary),
            of_inner: rows(unary),
            of_pairs: [rows(binary), rows(binary)],
            slopes: [rows(unary.max(binary)), rows(unary.max(binary))],
            custom: [unary, binary].map(|count| (0..count).map(|_| None).collect()),
            shared: Shared::default(),
            unary: [Mixed {
                value: row,
                slopes: [row; 1],
            }; 4],
            binary: [Mixed {
                value: row,
                slopes: [row; 2],
            }; 2],
            grads: [row; 6],
        }
    }
}

/// Adds the rows of these operations of a slot, each times its weight.
#[inline(always)]
fn add_weighted<T: Float>(
    sum: &mut Elements<T>,
    weights: &Weights<T>,
    operations: u64,
    rows: &[Elements<T>],
) {
    for (strip, sum) in sum.as_chunks_mut::<STRIP>().0.iter_mut().enumerate() {
        let mut registers = *sum;
        let mut rest = operations;
        while rest != 0 {
            let index = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            let (weight, row) = (weights[index], &rows[index]);
            let row = &row.as_chunks::<STRIP>().0[strip];
            for i in 0..STRIP {
                registers[i] = registers[i] + weight * row[i];
            }
        }
        *sum = registers;
    }
}

/// The families, with the rows of the unary table that belong to them.
const FAMILIES: [(Family, u64); 3] = [
    (Family::Logistic, members(Family::Logistic)),
    (Family::Normal, members(Family::Normal)),
    (Family::Root, members(Family::Root)),
];

const fn members(family: Family) -> u64 {
    let (mut set, mut i) = (0, 0);
    while i < Unary::ALL.len() {
        let member = match Unary::ALL[i].family() {
            Some(of) => of as u64 == family as u64,
            None => false,
        };
        set |= (member as u64) << i;
        i += 1;
    }
    set
}
