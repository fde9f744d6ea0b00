//! What can be typed: the functions of the language, with what they stand for, and the activations that others are drawn beside.

use actsmith::zoo;
use actsmith_codegen::ops::{Op, SUGAR};
use actsmith_codegen::syntax::Source;
use serde_json::{Value, json};

use super::super::emit;
use super::super::formula::functions;

/// Functions with their arguments and definitions, activations by name, targets and languages.
pub(super) fn language() -> Value {
    let functions: Vec<Value> = functions().into_iter().map(function).collect();
    let activations = zoo::NAMES.iter().filter_map(|names| {
        let named = zoo::by_name(names[0]).ok()?;
        Some(json!({ "name": named.name(), "formula": named.formula() }))
    });
    let languages: Vec<&str> = Source::NAMED.iter().map(|(name, _)| *name).collect();
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "functions": functions,
        "activations": activations.collect::<Vec<_>>(),
        "targets": emit::targets(),
        "languages": languages,
    })
}

/// A function: what it is called with, and what it stands for.
fn function(name: &str) -> Value {
    let operation = Op::ALL
        .iter()
        .find(|op| op.name() == name || op.row().aliases.contains(&name));
    let sugar = SUGAR.iter().find(|sugar| sugar.names.contains(&name));
    let (arguments, definition) = match (operation, sugar) {
        (Some(op), _) => (
            ["a", "b", "c"][..op.arity().min(3)].to_vec(),
            op.row().definition,
        ),
        (None, Some(sugar)) => (sugar.parameters.to_vec(), Some(sugar.body)),
        (None, None) => (vec!["a"], None),
    };
    json!({ "name": name, "arguments": arguments, "definition": definition })
}
