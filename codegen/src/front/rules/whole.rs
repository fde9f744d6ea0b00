//! Last resorts: the whole function by one of few pieces.

use super::Place::Whole;
use super::Row;

pub(super) const ROWS: &[Row] = &[
    Row(
        "parabola",
        Whole,
        &[("p + x * (q + r * x)", &[0.1, 0.5, 0.1])],
    ),
    Row(
        "powers between lines",
        Whole,
        &[
            (
                "{ let h = clamp(x, p, q); r + s * x + h * (t + h * u) }",
                &[-2.0, 2.0, 0.1, 0.5, 0.3, 0.1],
            ),
            (
                "{ let h = clamp(x, p, q); r + s * x + h * (t + h * (u + h * v)) }",
                &[-2.0, 2.0, 0.1, 0.5, 0.3, 0.1, 0.01],
            ),
            (
                "{ let h = clamp(x, p, q); r + s * x + h * (t + h * (u + h * (v + h * w))) }",
                &[-3.0, 3.0, 0.1, 0.5, 0.3, 0.1, 0.01, -0.01],
            ),
            (
                "{ let h = clamp(x, p, q); r + s * x + h * (t + h * (u + h * (v + h * (w + h * y)))) }",
                &[-3.5, 3.5, 0.1, 0.5, 0.3, 0.1, 0.01, -0.01, 0.001],
            ),
            (
                "{ let h = clamp(x, p, q); r + s * x + h * (t + h * (u + h * (v + h * (w + h * (y + h * z))))) }",
                &[-4.0, 4.0, 0.1, 0.5, 0.3, 0.1, 0.01, -0.01, 0.001, 1e-4],
            ),
        ],
    ),
    Row(
        "corner",
        Whole,
        &[
            ("p * abs(x + q) + r * x + s", &[0.5, 0.1, 0.5, 0.0]),
            (
                "clamp(p * x + q, r, s) * (t * x + u)",
                &[0.3, 0.5, 0.01, 0.99, 1.0, 0.1],
            ),
        ],
    ),
    Row(
        "even powers between lines",
        Whole,
        &[
            (
                "{ let h = square(clamp(x, p, q)); r + s * x + h * (t + h * u) }",
                &[-2.5, 2.5, 0.1, 0.5, 0.2, -0.01],
            ),
            (
                "{ let h = square(clamp(x, p, q)); r + s * x + h * (t + h * (u + h * v)) }",
                &[-3.0, 3.0, 0.1, 0.5, 0.2, -0.01, 0.0002],
            ),
            (
                "{ let h = square(clamp(x, p, q)); r + s * x + h * (t + h * (u + h * (v + h * w))) }",
                &[-4.0, 4.0, 0.1, 0.5, 0.2, -0.01, 0.0002, -1e-6],
            ),
        ],
    ),
    Row(
        "two ramps",
        Whole,
        &[
            (
                "p * relu(x + q) + r * relu(x + s) + t * x + u",
                &[0.5, 1.1, 0.5, -1.1, 0.1, 0.1],
            ),
            ("max(p * x + q, r * x + s)", &[0.9, -0.1, 0.1, -0.1]),
        ],
    ),
    Row(
        "three ramps",
        Whole,
        &[(
            "p * relu(x + q) + r * relu(x + s) + t * relu(x + u) + v * x + w",
            &[-0.5, 2.5, 0.5, 0.3, 0.3, -1.1, 0.1, 0.1],
        )],
    ),
    Row(
        "scaled hardswish",
        Whole,
        &[("p * hardswish(q * x + r) + s", &[0.9, 1.0, 0.1, 0.0])],
    ),
    Row(
        "scaled silu",
        Whole,
        &[("p * x * sigmoid(q * x + r) + s", &[0.9, 1.0, 0.1, 0.0])],
    ),
    Row(
        "scaled softplus",
        Whole,
        &[(
            "p * softplus(q * x + r) + s * x + t",
            &[0.9, 1.0, 0.1, 0.1, 0.0],
        )],
    ),
    Row(
        "scaled softsign",
        Whole,
        &[(
            "p * softsign(q * x + r) + s * x + t",
            &[0.9, 1.0, 0.1, 0.1, 0.0],
        )],
    ),
    Row(
        "scaled tanh",
        Whole,
        &[(
            "p * tanh(q * x + r) + s * x + t",
            &[0.9, 1.0, 0.1, 0.1, 0.0],
        )],
    ),
    Row(
        "rounded ramp",
        Whole,
        &[(
            "p * sqrt(square(x + q) + r) + s * x + t",
            &[0.5, 0.1, 1.1, 0.5, 0.0],
        )],
    ),
    Row(
        "bump on a line",
        Whole,
        &[
            (
                "p + q * x + r / (square(x + s) + t)",
                &[0.1, 0.5, 0.9, 0.1, 1.1],
            ),
            (
                "p + q * x + (r + s * x) / (square(x + t) + u)",
                &[0.1, 0.5, 0.9, 0.3, 0.1, 1.1],
            ),
        ],
    ),
    Row(
        "bump on a ramp",
        Whole,
        &[
            (
                "p * relu(x + q) + r * x + s + (t + u * x) / (square(x + v) + w)",
                &[0.5, 0.1, 0.2, 0.1, 0.3, 0.1, 0.1, 1.1],
            ),
            (
                "clamp(p * x + q, r, s) + (t + u * x) / (square(x + v) + w)",
                &[0.9, 0.1, -2.1, 2.1, 0.2, 0.3, 0.1, 1.1],
            ),
            (
                "p * relu(x + q) + r * relu(x + s) + t * x + u + v / (square(x + w) + y)",
                &[0.5, 1.6, 0.5, -1.6, 0.1, 0.1, 0.3, 0.1, 1.1],
            ),
            (
                "p * sqrt(square(x + q) + r) + s * x + t + (u + v * x) / (square(x + w) + y)",
                &[0.5, 0.1, 1.1, 0.5, 0.0, 0.2, 0.1, 0.1, 2.1],
            ),
        ],
    ),
];
