//! Activations fused, interpreted, by candle's own operation and composed of candle's: `cargo bench --bench activations`, with
//! the threads that `RAYON_NUM_THREADS` and `CANDLE_NUM_THREADS` say. A name filters: `cargo bench --bench activations silu`.
//!
//! `actsmith bench activations` measures the same functions quicker, with memory, and less what candle's autograd itself takes.

use actsmith::Formula;
use actsmith_cli::bench::{FUNCTIONS, identity};
use candle_core::{Device, Module, Result, Tensor, Var};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const N: usize = 1 << 20;

/// A way of computing a function, by its name.
type Form<'a> = (&'a str, &'a dyn Fn(&Tensor) -> Result<Tensor>);

fn bench(criterion: &mut Criterion, name: &str, forms: &[Form]) -> Result<()> {
    let x = Tensor::randn(0f32, 1.5, N, &Device::Cpu)?;
    let leaf = Var::from_tensor(&x)?;
    for (pass, backward) in [("forward", false), ("step", true)] {
        let mut group = criterion.benchmark_group(format!("{name}/{pass}"));
        group.throughput(Throughput::Elements(N as u64));
        group.sample_size(20);
        for (form, f) in forms {
            group.bench_function(BenchmarkId::from_parameter(form), |bench| {
                if backward {
                    bench.iter(|| f(&leaf).and_then(|y| y.backward()).map(drop));
                } else {
                    bench.iter(|| f(&x).map(drop));
                }
            });
        }
    }
    Ok(())
}

fn activations(criterion: &mut Criterion) {
    let run = |criterion: &mut Criterion| -> std::result::Result<(), Box<dyn std::error::Error>> {
        bench(criterion, "copy", &[("candle", &|x| x.copy())])?;
        bench(criterion, "identity", &[("candle", &identity)])?;
        for function in FUNCTIONS {
            let formula = Formula::parse(function.formula)?.activation()?;
            let interpreted = |x: &Tensor| formula.forward(x);
            let mut forms: Vec<Form> = vec![
                ("fused", &function.fused.operation),
                ("interpreted", &interpreted),
            ];
            if let Some(candle) = &function.candle {
                forms.push(("candle", candle));
            }
            forms.push(("composed", &function.composed));
            bench(criterion, function.name, &forms)?;
        }
        Ok(())
    };
    run(criterion).expect("operations on the CPU");
}

criterion_group!(benches, activations);
criterion_main!(benches);
