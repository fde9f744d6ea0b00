//! A look at the tokens before a recursive parser sees them: what would nest without bound is refused here.

use proc_macro2::{Delimiter, Spacing, Span, TokenStream, TokenTree};

use super::text::shortened;
use crate::diagnostic::{Diagnostics, Mistakes};

/// Parentheses, blocks, prefix operators and branches may nest this deep.
pub(super) const MAX_NESTING: usize = 128;
/// Tokens without an operator among them, as in `x.tanh().tanh()`.
const MAX_RUN: usize = 1_000;

/// Words of Rust that begin what is not part of a formula.
const FOREIGN: [&str; 36] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn",
    "enum", "extern", "fn", "for", "impl", "in", "loop", "macro", "match", "mod", "move", "pub",
    "return", "static", "struct", "trait", "try", "type", "typeof", "unsafe", "unsized", "use",
    "where", "while", "yield",
];

/// Refuses comments that would leave out part of a line without a word, saying `what` they are. Those that have lines of their own may stay.
pub(super) fn check_comments(text: &str, what: &str) -> Result<(), Diagnostics> {
    let refuse = |start: usize, comment: &str, help: &str| {
        let message = format!("`{comment}` {what}");
        let range = start..start + comment.len();
        Err(Diagnostics::in_text(text, range, message, help))
    };
    let mut before = 0;
    for line in text.split_inclusive('\n') {
        let comment = line.find("//").unwrap_or(line.len());
        if let Some(start) = line[..comment].find("/*") {
            return refuse(before + start, "/*", "leave the comment out");
        }
        if comment < line.len() && !line[..comment].trim().is_empty() {
            let help = "write `/` to divide; there is no integer division";
            return refuse(before + comment, "//", help);
        }
        before += line.len();
    }
    Ok(())
}

