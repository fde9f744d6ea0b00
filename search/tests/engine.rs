//! The search loop: what each step may move, removals, the result, resuming.

use actsmith_search::cell::{Base, Cell, Mode, Pass};
use actsmith_search::engine::{Event, Found, Metrics, Search, SearchConfig, StrategyKind, Task};
use actsmith_search::error::{Error, Result};
use actsmith_search::optim::{OptimizerConfig, SgdConfig};
use actsmith_search::space::{Choices, Slot, Space};
use candle_core::{DType, Device, Module, Tensor, Var};
use rand::RngExt;

/// A network `w₂·f(w₁ x + b)`, with a running mean as buffer, that fits `sin` on batches drawn from their number.
struct Regression {
    first: Var,
    bias: Var,
    second: Var,
    running: Var,
    sites: [Box<dyn Module + Send + Sync>; 2],
    /// The step at which the training loss becomes NaN.
    poison: Option<u64>,
    /// The loss and the number of the batch at which its gradient becomes NaN.
    steep: Option<(&'static str, u64)>,
}

impl Regression {
    fn new(cell: &Cell) -> Result<Self> {
        let mut rng = actsmith_search::seed::rng(3, "regression", 0);
        let mut draw = |rows: usize, columns: usize| -> Result<Var> {
            let values: Vec<f32> = (0..rows * columns)
                .map(|_| rng.random_range(-0.5..0.5))
                .collect();
            Ok(Var::from_vec(values, (rows, columns), &Device::Cpu)?)
        };
        Ok(Self {
            first: draw(1, 8)?,
            bias: draw(1, 8)?,
            second: draw(8, 1)?,
            running: Var::zeros(1, DType::F32, &Device::Cpu)?,
            sites: [Box::new(cell.site("a")), Box::new(cell.site("b"))],
            poison: None,
            steep: None,
        })
    }

