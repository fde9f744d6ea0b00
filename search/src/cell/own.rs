//! Operations of one's own in the fused cell. Each is evaluated once for an input that slots share, by its interpreted formula; its
//! row then joins the sums of the slots that still have it.

use actsmith_codegen::RowScratch;
use actsmith_codegen::runtime::{Float, Simd, SimdJob, SimdLevel, dispatch_at};

use super::block::Mixed;
use super::packed::Packed;
use crate::space::{BLOCK, Choices, Row, Slot, Space, set_bits};

/// What one's own operations are computed in.
pub(super) struct OwnScratch<T> {
    /// Of each operation, by the number of its arguments less one.
    rows: [Vec<RowScratch<T>>; 2],
    /// The values of each operation, which wait for the gradients of their slots; by the first of the slots that share an input.
    values: [Vec<Row<T>>; Slot::ALL.len()],
    /// The slopes of one operation.
    slopes: [Row<T>; 2],
}

impl<T: Float> OwnScratch<T> {
    pub(super) fn new(space: &Space) -> Self {
        let row = Row([T::of(0.0); BLOCK]);
        let scratch = |slot| space.own(slot).iter().map(|own| own.scratch()).collect();
        Self {
            rows: [Slot::U0, Slot::B0].map(scratch),
            values: Slot::ALL.map(|slot| vec![row; space.own(slot).len()]),
            slopes: [row; 2],
        }
    }

    /// The values of the operations; `first` is the first of the slots that share their input.
    pub(super) fn values(&self, first: Slot) -> &[Row<T>] {
        &self.values[first as usize]
    }
}

/// One's own operations that are still in.
pub(super) struct OwnMixture<'a, T> {
    choices: &'a Choices,
    packed: Packed<'a, T>,
    level: SimdLevel,
}

impl<'a, T: Float> OwnMixture<'a, T> {
    /// `None` if there are none.
    pub(super) fn new(
        choices: &'a Choices,
        packed: Packed<'a, T>,
        level: SimdLevel,
    ) -> Option<Self> {
        let own = Self {
            choices,
            packed,
            level,
        };
        let any = Slot::ALL.into_iter().any(|slot| own.set(slot) != 0);
        any.then_some(own)
    }

    /// Those of a slot; bit `i` stands for the `i`-th of one's own.
    #[inline(always)]
    pub(super) fn set(&self, slot: Slot) -> u64 {
        self.choices.bits(slot) >> slot.rows()
    }

    /// Adds the operations of slots that share their arguments to what is mixed in each.
    #[inline(never)]
    pub(super) fn add<const A: usize, const K: usize, const SLOPES: bool>(
        &self,
        slots: [Slot; K],
        mut mixed: [&mut Mixed<T, A>; K],
        arguments: [&Row<T>; A],
        scratch: &mut OwnScratch<T>,
    ) {
        let first = slots[0];
        let union = slots.iter().fold(0, |set, &slot| set | self.set(slot));
        for index in set_bits(union) {
            let own = &self.choices.space().own(first)[index];
            let values = &mut scratch.values[first as usize][index];
            let Some(slopes) = scratch.slopes.first_chunk_mut::<A>() else {
                unreachable!("operations have one argument or two")
            };
            let rows = &mut scratch.rows[A - 1][index];
            own.evaluate::<T, A, SLOPES>(self.level, arguments, rows, values, slopes.each_mut());
            for (mixed, slot) in mixed.iter_mut().zip(slots) {
                if self.set(slot) >> index & 1 == 1 {
                    let weight = self.packed.own_weight(slot, index);
                    add(self.level, &mut mixed.value, weight, values);
                    if SLOPES {
                        for (sum, row) in mixed.slopes.iter_mut().zip(&*slopes) {
                            add(self.level, sum, weight, row);
                        }
                    }
                }
            }
        }
    }
}

/// Adds `weight·row` to `sum`.
fn add<T: Float>(level: SimdLevel, sum: &mut Row<T>, weight: T, row: &Row<T>) {
    dispatch_at(level, Add { sum, weight, row });
}

struct Add<'a, T> {
    sum: &'a mut Row<T>,
    weight: T,
    row: &'a Row<T>,
}

impl<T: Float> SimdJob for Add<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        let (sum, row) = (self.sum, self.row);
        for i in 0..BLOCK {
            sum[i] = sum[i] + self.weight * row[i];
        }
    }
}
