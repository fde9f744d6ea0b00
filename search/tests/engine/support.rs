//! A small regression whose search the tests run.

use actsmith_search::cell::{Base, Cell};
use actsmith_search::engine::{Event, Found, Removal, Search, SearchConfig, StrategyKind};
use actsmith_search::error::Result;
use actsmith_search::objective::Metrics;
use actsmith_search::optim::{OptimizerConfig, Schedule, SgdConfig, Span};
use actsmith_search::space::Space;
use actsmith_search::task::Task;
use candle_core::{DType, Device, Module, Tensor, Var};
use rand::RngExt;

/// A network `w₂·f(w₁ x + b)`, with a running mean as buffer, that fits `sin` on batches drawn from their number.
pub(crate) struct Regression {
    pub(crate) first: Var,
    pub(crate) bias: Var,
    pub(crate) second: Var,
    pub(crate) running: Var,
    pub(crate) sites: [Box<dyn Module + Send + Sync>; 2],
    /// The step at which the training loss becomes NaN.
    pub(crate) poison: Option<u64>,
    /// The loss and the number of the batch at which its gradient becomes NaN.
    pub(crate) steep: Option<(&'static str, u64)>,
}

impl Regression {
    pub(crate) fn new(cell: &Cell) -> Result<Self> {
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

    pub(crate) fn loss(&self, stream: &'static str, number: u64) -> Result<Tensor> {
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

pub(crate) fn config() -> SearchConfig {
    SearchConfig {
        strategy: StrategyKind::Gradient,
        periods: 12,
        steps_per_period: 2,
        warm_periods: 2,
        base: Base::Gelu,
        shrink_start: 3,
        removal: Removal::default(),
        cost_weight: 0.0,
        report_every: 3,
        accumulate: 1,
        architecture_rate: 0.01,
        optimizer: OptimizerConfig::Sgd(SgdConfig {
            momentum: 0.9,
            weight_decay: 1e-4,
            nesterov: false,
        }),
        rate: 0.02,
        schedule: Schedule::Cosine,
        warmup: Span::default(),
        final_rate: 0.0,
        clip: Some(1.0),
    }
}

pub(crate) fn search(config: SearchConfig) -> Result<Search<Regression>> {
    search_from(11, config)
}

/// A search whose cell has this seed.
pub(crate) fn search_from(seed: u64, config: SearchConfig) -> Result<Search<Regression>> {
    let cell = Cell::new(Space::default(), seed)?;
    let task = Regression::new(&cell)?;
    Search::new(config, cell, task)
}

/// The bits of variables.
pub(crate) fn bits(vars: &[(String, Var)]) -> Result<Vec<u64>> {
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

pub(crate) fn run(search: &mut Search<Regression>) -> Result<(Found, Vec<Event>)> {
    let mut events = Vec::new();
    let found = search.run(None, &mut |event| events.push(event.clone()))?;
    Ok((found, events))
}
