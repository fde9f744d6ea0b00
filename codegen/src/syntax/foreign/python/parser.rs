//! The grammar of expressions.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

use super::super::functions;
use super::super::piece::{Level, Piece, mistake};
use crate::diagnostic::Mistakes;
use crate::syntax::names::MODULES;

/// Modules that the formula language does not know itself, and what holds the constants of a module's class.
const MORE_MODULES: [&str; 5] = ["sympy", "scipy", "special", "lax", "self"];

/// What names mean.
#[derive(Clone, Copy, PartialEq)]
pub(in super::super) enum Dialect {
    Python,
    SymPy,
    Aquasurf,
}

pub(super) type Result<T> = std::result::Result<T, Mistakes>;

/// The tokens of the formula language for an expression, which may follow `lambda x:`.
pub(in super::super) fn translate(tokens: TokenStream, dialect: Dialect) -> Result<TokenStream> {
    let mut parser = Parser::new(tokens, dialect, Span::call_site());
    if parser.takes_word("lambda") {
        let input = parser.next_name()?;
        if input != "x" {
            return mistake(
                input.span(),
                "the input is named `x`",
                format!("write `x` for `{input}`"),
            );
        }
        parser.expect(':')?;
    }
    let formula = parser.choice()?;
    parser.end()?;
    parser.check_value(&formula)?;
    Ok(formula.into_tokens())
}

/// Whether a name is a value of Python that is no number.
pub(super) fn is_word(name: &Ident) -> bool {
    ["True", "False", "None"].iter().any(|word| name == word)
}

pub(super) struct Parser {
    tokens: Vec<TokenTree>,
    pub(super) at: usize,
    pub(super) dialect: Dialect,
    /// Where the tokens end.
    end: Span,
}

impl Parser {
    fn new(tokens: TokenStream, dialect: Dialect, end: Span) -> Self {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let end = tokens.last().map_or(end, TokenTree::span);
        Self {
            tokens,
            at: 0,
            dialect,
            end,
        }
    }

    pub(super) fn inside(&self, group: &Group) -> Self {
        Self::new(group.stream(), self.dialect, group.span_close())
    }

    pub(super) fn peek(&self) -> Option<&TokenTree> {
        self.tokens.get(self.at)
    }

    fn span(&self) -> Span {
        self.peek().map_or(self.end, TokenTree::span)
    }

    pub(super) fn is_sign(&self, ahead: usize, sign: char) -> bool {
        matches!(self.tokens.get(self.at + ahead), Some(TokenTree::Punct(p)) if p.as_char() == sign)
    }

    /// Takes a sign of one or two characters, if it is next.
    pub(super) fn takes(&mut self, signs: &str) -> Option<Span> {
        let span = self.span();
        let there = signs
            .chars()
            .enumerate()
            .all(|(ahead, sign)| self.is_sign(ahead, sign));
        there.then(|| {
            self.at += signs.len();
            span
        })
    }

    pub(super) fn takes_word(&mut self, word: &str) -> bool {
        let there = matches!(self.peek(), Some(TokenTree::Ident(ident)) if ident == word);
        self.at += usize::from(there);
        there
    }

    fn next_name(&mut self) -> Result<Ident> {
        match self.peek().cloned() {
            Some(TokenTree::Ident(name)) => {
                self.at += 1;
                Ok(name)
            }
            _ => mistake(
                self.span(),
                "a name is missing here",
                "write for example `x`",
            ),
        }
    }

    pub(super) fn expect(&mut self, sign: char) -> Result<()> {
        match self.takes(&sign.to_string()) {
            Some(_) => Ok(()),
            None => mistake(self.span(), format!("`{sign}` is missing here"), "add it"),
        }
    }

    pub(super) fn end(&self) -> Result<()> {
        match self.peek() {
            None => Ok(()),
            Some(token) => {
                let text = token.to_string();
                let text: String = text.chars().take(20).collect();
                let help = "write an operator, such as `*`, between two values";
                mistake(
                    token.span(),
                    format!("`{text}` does not continue the expression"),
                    help,
                )
            }
        }
    }

