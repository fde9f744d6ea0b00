//! Custom operations: what is refused, the cell with them, a search with them.

use actsmith_codegen::ir::Dag;
use actsmith_search::cell::packed::{CONSTANTS, pack};
use actsmith_search::cell::{Cell, fused};
use actsmith_search::engine::{Event, Found, Search, SearchConfig};
use actsmith_search::error::{Error, Result};
use actsmith_search::experiment::Specification;
use actsmith_search::genotype::Genotype;
use actsmith_search::objective::Metrics;
use actsmith_search::optim::{AdamConfig, OptimizerConfig};
use actsmith_search::report::Function;
use actsmith_search::space::{Choices, MOST_CUSTOM, Slot, Space};
use actsmith_search::task::Task;
use candle_core::{DType, Device, Module, Tensor, Var};

/// Operations that the tables have too, and some that they lack.
fn space() -> Result<Space> {
    Space::default()
        .with_unary("logistic", "1 / (1 + exp(-x))")?
        .with_unary("power", "x * x")?
        .with_unary("bell", "exp(-square(x))")?
        .with_unary("ramp", "if x > 0 { x } else { 0.01 * x }")?
        .with_unary("bump", "x * gaussian(x) - 0.1")?
        .with_unary("three", "3")?
        .with_unary(
            "long",
            "{ let t = tanh(x); let u = t * t + t; u * u * sin(u) + u * cos(u) - u * u * u }",
        )?
        .with_binary("gate", "sigmoid(a) * b")?
        .with_binary("apart", "exp(-abs(a - b))")?
        .with_binary("first", "a")?
        .with_binary("sum", "a + b - 0.5")
}

/// Value, slope, and gradients of the packed numbers of the cell at `x`.
struct Outcome {
    y: Vec<f64>,
    by_x: Vec<f64>,
    by_packed: Vec<f64>,
}

fn run(choices: &Choices, x: &[f64], packed: &[f64], dtype: DType) -> Result<Outcome> {
    let tensor = |values: &[f64]| Tensor::new(values, &Device::Cpu)?.to_dtype(dtype);
    let (x, packed) = (tensor(x)?, tensor(packed)?);
    let (x, packed) = (Var::from_tensor(&x)?, Var::from_tensor(&packed)?);
    let y = fused::apply(choices.clone(), &x, &packed)?;
    let gradients = y.backward()?;
    let values = |t: &Tensor| t.to_dtype(DType::F64)?.to_vec1::<f64>();
    let by = |var: &Var| values(gradients.get(var).expect("a gradient arrives"));
    Ok(Outcome {
        y: values(&y)?,
        by_x: by(&x)?,
        by_packed: by(&packed)?,
    })
}

/// Weight 1 for the operations of the genotype.
fn ones(genotype: &Genotype) -> Vec<f64> {
    let mut weights = vec![0.0; genotype.space().vector_length()];
    for slot in Slot::ALL {
        weights[slot.offset(genotype.index(slot))] = 1.0;
    }
    pack(&weights, &[0.6; CONSTANTS])
}

fn points(count: usize) -> Vec<f64> {
    (0..count)
        .map(|i| (i as f64 / count as f64 - 0.5) * 5.1 + 0.013)
        .collect()
}

fn assert_close(what: &str, ours: &[f64], theirs: &[f64], tolerance: f64) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (i, (a, b)) in ours.iter().zip(theirs).enumerate() {
        assert!(
            (a - b).abs() <= tolerance * (1.0 + b.abs()),
            "{what} {i}: {a} is not {b}"
        );
    }
}

