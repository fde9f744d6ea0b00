//! What a search chooses from.

use std::sync::Arc;

use super::custom::Custom;
use super::{Binary, Operation, Slot, Unary, admission};
use crate::error::{Error, Result};

/// Custom operations, of each kind: sets of operations are 64 bits wide.
pub const MOST_CUSTOM: usize = 32;
const _: () = assert!(Unary::ALL.len() + MOST_CUSTOM < 64 && Binary::ALL.len() + MOST_CUSTOM < 64);

/// The operations that a search starts from: the published ones by [`Space::default`] or every row of the tables by
/// [`Space::wide`], and custom ones. Clones share them.
///
/// ```
/// use actsmith_search::space::Space;
///
/// let space = Space::default()
///     .with_unary("bump", "x * gaussian(x)")?
///     .with_binary("gate", "a * sigmoid(b)")?;
/// let found = space.genotype("bump-silu-gate-tanh-identity-mul")?;
/// assert_eq!(
///     found.formula(false),
///     "tanh((x * gaussian(x)) * sigmoid(silu(x))) * x"
/// );
/// # Ok::<(), actsmith_search::error::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Space {
    pub(super) rows: Rows,
    custom: Arc<CustomRows>,
}

/// Which rows of the tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Rows {
    /// The 23 unary and 9 binary operations of the published search: 23⁴·9² = 22,667,121 functions.
    #[default]
    Default,
    /// Every row.
    Wide,
}

/// Operations that follow those of the tables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct CustomRows {
    unary: Vec<Custom>,
    binary: Vec<Custom>,
}

impl Space {
    /// Every row of the tables: beyond the published ones `sin`, `cos`, `sinc`, `cosh`, `gaussian`, `log_abs`, `div_eps`,
    /// `exp_sub_sq`, `exp_sub_abs`.
    pub fn wide() -> Self {
        Self {
            rows: Rows::Wide,
            ..Self::default()
        }
    }

    /// Adds a unary operation: a formula in `x`, with a value and a slope for any `x`. Where it passes ±10 the cell holds it there.
    ///
    /// # Errors
    /// [`Error::Invalid`], naming the fix, if the name is taken or malformed, or the formula is malformed or undefined somewhere.
    pub fn with_unary(mut self, name: &str, formula: &str) -> Result<Self> {
        self.check_name(Slot::U0, name)?;
        let custom = admission::admit(name, ["x"], formula)?;
        Arc::make_mut(&mut self.custom).unary.push(custom);
        Ok(self)
    }

    /// Adds a binary operation: a formula in `a` and `b`, with a value and slopes for any of them. Where it passes ±10 the cell holds
    /// it there.
    ///
    /// # Errors
    /// As [`Self::with_unary`].
    pub fn with_binary(mut self, name: &str, formula: &str) -> Result<Self> {
        self.check_name(Slot::B0, name)?;
        let custom = admission::admit(name, ["a", "b"], formula)?;
        Arc::make_mut(&mut self.custom).binary.push(custom);
        Ok(self)
    }

    /// Refuses what cannot name one more operation of the kind that `slot` holds.
    fn check_name(&self, slot: Slot, name: &str) -> Result<()> {
        let refused = |reason: &str| {
            let message = format!("`{name}` cannot name an operation: {reason}");
            Err(Error::Invalid(message))
        };
        let letter = |c: char| c.is_ascii_alphabetic() || c == '_';
        if !name.starts_with(letter) || !name.chars().all(|c| letter(c) || c.is_ascii_digit()) {
            return refused(
                "write letters, digits and `_`, and no digit first (`-` joins the names of a genotype)",
            );
        }
        let taken = |op: &Operation| op.name() == name || op.aliases().contains(&name);
        let known = self.all(slot).find(taken);
        match known {
            Some(Operation::Custom(_)) => refused("it is given twice; choose another name"),
            Some(_) => refused("a built-in operation has this name; choose another"),
            None if self.custom(slot).len() == MOST_CUSTOM => Err(Error::Invalid(format!(
                "`{name}` is one operation too many: a space has at most {MOST_CUSTOM} custom operations of each kind"
            ))),
            None => Ok(()),
        }
    }

    /// The custom operations that a slot can hold.
    pub fn custom(&self, slot: Slot) -> &[Custom] {
        match slot.unary_index() {
            Some(_) => &self.custom.unary,
            None => &self.custom.binary,
        }
    }

    /// How many operations a slot can name: the rows of its table, then the custom ones.
    pub fn operations(&self, slot: Slot) -> usize {
        slot.rows() + self.custom(slot).len()
    }

    /// The length of a vector with a number for each operation of each slot, which is at [`Slot::offset`].
    pub fn vector_length(&self) -> usize {
        Slot::OPERATIONS + self.custom_length()
    }

    /// How much of [`Self::vector_length`] is for custom operations.
    pub(crate) fn custom_length(&self) -> usize {
        Slot::ALL.len() * self.custom.unary.len().max(self.custom.binary.len())
    }

    /// The operation that a slot has at `index`: a row of its table, or a custom one after them.
    ///
    /// # Panics
    /// If there is none.
    pub fn operation(&self, slot: Slot, index: usize) -> Operation<'_> {
        if index >= slot.rows() {
            return Operation::Custom(&self.custom(slot)[index - slot.rows()]);
        }
        match slot.unary_index() {
            Some(_) => Operation::Unary(Unary::ALL[index]),
            None => Operation::Binary(Binary::ALL[index]),
        }
    }

    /// All operations that a slot can name.
    pub(crate) fn all(&self, slot: Slot) -> impl Iterator<Item = Operation<'_>> {
        (0..self.operations(slot)).map(move |index| self.operation(slot, index))
    }
}
