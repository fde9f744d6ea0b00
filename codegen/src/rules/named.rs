//! Written-out activations that go by a name.

use super::Guard::{AtLeast, AtMost, Literal, NonNegative, NonZero, Ordered, Positive, Zero};
use super::{Identity, row};

/// By unfolding both sides on each piece.
const CASES: &str = "case distinction";
/// PyTorch's documentation of the module of that name.
const TORCH: &str = "torch.nn";
/// From the definition 1/(1 + e⁻ᵃ) by fractions.
const LOGISTIC: &str = "logistic identities";

#[rustfmt::skip]
pub(super) const ROWS: &[Identity] = &[
    row("at-most-as-less", "if a <= b { c } else { d }", "if b < a { d } else { c }", CASES),
    row("sqrt-of-half", "sqrt(0.5)", "1 / sqrt(2)", "powers"),
    row("sqrt-of-8-over-pi", "sqrt(8 / pi)", "2 * sqrt(2 / pi)", "powers"),

    row("expm1-from-sum", "exp(a) + -1", "expm1(a)", LOGISTIC),
    row("falling-logistic-quotient", "a / (1 + exp(b))", "a * sigmoid(-b)", LOGISTIC),
    row("log-sigmoid-from-pieces", "min0(a) - log1p(exp(-abs(a)))", "log_sigmoid(a)", LOGISTIC),
    row("softplus-from-mirrored", "a + softplus(-a)", "softplus(a)", LOGISTIC),
    row("tanh-of-softplus-from-squares", "(square(1 + exp(a)) - 1) / (square(1 + exp(a)) + 1)", "tanh(softplus(a))", LOGISTIC),
    row("tanh-of-softplus-from-product", "exp(a) * (exp(a) + 2) / (exp(a) * (exp(a) + 2) + 2)", "tanh(softplus(a))", LOGISTIC),
    row("tanh-from-sigmoid-sum", "1 + -2 * sigmoid(a)", "-tanh(a / 2)", LOGISTIC),
    row("tanh-from-expm1-alone", "expm1(a) / (expm1(a) + 2)", "tanh(a / 2)", LOGISTIC),

    row("clamp-from-relus", "relu(a) - relu(a - b)", "clamp(a, 0, b)", CASES).when(&[NonNegative("b")]),
    row("clamp-from-less-low", "if a < b { b } else { min(a, c) }", "clamp(a, b, c)", CASES).when(&[Ordered("b", "c")]).total(&["c"]),
    row("clamp-from-above-low", "if b < a { min(a, c) } else { b }", "clamp(a, b, c)", CASES).when(&[Ordered("b", "c")]).total(&["c"]),
    row("clamp-from-above-high", "if c < a { c } else { max(a, b) }", "clamp(a, b, c)", CASES).when(&[Ordered("b", "c")]).total(&["b"]),
    row("clamp-from-less-high", "if a < c { max(a, b) } else { c }", "clamp(a, b, c)", CASES).when(&[Ordered("b", "c")]).total(&["b"]),
    row("hardtanh-from-relus", "relu(a + 1) - relu(a - 1)", "hardtanh(a) + 1", CASES),
    row("hardsigmoid-from-min", "min(1 / 6 * relu(a + 3), 1)", "hardsigmoid(a)", TORCH),
    row("hardsigmoid-from-if", "if -3 < a { if a < 3 { 1 / 6 * a + 0.5 } else { 1 } } else { 0 }", "hardsigmoid(a)", TORCH),
    row("hardswish-from-if", "if -3 < a { if a < 3 { 1 / 6 * (a * (a + 3)) } else { a } } else { 0 }", "hardswish(a)", TORCH),
    row("outside-as-abs", "if 0.5 < a { c } else { if a < -0.5 { c } else { d } }", "if 0.5 < abs(a) { c } else { d }", CASES),
    row("outside-as-abs-from-below", "if a < -0.5 { c } else { if 0.5 < a { c } else { d } }", "if 0.5 < abs(a) { c } else { d }", CASES),
    row("softshrink-from-if", "if 0.5 < a { a - 0.5 } else { if a < -0.5 { a + 0.5 } else { 0 } }", "softshrink(a)", TORCH),
    row("softshrink-from-if-below", "if a < -0.5 { a + 0.5 } else { if 0.5 < a { a - 0.5 } else { 0 } }", "softshrink(a)", TORCH),
    row("softshrink-from-pieces", "relu(a - 0.5) + min0(a + 0.5)", "softshrink(a)", CASES),
    row("softshrink-from-sign", "sign(a) * relu(abs(a) - 0.5)", "softshrink(a)", CASES),

    // Named where both are numbers, as in PyTorch: with anything else, a choice reads better.
    row("threshold-from-if", "if b < a { a } else { c }", "threshold(a, b, c)", TORCH).when(&[Literal("b"), Literal("c")]),
    row("threshold-as-if", "threshold(a, b, c)", "if b < a { a } else { c }", TORCH),

    row("softsign-slope-of-0", "softsign_grad(0)", "1", CASES),
    row("softsign-slope-written-out", "softsign_grad(a)", "1 / square(1 + abs(a))", CASES).both().proof(),

    row("prelu-from-pieces", "relu(a) + b * min0(a)", "prelu(a, b)", TORCH),
    row("prelu-from-less", "if a < 0 { b * a } else { a }", "prelu(a, b)", TORCH).total(&["b"]),
    row("prelu-from-max", "max(a, b * a)", "prelu(a, b)", CASES).when(&[AtMost("b", 1)]),
    row("prelu-from-min", "min(a, b * a)", "prelu(a, b)", CASES).when(&[AtLeast("b", 1)]),

    row("elu-from-max", "max(a, expm1(min0(a)))", "elu(a)", CASES),
    row("elu-from-less", "if a < 0 { expm1(a) } else { a }", "elu(a)", TORCH),
    row("elu-of-alpha-1", "elu(a, 1)", "elu(a)", TORCH),
    row("elu-of-alpha-from-min0", "relu(a) + min0(b * expm1(a))", "elu(a, b)", TORCH).when(&[NonNegative("b")]),
    row("elu-of-alpha-from-pieces", "relu(a) + b * expm1(min0(a))", "elu(a, b)", CASES),
    row("elu-of-alpha-from-less", "if a < 0 { b * expm1(a) } else { a }", "elu(a, b)", TORCH).total(&["b"]),

    row("celu-of-alpha-1", "celu(a, 1)", "elu(a)", TORCH),
    row("celu-of-alpha-0", "celu(a, b)", "relu(a)", TORCH).when(&[Zero("b")]),
    row("celu-from-if", "if 0 < a { a } else { b * expm1(a / b) }", "celu(a, b)", TORCH).total(&["b"]),
    row("celu-as-if", "celu(a, b)", "if 0 < a { a } else { b * expm1(a / b) }", TORCH).when(&[NonZero("b")]),
    row("celu-from-less", "if a < 0 { b * expm1(a / b) } else { a }", "celu(a, b)", TORCH).total(&["b"]),
    row("celu-from-min0", "relu(a) + min0(b * expm1(a / b))", "celu(a, b)", TORCH).when(&[Positive("b")]),
    row("celu-from-pieces", "relu(a) + b * expm1(min0(a) / b)", "celu(a, b)", CASES),
    row("celu-from-pieces-within", "relu(a) + b * expm1(min0(a / b))", "celu(a, b)", CASES).when(&[Positive("b")]),
];
