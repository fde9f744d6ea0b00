//! How long activations take on a CUDA device, by its own clock.

use std::time::Instant;

use actsmith::{Formula, zoo};
use candle_core::cuda_backend::WrapErr as _;
use candle_core::cuda_backend::cudarc::driver::sys::CUevent_flags;
use candle_core::{DType, Device, Module, Result, Tensor, Var};
use serde::Serialize;

use crate::bench::{FUNCTIONS, identity};

/// One way of computing one function. Times in milliseconds.
#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    /// The function.
    pub function: String,
    /// `fused`, `candle`, or `plain` for a copy.
    pub mode: &'static str,
    /// The type of the elements.
    pub dtype: String,
    /// How many there are.
    pub n: usize,
    /// The forward operation, its result allocated.
    pub forward_ms: f64,
    /// The forward and backward operations: a training step less that of an identity, a view of the input.
    pub forward_backward_ms: f64,
    /// The training step: forward, and candle's `backward()`.
    pub step_ms: f64,
}

/// A function of a tensor.
type Operation<'a> = &'a dyn Fn(&Tensor) -> Result<Tensor>;

/// A function with its name and the way it is computed.
type Contender = (&'static str, &'static str, fn(&Tensor) -> Result<Tensor>);

/// What is measured: the functions with a name, candle's own, and a copy.
fn contenders() -> Vec<Contender> {
    let mut contenders: Vec<Contender> = vec![("copy", "plain", |x| x.copy())];
    for name in [
        "relu",
        "silu",
        "gelu",
        "gelu_tanh",
        "mish",
        "discovered_gpt",
        "discovered_vit",
    ] {
        if let Some(function) = FUNCTIONS.iter().find(|function| function.name == name) {
            contenders.push((name, "fused", function.fused.operation));
            contenders.extend(function.candle.map(|candle| (name, "candle", candle)));
        }
    }
    contenders
}

/// The median of some rounds of calls, in milliseconds a call, by events in the device's stream.
fn time(device: &Device, repetitions: usize, mut call: impl FnMut() -> Result<()>) -> Result<f64> {
    let stream = device.as_cuda_device()?.cuda_stream();
    let event = || {
        stream
            .record_event(Some(CUevent_flags::CU_EVENT_DEFAULT))
            .w()
    };
    for _ in 0..3 {
        call()?;
    }
    stream.synchronize().w()?;
    let mut times = Vec::new();
    for _ in 0..7 {
        let begin = event()?;
        for _ in 0..repetitions {
            call()?;
        }
        let end = event()?;
        stream.synchronize().w()?;
        times.push(f64::from(begin.elapsed_ms(&end).w()?) / repetitions as f64);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}

/// Measures every function for tensors of `n` elements in each type, and reports each figure as it is there.
///
/// # Errors
/// If an operation fails.
pub fn measure(device: &Device, sizes: &[usize], report: &mut dyn FnMut(Figure)) -> Result<()> {
    for &n in sizes {
        for dtype in [DType::F32, DType::BF16] {
            let x = Tensor::randn(0f32, 1.5, n, device)?.to_dtype(dtype)?;
            let leaf = Var::from_tensor(&x)?;
            // A large tensor keeps the device busy; of small ones, what is measured is how fast calls follow one another.
            let repetitions = ((1 << 28) / n).clamp(5, 500);
            let step = |f: Operation| time(device, repetitions, || f(&leaf)?.backward().map(drop));
            let base = step(&identity)?;
            let mut add = |function: &str, mode, f: Operation, trains: bool| -> Result<()> {
                let forward_ms = time(device, repetitions, || f(&x).map(drop))?;
                let step_ms = if trains { step(f)? } else { f64::NAN };
                report(Figure {
                    function: function.to_owned(),
                    mode,
                    dtype: format!("{dtype:?}"),
                    n,
                    forward_ms,
                    forward_backward_ms: step_ms - base,
                    step_ms,
                });
                Ok(())
            };
            for (name, mode, f) in contenders() {
                add(name, mode, &f, mode != "plain")?;
            }
            let side = 1usize << (n.ilog2() / 2);
            if n.is_multiple_of(side) {
                let transposed = x.reshape((side, n / side))?.t()?;
                add(
                    "silu, transposed",
                    "fused",
                    &|_| zoo::Silu.forward(&transposed),
                    false,
                )?;
                add("silu, transposed", "candle", &|_| transposed.silu(), false)?;
                add(
                    "copy, transposed",
                    "plain",
                    &|_| transposed.contiguous(),
                    false,
                )?;
            }
        }
    }
    Ok(())
}

/// What the first use of a function costs, in milliseconds: compiled, unless it is kept on disk from an earlier run.
///
/// # Errors
/// If an operation fails.
pub fn first_use(device: &Device) -> Result<Vec<(String, f64)>> {
    let x = Tensor::randn(0f32, 1.5, 4096, device)?;
    let texts = [
        "x * sigmoid(1.1 * x)",
        "0.3 * gelu(0.4 * square(x) + 0.5 * gelu(x)) + 0.6 * silu(x)",
    ];
    let one = |text: &&str| {
        let error =
            |e: actsmith_codegen::diagnostic::Diagnostics| candle_core::Error::Msg(e.to_string());
        let f = Formula::parse(text)
            .map_err(error)?
            .activation()
            .map_err(error)?;
        let begin = Instant::now();
        f.forward(&x)?;
        device.synchronize()?;
        Ok((
            format!("first forward of {text}"),
            begin.elapsed().as_secs_f64() * 1e3,
        ))
    };
    texts.iter().map(one).collect()
}