    fn loss(&self, stream: &'static str, number: u64) -> Result<Tensor> {
        let mut rng = actsmith_search::seed::rng(5, stream, number);
        let x: Vec<f32> = (0..16).map(|_| rng.random_range(-2.0..2.0)).collect();
        let x = Tensor::from_vec(x, (16, 1), &Device::Cpu)?;
        let hidden = x.matmul(&self.first)?.broadcast_add(&self.bias)?;
        let hidden = self.sites[1].forward(&self.sites[0].forward(&hidden)?)?;
        let mean =
            ((self.running.as_tensor() * 0.9)? + (hidden.mean_all()?.detach().reshape(1)? * 0.1)?)?;
        self.running.set(&mean)?;
        let loss = (hidden.matmul(&self.second)? - x.sin()?)?
            .sqr()?
            .mean_all()?;
        Ok(if self.steep == Some((stream, number)) {
            (&loss + loss.sub(&loss)?.sqrt()?)?
        } else {
            loss
        })
    }
}

impl Task for Regression {
    fn variables(&self) -> Vec<(String, Var)> {
        let named = [
            ("first", &self.first),
            ("bias", &self.bias),
            ("second", &self.second),
        ];
        named
            .map(|(name, var)| (name.to_owned(), var.clone()))
            .to_vec()
    }
    fn buffers(&self) -> Vec<(String, Var)> {
        vec![("running".to_owned(), self.running.clone())]
    }
    fn training_loss(&mut self, number: u64) -> Result<Tensor> {
        let loss = self.loss("train", number)?;
        Ok(if self.poison == Some(number) {
            (loss * f64::NAN)?
        } else {
            loss
        })
    }
    fn validation_loss(&mut self, number: u64) -> Result<Tensor> {
        self.loss("validate", number)
    }
    fn evaluate(&mut self) -> Result<Metrics> {
        Ok(Metrics {
            loss: f64::from(self.loss("test", 0)?.to_scalar::<f32>()?),
            accuracy: None,
        })
    }
}

fn config() -> SearchConfig {
    SearchConfig {
        space: Space::default(),
        strategy: StrategyKind::Gradient,
        seed: 11,
        periods: 12,
        steps_per_period: 2,
        warm_periods: 2,
        base: Base::Gelu,
        shrink_start: 3,
        report_every: 3,
        accumulate: 1,
        architecture_rate: 0.01,
        optimizer: OptimizerConfig::Sgd(SgdConfig {
            momentum: 0.9,
            weight_decay: 1e-4,
        }),
        rate: 0.02,
        final_rate: 0.0,
        clip: Some(1.0),
    }
}

fn search(config: SearchConfig) -> Result<Search<Regression>> {
    let cell = Cell::new(config.space.clone(), config.seed)?;
    let task = Regression::new(&cell)?;
    Search::new(config, cell, task)
}

/// The bits of variables.
fn bits(vars: &[(String, Var)]) -> Result<Vec<u64>> {
    let mut bits = Vec::new();
    for (_, var) in vars {
        bits.extend(
            var.to_dtype(DType::F64)?
                .flatten_all()?
                .to_vec1::<f64>()?
                .into_iter()
                .map(f64::to_bits),
        );
    }
    Ok(bits)
}

fn run(search: &mut Search<Regression>) -> Result<(Found, Vec<Event>)> {
    let mut events = Vec::new();
    let found = search.run(None, &mut |event| events.push(event.clone()))?;
    Ok((found, events))
}

#[test]
fn an_architecture_step_leaves_weights_and_buffers() -> Result<()> {
    // With a learning rate of 0 the weight step moves nothing: whatever moves is the architecture step's doing.
    let mut search = search(SearchConfig {
        rate: 0.0,
        ..config()
    })?;
    let (weights, cell) = (
        bits(&search.task().variables())?,
        bits(&search.cell().own_group().variables())?,
    );
    search.advance(None, &mut |_| {})?;
    assert_eq!(bits(&search.task().variables())?, weights);
    let moved = bits(&search.cell().own_group().variables())?;
    let unmoved = moved
        .iter()
        .zip(&cell)
        .filter(|(after, before)| after == before)
        .count();
    // The wide space's rows have no gradient, but all of the default space's do.
    assert!(unmoved <= Slot::OPERATIONS - 110, "{unmoved}");

    // The running mean is that of the training batch alone.
    let expected = {
        let cell = Cell::new(Space::default(), 11)?;
        cell.set_mode(Mode::Base(Base::Gelu));
        let mut fresh = Regression::new(&cell)?;
        fresh.training_loss(0)?;
        bits(&fresh.buffers())?
    };
    assert_eq!(bits(&search.task().buffers())?, expected);
    Ok(())
}

#[test]
fn a_weight_step_leaves_the_cell() -> Result<()> {
    let mut search = search(SearchConfig {
        architecture_rate: 0.0,
        warm_periods: 0,
        ..config()
    })?;
    let (weights, cell) = (
        bits(&search.task().variables())?,
        bits(&search.cell().own_group().variables())?,
    );
    search.advance(None, &mut |_| {})?;
    assert_eq!(bits(&search.cell().own_group().variables())?, cell);
    assert!(
        bits(&search.task().variables())?
            .iter()
            .zip(&weights)
            .all(|(after, before)| after != before)
    );
    Ok(())
}

/// A weight step's result does not depend on whether an architecture step ran before it: no gradient is carried over.
#[test]
fn no_gradient_leaks_between_the_steps() -> Result<()> {
    let weights_after = |architecture: bool| -> Result<Vec<u64>> {
        let cell = Cell::new(Space::default(), 1)?;
        let mut task = Regression::new(&cell)?;
        let mut optimizer = config().optimizer.build(task.variables())?;
        if architecture {
            cell.begin(Pass::Architecture, 0);
            let mut gradients = task.validation_loss(0)?.backward()?;
            cell.own_group().gather(&mut gradients)?;
        }
        cell.begin(Pass::Weights, 0);
        let mut gradients = task.training_loss(0)?.backward()?;
        assert!(
            cell.own_group()
                .variables()
                .iter()
                .all(|(_, var)| gradients.get(var).is_none())
        );
        optimizer.step(&gradients, 0.1)?;
        cell.own_group().gather(&mut gradients)?;
        for (_, var) in cell.own_group().variables() {
            let gradient: Vec<f64> = gradients.get(&var).expect("gathered").to_vec1()?;
            assert!(
                gradient.iter().all(|g| *g == 0.0),
                "a weight pass has no use to gather from"
            );
        }
        bits(&task.variables())
    };
    assert_eq!(weights_after(true)?, weights_after(false)?);
    Ok(())
}

/// Each use of the cell has a sample of its own, and what is gathered for α, β and m is the sum over the uses.
#[test]
fn sites_draw_independently_and_reproducibly() -> Result<()> {
    let cell = Cell::new(Space::default(), 2)?;
    let x = Tensor::new(&[0.3f64, -1.2, 2.0], &Device::Cpu)?;
    let values = |site: &str| -> Result<Vec<f64>> { Ok(cell.site(site).forward(&x)?.to_vec1()?) };
    cell.begin(Pass::Weights, 4);
    let (a, b, again) = (values("a")?, values("b")?, values("a")?);
    assert!(a != b && a != again);
    cell.begin(Pass::Weights, 4);
    assert_eq!(values("a")?, a);
    cell.begin(Pass::Weights, 5);
    assert_ne!(values("a")?, a);

    let gathered = |sites: &[&str]| -> Result<Vec<f64>> {
        cell.begin(Pass::Architecture, 4);
        let ys = sites
            .iter()
            .map(|site| Ok(cell.site(site).forward(&x)?.sum_all()?))
            .collect::<Result<Vec<_>>>()?;
        let mut gradients = Tensor::stack(&ys, 0)?.sum_all()?.backward()?;
        cell.own_group().gather(&mut gradients)?;
        let mut all = Vec::new();
        for (_, var) in cell.own_group().variables() {
            all.extend(gradients.get(&var).expect("gathered").to_vec1::<f64>()?);
        }
        Ok(all)
    };
    let (first, second, both) = (gathered(&["a"])?, gathered(&["b"])?, gathered(&["a", "b"])?);
    for ((first, second), both) in first.iter().zip(second).zip(both) {
        assert!((first + second - both).abs() <= 1e-14 * both.abs().max(1.0));
    }
    Ok(())
}

#[test]
fn the_function_that_is_left_is_evaluated_and_returned() -> Result<()> {
    let mut search = search(config())?;
    let (found, events) = run(&mut search)?;
    let function = found.functions[0].clone();
    let removed: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::Removed { step, .. } => Some(*step),
            _ => None,
        })
        .collect();
    assert_eq!(removed.len(), 104);
    // Everything has left before the last period begins.
    assert_eq!(
        removed.last(),
        Some(&((config().periods - 1) * config().steps_per_period))
    );
    assert_eq!(
        removed[0],
        config().shrink_start * config().steps_per_period
    );
    assert_eq!(
        search.cell().own_group().choices(),
        Choices::single(&function.genotype)
    );

    // The metrics are those of this function with these constants, put into the network by hand.
    let choices = search.cell().own_group().choices();
    let formula = function
        .genotype
        .formula_with_constants(true, &function.constants);
    let mut packed = vec![0.0f64; actsmith_search::cell::packed::PACKED];
    for slot in Slot::ALL {
        packed[slot.place(function.genotype.index(slot))] = 1.0;
    }
    packed[Slot::OPERATIONS..].copy_from_slice(
        &search.cell().own_group().variables()[1]
            .1
            .to_vec1::<f64>()?,
    );
    let packed = Tensor::new(packed.as_slice(), &Device::Cpu)?.to_dtype(DType::F32)?;
    struct Fixed(Choices, Tensor);
    impl Module for Fixed {
        fn forward(&self, x: &Tensor) -> candle_core::Result<Tensor> {
            actsmith_search::cell::fused::apply(self.0.clone(), x, &self.1)
        }
    }
    let cell = Cell::new(Space::default(), 0)?;
    let mut fresh = Regression::new(&cell)?;
    for ((_, to), (_, from)) in fresh.variables().iter().zip(search.task().variables()) {
        to.set(&from)?;
    }
    fresh.sites = [
        Box::new(Fixed(choices.clone(), packed.clone())),
        Box::new(Fixed(choices, packed)),
    ];
    assert_eq!(fresh.evaluate()?, found.metrics, "{formula}");

    let again = run(&mut self::search(config())?)?;
    assert_eq!((again.0, again.1), (found, events));
    Ok(())
}

