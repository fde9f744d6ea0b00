//! What operations cost in the function that is found.

use std::collections::BTreeMap;

use actsmith_codegen::backend::rust;
use actsmith_codegen::number::Number;
use actsmith_codegen::syntax::{Names, parse_text};
use actsmith_codegen::{Formula, Region, egraph};

use super::{Slot, Space};
use crate::error::{Error, Result};

/// The yardstick.
const GELU: &str = "gelu(x)";
/// The names in formulas of operations.
const INPUTS: [&str; 3] = ["x", "a", "b"];
const CONSTANTS: [&str; 2] = ["beta", "mix"];
/// What stands for trained constants: a number that nothing is left out for.
const CONSTANT: i32 = 3;

impl Space {
    /// What each operation of each slot costs, value and derivatives, where GELU costs 1: a vector of [`Self::vector_length`] numbers.
    /// What operations share in a function is counted for each.
    ///
    /// # Errors
    /// If a formula cannot be read.
    pub fn costs(&self) -> Result<Vec<f64>> {
        let mut costs = vec![0.0; self.vector_length()];
        let gelu = cost(GELU)? as f64;
        // Slots of a kind have the same operations.
        let mut known: BTreeMap<&str, f64> = BTreeMap::new();
        for slot in Slot::ALL {
            for (index, operation) in self.all(slot).enumerate() {
                let formula = operation.formula(true);
                costs[slot.offset(index)] = match known.get(formula) {
                    Some(cost) => *cost,
                    None => *known.entry(formula).or_insert(cost(formula)? as f64 / gelu),
                };
            }
        }
        Ok(costs)
    }
}

/// Value and derivatives, simplified, in the units of the cost table; of two inputs, the one that more work depends on counts.
fn cost(formula: &str) -> Result<u64> {
    let costs = INPUTS.map(|input| cost_by(formula, input));
    costs
        .into_iter()
        .try_fold(0, |most, cost| Ok(most.max(cost?)))
}

/// What of it depends on one input.
fn cost_by(formula: &str, input: &str) -> Result<u64> {
    let failed = |error: &dyn std::fmt::Display| {
        Error::Failure(format!("the cost of `{formula}` is not known: {error}"))
    };
    // The cost table counts what depends on the first name.
    let others = INPUTS.iter().filter(|&&name| name != input);
    let names = std::iter::once(&input)
        .chain(others)
        .chain(&CONSTANTS)
        .map(|&name| name.to_owned());
    let names: Vec<String> = names.collect();
    let dag = parse_text(formula, Names::Declared(&names)).map_err(|error| failed(&error))?;
    let constants = CONSTANTS.map(|name| (name.to_owned(), Number::from(CONSTANT)));
    let region = Region::default();
    let formula = Formula::from_dag(&dag).with_constants(&constants);
    let simplified = formula.simplify(&region, egraph::Budget::default());
    Ok(egraph::cost(&simplified.gradient.dag, &region, rust::cost))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_cost_what_they_compute() -> Result<()> {
        let space = Space::default().with_unary("twice", "gelu(x) + gelu(2 * x)")?;
        let costs = space.costs()?;
        let of = |slot: Slot, name: &str| {
            let index = space
                .all(slot)
                .position(|operation| operation.name() == name);
            costs[slot.offset(index.expect(name))]
        };
        assert_eq!(of(Slot::U0, "gelu"), 1.0);
        assert_eq!(of(Slot::U0, "identity"), 0.0);
        assert!(of(Slot::U0, "max0") < 0.2 && of(Slot::U3, "twice") > 1.5);
        let (left, gated) = (of(Slot::B0, "left"), of(Slot::B0, "sigmoid_mul"));
        assert!(left < gated, "{left} and {gated}");
        assert_eq!(costs.len(), space.vector_length());
        Ok(())
    }
}
