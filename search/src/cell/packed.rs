//! The numbers of one evaluation of the cell, packed into one vector: a candle operation takes few tensors.
//!
//! Layout: `[weights of the tables' rows | β (add, mul, const of u0, then u1, u2, u3) | m of b0, b1 | weights of one's own
//! operations]`, weights in the order of [`Slot::place`].

use actsmith_codegen::runtime::Real;

use crate::space::{Binary, Slot, Space, Unary};

/// Trained constants of a unary slot: β of `add_beta`, `mul_beta` and `beta`.
pub const BETAS_PER_SLOT: usize = 3;
/// β over all unary slots.
pub const BETAS: usize = 4 * BETAS_PER_SLOT;
/// The trained numbers that are no weights: the β's, then the two `m`.
pub const CONSTANTS: usize = BETAS + 2;
/// The length of the packed vector of a space without operations of one's own.
pub const PACKED: usize = Slot::OPERATIONS + CONSTANTS;

/// The length of the packed vector.
pub fn length(space: &Space) -> usize {
    PACKED + space.own_places()
}

/// The packed vector of the weights at [`Slot::place`] and the constants.
pub fn pack(weights: &[f64], constants: &[f64]) -> Vec<f64> {
    let (rows, own) = weights.split_at(Slot::OPERATIONS);
    [rows, constants, own].concat()
}

/// The parts of a packed vector as [`pack`] takes them.
pub fn unpack(packed: &[f64]) -> (Vec<f64>, &[f64]) {
    let (rows, rest) = packed.split_at(Slot::OPERATIONS);
    let (constants, own) = rest.split_at(CONSTANTS);
    ([rows, own].concat(), constants)
}

/// Where the β of a unary operation is among its slot's three; of no meaning for an operation without β.
pub const fn beta_index(op: Unary) -> usize {
    match op {
        Unary::AddBeta => 0,
        Unary::MulBeta => 1,
        _ => 2,
    }
}

/// A view of the packed numbers.
#[derive(Clone, Copy)]
pub(super) struct Packed<'a, T> {
    rows: &'a [T; PACKED],
    own: &'a [T],
}

impl<'a, T: Real> Packed<'a, T> {
    /// The view of a packed vector, if it is one.
    pub(super) fn of(numbers: &'a [T]) -> Option<Self> {
        let (rows, own) = numbers.split_first_chunk()?;
        Some(Self { rows, own })
    }

    /// All numbers in f64.
    pub(super) fn to_f64(self) -> Vec<f64> {
        let numbers = self.rows.iter().chain(self.own);
        numbers.map(|number| number.to_f64()).collect()
    }

    /// The weight of row `index` of the slot's table.
    #[inline(always)]
    pub(super) fn weight(&self, slot: Slot, index: usize) -> T {
        self.rows[slot.range().start + index]
    }

    /// The weight of operation `index` of one's own.
    pub(super) fn own_weight(&self, slot: Slot, index: usize) -> T {
        self.own[slot.place(slot.rows() + index) - Slot::OPERATIONS]
    }

    /// β of `op` in unary slot `unary`.
    #[inline(always)]
    pub(super) fn beta(&self, unary: usize, op: Unary) -> T {
        self.rows[Slot::OPERATIONS + BETAS_PER_SLOT * unary + beta_index(op)]
    }

    /// `σ(m)` of binary slot `binary`.
    #[inline(always)]
    pub(super) fn share(&self, binary: usize) -> T {
        self.rows[Slot::OPERATIONS + BETAS + binary].sigmoid()
    }
}

/// The affine operations of a unary slot together: `factor·x + offset`, the factor one of three numbers.
#[derive(Clone, Copy)]
pub(super) struct Line<T> {
    /// The factor left of 0, at 0 and right of it.
    pub(super) factors: [T; 3],
    pub(super) offset: T,
}

/// `Σ w·op(x)` over the affine operations of a unary slot.
pub(super) fn affine_sum<T: Real>(
    packed: Packed<T>,
    slot: Slot,
    unary: usize,
    indices: impl Iterator<Item = usize>,
) -> Line<T> {
    let mut line = Line {
        factors: [T::of(0.0); 3],
        offset: T::of(0.0),
    };
    for index in indices {
        let op = Unary::ALL[index];
        if let Some(row) = op.affine() {
            let (w, beta) = (packed.weight(slot, index), packed.beta(unary, op));
            for (factor, slope) in line.factors.iter_mut().zip(row.slopes) {
                *factor = *factor + w * (T::of(slope) + T::of(row.slope_beta) * beta);
            }
            line.offset = line.offset + w * (T::of(row.offset_beta) * beta);
        }
    }
    line
}

/// The linear operations of a binary slot together: `(left, right)` with `Σ w·op(a, b) = left·a + right·b`.
pub(super) fn linear_sum<T: Real>(
    packed: Packed<T>,
    slot: Slot,
    binary: usize,
    indices: impl Iterator<Item = usize>,
) -> (T, T) {
    let share = packed.share(binary);
    indices.fold((T::of(0.0), T::of(0.0)), |(left, right), index| {
        Binary::ALL[index].linear().map_or((left, right), |row| {
            let w = packed.weight(slot, index);
            let (a, b) = (
                T::of(row.left) + T::of(row.left_mix) * share,
                T::of(row.right) + T::of(row.right_mix) * share,
            );
            (left + w * a, right + w * b)
        })
    })
}

/// Adds the gradients of the slot's affine operations among `indices`, which are rows of its table, from `Σ g`, `Σ g·min(x, 0)`
/// and `Σ g·max(x, 0)` alone.
pub(super) fn affine_gradient(
    packed: &[f64],
    slot: Slot,
    unary: usize,
    indices: impl Iterator<Item = usize>,
    [sum, left, right]: [f64; 3],
    grad: &mut [f64],
) {
    for index in indices {
        let op = Unary::ALL[index];
        if let Some(row) = op.affine() {
            let at = Slot::OPERATIONS + BETAS_PER_SLOT * unary + beta_index(op);
            let (w, beta) = (packed[slot.place(index)], packed[at]);
            let moment = left + right;
            let fixed = row.slopes[0] * left + row.slopes[2] * right;
            grad[slot.place(index)] +=
                fixed + row.slope_beta * beta * moment + row.offset_beta * beta * sum;
            grad[at] += w * (row.slope_beta * moment + row.offset_beta * sum);
        }
    }
}

/// Adds the gradients of the slot's linear operations, from `Σ g·a` and `Σ g·b` alone.
pub(super) fn linear_gradient(
    packed: &[f64],
    slot: Slot,
    binary: usize,
    indices: impl Iterator<Item = usize>,
    [left, right]: [f64; 2],
    grad: &mut [f64],
) {
    let at = Slot::OPERATIONS + BETAS + binary;
    let share = packed[at].sigmoid();
    for index in indices {
        if let Some(row) = Binary::ALL[index].linear() {
            let w = packed[slot.place(index)];
            grad[slot.place(index)] += (row.left + row.left_mix * share) * left
                + (row.right + row.right_mix * share) * right;
            grad[at] += w * share * (1.0 - share) * (row.left_mix * left + row.right_mix * right);
        }
    }
}
