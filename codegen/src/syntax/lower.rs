//! From `syn`'s expressions to a [`Tree`]: names resolved, sugar expanded, every mistake noted.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use proc_macro2::Span;
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{BinOp, Expr, Lit, Pat, Stmt, UnOp};

use super::scan::too_deep;
use super::{Names, Term, TermId, Tree, nearest, parse_text};
use crate::diagnostic::Diagnostics;
use crate::number::Number;
use crate::ops::{Op, SUGAR, Sugar};

/// A formula may have this many variables: there is a derivative by each.
const MAX_NAMES: usize = 64;
/// Operators and calls may nest this deep; a sum or product of many terms is no nesting.
const MAX_DEPTH: usize = 256;

pub(super) fn lower(statements: &[Stmt], names: Names<'_>) -> Result<Tree, Diagnostics> {
    let (variables, open, pattern) = match names {
        Names::Declared(names) => (names.to_vec(), false, false),
        Names::Pattern(names) => (names.to_vec(), false, true),
        Names::Open => (vec!["x".to_owned()], true, false),
    };
    let mut lowering = Lowering {
        terms: Vec::new(),
        variables,
        open,
        pattern,
        bindings: HashMap::new(),
        depth: 0,
        diagnostics: Diagnostics::default(),
    };
    let root = lowering.block(statements, Span::call_site());
    let (terms, variables) = (lowering.terms, lowering.variables);
    lowering.diagnostics.into_result(root.map(|root| Tree {
        terms,
        root,
        variables,
    }))
}

/// `None` from a method below means that the mistake has been noted.
struct Lowering {
    terms: Vec<Term>,
    variables: Vec<String>,
    open: bool,
    pattern: bool,
    bindings: HashMap<String, TermId>,
    depth: usize,
    diagnostics: Diagnostics,
}