    /// Refuses a condition where a number is needed.
    pub(super) fn check_value(&self, piece: &Piece) -> Result<()> {
        if !piece.is_condition() {
            return Ok(());
        }
        let help = match self.dialect {
            Dialect::SymPy => "choose between two numbers: `Piecewise((…, …), (…, True))`",
            Dialect::Python | Dialect::Aquasurf => "choose between two numbers: `… if … else …`",
        };
        mistake(piece.span, "a condition is not a number", help)
    }

    /// `value if condition else other`.
    pub(super) fn choice(&mut self) -> Result<Piece> {
        let value = self.or()?;
        let span = self.span();
        if !self.takes_word("if") {
            return Ok(value);
        }
        self.check_value(&value)?;
        let condition = self.or()?;
        if !self.takes_word("else") {
            return mistake(
                span,
                "`if` without `else` has no value on the other side",
                "add `else …`",
            );
        }
        let otherwise = self.choice()?;
        self.check_value(&otherwise)?;
        Ok(Piece::choice(condition, value, otherwise, span))
    }

    pub(super) fn or(&mut self) -> Result<Piece> {
        let mut left = self.and()?;
        loop {
            let span = self.span();
            if self.takes_word("or") || self.takes("|").is_some() {
                left = Piece::infix(left, "||", self.and()?, Level::Or, span);
            } else {
                return Ok(left);
            }
        }
    }

    fn and(&mut self) -> Result<Piece> {
        let mut left = self.not()?;
        loop {
            let span = self.span();
            if self.takes_word("and") || self.takes("&").is_some() {
                left = Piece::infix(left, "&&", self.not()?, Level::And, span);
            } else {
                return Ok(left);
            }
        }
    }

    fn not(&mut self) -> Result<Piece> {
        let span = self.span();
        if self.takes_word("not") || self.takes("~").is_some() {
            return Ok(self.not()?.not(span));
        }
        self.comparison()
    }

    /// `a < b < c` compares each with the next.
    fn comparison(&mut self) -> Result<Piece> {
        let mut left = self.sum()?;
        let mut all: Option<Piece> = None;
        loop {
            let signs = ["<=", ">=", "==", "!=", "<", ">"];
            let taken = signs
                .iter()
                .find_map(|signs| Some((*signs, self.takes(signs)?)));
            let Some((signs, span)) = taken else {
                return Ok(all.unwrap_or(left));
            };
            let right = self.sum()?;
            self.check_value(&left)?;
            self.check_value(&right)?;
            let one = Piece::infix(left, signs, right.clone(), Level::Comparison, span);
            all = Some(match all {
                Some(before) => Piece::infix(before, "&&", one, Level::And, span),
                None => one,
            });
            left = right;
        }
    }

    fn sum(&mut self) -> Result<Piece> {
        let mut left = self.product()?;
        loop {
            let taken = ["+", "-"]
                .iter()
                .find_map(|sign| Some((*sign, self.takes(sign)?)));
            let Some((sign, span)) = taken else {
                return Ok(left);
            };
            let right = self.product()?;
            self.check_value(&left)?;
            self.check_value(&right)?;
            left = Piece::infix(left, sign, right, Level::Sum, span);
        }
    }

    fn product(&mut self) -> Result<Piece> {
        let mut left = self.prefix()?;
        loop {
            let span = self.span();
            if self.is_sign(0, '*') && self.is_sign(1, '*') {
                return Ok(left);
            }
            let taken = ["*", "/"].iter().find(|sign| self.takes(sign).is_some());
            let Some(sign) = taken else {
                for (sign, help) in [
                    ("%", "there is no remainder"),
                    ("@", "write `*` to multiply"),
                ] {
                    if self.takes(sign).is_some() {
                        return mistake(span, format!("`{sign}` is not part of a formula"), help);
                    }
                }
                return Ok(left);
            };
            let right = self.prefix()?;
            self.check_value(&left)?;
            self.check_value(&right)?;
            left = Piece::infix(left, sign, right, Level::Product, span);
        }
    }

    fn prefix(&mut self) -> Result<Piece> {
        if let Some(span) = self.takes("-") {
            let value = self.prefix()?;
            self.check_value(&value)?;
            return Ok(value.negated(span));
        }
        if self.takes("+").is_some() {
            return self.prefix();
        }
        self.power()
    }

