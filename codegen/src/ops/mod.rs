//! The operations of a formula, as one table: a row holds all that is known of an operation.
//!
//! Everything downstream reads the table: the parser takes names and arities from it, differentiation its derivatives, the
//! e-graph its ranges, parities and definitions, evaluation its values. Where behaviour cannot be data
//! (interval arithmetic, spelling and costs in a target), a `match` without a `_` arm makes the compiler list what a new row lacks.

mod row;
mod sugar;
mod table;

use crate::number::Number;

pub use row::{Bound, Domain, Exact, Kinks, Parity, Row, Shape, Side};
pub use sugar::{SUGAR, Sugar};
pub use table::Op;
#[cfg(feature = "candle")]
pub(crate) use table::match_operation;

/// The exact value of an operation on literals, where it is rational and short.
pub(crate) fn fold(op: Op, literals: &[&Number]) -> Option<Number> {
    op.row().exact.and_then(|exact| exact(literals))
}

/// The names of the arguments in the formulas of the table: the first argument of an operation is `a`.
pub const ARGUMENTS: [&str; 3] = ["a", "b", "c"];

impl Op {
    /// The operations that go by `name` or have it for an alias: `elu` takes one argument or two.
    pub fn named(name: &str) -> impl Iterator<Item = Self> {
        let goes_by = move |op: &Self| op.row().name == name || op.row().aliases.contains(&name);
        Self::ALL.iter().copied().filter(goes_by)
    }

    /// The operation that goes by `name` and takes `arity` arguments.
    pub fn from_call(name: &str, arity: usize) -> Option<Self> {
        Self::named(name).find(|op| op.arity() == arity)
    }

    /// The name of the operation in formulas and prefix forms, which it may share with one of another arity.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// How many arguments the operation takes.
    pub fn arity(self) -> usize {
        self.row().arity
    }

    /// Whether it is an analytic function of its arguments, wherever it has a value: it has no kinks, and neither has any derivative of it.
    pub(crate) fn is_analytic(self) -> bool {
        let smooth_once = matches!(self, Self::Elu | Self::Celu | Self::Softsign);
        !self.row().kinked && !smooth_once
    }

    /// The value of the operation at `arguments` (f64, accurate to a few ULP).
    pub fn value(self, arguments: &[f64]) -> f64 {
        (self.row().value)(arguments)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// As in the kernels: only what asks for an order, or for the power 0, knows an answer.
    #[test]
    fn a_nan_gives_nan() {
        for &op in Op::ALL {
            for index in 0..op.arity() {
                let answers = match op {
                    Op::Lt | Op::Le | Op::Eq => true,
                    // A bound that is no number binds nothing.
                    Op::Clamp | Op::Threshold => index > 0,
                    // What is not chosen does not count, and neither does a slope on the other side.
                    Op::If => index != 1,
                    Op::PRelu | Op::EluAlpha | Op::Celu | Op::Powi => index == 1,
                    _ => false,
                };
                let mut arguments = [1.0, 2.0, 3.0];
                arguments[index] = f64::NAN;
                let value = op.value(&arguments[..op.arity()]);
                assert!(answers || value.is_nan(), "{}: {value}", op.name());
            }
        }
    }

    #[test]
    fn every_name_is_taken_once_for_each_arity() {
        let mut seen = HashSet::new();
        for row in Op::ALL.iter().map(|op| op.row()) {
            for name in row.aliases.iter().chain([&row.name]) {
                assert!(seen.insert((*name, row.arity)), "{name} is taken twice");
            }
        }
        for sugar in SUGAR {
            for name in sugar.names {
                let call = (*name, sugar.parameters.len());
                assert!(seen.insert(call), "{name} is taken twice");
            }
        }
    }

    #[test]
    fn derivatives_go_by_their_former_names_too() {
        let mut found = 0;
        for &op in Op::ALL {
            if let Some(function) = op.name().strip_suffix("_grad") {
                let former = format!("{function}_slope");
                assert_eq!(Op::from_call(&former, 1), Some(op), "{former}");
                found += 1;
            }
        }
        assert!(found > 0);
    }

    #[test]
    fn a_row_has_one_derivative_an_argument_or_none_at_all() {
        for row in Op::ALL.iter().map(|op| op.row()) {
            assert!(
                row.derivatives.len() == row.arity || row.derivatives.is_empty(),
                "{}",
                row.name
            );
        }
    }

    /// The columns `shape`, `range`, `parity`, `nonzero` and `zero_at_zero` hold at every sampled point where the operation is defined.
    #[test]
    fn the_columns_agree_with_the_values() {
        for &op in Op::ALL.iter().filter(|op| op.arity() == 1) {
            let row = op.row();
            let points: Vec<f64> = (-4000..=4000)
                .map(|i| f64::from(i) * 0.01)
                .filter(|&x| row.domain.contains(x))
                .collect();
            for (&left, &right) in points.iter().zip(&points[1..]) {
                let (f, g) = (op.value(&[left]), op.value(&[right]));
                // Both values carry a few rounding errors: an order is refuted only by more than those.
                let slack = 1e-14 * (1.0 + f.abs().max(g.abs()));
                let (rises, falls) = (f <= g + slack, f + slack >= g);
                let agrees = match row.shape {
                    Shape::Increasing => rises,
                    Shape::Decreasing => falls,
                    Shape::Valley(at) => (right > at || falls) && (left < at || rises),
                    Shape::Peak(at) => (right > at || rises) && (left < at || falls),
                    Shape::Other => true,
                };
                assert!(agrees, "{} between {left} and {right}", row.name);
                let (low, high) = row.range;
                assert!(low <= f && f <= high, "{}({left}) = {f}", row.name);
                // Further out, values underflow.
                let nonzero = row.nonzero || row.zero_at_zero && left != 0.0;
                assert!(
                    !nonzero || f != 0.0 || left.abs() > 20.0,
                    "{}({left})",
                    row.name
                );
                let mirrored = op.value(&[-left]);
                match row.parity {
                    Parity::Odd => assert!((mirrored + f).abs() <= slack, "{}({left})", row.name),
                    Parity::Even => assert!((mirrored - f).abs() <= slack, "{}({left})", row.name),
                    Parity::None => {}
                }
            }
        }
    }

    /// Where the slopes of both sides differ, or the value jumps, pieces meet.
    #[test]
    fn pieces_meet_at_the_joins_of_the_row() {
        const STEP: f64 = 1.0 / 1024.0;
        for &op in Op::ALL.iter().filter(|op| op.arity() == 1) {
            let row = op.row();
            assert!(!row.kinked || !row.joins.is_empty(), "{}", row.name);
            for x in (-16..=16).map(|k| 0.5 * f64::from(k)) {
                let at = |steps: f64| op.value(&[x + steps * STEP]);
                let slope = |from: f64, to: f64| (at(to) - at(from)) / (STEP * (to - from));
                // The second difference of a smooth piece is small beside a kink.
                let turn = (slope(0.0, 1.0) - slope(-1.0, 0.0)).abs();
                let is_smooth = turn <= 0.02 * (1.0 + at(0.0).abs());
                assert!(
                    is_smooth || row.joins.contains(&x) || !row.domain.contains(x - STEP),
                    "{} at {x}: {turn}",
                    row.name
                );
            }
        }
    }
}
