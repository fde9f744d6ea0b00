//! Writes the module: symbols, named parts, and the expressions.

use super::spelling::SymPy;
use crate::backend::pythonic::docstring;
use crate::backend::text::{self, Formulas, head, snake_case};
use crate::ir::Dag;
use crate::kernel::Activation;

/// Every name that an expression may use.
const FUNCTIONS: [&str; 20] = [
    "Abs",
    "Eq",
    "Max",
    "Min",
    "Piecewise",
    "Rational",
    "asinh",
    "atan",
    "cos",
    "cosh",
    "erf",
    "erfc",
    "exp",
    "log",
    "pi",
    "sign",
    "sin",
    "sinh",
    "sqrt",
    "tanh",
];

/// The first output of a graph as one expression.
pub(crate) fn expression(dag: &Dag) -> String {
    text::expression(dag, &SymPy)
}

/// The module of an activation; `command` is what writes it.
pub(crate) fn write(activation: &Activation, command: &str) -> String {
    let wanted = activation.differentiated();
    let all = activation.gradient.value_and_derivatives_of(&wanted);
    let mut all = all;
    // The value alone is simpler than what shares its work with the derivatives.
    let variables: Vec<_> = (0..all.variables.len()).map(|v| all.variable(v)).collect();
    all.roots[0] = all.inline(&activation.value, &variables)[0];
    let formulas = Formulas::new(&all, &SymPy);
    let name = snake_case(&activation.name);
    let mut body = String::new();
    for (part, text) in &formulas.parts {
        body.push_str(&format!("{part} = {text}\n"));
    }
    body.push_str(&format!("{name} = {}\n", formulas.outputs[0]));
    for (&variable, text) in wanted.iter().zip(&formulas.outputs[1..]) {
        let by = &formulas.variables[variable];
        body.push_str(&format!("{name}_by_{by} = {text}\n"));
    }
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let words: Vec<&str> = body.split(|c| !word(c)).collect();
    let mut imports: Vec<&str> = FUNCTIONS
        .iter()
        .copied()
        .filter(|name| words.contains(name))
        .collect();
    imports.push("symbols");
    // In the order of `isort`: constants, classes, functions.
    imports.sort_unstable();
    let symbols = formulas.variables.join(", ");
    let names = formulas.variables.join(" ");
    let head = docstring(&head(activation, command, 88), "");
    format!(
        "{head}\nfrom sympy import {}\n\n{symbols} = symbols(\"{names}\", real=True)\n\n{body}",
        imports.join(", ")
    )
}
