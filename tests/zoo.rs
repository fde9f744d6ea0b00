//! The named activations against values that mpmath computed with 90 digits, and their names.

use actsmith::zoo::{self, Named};
use actsmith_codegen::Formula;
use actsmith_codegen::number::Number;
use candle_core::{Device, Module, Result, Tensor, Var};
use candle_nn::{VarBuilder, VarMap};

/// Value and derivative of an activation at each of `xs`, as a training step computes them.
fn both(activation: &Named, xs: &[f32]) -> Result<(Vec<f32>, Vec<f32>)> {
    let x = Var::new(xs, &Device::Cpu)?;
    let y = activation.forward(&x)?;
    let slopes = y.backward()?.remove(&x).expect("a gradient").to_vec1()?;
    Ok((y.to_vec1()?, slopes))
}

/// How far `got` is from `want` in units in the last place of f32, infinite if only one of them is finite.
fn ulps(got: f32, want: f64) -> f64 {
    let rounded = want as f32;
    if !got.is_finite() || !rounded.is_finite() {
        return if got == rounded { 0.0 } else { f64::INFINITY };
    }
    let exponent = if want == 0.0 {
        -126
    } else {
        libm::ilogb(want).max(-126)
    };
    (f64::from(got) - want).abs() / libm::ldexp(1.0, exponent - 23)
}

/// How far a value or a derivative may be off.
#[derive(Clone, Copy)]
enum Bound {
    /// Units in the last place.
    Ulps(f64),
    /// Digits cancel: this much, whatever the size of the result.
    Absolute(f64),
}

/// Half a unit in the last place of 1.
const HALF: f64 = 1.0 / (1u32 << 24) as f64;
const SINGLE: Bound = Bound::Ulps(2.0);
const COMPOSED: Bound = Bound::Ulps(4.0);

/// Bounds of value and derivative at x: 2 ULP for one function, 4 for a composition, and the exceptions with their reason.
#[rustfmt::skip]
fn bounds(name: &str, x: f64) -> [Bound; 2] {
    use Bound::{Absolute, Ulps};
    let size = x.abs();
    let slope = match name {
        // (cos πx - sinc x)/x has a zero in every interval between integers.
        "sinc" if size > 1.2 => Absolute(HALF / size),
        // The reference's difference quotient gives 0 there.
        "gaussian" | "sinc" if size < 1e-37 => Absolute(4e-38),
        // -2x times the half unit of a subnormal.
        "gaussian" if size > 9.0 => Ulps(size + 1.0),
        // A sum vanishes near -1.28, -1.19 and -0.75.
        "silu" if (-1.6..-0.8).contains(&x) => Absolute(HALF),
        "mish" if (-2.8..-0.8).contains(&x) => Absolute(HALF),
        "gelu_tanh" if (-1.4..-0.5).contains(&x) => Absolute(HALF),
        "gelu" => Ulps(5.0),
        // x/3 + ½ vanishes at -1.5.
        "hardswish" => Ulps(6.0),
        "relu" | "relu6" | "leaky_relu" | "elu" | "softplus" | "log_sigmoid" | "hardsigmoid" => SINGLE,
        _ => COMPOSED,
    };
    let value = if name == "mish" { COMPOSED } else { SINGLE };
    [value, slope]
}

#[test]
fn values_and_derivatives_are_exact_to_the_last_bits() -> Result<()> {
    let text = include_str!("../codegen/tests/data/activations.json");
    let data: serde_json::Value = serde_json::from_str(text).expect("the reference");
    let tables = data["activations"].as_object().expect("activations");
    assert!(tables.len() > 20, "the reference lost its activations");
    let mut beyond = Vec::new();
    for (name, rows) in tables {
        let activation = zoo::by_name(name)?;
        let rows = rows.as_array().expect("rows").iter();
        let rows = rows.map(|row| {
            let digits = |column: usize| row[column].as_str().expect("digits");
            let number = |column: usize| digits(column).parse::<f64>().expect("a number");
            (row[0].as_f64().expect("x") as f32, number(1), number(2))
        });
        let rows: Vec<(f32, f64, f64)> = rows.collect();
        let xs: Vec<f32> = rows.iter().map(|row| row.0).collect();
        let (values, slopes) = both(&activation, &xs)?;
        for ((&(x, value, slope), y), dy) in rows.iter().zip(values).zip(slopes) {
            let bounds = bounds(name, x.into());
            for (kind, bound, got, want) in [
                ("value", bounds[0], y, value),
                ("derivative", bounds[1], dy, slope),
            ] {
                let (error, most, unit) = match bound {
                    Bound::Ulps(most) => (ulps(got, want), most, "ULP"),
                    Bound::Absolute(most) => ((f64::from(got) - want).abs(), most, "absolute"),
                };
                if error > most || got.is_nan() {
                    beyond.push(format!(
                        "{name}, {kind} at {x:e}: {got:e}, {error:.3e} {unit}"
                    ));
                }
            }
        }
    }
    assert!(beyond.is_empty(), "{}", beyond.join("\n"));
    Ok(())
}

