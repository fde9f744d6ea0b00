//! An experiment on your own data with your own model: `cargo run --release --example own_data_and_model`

use std::{f32::consts::TAU, path::Path, sync::Arc};

use actsmith_search::data::{DataSet, ImageSet, Kind, Splits};
use actsmith_search::error::Result;
use actsmith_search::experiment::{Folder, Registry, Specification};
use actsmith_search::models::{Activations, Architecture, Configuration, family, initialize};
use candle_core::{DType, Device, Tensor};
use candle_nn::{ModuleT, VarBuilder, VarMap, linear, seq};
use serde::{Deserialize, Serialize};

/// A thousand waves of 2 to 5 turns along 32 points, told apart by how many turns they make.
struct Waves;

impl DataSet for Waves {
    fn name(&self) -> &str {
        "waves"
    }
    fn load(&self, seed: u64) -> Result<Splits> {
        let labels: Vec<u32> = (0..1000).map(|i| i % 4).collect();
        let turn = |i: usize, t: usize| (labels[i] + 2) as f32 * t as f32 / 32.0 + 0.37 * i as f32;
        let points = (0..32_000).map(|k| (TAU * turn(k / 32, k % 32)).sin());
        let points = Tensor::from_iter(points, &Device::Cpu)?.reshape((1000, 1, 1, 32))?;
        let labels = Tensor::new(labels, &Device::Cpu)?;
        Splits::new(&ImageSet::new(points, labels, 4)?, seed)
    }
}

/// A perceptron of one hidden layer; its settings are its fields.
#[derive(Serialize, Deserialize)]
struct Perceptron {
    width: usize,
}

impl Configuration for Perceptron {
    const FAMILY: &'static str = "perceptron";
    fn validate(&self) -> Result<()> {
        Ok(()) // any width is one
    }
}

impl Architecture for Perceptron {
    fn title(&self) -> String {
        format!("perceptron of width {}", self.width)
    }
    fn depth(&self) -> usize {
        2
    }
    fn accepts(&self, _: &Kind) -> Result<()> {
        Ok(())
    }
    #[rustfmt::skip]
    fn build(&self, activations: &dyn Activations, vars: &VarMap, device: &Device, seed: u64)
        -> candle_core::Result<Box<dyn ModuleT>> {
        let vb = VarBuilder::from_varmap(vars, DType::F32, device);
        let hidden = activations.at("hidden")?;
        let model = seq()
            .add_fn(|waves| waves.flatten_from(1))
            .add(linear(32, self.width, vb.pp("first"))?)
            .add_fn(move |x| hidden.forward(x))
            .add(linear(self.width, 4, vb.pp("head"))?);
        initialize(vars, seed)?;
        Ok(Box::new(model))
    }
}

fn main() -> Result<()> {
    let settings = "data = 'waves'\nnetwork = { family = 'perceptron', width = 24 }";
    let registry = Registry::default().with_data_set(Arc::new(Waves));
    let registry = registry.with_family(family::<Perceptron>());
    let path = Path::new("runs/waves");
    if !path.exists() {
        Folder::create(path, &Specification::overlaid(settings, &[""; 0])?)?;
    }
    let (mut folder, experiment) = Folder::open(path, &registry)?; // goes on where it was left
    println!("{}", experiment.run(&mut folder, &[], &mut |_| {})?);
    Ok(())
}
