//! Which operations are still in: a set for each slot.

use super::operations::Rows;
use super::{Binary, Slot, Space, Unary};

/// For each slot the set of operations of a space that are still in; never empty. Bit `i` stands for operation `i` of the slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choices {
    space: Space,
    sets: [u64; 6],
}

impl Choices {
    /// The choices with these bits, each of which is an operation.
    pub(crate) fn of(space: Space, sets: [u64; 6]) -> Self {
        Self { space, sets }
    }

    /// The choices with these bits, if every slot has an operation and every bit stands for one.
    pub fn from_bits(space: &Space, sets: [u64; 6]) -> Option<Self> {
        let valid = |slot: Slot| {
            let set = sets[slot as usize];
            set != 0 && set >> space.operations(slot) == 0
        };
        let valid = Slot::ALL.into_iter().all(valid);
        valid.then(|| Self::of(space.clone(), sets))
    }

    /// The space whose operations these are.
    pub fn space(&self) -> &Space {
        &self.space
    }

    /// The slot's set, bit `i` for operation `i`.
    pub fn bits(&self, slot: Slot) -> u64 {
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

    /// The operations still in, in order.
    pub fn indices(&self, slot: Slot) -> impl Iterator<Item = usize> + use<> {
        set_bits(self.bits(slot))
    }

    /// Where the operations still in are in a vector of [`Space::vector_length`] numbers.
    pub fn offsets(&self, slot: Slot) -> impl Iterator<Item = usize> + use<> {
        self.indices(slot).map(move |index| slot.offset(index))
    }

    /// Those whose weight, of a vector of [`Space::vector_length`] numbers, is not zero.
    pub fn with_weight(mut self, weights: &[f64]) -> Self {
        for slot in Slot::ALL {
            for index in self.indices(slot) {
                if weights[slot.offset(index)] == 0.0 {
                    self.sets[slot as usize] &= !(1 << index);
                }
            }
        }
        self
    }

    /// Takes out one operation: from the slot with the most left (the first of them), the one with the smallest `alpha` (the
    /// first of them). `None` once each slot has one left. The number of an operation is at its [`Slot::offset`].
    pub fn remove_weakest(&mut self, alpha: &[f64]) -> Option<(Slot, usize)> {
        let (slot, weakest) = self.weakest(alpha, 1)?;
        let &[weakest] = &weakest[..] else {
            return None;
        };
        self.remove(slot, weakest);
        Some((slot, weakest))
    }

    /// The slot with the most left (the first of them), and so many of its operations with the smallest `alpha`, the smallest first. `None` once
    /// each slot has one left.
    pub(crate) fn weakest(&self, alpha: &[f64], count: usize) -> Option<(Slot, Vec<usize>)> {
        let most = Slot::ALL
            .into_iter()
            .map(|slot| self.count(slot))
            .max()
            .filter(|&most| most > 1)?;
        let slot = Slot::ALL
            .into_iter()
            .find(|&slot| self.count(slot) == most)?;
        let number = |index: usize| alpha[slot.offset(index)];
        let mut weakest: Vec<usize> = self.indices(slot).collect();
        weakest.sort_by(|&i, &j| number(i).total_cmp(&number(j)));
        weakest.truncate(count);
        Some((slot, weakest))
    }

    /// Takes out an operation of a slot.
    pub(crate) fn remove(&mut self, slot: Slot, index: usize) {
        self.sets[slot as usize] &= !(1 << index);
    }

    /// In each slot the operation with the largest `alpha` (the first of them); the only one left, once all else is removed.
    pub(crate) fn strongest_of_each(&self, alpha: &[f64]) -> [usize; 6] {
        Slot::ALL.map(|slot| {
            let number = |index: usize| alpha[slot.offset(index)];
            let stronger = |best: usize, i: usize| if number(i) > number(best) { i } else { best };
            self.indices(slot).reduce(stronger).unwrap_or_default()
        })
    }
}

impl Space {
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
            first(rows) | first(self.custom(slot).len()) << slot.rows()
        });
        Choices::of(self.clone(), sets)
    }
}

/// The positions of the bits that are set, from the lowest.
pub(crate) fn set_bits(bits: u64) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(bits), |&rest| Some(rest & (rest.wrapping_sub(1))))
        .take_while(|&rest| rest != 0)
        .map(|rest| rest.trailing_zeros() as usize)
}
