//! Expressions of Python and of SymPy, by recursive descent
//! (<https://docs.python.org/3/reference/expressions.html#operator-precedence>).

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

use super::functions;
use super::piece::{Level, Piece, mistake};
use crate::diagnostic::Mistakes;
use crate::syntax::names::MODULES;

/// What names mean.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Dialect {
    Python,
    SymPy,
}

type Result<T> = std::result::Result<T, Mistakes>;

/// The tokens of the formula language for an expression, which may follow `lambda x:`.
pub(super) fn translate(tokens: TokenStream, dialect: Dialect) -> Result<TokenStream> {
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
    Ok(formula.into_tokens())
}

struct Parser {
    tokens: Vec<TokenTree>,
    at: usize,
    dialect: Dialect,
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

    fn inside(&self, group: &Group) -> Self {
        Self::new(group.stream(), self.dialect, group.span_close())
    }

    fn peek(&self) -> Option<&TokenTree> {
        self.tokens.get(self.at)
    }

    fn span(&self) -> Span {
        self.peek().map_or(self.end, TokenTree::span)
    }

    fn is_sign(&self, ahead: usize, sign: char) -> bool {
        matches!(self.tokens.get(self.at + ahead), Some(TokenTree::Punct(p)) if p.as_char() == sign)
    }