/// Where f32 holds the true value and derivative, so does what is computed, to all digits but those that an exponent of this size loses:
/// at the ends of the range, where squares and π·x overflow, and in the tails, where 1 − tanh² and the like cancel.
#[test]
fn nothing_overflows_and_tails_keep_their_digits() -> Result<()> {
    let sizes = [
        1e-45,
        1e-39,
        1.2e-38,
        1e-30,
        1e-10,
        0.3,
        5.0,
        9.0,
        17.0,
        40.0,
        60.0,
        86.0,
        95.0,
        103.0,
        1e3,
        4_194_304.0,
        8_388_609.0,
        1e10,
        1e19,
        2e19,
        1e30,
        1e38,
        1.8e38,
        f32::MAX,
    ];
    let xs: Vec<f32> = sizes.into_iter().flat_map(|x| [x, -x]).collect();
    let mut beyond = Vec::new();
    for names in zoo::NAMES {
        let activation = zoo::by_name(names[0])?;
        let formula = Formula::parse(&activation.formula()).expect("a formula");
        let gradient = formula.with_gradient();
        let fixed: Vec<f64> = gradient.variables[1..]
            .iter()
            .map(|name| if name == "slope" { 0.01 } else { 1.0 })
            .collect();
        let (values, slopes) = both(&activation, &xs)?;
        for ((&x, y), slope) in xs.iter().zip(values).zip(slopes) {
            let point: Vec<f64> = std::iter::once(f64::from(x))
                .chain(fixed.iter().copied())
                .collect();
            let (value, derivatives) = gradient.at(&point);
            for (kind, got, want) in [("value", y, value), ("derivative", slope, derivatives[0])] {
                if want.abs() > f64::from(f32::MAX) {
                    continue;
                }
                // 1/|x|, where the square of x is no f32: it comes out as 0.
                if names[0] == "squareplus" && x < -1.8e19 && got == 0.0 {
                    continue;
                }
                let size = f64::from(x.abs()).min(128.0);
                // Digits that an exponent of this size loses; a few dozen units of what is subnormal.
                let slack = (6.0 + size) * 2.0 * HALF * want.abs() + 64.0 * 1.5e-45;
                let error = (f64::from(got) - want).abs();
                if error > slack || !got.is_finite() {
                    beyond.push(format!(
                        "{}, {kind} at {x:e}: {got:e}, true {want:e}",
                        names[0]
                    ));
                }
            }
        }
    }
    assert!(beyond.is_empty(), "{}", beyond.join("\n"));
    Ok(())
}

#[test]
fn every_name_gives_the_function_that_its_formula_says() -> Result<()> {
    let xs: Vec<f32> = (-80..=80).map(|i| i as f32 * 0.11).collect();
    let number = |text: &str| Number::parse(text).expect("a number");
    let usual = [
        ("slope".to_owned(), number("0.01")),
        ("alpha".to_owned(), number("1")),
    ];
    for names in zoo::NAMES {
        let first = zoo::by_name(names[0])?;
        assert_eq!(first.name(), names[0]);
        let formula = Formula::parse(&first.formula()).expect("a formula");
        let formula = formula.with_constants(&usual);
        let gradient = formula.with_gradient();
        let (values, slopes) = both(&first, &xs)?;
        for ((&x, y), slope) in xs.iter().zip(values).zip(slopes) {
            let (value, derivatives) = gradient.at(&[f64::from(x)]);
            for (got, want) in [(y, value), (slope, derivatives[0])] {
                assert!(
                    (f64::from(got) - want).abs() <= 4e-6 * (1.0 + want.abs()),
                    "{}({x}): {got}, not {want}",
                    names[0]
                );
            }
        }
        for name in *names {
            assert_eq!(zoo::by_name(name)?.name(), first.name(), "{name}");
        }
    }
    Ok(())
}

