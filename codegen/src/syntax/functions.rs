//! What the names of functions call.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use super::plain;
use crate::ops::{Op, SUGAR, Sugar};

/// Whether formulas call the operation by name; comparisons, `if` and constants have a syntax of their own.
fn is_callable(op: Op) -> bool {
    !matches!(op, Op::Lt | Op::Le | Op::Eq | Op::If | Op::Pi)
}

/// What a name calls, by the number of arguments.
#[derive(Clone, Copy)]
pub(super) enum Callee {
    Operation(Op),
    Sugar(&'static Sugar),
}

/// Every function by each of its names, in each of its forms, fewest arguments first; an operation comes before sugar.
pub(super) static FUNCTIONS: LazyLock<HashMap<&'static str, BTreeMap<usize, Callee>>> =
    LazyLock::new(|| {
        let mut functions: HashMap<&str, BTreeMap<usize, Callee>> = HashMap::new();
        let operations = Op::ALL.iter().filter(|&&op| is_callable(op));
        let operations = operations.flat_map(|&op| {
            let names = op.row().aliases.iter().copied().chain([op.name()]);
            names.map(move |name| (name, op.arity(), Callee::Operation(op)))
        });
        let sugars = SUGAR.iter().flat_map(|sugar| {
            let names = sugar.names.iter().copied();
            names.map(move |name| (name, sugar.parameters.len(), Callee::Sugar(sugar)))
        });
        for (name, arity, function) in operations.chain(sugars) {
            let forms = functions.entry(name).or_default();
            forms.entry(arity).or_insert(function);
        }
        functions
    });

/// The names of functions by what is plain of them.
static PLAIN: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    // In the order of the table, of which the first stands.
    let mut names = HashMap::new();
    for name in function_names() {
        names.entry(plain(name)).or_insert(name);
    }
    names
});

/// The function that a name calls: `LogSigmoid` is `log_sigmoid`.
pub(super) fn function(name: &str) -> Option<&'static str> {
    let exact = FUNCTIONS.get_key_value(name).map(|(name, _)| *name);
    exact.or_else(|| PLAIN.get(&plain(name)).copied())
}

pub(super) fn is_function(name: &str) -> bool {
    FUNCTIONS.contains_key(name)
}

/// Whether the language has a function or a constant of this name, which a variable would hide from whoever reads the formula.
pub(super) fn is_taken(name: &str) -> bool {
    is_function(name) || name == Op::Pi.name()
}

/// Every name that can be called.
pub fn function_names() -> impl Iterator<Item = &'static str> {
    let operations = Op::ALL.iter().filter(|&&op| is_callable(op));
    operations
        .flat_map(|op| op.row().aliases.iter().copied().chain([op.name()]))
        .chain(SUGAR.iter().flat_map(|sugar| sugar.names.iter().copied()))
}
