//! The mixed cell as one candle operation of `(x, packed)`. Where gradients of the packed numbers are asked for, its backward pass
//! recomputes everything from `x`; where only that of `x` is, the forward pass keeps the slopes instead.
//!
//! Work is split into chunks of fixed length; parameter gradients are summed within lanes, then over lanes and chunks in f64,
//! in an order that the length alone fixes. Results depend on the values and the length alone, not on threads, layout or instruction set.

use actsmith_codegen::runtime::{Float, Simd, SimdJob, dispatch};
use candle_core::{
    CpuStorage, CustomOp2, DType, Layout, Result, Shape, Storage, Tensor, WithDType, bail,
};
use rayon::prelude::*;
use std::sync::OnceLock;

use super::block::{Mixture, Scratch};
use super::packed::{self, Packed, affine_gradient, linear_gradient, weight_index};
use super::sums::{Sums, Totals};
use crate::space::{BLOCK, Choices, Elements, Slot, Space};

/// Elements of a chunk, the unit of work of a thread and of the sums: long enough that adding up its lanes is a small part.
const CHUNK: usize = 16_384;

/// Applies the cell with the operations of `choices` and the packed numbers (see [`super::packed`]) to each element of `x`.
///
/// `x` has any shape and layout and is f32, f64, f16 or bf16 on the CPU; `packed` has the length [`packed::length`] and the type that
/// is computed in: that of `x`, or f32 for half precision. The result has the type of `x`. Gradients flow to both; that of an operation
/// which is not among the choices is 0.
///
/// # Errors
/// If type, device or shape are others.
pub fn apply(choices: Choices, x: &Tensor, packed: &Tensor) -> Result<Tensor> {
    if !x.device().is_cpu() {
        bail!("the search cell runs on the CPU; move its input with .to_device(&Device::Cpu)")
    }
    let dtype = x.dtype();
    if matches!(dtype, DType::F16 | DType::BF16) {
        // candle's conversions carry the gradients.
        let wide = x.to_dtype(DType::F32)?;
        return apply(choices, &wide, packed)?.to_dtype(dtype);
    }
    if !matches!(dtype, DType::F32 | DType::F64) {
        bail!(
            "the search cell takes F32, F64, F16 or BF16, not {dtype:?}; convert its input with .to_dtype(DType::F32)"
        )
    }
    let length = packed::length(choices.space());
    if packed.dims() != [length] || packed.dtype() != x.dtype() {
        bail!(
            "the packed numbers are {:?} {:?}, expected {:?} [{length}]",
            packed.dtype(),
            packed.dims(),
            x.dtype()
        )
    }
    let tracked = |tensor: &Tensor| tensor.is_variable() || tensor.track_op();
    let slopes = (tracked(x) && !tracked(packed)).then(OnceLock::new);
    x.contiguous()?.apply_op2(packed, Fused { choices, slopes })
}

struct Fused {
    choices: Choices,
    /// `∂f/∂x` of each element, where the backward pass needs nothing else.
    slopes: Option<OnceLock<CpuStorage>>,
}

