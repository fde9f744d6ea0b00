//! From `syn`'s expressions to a [`Tree`]: names resolved, sugar expanded, every mistake noted.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::LazyLock;

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{BinOp, Expr, Ident, Lit, Member, Pat, Stmt, UnOp};

use super::scan::too_deep;
use super::text::shortened;
use super::{Names, Term, TermId, Tree, advice, is_name, names, nearest, parse_text, plain};
use crate::diagnostic::Mistakes;
use crate::number::{Number, NumberError};
use crate::ops::{Op, SUGAR, Sugar, fold};

/// A formula may have this many variables: there is a derivative by each.
const MAX_NAMES: usize = 64;
/// Operators and calls may nest this deep; a sum or product of many terms is no nesting.
const MAX_DEPTH: usize = 256;

/// The tree of a formula, and the token behind each of its terms. `whole` is what a formula without a value is shown at.
pub(super) fn lower(
    statements: &[Stmt],
    names: Names<'_>,
    whole: Span,
) -> Result<(Tree, Vec<Span>), Mistakes> {
    let (variables, open, pattern) = match names {
        Names::Declared(names) => (names.to_vec(), false, false),
        Names::Pattern(names) => (names.to_vec(), false, true),
        Names::Open => (vec!["x".to_owned()], true, false),
    };
    let mut lowering = Lowering {
        terms: Vec::new(),
        spans: Vec::new(),
        constants: Vec::new(),
        variables,
        open,
        pattern,
        bindings: HashMap::new(),
        unknown: HashSet::new(),
        depth: 0,
        diagnostics: Mistakes::default(),
    };
    let root = lowering.block(statements, whole);
    lowering.check_input();
    let (terms, spans, variables) = (lowering.terms, lowering.spans, lowering.variables);
    let tree = root.map(|root| Tree {
        terms,
        root,
        variables,
    });
    lowering
        .diagnostics
        .into_result(tree.map(|tree| (tree, spans)))
}

/// `None` from a method below means that the mistake has been noted.
struct Lowering {
    terms: Vec<Term>,
    /// The token behind each term.
    spans: Vec<Span>,
    /// The exact value of each term, where that is arithmetic on literals.
    constants: Vec<Option<Number>>,
    variables: Vec<String>,
    open: bool,
    pattern: bool,
    /// Names that `let` has given; `None` for a value with a mistake, which is noted once, not wherever the name is used.
    bindings: HashMap<String, Option<TermId>>,
    /// Names that are no slip of a known one: each is noted where it first stands, for one declaration mends them all.
    unknown: HashSet<String>,
    depth: usize,
    diagnostics: Mistakes,
}

impl Lowering {
    fn push(&mut self, term: Term, span: Span) -> TermId {
        let constant = match &term {
            Term::Number(number) => Some(number.clone()),
            Term::Variable(_) => None,
            Term::Apply(op, arguments) => {
                let known = arguments.iter().map(|&a| self.constants[a].as_ref());
                let known: Option<Vec<&Number>> = known.collect();
                known.and_then(|known| fold(*op, &known))
            }
        };
        self.terms.push(term);
        self.spans.push(span);
        self.constants.push(constant);
        self.terms.len() - 1
    }

    fn error<T>(&mut self, span: Span, message: impl Into<String>) -> Option<T> {
        self.diagnostics.error(span, message);
        None
    }

