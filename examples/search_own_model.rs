//! The search on a model of one's own: where its activation stands, it gets a site of the cell; two losses and a score say
//! what it is searched for.
//!
//! ```text
//! cargo run --release --example search_own_model
//! ```

use actsmith_search::cell::{Base, Cell, Site};
use actsmith_search::data::{Batches, ImageSet, Splits, digits};
use actsmith_search::engine::{Event, Metrics, Search, SearchConfig, Task};
use actsmith_search::error::Result;
use actsmith_search::models::{initialize, variables};
use actsmith_search::optim::{AdamConfig, OptimizerConfig};
use actsmith_search::report::Function;
use actsmith_search::space::Space;
use actsmith_search::train::evaluate;
use candle_core::{DType, Device, Module, Tensor, Var};
use candle_nn::{Linear, VarBuilder, VarMap, linear_no_bias, loss};

/// See the example `digits`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The model: two hidden layers, each with a site of the cell where its activation would be.
struct Mlp {
    layers: [Linear; 3],
    sites: [Site; 2],
}

impl Mlp {
    fn new(vb: VarBuilder, cell: &Cell) -> candle_core::Result<Self> {
        Ok(Self {
            layers: [
                linear_no_bias(64, 48, vb.pp("hidden1"))?,
                linear_no_bias(48, 48, vb.pp("hidden2"))?,
                linear_no_bias(48, 10, vb.pp("head"))?,
            ],
            sites: [cell.site("hidden1"), cell.site("hidden2")],
        })
    }
}

impl Module for Mlp {
    fn forward(&self, images: &Tensor) -> candle_core::Result<Tensor> {
        let hidden = images.flatten_from(1)?.apply(&self.layers[0])?;
        let hidden = hidden.apply(&self.sites[0])?.apply(&self.layers[1])?;
        hidden.apply(&self.sites[1])?.apply(&self.layers[2])
    }
}

/// The task: the model with its three parts of the data.
struct Digits {
    model: Mlp,
    vars: VarMap,
    weights: (ImageSet, Batches),
    architecture: (ImageSet, Batches),
    test: ImageSet,
}

impl Task for Digits {
    fn variables(&self) -> Vec<(String, Var)> {
        variables(&self.vars)
    }

    fn training_loss(&mut self, number: u64) -> Result<Tensor> {
        batch_loss(&self.model, &mut self.weights, number)
    }

    fn validation_loss(&mut self, number: u64) -> Result<Tensor> {
        batch_loss(&self.model, &mut self.architecture, number)
    }

    fn evaluate(&mut self) -> Result<Metrics> {
        let score = evaluate(&self.model, &self.test)?;
        Ok(Metrics {
            loss: score.loss,
            accuracy: Some(score.accuracy),
        })
    }
}

fn batch_loss(model: &Mlp, (set, batches): &mut (ImageSet, Batches), n: u64) -> Result<Tensor> {
    let (images, labels) = set.batch(batches.at(n as usize))?;
    Ok(loss::cross_entropy(&model.forward(&images)?, &labels)?)
}

fn main() -> Result<()> {
    let seed = 0;
    let cell = Cell::new(Space::default(), seed)?;
    let vars = VarMap::new();
    let model = Mlp::new(
        VarBuilder::from_varmap(&vars, DType::F32, &Device::Cpu),
        &cell,
    )?;
    initialize(&vars, seed)?;

    let Splits { train, test } = Splits::new(&digits()?, seed)?;
    let (weights, architecture) = train.split(0.75, seed, "architecture part")?;
    let batches = |set: &ImageSet, stream| Batches::new(set.len(), 32, seed, stream);
    let steps_per_period = batches(&weights, "")?.per_epoch();
    let task = Digits {
        model,
        vars,
        weights: (weights.clone(), batches(&weights, "weights")?),
        architecture: (
            architecture.clone(),
            batches(&architecture, "architecture")?,
        ),
        test,
    };

    let config = SearchConfig {
        space: Space::default(),
        seed,
        periods: 30,
        steps_per_period,
        warm_periods: 1,
        base: Base::Relu,
        shrink_start: 2,
        report_every: 3,
        accumulate: 1,
        architecture_rate: 6e-3,
        optimizer: OptimizerConfig::Adam(AdamConfig::default()),
        rate: 2e-3,
        final_rate: 2e-5,
        clip: Some(1.0),
    };
    let found = Search::new(config, cell, task)?.run(None, &mut |event| {
        if let Event::Epoch { period, train_loss, validation_loss, remaining, genotype } = event {
            println!("{period:2}: training {train_loss:.3}, validation {validation_loss:.3}, {remaining:3} operations left, {genotype}");
        }
    })?;

    let accuracy = found.metrics.accuracy.unwrap_or(f64::NAN);
    println!("\n{}, test accuracy {accuracy:.4}", found.genotype);
    let function = Function::new(&found.genotype, &found.constants)?;
    println!("{}\n{}", function.formulas(), function.source()?);
    Ok(())
}
