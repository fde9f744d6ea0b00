//! Exponentials, logarithms, and the logistic family.

use super::Guard::{AtMost, NonNegative, Positive};
use super::{Identity, row};

/// Exponential and logarithm: DLMF §4.8.
const EXP: &str = "DLMF §4.8";
/// What the definitions of the logistic family give by algebra.
const LOGISTIC: &str = "definition";

#[rustfmt::skip]
pub(super) const ROWS: &[Identity] = &[
    row("exp-of-0", "exp(0)", "1", EXP),
    row("ln-of-1", "ln(1)", "0", EXP),
    row("exp-of-ln", "exp(ln(a))", "a", EXP).when(&[Positive("a")]),
    row("ln-of-exp", "ln(exp(a))", "a", EXP),
    row("exp-of-sum", "exp(a) * exp(b)", "exp(a + b)", EXP),
    row("exp-of-difference", "exp(a) / exp(b)", "exp(a - b)", EXP),
    row("exp-of-neg", "1 / exp(a)", "exp(-a)", EXP),
    row("exp-over-exp", "a / exp(b)", "a * exp(-b)", EXP),
    row("exp-squared", "square(exp(a))", "exp(2 * a)", EXP),
    row("split-exp", "exp(a + b)", "exp(a) * exp(b)", EXP).proof(),
    row("exp-of-double", "exp(2 * a)", "square(exp(a))", EXP).proof(),
    row("expm1-plus-1", "expm1(a) + 1", "exp(a)", EXP),
    row("one-minus-exp", "1 - exp(a)", "-expm1(a)", EXP),
    row("ln-of-product", "ln(a * b)", "ln(a) + ln(b)", EXP).when(&[Positive("a"), Positive("b")]).proof(),
    row("ln-of-quotient", "ln(1 / a)", "-ln(a)", EXP).when(&[Positive("a")]),
    row("ln-of-sqrt", "ln(sqrt(a))", "0.5 * ln(a)", EXP).when(&[Positive("a")]),
    row("log1p-of-expm1", "log1p(expm1(a))", "a", EXP),
    row("expm1-of-log1p", "expm1(log1p(a))", "a", EXP).when(&[NonNegative("a")]),

    row("sigmoid-complement", "1 - sigmoid(a)", "sigmoid(-a)", LOGISTIC),
    row("sigmoid-mirrored", "sigmoid(-a)", "1 - sigmoid(a)", LOGISTIC).proof(),
    row("sigmoid-pair", "sigmoid(a) + sigmoid(-a)", "1", LOGISTIC),
    row("sigmoid-from-mirrored", "exp(a) * sigmoid(-a)", "sigmoid(a)", LOGISTIC),
    row("sigmoid-as-quotient", "exp(a) / (1 + exp(a))", "sigmoid(a)", LOGISTIC),
    row("sigmoid-of-neg-as-quotient", "1 / (1 + exp(a))", "sigmoid(-a)", LOGISTIC),
    row("sigmoid-as-logistic", "sigmoid(a)", "1 / (1 + exp(-a))", LOGISTIC).proof(),
    // Worth it where the exponential is there already; the quotient is exact to the last digits, and exp must not overflow.
    row("sigmoid-from-exp", "sigmoid(a)", "exp(a) / (1 + exp(a))", LOGISTIC).when(&[AtMost("a", 40)]),
    row("logistic-quotient", "a / (1 + exp(-b))", "a * sigmoid(b)", LOGISTIC),
    row("sigmoid-from-tanh", "1 + tanh(a)", "2 * sigmoid(2 * a)", LOGISTIC),
    row("sigmoid-from-one-minus-tanh", "1 - tanh(a)", "2 * sigmoid(-(2 * a))", LOGISTIC),
    row("half-one-plus-tanh", "0.5 * (1 + tanh(a))", "sigmoid(2 * a)", LOGISTIC),
    row("half-tanh-plus-half", "0.5 * tanh(a) + 0.5", "sigmoid(2 * a)", LOGISTIC),
    row("sigmoid-slope-from-complement", "sigmoid(a) * (1 - sigmoid(a))", "sigmoid_grad(a)", LOGISTIC),
    row("sigmoid-slope-from-difference", "sigmoid(a) - square(sigmoid(a))", "sigmoid_grad(a)", LOGISTIC),
    row("sigmoid-slope-from-exp", "exp(a) / square(1 + exp(a))", "sigmoid_grad(a)", LOGISTIC),
    row("tanh-from-sigmoids", "sigmoid(a) - sigmoid(-a)", "tanh(a / 2)", LOGISTIC),
    row("tanh-of-softplus-from-exps", "(exp(2 * a) + 2 * exp(a)) / (exp(2 * a) + 2 * exp(a) + 2)", "tanh(softplus(a))", LOGISTIC),
    row("silu-slope-from-sum", "sigmoid(a) + a * sigmoid_grad(a)", "silu_grad(a)", LOGISTIC),
    row("mish-slope-from-sum", "tanh(softplus(a)) + a * (tanh_grad(softplus(a)) * sigmoid(a))", "mish_grad(a)", LOGISTIC),
    row("sigmoid-of-0", "sigmoid(0)", "0.5", LOGISTIC),
    row("sigmoid-slope-of-0", "sigmoid_grad(0)", "0.25", LOGISTIC),
    row("silu-slope-of-0", "silu_grad(0)", "0.5", LOGISTIC),
    row("gaussian-of-0", "gaussian(0)", "1", EXP),
    row("softplus-reflection", "softplus(a) - a", "softplus(-a)", LOGISTIC),
    row("softplus-difference", "softplus(a) - softplus(-a)", "a", LOGISTIC),
    row("softplus-from-log-sigmoid", "-log_sigmoid(-a)", "softplus(a)", LOGISTIC),
    row("softplus-from-log-sigmoid-mirrored", "-log_sigmoid(a)", "softplus(-a)", LOGISTIC),
    row("softplus-from-log1p", "log1p(exp(a))", "softplus(a)", LOGISTIC),
    row("softplus-from-exp", "softplus(a)", "log1p(exp(a))", LOGISTIC).when(&[AtMost("a", 40)]),
    row("softplus-from-pieces", "relu(a) + log1p(exp(-abs(a)))", "softplus(a)", LOGISTIC),
    row("log-sum-exp", "ln(exp(a) + exp(b))", "a + softplus(b - a)", LOGISTIC),
    row("log-sigmoid-from-ln", "ln(sigmoid(a))", "log_sigmoid(a)", LOGISTIC),
    row("log-sigmoid-from-difference", "a - softplus(a)", "log_sigmoid(a)", LOGISTIC),
    row("exp-of-log-sigmoid", "exp(log_sigmoid(a))", "sigmoid(a)", LOGISTIC),
    row("exp-of-softplus", "exp(softplus(a))", "1 + exp(a)", LOGISTIC),
    row("exp-of-neg-softplus", "exp(-softplus(a))", "sigmoid(-a)", LOGISTIC),
    row("tanh-of-softplus", "tanh(softplus(a))", "(square(1 + exp(a)) - 1) / (square(1 + exp(a)) + 1)", LOGISTIC).proof(),
];
