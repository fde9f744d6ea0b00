//! The macro [`activation!`]: a shell around `actsmith-codegen`, which holds everything that can be tested.

use proc_macro::TokenStream;
use quote::quote;

/// Compiles formulas into activations: each becomes a struct that implements candle's `Module` as one fused operation, with a
/// fused backward pass that saves nothing but the input and the parameters.
///
/// ```text
/// activation! {
///     /// Ramachandran et al., "Searching for Activation Functions" (2017).
///     pub Swish(x; beta = 1.0) = x * sigmoid(beta * x);
///     Lisht(x) = x * tanh(x);
/// }
/// ```
///
/// A struct without parameters is a unit struct. One with trainable scalars has `new(vb: VarBuilder)`, which takes each scalar
/// by its name or starts it at the given value, and an accessor for each. All have `FORMULA` and `DERIVATIVE`, the simplified
/// forms that are computed.
///
/// The formula is differentiated and simplified together with its derivatives when the macro is expanded.
#[proc_macro]
pub fn activation(declarations: TokenStream) -> TokenStream {
    let (candle, runtime) = (quote!(::candle_core), quote!(::actsmith::runtime));
    actsmith_codegen::expand(declarations.into(), &candle, &runtime).into()
}
