//! `if`: branches that cannot be taken, and choices that are a function by another name. `p` is a condition.

use super::Guard::{NonZero, Ordered, Zero};
use super::{Identity, row};

/// Case distinction.
const CASES: &str = "case distinction";
/// The order is transitive.
const ORDER: &str = "ordered field";

#[rustfmt::skip]
pub(super) const ROWS: &[Identity] = &[
    row("if-true", "if p { a } else { b }", "a", CASES).when(&[NonZero("p")]),
    row("if-false", "if p { a } else { b }", "b", CASES).when(&[Zero("p")]),
    row("if-same", "if p { a } else { a }", "a", CASES),
    row("if-not", "if p { 0 } else { 1 }", "1 - (if p { 1 } else { 0 })", CASES).proof(),
    row("if-less-as-min", "if a < b { a } else { b }", "min(a, b)", CASES),
    row("if-less-as-max", "if a < b { b } else { a }", "max(a, b)", CASES),
    row("if-at-most-as-min", "if a <= b { a } else { b }", "min(a, b)", CASES),
    row("if-at-most-as-max", "if a <= b { b } else { a }", "max(a, b)", CASES),
    row("if-positive-as-relu", "if 0 < a { a } else { 0 }", "relu(a)", CASES),
    row("if-not-negative-as-relu", "if 0 <= a { a } else { 0 }", "relu(a)", CASES),
    row("if-negative-as-min0", "if a < 0 { a } else { 0 }", "min0(a)", CASES),
    row("if-negative-as-relu", "if a < 0 { 0 } else { a }", "relu(a)", CASES),
    row("if-not-positive-as-relu", "if a <= 0 { 0 } else { a }", "relu(a)", CASES),
    row("if-negative-as-abs", "if a < 0 { -a } else { a }", "abs(a)", CASES),
    row("if-positive-as-abs", "if 0 < a { a } else { -a }", "abs(a)", CASES),

    row("mul-into-then", "a * (if p { b } else { 0 })", "if p { a * b } else { 0 }", CASES),
    row("mul-into-else", "a * (if p { 0 } else { b })", "if p { 0 } else { a * b }", CASES),
    row("mul-out-of-then", "if p { a * b } else { 0 }", "a * (if p { b } else { 0 })", CASES).total(&["a"]),
    row("mul-into-if", "a * (if p { b } else { c })", "if p { a * b } else { a * c }", CASES),
    row("neg-into-if", "-(if p { a } else { b })", "if p { -a } else { -b }", CASES),
    row("div-into-if", "(if p { a } else { b }) / c", "if p { a / c } else { b / c }", CASES),
    row("add-of-ifs", "(if p { a } else { b }) + (if p { c } else { d })", "if p { a + c } else { b + d }", CASES),
    row("sub-of-ifs", "(if p { a } else { b }) - (if p { c } else { d })", "if p { a - c } else { b - d }", CASES),
    row("mul-of-ifs", "(if p { a } else { b }) * (if p { c } else { d })", "if p { a * c } else { b * d }", CASES),
    row("if-of-products", "if p { a * b } else { a * c }", "a * (if p { b } else { c })", CASES),
    row("if-of-product-and-factor", "if p { a } else { a * b }", "a * (if p { 1 } else { b })", CASES),
    row("if-of-sums", "if p { a + b } else { a + c }", "a + (if p { b } else { c })", CASES),
    row("zero-factor-absorbs", "if a == 0 { 0 } else { a * b }", "a * b", CASES).proof(),
    row("if-inside-then", "if p { if p { a } else { b } } else { c }", "if p { a } else { c }", CASES),
    row("if-inside-else", "if p { a } else { if p { b } else { c } }", "if p { a } else { c }", CASES),

    row("equal-either-way", "if a == b { c } else { d }", "if b == a { c } else { d }", CASES),
    row("if-tie-joined", "if a < b { c } else { if a == b { c } else { d } }", "if a <= b { c } else { d }", CASES),
    row("if-tie-split", "if a < b { c } else { if a == b { d } else { d } }", "if a < b { c } else { d }", CASES),
    // The slopes of a maximum by both arguments, each with its part of a tie.
    row("three-way", "(if a < b { c } else { if a == b { d } else { 0 } }) + (if b < a { p } else { if a == b { q } else { 0 } })",
        "if a < b { c } else { if b < a { p } else { d + q } }", CASES),
    // A comparison that is decided by the one above it. `if a <= b` is there as `if b < a` too.
    row("below-both", "if a < b { if a < c { d } else { p } } else { q }", "if a < b { d } else { q }", ORDER).when(&[Ordered("b", "c")]),
    row("above-both", "if b < a { if c < a { d } else { p } } else { q }", "if b < a { d } else { q }", ORDER).when(&[Ordered("c", "b")]),
    row("below-not-above", "if a < b { if c < a { d } else { p } } else { q }", "if a < b { p } else { q }", ORDER).when(&[Ordered("b", "c")]),
    row("above-not-below", "if b < a { if a < c { d } else { p } } else { q }", "if b < a { p } else { q }", ORDER).when(&[Ordered("c", "b")]),
    row("not-below-either", "if a < b { d } else { if a < c { p } else { q } }", "if a < b { d } else { q }", ORDER).when(&[Ordered("c", "b")]),
    row("not-above-either", "if b < a { d } else { if c < a { p } else { q } }", "if b < a { d } else { q }", ORDER).when(&[Ordered("b", "c")]),

    row("less-than-self", "if a < a { c } else { d }", "d", CASES),
    row("at-most-self", "if a <= a { c } else { d }", "c", CASES),
    row("equal-to-self", "if a == a { c } else { d }", "c", CASES),
    row("less-then-not-greater", "if a < b { if b < a { c } else { d } } else { p }", "if a < b { d } else { p }", CASES),
    row("relu-where-positive", "if 0 < a { relu(a) } else { b }", "if 0 < a { a } else { b }", CASES),
    row("relu-where-not-positive", "if 0 < a { b } else { relu(a) }", "if 0 < a { b } else { 0 }", CASES),
    row("min0-where-negative", "if a < 0 { min0(a) } else { b }", "if a < 0 { a } else { b }", CASES),
    row("min0-where-not-positive", "if 0 < a { b } else { min0(a) }", "if 0 < a { b } else { a }", CASES),
    row("min0-where-positive", "if 0 < a { min0(a) } else { b }", "if 0 < a { 0 } else { b }", CASES),
    row("abs-where-positive", "if 0 < a { abs(a) } else { b }", "if 0 < a { a } else { b }", CASES),
    row("abs-where-not-positive", "if 0 < a { b } else { abs(a) }", "if 0 < a { b } else { -a }", CASES),
    row("sign-where-positive", "if 0 < a { sign(a) } else { b }", "if 0 < a { 1 } else { b }", CASES),
    row("sign-where-negative", "if a < 0 { sign(a) } else { b }", "if a < 0 { -1 } else { b }", CASES),
    row("sign-times-where-positive", "if 0 < a { b * sign(a) } else { c }", "if 0 < a { b } else { c }", CASES),
    row("sign-times-where-negative", "if a < 0 { b * sign(a) } else { c }", "if a < 0 { -b } else { c }", CASES),
    row("elu-where-positive", "if 0 < a { elu(a) } else { b }", "if 0 < a { a } else { b }", CASES),
    row("leaky-relu-where-positive", "if 0 < a { leaky_relu(a) } else { b }", "if 0 < a { a } else { b }", CASES),
];
