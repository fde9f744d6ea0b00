//! Expressions of the formula language under construction.

use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

use crate::diagnostic::Mistakes;

/// How tightly an expression binds, from loosest to tightest.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(super) enum Level {
    Or,
    And,
    Comparison,
    Sum,
    Product,
    Prefix,
    Atom,
}

/// An expression.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    tokens: Vec<TokenTree>,
    level: Level,
    /// Where the source has it.
    pub(super) span: Span,
}

impl Piece {
    pub(super) fn atom(token: impl Into<TokenTree>) -> Self {
        let token = token.into();
        Self {
            span: token.span(),
            tokens: vec![token],
            level: Level::Atom,
        }
    }

    pub(super) fn name(name: &str, span: Span) -> Self {
        Self::atom(Ident::new(name, span))
    }

    /// Whether it is true or false, and no number.
    pub(super) fn is_condition(&self) -> bool {
        self.level <= Level::Comparison
    }

    /// A number of few digits.
    pub(super) fn number(text: &str, span: Span) -> Self {
        let literal: Option<Literal> = text.trim_start_matches('-').parse().ok();
        let mut literal = literal.unwrap_or_else(|| Literal::u32_unsuffixed(0));
        literal.set_span(span);
        let number = Self::atom(literal);
        match text.starts_with('-') {
            true => number.negated(span),
            false => number,
        }
    }

    /// The tokens, in parentheses unless they bind as tightly as `least`.
    fn at_least(self, least: Level) -> Vec<TokenTree> {
        match self.level >= least {
            true => self.tokens,
            false => vec![group(Delimiter::Parenthesis, self.tokens, self.span)],
        }
    }

    pub(super) fn negated(self, span: Span) -> Self {
        let mut tokens = vec![sign('-', Spacing::Alone, span)];
        tokens.extend(self.at_least(Level::Atom));
        Self {
            tokens,
            level: Level::Prefix,
            span,
        }
    }

    /// `left signs right`, of operators that are computed from the left.
    pub(super) fn infix(left: Self, signs: &str, right: Self, level: Level, span: Span) -> Self {
        let tighter = match level {
            Level::Or => Level::And,
            Level::And => Level::Comparison,
            Level::Comparison => Level::Sum,
            Level::Sum => Level::Product,
            Level::Product | Level::Prefix | Level::Atom => Level::Prefix,
        };
        let of_left = match level {
            Level::Comparison => Level::Sum,
            level => level,
        };
        let mut tokens = left.at_least(of_left);
        let last = signs.chars().count() - 1;
        for (index, character) in signs.chars().enumerate() {
            let spacing = match index == last {
                true => Spacing::Alone,
                false => Spacing::Joint,
            };
            tokens.push(sign(character, spacing, span));
        }
        tokens.extend(right.at_least(tighter));
        Self {
            tokens,
            level,
            span,
        }
    }

    /// `!(condition)`.
    pub(super) fn not(self, span: Span) -> Self {
        let inside = group(Delimiter::Parenthesis, self.tokens, span);
        Self {
            tokens: vec![sign('!', Spacing::Alone, span), inside],
            level: Level::Comparison,
            span,
        }
    }

    /// `name(arguments)`.
    pub(super) fn call(name: &str, arguments: Vec<Self>, span: Span) -> Self {
        let mut inside = Vec::new();
        for (index, argument) in arguments.into_iter().enumerate() {
            if index > 0 {
                inside.push(sign(',', Spacing::Alone, span));
            }
            inside.extend(argument.tokens);
        }
        Self {
            tokens: vec![
                Ident::new(name, span).into(),
                group(Delimiter::Parenthesis, inside, span),
            ],
            level: Level::Atom,
            span,
        }
    }

    /// `if condition { then } else { otherwise }`.
    pub(super) fn choice(condition: Self, then: Self, otherwise: Self, span: Span) -> Self {
        let mut tokens = vec![Ident::new("if", span).into()];
        tokens.extend(condition.tokens);
        tokens.push(group(Delimiter::Brace, then.tokens, span));
        tokens.push(Ident::new("else", span).into());
        tokens.push(group(Delimiter::Brace, otherwise.tokens, span));
        Self::enclosed(tokens, span)
    }

    /// `{ let name = value; … body }`.
    pub(super) fn block(bindings: Vec<(Ident, Self)>, body: Self, span: Span) -> Self {
        let mut tokens = Vec::new();
        for (name, value) in bindings {
            tokens.push(Ident::new("let", name.span()).into());
            tokens.push(name.into());
            tokens.push(sign('=', Spacing::Alone, span));
            tokens.extend(value.tokens);
            tokens.push(sign(';', Spacing::Alone, span));
        }
        tokens.extend(body.tokens);
        Self::enclosed(vec![group(Delimiter::Brace, tokens, span)], span)
    }

    fn enclosed(tokens: Vec<TokenTree>, span: Span) -> Self {
        Self::atom(group(Delimiter::Parenthesis, tokens, span))
    }

    pub(super) fn into_tokens(self) -> TokenStream {
        self.tokens.into_iter().collect()
    }

    /// The value of an integer or of a decimal, with its sign, or of a quotient of integers.
    pub(super) fn value(&self) -> Option<f64> {
        fn of(tokens: &[TokenTree]) -> Option<f64> {
            match tokens {
                [TokenTree::Literal(literal)] => literal.to_string().parse().ok(),
                [TokenTree::Group(group)] => {
                    of(&group.stream().into_iter().collect::<Vec<TokenTree>>())
                }
                [TokenTree::Punct(minus), rest @ ..] if minus.as_char() == '-' => {
                    of(rest).map(|value| -value)
                }
                [left @ .., TokenTree::Punct(slash), right] if slash.as_char() == '/' => {
                    Some(of(left)? / of(std::slice::from_ref(right))?)
                }
                _ => None,
            }
        }
        of(&self.tokens)
    }
}

fn sign(character: char, spacing: Spacing, span: Span) -> TokenTree {
    let mut sign = Punct::new(character, spacing);
    sign.set_span(span);
    sign.into()
}

fn group(delimiter: Delimiter, tokens: Vec<TokenTree>, span: Span) -> TokenTree {
    let mut group = Group::new(delimiter, tokens.into_iter().collect());
    group.set_span(span);
    group.into()
}

/// One mistake.
pub(super) fn mistake<T>(
    span: Span,
    message: impl Into<String>,
    help: impl Into<String>,
) -> Result<T, Mistakes> {
    let mut mistakes = Mistakes::default();
    mistakes.error_with_help(span, message, help);
    Err(mistakes)
}