/// What the configurations of Hugging Face and the classes and functions of PyTorch say.
#[test]
fn the_names_of_others_are_known() -> Result<()> {
    for (name, first) in [
        ("gelu_10", "gelu_10"),
        ("gelu_fast", "gelu_tanh"),
        ("gelu_new", "gelu_tanh"),
        ("gelu_python", "gelu"),
        ("gelu_pytorch_tanh", "gelu_tanh"),
        ("gelu_python_tanh", "gelu_tanh"),
        ("gelu_accurate", "gelu_tanh"),
        ("laplace", "laplace"),
        ("leaky_relu", "leaky_relu"),
        ("linear", "linear"),
        ("quick_gelu", "quick_gelu"),
        ("relu2", "relu2"),
        ("relu_squared", "relu2"),
        ("relu6", "relu6"),
        ("swish", "silu"),
        ("hard_swish", "hardswish"),
        ("CELU", "celu"),
        ("ELU", "elu"),
        ("GELU", "gelu"),
        ("Hardshrink", "hardshrink"),
        ("Hardsigmoid", "hardsigmoid"),
        ("Hardswish", "hardswish"),
        ("Hardtanh", "hardtanh"),
        ("Identity", "linear"),
        ("LeakyReLU", "leaky_relu"),
        ("LogSigmoid", "log_sigmoid"),
        ("logsigmoid", "log_sigmoid"),
        ("Mish", "mish"),
        ("RReLU", "rrelu"),
        ("ReLU", "relu"),
        ("ReLU6", "relu6"),
        ("SELU", "selu"),
        ("SiLU", "silu"),
        ("Sigmoid", "sigmoid"),
        ("Softplus", "softplus"),
        ("Softshrink", "softshrink"),
        ("Softsign", "softsign"),
        ("Tanh", "tanh"),
        ("Tanhshrink", "tanhshrink"),
    ] {
        assert_eq!(zoo::by_name(name)?.name(), first, "{name}");
    }
    Ok(())
}

#[test]
fn no_two_activations_share_a_name() {
    let plain = |name: &&str| name.replace('_', "");
    let mut all: Vec<String> = zoo::NAMES
        .iter()
        .flat_map(|names| *names)
        .map(plain)
        .collect();
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), count);
}

#[test]
fn unknown_names_get_the_nearest_one() {
    let error = |name: &str| zoo::by_name(name).expect_err("no such name").to_string();
    assert!(
        error("gleu").contains("did you mean `gelu`?"),
        "{}",
        error("gleu")
    );
    assert!(
        error("softmax_of_all").contains("zoo::NAMES"),
        "{}",
        error("softmax_of_all")
    );
    assert!(error("").contains("zoo::NAMES"), "{}", error(""));
    assert!(error("PReLU").contains("new(vb)"), "{}", error("PReLU"));
}

#[test]
fn trained_activations_start_where_their_papers_say() -> Result<()> {
    let variables = VarMap::new();
    let vb = VarBuilder::from_varmap(&variables, candle_core::DType::F64, &Device::Cpu);
    let x = Tensor::new(&[-2f64, 0.0, 3.0], &Device::Cpu)?;
    let prelu = zoo::PRelu::new(vb.pp("prelu"))?;
    assert_eq!(prelu.forward(&x)?.to_vec1::<f64>()?, [-0.5, 0.0, 3.0]);
    let swish = zoo::Swish::new(vb.pp("swish"))?;
    let silu = zoo::Silu.forward(&x)?.to_vec1::<f64>()?;
    for (a, b) in swish.forward(&x)?.to_vec1::<f64>()?.into_iter().zip(silu) {
        assert!((a - b).abs() <= 1e-15, "{a} is not {b}");
    }
    let star = zoo::StarRelu::new(vb.pp("star"))?;
    assert_eq!(
        star.forward(&x)?.to_vec1::<f64>()?,
        [-0.4472, -0.4472, 9.0 * 0.8944 - 0.4472]
    );
    let xielu = zoo::XIelu::new(vb.pp("xielu"))?
        .forward(&x)?
        .to_vec1::<f64>()?;
    let below = 0.8 * ((-2f64).exp_m1() + 2.0) - 1.0;
    for (found, exact) in xielu.into_iter().zip([below, 0.0, 0.8 * 9.0 + 1.5]) {
        assert!((found - exact).abs() <= 1e-12, "{found}, not {exact}");
    }
    let snake = zoo::Snake::new(vb.pp("snake"))?;
    let loss = (snake.forward(&x)? + star.forward(&x)? + prelu.forward(&x)?)?.sum_all()?;
    let gradients = loss.backward()?;
    let trained = variables.all_vars();
    let reached = trained
        .iter()
        .filter(|var| gradients.get(var).is_some())
        .count();
    assert_eq!(
        (trained.len(), reached),
        (7, 4),
        "all but Swish and XIelu take part"
    );
    Ok(())
}

