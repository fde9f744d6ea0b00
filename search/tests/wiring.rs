//! What a search says of a network that is wired in a way that trains nothing, and of what it cannot tell apart.

use actsmith_search::cell::Cell;
use actsmith_search::engine::{Event, Search, SearchConfig, StrategyKind};
use actsmith_search::error::{Error, Result};
use actsmith_search::genotype::{Constants, Genotype};
use actsmith_search::models::{initialize, variables};
use actsmith_search::report::Function;
use actsmith_search::space::Space;
use actsmith_search::task::Losses;
use candle_core::{DType, Device, Module, Tensor, Var};
use candle_nn::{Linear, RmsNorm, VarBuilder, VarMap, linear, rms_norm};

fn config() -> SearchConfig {
    SearchConfig {
        periods: 3,
        steps_per_period: 1,
        shrink_start: 1,
        ..SearchConfig::default()
    }
}

/// `head(x + second(cell(norm(first(x)))))` in the type of the variables, or in another.
struct Network {
    first: Linear,
    norm: Option<RmsNorm>,
    second: Linear,
    head: Linear,
    site: actsmith_search::cell::Site,
    /// What the activation computes in.
    inside: DType,
}

impl Network {
    fn new(cell: &Cell, vars: &VarMap, dtype: DType, normed: bool) -> Result<Self> {
        let vb = VarBuilder::from_varmap(vars, dtype, &Device::Cpu);
        let network = Self {
            first: linear(4, 4, vb.pp("first"))?,
            norm: match normed {
                true => Some(rms_norm(4, 1e-5, vb.pp("norm"))?),
                false => None,
            },
            second: linear(4, 4, vb.pp("second"))?,
            head: linear(4, 1, vb.pp("head"))?,
            site: cell.site("hidden"),
            inside: dtype,
        };
        initialize(vars, 1)?;
        Ok(network)
    }

    fn loss(&self, number: u64) -> Result<Tensor> {
        let x =
            Tensor::arange(0f32, 32.0, &Device::Cpu)?.affine(0.1, number as f64 * 0.01 - 1.6)?;
        let x = x.reshape((8, 4))?.to_dtype(self.first.weight().dtype())?;
        let hidden = self.first.forward(&x)?;
        let hidden = match &self.norm {
            Some(norm) => norm.forward(&hidden)?,
            None => hidden,
        };
        let active = self.site.forward(&hidden.to_dtype(self.inside)?)?;
        assert_eq!(active.dtype(), self.inside);
        let hidden = (&x + self.second.forward(&active.to_dtype(x.dtype())?)?)?;
        let y = self.head.forward(&hidden)?;
        Ok(y.sub(&x.sum_keepdim(1)?.sin()?)?.sqr()?.mean_all()?)
    }

    fn search(&self, cell: Cell, variables: Vec<(String, Var)>) -> Result<Vec<Event>> {
        let task = Losses::new(variables, |n| self.loss(n), |n| self.loss(1000 + n));
        let mut events = Vec::new();
        Search::new(config(), cell, task)?.run(None, &mut |event| events.push(event.clone()))?;
        Ok(events)
    }
}

fn refused<T>(result: Result<T>, parts: &[&str]) {
    match result {
        Err(Error::Invalid(message)) => {
            for part in parts {
                assert!(message.contains(part), "{part}: {message}");
            }
        }
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("taken: {parts:?}"),
    }
}

#[test]
fn a_task_whose_variables_nothing_trains_is_refused() -> Result<()> {
    let attempt = |variables: Vec<(String, Var)>| {
        let cell = Cell::new(Space::default(), 0)?;
        let network = Network::new(&cell, &VarMap::new(), DType::F32, false)?;
        network.search(cell, variables)
    };
    refused(
        attempt(Vec::new()),
        &["no variables", "`variables(&var_map)`"],
    );
    let other = VarMap::new();
    linear(
        4,
        4,
        VarBuilder::from_varmap(&other, DType::F32, &Device::Cpu),
    )?;
    refused(
        attempt(variables(&other)),
        &[
            "gradient for none",
            "`bias`, `weight`",
            "the network was built",
        ],
    );
    Ok(())
}

