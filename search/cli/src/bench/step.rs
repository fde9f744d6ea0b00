//! A training step of small networks on this machine: forward, backward, and the optimiser.
//!
//! The networks are those of the peer script for PyTorch, with inputs that are drawn once. Each has its usual activation, the function
//! that was published for its family (Strack et al., arXiv 2408.06820), and the search cell at every site. In a round every one of these has
//! its turn, so that a busy moment strikes all of them.

use std::time::Instant;

use actsmith::zoo::{Gelu, Relu};
use actsmith_search::cell::{Cell, Pass};
use actsmith_search::error::Result;
use actsmith_search::models::{Activations, Architecture, GptConfig, ResNetConfig, ViTConfig};
use actsmith_search::objective::Classification;
use actsmith_search::optim::{AdamConfig, Decay, Optimizer, OptimizerConfig, SgdConfig};
use actsmith_search::seed;
use actsmith_search::space::Space;
use actsmith_search::task::Supervised;
use candle_core::{Device, Module, Tensor};
use candle_nn::{VarMap, func};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use serde::Serialize;

use super::{FUNCTIONS, Memory};

/// The figures of a training step.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    /// The network, by its name.
    pub network: &'static str,
    /// What it has at its sites.
    pub activation: String,
    /// Threads of the fused operations.
    pub threads: usize,
    /// Examples a step.
    pub batch: usize,
    /// The median time of a step, in milliseconds.
    pub step_ms: f64,
    /// The same as a multiple of the network's usual activation.
    pub ratio: f64,
    /// The most memory that a step takes at a time, in bytes, besides the weights and the optimiser's state.
    pub peak_bytes: usize,
}

/// A network that is measured.
pub struct Network {
    /// Its name.
    pub name: &'static str,
    /// The name of its family.
    pub family: &'static str,
    /// What it is, as a table says it.
    pub title: &'static str,
    batch: usize,
    /// What it usually has as its activation.
    usual: &'static str,
    /// What was found on its family.
    found: &'static str,
    build: fn() -> Box<dyn Architecture>,
    optimizer: fn() -> OptimizerConfig,
    inputs: Inputs,
}

/// What a network learns from.
enum Inputs {
    /// Images of one channel and this side, in ten classes.
    Images(usize),
    /// Texts of this many tokens of so many.
    Tokens(usize, u32),
}

/// All networks that there are.
pub const NETWORKS: &[Network] = &[
    Network {
        name: "resnet8-28x28",
        family: "resnet",
        title: "ResNet-8, 16/32/64 channels, 64 images of 28×28, SGD",
        batch: 64,
        usual: "relu",
        found: "discovered_resnet",
        build: resnet,
        optimizer: sgd,
        inputs: Inputs::Images(28),
    },
    Network {
        name: "resnet8-8x8",
        family: "resnet",
        title: "ResNet-8, 16/32/64 channels, 64 images of 8×8, SGD",
        batch: 64,
        usual: "relu",
        found: "discovered_resnet",
        build: resnet,
        optimizer: sgd,
        inputs: Inputs::Images(8),
    },
    Network {
        name: "gpt-3x96",
        family: "gpt",
        title: "GPT, 3 layers, width 96, 16 texts of 128 tokens, AdamW",
        batch: 16,
        usual: "gelu",
        found: "discovered_gpt",
        build: gpt,
        optimizer: adamw,
        inputs: Inputs::Tokens(128, 256),
    },
    Network {
        name: "vit-4x96",
        family: "vit",
        title: "ViT, 4 layers, width 96, 64 images of 28×28 in patches of 4×4, AdamW",
        batch: 64,
        usual: "gelu",
        found: "discovered_vit",
        build: vit,
        optimizer: adamw,
        inputs: Inputs::Images(28),
    },
];

fn resnet() -> Box<dyn Architecture> {
    Box::new(ResNetConfig {
        depth: 8,
        width: 16,
        channels: 1,
        classes: 10,
    })
}

fn gpt() -> Box<dyn Architecture> {
    Box::new(GptConfig {
        layers: 3,
        heads: 3,
        width: 96,
        context: 128,
        vocabulary: 256,
        tied: false,
        bias: true,
        gated: false,
        dropout: 0.0,
    })
}

fn vit() -> Box<dyn Architecture> {
    Box::new(ViTConfig {
        patch: 4,
        layers: 4,
        heads: 3,
        width: 96,
        side: 28,
        channels: 1,
        classes: 10,
        gated: false,
        dropout: 0.0,
    })
}

fn sgd() -> OptimizerConfig {
    OptimizerConfig::Sgd(SgdConfig {
        momentum: 0.9,
        weight_decay: 0.0,
        nesterov: false,
    })
}

fn adamw() -> OptimizerConfig {
    OptimizerConfig::Adam(AdamConfig {
        decay: Decay::Decoupled(0.01),
        ..AdamConfig::default()
    })
}

