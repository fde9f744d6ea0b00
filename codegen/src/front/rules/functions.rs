//! Functions by cheaper ones of the same shape, and kinks made smooth.

use super::Place::At;
use super::Row;
use crate::ops::Op;

pub(super) const ROWS: &[Row] = &[
    Row("erf by tanh", At(&[Op::Erf]), &[("tanh(p * a)", &[1.2])]),
    Row(
        "step by clamp",
        At(&[Op::Erf, Op::Tanh, Op::Atan, Op::Asinh, Op::Softsign]),
        &[("clamp(p * a, q, r)", &[0.8, -0.95, 0.95])],
    ),
    Row(
        "step by softsign",
        At(&[Op::Erf, Op::Tanh, Op::Atan, Op::Asinh]),
        &[("p * softsign(q * a)", &[1.3, 1.1])],
    ),
    Row(
        "step by clamp",
        At(&[Op::Sigmoid, Op::NormalCdf, Op::HardSigmoid]),
        &[("clamp(p * a + q, r, s)", &[0.22, 0.5, 0.01, 0.99])],
    ),
    Row(
        "step by softsign",
        At(&[Op::Sigmoid, Op::NormalCdf]),
        &[("p * softsign(q * a) + r", &[0.55, 0.7, 0.5])],
    ),
    Row(
        "normal_cdf by sigmoid",
        At(&[Op::NormalCdf]),
        &[("sigmoid(p * a)", &[1.702])],
    ),
    Row(
        "gelu by silu",
        At(&[Op::Gelu, Op::GeluTanh, Op::Mish]),
        &[("a * sigmoid(p * a)", &[1.702])],
    ),
    Row(
        "gate by hardswish",
        At(&[Op::Gelu, Op::GeluTanh, Op::Mish, Op::Silu]),
        &[
            ("p * hardswish(q * a)", &[0.9, 1.1]),
            ("a * clamp(p * a + q, 0, 1)", &[0.2, 0.5]),
        ],
    ),
    Row(
        "gate by relu",
        At(&[
            Op::Gelu,
            Op::GeluTanh,
            Op::Mish,
            Op::Silu,
            Op::Softplus,
            Op::Elu,
            Op::HardSwish,
        ]),
        &[
            ("relu(a)", &[]),
            ("max(p * a, q)", &[0.95, -0.1]),
            ("max(a, p)", &[-0.1]),
        ],
    ),
    Row(
        "gate by softsign",
        At(&[Op::Gelu, Op::GeluTanh, Op::Mish, Op::Silu]),
        &[("a * (p * softsign(q * a) + r)", &[0.55, 0.7, 0.5])],
    ),
    Row(
        "softplus by a root",
        At(&[Op::Softplus]),
        &[("0.5 * (a + sqrt(square(a) + p))", &[1.9])],
    ),
    Row(
        "log_sigmoid by a root",
        At(&[Op::LogSigmoid]),
        &[
            ("0.5 * (a - sqrt(square(a) + p))", &[1.9]),
            ("min0(a)", &[]),
        ],
    ),
    Row(
        "exp by a ramp",
        At(&[Op::Exp, Op::Expm1]),
        &[
            ("max(p * a + q, r)", &[0.9, 0.6, 0.05]),
            ("square(relu(p * a + q)) + r", &[0.5, 0.9, 0.01]),
        ],
    ),
    Row(
        "bell by a quotient",
        At(&[Op::Gaussian, Op::NormalPdf, Op::SigmoidGrad, Op::TanhGrad]),
        &[("p / (square(a) + q)", &[0.9, 0.9])],
    ),
    Row(
        "bell by a tent",
        At(&[Op::Gaussian, Op::NormalPdf, Op::SigmoidGrad, Op::TanhGrad]),
        &[("relu(p - q * abs(a))", &[0.9, 0.6])],
    ),
    Row(
        "sinh by powers",
        At(&[Op::Sinh]),
        &[("a * (p + q * square(a))", &[0.9, 0.2])],
    ),
    Row(
        "cosh by powers",
        At(&[Op::Cosh]),
        &[("p + q * square(a)", &[0.9, 0.6])],
    ),
    Row(
        "tanhshrink by a dead zone",
        At(&[Op::Tanhshrink]),
        &[("a - clamp(p * a, q, r)", &[0.7, -0.95, 0.95])],
    ),
    Row("asinh by powers", At(&[Op::Asinh]), &[("p * a", &[0.7])]),
    Row(
        "elu by softsign",
        At(&[Op::Elu, Op::Selu]),
        &[("if a > 0 { a } else { p * softsign(q * a) }", &[1.5, 0.7])],
    ),
    Row(
        "kink smoothed",
        At(&[Op::Abs]),
        &[("sqrt(square(a) + p)", &[0.05])],
    ),
];