/// candle's fused norm has no backward pass: what stands before it in a residual block is never trained.
#[test]
fn variables_without_a_gradient_are_named_once() -> Result<()> {
    let run = |normed: bool| -> Result<Vec<Event>> {
        let (cell, vars) = (Cell::new(Space::default(), 0)?, VarMap::new());
        let network = Network::new(&cell, &vars, DType::F32, normed)?;
        network.search(cell, variables(&vars))
    };
    let unreached = |events: &[Event]| -> Vec<Event> {
        let told = |event: &&Event| matches!(event, Event::Unreached { .. });
        events.iter().filter(told).cloned().collect()
    };
    assert_eq!(unreached(&run(false)?), []);
    let told = unreached(&run(true)?);
    let names = ["first.bias", "first.weight", "norm.weight"];
    let variables = names.map(str::to_owned).to_vec();
    assert_eq!(told, [Event::Unreached { variables }]);
    let line =
        "no gradient reaches `first.bias`, `first.weight`, `norm.weight`: nothing trains them";
    assert_eq!(told[0].to_string(), line);
    Ok(())
}

#[test]
fn two_sites_of_one_name_are_refused_and_a_shared_one_is_not() -> Result<()> {
    let x = Var::new(&[0.5f32, -1.0], &Device::Cpu)?;
    let attempt = |cell: &Cell| {
        let loss = |_| Ok(cell.site("late").forward(&x)?.mean_all()?);
        let variables = vec![("x".to_owned(), x.clone())];
        Search::new(config(), cell.clone(), Losses::new(variables, loss, loss)).map(|_| ())
    };
    let cell = Cell::new(Space::default(), 0)?;
    let (first, _) = (cell.site("block"), cell.group("other")?.site("block"));
    let _shared = first.clone();
    attempt(&cell)?;
    let _second = cell.site("block");
    refused(attempt(&cell), &["`cell`", "more than one site `block`"]);
    Ok(())
}

#[test]
fn settings_that_make_no_sense_say_what_would() {
    let plain = SearchConfig::default;
    let halving = StrategyKind::Halving(4);
    for (config, part) in [
        (
            SearchConfig {
                clip: Some(0.0),
                ..plain()
            },
            "`clip` is 0: choose a finite number above 0",
        ),
        (
            SearchConfig {
                clip: Some(-1.0),
                ..plain()
            },
            "`clip` is -1",
        ),
        (
            SearchConfig {
                clip: Some(f64::NAN),
                ..plain()
            },
            "`clip` is NaN",
        ),
        (
            SearchConfig {
                periods: 0,
                ..plain()
            },
            "choose at least 3 periods",
        ),
        (
            SearchConfig {
                periods: 1,
                shrink_start: 1,
                warm_periods: 0,
                ..plain()
            },
            "choose at least 2 periods",
        ),
        (
            SearchConfig {
                periods: 0,
                strategy: halving,
                ..plain()
            },
            "`periods` is 0: choose at least 1",
        ),
    ] {
        refused(config.validate(), &[part]);
    }
}

/// No error of the library names an option of the command.
#[test]
fn errors_name_settings_and_not_options() {
    let diverged = |pass| Error::SearchDiverged {
        pass,
        what: "the loss is NaN".to_owned(),
        step: 3,
        checkpoint: None,
    };
    let training = Error::Diverged {
        what: "the loss is NaN".to_owned(),
        step: 3,
    };
    for error in [diverged("architecture"), diverged("weight"), training] {
        let message = error.to_string();
        assert!(
            message.contains("rate") && !message.contains("--"),
            "{message}"
        );
    }
}

