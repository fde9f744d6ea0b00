//! The numbers of one evaluation of the cell, packed into one vector: a candle operation takes few tensors.
//!
//! Layout: `[weights of the tables' rows | β (add, mul, const of u0, then u1, u2, u3) | m of b0, b1 | weights of
//! custom operations]`, weights in the order of [`Slot::offset`].

use actsmith_codegen::runtime::Real;

use crate::space::{Affine, Choices, LinearPair, Operation, Slot, Space, Unary};

/// Trained constants of a unary slot: β of `add_beta`, `mul_beta` and `beta`.
pub const BETAS_PER_SLOT: usize = 3;
/// β over all unary slots.
pub const BETAS: usize = 4 * BETAS_PER_SLOT;
/// The trained numbers other than weights: the β's, then the two `m`.
pub const CONSTANTS: usize = BETAS + 2;
/// The length of the packed vector of a space without custom operations.
pub const PACKED: usize = Slot::OPERATIONS + CONSTANTS;

/// The length of the packed vector.
pub fn length(space: &Space) -> usize {
    PACKED + space.custom_length()
}

/// The packed vector of the weights at [`Slot::offset`] and the constants.
pub fn pack(weights: &[f64], constants: &[f64]) -> Vec<f64> {
    let (rows, custom) = weights.split_at(Slot::OPERATIONS);
    [rows, constants, custom].concat()
}

/// The parts of a packed vector as [`pack`] takes them.
pub fn unpack(packed: &[f64]) -> (Vec<f64>, &[f64]) {
    let (rows, rest) = packed.split_at(Slot::OPERATIONS);
    let (constants, custom) = rest.split_at(CONSTANTS);
    ([rows, custom].concat(), constants)
}

/// Where the β of a unary operation is among its slot's three; of no meaning for an operation without β.
pub const fn beta_index(op: Unary) -> usize {
    match op {
        Unary::AddBeta => 0,
        Unary::MulBeta => 1,
        _ => 2,
    }
}

/// Where the packed vector has the weight of an operation.
pub(super) fn weight_index(slot: Slot, index: usize) -> usize {
    match slot.offset(index) {
        offset if offset < Slot::OPERATIONS => offset,
        // The constants stand between the weights of the tables' rows and those of custom operations.
        offset => offset + CONSTANTS,
    }
}

/// A view of the packed numbers.
#[derive(Clone, Copy)]
pub(super) struct Packed<'a, T>(&'a [T]);

impl<'a, T: Real> Packed<'a, T> {
    /// The view of a packed vector, if it is one.
    pub(super) fn of(numbers: &'a [T]) -> Option<Self> {
        (numbers.len() >= PACKED).then_some(Self(numbers))
    }

    /// All numbers in f64.
    pub(super) fn to_f64(self) -> Vec<f64> {
        self.0.iter().map(|number| number.to_f64()).collect()
    }

    /// The weight of an operation.
    pub(super) fn weight(&self, slot: Slot, index: usize) -> T {
        self.0[weight_index(slot, index)]
    }

    /// β of `op` in unary slot `unary`.
    pub(super) fn beta(&self, unary: usize, op: Unary) -> T {
        self.0[Slot::OPERATIONS + BETAS_PER_SLOT * unary + beta_index(op)]
    }

    /// `σ(m)` of binary slot `binary`.
    pub(super) fn share(&self, binary: usize) -> T {
        self.0[Slot::OPERATIONS + BETAS + binary].sigmoid()
    }
}

/// The affine operations of a unary slot together: `factor·x + offset`, the factor one of three numbers.
#[derive(Clone, Copy)]
pub(super) struct Line<T> {
    /// The factor left of 0, at 0 and right of it.
    pub(super) factors: [T; 3],
    pub(super) offset: T,
}

/// The affine operations of a slot that are still in.
fn affine(choices: &Choices, slot: Slot) -> impl Iterator<Item = (usize, Unary, Affine)> {
    choices
        .indices(slot)
        .filter_map(move |index| match choices.space().operation(slot, index) {
            Operation::Unary(op) => op.affine().map(|row| (index, op, row)),
            Operation::Binary(_) | Operation::Custom(_) => None,
        })
}

/// The linear operations of a slot that are still in.
fn linear(choices: &Choices, slot: Slot) -> impl Iterator<Item = (usize, LinearPair)> {
    choices
        .indices(slot)
        .filter_map(move |index| match choices.space().operation(slot, index) {
            Operation::Binary(op) => op.linear().map(|row| (index, row)),
            Operation::Unary(_) | Operation::Custom(_) => None,
        })
}

/// `Σ w·op(x)` over the affine operations of a unary slot.
pub(super) fn affine_sum<T: Real>(
    packed: Packed<T>,
    choices: &Choices,
    slot: Slot,
    unary: usize,
) -> Line<T> {
    let mut line = Line {
        factors: [T::of(0.0); 3],
        offset: T::of(0.0),
    };
    for (index, op, row) in affine(choices, slot) {
        let (w, beta) = (packed.weight(slot, index), packed.beta(unary, op));
        for (factor, slope) in line.factors.iter_mut().zip(row.slopes) {
            *factor = *factor + w * (T::of(slope) + T::of(row.slope_beta) * beta);
        }
        line.offset = line.offset + w * (T::of(row.offset_beta) * beta);
    }
    line
}

/// The linear operations of a binary slot together: `(left, right)` with `Σ w·op(a, b) = left·a + right·b`.
pub(super) fn linear_sum<T: Real>(
    packed: Packed<T>,
    choices: &Choices,
    slot: Slot,
    binary: usize,
) -> (T, T) {
    let share = packed.share(binary);
    let none = (T::of(0.0), T::of(0.0));
    linear(choices, slot).fold(none, |(left, right), (index, row)| {
        let w = packed.weight(slot, index);
        let (a, b) = (
            T::of(row.left) + T::of(row.left_mix) * share,
            T::of(row.right) + T::of(row.right_mix) * share,
        );
        (left + w * a, right + w * b)
    })
}

/// Adds the gradients of the slot's affine operations, from `Σ g`, `Σ g·min(x, 0)` and `Σ g·max(x, 0)` alone.
pub(super) fn affine_gradient(
    packed: &[f64],
    choices: &Choices,
    slot: Slot,
    unary: usize,
    [sum, left, right]: [f64; 3],
    grad: &mut [f64],
) {
    for (index, op, row) in affine(choices, slot) {
        let at = Slot::OPERATIONS + BETAS_PER_SLOT * unary + beta_index(op);
        let (w, beta) = (packed[weight_index(slot, index)], packed[at]);
        let moment = left + right;
        let fixed = row.slopes[0] * left + row.slopes[2] * right;
        grad[weight_index(slot, index)] +=
            fixed + row.slope_beta * beta * moment + row.offset_beta * beta * sum;
        grad[at] += w * (row.slope_beta * moment + row.offset_beta * sum);
    }
}

/// Adds the gradients of the slot's linear operations, from `Σ g·a` and `Σ g·b` alone.
pub(super) fn linear_gradient(
    packed: &[f64],
    choices: &Choices,
    slot: Slot,
    binary: usize,
    [left, right]: [f64; 2],
    grad: &mut [f64],
) {
    let at = Slot::OPERATIONS + BETAS + binary;
    let share = packed[at].sigmoid();
    for (index, row) in linear(choices, slot) {
        let w = packed[weight_index(slot, index)];
        grad[weight_index(slot, index)] +=
            (row.left + row.left_mix * share) * left + (row.right + row.right_mix * share) * right;
        grad[at] += w * share * (1.0 - share) * (row.left_mix * left + row.right_mix * right);
    }
}