    /// A power binds tighter than a sign on its left, and less tightly than one on its right.
    fn power(&mut self) -> Result<Piece> {
        let e = matches!(self.peek(), Some(TokenTree::Ident(name)) if name == "E")
            && self.dialect == Dialect::SymPy;
        let base = self.postfix()?;
        let Some(span) = self.takes("**") else {
            return Ok(base);
        };
        let exponent = self.prefix()?;
        self.check_value(&base)?;
        self.check_value(&exponent)?;
        Ok(match e {
            true => Piece::call("exp", vec![exponent], span),
            false => functions::power(base, exponent, span),
        })
    }

    /// A value, and the methods that are called on it.
    fn postfix(&mut self) -> Result<Piece> {
        let mut value = self.atom()?;
        while self.is_sign(0, '.') {
            self.at += 1;
            let name = self.next_name()?;
            let Some(TokenTree::Group(group)) = self.peek().cloned() else {
                return mistake(
                    name.span(),
                    format!("`{name}` is not called"),
                    format!("write `{name}()`"),
                );
            };
            self.at += 1;
            let mut arguments = self.arguments(&group)?;
            arguments.insert(0, (None, value));
            value = self.call(&name, arguments)?;
        }
        Ok(value)
    }

    fn atom(&mut self) -> Result<Piece> {
        let token = self.peek().cloned();
        let span = self.span();
        self.at += 1;
        match token {
            Some(TokenTree::Literal(literal)) => Ok(Piece::atom(literal)),
            // `.5`
            Some(TokenTree::Punct(point)) if point.as_char() == '.' => match self.peek().cloned() {
                Some(TokenTree::Literal(digits)) => {
                    self.at += 1;
                    Ok(Piece::number(&format!("0.{digits}"), digits.span()))
                }
                _ => mistake(span, "a value is missing here", "write for example `x`"),
            },
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
                let mut inside = self.inside(&group);
                let value = inside.choice()?;
                inside.end()?;
                Ok(value)
            }
            Some(TokenTree::Ident(name)) => self.named(name),
            _ => {
                self.at -= 1;
                mistake(span, "a value is missing here", "write for example `x`")
            }
        }
    }

    /// A name, a constant, or a call, with the modules in front of it.
    fn named(&mut self, mut name: Ident) -> Result<Piece> {
        let is_module = |name: &Ident| {
            let name = name.to_string();
            MODULES.contains(&name.as_str()) || MORE_MODULES.contains(&name.as_str())
        };
        while is_module(&name) && self.is_sign(0, '.') {
            self.at += 1;
            name = self.next_name()?;
        }
        let span = name.span();
        let Some(TokenTree::Group(group)) = self.peek().cloned() else {
            return self.constant(name);
        };
        if group.delimiter() != Delimiter::Parenthesis {
            return mistake(
                group.span(),
                "brackets of this kind are not part of a formula",
                "write `(…)`",
            );
        }
        self.at += 1;
        if name == "Piecewise" {
            return self.piecewise(&group, span);
        }
        let mut arguments = self.arguments(&group)?;
        // `nn.LeakyReLU(0.2)(x)` calls what a class has made; its settings follow the input.
        if name.to_string().starts_with(char::is_uppercase)
            && let Some(TokenTree::Group(input)) = self.peek().cloned()
        {
            self.at += 1;
            let mut all = self.arguments(&input)?;
            all.extend(arguments);
            arguments = all;
        }
        self.call(&name, arguments)
    }

    /// A name that is not called.
    fn constant(&self, name: Ident) -> Result<Piece> {
        let span = name.span();
        let text = name.to_string();
        let sympy = self.dialect == Dialect::SymPy;
        match text.as_str() {
            "e" | "E" => Ok(Piece::call("exp", vec![Piece::number("1", span)], span)),
            _ if is_word(&name) => mistake(
                span,
                format!("`{text}` is no number"),
                "a formula has numbers only, such as `1`",
            ),
            "oo" | "zoo" | "nan" | "I" if sympy => mistake(
                span,
                format!("`{text}` is no finite real number"),
                "a formula has finite real numbers only",
            ),
            _ if !crate::syntax::is_name(&text) => mistake(
                span,
                format!("`{text}` cannot be a name in a formula"),
                "choose another name",
            ),
            _ => Ok(Piece::atom(name)),
        }
    }
}