#[test]
fn the_rate_falls_over_exactly_the_steps() -> Result<()> {
    let (_, events) = run(&mut search(config())?)?;
    let rates: Vec<f64> = events
        .iter()
        .filter_map(|event| match event {
            Event::Step { rate, .. } => Some(*rate),
            _ => None,
        })
        .collect();
    let steps = config().steps();
    assert_eq!(rates.len(), steps);
    assert_eq!(rates[0], config().rate);
    assert!(rates.windows(2).all(|pair| pair[1] < pair[0]));
    // One more step would have the final rate.
    let last = config().rate
        * 0.5
        * (1.0 + (std::f64::consts::PI * (steps - 1) as f64 / steps as f64).cos());
    assert!((rates[steps - 1] - last).abs() < 1e-15);
    Ok(())
}

#[test]
fn a_resumed_search_writes_the_same_bytes() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let [whole, part, rest] = ["whole", "part", "rest"].map(|name| directory.path().join(name));
    let expected = search(config())?.run(Some(&whole), &mut |_| {})?;

    let mut first = search(config())?;
    // Two steps past the checkpoint at step 12, which the resumed search makes again.
    while first.step() < 14 {
        first.advance(Some(&part), &mut |_| {})?;
    }
    let mut second = search(config())?;
    second.load(&part)?;
    assert_eq!(second.step(), 12);
    assert_eq!(second.run(Some(&rest), &mut |_| {})?, expected);
    let read = |path| std::fs::read(path).expect("a checkpoint");
    assert!(read(&rest) == read(&whole), "the files differ");
    Ok(())
}

