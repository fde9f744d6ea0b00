//! From `syn`'s expressions to a graph: names resolved, sugar expanded, every mistake noted.

mod calls;
mod conditions;
mod operators;

use std::collections::{HashMap, HashSet};

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Expr, Ident, Lit, Member, Pat, Stmt, UnOp};

use super::functions::{FUNCTIONS, is_function, is_taken};
use super::scan::too_deep;
use super::text::shortened;
use super::{Names, Parsed, is_name, names, nearest};
use crate::diagnostic::Mistakes;
use crate::ir::{Dag, Id, Node};
use crate::number::{Number, NumberError};
use crate::ops::{Op, fold};

/// A formula may have this many variables: there is a derivative with respect to each.
const MAX_NAMES: usize = 64;
/// Operators and calls may nest this deep; a sum or product of many terms is no nesting.
const MAX_DEPTH: usize = 256;

/// The graph of a formula, and the token behind each of its nodes. `whole` is what a formula without a value is shown at.
pub(super) fn lower(
    statements: &[Stmt],
    names: Names<'_>,
    whole: Span,
) -> Result<Parsed, Mistakes> {
    let (variables, open, pattern) = match names {
        Names::Declared(names) => (names.to_vec(), false, false),
        Names::Pattern(names) => (names.to_vec(), false, true),
        Names::Open => (vec!["x".to_owned()], true, false),
    };
    let mut lowering = Lowering {
        dag: Dag::default(),
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
    let Lowering {
        mut dag,
        spans,
        variables,
        diagnostics,
        ..
    } = lowering;
    dag.variables = variables;
    dag.roots.extend(root);
    diagnostics.into_result(root.map(|_| Parsed { dag, spans }))
}

/// `None` from a method below means that the mistake has been noted.
struct Lowering {
    /// The nodes; its variables are filled in at the end.
    dag: Dag,
    /// The token behind each node, the first of several.
    spans: Vec<Span>,
    /// The exact value of each node, where that is arithmetic on literals.
    constants: Vec<Option<Number>>,
    variables: Vec<String>,
    open: bool,
    pattern: bool,
    /// Names that `let` has given; `None` for a value with a mistake, which is noted once, not wherever the name is used.
    bindings: HashMap<String, Option<Id>>,
    /// Names that are no slip of a known one: each is noted where it first stands, for one declaration mends them all.
    unknown: HashSet<String>,
    depth: usize,
    diagnostics: Mistakes,
}

impl Lowering {
    fn push(&mut self, node: Node, span: Span) -> Id {
        let id = self.dag.add(node);
        if usize::from(id) == self.spans.len() {
            let node = self.dag.node(id);
            let constant = match node {
                Node::Number(number) => Some(number.clone()),
                Node::Variable(_) => None,
                Node::Apply(op, _) => {
                    let known = node.arguments().iter();
                    let known = known.map(|&a| self.constants[usize::from(a)].as_ref());
                    let known: Option<Vec<&Number>> = known.collect();
                    known.and_then(|known| fold(*op, &known))
                }
            };
            self.spans.push(span);
            self.constants.push(constant);
        }
        id
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

    fn block(&mut self, statements: &[Stmt], span: Span) -> Option<Id> {
        let outer = self.bindings.clone();
        let value = self.statements(statements, span);
        self.bindings = outer;
        value
    }

    fn statements(&mut self, statements: &[Stmt], span: Span) -> Option<Id> {
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

    fn expression(&mut self, expression: &Expr) -> Option<Id> {
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

    fn expression_at_depth(&mut self, expression: &Expr) -> Option<Id> {
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

    fn literal(&mut self, literal: &Lit) -> Option<Id> {
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
            Ok(number) => Some(self.push(Node::Number(number), literal.span())),
            Err(error) => {
                let help = match error {
                    NumberError::TooSmall => {
                        "write 0, or multiply it out with the factors beside it"
                    }
                    NumberError::TooLong => "write fewer digits: f64 keeps 17",
                    NumberError::TooLarge => {
                        "write a smaller number, or multiply it out with the factors beside it"
                    }
                    NumberError::Malformed => "write for example `0.5` or `1e-3`",
                };
                self.error_with_help(literal.span(), error.to_string(), help)
            }
        }
    }

    /// `2(x + 1)`, or `2sin(x)`, whose number has the name for a suffix.
    fn not_called(&mut self, call: &syn::ExprCall) -> Option<Id> {
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
        let uses_input = self.dag.find(&Node::Variable(0)).is_some();
        if !self.open || uses_input || !self.diagnostics.is_empty() {
            return;
        }
        let misnamed = |name: &&String| names::INPUTS.contains(&name.as_str());
        let Some(name) = self.variables.iter().skip(1).find(misnamed).cloned() else {
            return;
        };
        let index = self.variables.iter().position(|known| *known == name);
        let node = index.and_then(|index| self.dag.find(&Node::Variable(index)));
        let span = node.map_or_else(Span::call_site, |id| self.spans[usize::from(id)]);
        let message = format!("the input is named `x`, and `{name}` would be a trained constant");
        let help = format!("write `x` for `{name}`");
        self.diagnostics.error_with_help(span, message, help);
    }

    fn name(&mut self, name: &str, span: Span) -> Option<Id> {
        if let Some(&bound) = self.bindings.get(name) {
            return bound;
        }
        if let Some(index) = self.variables.iter().position(|known| known == name) {
            return Some(self.push(Node::Variable(index), span));
        }
        if name == Op::Pi.name() {
            return Some(self.push(Node::apply(Op::Pi, &[]), span));
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
            return Some(self.push(Node::Variable(self.variables.len() - 1), span));
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

    /// Whether a node is 0 by arithmetic on literals alone.
    fn is_zero(&self, id: Id) -> bool {
        self.constants[usize::from(id)]
            .as_ref()
            .is_some_and(Number::is_zero)
    }
}