/// The same function by its row of the table and by its formula, where the cell's bound is far from both: the two differ by a few roundings of each operation, which the
/// cell's slopes of at most some tens multiply.
#[test]
fn a_custom_operation_is_the_row_that_it_equals() -> Result<()> {
    let space = space()?;
    let twins = [
        ("logistic", "sigmoid"),
        ("power", "square"),
        ("bell", "gaussian"),
        ("ramp", "leaky_relu"),
        ("gate", "sigmoid_mul"),
        ("apart", "exp_sub_abs"),
        ("first", "left"),
    ];
    let frames = [
        "{u}-tanh-{b}-silu-{u}-{b}",
        "tanh-{u}-add-{u}-sigmoid-{b}",
        "silu-sinh-{b}-{u}-atan-sub",
    ];
    for (dtype, tolerance) in [(DType::F64, 1e-12), (DType::F32, 2e-5)] {
        for (own, row) in twins {
            let unary = space
                .genotype(&format!("{own}-abs-add-abs-abs-add"))
                .is_ok();
            for frame in frames {
                let text = |name: &str| match unary {
                    true => frame.replace("{u}", name).replace("{b}", "mul"),
                    false => frame.replace("{u}", "tanh").replace("{b}", name),
                };
                let of = |name: &str| -> Result<(Outcome, Vec<f64>)> {
                    let genotype = space.genotype(&text(name))?;
                    let choices = Choices::single(&genotype);
                    let outcome = run(&choices, &points(300), &ones(&genotype), dtype)?;
                    let (weights, constants) =
                        actsmith_search::cell::packed::unpack(&outcome.by_packed);
                    let of_slot = |slot: Slot| weights[slot.offset(genotype.index(slot))];
                    let gradients = [&Slot::ALL.map(of_slot), constants].concat();
                    Ok((outcome, gradients))
                };
                let ((ours, our_gradients), (theirs, gradients)) = (of(own)?, of(row)?);
                let what = text(own);
                assert_close(&what, &ours.y, &theirs.y, tolerance);
                assert_close(&what, &ours.by_x, &theirs.by_x, tolerance);
                // Sums of 300 terms.
                let of_sums = 300.0 * tolerance;
                assert_close(&what, &our_gradients, &gradients, of_sums);
            }
        }
    }
    Ok(())
}

/// The whole mixture, with all operations in: slopes and the gradients of weights are those of its values.
#[test]
fn gradients_are_those_of_the_values() -> Result<()> {
    let space = space()?;
    let choices = space.choices();
    let weights: Vec<f64> = (0..space.vector_length())
        .map(|i| 0.02 + 0.001 * (i % 17) as f64)
        .collect();
    let packed = pack(&weights, &[0.4; CONSTANTS]);
    // A block and a part of one.
    let x = points(150);
    let ours = run(&choices, &x, &packed, DType::F64)?;
    let step = 1e-6;
    let shifted = |by: f64| -> Vec<f64> { x.iter().map(|x| x + by).collect() };
    let right = run(&choices, &shifted(step), &packed, DType::F64)?.y;
    let left = run(&choices, &shifted(-step), &packed, DType::F64)?.y;
    let slopes: Vec<f64> = right
        .iter()
        .zip(&left)
        .map(|(right, left)| (right - left) / (2.0 * step))
        .collect();
    // A central difference errs by ε·f/h ≈ 10⁻⁹ and h²·f‴/6.
    assert_close("slope", &ours.by_x, &slopes, 1e-6);
    for index in (0..packed.len())
        .rev()
        .take(space.vector_length() - Slot::OPERATIONS)
    {
        let total = |by: f64| -> Result<f64> {
            let mut packed = packed.clone();
            packed[index] += by;
            Ok(run(&choices, &x, &packed, DType::F64)?.y.iter().sum())
        };
        let difference = (total(step)? - total(-step)?) / (2.0 * step);
        let gradient = ours.by_packed[index];
        assert!(
            (gradient - difference).abs() <= 1e-5 * (1.0 + difference.abs()),
            "{index}: {gradient} is not {difference}"
        );
    }
    Ok(())
}

/// What the genotype's formula says is what the cell computes, inside and beyond the bound, for all operations in all slots.
#[test]
fn formulas_are_what_the_cell_computes() -> Result<()> {
    let space = space()?;
    let x = [points(40), vec![-40.0, -13.1, 4.6, 11.8, 90.0]].concat();
    for slot in Slot::ALL {
        for custom in space.custom(slot) {
            let mut names = ["neg", "silu", "sub", "identity", "tanh", "add"];
            names[slot as usize] = custom.name();
            let genotype = space.genotype(&names.join("-"))?;
            assert_eq!(genotype.to_string(), names.join("-"));
            let ours = run(
                &Choices::single(&genotype),
                &x,
                &ones(&genotype),
                DType::F64,
            )?;
            let text = genotype.formula(true);
            let gradient = Dag::parse(&text)
                .unwrap_or_else(|error| panic!("{text}: {error}"))
                .with_gradient();
            let (values, derivatives): (Vec<f64>, Vec<Vec<f64>>) =
                x.iter().map(|&x| gradient.at(&[x])).unzip();
            // A few roundings an operation.
            assert_close(&text, &ours.y, &values, 1e-12);
            assert_close(&text, &ours.by_x, &derivatives.concat(), 1e-12);
        }
    }
    let bounded = |text: &str| space.genotype(text).map(|found| found.formula(true));
    assert_eq!(
        bounded("power-logistic-gate-tanh-bump-first")?,
        "clamp(tanh(clamp(sigmoid(clamp(x * x, -10, 10)) * (1 / (1 + exp(-x))), -10, 10)), -10, 10)"
    );
    let free = space.genotype("three-ramp-sum-bump-three-sum")?;
    assert_eq!(
        free.formula(false),
        "((3 + (if x > 0 { x } else { 0.01 * x }) - 0.5) * gaussian(3 + (if x > 0 { x } else { 0.01 * x }) - 0.5) - 0.1) + 3 - 0.5"
    );
    assert_eq!(free.bounded_slots().len(), 4);
    Ok(())
}

