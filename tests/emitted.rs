//! What `actsmith emit` and `activation!` write: compared with files that the compiler reads too.
//!
//! `ACTSMITH_BLESS=1 cargo test -p actsmith-tests --test emitted` writes the files anew.

use actsmith_codegen::{Activation, Formula, expand};
use candle_core::{DType, Device, Module, Result, Tensor, Var};
use candle_nn::{VarBuilder, VarMap};
use quote::quote;

// Formatted by the emitter itself; public as any emitted item.
#[rustfmt::skip]
#[allow(unreachable_pub)]
#[path = "goldens/discovered.rs"]
mod discovered;
#[rustfmt::skip]
#[allow(unreachable_pub)]
#[path = "goldens/swish.rs"]
mod swish;

use discovered::Discovered;
use swish::Swish;

const DISCOVERED: &str = "sigmoid(gelu(sigmoid(silu(x)) * silu(x))) * silu(x)";
const SWISH: &str = "x * sigmoid(beta * x)";

fn assert_golden(file: &str, name: &str, formula: &str) {
    let formula = Formula::parse(formula).expect("a formula");
    let activation = Activation::new(name, &formula, &[]).expect("an activation");
    let source = activation.to_source().expect("source");
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("goldens")
        .join(file);
    if std::env::var_os("ACTSMITH_BLESS").is_some() {
        std::fs::write(&path, &source).expect("a golden file");
    }
    let golden = std::fs::read_to_string(&path).expect("a golden file");
    assert!(
        source == golden,
        "{file} differs from what is emitted now:\n{source}"
    );
}

#[test]
fn emitted_source_is_the_golden_source() {
    assert_golden("discovered.rs", "Discovered", DISCOVERED);
    assert_golden("swish.rs", "Swish", SWISH);
}

#[test]
fn emitted_source_compiles_and_computes_the_formula() -> Result<()> {
    let xs = [-7.0, -1.3, -0.2, 0.0, 0.4, 2.0, 9.0];
    let gradient = Formula::parse(DISCOVERED)
        .expect("a formula")
        .with_gradient();
    let x = Var::new(&xs, &Device::Cpu)?;
    let y = Discovered.forward(&x)?;
    let slopes = y
        .backward()?
        .remove(&x)
        .expect("a gradient")
        .to_vec1::<f64>()?;
    for ((&x, y), slope) in xs.iter().zip(y.to_vec1::<f64>()?).zip(slopes) {
        let expected = gradient.eval(&[x]);
        assert!(
            (y - expected[0]).abs() <= 1e-13 && (slope - expected[1]).abs() <= 1e-13,
            "at {x}"
        );
    }
    let variables = VarMap::new();
    let swish = Swish::new(VarBuilder::from_varmap(
        &variables,
        DType::F32,
        &Device::Cpu,
    ))?;
    let loss = swish
        .forward(&Tensor::new(&[1f32, -2.0], &Device::Cpu)?)?
        .sum_all()?;
    let beta = variables.all_vars().remove(0);
    assert!(loss.backward()?.get(&beta).is_some(), "beta is trained");
    Ok(())
}

#[test]
fn a_mistake_becomes_one_compile_error_beside_a_stub() {
    let (candle, runtime) = (quote!(candle_core), quote!(actsmith::runtime));
    let cases = [
        (
            quote!(pub Wrong(x; beta = 1.0) = x * sigmoyd(beta * x);),
            "did you mean `sigmoid`?",
        ),
        (quote!(pub Wrong(x) = x ^ 2;), "write `powi(x, 2)`"),
        (
            quote!(pub Wrong(x; beta = 1.0) = silu(x);),
            "`beta` is never used",
        ),
        (
            quote!(pub Wrong(x; x = 1.0) = silu(x);),
            "the name `x` is taken already",
        ),
        (
            quote!(pub Wrong(x; beta = 1.0) = x * sigmoid(betta * x);),
            "did you mean `beta`?",
        ),
        (quote!(pub Wrong(x) = x * sqrt(-1);), "undefined everywhere"),
        (
            quote!(pub Wrong(x, gate) = silu(x);),
            "`gate` is never used",
        ),
        (
            quote!(pub Wrong(x; new = 1.0) = new * x;),
            "it names a method",
        ),
    ];
    for (declaration, expected) in cases {
        let tokens = expand(declaration, &candle, &runtime);
        let text = tokens.to_string();
        assert_eq!(text.matches("compile_error").count(), 1, "{text}");
        assert!(text.contains(expected), "{expected}: {text}");
        assert!(
            text.contains("pub struct Wrong"),
            "what uses the struct still compiles: {text}"
        );
    }
    let unread = [
        (quote!(pub Wrong(x, y, z) = x + y + z;), "one or two inputs"),
        (
            quote!(pub Wrong(x; #[per_channels(dim = 1)] a = 1.0) = a * x;),
            "expected `#[per_channel(dim = 1)]`",
        ),
        (
            quote!(pub Wrong(x; #[per_channel(axis = 1)] a = 1.0) = a * x;),
            "expected `#[per_channel(dim = 1)]`",
        ),
        (
            quote!(pub Wrong(x; #[per_channel(dim = 1)] a = 1.0, #[per_channel(dim = 2)] b = 1.0) = a * b * x;),
            "`a` varies along dimension 1",
        ),
        (
            quote!(pub Wrong(x; #[per_channel(dim = 1)] const a = 1.0) = a * x;),
            "a constant is one number",
        ),
        (
            quote!(pub Wrong(x; const a > 0 = 1.0) = a * x;),
            "needs no constraint",
        ),
        (
            quote!(pub Wrong(x; a > 1 = 2.0) = a * x;),
            "the one constraint is `> 0`",
        ),
        (
            quote!(pub Wrong(x; a > 0 = -1.0) = a * x;),
            "cannot start at -1",
        ),
    ];
    for (declaration, expected) in unread {
        let text = expand(declaration, &candle, &runtime).to_string();
        assert_eq!(text.matches("compile_error").count(), 1, "{text}");
        assert!(text.contains(expected), "{expected}: {text}");
    }
    let broken = expand(quote!(pub Wrong x), &candle, &runtime).to_string();
    assert_eq!(broken.matches("compile_error").count(), 1, "{broken}");
}