#[test]
fn checkpoints_that_do_not_fit_are_refused_with_the_reason() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("search.safetensors");
    let mut original = search(config())?;
    original.save(&path)?;
    let message =
        |config: SearchConfig| match search(config).and_then(|mut search| search.load(&path)) {
            Err(error @ Error::State(_)) => error.to_string(),
            other => panic!("{other:?}"),
        };
    let seed = message(SearchConfig {
        seed: 12,
        ..config()
    });
    assert!(
        seed.contains("another `seed`") && seed.contains("search.safetensors"),
        "{seed}"
    );

    let bytes = std::fs::read(&path).expect("a checkpoint");
    for length in [0, 5, 100, bytes.len() / 2, bytes.len() - 1] {
        std::fs::write(&path, &bytes[..length]).expect("a shorter file");
        assert!(
            message(config()).contains("damaged or no checkpoint"),
            "{length}"
        );
    }
    let mut newer = bytes.clone();
    let at = bytes
        .windows(10)
        .position(|window| window == br#""format\":"#)
        .expect("the format")
        + 10;
    newer[at] = b'9';
    std::fs::write(&path, newer).expect("a newer file");
    assert!(message(config()).contains("has format 9, this version reads format 3"));
    std::fs::remove_file(&path).expect("removed");
    assert!(message(config()).contains("cannot be read"));
    Ok(())
}

/// In the length of the header, in its JSON, in the padding and in the numbers.
#[test]
fn a_changed_byte_is_refused_and_changes_nothing() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let [path, changed] = ["good", "changed"].map(|name| directory.path().join(name));
    let mut original = search(config())?;
    original.advance(None, &mut |_| {})?;
    original.save(&path)?;
    let bytes = std::fs::read(&path).expect("a checkpoint");
    let header = u64::from_le_bytes(bytes[..8].try_into().expect("8 bytes")) as usize;

    let mut other = search(config())?;
    let state = |search: &Search<Regression>| -> Result<_> {
        let vars = [
            search.task().variables(),
            search.task().buffers(),
            search.cell().own_group().variables(),
        ];
        Ok((
            bits(&vars.concat())?,
            search.cell().own_group().choices(),
            search.step(),
        ))
    };
    let before = state(&other)?;
    let mut refused = |bytes: &[u8], place: &str| -> Result<()> {
        std::fs::write(&changed, bytes).expect("a file");
        match other.load(&changed) {
            Err(Error::State(message)) => {
                assert!(
                    message.contains("changed: ") && message.lines().count() == 1,
                    "{message}"
                );
            }
            result => panic!("{place}: {result:?}"),
        }
        assert_eq!(state(&other)?, before, "{place}");
        Ok(())
    };
    // Every byte of the lengths and of what the header says of the file, and every 13th of the rest.
    let places = (0..8 + 200).chain((8 + 200..bytes.len()).step_by(13));
    for place in places.chain([8 + header - 1, 8 + header, bytes.len() - 1]) {
        for mask in [0x01, 0x20, 0x80] {
            let mut bytes = bytes.clone();
            bytes[place] ^= mask;
            refused(&bytes, &format!("byte {place} of {header} + 8, {mask:#x}"))?;
        }
    }
    refused(&[&bytes[..], b"0"].concat(), "a byte more")?;
    other.load(&path)?;
    assert_eq!(state(&other)?, state(&original)?);
    Ok(())
}

