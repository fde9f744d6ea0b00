//! Functions by powers of their arguments, between bounds, and by quotients.

use super::Place::At;
use super::Row;
use crate::ops::Op;

pub(super) const ROWS: &[Row] = &[
    Row(
        "waves by powers",
        At(&[Op::Sin]),
        &[
            ("p * a", &[0.9]),
            (
                "a * (p + square(a) * (q + square(a) * r))",
                &[0.99, -0.16, 0.007],
            ),
            (
                "a * (p + square(a) * (q + square(a) * (r + square(a) * (s + square(a) * (t + square(a) * u)))))",
                &[0.99, -0.16, 8e-3, -1.9e-4, 2.3e-6, -1.2e-8],
            ),
            (
                "a * (p + square(a) * (q + square(a) * (r + square(a) * (s + square(a) * (t + square(a) * (u + square(a) * v))))))",
                &[0.99, -0.16, 8e-3, -1.9e-4, 2.6e-6, -2.2e-8, 1e-10],
            ),
        ],
    ),
    Row(
        "waves by powers",
        At(&[Op::Cos, Op::Sinc]),
        &[
            ("p + q * square(a)", &[0.99, -0.4]),
            ("p + square(a) * (q + square(a) * r)", &[0.99, -0.49, 0.03]),
            (
                "p + square(a) * (q + square(a) * (r + square(a) * (s + square(a) * (t + square(a) * (u + square(a) * v)))))",
                &[0.99, -0.49, 0.04, -1.3e-3, 2.3e-5, -2.3e-7, 1e-9],
            ),
            (
                "p + square(a) * (q + square(a) * (r + square(a) * (s + square(a) * (t + square(a) * (u + square(a) * (v + square(a) * w))))))",
                &[0.99, -0.49, 0.041, -1.3e-3, 2.4e-5, -2.6e-7, 1.7e-9, -6e-12],
            ),
        ],
    ),
    Row(
        "step by powers",
        At(&[Op::Erf, Op::Tanh, Op::Atan, Op::Asinh, Op::Softsign]),
        &[
            (
                "{ let h = clamp(a, -p, p); h * (q + square(h) * r) }",
                &[2.1, 0.85, -0.07],
            ),
            (
                "{ let h = clamp(a, -p, p); let s2 = square(h); h * (q + s2 * (r + s2 * s)) }",
                &[2.6, 0.95, -0.17, 0.012],
            ),
            (
                "{ let h = clamp(a, -p, p); let s2 = square(h); h * (q + s2 * (r + s2 * (s + s2 * t))) }",
                &[3.0, 0.98, -0.24, 0.034, -0.0018],
            ),
        ],
    ),
    Row(
        "step by powers",
        At(&[Op::Sigmoid, Op::NormalCdf, Op::HardSigmoid]),
        &[
            (
                "{ let h = clamp(a, -p, p); q + h * (r + square(h) * s) }",
                &[4.2, 0.5, 0.22, -0.0045],
            ),
            (
                "{ let h = clamp(a, -p, p); let s2 = square(h); q + h * (r + s2 * (s + s2 * t)) }",
                &[5.2, 0.5, 0.24, -0.01, 0.0002],
            ),
            (
                "{ let h = clamp(a, -p, p); let s2 = square(h); q + h * (r + s2 * (s + s2 * (t + s2 * u))) }",
                &[6.0, 0.5, 0.245, -0.015, 0.0005, -7e-6],
            ),
        ],
    ),
    Row(
        "gate by powers",
        At(&[Op::Gelu, Op::GeluTanh, Op::Mish, Op::Silu]),
        &[
            (
                "{ let h = clamp(a, -p, p); a * (q + h * (r + square(h) * s)) }",
                &[3.2, 0.5, 0.25, -0.007],
            ),
            (
                "{ let h = clamp(a, -p, p); let s2 = square(h); a * (q + h * (r + s2 * (s + s2 * t))) }",
                &[4.0, 0.5, 0.27, -0.015, 0.0004],
            ),
        ],
    ),
    Row(
        "gate by a parabola",
        At(&[
            Op::Softplus,
            Op::Elu,
            Op::Selu,
            Op::Gelu,
            Op::GeluTanh,
            Op::Mish,
            Op::Silu,
        ]),
        &[
            (
                "{ let h = clamp(a, p, q); a + (r + h * (s + h * t)) }",
                &[-3.0, 3.0, 0.7, -0.5, 0.1],
            ),
            (
                "{ let h = clamp(a, p, q); r * a + (s + h * (t + h * u)) }",
                &[-3.0, 3.0, 0.5, 0.7, 0.1, 0.1],
            ),
            (
                "{ let h = clamp(a, p, q); let s2 = square(h); r * a + (s + s2 * (t + s2 * u)) }",
                &[-3.0, 3.0, 0.5, 0.7, 0.1, -0.001],
            ),
        ],
    ),
    Row(
        "exp by powers",
        At(&[Op::Exp, Op::Expm1]),
        &[
            (
                "{ let h = max(a, p); q + h * (r + h * s) }",
                &[-2.0, 0.95, 0.9, 0.3],
            ),
            (
                "{ let h = max(a, p); q + h * (r + h * (s + h * t)) }",
                &[-2.5, 0.97, 0.95, 0.4, 0.07],
            ),
            (
                "{ let h = max(a, p); q + h * (r + h * (s + h * (t + h * u))) }",
                &[-3.0, 0.99, 0.98, 0.48, 0.14, 0.02],
            ),
        ],
    ),
    Row(
        "bell by powers",
        At(&[Op::Gaussian, Op::NormalPdf, Op::SigmoidGrad, Op::TanhGrad]),
        &[
            (
                "{ let s2 = min(square(a), p); q + s2 * (r + s2 * s) }",
                &[4.0, 0.9, -0.4, 0.05],
            ),
            (
                "{ let s2 = min(square(a), p); q + s2 * (r + s2 * (s + s2 * t)) }",
                &[5.0, 0.95, -0.6, 0.15, -0.013],
            ),
        ],
    ),
    Row(
        "root by powers",
        At(&[Op::Sqrt, Op::Ln, Op::Log1p]),
        &[("p + a * (q + a * r)", &[0.3, 0.6, -0.05])],
    ),
    Row(
        "elu by powers",
        At(&[Op::Elu, Op::Selu]),
        &[
            (
                "{ let h = clamp(a, -p, 0); relu(a) + h * (q + h * r) }",
                &[2.5, 0.8, 0.17],
            ),
            (
                "{ let h = clamp(a, -p, 0); relu(a) + h * (q + h * (r + h * s)) }",
                &[3.4, 0.93, 0.32, 0.04],
            ),
            (
                "{ let h = clamp(a, -p, 0); relu(a) + h * (q + h * (r + h * (s + h * t))) }",
                &[4.2, 0.97, 0.41, 0.085, 0.007],
            ),
        ],
    ),
    Row(
        "step by softsign",
        At(&[Op::Atan, Op::Asinh, Op::Erf, Op::Tanh]),
        &[
            (
                "p * softsign(q * a) + clamp(r * a, -s, s)",
                &[1.3, 0.5, 0.2, 0.2],
            ),
            (
                "p * softsign(q * a) + r * softsign(s * a)",
                &[4.0, 0.24, -0.3, 1.0],
            ),
            ("p * softsign(q * a) + r * a", &[3.0, 0.3, 0.1]),
        ],
    ),
    Row(
        "step by a quotient",
        At(&[Op::Atan, Op::Asinh, Op::Erf, Op::Tanh]),
        &[(
            "{ let h = clamp(a, -p, p); h * (q + r * square(h)) / (1 + s * square(h)) }",
            &[4.0, 0.97, 0.05, 0.35],
        )],
    ),
    Row(
        "sinh by powers",
        At(&[Op::Sinh]),
        &[
            (
                "a * (p + square(a) * (q + square(a) * r))",
                &[0.99, 0.17, 0.009],
            ),
            (
                "a * (p + square(a) * (q + square(a) * (r + square(a) * s)))",
                &[0.99, 0.167, 0.0083, 0.0002],
            ),
        ],
    ),
    Row(
        "cosh by powers",
        At(&[Op::Cosh]),
        &[
            ("p + square(a) * (q + square(a) * r)", &[0.99, 0.5, 0.045]),
            (
                "p + square(a) * (q + square(a) * (r + square(a) * s))",
                &[0.99, 0.5, 0.042, 0.0015],
            ),
        ],
    ),
    Row(
        "bell by powers",
        At(&[
            Op::Gaussian,
            Op::NormalPdf,
            Op::SigmoidGrad,
            Op::TanhGrad,
            Op::AsinhGrad,
            Op::AtanGrad,
        ]),
        &[(
            "{ let s2 = min(square(a), p); q + s2 * (r + s2 * (s + s2 * (t + s2 * u))) }",
            &[6.0, 0.98, -0.8, 0.25, -0.035, 0.0018],
        )],
    ),
    // (1 + a / n)ⁿ, and so on.
    Row(
        "exp by squares",
        At(&[Op::Exp, Op::Expm1]),
        &[
            (
                "square(square(max(p * a + q, r))) + s",
                &[0.23, 0.99, 0.1, 0.01],
            ),
            (
                "square(square(square(max(p * a + q, r)))) + s",
                &[0.12, 0.99, 0.3, 0.001],
            ),
            (
                "square(square(square(square(p * a + q)))) + r",
                &[0.06, 0.99, 0.001],
            ),
        ],
    ),
    Row(
        "elu by squares",
        At(&[Op::Elu]),
        &[
            (
                "relu(a) + square(square(max(p * min0(a) + q, r))) + s",
                &[0.23, 0.99, 0.1, -0.99],
            ),
            (
                "relu(a) + square(square(square(max(p * min0(a) + q, r)))) + s",
                &[0.12, 0.99, 0.3, -0.99],
            ),
            (
                "relu(a) + square(square(square(square(p * min0(a) + q)))) + r",
                &[0.06, 0.99, -0.99],
            ),
        ],
    ),
    Row(
        "bell by squares",
        At(&[Op::Gaussian, Op::NormalPdf, Op::SigmoidGrad, Op::TanhGrad]),
        &[
            (
                "square(square(max(p - q * square(a), r))) + s",
                &[0.95, 0.2, 0.1, 0.01],
            ),
            (
                "square(square(square(max(p - q * square(a), r)))) + s",
                &[0.95, 0.1, 0.3, 0.001],
            ),
        ],
    ),
];
