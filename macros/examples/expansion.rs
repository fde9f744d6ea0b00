//! How long `activation!` takes to expand, in a build like a user's: procedural macros are compiled without optimisation there.
//!
//! `cargo run --profile unoptimised -p actsmith-macros --example expansion [FORMULA…]` prints the milliseconds of each formula,
//! and of all of them together as one model has them. Without formulas it takes twenty activations.

use std::time::Instant;

use actsmith_codegen::expand;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

const MODEL: [(&str, &str); 20] = [
    ("x", "x / (1 + exp(-x))"),
    ("x; beta = 1.0", "x * sigmoid(beta * x)"),
    ("x", "x * tanh(softplus(x))"),
    ("x", "0.5 * x * (1 + erf(x / sqrt(2)))"),
    (
        "x",
        "0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * cube(x))))",
    ),
    ("x", "max(x, 0)"),
    ("x", "square(relu(x))"),
    (
        "x; alpha = 1.0",
        "if x > 0 { x } else { alpha * (exp(x) - 1) }",
    ),
    ("x", "x * clamp(x / 6 + 0.5, 0, 1)"),
    ("x", "x * tanh(x)"),
    ("x", "sigmoid(gelu(sigmoid(silu(x)) * silu(x))) * silu(x)"),
    (
        "x",
        "0.3994 * gelu(0.4413 * square(x) + 0.5587 * gelu(x)) + 0.6006 * silu(x)",
    ),
    (
        "x; m = 0.0",
        "sigmoid(m) * relu(x) + (1 - sigmoid(m)) * x * sigmoid(x)",
    ),
    ("x", "atan(x) * sigmoid(x)"),
    ("x", "silu(leaky_relu(x) + sigmoid(x))"),
    (
        "x; alpha = 1.0",
        "x + square(sin(alpha * x)) / max(alpha, 0.001)",
    ),
    ("x", "x * exp(-abs(x))"),
    (
        "x",
        "asinh(sinh(clamp(x, -asinh(10), asinh(10))) + cube(x)) - gelu(x)",
    ),
    ("x", "x * ln(1 + exp(-square(x)))"),
    (
        "x",
        "relu(x) * 0.3272 + (0.4037 * 0.8004 + exp(min(x, ln(10))) * 0.0765) + leaky_relu(x) * 0.5962",
    ),
];

fn main() {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let model: Vec<(&str, &str)> = match given.is_empty() {
        true => MODEL.to_vec(),
        false => given
            .iter()
            .map(|formula| ("x", formula.as_str()))
            .collect(),
    };
    let mut whole = 0.0;
    for (index, (signature, formula)) in model.iter().enumerate() {
        let tokens = |text: &str| text.parse::<TokenStream>().expect("tokens");
        let (name, signature, formula) = (
            format_ident!("F{index}"),
            tokens(signature),
            tokens(formula),
        );
        let declaration = quote!(pub #name(#signature) = #formula;);
        let start = Instant::now();
        let expanded = expand(
            declaration,
            &quote!(candle_core),
            &quote!(actsmith::runtime),
        );
        let milliseconds = start.elapsed().as_secs_f64() * 1e3;
        whole += milliseconds;
        let mistakes = expanded.to_string().contains("compile_error");
        println!(
            "{milliseconds:8.1} ms  {}{}",
            model[index].1,
            if mistakes { "  (a mistake)" } else { "" }
        );
    }
    println!("{whole:8.1} ms  together");
}