#[test]
fn constants_channels_and_gates() -> Result<()> {
    let x = Tensor::new(&[[-2f64, 4.0], [1.0, -8.0]], &Device::Cpu)?;
    let values = |y: Tensor| y.flatten_all()?.to_vec1::<f64>();
    let leaky = zoo::LeakyRelu::default().with_slope(0.25);
    assert_eq!(values(leaky.forward(&x)?)?, [-0.5, 4.0, 1.0, -2.0]);
    let elu = zoo::Elu::default().with_alpha(2.0);
    assert_eq!(values(elu.forward(&x)?)?[0], 2.0 * (-2f64).exp_m1());
    let variables = VarMap::new();
    let vb = VarBuilder::from_varmap(&variables, candle_core::DType::F64, &Device::Cpu);
    let prelu = zoo::ChannelPRelu::new(2, vb)?;
    assert_eq!(values(prelu.forward(&x)?)?, [-0.5, 4.0, 1.0, -2.0]);
    assert_eq!(prelu.a().dims(), [2]);
    let gate = Tensor::new(&[[1f64, -1.0], [0.0, 0.5]], &Device::Cpu)?;
    assert_eq!(
        values(zoo::ReGlu.forward(&x, &gate)?)?,
        [-2.0, 0.0, 0.0, -4.0]
    );
    let silu = values(zoo::Silu.forward(&gate)?)?;
    for (found, (x, silu)) in values(zoo::SwiGlu.forward(&x, &gate)?)?
        .into_iter()
        .zip(values(x)?.into_iter().zip(silu))
    {
        assert!((found - x * silu).abs() <= 1e-15 * x.abs(), "{found}");
    }
    Ok(())
}

/// What a name computes reads back, with the values of its constants.
#[test]
fn formulas_read_back_with_their_values() -> Result<()> {
    for (name, formula) in [
        ("elu", "elu(x, 1)"),
        ("celu", "celu(x, 1)"),
        ("leaky_relu", "leaky_relu(x, 0.01)"),
        ("silu", "silu(x)"),
    ] {
        assert_eq!(zoo::by_name(name)?.formula(), formula);
    }
    let xs: Vec<f64> = (-40..40).map(|i| f64::from(i) * 0.23).collect();
    let x = Tensor::new(&xs[..], &Device::Cpu)?;
    for names in zoo::NAMES {
        let named = zoo::by_name(names[0])?;
        let [value, slope] = [named.formula(), named.derivative()].map(|text| {
            let formula = Formula::parse(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
            formula
                .activation()
                .unwrap_or_else(|error| panic!("{text}: {error}"))
        });
        let x = candle_core::Var::from_tensor(&x)?;
        let y = named.forward(&x)?;
        let by_x = y
            .backward()?
            .get(&x)
            .expect("a gradient")
            .to_vec1::<f64>()?;
        let read = [
            value.forward(&x)?.to_vec1::<f64>()?,
            slope.forward(&x)?.to_vec1::<f64>()?,
        ];
        for (read, computed) in read
            .iter()
            .flatten()
            .zip(y.to_vec1::<f64>()?.iter().chain(&by_x))
        {
            // Read anew, a formula may be simplified further.
            let near = (read - computed).abs() <= 1e-13 * computed.abs().max(1.0);
            assert!(near, "{named:?}: {read}, not {computed}");
        }
    }
    Ok(())
}

/// What has a name in the zoo has it in formulas, for the same function.
#[test]
fn every_name_is_a_function_of_formulas() -> Result<()> {
    for name in zoo::NAMES.iter().flat_map(|names| *names) {
        let named = zoo::by_name(name)?;
        let formula = Formula::parse(&format!("{name}(x)")).unwrap_or_else(|e| panic!("{e}"));
        let x = Tensor::new(&[-2f64, -0.3, 0.0, 0.7, 3.0], &Device::Cpu)?;
        let (a, b) = (
            named.forward(&x)?,
            formula.activation().expect("an activation").forward(&x)?,
        );
        for (a, b) in a.to_vec1::<f64>()?.into_iter().zip(b.to_vec1::<f64>()?) {
            assert!((a - b).abs() <= 1e-14 * a.abs(), "{name}: {a} and {b}");
        }
    }
    for (class, function) in [
        ("LogSigmoid", "log_sigmoid"),
        ("QuickGELU", "quick_gelu"),
        ("ReLU2", "relu2"),
    ] {
        let parse =
            |name: &str| Formula::parse(&format!("{name}(x)")).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(parse(class), parse(function));
    }
    Ok(())
}
