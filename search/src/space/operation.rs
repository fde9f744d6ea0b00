//! What a slot can hold, built in or custom.

use actsmith_codegen::RowScratch;
use actsmith_codegen::runtime::{Float, SimdLevel};

use super::custom::Custom;
use super::{Binary, Elements, Shared, Unary};

/// What a slot can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation<'a> {
    /// A row of the unary table.
    Unary(Unary),
    /// A row of the binary table.
    Binary(Binary),
    /// A formula that a user has added.
    Custom(&'a Custom),
}

impl<'a> Operation<'a> {
    /// The name in genotypes.
    pub fn name(&self) -> &'a str {
        match self {
            Self::Unary(row) => row.name(),
            Self::Binary(row) => row.name(),
            Self::Custom(custom) => custom.name(),
        }
    }

    /// Other names that are read for it.
    pub fn aliases(&self) -> &'static [&'static str] {
        match self {
            Self::Unary(row) => row.aliases(),
            Self::Binary(row) => row.aliases(),
            Self::Custom(_) => &[],
        }
    }

    /// The formula in `x` (and `beta`), or in `a`, `b` (and `mix`), with the cell's bound or without it.
    pub fn formula(&self, bounded: bool) -> &'a str {
        match self {
            Self::Unary(row) => row.formula(bounded),
            Self::Binary(row) => row.formula(bounded),
            Self::Custom(custom) => custom.formula(bounded),
        }
    }

    /// Whether the cell's bound changes the function.
    pub fn is_bounded(&self) -> bool {
        self.formula(true) != self.formula(false)
    }

    /// Whether the operation holds a trained constant: β of a unary operation, `m` of a binary one.
    pub fn has_constant(&self) -> bool {
        match self {
            Self::Unary(row) => row.has_beta(),
            Self::Binary(row) => row.has_mix(),
            Self::Custom(_) => false,
        }
    }

    /// Whether the operation is evaluated element by element: those that are affine or linear are added up as one.
    pub(crate) fn is_curved(&self) -> bool {
        match self {
            Self::Unary(row) => row.affine().is_none(),
            Self::Binary(row) => row.linear().is_none(),
            Self::Custom(_) => true,
        }
    }

    /// Writes the values of an operation of a unary slot and, if `SLOPES`, its slopes at `x`. `scratch` is kept from block to block.
    #[inline(always)]
    pub(crate) fn evaluate_unary<T: Float, const SLOPES: bool>(
        &self,
        level: SimdLevel,
        x: &Elements<T>,
        shared: &Shared<T>,
        scratch: &mut Option<RowScratch<T>>,
        values: &mut Elements<T>,
        slopes: &mut Elements<T>,
    ) {
        match self {
            Self::Unary(row) => row.evaluate::<T, SLOPES>(level, x, shared, values, slopes),
            Self::Custom(custom) => {
                let scratch = scratch.get_or_insert_with(|| custom.scratch());
                custom.evaluate::<T, 1, SLOPES>(level, [x], scratch, values, [slopes]);
            }
            Self::Binary(_) => unreachable!("a unary slot holds no binary operation"),
        }
    }

    /// Writes the values of an operation of a binary slot and, if `SLOPES`, its slopes in both arguments. `scratch` is kept from block
    /// to block.
    #[inline(always)]
    pub(crate) fn evaluate_binary<T: Float, const SLOPES: bool>(
        &self,
        level: SimdLevel,
        arguments: [&Elements<T>; 2],
        scratch: &mut Option<RowScratch<T>>,
        values: &mut Elements<T>,
        slopes: [&mut Elements<T>; 2],
    ) {
        match self {
            Self::Binary(row) => row.evaluate::<T, SLOPES>(level, arguments, values, slopes),
            Self::Custom(custom) => {
                let scratch = scratch.get_or_insert_with(|| custom.scratch());
                custom.evaluate::<T, 2, SLOPES>(level, arguments, scratch, values, slopes);
            }
            Self::Unary(_) => unreachable!("a binary slot holds no unary operation"),
        }
    }
}
