//! Identities that are often believed and do not hold, each with a point that refutes it. They are kept so that nobody adds
//! them: a test shows that every one is refuted.

/// An identity that fails.
#[derive(Clone, Copy, Debug)]
pub struct Refuted {
    /// The name.
    pub name: &'static str,
    /// The left side.
    pub left: &'static str,
    /// What it is believed to be.
    pub right: &'static str,
    /// Values of `a`, `b`, `c` at which the left side is defined and the right side is undefined or another number.
    pub point: [f64; 3],
}

const fn refuted(
    name: &'static str,
    left: &'static str,
    right: &'static str,
    point: [f64; 3],
) -> Refuted {
    Refuted {
        name,
        left,
        right,
        point,
    }
}

/// Every such identity.
#[rustfmt::skip]
pub const REFUTED: &[Refuted] = &[
    refuted("one-as-quotient", "1", "a / a", [0.0, 0.0, 0.0]),
    refuted("sqrt-of-square-as-base", "sqrt(square(a))", "a", [-1.0, 0.0, 0.0]),
    refuted("base-as-square-of-sqrt", "a", "square(sqrt(a))", [-1.0, 0.0, 0.0]),
    refuted("sqrt-of-product-unguarded", "sqrt(a * b)", "sqrt(a) * sqrt(b)", [-1.0, -1.0, 0.0]),
    refuted("base-as-exp-of-ln", "a", "exp(ln(a))", [-1.0, 0.0, 0.0]),
    refuted("ln-of-square", "ln(square(a))", "2 * ln(a)", [-1.0, 0.0, 0.0]),
    refuted("ln-of-product-unguarded", "ln(a * b)", "ln(a) + ln(b)", [-1.0, -1.0, 0.0]),
    refuted("ln-of-sum", "ln(1 + a)", "ln(a) + ln(1 + 1 / a)", [-0.5, 0.0, 0.0]),
    refuted("abs-of-sum", "abs(a + b)", "abs(a) + abs(b)", [1.0, -1.0, 0.0]),
    refuted("relu-of-sum", "relu(a + b)", "relu(a) + relu(b)", [1.0, -2.0, 0.0]),
    refuted("relu-of-product", "relu(a * b)", "relu(a) * relu(b)", [-1.0, -1.0, 0.0]),
    refuted("relu-of-scaled-unguarded", "relu(c * a)", "c * relu(a)", [1.0, 0.0, -1.0]),
    refuted("relu-is-odd", "relu(-a)", "-relu(a)", [1.0, 0.0, 0.0]),
    refuted("relu-squared", "relu(a) * relu(a)", "square(a)", [-1.0, 0.0, 0.0]),
    refuted("leaky-relu-of-square", "leaky_relu(a) * leaky_relu(a)", "square(a)", [-1.0, 0.0, 0.0]),
    refuted("max-of-scaled-unguarded", "max(c * a, c * b)", "c * max(a, b)", [1.0, 2.0, -1.0]),
    refuted("max-distributes-over-mul", "max(a * b, c)", "max(a, c) * max(b, c)", [2.0, 3.0, 5.0]),
    refuted("clamp-ends-swapped", "clamp(a, b, c)", "clamp(a, c, b)", [3.0, 1.0, 2.0]),
    refuted("clamp-from-max-min-crossed", "max(min(a, c), b)", "clamp(a, b, c)", [0.0, 2.0, 1.0]),
    refuted("clamp-of-product", "clamp(a * b, -c, c)", "clamp(a, -c, c) * clamp(b, -c, c)", [4.0, 0.5, 1.0]),
    refuted("if-flipped", "if a < b { 1 } else { 2 }", "if b < a { 2 } else { 1 }", [0.0, 0.0, 0.0]),
    refuted("sign-squared", "sign(a) * sign(a)", "1", [0.0, 0.0, 0.0]),
    refuted("slope-of-abs", "a / (abs(a) + 1)", "sign(a)", [1.0, 0.0, 0.0]),
    refuted("sigmoid-is-odd", "sigmoid(-a)", "-sigmoid(a)", [1.0, 0.0, 0.0]),
    refuted("sigmoid-as-tanh", "sigmoid(a)", "0.5 * (1 + tanh(a))", [1.0, 0.0, 0.0]),
    refuted("sigmoid-of-sum", "sigmoid(a + b)", "sigmoid(a) * sigmoid(b)", [0.0, 0.0, 0.0]),
    refuted("tanh-slope-of-linear", "1 - tanh(a)", "1 - square(tanh(a))", [1.0, 0.0, 0.0]),
    refuted("exp-of-product", "exp(a * b)", "exp(a) * exp(b)", [1.0, 1.0, 0.0]),
    refuted("exp-distributes-over-add", "exp(a + b)", "exp(a) + exp(b)", [0.0, 0.0, 0.0]),
    refuted("cosh-of-sum", "square(cosh(a)) + square(sinh(a))", "1", [1.0, 0.0, 0.0]),
    refuted("square-of-sum", "square(a + b)", "square(a) + square(b)", [1.0, 1.0, 0.0]),
    refuted("gelu-as-tanh-form", "gelu(a)", "gelu_tanh(a)", [2.0, 0.0, 0.0]),
    refuted("gelu-as-quick-gelu", "gelu(a)", "a * sigmoid(1.702 * a)", [1.0, 0.0, 0.0]),
    refuted("gelu-as-erf-unscaled", "gelu(a)", "0.5 * a * (1 + erf(a))", [1.0, 0.0, 0.0]),
    refuted("gelu-slope-as-cdf", "normal_cdf(a) + a * normal_pdf(a)", "normal_cdf(a)", [1.0, 0.0, 0.0]),
    refuted("silu-as-hardswish", "silu(a)", "hardswish(a)", [1.0, 0.0, 0.0]),
    refuted("softplus-as-relu", "softplus(a)", "relu(a)", [0.0, 0.0, 0.0]),
    refuted("softplus-is-ln-exp", "softplus(a)", "ln(exp(a))", [0.0, 0.0, 0.0]),
    refuted("mish-as-silu", "mish(a)", "silu(a)", [1.0, 0.0, 0.0]),
    refuted("elu-as-expm1-max", "elu(a)", "max(a, expm1(a))", [1.0, 0.0, 0.0]),
    refuted("silu-product", "silu(a) * silu(a)", "silu(square(a))", [1.0, 0.0, 0.0]),
    refuted("gelu-above-mish", "max(gelu(a), mish(a))", "gelu(a)", [1.0, 0.0, 0.0]),
    refuted("silu-above-mish", "max(silu(a), mish(a))", "silu(a)", [1.0, 0.0, 0.0]),
    refuted("erf-below-base", "max(erf(a), a)", "a", [0.5, 0.0, 0.0]),
];
