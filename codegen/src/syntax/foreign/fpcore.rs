//! FPCore 2.0 (<https://fpbench.org/spec/fpcore-2.0.html>).

use std::str::FromStr;

use proc_macro2::{Delimiter, Group, Ident, Literal, Span, TokenStream, TokenTree};

use super::functions;
use super::piece::{Level, Piece, mistake};
use crate::diagnostic::Mistakes;

type Result<T> = std::result::Result<T, Mistakes>;

/// The same text with spaces in place of comments, so that every place stays.
pub(super) fn without_comments(text: &str) -> String {
    let mut comment = false;
    let mut string = false;
    let blank = |character: char| {
        string ^= character == '"' && !comment;
        comment = (comment || character == ';' && !string) && character != '\n';
        match comment {
            true => " ".repeat(character.len_utf8()),
            false => character.to_string(),
        }
    };
    text.chars().map(blank).collect()
}

/// A datum: an atom's text, or a list.
enum Datum {
    Atom(String, Span),
    List(Vec<Datum>, Span),
}

impl Datum {
    fn span(&self) -> Span {
        match self {
            Self::Atom(_, span) | Self::List(_, span) => *span,
        }
    }
}

/// The data that tokens stand for: those without a space between them are one atom.
fn data(tokens: TokenStream) -> Vec<Datum> {
    let mut data: Vec<Datum> = Vec::new();
    let mut end = None;
    for token in tokens {
        let span = token.span();
        let range = span.byte_range();
        match token {
            TokenTree::Group(group) => {
                data.push(Datum::List(data_of(&group), group.span_open()));
                end = None;
            }
            token => {
                let text = token.to_string();
                match data.last_mut() {
                    Some(Datum::Atom(atom, _)) if end == Some(range.start) => atom.push_str(&text),
                    _ => data.push(Datum::Atom(text, span)),
                }
                end = Some(range.end);
            }
        }
    }
    data
}

fn data_of(group: &Group) -> Vec<Datum> {
    match group.delimiter() {
        Delimiter::Parenthesis | Delimiter::Bracket => data(group.stream()),
        Delimiter::Brace | Delimiter::None => Vec::new(),
    }
}

/// The tokens of the formula language for an expression or a whole function, whose first argument is the input.
pub(super) fn translate(tokens: TokenStream) -> Result<TokenStream> {
    let mut data = data(tokens).into_iter();
    let Some(first) = data.next() else {
        return mistake(
            Span::call_site(),
            "the formula is empty",
            "write for example `(* x (exp x))`",
        );
    };
    if let Some(second) = data.next() {
        return mistake(
            second.span(),
            "there is a second function",
            "give one at a time",
        );
    }
    let piece = match first {
        Datum::List(list, span) if matches!(list.first(), Some(Datum::Atom(word, _)) if word == "FPCore") => {
            function(list, span)?
        }
        expression => read(&expression)?,
    };
    Ok(piece.into_tokens())
}

/// `(FPCore name? (arguments…) properties… body)`.
fn function(list: Vec<Datum>, span: Span) -> Result<Piece> {
    let mut rest = list.into_iter().skip(1).peekable();
    if matches!(rest.peek(), Some(Datum::Atom(..))) {
        rest.next();
    }
    let Some(Datum::List(arguments, _)) = rest.next() else {
        return mistake(
            span,
            "the function has no list of arguments",
            "write `(FPCore (x) …)`",
        );
    };
    let mut body = None;
    while let Some(datum) = rest.next() {
        match datum {
            // A property and its value.
            Datum::Atom(word, _) if word.starts_with(':') && rest.peek().is_some() => {
                rest.next();
            }
            datum => body = Some(datum),
        }
    }
    let Some(body) = body else {
        return mistake(span, "the function has no body", "write `(FPCore (x) …)`");
    };
    let body = read(&body)?;
    match arguments.first() {
        // The first argument is the input, whatever its name.
        Some(Datum::Atom(name, at)) if name != "x" => {
            let input = name_of(name, *at)?;
            Ok(Piece::block(
                vec![(input, Piece::name("x", *at))],
                body,
                *at,
            ))
        }
        _ => Ok(body),
    }
}

fn name_of(text: &str, span: Span) -> Result<Ident> {
    match crate::syntax::is_name(text) {
        true => Ok(Ident::new(text, span)),
        false => mistake(
            span,
            format!("`{text}` cannot be a name in a formula"),
            "use letters, digits and `_`",
        ),
    }
}

fn read(datum: &Datum) -> Result<Piece> {
    match datum {
        Datum::Atom(text, span) => atom(text, *span),
        Datum::List(list, span) => {
            let Some(Datum::Atom(head, at)) = list.first() else {
                return mistake(
                    *span,
                    "an operation is missing here",
                    "write for example `(exp x)`",
                );
            };
            apply(head, *at, &list[1..])
        }
    }
}