#[test]
fn mistakes_name_the_fix() {
    let unary = |name: &str, formula: &str| refusal(Space::default().with_unary(name, formula));
    let binary = |name: &str, formula: &str| refusal(Space::default().with_binary(name, formula));
    for (message, parts) in [
        (unary("two-fold", "2 * x"), &["`two-fold`", "letters"][..]),
        (unary("", "x"), &["letters"]),
        (unary("1st", "x"), &["no digit first"]),
        (unary("silu", "x"), &["`silu`", "built-in"]),
        (unary("swish", "x"), &["built-in"]),
        (unary("gaussian", "x"), &["built-in"]),
        (binary("sig_mul", "a"), &["built-in"]),
        (
            unary("f", "x * gausian(x)"),
            &["`f`", "gausian", "^", "gaussian"],
        ),
        (unary("f", "x * "), &["`f`", "^"]),
        (unary("f", ""), &["empty"]),
        (
            unary("f", "alpha * x"),
            &["`alpha`", "write numbers", "`x`"],
        ),
        (binary("f", "a * x"), &["`x`", "`a` and `b`"]),
        (
            unary("f", "ln(x)"),
            &["`ln(x)`", "x <= 0", "ln(abs(x) + 0.001)"],
        ),
        (
            unary("f", "if x < 0 { -sqrt(-x) } else { sqrt(x) }"),
            &["derivative with respect to `x`", "x = 0"],
        ),
        (binary("f", "a / b"), &["b = 0"]),
        (unary("f", "ln(-1)"), &["`f`", "-1"]),
        (
            unary("f", "exp(x) / (exp(x) + square(x) + 1)"),
            &["not finite", "x = ", "overflows"],
        ),
        (
            binary("f", "exp(b) / (exp(b) + square(a) + 1)"),
            &["not finite", "b = "],
        ),
        (
            refusal(Space::default().declare_unary("bump = x * gaussian(x)")),
            &["declares no unary", "bump(x) = "],
        ),
        (
            refusal(Space::default().declare_unary("gate(a, b) = a * b")),
            &["declares no unary"],
        ),
        (
            refusal(Space::default().declare_binary("gate(a) = a")),
            &["declares no binary", "gate(a, b) = "],
        ),
    ] {
        for part in parts {
            assert!(message.contains(part), "{message}\nlacks {part}");
        }
    }
    let twice = Space::wide().with_unary("f", "2 * x");
    assert!(refusal(twice.and_then(|space| space.with_unary("f", "x"))).contains("twice"));
    // The names of one kind may be those of the other.
    let both = Space::default().with_unary("mul", "2 * x");
    assert!(
        both.and_then(|space| space.with_binary("silu", "a"))
            .is_ok()
    );
    let many = (0..=MOST_CUSTOM).try_fold(Space::default(), |space, i| {
        space.with_unary(&format!("f{i}"), "x")
    });
    assert!(refusal(many).contains("at most 32"));
}

