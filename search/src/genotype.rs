//! A function of the search space by the names of its operations, and its formula.
//!
//! ```
//! use actsmith_search::genotype::Genotype;
//! use actsmith_search::space::Slot;
//!
//! let genotype: Genotype = "identity-sigmoid-mul-tanh-identity-mul".parse()?;
//! assert_eq!(genotype.operation(Slot::U1).name(), "sigmoid");
//! assert_eq!(genotype.formula(false), "tanh(x * sigmoid(x)) * x");
//! # Ok::<(), actsmith_search::error::Error>(())
//! ```

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};
use crate::space::{Choices, Operation, Slot, Space};

/// The unary slots.
const UNARY: [Slot; 4] = [Slot::U0, Slot::U1, Slot::U2, Slot::U3];
/// The binary slots.
const BINARY: [Slot; 2] = [Slot::B0, Slot::B1];

/// The six choices of the cell `b1( u2( b0(u0(x), u1(x)) ), u3(x) )`, written `u0-u1-b0-u2-u3-b1`.
///
/// ```
/// use actsmith_search::genotype::Genotype;
///
/// let found: Genotype = "silu-silu-sig_mul-gelu-silu-sigmoid_mul".parse()?;
/// assert_eq!(found.to_string(), "silu-silu-sigmoid_mul-gelu-silu-sigmoid_mul");
/// assert_eq!(found.formula(true), "sigmoid(gelu(sigmoid(silu(x)) * silu(x))) * silu(x)");
/// # Ok::<(), actsmith_search::error::Error>(())
/// ```
#[derive(Clone)]
pub struct Genotype {
    space: Space,
    /// Which operation of the space each slot holds.
    indices: [usize; 6],
}

/// The trained numbers of a found function.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Constants {
    /// β of `u0` to `u3`; without meaning where the operation has none.
    pub beta: [f64; 4],
    /// `m` of `b0` and `b1`, before the sigmoid; without meaning where the operation is not `mix`.
    pub mix: [f64; 2],
}

impl Genotype {
    /// The genotype with these operations of a space, in the order of [`Slot::ALL`].
    ///
    /// # Panics
    /// If the space has no such operation.
    pub fn from_indices(space: &Space, indices: [usize; 6]) -> Self {
        for slot in Slot::ALL {
            assert!(
                indices[slot as usize] < space.operations(slot),
                "slot {} has no operation {}",
                slot.name(),
                indices[slot as usize]
            );
        }
        Self {
            space: space.clone(),
            indices,
        }
    }

    /// The genotype that `text` names.
    fn parse(space: &Space, text: &str) -> Result<Self> {
        let parts: Vec<&str> = text.trim().split('-').map(str::trim).collect();
        let parts: [&str; 6] = parts.try_into().map_err(|parts: Vec<&str>| {
            let plural = if parts.len() == 1 { "" } else { "s" };
            Error::Invalid(format!(
                "the genotype `{text}` has {} part{plural}; write the six of u0-u1-b0-u2-u3-b1",
                parts.len()
            ))
        })?;
        let mut indices = [0; 6];
        for slot in Slot::ALL {
            indices[slot as usize] = find(space, slot, parts[slot as usize])?;
        }
        Ok(Self::from_indices(space, indices))
    }

    /// The space that has its operations.
    pub fn space(&self) -> &Space {
        &self.space
    }

    /// Which operation of the space a slot holds.
    pub fn index(&self, slot: Slot) -> usize {
        self.indices[slot as usize]
    }

    /// The operation that a slot holds.
    pub fn operation(&self, slot: Slot) -> Operation<'_> {
        self.space.operation(slot, self.index(slot))
    }

    /// The formula in `x`, with the bound of the cell's operations or without it. Trained constants are the names `beta0` to
    /// `beta3` (of `u0` to `u3`) and `mix0`, `mix1` (`m` of `b0`, `b1`, before the sigmoid).
    pub fn formula(&self, bounded: bool) -> String {
        self.formula_with(
            bounded,
            [0, 1, 2, 3].map(|i| format!("beta{i}")),
            [0, 1].map(|i| format!("mix{i}")),
        )
    }

    /// The formula with the constants as numbers, in the fewest digits that give the same f64 back.
    pub fn formula_with_constants(&self, bounded: bool, constants: &Constants) -> String {
        self.formula_with(
            bounded,
            constants.beta.map(|v| v.to_string()),
            constants.mix.map(|v| v.to_string()),
        )
    }

    /// The names of the constants that the formula holds, each with its number.
    pub fn named_constants(&self, constants: &Constants) -> Vec<(String, f64)> {
        let betas = UNARY.into_iter().zip(constants.beta).enumerate();
        let betas = betas.map(|(i, (slot, value))| (slot, format!("beta{i}"), value));
        let mixes = BINARY.into_iter().zip(constants.mix).enumerate();
        let mixes = mixes.map(|(i, (slot, value))| (slot, format!("mix{i}"), value));
        betas
            .chain(mixes)
            .filter(|(slot, ..)| self.operation(*slot).has_constant())
            .map(|(_, name, value)| (name, value))
            .collect()
    }

    /// The slots whose operation the cell bounds: there the found function and its formula without bound differ for large
    /// arguments.
    pub fn bounded_slots(&self) -> Vec<Slot> {
        let bounded = |slot: &Slot| self.operation(*slot).is_bounded();
        Slot::ALL.into_iter().filter(bounded).collect()
    }

    fn formula_with(&self, bounded: bool, beta: [String; 4], mix: [String; 2]) -> String {
        let unary = |i: usize, x: &str| {
            let operation = self.operation(UNARY[i]);
            substitute(operation.formula(bounded), &[("x", x), ("beta", &beta[i])])
        };
        let binary = |i: usize, a: &str, b: &str| {
            let operation = self.operation(BINARY[i]);
            let replacements = [("a", a), ("b", b), ("mix", &mix[i])];
            substitute(operation.formula(bounded), &replacements)
        };
        let inner = binary(0, &unary(0, "x"), &unary(1, "x"));
        binary(1, &unary(2, &inner), &unary(3, "x"))
    }
}

