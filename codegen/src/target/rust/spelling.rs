//! How each operation is written in Rust, over the runtime's `Real`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use crate::ops::Op;

/// The expression for `op` on `arguments`, each of which is an atom: a name, a call or in parentheses.
pub(super) fn spell(op: Op, arguments: &[TokenStream]) -> TokenStream {
    let method = || {
        let name = Ident::new(op.name(), Span::call_site());
        let (receiver, rest) = (&arguments[0], &arguments[1..]);
        quote!(#receiver.#name(#(#rest),*))
    };
    let infix = |sign: TokenStream| {
        let (a, b) = (&arguments[0], &arguments[1]);
        quote!((#a #sign #b))
    };
    match op {
        Op::Add => infix(quote!(+)),
        Op::Sub => infix(quote!(-)),
        Op::Mul => infix(quote!(*)),
        Op::Div => infix(quote!(/)),
        Op::Lt => infix(quote!(<)),
        Op::Le => infix(quote!(<=)),
        Op::Eq => infix(quote!(==)),
        Op::Neg => {
            let a = &arguments[0];
            quote!((-#a))
        }
        Op::If => quote!(T::select(#(#arguments),*)),
        // A constant: the schedule has evaluated it.
        Op::Pi => quote!(T::of(::core::f64::consts::PI)),
        Op::Square
        | Op::Cube
        | Op::Powi
        | Op::Sqrt
        | Op::Exp
        | Op::Expm1
        | Op::Ln
        | Op::Log1p
        | Op::Sigmoid
        | Op::Softplus
        | Op::LogSigmoid
        | Op::Gaussian
        | Op::Sin
        | Op::Cos
        | Op::Sinc
        | Op::Sinh
        | Op::Cosh
        | Op::Tanh
        | Op::Asinh
        | Op::Atan
        | Op::Erf
        | Op::Erfc
        | Op::NormalCdf
        | Op::NormalPdf
        | Op::Abs
        | Op::Sign
        | Op::Min
        | Op::Max
        | Op::Clamp
        | Op::Relu
        | Op::Min0
        | Op::LeakyRelu
        | Op::Relu6
        | Op::HardSigmoid
        | Op::HardSwish
        | Op::Silu
        | Op::Gelu
        | Op::GeluTanh
        | Op::Mish
        | Op::Elu
        | Op::Selu
        | Op::Softsign
        | Op::Tanhshrink => method(),
    }
}