fn refusal(space: Result<Space>) -> String {
    match space {
        Err(error @ Error::Invalid(_)) => error.to_string(),
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn a_space_is_written_and_read() -> Result<()> {
    for (space, text) in [(Space::default(), "default"), (Space::wide(), "wide")] {
        let json = serde_json::to_value(&space).expect("JSON");
        assert_eq!(json, text);
        assert_eq!(
            serde_json::from_value::<Space>(json).expect("a space"),
            space
        );
    }
    for space in [space()?, Space::wide().with_binary("gate", "a*sigmoid(b)")?] {
        let config = Specification {
            space: space.clone(),
            ..Specification::default()
        };
        let toml = config.to_toml()?;
        assert!(toml.contains("gate(a, b) = "), "{toml}");
        assert_eq!(Specification::from_toml(&toml)?, config, "{toml}");
        let json = serde_json::to_string(&space).expect("JSON");
        let read: Space = serde_json::from_str(&json).expect("a space");
        assert_eq!(read, space, "{json}");
    }
    let toml = Specification::default().to_toml()?;
    let with = |space: &str| {
        let text = toml.replace("space = \"default\"", space);
        Specification::from_toml(&text)
            .expect_err("no space")
            .to_string()
    };
    assert!(with("space = \"defualt\"").contains("`default` or `wide`"));
    let undefined = "space = { rows = \"wide\", unary = [\"f(x) = ln(x)\"] }";
    assert!(with(undefined).contains("`ln(x)` is undefined where x <= 0"));
    assert!(with("space = { rows = \"wide\", ternary = [] }").contains("ternary"));
    Ok(())
}

/// Fits `wave(x) = sin(3x)·e^(−x²/8)`, which no function of the tables comes near: the loss is least with the operation that is it.
struct Fit {
    site: Box<dyn Module + Send + Sync>,
    scale: Var,
    x: Tensor,
    y: Tensor,
}

const WAVE: &str = "sin(3 * x) * exp(-square(x) / 8)";

impl Fit {
    fn new(cell: &Cell) -> Result<Self> {
        let x = points(64);
        let y: Vec<f32> = x
            .iter()
            .map(|x| ((3.0 * x).sin() * (-x * x / 8.0).exp()) as f32)
            .collect();
        let x: Vec<f32> = x.into_iter().map(|x| x as f32).collect();
        Ok(Self {
            site: Box::new(cell.site("only")),
            scale: Var::new(&[0.9f32], &Device::Cpu)?,
            x: Tensor::new(x, &Device::Cpu)?,
            y: Tensor::new(y, &Device::Cpu)?,
        })
    }

    fn loss(&self) -> Result<Tensor> {
        let y = self.site.forward(&self.x)?.broadcast_mul(&self.scale)?;
        Ok((y - &self.y)?.sqr()?.mean_all()?)
    }
}

impl Task for Fit {
    fn variables(&self) -> Vec<(String, Var)> {
        vec![("scale".to_owned(), self.scale.clone())]
    }
    fn training_loss(&mut self, _: u64) -> Result<Tensor> {
        self.loss()
    }
    fn validation_loss(&mut self, _: u64) -> Result<Tensor> {
        self.loss()
    }
    fn evaluate(&mut self) -> Result<Metrics> {
        Ok(Metrics {
            loss: f64::from(self.loss()?.to_scalar::<f32>()?),
            accuracy: None,
        })
    }
}

fn fit(space: Space) -> Result<Search<Fit>> {
    let cell = Cell::new(space, 4)?;
    let task = Fit::new(&cell)?;
    let config = SearchConfig {
        periods: 60,
        steps_per_period: 4,
        warm_periods: 0,
        shrink_start: 20,
        report_every: 20,
        architecture_rate: 0.05,
        optimizer: OptimizerConfig::Adam(AdamConfig::default()),
        rate: 1e-2,
        final_rate: 1e-3,
        clip: None,
        ..SearchConfig::default()
    };
    Search::new(config, cell, task)
}

#[test]
fn a_search_finds_and_resumes_with_a_custom_operation() -> Result<()> {
    let space = || {
        Space::default()
            .with_unary("wave", WAVE)?
            .with_binary("gate", "a * sigmoid(b)")
    };
    let path = std::env::temp_dir().join(format!(
        "actsmith-custom-{}.safetensors",
        std::process::id()
    ));
    let mut whole = fit(space()?)?;
    let mut removed = Vec::new();
    let found = whole.run(None, &mut |event| {
        if let Event::Removed { operation, .. } = event {
            removed.push(operation.clone());
        }
    })?;
    // Every slot has lost all operations but one.
    assert_eq!(removed.len(), 4 * 24 + 2 * 10 - 6);
    assert!(removed.iter().any(|name| name == "gate"), "{removed:?}");
    let [only] = &found.functions[..] else {
        panic!("one group")
    };
    assert!(only.genotype.to_string().contains("wave"), "{found:?}");
    let without = fit(Space::default())?.run(None, &mut |_| {})?;
    assert!(
        found.metrics.loss < without.metrics.loss,
        "{found:?}, {without:?}"
    );
    let function = Function::new(&only.genotype, &only.constants)?;
    assert!(function.formulas().raw.contains("sin(3 * "), "{function:?}");
    assert!(function.at(0.7)[0].is_finite());

    let mut half = fit(space()?)?;
    for _ in 0..120 {
        half.advance(None, &mut |_| {})?;
    }
    half.save(&path)?;
    let mut rest = fit(space()?)?;
    rest.load(&path)?;
    let resumed: Found = rest.run(None, &mut |_| {})?;
    assert_eq!(resumed, found);

    let other = Space::default().with_unary("wave", "sin(2 * x)")?;
    for space in [Space::default(), Space::wide(), other] {
        let mut another = fit(space)?;
        let refused = another.load(&path).expect_err("another space").to_string();
        assert!(
            refused.contains("another `space`") && refused.contains("wave(x) = sin(3 * x)"),
            "{refused}"
        );
    }
    std::fs::remove_file(&path).expect("removed");
    Ok(())
}
