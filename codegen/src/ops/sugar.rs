//! Functions that are expanded as they are read: shorthand for a formula, never a node of the graph.

/// A function of the formula language that stands for another formula.
#[derive(Debug)]
pub struct Sugar {
    /// Its names.
    pub names: &'static [&'static str],
    /// The names of its arguments inside `body`.
    pub parameters: &'static [&'static str],
    /// What it stands for.
    pub body: &'static str,
}

const fn sugar(
    names: &'static [&'static str],
    parameters: &'static [&'static str],
    body: &'static str,
) -> Sugar {
    Sugar {
        names,
        parameters,
        body,
    }
}

/// Every such function. ε is 10⁻³ in both guarded forms, small beside the scale of activations and exact enough in f16.
pub const SUGAR: &[Sugar] = &[
    sugar(&["identity", "id", "linear"], &["a"], "a"),
    sugar(&["left"], &["a", "b"], "a"),
    sugar(&["right"], &["a", "b"], "b"),
    sugar(&["add_beta", "beta_add"], &["a", "b"], "a + b"),
    sugar(&["mul_beta"], &["a", "b"], "a * b"),
    sugar(&["sigmoid_mul", "sig_mul"], &["a", "b"], "sigmoid(a) * b"),
    sugar(
        &["mix", "beta_mix"],
        &["a", "b", "m"],
        "sigmoid(m) * a + (1 - sigmoid(m)) * b",
    ),
    sugar(&["exp_sub_sq"], &["a", "b"], "gaussian(a - b)"),
    sugar(&["exp_sub_abs"], &["a", "b"], "exp(-abs(a - b))"),
    sugar(&["div_eps"], &["a", "b"], "a / (b + 1e-3)"),
    sugar(&["log_abs"], &["a"], "ln(abs(a) + 1e-3)"),
    sugar(&["celu"], &["a"], "elu(a)"),
    // Activations of the zoo, which has their papers.
    sugar(
        &["relu2", "relu_squared", "squared_relu"],
        &["a"],
        "square(relu(a))",
    ),
    sugar(&["quick_gelu"], &["a"], "a * sigmoid(1.702 * a)"),
    sugar(&["gelu_10"], &["a"], "clamp(gelu(a), -10, 10)"),
    sugar(&["lisht"], &["a"], "a * tanh(a)"),
    sugar(&["serf"], &["a"], "a * erf(softplus(a))"),
    sugar(&["telu"], &["a"], "a * tanh(exp(min(a, 4)))"),
    // (a + sqrt(a² + 4)) / 2, written so that neither side cancels or overflows.
    sugar(
        &["squareplus"],
        &["a"],
        "{ let root = sqrt(square(a) + 4); if a > 0 { a + 2 / (root + a) } else { 2 / (root - a) } }",
    ),
    sugar(
        &["laplace"],
        &["a"],
        "normal_cdf((a - 0.707107) / 0.282095)",
    ),
    sugar(
        &["swish", "trained_swish"],
        &["a", "beta"],
        "a * sigmoid(beta * a)",
    ),
    sugar(
        &["star_relu"],
        &["a", "scale", "bias"],
        "scale * square(relu(a)) + bias",
    ),
    sugar(
        &["snake"],
        &["a", "frequency"],
        "a + square(sin(frequency * a)) / frequency",
    ),
    sugar(
        &["xielu"],
        &["a", "p", "n"],
        "{ let curve = if a > 0 { p * square(a) } else { (0.5 + n) * (expm1(a) - a) }; curve + 0.5 * a }",
    ),
    sugar(&["glu"], &["a", "gate"], "a * sigmoid(gate)"),
    sugar(&["swiglu"], &["a", "gate"], "a * silu(gate)"),
    sugar(&["geglu"], &["a", "gate"], "a * gelu(gate)"),
    sugar(&["reglu"], &["a", "gate"], "a * relu(gate)"),
];
