//! A function of the search space by the names of its operations, and its formula.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;
use crate::space::{Binary, Slot, Unary};

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Genotype {
    /// The operations of `u0`, `u1`, `u2`, `u3`.
    pub unary: [Unary; 4],
    /// The operations of `b0`, `b1`.
    pub binary: [Binary; 2],
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
    /// The row of the slot's table that holds its operation.
    pub fn index(&self, slot: Slot) -> usize {
        match slot {
            Slot::U0 => self.unary[0] as usize,
            Slot::U1 => self.unary[1] as usize,
            Slot::B0 => self.binary[0] as usize,
            Slot::U2 => self.unary[2] as usize,
            Slot::U3 => self.unary[3] as usize,
            Slot::B1 => self.binary[1] as usize,
        }
    }

    /// The genotype with these rows of the tables, in the order of [`Slot::ALL`].
    ///
    /// # Panics
    /// If a table has no such row.
    pub fn from_indices([u0, u1, b0, u2, u3, b1]: [usize; 6]) -> Self {
        Self {
            unary: [u0, u1, u2, u3].map(|i| Unary::ALL[i]),
            binary: [b0, b1].map(|i| Binary::ALL[i]),
        }
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
        let betas = self
            .unary
            .iter()
            .zip(constants.beta)
            .enumerate()
            .filter(|(_, (op, _))| op.has_beta());
        let mixes = self
            .binary
            .iter()
            .zip(constants.mix)
            .enumerate()
            .filter(|(_, (op, _))| op.has_mix());
        let betas = betas.map(|(i, (_, value))| (format!("beta{i}"), value));
        betas
            .chain(mixes.map(|(i, (_, value))| (format!("mix{i}"), value)))
            .collect()
    }

    /// The slots whose operation the cell bounds: there the found function and its formula without bound differ for large
    /// arguments.
    pub fn bounded_slots(&self) -> Vec<Slot> {
        let bounded = |slot: &Slot| match slot.unary_index() {
            Some(_) => Unary::ALL[self.index(*slot)].is_bounded(),
            None => Binary::ALL[self.index(*slot)].is_bounded(),
        };
        Slot::ALL.into_iter().filter(bounded).collect()
    }

    fn formula_with(&self, bounded: bool, beta: [String; 4], mix: [String; 2]) -> String {
        let unary = |i: usize, x: &str| {
            substitute(
                self.unary[i].formula(bounded),
                &[("x", x), ("beta", &beta[i])],
            )
        };
        let binary = |i: usize, a: &str, b: &str| {
            substitute(
                self.binary[i].formula(bounded),
                &[("a", a), ("b", b), ("mix", &mix[i])],
            )
        };
        let inner = binary(0, &unary(0, "x"), &unary(1, "x"));
        binary(1, &unary(2, &inner), &unary(3, "x"))
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
        let names = Slot::ALL.map(|slot| slot.operation_name(self.index(slot)));
        f.write_str(&names.join("-"))
    }
}

impl FromStr for Genotype {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let parts: Vec<&str> = text.trim().split('-').map(str::trim).collect();
        let parts: [&str; 6] = parts.try_into().map_err(|parts: Vec<&str>| {
            Error::Usage(format!(
                "the genotype `{text}` has {} parts; write the six of u0-u1-b0-u2-u3-b1",
                parts.len()
            ))
        })?;
        let mut indices = [0; 6];
        for slot in Slot::ALL {
            indices[slot as usize] = find(slot, parts[slot as usize])?;
        }
        Ok(Self::from_indices(indices))
    }
}

/// The row of the slot's table with this name or alias.
fn find(slot: Slot, name: &str) -> Result<usize, Error> {
    let names: Vec<(usize, &str)> = match slot.unary_index() {
        Some(_) => named(Unary::ALL.iter().map(|op| (op.name(), op.aliases()))),
        None => named(Binary::ALL.iter().map(|op| (op.name(), op.aliases()))),
    };
    if let Some((index, _)) = names.iter().find(|(_, known)| *known == name) {
        return Ok(*index);
    }
    let kind = if slot.unary_index().is_some() {
        "unary"
    } else {
        "binary"
    };
    let near = names.iter().max_by(|(_, a), (_, b)| {
        strsim::jaro_winkler(a, name).total_cmp(&strsim::jaro_winkler(b, name))
    });
    let hint = near.map_or_else(String::new, |(_, near)| format!("; did you mean `{near}`?"));
    Err(Error::Usage(format!(
        "slot {}: `{name}` is no {kind} operation{hint}",
        slot.name()
    )))
}

/// Each row's names, with the row.
fn named<'a>(rows: impl Iterator<Item = (&'a str, &'a [&'a str])>) -> Vec<(usize, &'a str)> {
    rows.enumerate()
        .flat_map(|(index, (name, aliases))| {
            std::iter::once(name)
                .chain(aliases.iter().copied())
                .map(move |name| (index, name))
        })
        .collect()
}
