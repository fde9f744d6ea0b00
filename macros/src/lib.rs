//! The macro [`activation!`]: a shell around `actsmith-codegen`, which holds everything that can be tested.

use proc_macro::TokenStream;
use proc_macro_crate::{FoundCrate, crate_name};
use proc_macro2::{Ident, Span};
use quote::quote;

/// Compiles formulas into activations: each becomes a struct that implements candle's `Module` as one fused operation, with a
/// fused backward pass that saves nothing but the input and the parameters.
///
/// ```text
/// activation! {
///     /// Ramachandran et al., "Searching for Activation Functions" (2017).
///     pub Swish(x; beta = 1.0) = x * sigmoid(beta * x);
///     pub PRelu(x; #[per_channel(dim = 1)] alpha = 0.25) = prelu(x, alpha);
///     pub SwiGlu(x, gate) = silu(gate) * x;
///     Leaky(x; const slope = 0.01) = prelu(x, slope);
///     Scaled(x; beta > 0 = 1.0) = tanh(beta * x) / beta;
/// }
/// ```
///
/// Behind the `;` stand numbers with the value that they start from:
///
/// | | |
/// | --- | --- |
/// | `beta = 1.0` | one trained number |
/// | `#[per_channel(dim = 1)] beta = 1.0` | a trained number for each index of a dimension of the input; `-1` is the last one; all such parameters share the dimension |
/// | `beta > 0 = 1.0` | trained and positive: the softplus of the tensor that checkpoints call `beta`, which is kept from becoming 0 |
/// | `const beta = 1.0` | not trained; `with_beta` gives another value |
///
/// A struct without trained numbers is `Copy` and has `Default`. One with trained numbers has `new(vb: VarBuilder)`, or `new(channels:
/// usize, vb: VarBuilder)` if some are per channel, which takes each by its name or starts it at the given value, and
/// `from_tensors`, which takes the tensors themselves. An accessor is there for each.
///
/// Attributes go to the struct; `#[cfg(…)]` holds for all that a declaration becomes. `#[kinks(torch)]` gives derivatives at kinks the
/// numbers that PyTorch has for the formula as it is written; without it they are any numbers between the slopes of both sides.
///
/// A function of two inputs is not a `Module`; its `forward(&self, x, gate)` takes tensors of one shape. All have
/// `forward_in_place` for inference, `FORMULA`, and `DERIVATIVE` (of two inputs: `DERIVATIVES`), the simplified forms that are
/// computed. Tensors are f32, f64, f16 or bf16; half precision is computed in f32 and rounded once. Parameters may
/// be of another type than the inputs, f32 beside bf16 for example; each gets its gradient in its own.
///
/// `INIT_GAIN` is `1 / sqrt(E[f(z)²])` for z ~ N(0, 1), with the parameters at their initial values (of two inputs: both independent):
/// √2 for `relu(x)`. Weights of the standard deviation `INIT_GAIN / sqrt(fan_in)` keep the variance from layer to layer. It is left
/// out where the expectation is 0 or infinite, or the function has no value for some inputs.
///
/// The formula is differentiated and simplified together with its derivatives when the macro is expanded.
///
/// # Warnings
///
/// An operation that has no value for some inputs, such as `ln(x)`, is a warning that names them, under the lint `deprecated`: on
/// stable Rust no other lint carries a message of a macro. `#[allow(deprecated)]` or `#[expect(deprecated)]` above the
/// declaration says that it is meant. A build that denies warnings stops at it, with the same text.
#[proc_macro]
pub fn activation(declarations: TokenStream) -> TokenStream {
    let actsmith = actsmith();
    // The version of the runtime that the expansion is written for.
    let runtime = quote!(#actsmith::runtime::v1);
    // The crate that declares an activation need not depend on candle itself.
    let candle = quote!(#actsmith::runtime::candle_core);
    actsmith_codegen::expand(declarations.into(), &candle, &runtime).into()
}

/// The path of the crate `actsmith`, under whatever name the caller's `Cargo.toml` has it.
fn actsmith() -> proc_macro2::TokenStream {
    match crate_name("actsmith") {
        Ok(FoundCrate::Name(name)) => {
            let name = Ident::new(&name, Span::call_site());
            quote!(::#name)
        }
        // The crate itself, which has its own name within, or a build without `Cargo.toml`.
        Ok(FoundCrate::Itself) | Err(_) => quote!(::actsmith),
    }
}