    /// Takes a sign of one or two characters, if it is next.
    fn takes(&mut self, signs: &str) -> Option<Span> {
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

    fn takes_word(&mut self, word: &str) -> bool {
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

    fn expect(&mut self, sign: char) -> Result<()> {
        match self.takes(&sign.to_string()) {
            Some(_) => Ok(()),
            None => mistake(self.span(), format!("`{sign}` is missing here"), "add it"),
        }
    }

    fn end(&self) -> Result<()> {
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

    /// `value if condition else other`.
    fn choice(&mut self) -> Result<Piece> {
        let value = self.or()?;
        let span = self.span();
        if !self.takes_word("if") {
            return Ok(value);
        }
        let condition = self.or()?;
        if !self.takes_word("else") {
            return mistake(
                span,
                "`if` without `else` has no value on the other side",
                "add `else …`",
            );
        }
        let otherwise = self.choice()?;
        Ok(Piece::choice(condition, value, otherwise, span))
    }

    fn or(&mut self) -> Result<Piece> {
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
            left = Piece::infix(left, sign, self.product()?, Level::Sum, span);
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
            left = Piece::infix(left, sign, self.prefix()?, Level::Product, span);
        }
    }

    fn prefix(&mut self) -> Result<Piece> {
        if let Some(span) = self.takes("-") {
            return Ok(self.prefix()?.negated(span));
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
            MODULES.contains(&name.to_string().as_str())
                || *name == "sympy"
                || *name == "special"
                || *name == "scipy"
                || *name == "lax"
        };
        while is_module(&name) && self.is_sign(0, '.') {
            self.at += 1;
            name = self.next_name()?;
        }
        let span = name.span();
        let Some(TokenTree::Group(group)) = self.peek().cloned() else {
            return Ok(match name.to_string().as_str() {
                "e" | "E" => Piece::call("exp", vec![Piece::number("1", span)], span),
                _ => Piece::atom(name),
            });
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

    /// The arguments of a call, with their keywords.
    fn arguments(&self, group: &Group) -> Result<Vec<(Option<Ident>, Piece)>> {
        let mut inside = self.inside(group);
        let mut arguments = Vec::new();
        while inside.peek().is_some() {
            let keyword = match (
                inside.peek().cloned(),
                inside.is_sign(1, '='),
                inside.is_sign(2, '='),
            ) {
                (Some(TokenTree::Ident(keyword)), true, false) => {
                    inside.at += 2;
                    Some(keyword)
                }
                _ => None,
            };
            arguments.push((keyword, inside.choice()?));
            if inside.peek().is_some() {
                inside.expect(',')?;
            }
        }
        Ok(arguments)
    }

    fn call(&self, name: &Ident, arguments: Vec<(Option<Ident>, Piece)>) -> Result<Piece> {
        let span = name.span();
        let text = name.to_string();
        let value = |keyword: &str| {
            let mut all = arguments.iter();
            let given =
                |(known, _): &&(Option<Ident>, Piece)| known.as_ref().is_some_and(|k| k == keyword);
            all.find(given).map(|(_, piece)| piece.clone())
        };
        let plain: Vec<Piece> = arguments
            .iter()
            .filter(|(keyword, _)| keyword.is_none())
            .map(|(_, piece)| piece.clone())
            .collect();
        let Some((keyword, _)) = arguments
            .iter()
            .find_map(|(keyword, piece)| Some((keyword.as_ref()?, piece)))
        else {
            return Ok(self.renamed(&text, plain, span));
        };
        let first = || {
            plain
                .first()
                .cloned()
                .unwrap_or_else(|| Piece::name("x", span))
        };
        match (text.as_str(), keyword.to_string().as_str()) {
            ("clamp" | "clip", "min" | "max" | "a_min" | "a_max") => {
                let low = value("min").or_else(|| value("a_min"));
                let high = value("max").or_else(|| value("a_max"));
                let raised = match low {
                    Some(low) => Piece::call("max", vec![first(), low], span),
                    None => first(),
                };
                Ok(match high {
                    Some(high) => Piece::call("min", vec![raised, high], span),
                    None => raised,
                })
            }
            ("gelu" | "GELU", "approximate") => {
                let approximate = value("approximate").map(|piece| piece.into_tokens().to_string());
                let tanh = approximate.is_some_and(|text| text.contains("tanh") || text == "True");
                Ok(Piece::call(
                    if tanh { "gelu_tanh" } else { "gelu" },
                    vec![first()],
                    span,
                ))
            }
            // Nothing that changes the value.
            (_, "inplace" | "out") => Ok(self.renamed(&text, plain, span)),
            (_, "negative_slope" | "alpha" | "lambd" | "weight") if arguments.len() == 2 => {
                let all = arguments.into_iter().map(|(_, piece)| piece).collect();
                Ok(self.renamed(&text, all, span))
            }
            (_, keyword_text) => {
                let help = "write the formula that it stands for";
                mistake(
                    keyword.span(),
                    format!("the setting `{keyword_text}` of `{text}` is not understood"),
                    help,
                )
            }
        }
    }

    fn renamed(&self, name: &str, mut arguments: Vec<Piece>, span: Span) -> Piece {
        if self.dialect == Dialect::SymPy && arguments.len() == 1 {
            let argument = arguments[0].clone();
            match name {
                // That of SymPy is sin(x) / x.
                "sinc" => {
                    arguments[0] =
                        Piece::infix(argument, "/", Piece::name("pi", span), Level::Product, span)
                }
                "Heaviside" => {
                    let zero = || Piece::number("0", span);
                    let above =
                        Piece::infix(argument.clone(), ">", zero(), Level::Comparison, span);
                    let below = Piece::infix(argument, "<", zero(), Level::Comparison, span);
                    let rest = Piece::choice(below, zero(), Piece::number("0.5", span), span);
                    return Piece::choice(above, Piece::number("1", span), rest, span);
                }
                _ => {}
            }
        }
        if arguments.len() == 2 && self.dialect == Dialect::SymPy {
            let signs = match name {
                "Eq" => "==",
                "Ne" => "!=",
                "Lt" | "StrictLessThan" => "<",
                "Le" | "LessThan" => "<=",
                "Gt" | "StrictGreaterThan" => ">",
                "Ge" | "GreaterThan" => ">=",
                "Rational" => "/",
                _ => "",
            };
            let level = if signs == "/" {
                Level::Product
            } else {
                Level::Comparison
            };
            if !signs.is_empty() {
                let right = arguments.remove(1);
                return Piece::infix(arguments.remove(0), signs, right, level, span);
            }
        }
        functions::call(name, arguments, span)
    }

    /// `Piecewise((value, condition), …, (value, True))`.
    fn piecewise(&self, group: &Group, span: Span) -> Result<Piece> {
        let mut inside = self.inside(group);
        let mut cases: Vec<(Piece, Option<Piece>)> = Vec::new();
        while let Some(token) = inside.peek().cloned() {
            let TokenTree::Group(case) = token else {
                return mistake(
                    token.span(),
                    "a case has a value and a condition",
                    "write `(value, condition)`",
                );
            };
            inside.at += 1;
            let mut parts = inside.inside(&case);
            let value = parts.choice()?;
            parts.expect(',')?;
            let always = parts.takes_word("True");
            let condition = if always { None } else { Some(parts.or()?) };
            parts.end()?;
            cases.push((value, condition));
            if inside.peek().is_some() {
                inside.expect(',')?;
            }
        }
        let Some((last, None)) = cases.pop() else {
            return mistake(
                span,
                "the cases do not cover every input",
                "end with `(value, True)`",
            );
        };
        let chain = cases
            .into_iter()
            .rev()
            .try_fold(last, |rest, (value, condition)| {
                Some(Piece::choice(condition?, value, rest, span))
            });
        match chain {
            Some(chain) => Ok(chain),
            None => mistake(
                span,
                "no case is reached behind `True`",
                "leave out what follows it",
            ),
        }
    }
}
