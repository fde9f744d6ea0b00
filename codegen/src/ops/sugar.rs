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
    sugar(&["identity", "id"], &["a"], "a"),
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
];