#[test]
fn a_site_takes_half_precision_and_computes_in_f32() -> Result<()> {
    let cell = Cell::new(Space::default(), 3)?;
    let site = cell.site("a");
    let run = |dtype: DType| -> Result<(Tensor, Tensor)> {
        cell.begin(actsmith_search::cell::Pass::Architecture, 5);
        let half = Tensor::new(&[-2.3f32, -0.4, 0.7, 5.1], &Device::Cpu)?;
        // The same numbers in each type.
        let x = half.to_dtype(DType::BF16)?.to_dtype(dtype)?;
        let x = Var::from_tensor(&x)?;
        let y = site.forward(&x)?;
        let mut gradients = y.sum_all()?.backward()?;
        cell.site_group().gather(&mut gradients)?;
        let gradient = gradients.get(&x).expect("a gradient").clone();
        for (_, var) in cell.site_group().variables() {
            let gradient = gradients.get(&var).expect("gathered").to_vec1::<f64>()?;
            assert!(gradient.iter().any(|g| *g != 0.0));
        }
        Ok((y, gradient))
    };
    let wide = run(DType::F32)?;
    for dtype in [DType::BF16, DType::F16] {
        let (y, gradient) = run(dtype)?;
        assert_eq!((y.dtype(), gradient.dtype()), (dtype, dtype));
        for (half, wide) in [(y, &wide.0), (gradient, &wide.1)] {
            let rounded = wide.to_dtype(dtype)?.to_dtype(DType::F32)?;
            assert_eq!(
                half.to_dtype(DType::F32)?.to_vec1::<f32>()?,
                rounded.to_vec1::<f32>()?
            );
        }
    }
    Ok(())
}

#[test]
fn a_search_runs_in_half_precision_and_beside_it() -> Result<()> {
    for (weights, inside) in [
        (DType::F32, DType::BF16),
        (DType::F32, DType::F16),
        (DType::BF16, DType::BF16),
    ] {
        let (cell, vars) = (Cell::new(Space::default(), 0)?, VarMap::new());
        let mut network = Network::new(&cell, &vars, weights, false)?;
        network.inside = inside;
        let before = vars
            .all_vars()
            .into_iter()
            .map(|var| var.as_tensor().copy());
        let before = before.collect::<candle_core::Result<Vec<_>>>()?;
        network.search(cell, variables(&vars))?;
        for (before, after) in before.iter().zip(vars.all_vars()) {
            let moved = (after.as_tensor() - before)?.abs()?.to_dtype(DType::F32)?;
            let moved: f32 = moved.sum_all()?.to_scalar()?;
            assert!(moved > 0.0 && moved.is_finite(), "{weights:?} {inside:?}");
        }
    }
    Ok(())
}

#[test]
fn a_found_function_runs_at_once_and_has_a_name_of_choice() -> Result<()> {
    let genotype: Genotype = "silu-tanh-mul-gelu-elu-add".parse()?;
    let constants = Constants {
        beta: [1.0; 4],
        mix: [0.0; 2],
    };
    let function = Function::new(&genotype, &constants)?;
    let x = Var::new(&[-1.5f64, 0.25, 2.0], &Device::Cpu)?;
    let y = function.activation()?.forward(&x)?;
    let slopes = y
        .backward()?
        .get(&x)
        .expect("a gradient")
        .to_vec1::<f64>()?;
    for ((x, y), slope) in x
        .to_vec1::<f64>()?
        .into_iter()
        .zip(y.to_vec1::<f64>()?)
        .zip(slopes)
    {
        let [value, derivative] = function.at(x);
        assert!((y - value).abs() < 1e-14 && (slope - derivative).abs() < 1e-14);
    }
    assert!(function.source()?.contains("pub struct Found;"));
    let sources = [
        function.source_named("Attention")?,
        function.source_named("Mlp")?,
    ];
    assert!(sources[0].contains("pub struct Attention;") && sources[1].contains("impl Mlp {"));
    let error = function.source_named("not a name").expect_err("no name");
    assert!(
        error.to_string().contains("cannot name a Rust struct"),
        "{error}"
    );
    Ok(())
}

/// `?` takes an error of the search into candle's, as a model's `forward` needs, and an error of a formula into both.
#[test]
fn errors_become_those_of_candle() {
    fn model() -> candle_core::Result<()> {
        Cell::new(Space::default(), 0)?.group("")?;
        Ok(())
    }
    fn formula() -> Result<()> {
        actsmith_codegen::Formula::parse("sigmod(x)")?;
        Ok(())
    }
    let message = model().expect_err("no name").to_string();
    assert!(message.contains("cannot name a group"), "{message}");
    let message = formula().expect_err("a slip").to_string();
    assert!(message.contains("did you mean `sigmoid`?"), "{message}");
}