impl Lowering {
    fn push(&mut self, term: Term) -> TermId {
        self.terms.push(term);
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
            return self.error_with_help(statement.span(), "only `let` may stand here", help);
        };
        let (Pat::Ident(pattern), Some(init)) = (&local.pat, &local.init) else {
            return self.error_with_help(
                local.span(),
                "this binding has no plain name or no value",
                help,
            );
        };
        let name = pattern.ident.to_string();
        if is_function(&name) || name == Op::Pi.name() {
            let message = format!("`{name}` is a function of the language");
            return self.error_with_help(pattern.ident.span(), message, "choose another name");
        }
        let value = self.expression(&init.expr)?;
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
                    Some(match &self.terms[value] {
                        Term::Number(number) => {
                            let negated = number.neg();
                            self.push(Term::Number(negated))
                        }
                        _ => self.push(Term::Apply(Op::Neg, vec![value])),
                    })
                }
                _ => self.error(unary.op.span(), "the only prefix operator is `-`"),
            },
            Expr::Binary(_) => self.chain(expression),
            Expr::Call(call) => {
                let Expr::Path(path) = &*call.func else {
                    return self.error(call.func.span(), "only a function name can be called");
                };
                let Some(name) = path.path.get_ident() else {
                    return self.error(path.span(), "paths are not part of a formula");
                };
                let arguments: Vec<&Expr> = call.args.iter().collect();
                self.call(&name.to_string(), name.span(), &arguments)
            }
            Expr::MethodCall(call) => {
                let arguments: Vec<&Expr> =
                    [&*call.receiver].into_iter().chain(&call.args).collect();
                self.call(&call.method.to_string(), call.method.span(), &arguments)
            }
            Expr::If(branches) => {
                let Some((_, otherwise)) = &branches.else_branch else {
                    return self.error_with_help(
                        branches.if_token.span(),
                        "`if` without `else` has no value on the other side",
                        "add `else { … }`",
                    );
                };
                let then = self.block(&branches.then_branch.stmts, branches.then_branch.span());
                let otherwise = self.expression(otherwise);
                self.condition(&branches.cond, then?, otherwise?)
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
            other => return self.error(other.span(), "only numbers can stand here"),
        };
        if !suffix.is_empty() {
            return self.error_with_help(
                literal.span(),
                format!("the suffix `{suffix}` has no place in a formula"),
                format!("write `{digits}`: the dtype is the tensor's"),
            );
        }
        match Number::parse(&digits) {
            Some(number) => Some(self.push(Term::Number(number))),
            None => self.error(literal.span(), "no f64 is near this number"),
        }
    }

    fn name(&mut self, name: &str, span: Span) -> Option<TermId> {
        if let Some(&bound) = self.bindings.get(name) {
            return Some(bound);
        }
        if let Some(index) = self.variables.iter().position(|known| known == name) {
            return Some(self.push(Term::Variable(index)));
        }
        if name == Op::Pi.name() {
            return Some(self.push(Term::Apply(Op::Pi, Vec::new())));
        }
        if is_function(name) {
            let input = self.variables.first().map_or("x", String::as_str);
            let arity = arities(name).next().unwrap_or(1);
            let others = ["y", "z"].iter().take(arity.saturating_sub(1));
            let arguments: Vec<&str> = [input].into_iter().chain(others.copied()).collect();
            let help = format!("write for example `{name}({})`", arguments.join(", "));
            return self.error_with_help(span, format!("`{name}` is a function"), help);
        }
        // Names become Rust identifiers; raw ones and keywords such as `self` cannot.
        if syn::parse_str::<syn::Ident>(name).is_err() || name.starts_with("r#") {
            let message = format!("`{name}` cannot name a constant");
            return self.error_with_help(span, message, "choose another name");
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
            return Some(self.push(Term::Variable(self.variables.len() - 1)));
        }
        let known = self.variables.iter().chain(self.bindings.keys());
        let help = match nearest(name, known.map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
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
                let help = "write `if … { … } else { … }` around it";
                let message = "a comparison may stand only as the condition of `if`";
                return self.error_with_help(operator.span(), message, help);
            }
            other => {
                let message = format!("`{}` is not an operator of a formula", shortened(other));
                return self.error(other.span(), message);
            }
        };
        // Both sides are read even if the first is wrong, so that one run shows every mistake.
        let b = self.expression(right);
        let (a, b) = (a?, b?);
        if let (Op::Div, Term::Number(divisor)) = (op, &self.terms[b]) {
            if divisor.is_zero() {
                return self.error(right.span(), "division by zero");
            }
            // A quotient of literals is itself a literal, so that 1 / 3 prints as it is read.
            if let Term::Number(dividend) = &self.terms[a]
                && let Some(quotient) = dividend.div(divisor)
            {
                return Some(self.push(Term::Number(quotient)));
            }
        }
        Some(self.push(Term::Apply(op, vec![a, b])))
    }

    fn no_power(&mut self, sign: &str, span: Span, base: &Expr, exponent: &Expr) {
        // `^` binds looser than `*`: only between atoms is it clear what was meant.
        let help = if is_atom(base) && is_atom(exponent) {
            format!("write `powi({}, {})`", shortened(base), shortened(exponent))
        } else {
            "write `powi(base, exponent)`".to_owned()
        };
        let message = format!("`{sign}` is not a power in Rust");
        self.diagnostics.error_with_help(span, message, help);
    }

    fn call(&mut self, name: &str, span: Span, arguments: &[&Expr]) -> Option<TermId> {
        let values: Vec<Option<TermId>> = arguments.iter().map(|a| self.expression(a)).collect();
        let operations: Vec<Op> = Op::named(name).filter(|&op| is_callable(op)).collect();
        let sugars: Vec<&Sugar> = SUGAR.iter().filter(|s| s.names.contains(&name)).collect();
        if operations.is_empty() && sugars.is_empty() {
            let help = match nearest(name, function_names()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`actsmith simplify --help` lists the functions".to_owned(),
            };
            return self.error_with_help(span, format!("unknown function `{name}`"), help);
        }
        let values: Vec<TermId> = values.into_iter().collect::<Option<_>>()?;
        if let Some(&op) = operations.iter().find(|op| op.arity() == values.len()) {
            if op == Op::Powi {
                return self.power(arguments[1], values);
            }
            return Some(self.push(Term::Apply(op, values)));
        }
        if let Some(sugar) = sugars.iter().find(|s| s.parameters.len() == values.len()) {
            return Some(self.expand(sugar, &values));
        }
        let wanted: Vec<String> = arities(name).map(|arity| arity.to_string()).collect();
        let plural = if wanted == ["1"] { "" } else { "s" };
        let message = format!(
            "`{name}` takes {} argument{plural}, and {} stand here",
            wanted.join(" or "),
            values.len()
        );
        self.error(span, message)
    }

    fn power(&mut self, exponent: &Expr, values: Vec<TermId>) -> Option<TermId> {
        match &self.terms[values[1]] {
            Term::Number(number) if number.to_integer().is_some() => {
                Some(self.push(Term::Apply(Op::Powi, values)))
            }
            _ => self.error_with_help(
                exponent.span(),
                "the exponent of `powi` is a whole number",
                "for other exponents of a positive base write `exp(b * ln(a))`",
            ),
        }
    }

    fn expand(&mut self, sugar: &Sugar, values: &[TermId]) -> TermId {
        let body = &SUGAR_TREES[(sugar.names[0], sugar.parameters.len())];
        let mut places = Vec::with_capacity(body.terms.len());
        for term in &body.terms {
            let place = match term {
                Term::Variable(index) => values[*index],
                Term::Number(number) => self.push(Term::Number(number.clone())),
                Term::Apply(op, arguments) => {
                    let arguments = arguments.iter().map(|&a| places[a]).collect();
                    self.push(Term::Apply(*op, arguments))
                }
            };
            places.push(place);
        }
        places[body.root]
    }

    fn condition(&mut self, condition: &Expr, then: TermId, otherwise: TermId) -> Option<TermId> {
        let choose = |this: &mut Self, op: Op, a: &Expr, b: &Expr, then, otherwise| {
            let (a, b) = (this.expression(a), this.expression(b));
            let compared = Term::Apply(op, vec![a?, b?]);
            let compared = this.push(compared);
            Some(this.push(Term::Apply(Op::If, vec![compared, then, otherwise])))
        };
        let (left, right, op) = match condition {
            Expr::Paren(inner) => return self.condition(&inner.expr, then, otherwise),
            Expr::Binary(binary) => (&*binary.left, &*binary.right, binary.op),
            Expr::Path(_) if self.pattern => {
                let condition = self.expression(condition)?;
                return Some(self.push(Term::Apply(Op::If, vec![condition, then, otherwise])));
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
                let inner = self.condition(right, then, otherwise)?;
                self.condition(left, inner, otherwise)
            }
            BinOp::Or(_) => {
                let inner = self.condition(right, then, otherwise)?;
                self.condition(left, then, inner)
            }
            other => self.no_condition(other.span()),
        }
    }

    fn no_condition(&mut self, span: Span) -> Option<TermId> {
        let help = "compare two values: `<`, `<=`, `>`, `>=`, `==`, `!=`";
        self.error_with_help(span, "this is no condition", help)
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

fn is_function(name: &str) -> bool {
    Op::named(name).any(is_callable) || SUGAR.iter().any(|s| s.names.contains(&name))
}

/// How many arguments the function takes, in each of its forms, fewest first.
fn arities(name: &str) -> impl Iterator<Item = usize> {
    let operations = Op::named(name).filter(|&op| is_callable(op)).map(Op::arity);
    let sugars = SUGAR.iter().filter(|sugar| sugar.names.contains(&name));
    let sugars = sugars.map(|sugar| sugar.parameters.len());
    let arities: BTreeSet<usize> = operations.chain(sugars).collect();
    arities.into_iter()
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

/// The text of a piece of syntax, cut where it would not fit a message.
fn shortened(tokens: &impl ToTokens) -> String {
    let text = tokens.to_token_stream().to_string();
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