impl CustomOp2 for Fused {
    fn name(&self) -> &'static str {
        "search-cell"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        packed: &CpuStorage,
        packed_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        fn typed<T: Float + WithDType>(
            op: &Fused,
            x: Source,
            packed: Source,
        ) -> Result<CpuStorage> {
            let (x, packed) = (slice::<T>(x)?, numbers(packed)?);
            let y = match &op.slopes {
                None => forward(&op.choices, x, packed),
                Some(kept) => {
                    let (y, slopes) = forward_and_slopes(&op.choices, x, packed);
                    // candle runs the forward pass of an operation once.
                    let _ = kept.set(T::to_cpu_storage_owned(slopes));
                    y
                }
            };
            Ok(T::to_cpu_storage_owned(y))
        }
        let (x, packed) = ((x, x_layout), (packed, packed_layout));
        let y = match x.0 {
            CpuStorage::F64(_) => typed::<f64>(self, x, packed)?,
            _ => typed::<f32>(self, x, packed)?,
        };
        Ok((y, x_layout.shape().clone()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        packed: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let grad = grad.contiguous()?;
        if let Some(slopes) = self.slopes.as_ref().and_then(OnceLock::get) {
            let grad_x = match slopes {
                CpuStorage::F64(slopes) => along(slopes, x, &grad)?,
                slopes => along(slopes.as_slice::<f32>()?, x, &grad)?,
            };
            return Ok((Some(grad_x), None));
        }
        match x.dtype() {
            DType::F64 => gradients::<f64>(&self.choices, x, packed, &grad),
            _ => gradients::<f32>(&self.choices, x, packed, &grad),
        }
    }
}

/// The gradient with respect to `x` from the slopes.
fn along<T: Float + WithDType>(slopes: &[T], x: &Tensor, grad: &Tensor) -> Result<Tensor> {
    let (storage, layout) = grad.storage_and_layout();
    let grad = slice::<T>((cpu(&storage)?, layout))?;
    let mut grad_x = vec![T::of(0.0); slopes.len()];
    grad_x
        .par_chunks_mut(CHUNK)
        .zip(slopes.par_chunks(CHUNK))
        .zip(grad.par_chunks(CHUNK))
        .for_each(|((grad_x, slopes), grad)| {
            dispatch(Along {
                slopes,
                grad,
                grad_x,
            })
        });
    Tensor::from_vec(grad_x, x.shape(), x.device())
}

fn gradients<T: Float + WithDType>(
    choices: &Choices,
    x: &Tensor,
    packed: &Tensor,
    grad: &Tensor,
) -> Result<(Option<Tensor>, Option<Tensor>)> {
    let (x_storage, x_layout) = x.storage_and_layout();
    let (packed_storage, packed_layout) = packed.storage_and_layout();
    let (grad_storage, grad_layout) = grad.storage_and_layout();
    let x_values = slice::<T>((cpu(&x_storage)?, x_layout))?;
    let grad_values = slice::<T>((cpu(&grad_storage)?, grad_layout))?;
    let packed_values = numbers::<T>((cpu(&packed_storage)?, packed_layout))?;
    let to_x = |values: Vec<T>| Tensor::from_vec(values, x.shape(), x.device());
    let (grad_x, grad_packed) = backward::<T>(choices, x_values, packed_values, grad_values);
    let grad_packed: Vec<T> = grad_packed.iter().map(|&sum| T::of(sum)).collect();
    Ok((
        Some(to_x(grad_x)?),
        Some(Tensor::from_vec(grad_packed, packed.dims(), x.device())?),
    ))
}

fn forward<T: Float>(choices: &Choices, x: &[T], packed: Packed<T>) -> Vec<T> {
    let mixture = Mixture::new(choices, packed);
    let scratch = || Box::new(Scratch::new(choices.space()));
    let mut y = vec![T::of(0.0); x.len()];
    y.par_chunks_mut(CHUNK)
        .zip(x.par_chunks(CHUNK))
        .for_each_init(scratch, |scratch, (y, x)| {
            dispatch(ForwardChunk {
                mixture: &mixture,
                scratch,
                x,
                y,
            })
        });
    y
}

fn forward_and_slopes<T: Float>(choices: &Choices, x: &[T], packed: Packed<T>) -> (Vec<T>, Vec<T>) {
    let mixture = Mixture::new(choices, packed);
    let scratch = || Box::new(Scratch::new(choices.space()));
    let (mut y, mut slopes) = (vec![T::of(0.0); x.len()], vec![T::of(0.0); x.len()]);
    y.par_chunks_mut(CHUNK)
        .zip(slopes.par_chunks_mut(CHUNK))
        .zip(x.par_chunks(CHUNK))
        .for_each_init(scratch, |scratch, ((y, slopes), x)| {
            dispatch(SlopeChunk {
                mixture: &mixture,
                scratch,
                x,
                y,
                slopes,
            })
        });
    (y, slopes)
}

fn backward<T: Float>(
    choices: &Choices,
    x: &[T],
    packed: Packed<T>,
    grad: &[T],
) -> (Vec<T>, Vec<f64>) {
    let mixture = Mixture::new(choices, packed);
    let scratch = || Box::new(Scratch::new(choices.space()));
    let mut grad_x = vec![T::of(0.0); x.len()];
    let chunks = grad_x
        .par_chunks_mut(CHUNK)
        .zip(x.par_chunks(CHUNK))
        .zip(grad.par_chunks(CHUNK));
    let sums: Vec<Totals> = chunks
        .map_init(scratch, |scratch, ((grad_x, x), grad)| {
            dispatch(BackwardChunk {
                space: choices.space(),
                mixture: &mixture,
                scratch,
                x,
                grad,
                grad_x,
            })
        })
        .collect();

    let packed = packed.to_f64();
    let mut gradient = vec![0.0; packed.len()];
    let mut binary = 0;
    for slot in Slot::ALL {
        for index in 0..choices.space().operations(slot) {
            let of = sums.iter().map(|chunk| chunk.weights[slot as usize][index]);
            gradient[weight_index(slot, index)] = of.sum();
        }
        if let Some(unary) = slot.unary_index() {
            let of = |i: usize| sums.iter().map(|chunk| chunk.affine[unary][i]).sum();
            let moments = [0, 1, 2].map(of);
            affine_gradient(&packed, choices, slot, unary, moments, &mut gradient);
        } else {
            let of = |i: usize| sums.iter().map(|chunk| chunk.linear[binary][i]).sum();
            let products = [0, 1].map(of);
            linear_gradient(&packed, choices, slot, binary, products, &mut gradient);
            binary += 1;
        }
    }
    (grad_x, gradient)
}

struct ForwardChunk<'a, T> {
    mixture: &'a Mixture<'a, T>,
    scratch: &'a mut Scratch<T>,
    x: &'a [T],
    y: &'a mut [T],
}

