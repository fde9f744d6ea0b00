//! What a search chooses from.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Binary, Choices, Slot, Unary};
use crate::error::Result;
use crate::genotype::Genotype;

/// The operations that a search starts from: the published ones by [`Space::default`], or every row of the tables.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Space {
    rows: Rows,
}

/// Which rows of the tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Rows {
    /// The 23 unary and 9 binary operations of the published search: 23⁴·9² = 22,667,121 functions.
    #[default]
    Default,
    /// Every row: also `sin`, `cos`, `sinc`, `cosh`, `gaussian`, `log_abs`, `div_eps`, `exp_sub_sq`, `exp_sub_abs`.
    Wide,
}

impl Space {
    /// Every row of the tables: beyond the published ones `sin`, `cos`, `sinc`, `cosh`, `gaussian`, `log_abs`, `div_eps`,
    /// `exp_sub_sq`, `exp_sub_abs`.
    pub fn wide() -> Self {
        Self { rows: Rows::Wide }
    }

    /// All operations of the space, in every slot.
    pub fn choices(&self) -> Choices {
        let (unary, binary) = match self.rows {
            Rows::Default => (Unary::DEFAULT, Binary::DEFAULT),
            Rows::Wide => (Unary::ALL.len(), Binary::ALL.len()),
        };
        let first = |count: usize| (1 << count) - 1;
        let sets = Slot::ALL.map(|slot| {
            first(if slot.unary_index().is_some() {
                unary
            } else {
                binary
            })
        });
        Choices::of(self.clone(), sets)
    }

    /// How many operations a slot can name: the rows of its table.
    pub fn operations(&self, slot: Slot) -> usize {
        slot.rows()
    }

    /// The length of a vector with a number for each operation of each slot, which is at [`Slot::place`].
    pub fn places(&self) -> usize {
        Slot::OPERATIONS
    }

    /// The operation that a slot has at `index`: a row of its table.
    ///
    /// # Panics
    /// If there is none.
    pub fn operation(&self, slot: Slot, index: usize) -> Operation {
        match slot.unary_index() {
            Some(_) => Operation::Unary(Unary::ALL[index]),
            None => Operation::Binary(Binary::ALL[index]),
        }
    }

    /// The function that `text` names: `u0-u1-b0-u2-u3-b1`, of any rows of the tables.
    ///
    /// # Errors
    /// [`Error::Usage`](crate::error::Error::Usage), naming the slot and the nearest name, if it names none.
    pub fn genotype(&self, text: &str) -> Result<Genotype> {
        Genotype::parse(self, text)
    }
}

impl fmt::Display for Space {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.rows {
            Rows::Default => "default",
            Rows::Wide => "wide",
        })
    }
}

/// What a slot can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// A row of the unary table.
    Unary(Unary),
    /// A row of the binary table.
    Binary(Binary),
}

impl Operation {
    /// The name in genotypes.
    pub fn name(&self) -> &str {
        match self {
            Self::Unary(row) => row.name(),
            Self::Binary(row) => row.name(),
        }
    }

    /// Other names that are read for it.
    pub fn aliases(&self) -> &'static [&'static str] {
        match self {
            Self::Unary(row) => row.aliases(),
            Self::Binary(row) => row.aliases(),
        }
    }

    /// The formula in `x` (and `beta`), or in `a`, `b` (and `mix`), with the cell's bound or without it.
    pub fn formula(&self, bounded: bool) -> &str {
        match self {
            Self::Unary(row) => row.formula(bounded),
            Self::Binary(row) => row.formula(bounded),
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
        }
    }
}
