//! The table. A new operation is one row here; the compiler then lists the matches that lack it.
//!
//! Values come from `libm`, so that the same formula folds to the same bits on every machine.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

use super::row::{Bound, Domain, Row};
use crate::number::Number;

/// A row is `unary name(value)` for one argument, where the runtime has a kernel of that name, or `Row::new(name, arity, value)`, and what
/// else is known follows.
macro_rules! operations {
    ($($variant:ident: $(unary $kernel:ident($value:expr))? $(Row::new($($new:expr),*))? $(.$column:ident($($fact:expr),*))*;)*) => {
        /// An operation of the formula language. `Op::row` gives what is known of it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[allow(missing_docs, reason = "the row of the table documents the operation")]
        pub enum Op { $($variant),* }

        impl Op {
            /// Every operation, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The row of the table.
            pub fn row(self) -> &'static Row {
                static ROWS: &[Row] = &[$(
                    $(Row::new(stringify!($kernel), 1, $value))? $(Row::new($($new),*))? $(.$column($($fact),*))*
                ),*];
                &ROWS[self as usize]
            }
        }

        #[cfg(feature = "candle")]
        kernels! { ($) $($($variant $kernel)?)* }
    };
}

/// Makes `match_operation!` of the operations of one argument and their kernels.
#[cfg(feature = "candle")]
macro_rules! kernels {
    (($dollar:tt) $($variant:ident $kernel:ident)*) => {
        /// A match over every operation: `$unary!(kernel)` for those of one argument, and the given arms for the others.
        macro_rules! match_operation {
            ($dollar op:expr, $dollar unary:ident; $dollar($dollar others:tt)*) => {
                match $dollar op {
                    $(Op::$variant => $dollar unary!($kernel),)*
                    $dollar($dollar others)*
                }
            };
        }
        pub(crate) use match_operation;
    };
}

const INFINITY: f64 = f64::INFINITY;

