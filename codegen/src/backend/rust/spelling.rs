//! How each operation is written in Rust, over the runtime's `Real`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use crate::ops::Op;

/// A Rust expression and how tightly it binds.
#[derive(Clone, Debug)]
pub(super) struct Expression {
    tokens: TokenStream,
    binding: Binding,
}

/// From loosest to tightest.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(super) enum Binding {
    Comparison,
    Sum,
    Product,
    Prefix,
    Atom,
}

impl Expression {
    /// A name, a call, or anything else that needs no parentheses.
    pub(super) fn atom(tokens: TokenStream) -> Self {
        Self {
            tokens,
            binding: Binding::Atom,
        }
    }

    /// The tokens, to stand where anything may.
    pub(super) fn tokens(&self) -> &TokenStream {
        &self.tokens
    }

    /// The tokens, in parentheses unless they bind as tightly as `least`.
    fn at_least(&self, least: Binding) -> TokenStream {
        let tokens = &self.tokens;
        if self.binding >= least {
            quote!(#tokens)
        } else {
            quote!((#tokens))
        }
    }
}

/// The expression for `op` on `arguments`. The exponent of `powi` is a plain literal.
pub(super) fn spell(op: Op, arguments: &[Expression]) -> Expression {
    let infix = |sign: TokenStream, binding: Binding, left: Binding, right: Binding| {
        let (a, b) = (arguments[0].at_least(left), arguments[1].at_least(right));
        Expression {
            tokens: quote!(#a #sign #b),
            binding,
        }
    };
    let compare = |sign| infix(sign, Binding::Comparison, Binding::Sum, Binding::Sum);
    let method_named = |name: &str| {
        let name = Ident::new(name, Span::call_site());
        let receiver = arguments[0].at_least(Binding::Atom);
        let rest = arguments[1..].iter().map(Expression::tokens);
        Expression::atom(quote!(#receiver.#name(#(#rest),*)))
    };

    match op {
        Op::Add => infix(quote!(+), Binding::Sum, Binding::Sum, Binding::Product),
        Op::Sub => infix(quote!(-), Binding::Sum, Binding::Sum, Binding::Product),
        Op::Mul => infix(
            quote!(*),
            Binding::Product,
            Binding::Product,
            Binding::Prefix,
        ),
        Op::Div => infix(
            quote!(/),
            Binding::Product,
            Binding::Product,
            Binding::Prefix,
        ),
        Op::Lt => compare(quote!(<)),
        Op::Le => compare(quote!(<=)),
        Op::Eq => compare(quote!(==)),
        Op::Neg => {
            let a = arguments[0].at_least(Binding::Atom);
            Expression {
                tokens: quote!(-#a),
                binding: Binding::Prefix,
            }
        }
        Op::If => {
            let arguments = arguments.iter().map(Expression::tokens);
            Expression::atom(quote!(T::select(#(#arguments),*)))
        }
        // Rust has one method of a name.
        Op::EluAlpha => method_named("elu_with"),
        // A constant: the schedule has evaluated it.
        Op::Pi => Expression::atom(quote!(T::of(::core::f64::consts::PI))),
        // The runtime has every other one under its own name.
        _ => method_named(op.name()),
    }
}
