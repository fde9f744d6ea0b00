//! The formula language: a subset of Rust expressions, one grammar for the macro, the command line and files.
//!
//! Numbers, `+ - * /`, unary `-`, parentheses, calls (`sigmoid(x)`), method calls (`x.tanh()`), comparisons joined by `&&` and
//! `||` inside `if … { … } else { … }`, and `let` bindings in a block. Any other name is a variable. Spellings that PyTorch's users
//! know are taken where they are clear: `F.gelu(x)`, `nn.SiLU()(x)`, `.5 * x`, `+x`.

mod advice;
mod characters;
mod foreign;
mod functions;
mod graph;
mod item;
mod lower;
mod names;
mod rows;
mod scan;
mod suggest;
mod text;
mod tidy;

use std::thread;

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};

use crate::diagnostic::{Diagnostics, Mistakes};
use crate::ir::Dag;

pub use foreign::{Source, parse_foreign};
pub use functions::function_names;
use functions::is_taken;
pub(crate) use item::clash;
pub use item::{DeclaredParameter, Item, ParameterKind};
#[cfg(feature = "oracle")]
pub(crate) use rows::formula;
pub(crate) use rows::of_row;
pub use suggest::{nearest, plain};

/// Formulas with more tokens than this are refused inside a macro, whose stack is the compiler's.
const MAX_MACRO_TOKENS: usize = 4_000;
/// The same for text: enough for tens of thousands of operations.
const MAX_TEXT_TOKENS: usize = 200_000;
/// Text longer than this is parsed on a stack of its own: the syntax tree of a sum is as deep as the sum is long.
const SHORT: usize = 2_000;
/// That stack; only what is used of it takes memory. A level of the tree takes less than 1 KiB.
const STACK: usize = 512 << 20;

/// Whether a variable may have this name: that of a Rust identifier, in any edition.
pub(crate) fn is_name(text: &str) -> bool {
    // Reserved from the edition of 2024 on, which `syn` does not know.
    text != "gen" && !text.starts_with("r#") && syn::parse_str::<syn::Ident>(text).is_ok()
}

/// A formula as it was read: the graph, and where each of its nodes stands.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// The graph, with what only an unused `let` names; the formula is its output.
    pub dag: Dag,
    /// The token behind each node, the first of several.
    pub spans: Vec<Span>,
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
pub fn parse_text(text: &str, names: Names<'_>) -> Result<Dag, Diagnostics> {
    scan::check_comments(text, "begins a comment in Rust")?;
    characters::check(text)?;
    let parse = || parse_tokenised(text, names);
    if text.len() <= SHORT {
        return parse();
    }
    with_stack(parse)
}

/// Parses on a thread whose stack a deep formula fits.
fn with_stack(parse: impl FnOnce() -> Result<Dag, Diagnostics> + Send) -> Result<Dag, Diagnostics> {
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(STACK);
        match thread.spawn_scoped(scope, parse) {
            Ok(handle) => handle
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(error) => {
                let mut diagnostics = Diagnostics::default();
                let message = format!("not enough memory to parse such a long formula: {error}");
                diagnostics.note(message, "write a shorter one");
                Err(diagnostics)
            }
        }
    })
}

fn parse_tokenised(text: &str, names: Names<'_>) -> Result<Dag, Diagnostics> {
    // Spans do not leave the thread that has read the text.
    let shown = |mistakes: Mistakes| mistakes.in_source(text);
    scan::check_text(text).map_err(shown)?;
    let tokens: TokenStream =
        characters::quoted(text)
            .parse()
            .map_err(|error: proc_macro2::LexError| {
                characters::unreadable(text, error.span().byte_range().start)
            })?;
    let parsed = parse_bounded(tokens, names, MAX_TEXT_TOKENS, Span::call_site());
    parsed.map(|parsed| parsed.dag.compact()).map_err(shown)
}

/// Parses a formula from tokens: statements `let … = …;` and a final expression. What is
/// wrong with the formula as a whole is shown at `whole`.
pub fn parse_tokens(
    tokens: TokenStream,
    names: Names<'_>,
    whole: Span,
) -> Result<Parsed, Mistakes> {
    parse_bounded(tokens, names, MAX_MACRO_TOKENS, whole)
}

fn parse_bounded(
    tokens: TokenStream,
    names: Names<'_>,
    most: usize,
    whole: Span,
) -> Result<Parsed, Mistakes> {
    scan::check_tokens(&tokens, most, whole)?;
    let Some(last) = tokens.clone().into_iter().last() else {
        let mut mistakes = Mistakes::default();
        mistakes.error_with_help(
            whole,
            "the formula is empty",
            "write for example `x * sigmoid(x)`",
        );
        return Err(mistakes);
    };
    // In braces of its own, so that a formula that breaks off is shown at its last token.
    let mut group = Group::new(Delimiter::Brace, tidy::tidy(tokens));
    group.set_span(last.span());
    let block: syn::Block = syn::parse2(TokenTree::from(group).into())?;
    lower::lower(&block.stmts, names, whole)
}
