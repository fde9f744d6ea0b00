//! Activations under the strictest lints, in a crate that knows `actsmith` as `forge` and has no candle of its own: what clippy
//! and the compiler say of the macro's output, they say of this crate.

#![deny(unsafe_code, missing_docs, unreachable_pub)]
#![warn(clippy::pedantic)]

use forge::activation;

activation! {
    /// Without parameters.
    pub Hinge(x) = max(x, 0);
    /// With a trained slope.
    pub Swish(x; beta = 1.0) = x * sigmoid(beta * x);
    /// With constants of many digits, powers and choices.
    pub Pieces(x) = if x > 1.618033988749895 && x < 3 { powi(x, 3) } else { 0.3183098861837907 * gelu(x) };
    /// Undefined for some inputs, on purpose.
    #[expect(deprecated, reason = "inputs are positive")]
    pub Logarithm(x) = ln(x);
    /// Gated.
    pub SwiGlu(x, gate) = silu(gate) * x;
    /// A slope for each channel, a positive one and a constant.
    pub Slopes(x; #[per_channel(dim = 1)] alpha = 0.25, beta > 0 = 1.0, const limit = 6.0) =
        min(prelu(x, alpha), limit) * tanh(beta * x) / beta;
    Private(x) = tanh(x) * x;
}

/// Uses what is private.
#[must_use]
pub fn private_formula() -> &'static str {
    Private::FORMULA
}
