//! Words that name nothing in Python.

use crate::ops::Op;

/// The keywords of Python 3.14 (`keyword.kwlist`); soft keywords such as `match` may be names.
const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
    "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import",
    "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while",
    "with", "yield",
];

/// The built-in functions and types that the emitted code uses, or whose loss would surprise in a module.
const BUILT_IN: [&str; 8] = [
    "float", "int", "len", "list", "print", "super", "tuple", "type",
];

/// The functions that every module has for itself, beside those that stand for operations.
const PRIVATE: [&str; 7] = [
    "_value",
    "_derivatives",
    "_wide",
    "_along",
    "_constant",
    "_jvp",
    "_Function",
];

/// Whether a name is a keyword, or means something else in the emitted code.
pub(crate) fn is_reserved(name: &str) -> bool {
    let operation = name
        .strip_prefix('_')
        .and_then(|name| Op::named(name).next());
    KEYWORDS.contains(&name)
        || BUILT_IN.contains(&name)
        || PRIVATE.contains(&name)
        || operation.is_some()
}