impl<T: Float> SimdJob for ForwardChunk<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        for (x, y) in self.x.chunks(BLOCK).zip(self.y.chunks_mut(BLOCK)) {
            let row = self.mixture.forward(&padded(x), self.scratch);
            y.copy_from_slice(&row[..y.len()]);
        }
    }
}

struct SlopeChunk<'a, T> {
    mixture: &'a Mixture<'a, T>,
    scratch: &'a mut Scratch<T>,
    x: &'a [T],
    y: &'a mut [T],
    slopes: &'a mut [T],
}

impl<T: Float> SimdJob for SlopeChunk<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        let results = self.y.chunks_mut(BLOCK).zip(self.slopes.chunks_mut(BLOCK));
        for (x, (y, slopes)) in self.x.chunks(BLOCK).zip(results) {
            let rows = self.mixture.forward_and_slope(&padded(x), self.scratch);
            y.copy_from_slice(&rows[0][..y.len()]);
            slopes.copy_from_slice(&rows[1][..slopes.len()]);
        }
    }
}

struct Along<'a, T> {
    slopes: &'a [T],
    grad: &'a [T],
    grad_x: &'a mut [T],
}

impl<T: Float> SimdJob for Along<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        let gradients = self.grad_x.iter_mut().zip(self.grad);
        for ((grad_x, grad), slope) in gradients.zip(self.slopes) {
            *grad_x = *grad * *slope;
        }
    }
}

struct BackwardChunk<'a, T> {
    space: &'a Space,
    mixture: &'a Mixture<'a, T>,
    scratch: &'a mut Scratch<T>,
    x: &'a [T],
    grad: &'a [T],
    grad_x: &'a mut [T],
}

impl<T: Float> SimdJob for BackwardChunk<'_, T> {
    type Output = Totals;

    #[inline(always)]
    fn run<S: Simd>(self) -> Totals {
        let mut sums = Sums::new(self.space);
        for ((x, grad), grad_x) in self
            .x
            .chunks(BLOCK)
            .zip(self.grad.chunks(BLOCK))
            .zip(self.grad_x.chunks_mut(BLOCK))
        {
            let mut grad_row = Elements([T::of(0.0); BLOCK]);
            grad_row[..grad.len()].copy_from_slice(grad);
            let row = self
                .mixture
                .backward(&padded(x), &grad_row, self.scratch, &mut sums);
            grad_x.copy_from_slice(&row[..grad_x.len()]);
        }
        sums.totals()
    }
}

/// The block's elements, the last one repeated where there are less: it adds no value that is not there anyway.
#[inline(always)]
fn padded<T: Float>(x: &[T]) -> Elements<T> {
    let mut row = Elements([x[x.len() - 1]; BLOCK]);
    row[..x.len()].copy_from_slice(x);
    row
}

/// A tensor's storage, and where in it the elements are.
type Source<'a> = (&'a CpuStorage, &'a Layout);

/// The elements of a contiguous tensor.
fn slice<T: WithDType>((storage, layout): Source<'_>) -> Result<&[T]> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&storage.as_slice()?[start..end]),
        None => bail!("the search cell takes contiguous tensors"),
    }
}

fn numbers<T: Float + WithDType>(packed: Source<'_>) -> Result<Packed<'_, T>> {
    match Packed::of(slice(packed)?) {
        Some(packed) => Ok(packed),
        None => bail!("the packed numbers are too few"),
    }
}

fn cpu(storage: &Storage) -> Result<&CpuStorage> {
    match storage {
        Storage::Cpu(storage) => Ok(storage),
        _ => bail!("the search cell runs on the CPU; move its input with .to_device(&Device::Cpu)"),
    }
}
