//! Expressions of Python and of SymPy, by recursive descent
//! (<https://docs.python.org/3/reference/expressions.html#operator-precedence>).

mod calls;
mod parser;

pub(super) use parser::{Dialect, translate};
