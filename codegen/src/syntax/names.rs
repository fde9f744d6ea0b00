//! Names that mean something elsewhere: none of them becomes a trained constant without a word.

/// Modules of Python whose functions and classes are written with a point.
pub(super) const MODULES: [&str; 11] = [
    "torch",
    "F",
    "nn",
    "functional",
    "np",
    "numpy",
    "jnp",
    "jax",
    "tf",
    "keras",
    "math",
];

/// What others call the input of an activation.
pub(super) const INPUTS: [&str; 11] = [
    "y", "z", "t", "u", "v", "w", "s", "xs", "input", "inputs", "x0",
];

/// What to write instead of a name that hardly means a trained constant. `beta`, `alpha` or any other name may be one.
pub(super) fn no_constant(name: &str) -> Option<String> {
    let other = "choose another name for a trained constant";
    if name.chars().any(is_times) {
        let product: String = name
            .chars()
            .map(|c| {
                if is_times(c) {
                    " * ".to_owned()
                } else {
                    c.to_string()
                }
            })
            .collect();
        return Some(format!("write `{product}`"));
    }
    match name.to_lowercase().as_str() {
        "x" => Some("did you mean the input `x`?".to_owned()),
        "e" => Some(format!("did you mean `exp(1)`? If not, {other}")),
        "pi" | "\u{3c0}" => Some("did you mean `pi`?".to_owned()),
        "inf" | "infinity" | "nan" => Some(format!("a formula has finite numbers only; {other}")),
        _ if MODULES.contains(&name) => Some(format!(
            "functions are written without a module, such as `tanh(x)`; {other}"
        )),
        _ => None,
    }
}

/// Dots that stand for a product and are letters to Rust.
fn is_times(character: char) -> bool {
    matches!(character, '\u{b7}' | '\u{387}')
}

#[cfg(test)]
mod tests {
    use crate::ir::Dag;

    fn formula(text: &str) -> String {
        Dag::parse(text)
            .unwrap_or_else(|e| panic!("{text}: {e}"))
            .formula(0)
    }

    #[test]
    fn names_that_mean_something_else_are_no_constants() {
        for (text, help) in [
            ("e * x", "did you mean `exp(1)`?"),
            ("x * E", "did you mean `exp(1)`?"),
            ("inf * x", "finite numbers"),
            ("x + NaN", "finite numbers"),
            ("Infinity * x", "finite numbers"),
            ("X", "did you mean the input `x`?"),
            ("tanh(X) + x", "did you mean the input `x`?"),
            ("\u{3c0} * x", "did you mean `pi`?"),
            ("PI * x", "did you mean `pi`?"),
            ("relu(z)", "write `x` for `z`"),
            ("y * sigmoid(y)", "write `x` for `y`"),
            ("F", "without a module"),
        ] {
            let error = Dag::parse(text).expect_err(text).to_string();
            assert!(error.contains(help), "{text}: {error}");
        }
    }

    #[test]
    fn any_other_name_is_a_constant() {
        for text in [
            "beta * x",
            "alpha * x + gamma",
            "z * x",
            "tau * x",
            "x * a",
            "beta",
            "x * eps",
            "x * pi0",
        ] {
            assert_eq!(formula(text), text);
        }
    }

    #[test]
    fn spellings_of_python_are_functions() {
        for (text, same) in [
            ("F.gelu(x)", "gelu(x)"),
            ("torch.tanh(x) * 2", "tanh(x) * 2"),
            ("torch.nn.functional.silu(x)", "silu(x)"),
            ("nn.SiLU()(x)", "silu(x)"),
            ("SiLU()(x)", "silu(x)"),
            ("nn.LeakyReLU(0.2)(x)", "leaky_relu(x, 0.2)"),
            ("torch.nn.ELU(0.5)(x)", "elu(x, 0.5)"),
            ("LogSigmoid(x)", "log_sigmoid(x)"),
            ("ReLU(x)", "relu(x)"),
            ("F.hard_tanh(x)", "hardtanh(x)"),
            ("np.exp(-x)", "exp(-x)"),
            ("math.pi * x", "pi * x"),
            ("quick_gelu(x)", "x * sigmoid(1.702 * x)"),
            ("relu2(x)", "square(relu(x))"),
            ("torch.clamp(x, -1, 1)", "clamp(x, -1, 1)"),
        ] {
            assert_eq!(formula(text), formula(same), "{text}");
        }
        assert_eq!(
            formula("// a line of its own\nx + 1\n  // and another\n"),
            "x + 1"
        );
        for (text, help) in [
            ("x // 2\n+ 1", "write `/` to divide"),
            ("F.sigmod(x)", "did you mean `sigmoid`?"),
            ("nn.SiLU()", "write `silu("),
            ("foo(2)(x)", "only a function can"),
            ("torch.foo.tanh", "`tanh` is a function"),
            ("x!", "no factorial"),
            ("x // 2", "write `/` to divide"),
            ("x /* 2 */", "comment"),
            ("1e-400 + x", "too small"),
            ("1e400 * x", "too large"),
            ("x ** 2", "write `powi(x, 2)`"),
            ("x^2", "write `powi(x, 2)`"),
        ] {
            let error = Dag::parse(text).expect_err(text).to_string();
            assert!(error.contains(help), "{text}: {error}");
        }
    }
}