    fn error_with_help<T>(
        &mut self,
        span: Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Option<T> {
        self.diagnostics.error_with_help(span, message, help);
        None
    }

    fn block(&mut self, statements: &[Stmt], span: Span) -> Option<TermId> {
        let outer = self.bindings.clone();
        let value = self.statements(statements, span);
        self.bindings = outer;
        value
    }

    fn statements(&mut self, statements: &[Stmt], span: Span) -> Option<TermId> {
        let Some((last, bindings)) = statements.split_last() else {
            return self.error_with_help(
                span,
                "this block has no value",
                "end it with an expression",
            );
        };
        for statement in bindings {
            self.binding(statement);
        }
        match last {
            Stmt::Expr(value, None) => self.expression(value),
            other => self.error_with_help(
                other.span(),
                "the formula ends without a value",
                "end it with an expression, without `;`",
            ),
        }
    }

    fn binding(&mut self, statement: &Stmt) -> Option<()> {
        let help = "statements have the form `let name = expression;`";
        let Stmt::Local(local) = statement else {
            return self.error_with_help(statement.span(), "only `let` is allowed here", help);
        };
        let (Pat::Ident(pattern), Some(init)) = (&local.pat, &local.init) else {
            return self.error_with_help(
                local.pat.span(),
                "a `let` needs a plain name and a value",
                help,
            );
        };
        let name = pattern.ident.to_string();
        if is_taken(&name) {
            let message = format!("`{name}` is a function of the language");
            return self.error_with_help(pattern.ident.span(), message, "choose another name");
        }
        let value = self.expression(&init.expr);
        self.bindings.insert(name, value);
        Some(())
    }

    fn expression(&mut self, expression: &Expr) -> Option<TermId> {
        if self.depth == MAX_DEPTH {
            if self.diagnostics.is_empty() {
                self.diagnostics = too_deep(expression.span());
            }
            return None;
        }
        self.depth += 1;
        let term = self.expression_at_depth(expression);
        self.depth -= 1;
        term
    }

    fn expression_at_depth(&mut self, expression: &Expr) -> Option<TermId> {
        match expression {
            Expr::Lit(literal) => self.literal(&literal.lit),
            Expr::Path(path) => match path.path.get_ident() {
                Some(name) => self.name(&name.to_string(), name.span()),
                None => self.error(path.span(), "paths are not part of a formula"),
            },
            Expr::Paren(inner) => self.expression(&inner.expr),
            Expr::Group(inner) => self.expression(&inner.expr),
            Expr::Block(block) => self.block(&block.block.stmts, block.span()),
            Expr::Unary(unary) => match unary.op {
                UnOp::Neg(_) => {
                    let value = self.expression(&unary.expr)?;
                    Some(self.negation(value, unary.op.span()))
                }
                _ => {
                    // What stands behind it may have mistakes of its own.
                    self.expression(&unary.expr);
                    let help = "leave it out, or compare: `if … { … } else { … }`";
                    self.error_with_help(unary.op.span(), "the only prefix operator is `-`", help)
                }
            },
            Expr::Binary(_) => self.chain(expression),
            Expr::Call(call) => {
                let arguments = call.args.iter();
                // `nn.SiLU()(x)` calls what a class has made; its settings follow the input.
                if let Some((name, settings)) = self.made(&call.func) {
                    let arguments: Vec<&Expr> = arguments.chain(settings).collect();
                    return self.call(&name.to_string(), name.span(), &arguments);
                }
                let Expr::Path(path) = &*call.func else {
                    return self.not_called(call);
                };
                let Some(name) = path.path.get_ident() else {
                    return self.error(path.span(), "paths are not part of a formula");
                };
                let arguments: Vec<&Expr> = arguments.collect();
                self.call(&name.to_string(), name.span(), &arguments)
            }
            Expr::MethodCall(call) => {
                // `torch.tanh(x)` calls a function of a module.
                let receiver = (!self.is_module(&call.receiver)).then_some(&*call.receiver);
                let arguments: Vec<&Expr> = receiver.into_iter().chain(&call.args).collect();
                self.call(&call.method.to_string(), call.method.span(), &arguments)
            }
            Expr::Field(field) if self.is_module(&field.base) => match &field.member {
                Member::Named(name) => self.name(&name.to_string(), name.span()),
                Member::Unnamed(_) => self.error(field.span(), "a module has no such name"),
            },
            Expr::If(branches) => {
                let Some((_, otherwise)) = &branches.else_branch else {
                    let then = self.block(&branches.then_branch.stmts, branches.then_branch.span());
                    self.condition(&branches.cond, then, None);
                    return self.error_with_help(
                        branches.if_token.span(),
                        "`if` without `else` has no value on the other side",
                        "add `else { … }`",
                    );
                };
                let then = self.block(&branches.then_branch.stmts, branches.then_branch.span());
                let otherwise = self.expression(otherwise);
                self.condition(&branches.cond, then, otherwise)
            }
            other => self.error_with_help(
                other.span(),
                format!("`{}` is not part of a formula", shortened(other)),
                "a formula has numbers, names, + - * /, calls, `if … else …` and `let`",
            ),
        }
    }

    fn literal(&mut self, literal: &Lit) -> Option<TermId> {
        let (digits, suffix) = match literal {
            Lit::Int(int) => (int.base10_digits().to_owned(), int.suffix().to_owned()),
            Lit::Float(float) => (float.base10_digits().to_owned(), float.suffix().to_owned()),
            other => {
                let help = "write for example `0.5`";
                return self.error_with_help(other.span(), "only numbers are allowed here", help);
            }
        };
        if ["f16", "f32", "f64", "i32", "i64", "u8", "u32", "usize"].contains(&suffix.as_str()) {
            let message = format!("numbers in a formula have no suffix such as `{suffix}`");
            let help = format!("write `{digits}`: the type is the tensor's");
            return self.error_with_help(literal.span(), message, help);
        }
        if !suffix.is_empty() {
            let message = format!("there is no operator between `{digits}` and `{suffix}`");
            let help = format!("write `{digits} * {suffix}`");
            return self.error_with_help(literal.span(), message, help);
        }
        match Number::read(&digits) {
            Ok(number) => Some(self.push(Term::Number(number), literal.span())),
            Err(error) => {
                let help = match error {
                    NumberError::TooSmall => "write 0, or combine it with the factors beside it",
                    NumberError::TooLong => "write fewer digits: f64 keeps 17",
                    NumberError::TooLarge => "combine it with the factors beside it",
                    NumberError::Malformed => "write for example `0.5` or `1e-3`",
                };
                self.error_with_help(literal.span(), error.to_string(), help)
            }
        }
    }

    /// `2(x + 1)`, or `2sin(x)`, whose number has the name for a suffix.
    fn not_called(&mut self, call: &syn::ExprCall) -> Option<TermId> {
        let arguments: Vec<String> = call.args.iter().map(shortened).collect();
        let arguments = arguments.join(", ");
        let suffixed = match &*call.func {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Int(int) => Some((int.base10_digits().to_owned(), int.suffix())),
                Lit::Float(float) => Some((float.base10_digits().to_owned(), float.suffix())),
                _ => None,
            },
            _ => None,
        };
        let help = match suffixed {
            Some((digits, suffix)) => format!("write `{digits} * {suffix}({arguments})`"),
            None => format!(
                "write `{} * ({arguments})` for a product",
                shortened(&call.func)
            ),
        };
        self.error_with_help(call.func.span(), "only a function can be called", help)
    }

