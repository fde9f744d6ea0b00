//! Symbols that FPCore 2.0 gives a meaning.

/// Its constants, and the forms that are no functions.
const WORDS: [&str; 24] = [
    "E",
    "LOG2E",
    "LOG10E",
    "LN2",
    "LN10",
    "PI",
    "PI_2",
    "PI_4",
    "M_1_PI",
    "M_2_PI",
    "M_2_SQRTPI",
    "SQRT2",
    "SQRT1_2",
    "INFINITY",
    "NAN",
    "TRUE",
    "FALSE",
    "if",
    "let",
    "while",
    "for",
    "cast",
    "digits",
    "FPCore",
];

/// Whether a symbol cannot be that of an argument.
pub(crate) fn is_reserved(name: &str) -> bool {
    WORDS.contains(&name)
}
