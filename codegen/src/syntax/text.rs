//! The text of a piece of syntax as a person would write it, for messages.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use quote::ToTokens;

/// Longer texts do not fit a message.
const LONGEST: usize = 40;

/// The text, cut where it would not fit a message.
pub(super) fn shortened(tokens: &impl ToTokens) -> String {
    let mut text = String::new();
    write(tokens.to_token_stream(), &mut text);
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Signs of two characters.
const PAIRS: [&str; 7] = ["<=", ">=", "==", "!=", "&&", "||", "**"];

fn write(tokens: TokenStream, text: &mut String) {
    // Whether what stands before ends a value, so that a sign that follows has two sides.
    let mut value = false;
    let mut rest = tokens.into_iter().peekable();
    while let Some(token) = rest.next() {
        if text.len() > 8 * LONGEST {
            return;
        }
        match token {
            TokenTree::Punct(punct) => {
                let mut sign = punct.as_char().to_string();
                if punct.spacing() == Spacing::Joint
                    && let Some(TokenTree::Punct(next)) = rest.peek()
                    && let pair = format!("{sign}{}", next.as_char())
                    && PAIRS.contains(&pair.as_str())
                {
                    sign = pair;
                    rest.next();
                }
                match sign.as_str() {
                    "," | ";" => text.push_str(&format!("{sign} ")),
                    "." => text.push('.'),
                    _ if value => text.push_str(&format!(" {sign} ")),
                    _ => text.push_str(&sign),
                }
                value = false;
            }
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => ("{ ", " }"),
                    Delimiter::None => ("", ""),
                };
                if group.delimiter() == Delimiter::Brace && value {
                    text.push(' ');
                }
                text.push_str(open);
                write(group.stream(), text);
                text.push_str(close);
                value = true;
            }
            TokenTree::Ident(_) | TokenTree::Literal(_) => {
                let word = token.to_string();
                if value {
                    text.push(' ');
                }
                text.push_str(&word);
                value = !["if", "else", "let"].contains(&word.as_str());
                if !value {
                    text.push(' ');
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::TokenStream;

    use super::shortened;

    #[test]
    fn formulas_are_spaced_as_people_write_them() {
        for text in [
            "tanh(x) + 1",
            "-x * clamp(x, -2, 2)",
            "if x > 0 && x <= 1 { x } else { -1 }",
            "x.tanh() ** 2",
            "a - (-b)",
        ] {
            let tokens: TokenStream = text.replace(' ', "  ").parse().expect("tokens");
            assert_eq!(shortened(&tokens), text);
        }
        let long = ["x"; 50].join(" + ");
        let tokens: TokenStream = long.parse().expect("tokens");
        assert_eq!(shortened(&tokens).chars().count(), 41);
    }
}
