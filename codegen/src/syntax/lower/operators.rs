//! Operators: `+ - * /`, and what only looks like one.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{BinOp, Expr, UnOp};

use super::Lowering;
use crate::ops::Op;
use crate::syntax::text::shortened;
use crate::syntax::{Term, TermId};

impl Lowering {
    /// `a + b - c …`: the tree leans to the left as far as there are terms, so it is walked without recursion.
    pub(super) fn chain(&mut self, expression: &Expr) -> Option<TermId> {
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
    pub(super) fn quotient(
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
    pub(super) fn negation(&mut self, value: TermId, span: Span) -> TermId {
        let term = match &self.terms[value] {
            Term::Number(number) => Term::Number(number.neg()),
            _ => Term::Apply(Op::Neg, vec![value]),
        };
        self.push(term, span)
    }
}

/// What stands behind a `*` in front of it.
fn dereferenced(expression: &Expr) -> Option<&Expr> {
    match expression {
        Expr::Unary(unary) if matches!(unary.op, UnOp::Deref(_)) => Some(&unary.expr),
        _ => None,
    }
}
