//! Calls: operations, powers, and sugar, which is expanded.

use std::collections::HashMap;
use std::sync::LazyLock;

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Expr, Lit, UnOp};

use super::Lowering;
use crate::ir::{Dag, Id, Node};
use crate::ops::{Op, SUGAR, Sugar};
use crate::syntax::functions::{Callee, FUNCTIONS, function, function_names};
use crate::syntax::text::shortened;
use crate::syntax::{Names, advice, nearest, parse_text};

impl Lowering {
    pub(super) fn no_power(&mut self, sign: &str, span: Span, base: &Expr, exponent: &Expr) {
        // `^` binds looser than `*`: only between atoms is it clear what was meant.
        let magnitude = match exponent {
            Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => &unary.expr,
            exponent => exponent,
        };
        let help = if is_atom(base) && is_atom(magnitude) {
            advice::power(&shortened(base), &shortened(exponent))
        } else {
            "write `powi(base, exponent)`".to_owned()
        };
        let message = format!("`{sign}` is not a power in Rust");
        self.diagnostics.error_with_help(span, message, help);
    }

    pub(super) fn call(&mut self, name: &str, span: Span, arguments: &[&Expr]) -> Option<Id> {
        if arguments.iter().any(|argument| is_setting(argument)) {
            return self.settings(name, span, arguments);
        }
        let values: Vec<Option<Id>> = arguments.iter().map(|a| self.expression(a)).collect();
        let texts = || -> Vec<String> { arguments.iter().map(shortened).collect() };
        let Some(name) = function(name) else {
            let is_value = self.bindings.contains_key(name)
                || self.variables.iter().any(|known| known == name)
                || name == Op::Pi.name();
            if let (true, [argument]) = (is_value, texts().as_slice()) {
                let help = format!("write `{name} * ({argument})`");
                return self.error_with_help(span, format!("`{name}` is not a function"), help);
            }
            let help = match advice::unknown(name, &texts()) {
                Some(help) => help,
                None => match nearest(name, function_names()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "`actsmith simplify --help` lists the functions".to_owned(),
                },
            };
            return self.error_with_help(span, format!("unknown function `{name}`"), help);
        };
        let forms = &FUNCTIONS[name];
        let Some(function) = forms.get(&values.len()) else {
            let wanted: Vec<usize> = forms.keys().copied().collect();
            return self.arity(name, span, &wanted, arguments);
        };
        let values: Vec<Id> = values.into_iter().collect::<Option<_>>()?;
        match function {
            Callee::Operation(Op::Powi) => self.power(span, arguments, values),
            Callee::Operation(Op::Div) => {
                self.quotient(values[0], values[1], span, arguments[1].span())
            }
            Callee::Operation(Op::Neg) => Some(self.negation(values[0], span)),
            Callee::Operation(Op::Celu) if self.is_zero(values[1]) => {
                let message = "`celu` divides by its alpha, which is 0 here";
                let help = format!("write its limit `relu({})`", shortened(arguments[0]));
                self.error_with_help(arguments[1].span(), message, help)
            }
            Callee::Operation(op) => Some(self.push(Node::apply(*op, &values), span)),
            Callee::Sugar(sugar) => self.expand(sugar, &values, span),
        }
    }

    /// A call with arguments that have names or are strings, which formulas lack.
    fn settings(&mut self, name: &str, span: Span, arguments: &[&Expr]) -> Option<Id> {
        let (mut positional, mut named) = (Vec::new(), Vec::new());
        for argument in arguments {
            match argument {
                Expr::Assign(setting) => {
                    named.push((shortened(&setting.left), shortened(&setting.right)));
                }
                value => positional.push(shortened(value)),
            }
        }
        let known = function(name).unwrap_or(name);
        let advice = advice::call(known, &positional, &named);
        let form = advice.unwrap_or_else(|| {
            let values = named.iter().map(|(_, value)| value);
            let values: Vec<&str> = positional
                .iter()
                .chain(values)
                .map(String::as_str)
                .collect();
            let most = FUNCTIONS.get(known).and_then(|forms| forms.keys().last());
            let count = most.map_or(values.len(), |&most| most.min(values.len()));
            format!("{known}({})", values[..count].join(", "))
        });
        let message = "the arguments of a function are values without names";
        self.error_with_help(span, message, format!("write `{form}`"))
    }

