//! Calls: keywords, functions of other names, cases.

use proc_macro2::{Group, Ident, Span, TokenTree};

use super::super::piece::{Level, Piece, mistake};
use super::super::{aquasurf, functions};
use super::parser::{Dialect, Parser, Result, is_word};

impl Parser {
    /// The arguments of a call, with their keywords.
    pub(super) fn arguments(&self, group: &Group) -> Result<Vec<(Option<Ident>, Piece)>> {
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
            // A setting may be a word of Python.
            let value = match inside.peek().cloned() {
                Some(TokenTree::Ident(word)) if keyword.is_some() && is_word(&word) => {
                    inside.at += 1;
                    Piece::atom(word)
                }
                _ => inside.choice()?,
            };
            arguments.push((keyword, value));
            if inside.peek().is_some() {
                inside.expect(',')?;
            }
        }
        Ok(arguments)
    }

    pub(super) fn call(
        &self,
        name: &Ident,
        arguments: Vec<(Option<Ident>, Piece)>,
    ) -> Result<Piece> {
        let span = name.span();
        let text = name.to_string();
        let chooses = ["where", "select", "ITE"].contains(&text.as_str());
        for (index, (_, argument)) in arguments.iter().enumerate() {
            if !(chooses && index == 0) {
                self.check_value(argument)?;
            }
        }
        let is_known = crate::syntax::is_name(&text) || chooses && arguments.len() == 3;
        if !is_known {
            let message = format!(
                "there is no function `{text}` of {} arguments",
                arguments.len()
            );
            return mistake(span, message, "write the formula that it stands for");
        }
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
                    return functions::step(argument, Piece::number("0.5", span), span);
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
        let own = match self.dialect {
            Dialect::Aquasurf => aquasurf::call(name, &arguments, span),
            Dialect::Python | Dialect::SymPy => None,
        };
        own.unwrap_or_else(|| functions::call(name, arguments, span))
    }

    /// `Piecewise((value, condition), …, (value, True))`.
    pub(super) fn piecewise(&self, group: &Group, span: Span) -> Result<Piece> {
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
