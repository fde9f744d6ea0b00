//! Sums, products, quotients and powers.

use super::Guard::{Literal, NonNegative, NonZero, Positive};
use super::{Identity, row};

/// The axioms of a field and what follows from them in a line.
const FIELD: &str = "field axioms";
/// Laws of powers and roots: DLMF §4.2(iv).
const POWERS: &str = "DLMF §4.2(iv)";

#[rustfmt::skip]
pub(super) const ROWS: &[Identity] = &[
    row("add-commutes", "a + b", "b + a", FIELD),
    row("mul-commutes", "a * b", "b * a", FIELD),
    row("add-associates", "(a + b) + c", "a + (b + c)", FIELD),
    row("add-associates-back", "a + (b + c)", "(a + b) + c", FIELD).proof(),
    row("mul-associates", "(a * b) * c", "a * (b * c)", FIELD).both(),
    row("add-zero", "a + 0", "a", FIELD),
    row("mul-one", "a * 1", "a", FIELD),
    row("mul-zero", "a * 0", "0", FIELD),
    row("sub-self", "a - a", "0", FIELD),
    row("sub-zero", "a - 0", "a", FIELD),
    row("zero-sub", "0 - a", "-a", FIELD),
    row("sub-as-add", "a - b", "a + -b", FIELD).both(),
    row("sub-chain", "a - (b - c)", "a - b + c", FIELD),
    row("sub-of-sum", "a - (b + c)", "a - b - c", FIELD),
    row("sub-twice", "a - b - b", "a - 2 * b", FIELD),
    row("add-then-sub", "(a + b) - b", "a", FIELD),
    row("sub-then-add", "(a - b) + b", "a", FIELD),
    row("neg-twice", "-(-a)", "a", FIELD),
    row("neg-as-mul", "-a", "-1 * a", FIELD).both(),
    row("neg-out-of-mul", "-a * b", "-(a * b)", FIELD).both(),
    row("neg-into-sub", "-(a - b)", "b - a", FIELD),
    row("neg-into-add", "-(a + b)", "-a - b", FIELD),
    row("neg-out-of-div", "-a / b", "-(a / b)", FIELD).both(),
    row("neg-out-of-divisor", "a / -b", "-(a / b)", FIELD),
    row("add-self", "a + a", "2 * a", FIELD),
    row("factor", "a * b + a * c", "a * (b + c)", FIELD).both(),
    row("factor-sub", "a * b - a * c", "a * (b - c)", FIELD).both(),
    row("gather-multiples", "a + b * c + d * c", "a + (b + d) * c", FIELD).when(&[Literal("b"), Literal("d")]),
    row("factor-one", "a + a * b", "a * (1 + b)", FIELD),
    row("factor-one-sub", "a - a * b", "a * (1 - b)", FIELD),
    row("factor-minus-one", "a * b - a", "a * (b - 1)", FIELD),
    row("factor-div", "a / c + b / c", "(a + b) / c", FIELD),
    row("factor-div-sub", "a / c - b / c", "(a - b) / c", FIELD),
    row("difference-of-squares", "(a + b) * (a - b)", "square(a) - square(b)", FIELD).proof(),
    row("split-square", "square(a + b)", "square(a) + 2 * (a * b) + square(b)", FIELD).proof(),

    row("div-one", "a / 1", "a", FIELD),
    row("div-self", "a / a", "1", FIELD).when(&[NonZero("a")]),
    row("zero-div", "0 / a", "0", FIELD).when(&[NonZero("a")]),
    row("div-of-mul", "(a * b) / c", "a * (b / c)", FIELD).both(),
    row("div-of-div", "(a / b) / c", "a / (b * c)", FIELD).when(&[NonZero("b"), NonZero("c")]),
    row("div-by-div", "a / (b / c)", "a * c / b", FIELD).when(&[NonZero("b"), NonZero("c")]),
    row("mul-then-div", "(a * b) / b", "a", FIELD).when(&[NonZero("b")]),
    row("mul-cancels-div", "(a / b) * b", "a", FIELD).when(&[NonZero("b")]),
    row("div-cancels-mul", "a / (a * b)", "1 / b", FIELD).when(&[NonZero("a"), NonZero("b")]),
    // A product is cheaper than a quotient, and exact wherever 1/b is.
    row("div-by-literal", "a / b", "a * (1 / b)", FIELD).when(&[Literal("b"), NonZero("b")]),
    row("quotient-as-product", "a / b", "a * (1 / b)", FIELD).proof(),
    row("product-as-quotient", "a * (1 / b)", "a / b", FIELD),

    row("square-of-product", "square(a * b)", "square(a) * square(b)", FIELD).both(),
    row("square-of-quotient", "square(a / b)", "square(a) / square(b)", FIELD).both(),
    row("square-times-base", "a * square(a)", "cube(a)", FIELD),
    row("square-times-square", "square(a) * square(a)", "square(square(a))", FIELD),
    row("cube-of-product", "cube(a) * cube(b)", "cube(a * b)", FIELD),
    row("square-of-square", "square(square(a))", "powi(a, 4)", FIELD).both(),
    row("power-0", "powi(a, 0)", "1", FIELD),
    row("power-1", "powi(a, 1)", "a", FIELD),
    row("power-2", "powi(a, 2)", "square(a)", FIELD),
    row("power-3", "powi(a, 3)", "cube(a)", FIELD),
    row("power-minus-1", "powi(a, -1)", "1 / a", FIELD).when(&[NonZero("a")]),
    row("power-minus-2", "powi(a, -2)", "1 / square(a)", FIELD).when(&[NonZero("a")]),

    row("square-of-sqrt", "square(sqrt(a))", "a", POWERS).when(&[NonNegative("a")]),
    row("sqrt-of-square", "sqrt(square(a))", "abs(a)", POWERS),
    row("sqrt-times-sqrt", "sqrt(a) * sqrt(b)", "sqrt(a * b)", POWERS).when(&[NonNegative("a"), NonNegative("b")]),
    row("sqrt-of-quotient", "sqrt(a) / sqrt(b)", "sqrt(a / b)", POWERS).when(&[NonNegative("a"), Positive("b")]),
    row("div-by-sqrt", "a / sqrt(a)", "sqrt(a)", POWERS).when(&[Positive("a")]),
    row("sqrt-over-base", "sqrt(a) / a", "1 / sqrt(a)", POWERS).when(&[Positive("a")]),
];