/// Refuses text that nests too deep, before it becomes tokens.
pub(super) fn check_text(text: &str) -> Result<(), Mistakes> {
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

pub(super) fn too_deep(span: Span) -> Mistakes {
    let help = "name parts of the formula: `let a = …; …`";
    error(span, "the formula nests too deep".to_owned(), help)
}

/// Refuses more than `most` tokens, and syntax that nests to the right without brackets: signs, branches, words and operators of
/// Rust that no formula has.
pub(super) fn check_tokens(tokens: &TokenStream, most: usize, whole: Span) -> Result<(), Mistakes> {
    let mut scan = Scan::default();
    scan.stream(tokens, 0, whole, Inside::Formula)?;
    if scan.tokens > most {
        let message = format!(
            "the formula has {} tokens; at most {most} are taken",
            scan.tokens
        );
        return Err(error(whole, message, "name what repeats: `let a = …; …`"));
    }
    Ok(())
}

fn error(span: Span, message: String, help: &str) -> Mistakes {
    let mut diagnostics = Mistakes::default();
    diagnostics.error_with_help(span, message, help);
    diagnostics
}

#[derive(Default)]
struct Scan {
    tokens: usize,
}

/// What stands before a token.
#[derive(Clone, Copy, PartialEq)]
enum Before {
    /// The beginning of a statement.
    Start,
    /// A sign, or the first part of one.
    Sign,
    /// `let`, or a word that may follow it.
    Let,
    /// The name that follows `let`.
    Bound,
    /// `if` or `else`.
    Word,
    /// The end of a value.
    Value,
}

/// Where tokens stand.
#[derive(Clone, Copy, PartialEq)]
enum Inside {
    /// In no brackets.
    Formula,
    /// Between the parentheses of a call.
    Call,
    /// In other brackets.
    Brackets,
}

impl Scan {
    fn stream(
        &mut self,
        tokens: &TokenStream,
        depth: usize,
        at: Span,
        inside: Inside,
    ) -> Result<(), Mistakes> {
        if depth > MAX_NESTING {
            return Err(too_deep(at));
        }
        let mut before = Before::Start;
        // Signs since the last other token, other tokens since the last sign, and branches since the last statement.
        let (mut signs, mut run, mut branches) = (0, 0, 0);
        let mut joint: Option<char> = None;
        // Tokens from the beginning and since the last comma, and the last of them.
        let (mut index, mut since, mut last): (usize, usize, Option<TokenTree>) = (0, 0, None);
        let mut rest = tokens.clone().into_iter().peekable();
        while let Some(token) = rest.next() {
            self.tokens += 1;
            let span = token.span();
            let sign = match &token {
                TokenTree::Punct(punct) => Some(punct.as_char()),
                TokenTree::Group(_) | TokenTree::Ident(_) | TokenTree::Literal(_) => None,
            };
            (signs, run) = match sign {
                Some('.') => (0, run + 1),
                Some(_) => (signs + 1, 0),
                None => (0, run + 1),
            };
            before = match &token {
                TokenTree::Group(group) => {
                    if group.delimiter() == Delimiter::Bracket {
                        return Err(foreign(span, "[…]"));
                    }
                    let named = matches!(&last, Some(TokenTree::Ident(_) | TokenTree::Group(_)));
                    let parentheses = group.delimiter() == Delimiter::Parenthesis;
                    let inside = match before == Before::Value && named && parentheses {
                        true => Inside::Call,
                        false => Inside::Brackets,
                    };
                    self.stream(&group.stream(), depth + 1, group.span_open(), inside)?;
                    Before::Value
                }
                TokenTree::Literal(_) => {
                    check_apart(before, last.as_ref(), &token)?;
                    Before::Value
                }
                TokenTree::Ident(ident) => {
                    let word = ident.to_string();
                    match word.as_str() {
                        "let" if before == Before::Start || before == Before::Value => Before::Let,
                        "let" => return Err(foreign(span, "let")),
                        "mut" | "ref" if before == Before::Let => Before::Let,
                        "if" if before == Before::Value => {
                            let help = "write `if condition { value } else { other value }`";
                            let message = "`if` comes before its condition".to_owned();
                            return Err(error(span, message, help));
                        }
                        "if" => Before::Word,
                        "else" => {
                            branches += 1;
                            Before::Word
                        }
                        word if FOREIGN.contains(&word) => return Err(foreign(span, word)),
                        _ if before == Before::Let => Before::Bound,
                        _ => {
                            check_apart(before, last.as_ref(), &token)?;
                            Before::Value
                        }
                    }
                }
                TokenTree::Punct(punct) => match punct.as_char() {
                    ';' => {
                        branches = 0;
                        Before::Start
                    }
                    '=' if joint.is_some_and(|first| "=<>!".contains(first)) => Before::Sign,
                    // `alpha = 2` in a call: the advice takes the name of the function.
                    '=' if inside == Inside::Call
                        && since == 1
                        && joint.is_none()
                        && matches!(last, Some(TokenTree::Ident(_))) =>
                    {
                        Before::Sign
                    }
                    '=' if inside == Inside::Formula
                        && joint.is_none()
                        && is_head(index, last.as_ref())
                        && !(punct.spacing() == Spacing::Joint && is_sign(rest.peek(), '=')) =>
                    {
                        let formula: TokenStream = rest.collect();
                        let help = format!("write the formula alone: `{}`", shortened(&formula));
                        let message = "only what follows `=` is a formula".to_owned();
                        return Err(error(span, message, &help));
                    }
                    '=' if before != Before::Bound
                        && !(punct.spacing() == Spacing::Joint && is_sign(rest.peek(), '=')) =>
                    {
                        let message = match joint {
                            Some(first) => format!("`{first}=` is not part of a formula"),
                            None => "`=` only gives a name to a value".to_owned(),
                        };
                        return Err(error(
                            span,
                            message,
                            "write `let name = …;`, and compare with `==`",
                        ));
                    }
                    ':' => return Err(foreign(span, "paths and types")),
                    '.' if joint == Some('.') => return Err(foreign(span, "..")),
                    '|' if punct.spacing() == Spacing::Alone && joint != Some('|') => {
                        return Err(foreign(span, "|"));
                    }
                    '|' | '<' if joint.is_none() && before != Before::Value => {
                        let message =
                            format!("there is no value before this `{}`", punct.as_char());
                        return Err(error(
                            span,
                            message,
                            "write a value on both sides of an operator",
                        ));
                    }
                    '?' | '#' | '@' | '$' | '~' | '\'' => {
                        return Err(foreign(span, &punct.as_char().to_string()));
                    }
                    '!' if before == Before::Value && !is_sign(rest.peek(), '=') => {
                        let help = "the language has no factorial; inside `if`, `!=` compares";
                        return Err(error(span, "`!` is not part of a formula".to_owned(), help));
                    }
                    '.' => before,
                    _ => Before::Sign,
                },
            };
            joint = match &token {
                TokenTree::Punct(punct) if punct.spacing() == Spacing::Joint => {
                    Some(punct.as_char())
                }
                _ => None,
            };
            index += 1;
            since = if sign == Some(',') { 0 } else { since + 1 };
            last = Some(token);
            if signs > MAX_NESTING || run > MAX_RUN || branches > MAX_NESTING {
                return Err(too_deep(span));
            }
        }
        Ok(())
    }
}

/// Whether the tokens before a `=` are a name, or a name with arguments: what a function is declared with.
fn is_head(index: usize, last: Option<&TokenTree>) -> bool {
    match last {
        Some(TokenTree::Ident(_)) => index == 1,
        Some(TokenTree::Group(group)) => index == 2 && group.delimiter() == Delimiter::Parenthesis,
        _ => false,
    }
}

/// Refuses two values side by side.
fn check_apart(before: Before, last: Option<&TokenTree>, next: &TokenTree) -> Result<(), Mistakes> {
    let last = match last {
        Some(TokenTree::Punct(_)) | None => return Ok(()),
        Some(last) if before == Before::Value => last,
        Some(_) => return Ok(()),
    };
    let (left, right) = (shortened(last), shortened(next));
    let help = match (left.as_str(), right.as_str()) {
        (_, "and") => "in the condition of `if`, write `&&`".to_owned(),
        (_, "or") => "in the condition of `if`, write `||`".to_owned(),
        ("not", _) => "in the condition of `if`, write `!(…)`".to_owned(),
        ("lambda" | "def", _) => "write the formula alone, such as `x * sigmoid(x)`".to_owned(),
        (_, "then") => "write `if condition { value } else { other value }`".to_owned(),
        _ if left.ends_with('}') => "write an operator, or `;` after a `let`".to_owned(),
        _ => format!("for a product, write `{left} * {right}`"),
    };
    let message = format!("there is no operator between `{left}` and `{right}`");
    Err(error(next.span(), message, &help))
}

fn is_sign(token: Option<&TokenTree>, sign: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == sign)
}

fn foreign(span: Span, what: &str) -> Mistakes {
    let help = "a formula has numbers, names, + - * /, calls, `if … else …` and `let`";
    let message = match what {
        "paths and types" => "paths and types are not part of a formula".to_owned(),
        what => format!("`{what}` is not part of a formula"),
    };
    error(span, message, help)
}