    /// Whether the expression is a module of Python, such as `torch.nn`, and no name of the formula.
    fn is_module(&self, expression: &Expr) -> bool {
        match expression {
            Expr::Path(path) => path.path.get_ident().is_some_and(|name| {
                let name = name.to_string();
                names::MODULES.contains(&name.as_str())
                    && !self.bindings.contains_key(&name)
                    && !self.variables.contains(&name)
            }),
            Expr::Field(field) => self.is_module(&field.base),
            _ => false,
        }
    }

    /// The class and the settings of an expression that makes a layer, such as `nn.LeakyReLU(0.2)`.
    fn made<'e>(
        &self,
        expression: &'e Expr,
    ) -> Option<(&'e Ident, impl Iterator<Item = &'e Expr> + use<'e>)> {
        let (name, settings) = match expression {
            Expr::MethodCall(call) if self.is_module(&call.receiver) => (&call.method, &call.args),
            Expr::Call(call) => match &*call.func {
                Expr::Path(path) => (path.path.get_ident()?, &call.args),
                _ => return None,
            },
            _ => return None,
        };
        let class = name.to_string().starts_with(|c: char| c.is_uppercase());
        class.then(|| (name, settings.iter()))
    }

    /// A formula without `x` whose first name looks like an input has misnamed it.
    fn check_input(&mut self) {
        let uses_input = self.terms.contains(&Term::Variable(0));
        if !self.open || uses_input || !self.diagnostics.is_empty() {
            return;
        }
        let misnamed = |name: &&String| names::INPUTS.contains(&name.as_str());
        let Some(name) = self.variables.iter().skip(1).find(misnamed).cloned() else {
            return;
        };
        let index = self.variables.iter().position(|known| *known == name);
        let place = self
            .terms
            .iter()
            .position(|term| matches!(term, Term::Variable(variable) if Some(*variable) == index));
        let span = place.map_or_else(Span::call_site, |place| self.spans[place]);
        let message = format!("the input is named `x`, and `{name}` would be a trained constant");
        let help = format!("write `x` for `{name}`");
        self.diagnostics.error_with_help(span, message, help);
    }

    fn name(&mut self, name: &str, span: Span) -> Option<TermId> {
        if let Some(&bound) = self.bindings.get(name) {
            return bound;
        }
        if let Some(index) = self.variables.iter().position(|known| known == name) {
            return Some(self.push(Term::Variable(index), span));
        }
        if name == Op::Pi.name() {
            return Some(self.push(Term::Apply(Op::Pi, Vec::new()), span));
        }
        if is_function(name) {
            let input = self.variables.first().map_or("x", String::as_str);
            let fewest = FUNCTIONS[name].keys().next();
            let arity = fewest.copied().unwrap_or(1);
            let others = ["y", "z"].iter().take(arity.saturating_sub(1));
            let arguments: Vec<&str> = [input].into_iter().chain(others.copied()).collect();
            let help = format!("write for example `{name}({})`", arguments.join(", "));
            return self.error_with_help(span, format!("`{name}` is a function"), help);
        }
        // Names become Rust identifiers; raw ones and keywords such as `self` cannot.
        if !is_name(name) {
            let message = format!("`{name}` cannot name a constant");
            return self.error_with_help(span, message, "choose another name");
        }
        if self.open
            && let Some(help) = names::no_constant(name)
        {
            let message = format!("`{name}` would be a trained constant");
            return self.error_with_help(span, message, help);
        }
        if self.open && self.variables.len() > MAX_NAMES {
            return None; // noted at the first of them
        }
        if self.open {
            if self.variables.len() == MAX_NAMES {
                let message = format!("the formula has more than {MAX_NAMES} names");
                self.diagnostics
                    .error_with_help(span, message, "write numbers for some of them");
            }
            self.variables.push(name.to_owned());
            return Some(self.push(Term::Variable(self.variables.len() - 1), span));
        }
        let known = self.variables.iter().chain(self.bindings.keys());
        let help = match nearest(name, known.map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None if !self.unknown.insert(name.to_owned()) => return None,
            None => format!(
                "declare it as a parameter: `({}; {name} = 1.0)`",
                self.variables[0]
            ),
        };
        self.error_with_help(span, format!("unknown name `{name}`"), help)
    }

    /// `a + b - c …`: the tree leans to the left as far as there are terms, so it is walked without recursion.
    fn chain(&mut self, expression: &Expr) -> Option<TermId> {
        let mut links = Vec::new();
        let mut first = expression;
        while let Expr::Binary(binary) = first {
            links.push(binary);
            first = &binary.left;
        }
        let mut value = self.expression(first);
        for binary in links.iter().rev() {
            value = self.binary(value, binary);
        }
        value
    }

    fn binary(&mut self, a: Option<TermId>, binary: &syn::ExprBinary) -> Option<TermId> {
        let syn::ExprBinary {
            left, op, right, ..
        } = binary;
        let operator = op;
        // `a ** b` reads as a times what b points to.
        if let (BinOp::Mul(_), Some(exponent)) = (operator, dereferenced(right)) {
            self.no_power("**", operator.span(), left, exponent);
            return self.expression(exponent).and(None);
        }
        let op = match operator {
            BinOp::Add(_) => Op::Add,
            BinOp::Sub(_) => Op::Sub,
            BinOp::Mul(_) => Op::Mul,
            BinOp::Div(_) => Op::Div,
            BinOp::BitXor(_) => {
                self.no_power("^", operator.span(), left, right);
                // The mistakes on its right are shown as well.
                return self.expression(right).and(None);
            }
            BinOp::Lt(_)
            | BinOp::Le(_)
            | BinOp::Gt(_)
            | BinOp::Ge(_)
            | BinOp::Eq(_)
            | BinOp::Ne(_)
            | BinOp::And(_)
            | BinOp::Or(_) => {
                self.expression(right);
                let help = "write `if … { … } else { … }` around it";
                let message = "a comparison is allowed only in the condition of `if`";
                return self.error_with_help(operator.span(), message, help);
            }
            other => {
                self.expression(right);
                let message = format!("`{}` is not an operator of a formula", shortened(other));
                let help = "the operators are `+`, `-`, `*` and `/`";
                return self.error_with_help(other.span(), message, help);
            }
        };
        // Both sides are read even if the first is wrong, so that one run shows every mistake.
        let b = self.expression(right);
        let (a, b) = (a?, b?);
        if op == Op::Div {
            return self.quotient(a, b, operator.span(), right.span());
        }
        Some(self.push(Term::Apply(op, vec![a, b]), operator.span()))
    }

    /// A quotient of literals is itself a literal, so that 1 / 3 prints as it is read.
    fn quotient(
        &mut self,
        dividend: TermId,
        divisor: TermId,
        span: Span,
        behind: Span,
    ) -> Option<TermId> {
        let term = match [dividend, divisor].map(|side| &self.terms[side]) {
            [_, Term::Number(number)] if number.is_zero() => {
                let help = "divide by a number other than 0";
                return self.error_with_help(behind, "division by zero", help);
            }
            [Term::Number(a), Term::Number(b)] => a.div(b).map(Term::Number),
            _ => None,
        };
        let term = term.unwrap_or_else(|| Term::Apply(Op::Div, vec![dividend, divisor]));
        Some(self.push(term, span))
    }

    /// So is the negation of a literal.
    fn negation(&mut self, value: TermId, span: Span) -> TermId {
        let term = match &self.terms[value] {
            Term::Number(number) => Term::Number(number.neg()),
            _ => Term::Apply(Op::Neg, vec![value]),
        };
        self.push(term, span)
    }

    /// Whether a term is 0 by arithmetic on literals alone.
    fn is_zero(&self, term: TermId) -> bool {
        self.constants[term].as_ref().is_some_and(Number::is_zero)
    }

    fn no_power(&mut self, sign: &str, span: Span, base: &Expr, exponent: &Expr) {
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

    fn call(&mut self, name: &str, span: Span, arguments: &[&Expr]) -> Option<TermId> {
        if arguments.iter().any(|argument| is_setting(argument)) {
            return self.settings(name, span, arguments);
        }
        let values: Vec<Option<TermId>> = arguments.iter().map(|a| self.expression(a)).collect();
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
        let values: Vec<TermId> = values.into_iter().collect::<Option<_>>()?;
        match function {
            Function::Operation(Op::Powi) => self.power(span, arguments, values),
            Function::Operation(Op::Div) => {
                self.quotient(values[0], values[1], span, arguments[1].span())
            }
            Function::Operation(Op::Neg) => Some(self.negation(values[0], span)),
            Function::Operation(Op::Celu) if self.is_zero(values[1]) => {
                let message = "`celu` divides by its alpha, which is 0 here";
                let help = format!("write its limit `relu({})`", shortened(arguments[0]));
                self.error_with_help(arguments[1].span(), message, help)
            }
            Function::Operation(op) => Some(self.push(Term::Apply(*op, values), span)),
            Function::Sugar(sugar) => self.expand(sugar, &values, span),
        }
    }

    /// A call with arguments that have names or are strings, which formulas lack.
    fn settings(&mut self, name: &str, span: Span, arguments: &[&Expr]) -> Option<TermId> {
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
    ) -> Option<TermId> {
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

    fn power(&mut self, span: Span, arguments: &[&Expr], values: Vec<TermId>) -> Option<TermId> {
        let (base, exponent) = (shortened(arguments[0]), shortened(arguments[1]));
        let (message, help) = match &self.terms[values[1]] {
            Term::Number(number) if number.to_integer().is_some() => {
                return Some(self.push(Term::Apply(Op::Powi, values), span));
            }
            Term::Number(number) if number.to_f64() == 0.5 => (
                "the exponent of `powi` is not a whole number",
                format!("write `sqrt({base})`"),
            ),
            Term::Number(number) if number.to_f64().fract() == 0.0 => (
                "the exponent of `powi` is too large",
                format!("exponents lie between {} and {}", i32::MIN, i32::MAX),
            ),
            Term::Number(_) => (
                "the exponent of `powi` is not a whole number",
                format!("for a positive base, write `exp({exponent} * ln({base}))`"),
            ),
            Term::Variable(_) | Term::Apply(..) => (
                "the exponent of `powi` has to be a whole number in the formula itself",
                format!(
                    "write for example `powi({base}, 2)`, or for a positive base `exp({exponent} * ln({base}))`"
                ),
            ),
        };
        self.error_with_help(arguments[1].span(), message, help)
    }

    fn expand(&mut self, sugar: &Sugar, values: &[TermId], span: Span) -> Option<TermId> {
        let body = &SUGAR_TREES[(sugar.names[0], sugar.parameters.len())];
        let mut places = Vec::with_capacity(body.terms.len());
        for term in &body.terms {
            let place = match term {
                Term::Variable(index) => values[*index],
                Term::Number(number) => self.push(Term::Number(number.clone()), span),
                Term::Apply(op, arguments) => {
                    let arguments: Vec<TermId> = arguments.iter().map(|&a| places[a]).collect();
                    if let (Op::Div, Term::Number(divisor)) =
                        (op, &self.terms[arguments[arguments.len() - 1]])
                        && divisor.is_zero()
                    {
                        let name = sugar.names[0];
                        let message = format!("`{name}` divides by an argument that is 0 here");
                        return self.error_with_help(span, message, "write a number other than 0");
                    }
                    self.push(Term::Apply(*op, arguments), span)
                }
            };
            places.push(place);
        }
        Some(places[body.root])
    }

    /// `if condition { then } else { otherwise }`; a mistake in either branch leaves those of the condition to be found.
    fn condition(
        &mut self,
        condition: &Expr,
        then: Option<TermId>,
        otherwise: Option<TermId>,
    ) -> Option<TermId> {
        // The operator, for the span of a whole condition is as long to find as the condition.
        let span = match condition {
            Expr::Binary(binary) => binary.op.span(),
            _ => Span::call_site(),
        };
        let choose = |this: &mut Self, op: Op, a: &Expr, b: &Expr, then, otherwise| {
            let (a, b) = (this.expression(a), this.expression(b));
            let compared = Term::Apply(op, vec![a?, b?]);
            let compared = this.push(compared, span);
            Some(this.push(Term::Apply(Op::If, vec![compared, then?, otherwise?]), span))
        };
        let (left, right, op) = match condition {
            Expr::Paren(inner) => return self.condition(&inner.expr, then, otherwise),
            Expr::Unary(inner) if matches!(inner.op, UnOp::Not(_)) => {
                return self.condition(&inner.expr, otherwise, then);
            }
            Expr::Binary(binary) => (&*binary.left, &*binary.right, binary.op),
            Expr::Path(_) if self.pattern => {
                let condition = self.expression(condition)?;
                let choice = Term::Apply(Op::If, vec![condition, then?, otherwise?]);
                return Some(self.push(choice, span));
            }
            other => return self.no_condition(other.span()),
        };
        match op {
            BinOp::Lt(_) => choose(self, Op::Lt, left, right, then, otherwise),
            BinOp::Le(_) => choose(self, Op::Le, left, right, then, otherwise),
            BinOp::Gt(_) => choose(self, Op::Lt, right, left, then, otherwise),
            BinOp::Ge(_) => choose(self, Op::Le, right, left, then, otherwise),
            BinOp::Eq(_) => choose(self, Op::Eq, left, right, then, otherwise),
            BinOp::Ne(_) => choose(self, Op::Eq, left, right, otherwise, then),
            BinOp::And(_) => {
                let inner = self.condition(right, then, otherwise);
                self.condition(left, inner, otherwise)
            }
            BinOp::Or(_) => {
                let inner = self.condition(right, then, otherwise);
                self.condition(left, then, inner)
            }
            other => self.no_condition(other.span()),
        }
    }

    fn no_condition(&mut self, span: Span) -> Option<TermId> {
        let help = "compare two values: `<`, `<=`, `>`, `>=`, `==`, `!=`";
        self.error_with_help(span, "this is not a condition", help)
    }
}

/// The bodies of [`SUGAR`], parsed once.
static SUGAR_TREES: LazyLock<SugarTrees> = LazyLock::new(|| {
    SugarTrees(
        SUGAR
            .iter()
            .map(|sugar| {
                let names: Vec<String> = sugar.parameters.iter().map(|&p| p.to_owned()).collect();
                let tree = parse_text(sugar.body, Names::Declared(&names))
                    .unwrap_or_else(|error| panic!("the body of {}: {error}", sugar.names[0]));
                ((sugar.names[0], sugar.parameters.len()), tree)
            })
            .collect(),
    )
});

struct SugarTrees(HashMap<(&'static str, usize), Tree>);

impl std::ops::Index<(&'static str, usize)> for SugarTrees {
    type Output = Tree;

    fn index(&self, key: (&'static str, usize)) -> &Tree {
        &self.0[&key]
    }
}

/// Whether formulas call the operation by name; comparisons, `if` and constants have a syntax of their own.
fn is_callable(op: Op) -> bool {
    !matches!(op, Op::Lt | Op::Le | Op::Eq | Op::If | Op::Pi)
}

/// What a name calls, by the number of arguments.
#[derive(Clone, Copy)]
enum Function {
    Operation(Op),
    Sugar(&'static Sugar),
}

/// Every function by each of its names, in each of its forms, fewest arguments first; an operation comes before sugar.
static FUNCTIONS: LazyLock<HashMap<&'static str, BTreeMap<usize, Function>>> =
    LazyLock::new(|| {
        let mut functions: HashMap<&str, BTreeMap<usize, Function>> = HashMap::new();
        let operations = Op::ALL.iter().filter(|&&op| is_callable(op));
        let operations = operations.flat_map(|&op| {
            let names = op.row().aliases.iter().copied().chain([op.name()]);
            names.map(move |name| (name, op.arity(), Function::Operation(op)))
        });
        let sugars = SUGAR.iter().flat_map(|sugar| {
            let names = sugar.names.iter().copied();
            names.map(move |name| (name, sugar.parameters.len(), Function::Sugar(sugar)))
        });
        for (name, arity, function) in operations.chain(sugars) {
            let forms = functions.entry(name).or_default();
            forms.entry(arity).or_insert(function);
        }
        functions
    });

/// The names of functions by what is plain of them.
static PLAIN: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    // In the order of the table, of which the first stands.
    let mut names = HashMap::new();
    for name in function_names() {
        names.entry(plain(name)).or_insert(name);
    }
    names
});

/// The function that a name calls: `LogSigmoid` is `log_sigmoid`.
fn function(name: &str) -> Option<&'static str> {
    let exact = FUNCTIONS.get_key_value(name).map(|(name, _)| *name);
    exact.or_else(|| PLAIN.get(&plain(name)).copied())
}

fn is_function(name: &str) -> bool {
    FUNCTIONS.contains_key(name)
}

/// Whether the language has a function or a constant of this name, which a variable would hide from whoever reads the formula.
pub(super) fn is_taken(name: &str) -> bool {
    is_function(name) || name == Op::Pi.name()
}

/// Every name that can be called.
pub fn function_names() -> impl Iterator<Item = &'static str> {
    let operations = Op::ALL.iter().filter(|&&op| is_callable(op));
    operations
        .flat_map(|op| op.row().aliases.iter().copied().chain([op.name()]))
        .chain(SUGAR.iter().flat_map(|sugar| sugar.names.iter().copied()))
}

/// What stands behind a `*` in front of it.
fn dereferenced(expression: &Expr) -> Option<&Expr> {
    match expression {
        Expr::Unary(unary) if matches!(unary.op, UnOp::Deref(_)) => Some(&unary.expr),
        _ => None,
    }
}

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