/// How to measure.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Threads, which the environment sets; here they are only written down.
    pub threads: usize,
    /// Rounds.
    pub rounds: usize,
    /// Steps of each network in a round, besides one that is not counted.
    pub steps: usize,
    /// Operations that are left in the cell's six slots together.
    pub operations: usize,
}

/// Measures a network with each of its activations.
///
/// # Errors
/// If an operation fails.
pub fn measure(network: &Network, plan: Plan, memory: &Memory) -> Result<Vec<Figures>> {
    let batch = network.inputs(network.batch)?;
    let mut contenders = [
        Contender::new(network, network.usual, &function(network.usual))?,
        Contender::new(network, network.found, &function(network.found))?,
        Contender::searched(network, plan.operations)?,
    ];
    let mut times = vec![Vec::new(); contenders.len()];
    for _ in 0..plan.rounds {
        for (contender, times) in contenders.iter_mut().zip(&mut times) {
            contender.step(&batch)?;
            for _ in 0..plan.steps {
                let start = Instant::now();
                contender.step(&batch)?;
                times.push(start.elapsed().as_secs_f64() * 1e3);
            }
        }
    }
    let median = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
    };
    let medians: Vec<f64> = times.iter_mut().map(median).collect();
    let figures = contenders
        .iter_mut()
        .zip(&medians)
        .map(|(contender, time)| {
            let peak_bytes = memory.peak_of(|| contender.step(&batch))?;
            Ok(Figures {
                network: network.name,
                activation: contender.activation.clone(),
                threads: plan.threads,
                batch: network.batch,
                step_ms: (time * 1e3).round() / 1e3,
                ratio: (time / medians[0] * 1e3).round() / 1e3,
                peak_bytes,
            })
        });
    figures.collect()
}

/// A network with something at its sites.
struct Contender {
    activation: String,
    model: Supervised,
    optimizer: Box<dyn Optimizer>,
    cell: Option<Cell>,
    steps: u64,
}

impl Contender {
    fn new(network: &Network, activation: &str, at: &dyn Activations) -> Result<Self> {
        let vars = VarMap::new();
        let model = (network.build)().build(at, &vars, &Device::Cpu, 0)?;
        let model = Supervised::new(model, vars, Box::new(Classification));
        Ok(Self {
            activation: activation.to_owned(),
            optimizer: (network.optimizer)().build(model.trained())?,
            model,
            cell: None,
            steps: 0,
        })
    }

    /// With a cell at each site, of which so many operations are left.
    fn searched(network: &Network, operations: usize) -> Result<Self> {
        let cell = Cell::new(Space::default(), 0)?;
        let group = cell.site_group();
        while group.choices().total() > operations && group.shrink()?.is_some() {}
        let name = format!("cell of {} operations", group.choices().total());
        Ok(Self {
            cell: Some(cell.clone()),
            ..Self::new(network, &name, &cell)?
        })
    }

    fn step(&mut self, batch: &(Tensor, Tensor)) -> Result<()> {
        if let Some(cell) = &self.cell {
            cell.begin(Pass::Weights, self.steps);
        }
        let gradients = self.model.loss(batch)?.backward()?;
        self.optimizer.step(&gradients, 1e-3)?;
        self.steps += 1;
        Ok(())
    }
}

/// The compiled function of this name at every site.
fn function(name: &'static str) -> impl Activations {
    move |_site: &str| -> candle_core::Result<Box<dyn Module + Send + Sync>> {
        Ok(match name {
            "relu" => Box::new(Relu),
            "gelu" => Box::new(Gelu),
            _ => match FUNCTIONS.iter().find(|function| function.name == name) {
                Some(function) => Box::new(func(function.fused.operation)),
                None => candle_core::bail!("no function `{name}`"),
            },
        })
    }
}

impl Network {
    /// A batch: images from N(0, 1) with labels, or tokens that stand for themselves.
    fn inputs(&self, batch: usize) -> Result<(Tensor, Tensor)> {
        let mut rng = seed::rng(0, "bench.step", 0);
        Ok(match self.inputs {
            Inputs::Images(side) => {
                let pixels = (0..batch * side * side).map(|_| StandardNormal.sample(&mut rng));
                let pixels: Vec<f32> = pixels.collect();
                let labels = (0..batch).map(|_| rng.random_range(0..10u32));
                let labels: Vec<u32> = labels.collect();
                let images = Tensor::from_vec(pixels, (batch, 1, side, side), &Device::Cpu)?;
                (images, Tensor::from_vec(labels, batch, &Device::Cpu)?)
            }
            Inputs::Tokens(length, vocabulary) => {
                let tokens = (0..batch * length).map(|_| rng.random_range(0..vocabulary));
                let tokens: Vec<u32> = tokens.collect();
                let tokens = Tensor::from_vec(tokens, (batch, length), &Device::Cpu)?;
                (tokens.clone(), tokens)
            }
        })
    }
}
