//! The six slots of the cell, each of which holds an operation.

use super::{Binary, Unary};

/// A slot of the cell `b1( u2( b0(u0(x), u1(x)) ), u3(x) )`, in the order of a genotype's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    /// The left inner function, of the input.
    U0,
    /// The right inner function, of the input.
    U1,
    /// The inner combination, of `u0(x)` and `u1(x)`.
    B0,
    /// The function of the inner combination.
    U2,
    /// The outer function, of the input.
    U3,
    /// The outer combination, of `u2(b0)` and `u3(x)`.
    B1,
}

impl Slot {
    /// Every slot, in the order of a genotype's name.
    pub const ALL: [Self; 6] = [Self::U0, Self::U1, Self::B0, Self::U2, Self::U3, Self::B1];

    /// Rows of the tables over all slots: the length of a vector with a number for each.
    pub const OPERATIONS: usize = 4 * Unary::ALL.len() + 2 * Binary::ALL.len();

    /// The name in messages and files.
    pub fn name(self) -> &'static str {
        ["u0", "u1", "b0", "u2", "u3", "b1"][self as usize]
    }

    /// Which unary slot this is, 0 to 3 for `u0` to `u3`.
    pub const fn unary_index(self) -> Option<usize> {
        match self {
            Self::U0 => Some(0),
            Self::U1 => Some(1),
            Self::U2 => Some(2),
            Self::U3 => Some(3),
            Self::B0 | Self::B1 => None,
        }
    }

    /// The number of rows in the slot's table.
    pub const fn rows(self) -> usize {
        match self.unary_index() {
            Some(_) => Unary::ALL.len(),
            None => Binary::ALL.len(),
        }
    }

    /// Where a vector with a number for each operation has that of operation `index`: first the rows of the tables, slot after
    /// slot, then of the custom operations the first of every slot, the second of every slot, and so on.
    #[inline(always)]
    pub const fn offset(self, index: usize) -> usize {
        match index.checked_sub(self.rows()) {
            None => self.range().start + index,
            Some(custom) => Self::OPERATIONS + Self::ALL.len() * custom + self as usize,
        }
    }

    /// The offsets of the slot's rows.
    pub const fn range(self) -> std::ops::Range<usize> {
        let (mut offset, mut slot) = (0, 0);
        while slot < self as usize {
            offset += Self::ALL[slot].rows();
            slot += 1;
        }
        offset..offset + self.rows()
    }
}
