//! What a search chooses from.

use std::sync::Arc;

use super::own::Own;
use super::{Binary, Choices, Slot, Unary};
use crate::error::{Error, Result};
use crate::genotype::Genotype;

/// Operations of one's own, of each kind: sets of operations are 64 bits wide.
pub const MOST_OWN: usize = 32;
const _: () = assert!(Unary::ALL.len() + MOST_OWN < 64 && Binary::ALL.len() + MOST_OWN < 64);

/// The operations that a search starts from: the published ones by [`Space::default`] or every row of the tables by
/// [`Space::wide`], and one's own. Clones share them.
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
    own: Arc<OwnRows>,
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
struct OwnRows {
    unary: Vec<Own>,
    binary: Vec<Own>,
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
    /// [`Error::Invalid`], naming the fix, if the name is taken or no name, or the formula is none or undefined somewhere.
    pub fn with_unary(mut self, name: &str, formula: &str) -> Result<Self> {
        self.check_name(Slot::U0, name)?;
        let own = Own::unary(name, formula)?;
        Arc::make_mut(&mut self.own).unary.push(own);
        Ok(self)
    }

    /// Adds a binary operation: a formula in `a` and `b`, with a value and slopes for any of them. Where it passes ±10 the cell holds
    /// it there.
    ///
    /// # Errors
    /// As [`Self::with_unary`].
    pub fn with_binary(mut self, name: &str, formula: &str) -> Result<Self> {
        self.check_name(Slot::B0, name)?;
        let own = Own::binary(name, formula)?;
        Arc::make_mut(&mut self.own).binary.push(own);
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
            Some(Operation::Own(_)) => refused("it is given twice; choose another name"),
            Some(_) => refused("a built-in operation has this name; choose another"),
            None if self.own(slot).len() == MOST_OWN => Err(Error::Invalid(format!(
                "`{name}` is one operation too many: a space has at most {MOST_OWN} of one's own of each kind"
            ))),
            None => Ok(()),
        }
    }

    /// All operations of the space, in every slot.
    pub fn choices(&self) -> Choices {
        let (unary, binary) = match self.rows {
            Rows::Default => (Unary::DEFAULT, Binary::DEFAULT),
            Rows::Wide => (Unary::ALL.len(), Binary::ALL.len()),
        };
        let first = |count: usize| (1 << count) - 1;
        let sets = Slot::ALL.map(|slot| {
            let rows = match slot.unary_index() {
                Some(_) => unary,
                None => binary,
            };
            first(rows) | first(self.own(slot).len()) << slot.rows()
        });
        Choices::of(self.clone(), sets)
    }

    /// The operations of one's own that a slot can hold.
    pub fn own(&self, slot: Slot) -> &[Own] {
        match slot.unary_index() {
            Some(_) => &self.own.unary,
            None => &self.own.binary,
        }
    }

    /// How many operations a slot can name: the rows of its table, then one's own.
    pub fn operations(&self, slot: Slot) -> usize {
        slot.rows() + self.own(slot).len()
    }

    /// The length of a vector with a number for each operation of each slot, which is at [`Slot::place`].
    pub fn places(&self) -> usize {
        Slot::OPERATIONS + self.own_places()
    }

    /// How many of [`Self::places`] are for operations of one's own.
    pub(crate) fn own_places(&self) -> usize {
        Slot::ALL.len() * self.own.unary.len().max(self.own.binary.len())
    }

    /// The operation that a slot has at `index`: a row of its table, or one's own after them.
    ///
    /// # Panics
    /// If there is none.
    pub fn operation(&self, slot: Slot, index: usize) -> Operation<'_> {
        if index >= slot.rows() {
            return Operation::Own(&self.own(slot)[index - slot.rows()]);
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

    /// The function that `text` names: `u0-u1-b0-u2-u3-b1`, of any rows of the tables and of one's own operations.
    ///
    /// # Errors
    /// [`Error::Invalid`], naming the slot and the nearest name, if it names none.
    pub fn genotype(&self, text: &str) -> Result<Genotype> {
        Genotype::parse(self, text)
    }
}

/// What a slot can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation<'a> {
    /// A row of the unary table.
    Unary(Unary),
    /// A row of the binary table.
    Binary(Binary),
    /// One's own.
    Own(&'a Own),
}

impl<'a> Operation<'a> {
    /// The name in genotypes.
    pub fn name(&self) -> &'a str {
        match self {
            Self::Unary(row) => row.name(),
            Self::Binary(row) => row.name(),
            Self::Own(own) => own.name(),
        }
    }

    /// Other names that are read for it.
    pub fn aliases(&self) -> &'static [&'static str] {
        match self {
            Self::Unary(row) => row.aliases(),
            Self::Binary(row) => row.aliases(),
            Self::Own(_) => &[],
        }
    }

    /// The formula in `x` (and `beta`), or in `a`, `b` (and `mix`), with the cell's bound or without it.
    pub fn formula(&self, bounded: bool) -> &'a str {
        match self {
            Self::Unary(row) => row.formula(bounded),
            Self::Binary(row) => row.formula(bounded),
            Self::Own(own) => own.formula(bounded),
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
            Self::Own(_) => false,
        }
    }
}
