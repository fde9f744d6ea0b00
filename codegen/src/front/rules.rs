//! The lossy rules, a row each: what an operation may be replaced with.
//!
//! In a template `x` is the input, `a`, `b` and `c` are the arguments of the operation, and the other letters are constants, which are fitted
//! from where they start.

use std::sync::LazyLock;

use crate::ir::Dag;
use crate::ops::Op;
use crate::syntax::{Names, parse_text};

/// What a rule applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// These operations.
    At(&'static [Op]),
    /// Every part of the formula.
    Anywhere,
    /// The whole formula.
    Whole,
}

/// A rule: its name, where it applies, and what it puts there.
struct Row(
    &'static str,
    Place,
    &'static [(&'static str, &'static [f64])],
);

/// One thing that a rule puts in a place.
#[derive(Debug)]
pub(super) struct Template {
    pub rule: &'static str,
    pub place: Place,
    /// Over the names of [`NAMES`].
    pub dag: Dag,
    /// Where the constants start.
    pub start: &'static [f64],
}

/// The input, the arguments, and the constants in their order.
const NAMES: [&str; 15] = [
    "x", "a", "b", "c", "p", "q", "r", "s", "t", "u", "v", "w", "y", "z", "k",
];

use Place::{Anywhere, At, Whole};

const ROWS: &[Row] = &[
    // Parts that hardly matter.
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
    // Functions by cheaper ones of the same shape.
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
    // Kinks made smooth.
    Row(
        "kink smoothed",
        At(&[Op::Abs]),
        &[("sqrt(square(a) + p)", &[0.05])],
    ),
    // Last resorts: the whole function by one of few pieces.
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
];

/// Every template of every rule, in their order.
pub(super) fn templates() -> &'static [Template] {
    static TEMPLATES: LazyLock<Vec<Template>> = LazyLock::new(|| {
        let names = NAMES.map(str::to_owned);
        let read = |text: &str| {
            parse_text(text, Names::Declared(&names))
                .unwrap_or_else(|error| panic!("{text}: {error}"))
        };
        let of_row = |Row(rule, place, by): &Row| {
            let (rule, place) = (*rule, *place);
            by.iter()
                .map(move |&(text, start)| (rule, place, text, start))
        };
        ROWS.iter()
            .flat_map(of_row)
            .map(|(rule, place, text, start)| Template {
                rule,
                place,
                dag: read(text),
                start,
            })
            .collect()
    });
    &TEMPLATES
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::Node;

    /// The constants of a template are the first letters, each with a start, and an operation has the arguments that are named.
    #[test]
    fn templates_name_what_they_have() {
        for template in templates() {
            let text = template.dag.formula(0);
            let uses = |name: usize| template.dag.find(&Node::Variable(name)).is_some();
            let constants: Vec<usize> = (4..NAMES.len()).filter(|&name| uses(name)).collect();
            let expected: Vec<usize> = (4..4 + template.start.len()).collect();
            assert_eq!(constants, expected, "{text}");
            let arguments = match template.place {
                Place::At(operations) => operations.iter().map(|op| op.arity()).min(),
                Place::Anywhere | Place::Whole => Some(0),
            };
            let most = arguments.unwrap_or(0);
            assert!((1 + most..4).all(|name| !uses(name)), "{text}");
            assert!(
                template
                    .start
                    .iter()
                    .all(|start| *start != 0.0 || template.place == Place::Whole)
            );
        }
    }
}