operations! {
    // Constants that no literal can hold.
    Pi:          Row::new("pi", 0, |_| PI).within(PI, PI.next_up()).nonzero();

    // Arithmetic.
    Add:         Row::new("add", 2, |v| v[0] + v[1]).slope(&["1", "1"]).exact(|v| v[0].add(v[1]));
    Sub:         Row::new("sub", 2, |v| v[0] - v[1]).aliases(&["substrat"]).slope(&["1", "-1"])
                     .exact(|v| v[0].sub(v[1]));
    Mul:         Row::new("mul", 2, |v| v[0] * v[1]).slope(&["b", "a"]).exact(|v| v[0].mul(v[1]));
    Div:         Row::new("div", 2, |v| v[0] / v[1]).domain(Domain::NonZeroDivisor)
                     .slope(&["1 / b", "-(a / b / b)"])
                     .exact(|v| v[0].div(v[1]));
    Neg:         unary neg(|v| -v[0]).aliases(&["neg_x"]).slope(&["-1"]).decreasing().odd().zero_at_zero()
                     .exact(|v| Some(v[0].neg()));
    Square:      unary square(|v| v[0] * v[0]).aliases(&["x_sq"]).slope(&["2 * a"])
                     .valley(0.0).within(0.0, INFINITY).even().equals("a * a").zero_at_zero()
                     .exact(|v| v[0].powi(2));
    Cube:        unary cube(|v| v[0] * v[0] * v[0]).aliases(&["x_cub"]).slope(&["3 * square(a)"])
                     .increasing().odd().equals("a * square(a)").zero_at_zero()
                     .exact(|v| v[0].powi(3));
    // The exponent is a literal, so differentiation is structural.
    Powi:        Row::new("powi", 2, |v| libm::pow(v[0], v[1])).domain(Domain::Power).zero_at_zero()
                     .exact(|v| v[0].powi(v[1].to_integer()?));
    Sqrt:        unary sqrt(|v| sqrt(v[0])).domain(Domain::NonNegative).joins(&[0.0]).slope(&["0.5 / sqrt(a)"])
                     .increasing().within(0.0, INFINITY).zero_at_zero()
                     .exact(|v| v[0].sqrt());

    // Exponential family.
    Exp:         unary exp(|v| libm::exp(v[0])).slope(&["exp(a)"])
                     .increasing().within(0.0, INFINITY).nonzero();
    Expm1:       unary expm1(|v| libm::expm1(v[0])).slope(&["exp(a)"])
                     .increasing().within(-1.0, INFINITY).is("exp(a) - 1").zero_at_zero();
    Ln:          unary ln(|v| libm::log(v[0])).aliases(&["log"]).domain(Domain::Positive).slope(&["1 / a"])
                     .increasing();
    Log1p:       unary log1p(|v| libm::log1p(v[0])).aliases(&["ln_1p"]).domain(Domain::AboveMinusOne)
                     .slope(&["1 / (1 + a)"]).increasing().is("ln(1 + a)").zero_at_zero();
    Sigmoid:     unary sigmoid(|v| sigmoid(v[0])).aliases(&["logistic"]).slope(&["sigmoid_grad(a)"])
                     .increasing().within(0.0, 1.0).nonzero().is("1 / (1 + exp(-a))")
                     .bound(Bound::decay(1.0, 1.0).below());
    Softplus:    unary softplus(|v| softplus(v[0])).slope(&["sigmoid(a)"])
                     .increasing().within(0.0, INFINITY).nonzero().is("ln(1 + exp(a))")
                     .bound(Bound::decay(1.0, 1.0).below())
                     .reference("max(a, 0) + log1p(exp(-abs(a)))");
    LogSigmoid:  unary log_sigmoid(|v| -softplus(-v[0])).aliases(&["logsigmoid"]).slope(&["sigmoid(-a)"])
                     .increasing().within(-INFINITY, 0.0).nonzero().equals("-softplus(-a)")
                     .bound(Bound::decay(1.0, 1.0).above());
    Gaussian:    unary gaussian(|v| libm::exp(-v[0] * v[0])).slope(&["-2 * (a * gaussian(a))"])
                     .peak(0.0).within(0.0, 1.0).nonzero().even().equals("exp(-square(a))")
                     .bound(Bound::decay(1.0, 2.0));

    // Trigonometric and hyperbolic functions.
    Sin:         unary sin(|v| libm::sin(v[0])).aliases(&["sine"]).slope(&["cos(a)"]).within(-1.0, 1.0).odd();
    Cos:         unary cos(|v| libm::cos(v[0])).slope(&["-sin(a)"]).within(-1.0, 1.0).even();
    Sinc:        unary sinc(|v| sinc(v[0])).within(-0.22, 1.0).even()
                     .slope(&["sinc_grad(a)"]).is("if a == 0 { 1 } else { sin(pi * a) / (pi * a) }");
    Sinh:        unary sinh(|v| libm::sinh(v[0])).slope(&["cosh(a)"])
                     .increasing().odd().is("(exp(a) - exp(-a)) / 2").zero_at_zero();
    Cosh:        unary cosh(|v| libm::cosh(v[0])).slope(&["sinh(a)"])
                     .valley(0.0).within(1.0, INFINITY).nonzero().even().is("(exp(a) + exp(-a)) / 2");
    Tanh:        unary tanh(|v| libm::tanh(v[0])).slope(&["tanh_grad(a)"])
                     .increasing().within(-1.0, 1.0).odd().is("2 * sigmoid(2 * a) - 1").zero_at_zero();
    Asinh:       unary asinh(|v| libm::asinh(v[0])).aliases(&["arcsinh"]).slope(&["asinh_grad(a)"])
                     .increasing().odd().zero_at_zero();
    Atan:        unary atan(|v| libm::atan(v[0])).aliases(&["arctan"]).slope(&["atan_grad(a)"])
                     .increasing().within(-1.571, 1.571).odd().zero_at_zero();

    // The error function and the normal distribution.
    Erf:         unary erf(|v| libm::erf(v[0])).slope(&["2 / sqrt(pi) * gaussian(a)"])
                     .increasing().within(-1.0, 1.0).odd().zero_at_zero();
    Erfc:        unary erfc(|v| libm::erfc(v[0])).slope(&["-2 / sqrt(pi) * gaussian(a)"])
                     .decreasing().within(0.0, 2.0).nonzero().is("1 - erf(a)")
                     .bound(Bound::decay(1.0, 2.0).above());
    NormalCdf:   unary normal_cdf(|v| normal_cdf(v[0])).slope(&["normal_pdf(a)"])
                     .increasing().within(0.0, 1.0).nonzero().is("0.5 * erfc(a * (-1 / sqrt(2)))")
                     .bound(Bound::decay(0.5, 2.0).below());
    NormalPdf:   unary normal_pdf(|v| libm::exp(-0.5 * v[0] * v[0]) / libm::sqrt(2.0 * PI))
                     .slope(&["-a * normal_pdf(a)"]).peak(0.0).within(0.0, 0.4).nonzero().even()
                     .is("exp(-0.5 * square(a)) / sqrt(2 * pi)")
                     .bound(Bound::decay(0.5, 2.0));

    // Pieces. A derivative at a kink is a number between those of both sides: of one of the pieces that meet.
    Abs:         unary abs(|v| v[0].abs()).slope(&["sign(a)"]).kinked().joins(&[0.0])
                     .valley(0.0).within(0.0, INFINITY).even().equals("max(a, -a)").zero_at_zero()
                     .exact(|v| pick(v[0].is_negative(), &v[0].neg(), v[0]));
    Sign:        unary sign(|v| sign(v[0])).slope(&["0"]).kinked().joins(&[0.0]).increasing().within(-1.0, 1.0).odd().zero_at_zero()
                     .exact(|v| Some(Number::from(i32::from(v[0] > &Number::zero()) - i32::from(v[0].is_negative()))));
    Min:         Row::new("min", 2, |v| smaller(v[0], v[1])).kinked().meets(&[[0, 1]])
                     .slope(&["if a < b { 1 } else { 0 }", "if a < b { 0 } else { 1 }"])
                     .torch_slope(&["if a < b { 1 } else { if a == b { 0.5 } else { 0 } }", "if b < a { 1 } else { if a == b { 0.5 } else { 0 } }"])
                     .exact(|v| pick(v[0] < v[1], v[0], v[1]));
    Max:         Row::new("max", 2, |v| -smaller(-v[0], -v[1])).kinked().meets(&[[0, 1]])
                     .slope(&["if b < a { 1 } else { 0 }", "if b < a { 0 } else { 1 }"])
                     .torch_slope(&["if b < a { 1 } else { if a == b { 0.5 } else { 0 } }", "if a < b { 1 } else { if a == b { 0.5 } else { 0 } }"])
                     .exact(|v| pick(v[0] > v[1], v[0], v[1]));
    Clamp:       Row::new("clamp", 3, |v| clamp(v[0], v[1], v[2])).kinked().meets(&[[0, 1], [0, 2]]).equals("min(max(a, b), c)")
                     .slope(&["if a <= b { 0 } else { if a < c { 1 } else { 0 } }", "if a <= b { if b < c { 1 } else { 0 } } else { 0 }",
                       "if a < c { if b < c { 0 } else { 1 } } else { 1 }"])
                     .exact(|v| { let raised = pick(v[0] > v[1], v[0], v[1])?; pick(&raised < v[2], &raised, v[2]) });
    Lt:          Row::new("lt", 2, |v| f64::from(v[0] < v[1])).slope(&["0", "0"]).kinked().meets(&[[0, 1]]).within(0.0, 1.0).exact(|v| truth(v[0] < v[1]));
    Le:          Row::new("le", 2, |v| f64::from(v[0] <= v[1])).slope(&["0", "0"]).kinked().meets(&[[0, 1]]).within(0.0, 1.0).exact(|v| truth(v[0] <= v[1]));
    Eq:          Row::new("eq", 2, |v| f64::from(v[0] == v[1])).slope(&["0", "0"]).kinked().meets(&[[0, 1]]).within(0.0, 1.0).exact(|v| truth(v[0] == v[1]));
    If:          Row::new("if", 3, |v| if v[0] != 0.0 { v[1] } else { v[2] }).kinked()
                     .exact(|v| pick(!v[0].is_zero(), v[1], v[2]));

    // Activations with a kernel of their own.
    Relu:        unary relu(|v| pos(v[0])).aliases(&["max0"]).slope(&["if 0 < a { 1 } else { 0 }"]).kinked().joins(&[0.0])
                     .increasing().within(0.0, INFINITY).equals("max(a, 0)")
                     .exact(|v| pick(v[0].is_negative(), &Number::zero(), v[0]))
                     .bound(Bound::power(1.0));
    Min0:        unary min0(|v| -pos(-v[0])).slope(&["if a < 0 { 1 } else { 0 }"]).kinked().joins(&[0.0])
                     .increasing().within(-INFINITY, 0.0).equals("min(a, 0)")
                     .exact(|v| pick(v[0].is_negative(), v[0], &Number::zero()))
                     .bound(Bound::power(1.0));
    LeakyRelu:   unary leaky_relu(|v| if v[0] > 0.0 { v[0] } else { 0.01 * v[0] })
                     .slope(&["if 0 < a { 1 } else { 0.01 }"]).kinked().joins(&[0.0]).increasing().equals("prelu(a, 0.01)").zero_at_zero();
    PRelu:       Row::new("prelu", 2, |v| if v[0] > 0.0 { v[0] } else { v[1] * v[0] }).aliases(&["leaky_relu", "channel_prelu"]).kinked().joins(&[0.0])
                     .slope(&["if 0 < a { 1 } else { b }", "min0(a)"]).equals("if 0 < a { a } else { b * a }")
                     .exact(|v| { let below = v[0].mul(v[1])?; pick(v[0] > &Number::zero(), v[0], &below) })
                     .reference("if 0 < a { a + 0 * b } else { b * a }");
    // Leaky with a random slope between 1/8 and 1/3 in training, and with the mean of the two in evaluation.
    RRelu:       unary rrelu(|v| if v[0] > 0.0 { v[0] } else { 11.0 / 48.0 * v[0] })
                     .slope(&["if 0 < a { 1 } else { 11 / 48 }"]).kinked().joins(&[0.0]).increasing().equals("prelu(a, 11 / 48)").zero_at_zero();
    // Rules recognise it: with anything but numbers for the threshold and the value, a choice reads better.
    Threshold:   Row::new("threshold", 3, |v| if v[0] <= v[1] { v[2] } else { v[0] }).kinked().meets(&[[0, 1]])
                     .slope(&["if b < a { 1 } else { 0 }", "0", "if b < a { 0 } else { 1 }"])
                     .exact(|v| pick(v[0] > v[1], v[0], v[2]))
                     .reference("if a <= b { c } else { a + 0 * c }");
    HardTanh:    unary hardtanh(|v| clamp(v[0], -1.0, 1.0)).kinked().joins(&[-1.0, 1.0]).increasing().within(-1.0, 1.0).odd()
                     .slope(&["if abs(a) < 1 { 1 } else { 0 }"]).equals("clamp(a, -1, 1)").zero_at_zero()
                     .bound(Bound::power(1.0));
    HardShrink:  unary hardshrink(|v| if v[0].abs() <= 0.5 { 0.0 } else { v[0] }).kinked().joins(&[-0.5, 0.5]).increasing().odd()
                     .slope(&["if 0.5 < abs(a) { 1 } else { 0 }"]).equals("if 0.5 < abs(a) { a } else { 0 }")
                     .bound(Bound::power(1.0));
    SoftShrink:  unary softshrink(|v| v[0] - clamp(v[0], -0.5, 0.5)).kinked().joins(&[-0.5, 0.5]).increasing().odd()
                     .slope(&["if 0.5 < abs(a) { 1 } else { 0 }"]).equals("a - clamp(a, -0.5, 0.5)")
                     .bound(Bound::power(1.0));
    Relu6:       unary relu6(|v| clamp(v[0], 0.0, 6.0)).kinked().joins(&[0.0, 6.0]).increasing().within(0.0, 6.0)
                     .slope(&["if 0 < a { if a < 6 { 1 } else { 0 } } else { 0 }"]).equals("clamp(a, 0, 6)")
                     .bound(Bound::power(1.0));
    HardSigmoid: unary hardsigmoid(|v| clamp(v[0] / 6.0 + 0.5, 0.0, 1.0)).kinked().joins(&[-3.0, 3.0]).increasing().within(0.0, 1.0)
                     .slope(&["if abs(a) < 3 { 1 / 6 } else { 0 }"]).equals("clamp(1 / 6 * a + 0.5, 0, 1)");
    HardSwish:   unary hardswish(|v| v[0] * clamp(v[0] / 6.0 + 0.5, 0.0, 1.0)).aliases(&["hard_silu"]).kinked().joins(&[-3.0, 3.0])
                     .valley(-1.5).within(-0.375, INFINITY)
                     .slope(&["if -3 < a { if a < 3 { a / 3 + 0.5 } else { 1 } } else { 0 }"]).equals("a * hardsigmoid(a)");
    Silu:        unary silu(|v| v[0] * sigmoid(v[0])).aliases(&["swish"])
                     .slope(&["silu_grad(a)"]).valley(-1.278_464_542_761_074).within(-0.278_464_542_761_074, INFINITY).equals("a * sigmoid(a)")
                     .zero_at_zero()
                     .bound(Bound::decay(1.0, 1.0).times_argument().below());
    Gelu:        unary gelu(|v| v[0] * normal_cdf(v[0])).aliases(&["gelu_python", "gelu_erf"]).slope(&["normal_cdf(a) + a * normal_pdf(a)"])
                     .valley(-0.751_791_524_693_564_5).within(-0.169_971_207_479_906, INFINITY).equals("a * normal_cdf(a)").zero_at_zero()
                     .bound(Bound::decay(0.5, 2.0).times_argument().below());
    GeluTanh:    unary gelu_tanh(|v| gelu_tanh(v[0])).aliases(&["gelu_pytorch_tanh", "gelu_new", "gelu_fast", "gelu_python_tanh", "gelu_accurate"])
                     .slope(&["gelu_tanh_grad(a)"])
                     .valley(-0.752_461_420_024_8).within(-0.170_040_750_571_69, INFINITY)
                     .is("a * sigmoid(a * (2 * sqrt(2 / pi) + square(a) * (sqrt(2 / pi) * 0.08943)))").zero_at_zero();
    Mish:        unary mish(|v| v[0] * libm::tanh(softplus(v[0])))
                     .slope(&["mish_grad(a)"]).valley(-1.192_431_194_5).within(-0.308_843_413_02, INFINITY).equals("a * tanh(softplus(a))")
                     .zero_at_zero();
    Elu:         unary elu(|v| if v[0] > 0.0 { v[0] } else { libm::expm1(v[0]) }).slope(&["exp(min0(a))"])
                     .increasing().within(-1.0, INFINITY).equals("if 0 < a { a } else { expm1(a) }").zero_at_zero();
    EluAlpha:    Row::new("elu", 2, |v| if v[0] > 0.0 { v[0] } else { v[1] * libm::expm1(v[0]) }).kinked().joins(&[0.0])
                     .slope(&["if 0 < a { 1 } else { b * exp(min0(a)) }", "expm1(min0(a))"])
                     .equals("if 0 < a { a } else { b * expm1(a) }")
                     .reference("if 0 < a { a + 0 * b } else { b * expm1(a) }");
    // With α = 1 it is ELU, and with α = 0 ReLU, its limit. The slope is 1 on both sides of 0, whatever α but 0; there, the slope with respect to α
    // is the one towards positive α. Rules recognise it, since its formula is undefined at α = 0.
    Celu:        Row::new("celu", 2, |v| celu(v[0], v[1]))
                     .slope(&["if b == 0 { if a < 0 { 0 } else { 1 } } else { exp(min0(a) / b) }",
                       "if b == 0 { sign(min0(a)) } else { let z = min0(a) / b; expm1(z) - z * exp(z) }"])
                     .reference("if 0 <= a { a + 0 * b } else { if b == 0 { 0 } else { b * expm1(a / b) } }");
    Selu:        unary selu(|v| selu(v[0])).kinked().joins(&[0.0]).increasing().within(-1.758_099_340_847_4, INFINITY)
                     .slope(&["if 0 < a { 1.0507009873554804934193349852946 } else { 1.0507009873554804934193349852946 * 1.6732632423543772848170429916717 * exp(a) }"])
                     .is("1.0507009873554804934193349852946 * elu(a, 1.6732632423543772848170429916717)").zero_at_zero();
    Softsign:    unary softsign(|v| v[0] / (1.0 + v[0].abs())).slope(&["softsign_grad(a)"])
                     .increasing().within(-1.0, 1.0).odd().equals("a / (1 + abs(a))").zero_at_zero();
    Tanhshrink:  unary tanhshrink(|v| tanhshrink(v[0])).slope(&["square(tanh(a))"])
                     .increasing().odd().is("a - tanh(a)").zero_at_zero();

    // Derivatives whose formulas lose digits or overflow. The kernels begin as those of their functions do, up to the
    // exponential, which a compiled loop with both computes once. Of the cheap ones the formulas stay as they are written.
    SigmoidGrad: unary sigmoid_grad(|v| sigmoid(v[0]) * sigmoid(-v[0])).aliases(&["sigmoid_slope"]).slope(&["-sigmoid_grad(a) * tanh(a / 2)"])
                     .peak(0.0).within(0.0, 0.25).nonzero().even().is("sigmoid(a) * sigmoid(-a)")
                     .bound(Bound::decay(1.0, 1.0));
    TanhGrad:   unary tanh_grad(|v| 4.0 * sigmoid(2.0 * v[0]) * sigmoid(-2.0 * v[0])).aliases(&["tanh_slope"]).slope(&["-2 * (tanh(a) * tanh_grad(a))"])
                     .peak(0.0).within(0.0, 1.0).nonzero().even().is("1 - square(tanh(a))")
                     .bound(Bound::decay(2.0, 1.0).scaled(2.0))
                     .reference("4 * sigmoid(2 * a) * sigmoid(-2 * a)");
    SiluGrad:   unary silu_grad(|v| sigmoid(v[0]) * (1.0 + v[0] * sigmoid(-v[0]))).aliases(&["silu_slope"])
                     .slope(&["sigmoid_grad(a) * (2 - a * tanh(a / 2))"])
                     .within(-0.099_84, 1.099_84).is("sigmoid(a) * (1 + a * sigmoid(-a))");
    GeluTanhGrad: unary gelu_tanh_grad(|v| gelu_tanh_grad(v[0])).aliases(&["gelu_tanh_slope"])
                     .slope(&["{
                         let u = sqrt(8 / pi) * (a + 0.044715 * cube(a));
                         let v = sqrt(8 / pi) * (1 + 0.134145 * square(a));
                         sigmoid_grad(u) * (2 * v + a * (sqrt(8 / pi) * 0.26829 * a - square(v) * tanh(u / 2)))
                     }"])
                     .within(-0.129_1, 1.129_1)
                     .is("{
                         let u = a * (2 * sqrt(2 / pi) + square(a) * (sqrt(2 / pi) * 0.08943));
                         sigmoid(u) * (1 + a * sigmoid(-u) * (2 * sqrt(2 / pi) * (1 + 0.134145 * square(a))))
                     }");
    MishGrad:   unary mish_grad(|v| mish_grad(v[0])).aliases(&["mish_slope"])
                     .slope(&["{
                         let t = tanh_grad(softplus(a)) * sigmoid(a);
                         2 * t + a * t * (sigmoid(-a) - 2 * (tanh(softplus(a)) * sigmoid(a)))
                     }"])
                     // With s = σ(a), c = σ(−a) and d = 1 + c²: tanh(softplus(a)) = s·(1 + c)/d.
                     .within(-0.112_8, 1.088_5)
                     .is("{ let s = sigmoid(a); let c = sigmoid(-a); let d = 1 + square(c); s * ((1 + c) * d + a * (4 * square(c))) / square(d) }");
    SincGrad:   unary sinc_grad(|v| sinc_grad(v[0])).aliases(&["sinc_slope"])
                     .slope(&["if a == 0 { -square(pi) / 3 } else { -square(pi) * sinc(a) - 2 * (sinc_grad(a) / a) }"])
                     .within(-1.38, 1.38).odd().is("if a == 0 { 0 } else { (cos(pi * a) - sinc(a)) / a }");
    AsinhGrad:  unary asinh_grad(|v| 1.0 / libm::hypot(1.0, v[0])).aliases(&["asinh_slope"]).slope(&["-(a * asinh_grad(a)) * square(asinh_grad(a))"])
                     .peak(0.0).within(0.0, 1.0).nonzero().even()
                     .bound(Bound::power(-1.0))
                     .reference("1 / sqrt(1 + square(a))");
    AtanGrad:   unary atan_grad(|v| atan_grad(v[0])).aliases(&["atan_slope"]).slope(&["-2 * (a * atan_grad(a) * atan_grad(a))"])
                     .peak(0.0).within(0.0, 1.0).nonzero().even()
                     .bound(Bound::power(-2.0))
                     .reference("1 / (1 + square(a))");
    SoftsignGrad: unary softsign_grad(|v| softsign_grad(v[0])).aliases(&["softsign_slope"]).kinked().joins(&[0.0]).slope(&["-2 * sign(a) * (softsign_grad(a) / (1 + abs(a)))"])
                     .peak(0.0).within(0.0, 1.0).nonzero().even()
                     .bound(Bound::power(-2.0))
                     .reference("1 / square(1 + abs(a))");
}

/// That of −0 is +0: what is divided by it has the sign of the limit from inside the domain.
fn sqrt(x: f64) -> f64 {
    libm::sqrt(x) + 0.0
}

fn pick(first: bool, a: &Number, b: &Number) -> Option<Number> {
    Some(if first { a } else { b }.clone())
}

fn truth(condition: bool) -> Option<Number> {
    Some(Number::from(i32::from(condition)))
}

fn sigmoid(x: f64) -> f64 {
    // exp of a non-positive number alone: no overflow on either side.
    let e = libm::exp(-x.abs());
    if x >= 0.0 {
        1.0 / (1.0 + e)
    } else {
        e / (1.0 + e)
    }
}

fn softplus(x: f64) -> f64 {
    pos(x) + libm::log1p(libm::exp(-x.abs()))
}

fn normal_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x * FRAC_1_SQRT_2)
}

