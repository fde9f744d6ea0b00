//! Names that SymPy gives a meaning.

use crate::backend::pythonic;

/// What the emitted module imports and defines, and the names of one letter that `sympify` reads as constants and functions
/// (<https://docs.sympy.org/latest/explanation/gotchas.html>).
const OWN: [&str; 30] = [
    "sympy",
    "symbols",
    "Rational",
    "Piecewise",
    "Max",
    "Min",
    "Abs",
    "Eq",
    "sign",
    "sqrt",
    "exp",
    "log",
    "sin",
    "cos",
    "sinh",
    "cosh",
    "tanh",
    "asinh",
    "atan",
    "erf",
    "erfc",
    "pi",
    "value",
    "E",
    "I",
    "N",
    "O",
    "Q",
    "S",
    "C",
];

/// Whether a name cannot be that of a symbol in the module.
pub(crate) fn is_reserved(name: &str) -> bool {
    OWN.contains(&name) || pythonic::is_reserved(name)
}