/// A file that is whole, but of another network: what fits is not taken over either.
#[test]
fn a_misfit_changes_nothing() -> Result<()> {
    use actsmith_search::engine::checkpoint;
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("misfit");
    let mut original = search(config())?;
    original.advance(None, &mut |_| {})?;
    original.save(&path)?;
    let (header, mut state) = checkpoint::load(&path)?;
    state
        .remove("network.weight_optimizer.momentum.second")
        .expect("momentum");
    checkpoint::save(&path, &header, &state)?;
    let mut other = search(config())?;
    let vars = [
        other.task().variables(),
        other.cell().own_group().variables(),
    ]
    .concat();
    let before = bits(&vars)?;
    match other.load(&path) {
        Err(Error::State(message)) => assert!(message.contains("momentum.second"), "{message}"),
        result => panic!("{result:?}"),
    }
    assert_eq!((bits(&vars)?, other.step()), (before, 0));
    Ok(())
}

/// Settings of 17 digits are those that were written.
#[test]
fn a_checkpoint_fits_its_own_settings() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("search");
    let mut rng = actsmith_search::seed::rng(1, "settings", 0);
    for _ in 0..200 {
        let config = SearchConfig {
            rate: rng.random(),
            architecture_rate: rng.random::<f64>() * 1e-9,
            ..config()
        };
        search(config.clone())?.save(&path)?;
        search(config)?.load(&path)?;
    }
    Ok(())
}

#[test]
fn a_loss_that_is_not_finite_names_step_and_checkpoint() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("good");
    let cell = Cell::new(Space::default(), 11)?;
    let mut task = Regression::new(&cell)?;
    task.poison = Some(8);
    let error = Search::new(config(), cell, task)?
        .run(Some(&path), &mut |_| {})
        .expect_err("a NaN");
    match &error {
        Error::SearchDiverged {
            pass: "weight",
            what,
            step: 8,
            checkpoint: Some(checkpoint),
        } => {
            assert!(what == "the loss of the weight step is NaN" && *checkpoint == path);
        }
        other => panic!("{other:?}"),
    }
    for part in ["step 8", "good", "a lower `rate`"] {
        assert!(error.to_string().contains(part), "{error}");
    }
    // What was written before is whole, and of step 6.
    let mut search = search(config())?;
    search.load(&path)?;
    assert_eq!(search.step(), 6);
    Ok(())
}

/// `√(x − x)` adds 0 to a loss and ∞ − ∞ to its gradient: the loss stays finite, and the step makes NaN of what it moves.
#[test]
fn a_number_that_is_not_finite_names_step_setting_and_checkpoint() -> Result<()> {
    for (steep, pass, name, setting) in [
        ("train", "weight", "`first`", "a lower `rate`"),
        (
            "validate",
            "architecture",
            "`cell.alpha`",
            "`architecture_rate`, or",
        ),
    ] {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("good");
        let cell = Cell::new(Space::default(), 11)?;
        let mut task = Regression::new(&cell)?;
        task.steep = Some((steep, 8));
        let mut search = Search::new(config(), cell, task)?;
        let error = search.run(Some(&path), &mut |_| {}).expect_err("a NaN");
        match &error {
            Error::SearchDiverged {
                pass: failed,
                step: 8,
                checkpoint: Some(_),
                ..
            } => {
                assert_eq!(*failed, pass);
            }
            other => panic!("{other:?}"),
        }
        for part in [name, setting, "step 8", "good"] {
            assert!(error.to_string().contains(part), "{error}");
        }
        // Nothing overwrites the checkpoint of step 6.
        let whole = std::fs::read(&path).expect("a checkpoint");
        let refused = search.save(&path).expect_err("NaN").to_string();
        assert!(refused.contains("not finite"), "{refused}");
        assert_eq!(std::fs::read(&path).expect("a checkpoint"), whole);
        let mut search = self::search(config())?;
        search.load(&path)?;
        assert_eq!(search.step(), 6);
    }
    Ok(())
}

#[test]
fn settings_that_make_no_sense_are_named() {
    let message = |config: SearchConfig| search(config).err().expect("refused").to_string();
    assert!(
        message(SearchConfig {
            accumulate: 0,
            ..config()
        })
        .contains("`accumulate`")
    );
    assert!(
        message(SearchConfig {
            rate: f64::NAN,
            ..config()
        })
        .contains("`rate`")
    );
    assert!(
        message(SearchConfig {
            shrink_start: 12,
            ..config()
        })
        .contains("start from 1 to 11")
    );
    assert!(
        message(SearchConfig {
            warm_periods: 13,
            ..config()
        })
        .contains("`warm_periods`")
    );
}