fn gelu_tanh(x: f64) -> f64 {
    // x(1 + tanh u)/2 = x·σ(2u), which does not cancel in the negative tail.
    x * sigmoid(libm::sqrt(8.0 / PI) * (x + 0.044715 * x * x * x))
}

fn celu(x: f64, alpha: f64) -> f64 {
    if x >= 0.0 || alpha == 0.0 {
        pos(x)
    } else {
        alpha * libm::expm1(x / alpha)
    }
}

fn selu(x: f64) -> f64 {
    // Klambauer et al., "Self-Normalizing Neural Networks" (2017): the fixed point (0, 1) of mean and variance.
    const SCALE: f64 = 1.050_700_987_355_480_5;
    const ALPHA: f64 = 1.673_263_242_354_377_2;
    SCALE * if x > 0.0 { x } else { ALPHA * libm::expm1(x) }
}

fn tanhshrink(x: f64) -> f64 {
    if x.abs() > 1.0 {
        return x - libm::tanh(x);
    }
    // x − tanh x = (x·cosh x − sinh x)/cosh x, and the series of the numerator, Σ 2k·x²ᵏ⁺¹/(2k + 1)!, has terms of one sign.
    let (mut power, mut sum) = (x, 0.0);
    for k in 1..=10 {
        let k = f64::from(k);
        power *= x * x / (2.0 * k * (2.0 * k + 1.0));
        sum += 2.0 * k * power;
    }
    sum / libm::cosh(x)
}

