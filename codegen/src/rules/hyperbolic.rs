//! Hyperbolic and trigonometric functions.

use super::Guard::{AtLeast, AtMost, Even, Literal, Odd};
use super::{Identity, row};

/// Hyperbolic identities: DLMF §4.35; definitions §4.28.
const HYPERBOLIC: &str = "DLMF §4.28, §4.35";
/// Trigonometric identities: DLMF §4.21.
const TRIGONOMETRIC: &str = "DLMF §4.21";

#[rustfmt::skip]
pub(super) const ROWS: &[Identity] = &[
    row("cosh-of-0", "cosh(0)", "1", HYPERBOLIC),
    row("tanh-slope-of-0", "tanh_grad(0)", "1", HYPERBOLIC),
    row("asinh-slope-of-0", "asinh_grad(0)", "1", HYPERBOLIC),
    row("sinh-over-cosh", "sinh(a) / cosh(a)", "tanh(a)", HYPERBOLIC),
    row("tanh-from-exp-quotient", "(exp(a) - 1) / (exp(a) + 1)", "tanh(a / 2)", HYPERBOLIC),
    row("tanh-from-expm1-quotient", "expm1(a) / (exp(a) + 1)", "tanh(a / 2)", HYPERBOLIC),
    row("tanh-from-exps", "(exp(a) - exp(-a)) / (exp(a) + exp(-a))", "tanh(a)", HYPERBOLIC),
    row("tanh-from-neg-expm1", "(1 - exp(a)) / (1 + exp(a))", "-tanh(a / 2)", HYPERBOLIC),
    row("tanh-from-sigmoid-complement", "1 - 2 * sigmoid(a)", "-tanh(a / 2)", HYPERBOLIC),
    row("tanh-from-sigmoid", "2 * sigmoid(a) - 1", "tanh(a / 2)", HYPERBOLIC),
    row("cosh-minus-sinh-squared", "square(cosh(a)) - square(sinh(a))", "1", HYPERBOLIC),
    row("one-plus-sinh-squared", "1 + square(sinh(a))", "square(cosh(a))", HYPERBOLIC),
    // No cancellation; the square must not overflow.
    row("cosh-from-sinh", "cosh(a)", "sqrt(1 + square(sinh(a)))", HYPERBOLIC).when(&[AtLeast("a", -40), AtMost("a", 40)]),
    // For a ≪ 0 the sum cancels, and where both are computed anyway it would look cheap.
    row("cosh-plus-sinh", "cosh(a) + sinh(a)", "exp(a)", HYPERBOLIC).proof(),
    row("tanh-plus-tanhshrink", "tanh(a) + tanhshrink(a)", "a", HYPERBOLIC),
    row("sinh-of-asinh", "sinh(asinh(a))", "a", HYPERBOLIC),
    row("cosh-of-asinh", "cosh(asinh(a))", "sqrt(1 + square(a))", HYPERBOLIC),
    row("cosh-of-asinh-times-grad", "cosh(asinh(a)) * asinh_grad(a)", "1", HYPERBOLIC),
    row("asinh-of-sinh", "asinh(sinh(a))", "a", HYPERBOLIC),
    row("asinh-from-ln", "ln(a + sqrt(1 + square(a)))", "asinh(a)", HYPERBOLIC),
    row("unit-vector-slope-from-sum", "1 / sqrt(1 + square(a)) + -(a / sqrt(1 + square(a)) / sqrt(1 + square(a))) * (0.5 / sqrt(1 + square(a)) * (2 * a))",
        "cube(1 / sqrt(1 + square(a)))", HYPERBOLIC),
    row("sech-squared", "1 / square(cosh(a))", "tanh_grad(a)", HYPERBOLIC),
    row("sech-squared-from-exps", "4 / square(exp(a) + exp(-a))", "tanh_grad(a)", HYPERBOLIC),
    row("tanh-squared-and-slope", "square(tanh(a)) + tanh_grad(a)", "1", HYPERBOLIC),
    row("tanh-slope-from-factors", "(1 + tanh(a)) * (1 - tanh(a))", "tanh_grad(a)", HYPERBOLIC),
    row("tanh-slope-from-sigmoid", "4 * sigmoid_grad(2 * a)", "tanh_grad(a)", HYPERBOLIC),
    row("asinh-slope-written-out", "asinh_grad(a)", "1 / sqrt(1 + square(a))", HYPERBOLIC).both().proof(),

    row("sin-of-0", "sin(0)", "0", TRIGONOMETRIC),
    row("sinc-of-0", "sinc(0)", "1", TRIGONOMETRIC),
    row("atan-slope-of-0", "atan_grad(0)", "1", TRIGONOMETRIC),
    row("cos-of-0", "cos(0)", "1", TRIGONOMETRIC),
    row("sin-of-half-turn", "sin(pi)", "0", TRIGONOMETRIC),
    row("cos-of-half-turn", "cos(pi)", "-1", TRIGONOMETRIC),
    row("sin-of-even-turns", "sin(a * pi)", "0", TRIGONOMETRIC).when(&[Even("a")]),
    row("sin-of-odd-turns", "sin(a * pi)", "0", TRIGONOMETRIC).when(&[Odd("a")]),
    row("cos-of-even-turns", "cos(a * pi)", "1", TRIGONOMETRIC).when(&[Even("a")]),
    row("cos-of-odd-turns", "cos(a * pi)", "-1", TRIGONOMETRIC).when(&[Odd("a")]),
    row("cos-of-turns-as-sin", "cos(a * pi)", "sin((a + 0.5) * pi)", TRIGONOMETRIC).when(&[Literal("a")]),
    row("sin-of-turns-as-cos", "sin(a * pi)", "cos((a - 0.5) * pi)", TRIGONOMETRIC).when(&[Literal("a")]),
    row("pythagoras", "square(sin(a)) + square(cos(a))", "1", TRIGONOMETRIC),
    row("atan-slope-written-out", "atan_grad(a)", "1 / (1 + square(a))", TRIGONOMETRIC).both().proof(),
    row("double-sine", "2 * (sin(a) * cos(a))", "sin(2 * a)", TRIGONOMETRIC),
];
