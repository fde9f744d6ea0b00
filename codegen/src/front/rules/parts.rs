//! Parts that hardly matter: terms, factors and bounds that are dropped, and what becomes a constant, a line or a ramp.

use super::Place::{Anywhere, At};
use super::Row;
use crate::ops::Op;

pub(super) const ROWS: &[Row] = &[
    Row(
        "term dropped",
        At(&[Op::Add]),
        &[("a", &[]), ("b", &[]), ("a + p", &[0.1]), ("b + p", &[0.1])],
    ),
    Row(
        "term dropped",
        At(&[Op::Sub]),
        &[
            ("a", &[]),
            ("-b", &[]),
            ("a - p", &[0.1]),
            ("p - b", &[0.1]),
        ],
    ),
    Row(
        "factor dropped",
        At(&[Op::Mul]),
        &[("p * a", &[0.5]), ("p * b", &[0.5])],
    ),
    Row("divisor dropped", At(&[Op::Div]), &[("p * a", &[0.5])]),
    Row(
        "bound dropped",
        At(&[Op::Min, Op::Max]),
        &[("a", &[]), ("b", &[])],
    ),
    Row(
        "bound dropped",
        At(&[Op::Clamp]),
        &[("a", &[]), ("max(a, b)", &[]), ("min(a, c)", &[])],
    ),
    Row(
        "bound dropped",
        At(&[Op::Relu, Op::Min0, Op::Relu6, Op::HardTanh, Op::Abs]),
        &[("a", &[]), ("p * a", &[0.5])],
    ),
    Row("branches merged", At(&[Op::If]), &[("b", &[]), ("c", &[])]),
    Row("constant", Anywhere, &[("p", &[0.1])]),
    Row("line", Anywhere, &[("p * x + q", &[0.5, 0.1])]),
    Row(
        "ramp",
        Anywhere,
        &[
            ("p * relu(x + q) + r", &[0.9, 0.1, 0.1]),
            ("p * relu(x + q) + r * x + s", &[0.9, 0.1, 0.1, 0.1]),
        ],
    ),
    Row(
        "step",
        Anywhere,
        &[("clamp(p * x + q, r, s)", &[0.5, 0.1, -0.9, 0.9])],
    ),
];
