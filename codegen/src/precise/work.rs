//! How much work was done, in additions of 128 bits: a clock that gives every machine the same time.

/// The classes of operations, by how their cost grows with the precision.
#[derive(Clone, Copy)]
pub(crate) enum Work {
    /// Additions and comparisons.
    Sum,
    /// Products, quotients and square roots.
    Product,
    /// A function by its series, at one argument.
    Series,
    /// A function made of several of them.
    Several,
    /// The inverse of a function, by Newton's method on its series.
    Inverse,
}

impl Work {
    /// The prices at 128 bits and at every doubling of them: measured on an AMD EPYC (Zen 5), to about a factor of 2.
    const fn prices(self) -> [u64; 7] {
        match self {
            Self::Sum => [1, 1, 1, 2, 2, 3, 5],
            Self::Product => [2, 3, 4, 8, 25, 60, 150],
            Self::Series => [25, 40, 80, 250, 800, 3_000, 9_000],
            Self::Several => [100, 200, 400, 1_200, 4_500, 15_000, 55_000],
            Self::Inverse => [120, 300, 900, 4_000, 15_000, 80_000, 400_000],
        }
    }

    /// The price of one operation at a precision.
    pub(super) fn price(self, precision: usize) -> u64 {
        let prices = self.prices();
        let doublings = (precision / 128).max(1).ilog2() as usize;
        prices[doublings.min(prices.len() - 1)]
    }
}