fn atom(text: &str, span: Span) -> Result<Piece> {
    if let Some((dividend, divisor)) = text.split_once('/') {
        let [a, b] = [number(dividend, span)?, number(divisor, span)?];
        return Ok(Piece::infix(a, "/", b, Level::Product, span));
    }
    let call =
        |name: &str, argument: &str| Piece::call(name, vec![Piece::number(argument, span)], span);
    Ok(match text {
        "PI" => Piece::name("pi", span),
        "E" => call("exp", "1"),
        "LN2" => call("ln", "2"),
        "LN10" => call("ln", "10"),
        "SQRT2" => call("sqrt", "2"),
        "SQRT1_2" => call("sqrt", "0.5"),
        "INFINITY" | "NAN" => {
            return mistake(
                span,
                format!("`{text}` is no finite number"),
                "a formula has finite numbers only",
            );
        }
        _ if text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) => {
            number(text, span)?
        }
        _ => Piece::atom(name_of(text, span)?),
    })
}

fn number(text: &str, span: Span) -> Result<Piece> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let digits = match digits.starts_with('.') {
        true => format!("0{digits}"),
        false => digits.to_owned(),
    };
    match Literal::from_str(&digits) {
        Ok(mut literal) => {
            literal.set_span(span);
            let number = Piece::atom(literal);
            Ok(if negative {
                number.negated(span)
            } else {
                number
            })
        }
        Err(_) => mistake(
            span,
            format!("`{text}` is no number"),
            "write for example `0.5`, `-1e-3` or `1/3`",
        ),
    }
}

/// An operation on what follows it.
fn apply(head: &str, span: Span, rest: &[Datum]) -> Result<Piece> {
    match head {
        "let" | "let*" => return bind(head, span, rest),
        // Annotations, such as a precision, do not change the function.
        "!" | "cast" => {
            let Some(body) = rest.last() else {
                return mistake(
                    span,
                    format!("`{head}` has nothing to stand before"),
                    "add an expression",
                );
            };
            return read(body);
        }
        "while" | "while*" | "for" | "for*" | "tensor" | "tensor*" => {
            return mistake(
                span,
                format!("`{head}` is not part of a formula"),
                "write what it computes",
            );
        }
        _ => {}
    }
    let mut arguments = rest.iter().map(read).collect::<Result<Vec<Piece>>>()?;
    let fold = |arguments: Vec<Piece>, signs: &str, level: Level| {
        let mut all = arguments.into_iter();
        all.next().map(|first| {
            all.fold(first, |left, right| {
                Piece::infix(left, signs, right, level, span)
            })
        })
    };
    let count = arguments.len();
    let folded = match (head, count) {
        ("+", 1..) => fold(arguments, "+", Level::Sum),
        ("*", 1..) => fold(arguments, "*", Level::Product),
        ("/", 2..) => fold(arguments, "/", Level::Product),
        ("-", 1) => Some(arguments.remove(0).negated(span)),
        ("-", 2..) => fold(arguments, "-", Level::Sum),
        ("and", 1..) => fold(arguments, "&&", Level::And),
        ("or", 1..) => fold(arguments, "||", Level::Or),
        ("not", 1) => Some(arguments.remove(0).not(span)),
        // Each with the next.
        ("<" | ">" | "<=" | ">=" | "==" | "!=", 2..) => {
            let pairs = arguments.windows(2).map(|pair| {
                Piece::infix(
                    pair[0].clone(),
                    head,
                    pair[1].clone(),
                    Level::Comparison,
                    span,
                )
            });
            fold(pairs.collect(), "&&", Level::And)
        }
        ("if", 3) => {
            let otherwise = arguments.remove(2);
            let then = arguments.remove(1);
            Some(Piece::choice(arguments.remove(0), then, otherwise, span))
        }
        _ if head.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && crate::syntax::is_name(head) =>
        {
            Some(functions::call(head, arguments, span))
        }
        _ => None,
    };
    match folded {
        Some(piece) => Ok(piece),
        None => mistake(
            span,
            format!("there is no operation `{head}` of {count} arguments"),
            "write for example `(+ x 1)`",
        ),
    }
}

/// `(let* ([name value] …) body)`; those of `let` do not see one another.
fn bind(head: &str, span: Span, rest: &[Datum]) -> Result<Piece> {
    let [Datum::List(bindings, _), body] = rest else {
        return mistake(
            span,
            format!("`{head}` needs a list of bindings and a body"),
            format!("write `({head} ([t (exp x)]) (* t t))`"),
        );
    };
    let mut named: Vec<(Ident, Piece)> = Vec::new();
    for binding in bindings {
        let Datum::List(pair, _) = binding else {
            return mistake(
                binding.span(),
                "a binding has a name and a value",
                "write `[t (exp x)]`",
            );
        };
        let [Datum::Atom(name, at), value] = &pair[..] else {
            return mistake(
                binding.span(),
                "a binding has a name and a value",
                "write `[t (exp x)]`",
            );
        };
        if head == "let"
            && let Some((other, _)) = named
                .iter()
                .find(|(known, _)| mentions(value, &known.to_string()))
        {
            let message = format!(
                "the bindings of `let` do not see one another, and this one uses `{other}`"
            );
            return mistake(value.span(), message, "write `let*`");
        }
        named.push((name_of(name, *at)?, read(value)?));
    }
    Ok(Piece::block(named, read(body)?, span))
}

fn mentions(datum: &Datum, name: &str) -> bool {
    match datum {
        Datum::Atom(text, _) => text == name,
        Datum::List(list, _) => list.iter().any(|datum| mentions(datum, name)),
    }
}
