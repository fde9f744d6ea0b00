//! Operators: `+ - * /`, and what only looks like one.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{BinOp, Expr, UnOp};

use super::Lowering;
use crate::ir::{Id, Node};
use crate::ops::Op;
use crate::syntax::text::shortened;

impl Lowering {
    /// `a + b - c …`: the tree leans to the left as far as there are terms, so it is walked without recursion.
    pub(super) fn chain(&mut self, expression: &Expr) -> Option<Id> {
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

    fn binary(&mut self, a: Option<Id>, binary: &syn::ExprBinary) -> Option<Id> {
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
        Some(self.push(Node::apply(op, &[a, b]), operator.span()))
    }

    /// A quotient of literals is itself a literal, so that 1 / 3 prints as it is read.
    pub(super) fn quotient(
        &mut self,
        dividend: Id,
        divisor: Id,
        span: Span,
        behind: Span,
    ) -> Option<Id> {
        let node = match [dividend, divisor].map(|side| self.dag.node(side)) {
            [_, Node::Number(number)] if number.is_zero() => {
                let help = "divide by a number other than 0";
                return self.error_with_help(behind, "division by zero", help);
            }
            [Node::Number(a), Node::Number(b)] => a.div(b).map(Node::Number),
            _ => None,
        };
        let node = node.unwrap_or_else(|| Node::apply(Op::Div, &[dividend, divisor]));
        Some(self.push(node, span))
    }

    /// So is the negation of a literal.
    pub(super) fn negation(&mut self, value: Id, span: Span) -> Id {
        let node = match self.dag.node(value) {
            Node::Number(number) => Node::Number(number.neg()),
            _ => Node::apply(Op::Neg, &[value]),
        };
        self.push(node, span)
    }
}

/// What stands behind a `*` in front of it.
fn dereferenced(expression: &Expr) -> Option<&Expr> {
    match expression {
        Expr::Unary(unary) if matches!(unary.op, UnOp::Deref(_)) => Some(&unary.expr),
        _ => None,
    }
}
