//! What a formula may write and a Rust expression may not, put into Rust: `.5`, a sign `+` in front, and a choice that an operator
//! follows at the beginning of a block.

use proc_macro2::{Delimiter, Group, Literal, TokenStream, TokenTree};

/// The tokens of a block as Rust reads them.
pub(super) fn tidy(tokens: TokenStream) -> TokenStream {
    enclose_choice(respell(tokens)).into_iter().collect()
}

/// The tokens with signs and numbers as Rust writes them. What stands in brackets is no block.
fn respell(tokens: TokenStream) -> Vec<TokenTree> {
    let mut tidied: Vec<TokenTree> = Vec::new();
    let mut rest = tokens.into_iter().peekable();
    while let Some(token) = rest.next() {
        let sign = match &token {
            TokenTree::Punct(punct) => Some(punct.as_char()),
            TokenTree::Group(_) | TokenTree::Ident(_) | TokenTree::Literal(_) => None,
        };
        if !tidied.last().is_some_and(ends_value) {
            if sign == Some('+') {
                continue;
            }
            if sign == Some('.')
                && let Some(fraction) = rest.peek().and_then(fraction)
            {
                tidied.push(fraction.into());
                rest.next();
                continue;
            }
        }
        tidied.push(match token {
            TokenTree::Group(group) => {
                let inside = match group.delimiter() {
                    Delimiter::Brace => tidy(group.stream()),
                    Delimiter::Parenthesis | Delimiter::Bracket | Delimiter::None => {
                        respell(group.stream()).into_iter().collect()
                    }
                };
                let mut tidied = Group::new(group.delimiter(), inside);
                tidied.set_span(group.span());
                tidied.into()
            }
            token => token,
        });
    }
    tidied
}

/// Whether an operator that follows has a value on its left.
fn ends_value(token: &TokenTree) -> bool {
    match token {
        TokenTree::Group(_) | TokenTree::Literal(_) => true,
        TokenTree::Ident(ident) => ident != "if" && ident != "else" && ident != "let",
        TokenTree::Punct(_) => false,
    }
}

/// The number 0.5 for the 5 in `.5`.
fn fraction(token: &TokenTree) -> Option<Literal> {
    let TokenTree::Literal(literal) = token else {
        return None;
    };
    let digits = literal.to_string();
    if !digits.starts_with(|c: char| c.is_ascii_digit()) || digits.contains('.') {
        return None;
    }
    let mut fraction: Literal = format!("0.{digits}").parse().ok()?;
    fraction.set_span(literal.span());
    Some(fraction)
}

/// Puts parentheses around the value of a block that begins with a choice or a block and goes on: as a statement, it would end
/// there.
fn enclose_choice(mut tokens: Vec<TokenTree>) -> Vec<TokenTree> {
    let semicolon = |token: &TokenTree| matches!(token, TokenTree::Punct(p) if p.as_char() == ';');
    let start = tokens
        .iter()
        .rposition(semicolon)
        .map_or(0, |last| last + 1);
    let value = &tokens[start..];
    if let Some(length) = statement(value)
        && length < value.len()
    {
        let span = value[0].span();
        let mut group = Group::new(
            Delimiter::Parenthesis,
            tokens.drain(start..).collect::<TokenStream>(),
        );
        group.set_span(span);
        tokens.push(group.into());
    }
    tokens
}

/// How many tokens the choice or block takes that stands first, if one does.
fn statement(tokens: &[TokenTree]) -> Option<usize> {
    let braces = |token: &TokenTree| matches!(token, TokenTree::Group(g) if g.delimiter() == Delimiter::Brace);
    let word =
        |at: usize, word: &str| matches!(tokens.get(at), Some(TokenTree::Ident(i)) if i == word);
    if tokens.first().is_some_and(braces) {
        return Some(1);
    }
    let mut at = 0;
    while word(at, "if") {
        at += tokens[at..].iter().position(braces)? + 1;
        if !word(at, "else") {
            return Some(at);
        }
        at += 1;
        if tokens.get(at).is_some_and(braces) {
            return Some(at + 1);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use crate::ir::Dag;

    #[test]
    fn what_rust_does_not_read_is_put_into_rust() {
        for (text, same) in [
            (".5 * x", "0.5 * x"),
            ("x*.5", "x * 0.5"),
            ("x - .25e-3", "x - 0.00025"),
            ("max(.5, x)", "max(0.5, x)"),
            ("+x", "x"),
            ("2 * +x", "2 * x"),
            ("-+x", "-x"),
            ("tanh(+x) + +1", "tanh(x) + 1"),
            (
                "if x > 0 { x } else { 0 } + clamp(x, -1, 1)",
                "(if x > 0 { x } else { 0 }) + clamp(x, -1, 1)",
            ),
            (
                "if x > 0 { 1 } else if x < -1 { 2 } else { 3 } * x",
                "(if x > 0 { 1 } else { if x < -1 { 2 } else { 3 } }) * x",
            ),
            (
                "if x > 0 { 1 } else { 2 } - if x > 1 { 3 } else { 4 }",
                "(if x > 0 { 1 } else { 2 }) - (if x > 1 { 3 } else { 4 })",
            ),
            ("{ let s = sigmoid(x); x * s } + 1", "x * sigmoid(x) + 1"),
            (
                "let a = 2; if x > 0 { a } else { 0 } - x",
                "(if x > 0 { 2 } else { 0 }) - x",
            ),
            (
                "if x > 0 { if x > 1 { 1 } else { 2 } + x } else { 0 }",
                "if x > 0 { (if x > 1 { 1 } else { 2 }) + x } else { 0 }",
            ),
            (
                "max(if x > 0 { x } else { 1 } + 2, 3)",
                "max((if x > 0 { x } else { 1 }) + 2, 3)",
            ),
            (
                "clamp(if x < 1 { if x > 0 { x } else { 1 } * 2 } else { 3 }, -1, +.5)",
                "clamp((if x < 1 { (if x > 0 { x } else { 1 }) * 2 } else { 3 }), -1, 0.5)",
            ),
            ("if !(x > 0) { 1 } else { x }", "if x > 0 { x } else { 1 }"),
            (
                "if !(x > 0 && x < 1) { 1 } else { x }",
                "if x > 0 { if x < 1 { x } else { 1 } } else { 1 }",
            ),
            ("if !!(x > 0) { 1 } else { x }", "if x > 0 { 1 } else { x }"),
            (
                "if x > 0 { x } else { 0 }.tanh()",
                "tanh(if x > 0 { x } else { 0 })",
            ),
        ] {
            let (text, same) = (
                Dag::parse(text).unwrap_or_else(|e| panic!("{e}")),
                Dag::parse(same).unwrap(),
            );
            assert_eq!(text.formula(0), same.formula(0));
        }
    }

    #[test]
    fn nothing_else_is_put_right() {
        for text in [
            "x +",
            "+",
            "x . 5",
            "x.5",
            "if x > 0 { x } + 1",
            "if x > 0 { x } else { 0 } x",
            ".x",
            "x!",
        ] {
            assert!(Dag::parse(text).is_err(), "{text}");
        }
    }
}
