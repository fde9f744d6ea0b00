//! Which operations are still in: a set for each slot.

use super::{Binary, Slot, Unary};
use crate::genotype::Genotype;

/// The operations that a search starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Space {
    /// The 23 unary and 9 binary operations of the published search: 23⁴·9² = 22,667,121 functions.
    Default,
    /// Every row of the tables: also `sin`, `cos`, `sinc`, `cosh`, `gaussian`, `log_abs`, `div_eps`, `exp_sub_sq`, `exp_sub_abs`.
    Wide,
}

impl Space {
    /// The name in configurations and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Wide => "wide",
        }
    }

    /// All operations of the space, in every slot.
    pub fn choices(self) -> Choices {
        let (unary, binary) = match self {
            Self::Default => (Unary::DEFAULT, Binary::DEFAULT),
            Self::Wide => (Unary::ALL.len(), Binary::ALL.len()),
        };
        let first = |count: usize| (1 << count) - 1;
        Choices {
            sets: Slot::ALL.map(|slot| {
                first(if slot.unary_index().is_some() {
                    unary
                } else {
                    binary
                })
            }),
        }
    }
}

/// For each slot the set of operations still in; never empty. Bit `i` stands for row `i` of the slot's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choices {
    sets: [u32; 6],
}

impl Choices {
    /// The single choice of a genotype.
    pub fn single(genotype: &Genotype) -> Self {
        Self {
            sets: Slot::ALL.map(|slot| 1 << genotype.index(slot)),
        }
    }

    /// The choices with these bits, if every slot has an operation and every bit a row.
    pub fn from_bits(sets: [u32; 6]) -> Option<Self> {
        let valid =
            |slot: Slot| sets[slot as usize] != 0 && sets[slot as usize] >> slot.operations() == 0;
        Slot::ALL.into_iter().all(valid).then_some(Self { sets })
    }

    /// The slot's set, bit `i` for row `i`.
    pub fn bits(&self, slot: Slot) -> u32 {
        self.sets[slot as usize]
    }

    /// How many operations the slot has left.
    pub fn count(&self, slot: Slot) -> usize {
        self.bits(slot).count_ones() as usize
    }

    /// How many operations are left in all.
    pub fn total(&self) -> usize {
        Slot::ALL.into_iter().map(|slot| self.count(slot)).sum()
    }

    /// The rows still in, in the order of the slot's table.
    pub fn indices(&self, slot: Slot) -> impl Iterator<Item = usize> + use<> {
        set_bits(self.bits(slot))
    }

    /// Takes out one operation: from the slot with the most left (the first of them), the one with the smallest `alpha` (the
    /// first of them). `None` once each slot has one left. `alpha` has [`Slot::OPERATIONS`] numbers.
    pub fn remove_weakest(&mut self, alpha: &[f64]) -> Option<(Slot, usize)> {
        let most = Slot::ALL
            .into_iter()
            .map(|slot| self.count(slot))
            .max()
            .filter(|&most| most > 1)?;
        let slot = Slot::ALL
            .into_iter()
            .find(|&slot| self.count(slot) == most)?;
        let numbers = &alpha[slot.range()];
        let weakest = self
            .indices(slot)
            .min_by(|&i, &j| numbers[i].total_cmp(&numbers[j]))?;
        self.sets[slot as usize] &= !(1 << weakest);
        Some((slot, weakest))
    }

    /// The function with the largest `alpha` in each slot (the first of them); the only one left, once all else is removed.
    pub fn strongest(&self, alpha: &[f64]) -> Genotype {
        Genotype::from_indices(Slot::ALL.map(|slot| {
            let numbers = &alpha[slot.range()];
            let stronger =
                |best: usize, i: usize| if numbers[i] > numbers[best] { i } else { best };
            self.indices(slot).reduce(stronger).unwrap_or_default()
        }))
    }
}

/// The positions of the bits that are set, from the lowest.
pub(crate) fn set_bits(bits: u32) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(bits), |&rest| Some(rest & (rest.wrapping_sub(1))))
        .take_while(|&rest| rest != 0)
        .map(|rest| rest.trailing_zeros() as usize)
}
