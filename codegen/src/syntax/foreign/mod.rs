//! Formulas in other languages, turned into the tokens of this one: each new token has the place of what it stands for, so that every
//! mistake, also one that is found later, is shown in the text as it was given.

mod aquasurf;
mod fpcore;
mod functions;
mod piece;
mod python;

use proc_macro2::{Span, TokenStream};

use super::{MAX_TEXT_TOKENS, Names, characters, parse_bounded, scan, with_stack};
use crate::diagnostic::{Diagnostics, Mistakes};
use crate::ir::Dag;

/// A language that formulas are read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// An expression of Python, with the functions of PyTorch, JAX, NumPy and `math`.
    Python,
    /// An expression as SymPy prints it.
    SymPy,
    /// FPCore 2.0: a whole `(FPCore …)`, or its expression alone.
    FpCore,
    /// Nested calls as AQuaSurF names functions, such as `mul(sigmoid(x),erf(x))`.
    Aquasurf,
}

impl Source {
    /// All of them, by their names.
    pub const NAMED: [(&'static str, Self); 4] = [
        ("python", Self::Python),
        ("sympy", Self::SymPy),
        ("fpcore", Self::FpCore),
        ("aquasurf", Self::Aquasurf),
    ];
}

/// Parses a formula in `x`; any other name becomes a parameter.
pub fn parse_foreign(text: &str, source: Source) -> Result<Dag, Diagnostics> {
    if source != Source::FpCore {
        scan::check_comments(text, "is not part of a formula")?;
    }
    with_stack(|| parse_tokenised(text, source))
}

fn parse_tokenised(text: &str, source: Source) -> Result<Dag, Diagnostics> {
    // Spans do not leave the thread that has read the text.
    let shown = |mistakes: Mistakes| mistakes.in_source(text);
    scan::check_text(text).map_err(shown)?;
    let read = match source {
        Source::FpCore => fpcore::without_comments(text),
        Source::Python | Source::SymPy | Source::Aquasurf => characters::quoted(text).into_owned(),
    };
    let tokens: TokenStream = read.parse().map_err(|error: proc_macro2::LexError| {
        characters::unreadable(text, error.span().byte_range().start)
    })?;
    let translated = match source {
        Source::Python => python::translate(tokens, python::Dialect::Python),
        Source::SymPy => python::translate(tokens, python::Dialect::SymPy),
        Source::Aquasurf => python::translate(tokens, python::Dialect::Aquasurf),
        Source::FpCore => fpcore::translate(tokens),
    };
    let tokens = translated.map_err(shown)?;
    let parsed = parse_bounded(tokens, Names::Open, MAX_TEXT_TOKENS, Span::call_site());
    parsed.map(|parsed| parsed.dag.compact()).map_err(shown)
}