    fn arity(
        &mut self,
        name: &str,
        span: Span,
        wanted: &[usize],
        arguments: &[&Expr],
    ) -> Option<Id> {
        let counts: Vec<String> = wanted.iter().map(usize::to_string).collect();
        let plural = if wanted == [1] { "" } else { "s" };
        let given = match arguments.len() {
            0 => "none is given".to_owned(),
            1 => "1 is given".to_owned(),
            count => format!("{count} are given"),
        };
        let message = format!(
            "`{name}` takes {} argument{plural}, but {given}",
            counts.join(" or ")
        );
        let texts: Vec<String> = arguments.iter().map(|&a| shortened(a)).collect();
        if let Some(form) = advice::call(name, &texts, &[]) {
            return self.error_with_help(span, message, format!("write `{form}`"));
        }
        // What is there stays, as far as it goes.
        let fit = wanted.iter().rev().find(|&&count| count <= arguments.len());
        let count = *fit.or(wanted.first())?;
        let missing = std::iter::repeat("…".to_owned());
        let shown: Vec<String> = texts.into_iter().chain(missing).take(count).collect();
        self.error_with_help(
            span,
            message,
            format!("write `{name}({})`", shown.join(", ")),
        )
    }

    fn power(&mut self, span: Span, arguments: &[&Expr], values: Vec<Id>) -> Option<Id> {
        let (base, exponent) = (shortened(arguments[0]), shortened(arguments[1]));
        let (message, help) = match self.dag.node(values[1]) {
            Node::Number(number) if number.to_integer().is_some() => {
                return Some(self.push(Node::apply(Op::Powi, &values), span));
            }
            Node::Number(number) if number.to_f64() == 0.5 => (
                "the exponent of `powi` is not a whole number",
                format!("write `sqrt({base})`"),
            ),
            Node::Number(number) if number.to_f64().fract() == 0.0 => (
                "the exponent of `powi` is too large",
                format!("exponents lie between {} and {}", i32::MIN, i32::MAX),
            ),
            Node::Number(_) => (
                "the exponent of `powi` is not a whole number",
                format!("for a positive base, write `exp({exponent} * ln({base}))`"),
            ),
            Node::Variable(_) | Node::Apply(..) => (
                "the exponent of `powi` has to be a whole number in the formula itself",
                format!(
                    "write for example `powi({base}, 2)`, or for a positive base `exp({exponent} * ln({base}))`"
                ),
            ),
        };
        self.error_with_help(arguments[1].span(), message, help)
    }

    fn expand(&mut self, sugar: &Sugar, values: &[Id], span: Span) -> Option<Id> {
        let body = &SUGAR_GRAPHS[&(sugar.names[0], sugar.parameters.len())];
        let mut ids: Vec<Id> = Vec::with_capacity(body.nodes().len());
        for node in body.nodes() {
            let id = match node {
                Node::Variable(index) => values[*index],
                Node::Number(_) => self.push(node.clone(), span),
                Node::Apply(op, _) => {
                    let node = node.map(|argument| ids[usize::from(argument)]);
                    if let (Op::Div, [_, divisor]) = (op, node.arguments())
                        && let Node::Number(divisor) = self.dag.node(*divisor)
                        && divisor.is_zero()
                    {
                        let name = sugar.names[0];
                        let message = format!("`{name}` divides by an argument that is 0 here");
                        return self.error_with_help(span, message, "write a number other than 0");
                    }
                    self.push(node, span)
                }
            };
            ids.push(id);
        }
        Some(ids[usize::from(body.roots[0])])
    }
}

/// The bodies of [`SUGAR`] by name and number of arguments, parsed once.
static SUGAR_GRAPHS: LazyLock<HashMap<(&'static str, usize), Dag>> = LazyLock::new(|| {
    let body = |sugar: &'static Sugar| {
        let names: Vec<String> = sugar.parameters.iter().map(|&p| p.to_owned()).collect();
        let dag = parse_text(sugar.body, Names::Declared(&names))
            .unwrap_or_else(|error| panic!("the body of {}: {error}", sugar.names[0]));
        ((sugar.names[0], sugar.parameters.len()), dag)
    };
    SUGAR.iter().map(body).collect()
});

fn is_atom(expression: &Expr) -> bool {
    matches!(
        expression,
        Expr::Lit(_) | Expr::Path(_) | Expr::Call(_) | Expr::MethodCall(_) | Expr::Paren(_)
    )
}

/// Whether an argument is not a value: `alpha = 2` or a string, as in PyTorch.
fn is_setting(argument: &Expr) -> bool {
    match argument {
        Expr::Assign(_) => true,
        Expr::Lit(literal) => matches!(literal.lit, Lit::Str(_)),
        _ => false,
    }
}
