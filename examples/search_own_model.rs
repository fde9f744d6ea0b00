//! The search on your own model, of `candle_nn`'s layers: where its activation stands, it gets a site of the cell.

use actsmith_search::cell::Cell;
use actsmith_search::engine::{Event, Search, SearchConfig};
use actsmith_search::error::Result;
use actsmith_search::models::{initialize, variables};
use actsmith_search::report::Function;
use actsmith_search::seed;
use actsmith_search::space::Space;
use actsmith_search::task::Losses;
use candle_core::{DType, Device, Module, Tensor};
use candle_nn::{VarBuilder, VarMap, linear, loss, seq};
use rand::RngExt;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// 64 points of two spirals that wind about each other, and which of the two each is on; new ones for every batch.
fn spirals(part: &str, number: u64) -> Result<(Tensor, Tensor)> {
    let mut rng = seed::rng(0, part, number);
    let labels: Vec<u32> = (0..64).map(|i| i % 2).collect();
    let points = labels.iter().flat_map(|&label| {
        let radius: f32 = rng.random_range(0.1..1.0);
        let angle = 7.0 * radius + std::f32::consts::PI * label as f32;
        [3.0 * radius * angle.cos(), 3.0 * radius * angle.sin()]
    });
    let points = Tensor::from_vec(points.collect(), (64, 2), &Device::Cpu)?;
    Ok((points, Tensor::new(labels, &Device::Cpu)?))
}

fn main() -> Result<()> {
    let config = SearchConfig::default();
    let cell = Cell::new(Space::default(), 0)?;
    let vars = VarMap::new();
    let vb = VarBuilder::from_varmap(&vars, DType::F32, &Device::Cpu);
    let model = seq()
        .add(linear(2, 24, vb.pp("hidden1"))?)
        .add(cell.site("hidden1"))
        .add(linear(24, 24, vb.pp("hidden2"))?)
        .add(cell.site("hidden2"))
        .add(linear(24, 2, vb.pp("head"))?);
    initialize(&vars, 0)?;
    let loss = |part: &str, number| {
        let (points, labels) = spirals(part, number)?;
        Ok(loss::cross_entropy(&model.forward(&points)?, &labels)?)
    };
    let (training, validation) = (|n| loss("weights", n), |n| loss("architecture", n));
    let task = Losses::new(variables(&vars), training, validation);
    let mut search = Search::new(config, cell, task)?;
    let found = search.run(None, &mut |event| {
        if matches!(event, Event::Epoch { .. }) {
            println!("{event}");
        }
    })?;
    let function = &found.functions[0];
    let forms = Function::new(&function.genotype, &function.constants)?.formulas();
    println!("\n{}\n{forms}", function.genotype);
    println!("{}", search.cost().report(search.steps()));
    Ok(())
}
