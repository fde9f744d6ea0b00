//! Conditions of `if`: comparisons, joined by `&&` and `||`.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{BinOp, Expr, UnOp};

use super::Lowering;
use crate::ir::{Id, Node};
use crate::ops::Op;

impl Lowering {
    /// `if condition { then } else { otherwise }`; a mistake in either branch leaves those of the condition to be found.
    pub(super) fn condition(
        &mut self,
        condition: &Expr,
        then: Option<Id>,
        otherwise: Option<Id>,
    ) -> Option<Id> {
        // The operator, for the span of a whole condition is as long to find as the condition.
        let span = match condition {
            Expr::Binary(binary) => binary.op.span(),
            _ => Span::call_site(),
        };
        let choose = |this: &mut Self, op: Op, a: &Expr, b: &Expr, then, otherwise| {
            let (a, b) = (this.expression(a), this.expression(b));
            let compared = Node::apply(op, &[a?, b?]);
            let compared = this.push(compared, span);
            Some(this.push(Node::apply(Op::If, &[compared, then?, otherwise?]), span))
        };
        let (left, right, op) = match condition {
            Expr::Paren(inner) => return self.condition(&inner.expr, then, otherwise),
            Expr::Unary(inner) if matches!(inner.op, UnOp::Not(_)) => {
                return self.condition(&inner.expr, otherwise, then);
            }
            Expr::Binary(binary) => (&*binary.left, &*binary.right, binary.op),
            Expr::Path(_) if self.pattern => {
                let condition = self.expression(condition)?;
                let choice = Node::apply(Op::If, &[condition, then?, otherwise?]);
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

    fn no_condition(&mut self, span: Span) -> Option<Id> {
        let help = "compare two values: `<`, `<=`, `>`, `>=`, `==`, `!=`";
        self.error_with_help(span, "this is not a condition", help)
    }
}
