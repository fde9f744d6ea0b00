//! Which formulas the cell takes for operations: those that have a value and a slope at whatever the network feeds them.

use actsmith_codegen::ir::{Dag, Node};
use actsmith_codegen::number::Number;
use actsmith_codegen::ops::Op;
use actsmith_codegen::runtime::SimdLevel;
use actsmith_codegen::syntax::{Names, parse_text};
use actsmith_codegen::{Component, Definedness, Formula, Region};

use super::custom::{BOUND, Custom};
use super::{BLOCK, Elements};
use crate::error::{Error, Result};

/// How a formula is kept inside the domain of its operations.
const KEEP_INSIDE: &str = "the cell feeds it any number: keep arguments inside, as `ln(abs(x) + 0.001)` and `sqrt(max(x, 0.001))` do";
/// Inputs up to which values and slopes have to be finite in f32: beyond, a network has diverged.
const FAR: f32 = 1e6;

/// Why a formula is refused.
type Reason = String;

/// The operation of a formula in these inputs.
///
/// # Errors
/// [`Error::Invalid`] with the fix if the formula is malformed or cannot be an operation of the cell.
pub(super) fn admit<const X: usize>(name: &str, inputs: [&str; X], text: &str) -> Result<Custom> {
    let refused = |reason: String| Error::Invalid(format!("the operation `{name}`: {reason}"));
    let formula = parse(text, &inputs).map_err(refused)?;
    check_defined(&formula).map_err(refused)?;
    let function = formula.on_rows().map_err(|e| refused(e.to_string()))?;
    let bounded = bounded(&formula, BOUND);
    let formulas = [&formula, bounded.as_ref().unwrap_or(&formula)].map(braced);
    let custom = Custom::new(name, formulas, function);
    check_finite::<X>(&custom, inputs).map_err(refused)?;
    Ok(custom)
}

/// The text of a formula as an expression: one that names parts of itself is a block.
fn braced(formula: &Formula) -> String {
    let text = formula.to_string();
    match text.starts_with("let ") {
        true => format!("{{ {text} }}"),
        false => text,
    }
}

/// The formula that `text` says, in the names `inputs` alone.
fn parse(text: &str, inputs: &[&str]) -> Result<Formula, Reason> {
    let any = Dag::parse(text).map_err(|mistakes| mistakes.to_string())?;
    let used = |index: usize| any.nodes().contains(&Node::Variable(index));
    let names = any.variables.iter().enumerate();
    let foreign = |&(index, name): &(usize, &String)| !inputs.contains(&&name[..]) && used(index);
    if let Some((_, name)) = names.into_iter().find(foreign) {
        return Err(format!(
            "`{name}` is not an input: the formula is written in `{}`, and a custom operation has no named constants; write numbers",
            inputs.join("` and `")
        ));
    }
    let names: Vec<String> = inputs.iter().map(|&name| name.to_owned()).collect();
    let dag = parse_text(text, Names::Declared(&names)).map_err(|mistakes| mistakes.to_string())?;
    Ok(Formula::from_dag(&dag))
}

/// Refuses a formula that has no value or no derivative somewhere.
fn check_defined(formula: &Formula) -> Result<(), Reason> {
    let gradient = formula.with_gradient();
    for component in gradient.components() {
        let of = match component {
            Component::Value => String::new(),
            Component::Derivative(input) => format!(
                "in its derivative with respect to `{}`, ",
                gradient.variables[input]
            ),
        };
        match Formula::from_dag(&gradient.graph(component)).definedness(&Region::default()) {
            // Points are tried afterwards.
            Definedness::Everywhere | Definedness::Unproved(_) => {}
            Definedness::Nowhere(gap) => {
                return Err(format!("it has no value anywhere: {of}{}", gap.sentence()));
            }
            Definedness::Partly(gaps) => {
                let gaps: Vec<String> = gaps.iter().map(|gap| gap.sentence()).collect();
                return Err(format!("{of}{}; {KEEP_INSIDE}", gaps.join(", and ")));
            }
        }
    }
    Ok(())
}

/// The formula with its values kept within `±bound`, unless they all lie there.
fn bounded(formula: &Formula, bound: f64) -> Option<Formula> {
    let range = formula.range(&Region::default());
    if range.low >= -bound && range.high <= bound {
        return None;
    }
    let mut dag = formula.dag().clone();
    let ends = [-bound, bound].map(|end| Number::from_f64(end).unwrap_or_else(Number::zero));
    let [low, high] = ends.map(|end| dag.number(end));
    let root = dag.apply(Op::Clamp, &[dag.roots[0], low, high]);
    dag.roots = vec![root];
    Some(Formula::from_dag(&dag))
}

/// Refuses an operation that is NaN, or whose slope is not finite, at one of many inputs: terms that overflow.
fn check_finite<const X: usize>(custom: &Custom, inputs: [&str; X]) -> Result<(), Reason> {
    let points = points(X);
    let mut scratch = custom.scratch::<f32>();
    let level = SimdLevel::best();
    // All pairs, or each point by itself.
    let others: &[f32] = if X == 2 { &points } else { &[0.0] };
    for &other in others {
        for block in points.chunks(BLOCK) {
            let mut first = Elements([block[0]; BLOCK]);
            first[..block.len()].copy_from_slice(block);
            let rows = [first, Elements([other; BLOCK])];
            let row = Elements([0.0; BLOCK]);
            let (mut values, mut slopes) = (row, [row; X]);
            custom.evaluate::<f32, X, true>(
                level,
                std::array::from_fn(|input| &rows[input]),
                &mut scratch,
                &mut values,
                slopes.each_mut(),
            );
            let fails = |i: &usize| {
                !values[*i].is_finite() || slopes.iter().any(|slope| !slope[*i].is_finite())
            };
            if let Some(i) = (0..BLOCK).find(fails) {
                let at: Vec<String> = (0..X)
                    .map(|input| format!("{} = {}", inputs[input], rows[input][i]))
                    .collect();
                let what = if values[i].is_finite() {
                    "slope"
                } else {
                    "value"
                };
                return Err(format!(
                    "its {what} in f32 is not finite at {}: a term overflows or leaves its domain there; keep arguments small and inside, as `exp(min(x, 10))` and `ln(abs(x) + 0.001)` do",
                    at.join(", ")
                ));
            }
        }
    }
    Ok(())
}

/// Zero, powers of two with both signs from the smallest number up to [`FAR`], and where functions bend; fewer for pairs.
fn points(inputs: usize) -> Vec<f32> {
    let (least, step) = if inputs == 1 {
        (-149, 0.01)
    } else {
        (-20, 0.25)
    };
    let powers = (least..20).map(|exponent| 2f32.powi(exponent));
    let bends = (1..=(20.0 / step) as u16).map(|i| f32::from(i) * step);
    let positive = powers.chain(bends).chain([FAR]);
    let signed = positive.flat_map(|x| [x, -x]);
    std::iter::once(0.0).chain(signed).collect()
}