impl Space {
    /// The function that `text` names: `u0-u1-b0-u2-u3-b1`, of any rows of the tables and of custom operations.
    ///
    /// # Errors
    /// [`Error::Invalid`], naming the slot and the nearest name, if it names none.
    pub fn genotype(&self, text: &str) -> Result<Genotype> {
        Genotype::parse(self, text)
    }
}

impl Choices {
    /// The single choice of a genotype.
    pub fn single(genotype: &Genotype) -> Self {
        let sets = Slot::ALL.map(|slot| 1 << genotype.index(slot));
        Self::of(genotype.space().clone(), sets)
    }

    /// The function with the largest `alpha` in each slot (the first of them); the only one left, once all else is removed.
    pub fn strongest(&self, alpha: &[f64]) -> Genotype {
        Genotype::from_indices(self.space(), self.strongest_of_each(alpha))
    }
}

/// `formula` with each of these names replaced, in parentheses wherever the replacement is not a name, a call or a number and
/// does not fill a whole argument.
fn substitute(formula: &str, replacements: &[(&str, &str)]) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let (mut out, mut rest) = (String::new(), formula);
    while let Some(start) = rest.find(is_word) {
        let (before, tail) = rest.split_at(start);
        let (word, after) = tail.split_at(tail.find(|c| !is_word(c)).unwrap_or(tail.len()));
        out.push_str(before);
        match replacements.iter().find(|(name, _)| *name == word) {
            None => out.push_str(word),
            Some((_, text)) => {
                let alone = out.is_empty() && after.is_empty();
                let argument =
                    (out.ends_with('(') || out.ends_with(", ")) && after.starts_with([',', ')']);
                if alone || argument || is_tight(text) {
                    out.push_str(text);
                } else {
                    out.extend(["(", text, ")"]);
                }
            }
        }
        rest = after;
    }
    out + rest
}

/// Whether a formula binds tighter than every operator: no blank and no sign outside its parentheses.
fn is_tight(formula: &str) -> bool {
    let mut depth = 0_i32;
    formula.chars().all(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth > 0 || !matches!(c, ' ' | '-')
    })
}

impl fmt::Display for Genotype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operations = Slot::ALL.map(|slot| self.operation(slot));
        let names: Vec<&str> = operations.iter().map(Operation::name).collect();
        f.write_str(&names.join("-"))
    }
}

impl fmt::Debug for Genotype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Genotype({self})")
    }
}

impl PartialEq for Genotype {
    /// The same operations, of whichever spaces.
    fn eq(&self, other: &Self) -> bool {
        Slot::ALL
            .into_iter()
            .all(|slot| self.operation(slot) == other.operation(slot))
    }
}

impl Eq for Genotype {}

impl FromStr for Genotype {
    type Err = Error;

    /// Reads the names of rows of the tables; [`Space::genotype`] also knows custom operations.
    fn from_str(text: &str) -> Result<Self> {
        Space::wide().genotype(text)
    }
}

/// The operation of the slot with this name or alias.
fn find(space: &Space, slot: Slot, name: &str) -> Result<usize> {
    let names = || {
        space.all(slot).enumerate().flat_map(|(index, op)| {
            std::iter::once(op.name())
                .chain(op.aliases().iter().copied())
                .map(move |name| (index, name))
        })
    };
    if let Some((index, _)) = names().find(|(_, known)| *known == name) {
        return Ok(index);
    }
    let kind = if slot.unary_index().is_some() {
        "unary"
    } else {
        "binary"
    };
    let near = names().max_by(|(_, a), (_, b)| {
        strsim::jaro_winkler(a, name).total_cmp(&strsim::jaro_winkler(b, name))
    });
    let hint = near.map_or_else(String::new, |(_, near)| format!("; did you mean `{near}`?"));
    Err(Error::Invalid(format!(
        "slot {}: `{name}` is not a {kind} operation{hint}",
        slot.name()
    )))
}