/// sin(πx + quarters·π/2), to a few ULP.
fn sin_pi(x: f64, quarters: i32) -> f64 {
    // Exact, as are the differences of numbers so close to each other.
    let turn = x % 2.0;
    let nearest = libm::round(2.0 * turn);
    let angle = PI * (turn - 0.5 * nearest);
    match (nearest as i32 + quarters).rem_euclid(4) {
        0 => libm::sin(angle),
        1 => libm::cos(angle),
        2 => -libm::sin(angle),
        _ => -libm::cos(angle),
    }
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 {
        1.0
    } else {
        sin_pi(x, 0) / (PI * x)
    }
}

fn sinc_grad(x: f64) -> f64 {
    if x.abs() >= 0.5 {
        return (sin_pi(x, 1) - sinc(x)) / x;
    }
    // Σ (−1)ᵏ·2k·π²ᵏ·x²ᵏ⁻¹/(2k + 1)!, whose terms fall fast: (πx)² < 2.5.
    let u = (PI * x) * (PI * x);
    let (mut term, mut sum) = (-1.0 / 3.0, 0.0);
    for k in 1..16 {
        sum += term;
        let k = f64::from(k);
        term *= -u * (k + 1.0) / (k * (2.0 * k + 2.0) * (2.0 * k + 3.0));
    }
    PI * (PI * x) * sum
}

