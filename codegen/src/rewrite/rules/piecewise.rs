//! Maxima, minima, clamps and the functions made of straight pieces.

use super::Guard::{NonNegative, NonPositive, Ordered, Positive};
use super::{Row, row};

/// The laws of an ordered field.
const ORDER: &str = "ordered field";
/// Unfolding definitions on each piece.
const PIECES: &str = "definition";

#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    row("max-commutes", "max(a, b)", "max(b, a)", ORDER),
    row("min-commutes", "min(a, b)", "min(b, a)", ORDER),
    row("max-associates", "max(max(a, b), c)", "max(a, max(b, c))", ORDER),
    row("min-associates", "min(min(a, b), c)", "min(a, min(b, c))", ORDER),
    row("max-self", "max(a, a)", "a", ORDER),
    row("min-self", "min(a, a)", "a", ORDER),
    row("max-decided", "max(a, b)", "b", ORDER).when(&[Ordered("a", "b")]),
    row("min-decided", "min(a, b)", "a", ORDER).when(&[Ordered("a", "b")]),
    row("max-plus-min", "max(a, b) + min(a, b)", "a + b", ORDER),
    row("max-minus-min", "max(a, b) - min(a, b)", "abs(a - b)", ORDER),
    row("max-of-sums", "max(a + c, b + c)", "max(a, b) + c", ORDER),
    row("min-of-sums", "min(a + c, b + c)", "min(a, b) + c", ORDER),
    row("neg-of-max", "-max(a, b)", "min(-a, -b)", ORDER).both(),
    row("neg-of-min", "-min(a, b)", "max(-a, -b)", ORDER).both(),
    row("max-absorbs-min", "max(a, min(a, b))", "a", ORDER),
    row("min-absorbs-max", "min(a, max(a, b))", "a", ORDER),
    row("scaled-max", "c * max(a, b)", "max(c * a, c * b)", ORDER).when(&[NonNegative("c")]).proof(),

    row("neg-of-relu", "-relu(a)", "min0(-a)", ORDER).both(),
    row("neg-of-min0", "-min0(a)", "relu(-a)", ORDER).both(),
    row("relu-positive", "relu(a)", "a", ORDER).when(&[NonNegative("a")]),
    row("relu-negative", "relu(a)", "0", ORDER).when(&[NonPositive("a")]),
    row("min0-negative", "min0(a)", "a", ORDER).when(&[NonPositive("a")]),
    row("min0-positive", "min0(a)", "0", ORDER).when(&[NonNegative("a")]),
    row("relu-plus-min0", "relu(a) + min0(a)", "a", ORDER),
    row("relu-minus-min0", "relu(a) - min0(a)", "abs(a)", ORDER),
    row("minus-min0", "a - min0(a)", "relu(a)", ORDER),
    row("minus-relu", "a - relu(a)", "min0(a)", ORDER),
    row("relu-minus-mirrored", "relu(a) - relu(-a)", "a", ORDER),
    row("relu-plus-mirrored", "relu(a) + relu(-a)", "abs(a)", ORDER),
    row("relu-from-abs", "a + abs(a)", "2 * relu(a)", ORDER),
    row("min0-from-abs", "a - abs(a)", "2 * min0(a)", ORDER),
    row("relu-of-scaled", "relu(c * a)", "c * relu(a)", ORDER).when(&[NonNegative("c")]),
    row("min0-of-scaled", "min0(c * a)", "c * min0(a)", ORDER).when(&[NonNegative("c")]),
    row("relu-of-scaled-back", "c * relu(a)", "relu(c * a)", ORDER).when(&[NonNegative("c")]).proof(),
    row("relu-times-base", "a * relu(a)", "square(relu(a))", ORDER),
    row("relu-times-min0", "relu(a) * min0(a)", "0", ORDER),
    row("positive-times-relu", "relu(a) * b", "relu(a * b)", ORDER).when(&[Positive("b")]).proof(),

    row("abs-positive", "abs(a)", "a", ORDER).when(&[NonNegative("a")]),
    row("abs-negative", "abs(a)", "-a", ORDER).when(&[NonPositive("a")]),
    row("abs-of-product", "abs(a * b)", "abs(a) * abs(b)", ORDER).both(),
    row("abs-times-base", "abs(a) * abs(a)", "square(a)", ORDER),
    row("sign-times-abs", "sign(a) * abs(a)", "a", ORDER),
    row("sign-times-base", "a * sign(a)", "abs(a)", ORDER),
    row("sign-positive", "sign(a)", "1", ORDER).when(&[Positive("a")]),
    row("sign-of-scaled", "sign(c * a)", "sign(a)", ORDER).when(&[Positive("c")]),
    row("sign-of-sign", "sign(sign(a))", "sign(a)", ORDER),
    row("abs-over-base", "a / abs(a)", "sign(a)", ORDER).when(&[super::Guard::NonZero("a")]),

    row("clamp-idle", "clamp(a, b, c)", "a", ORDER).when(&[Ordered("b", "a"), Ordered("a", "c")]),
    row("clamp-low-idle", "clamp(a, b, c)", "min(a, c)", ORDER).when(&[Ordered("b", "a"), Ordered("b", "c")]),
    row("clamp-high-idle", "clamp(a, b, c)", "max(a, b)", ORDER).when(&[Ordered("a", "c"), Ordered("b", "c")]),
    row("clamp-crossed", "clamp(a, b, c)", "c", ORDER).when(&[Ordered("c", "b")]),
    row("clamp-from-max-min", "max(min(a, c), b)", "clamp(a, b, c)", ORDER).when(&[Ordered("b", "c")]),
    row("clamp-at-low", "clamp(a, b, c)", "b", ORDER).when(&[Ordered("a", "b"), Ordered("b", "c")]),
    row("clamp-at-high", "clamp(a, b, c)", "c", ORDER).when(&[Ordered("c", "a")]),
    row("clamp-of-neg", "clamp(-a, -c, -b)", "-clamp(a, b, c)", ORDER).when(&[Ordered("b", "c")]),
    row("clamp-shifted", "clamp(a + d, b + d, c + d)", "clamp(a, b, c) + d", ORDER),
    row("clamp-nested", "clamp(clamp(a, b, c), b, d)", "clamp(a, b, c)", ORDER).when(&[Ordered("c", "d"), Ordered("b", "c")]),

    row("leaky-relu-positive", "leaky_relu(a)", "a", PIECES).when(&[NonNegative("a")]),
    row("leaky-relu-negative", "leaky_relu(a)", "0.01 * a", PIECES).when(&[NonPositive("a")]),
    row("leaky-relu-from-pieces", "relu(a) + 0.01 * min0(a)", "leaky_relu(a)", PIECES),
    row("relu-of-leaky-relu", "relu(leaky_relu(a))", "relu(a)", PIECES),
    row("relu-of-elu", "relu(elu(a))", "relu(a)", PIECES),
    row("relu-of-min0", "relu(min0(a))", "0", PIECES),
    row("elu-positive", "elu(a)", "a", PIECES).when(&[NonNegative("a")]),
    row("elu-negative", "elu(a)", "expm1(a)", PIECES).when(&[NonPositive("a")]),
    row("elu-from-pieces", "relu(a) + expm1(min0(a))", "elu(a)", PIECES),
    row("min0-of-expm1", "min0(expm1(a))", "expm1(min0(a))", PIECES).both(),
    row("relu-of-expm1", "relu(expm1(a))", "expm1(relu(a))", PIECES),
    row("exp-of-relu-split", "exp(relu(a)) * exp(min0(a))", "exp(a)", PIECES),
    row("hardsigmoid-from-relu6", "relu6(a + 3) / 6", "hardsigmoid(a)", PIECES),
    row("hardsigmoid-from-scaled-relu6", "relu6(a + 3)", "6 * hardsigmoid(a)", PIECES),
    row("relu6-from-relu", "min(relu(a), 6)", "relu6(a)", PIECES),
];
