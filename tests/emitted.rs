//! What `actsmith emit` and `activation!` write: compared with files that the compiler reads too.
//!
//! `ACTSMITH_BLESS=1 cargo test -p actsmith-tests --test emitted` writes the files anew.

use actsmith_codegen::{Declaration, Formula, expand};
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
#[rustfmt::skip]
#[allow(unreachable_pub, dead_code, non_snake_case, non_camel_case_types)]
#[path = "goldens/names.rs"]
mod names;

use discovered::Discovered;
use swish::Swish;

const DISCOVERED: &str = "sigmoid(gelu(sigmoid(silu(x)) * silu(x))) * silu(x)";
const SWISH: &str = "x * sigmoid(beta * x)";

/// Names that Rust code uses for something else: each declaration in a module of its own.
const NAMES: &[&str] = &[
    "F(F) = F * 2",
    "A(x; None = 1.0, Some = 1.0, Ok = 1.0, Err = 1.0) = x * None + Some * Ok - Err",
    "A(None, None_; const Some = 2.0) = Some * None + None_",
    "A(A; a = 1.0) = a * A",
    "t0(x) = tanh(x) * (1 + tanh(x))",
    "N(x; N = 1.0, T = 2.0) = sin(exp(T * x)) + exp(sin(N * x))",
    "T(T; #[per_channel(dim = 1)] x = 1.0) = T * x",
    "Result(Option; Vec = 1.0, String = 1.0, Box = 1.0) = Option * Vec - String * Box",
    "Default(x; const Clone = 2.0, const Copy = 2.0) = Clone * x - Copy",
    "Tensor(xs; p = 1.0, f = 1.0, k = 1.0, by_xs = 1.0, tile = 1.0) = tanh(p * xs) * f + k * by_xs * tile",
    "vb(channels; #[per_channel(dim = 1)] vb = 1.0) = channels * vb",
    "channels(x; #[per_channel(dim = 1)] channels = 1.0) = x * channels",
    "Ok(x; const value = 1.0, NAME = 1.0, PARAMETERS = 1.0, gradient = 1.0) = x * value * NAME - PARAMETERS * gradient",
];

fn assert_golden(file: &str, name: &str, formula: &str) {
    let formula = Formula::parse(formula).expect("a formula");
    let declaration = Declaration::new(name, &formula, &[]).expect("a declaration");
    compare_with_golden(file, &declaration.to_source().expect("source"));
}

fn compare_with_golden(file: &str, source: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("goldens")
        .join(file);
    if std::env::var_os("ACTSMITH_BLESS").is_some() {
        std::fs::write(&path, source).expect("a golden file");
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
    let module = |(index, declaration): (usize, &&str)| {
        let (declared, _) = Declaration::parse(declaration)
            .expect("a declaration")
            .unwrap_or_else(|error| panic!("{error}"));
        let source = declared.to_source().expect("source");
        format!("// {declaration}\npub mod m{index} {{\n{source}}}\n")
    };
    let modules: String = NAMES.iter().enumerate().map(module).collect();
    compare_with_golden("names.rs", &modules);
}

#[test]
fn names_that_mean_something_to_rust_are_names_all_the_same() -> Result<()> {
    let x = Tensor::new(&[1.5, -0.5], &Device::Cpu)?;
    let values = |module: &dyn Module| module.forward(&x)?.to_vec1::<f64>();
    assert_eq!(values(&names::m0::F)?, [3.0, -1.0]);
    let number = |value: f64| Tensor::new(value, &Device::Cpu);
    let several =
        names::m1::A::from_tensors(number(2.0)?, number(3.0)?, number(5.0)?, number(7.0)?);
    assert_eq!(values(&several)?, [11.0, 7.0]);
    assert_eq!(several.Some().to_scalar::<f64>()?, 3.0);
    let gated = names::m2::A::default().with_Some(4.0).forward(&x, &x)?;
    assert_eq!(gated.to_vec1::<f64>()?, [7.5, -2.5]);
    assert_eq!(
        values(&names::m3::A::from_tensors(number(2.0)?))?,
        [3.0, -1.0]
    );
    Ok(())
}

#[test]
fn names_that_no_source_can_use_are_refused() {
    let named = |name: &str, formula: &str| {
        let formula = Formula::parse(formula).expect("a formula");
        Declaration::new(name, &formula, &[]).and_then(|declaration| declaration.to_source())
    };
    for (name, formula, fix) in [
        ("f64", "x * 2", "such as `MyActivation`"),
        ("candle_core", "x * 2", "such as `MyActivation`"),
        ("actsmith", "x * 2", "such as `MyActivation`"),
        ("Self", "x * 2", "write for example `MyActivation`"),
        ("gen", "x * 2", "write for example `MyActivation`"),
        ("r#fn", "x * 2", "write for example `MyActivation`"),
        ("_", "x * 2", "write for example `MyActivation`"),
        ("A", "x * new", "choose another name"),
        ("A", "x * FORMULA", "choose another name"),
    ] {
        let error = named(name, formula).expect_err(name).to_string();
        assert!(error.contains(fix), "{name}, {formula}: {error}");
    }
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
        let (value, derivatives) = gradient.at(&[x]);
        assert!(
            (y - value).abs() <= 1e-13 && (slope - derivatives[0]).abs() <= 1e-13,
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
            "the name `x` is already taken",
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