fn gelu_tanh_grad(x: f64) -> f64 {
    let x = clamp(x, -25.0, 25.0);
    let (u, slope) = (x + 0.044715 * x * x * x, 1.0 + 0.134145 * x * x);
    let scale = libm::sqrt(8.0 / PI);
    sigmoid(scale * u) * (1.0 + x * (scale * slope) * sigmoid(-scale * u))
}

fn mish_grad(x: f64) -> f64 {
    let x = clamp(x, -800.0, 800.0);
    let (s, c) = (sigmoid(x), sigmoid(-x));
    let d = 1.0 + c * c;
    s * ((1.0 + c) * d + 4.0 * x * c * c) / (d * d)
}

fn atan_grad(x: f64) -> f64 {
    let reciprocal = 1.0 / libm::hypot(1.0, x);
    reciprocal * reciprocal
}

fn softsign_grad(x: f64) -> f64 {
    let reciprocal = 1.0 / (1.0 + x.abs());
    reciprocal * reciprocal
}

fn sign(x: f64) -> f64 {
    if x.is_nan() {
        return x;
    }
    f64::from(x > 0.0) - f64::from(x < 0.0)
}

/// NaN stays.
fn pos(x: f64) -> f64 {
    if x <= 0.0 { 0.0 } else { x }
}

/// NaN if either is.
fn smaller(a: f64, b: f64) -> f64 {
    if a < b || a.is_nan() { a } else { b }
}

fn clamp(x: f64, low: f64, high: f64) -> f64 {
    let raised = if x < low { low } else { x };
    if raised > high { high } else { raised }
}
