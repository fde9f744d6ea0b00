//! The formula language: a subset of Rust expressions, one grammar for the macro, the command line and files.
//!
//! Numbers, `+ - * /`, unary `-`, parentheses, calls (`sigmoid(x)`), method calls (`x.tanh()`), comparisons joined by `&&` and
//! `||` inside `if … { … } else { … }`, and `let` bindings in a block. Any other name is a variable.

mod item;
mod lower;
mod suggest;

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::parse::Parser;

use crate::diagnostic::Diagnostics;
use crate::number::Number;
use crate::ops::Op;

pub use item::{Item, Parameter};
pub use lower::function_names;
pub use suggest::nearest;

/// Formulas with more tokens than this are refused: no activation is that long, and a parser that recurses needs a bound.
const MAX_TOKENS: usize = 4_000;
/// Parentheses, blocks and prefix operators may nest this deep.
const MAX_NESTING: usize = 128;

/// The place of a term in a [`Tree`].
pub type TermId = usize;

/// One term of a parsed formula; its arguments precede it in the tree.
#[derive(Clone, Debug, PartialEq)]
pub enum Term {
    /// A literal.
    Number(Number),
    /// A variable, by its place in [`Tree::variables`].
    Variable(usize),
    /// An operation on terms.
    Apply(Op, Vec<TermId>),
}

/// A parsed formula: terms in the order of evaluation, the last of them reached from `root`.
#[derive(Clone, Debug)]
pub struct Tree {
    /// The terms; arguments come before what uses them.
    pub terms: Vec<Term>,
    /// The formula's value.
    pub root: TermId,
    /// The names of the variables; the input comes first.
    pub variables: Vec<String>,
}

/// Which names a formula may use for variables.
pub enum Names<'a> {
    /// Only these, the input first; any other name is a mistake.
    Declared(&'a [String]),
    /// Only these; one that stands as the condition of an `if` is any condition. For the rules of the algebra.
    Pattern(&'a [String]),
    /// The input `x`, and any other name becomes a parameter where it first appears.
    Open,
}

/// Parses the text of a formula. Errors carry the text, so that they show the line.
pub fn parse_text(text: &str, names: Names<'_>) -> Result<Tree, Diagnostics> {
    parse_unmarked(text, names).map_err(|diagnostics| diagnostics.with_source(text))
}

fn parse_unmarked(text: &str, names: Names<'_>) -> Result<Tree, Diagnostics> {
    check_nesting(text)?;
    let tokens: TokenStream = text.parse().map_err(|error: proc_macro2::LexError| {
        let mut diagnostics = Diagnostics::default();
        let message = "cannot read this as a formula: unbalanced brackets or an unknown character";
        diagnostics.error(error.span(), message);
        diagnostics
    })?;
    parse_tokens(tokens, names)
}

/// Parses a formula from tokens: statements `let … = …;` and a final expression.
pub fn parse_tokens(tokens: TokenStream, names: Names<'_>) -> Result<Tree, Diagnostics> {
    check_size(&tokens)?;
    if tokens.is_empty() {
        let mut diagnostics = Diagnostics::default();
        diagnostics.error_with_help(
            Span::call_site(),
            "the formula is empty",
            "write for example `x * sigmoid(x)`",
        );
        return Err(diagnostics);
    }
    let statements = syn::Block::parse_within.parse2(tokens)?;
    lower::lower(&statements, names)
}

/// Refuses text that nests too deep for a recursive parser, before one sees it.
fn check_nesting(text: &str) -> Result<(), Diagnostics> {
    let mut depth = 0usize;
    for character in text.chars() {
        match character {
            '(' | '{' | '[' => depth += 1,
            ')' | '}' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_NESTING {
            return Err(too_deep(Span::call_site()));
        }
    }
    Ok(())
}

fn too_deep(span: Span) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    let help = "name parts of the formula: `let a = …; …`";
    diagnostics.error_with_help(span, "the formula nests too deep", help);
    diagnostics
}

/// Refuses what is too long, or has so many signs in a row that reading them would recurse too deep.
fn check_size(tokens: &TokenStream) -> Result<(), Diagnostics> {
    let mut size = Size::default();
    size.add(tokens);
    if size.longest_run > MAX_NESTING {
        return Err(too_deep(Span::call_site()));
    }
    if size.tokens > MAX_TOKENS {
        let mut diagnostics = Diagnostics::default();
        let count = size.tokens;
        let message = format!("the formula has {count} tokens; at most {MAX_TOKENS} are taken");
        diagnostics.error(Span::call_site(), message);
        return Err(diagnostics);
    }
    Ok(())
}

#[derive(Default)]
struct Size {
    tokens: usize,
    /// Signs since the last other token, and the most of them so far.
    run: usize,
    longest_run: usize,
}

impl Size {
    fn add(&mut self, tokens: &TokenStream) {
        for token in tokens.clone() {
            self.tokens += 1;
            self.run = match &token {
                TokenTree::Punct(_) => self.run + 1,
                _ => 0,
            };
            self.longest_run = self.longest_run.max(self.run);
            if let TokenTree::Group(group) = token {
                self.add(&group.stream());
            }
        }
    }
}
