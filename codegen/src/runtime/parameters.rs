//! What a function's parameters are given: their check, their packing into one tensor, and where each is in it.

use candle_core::{CpuStorage, Layout, Result, Tensor, Var, bail};

use super::Real;
use super::blocks::Function;
use super::driver::Value;
use super::element::{EXPECTED, Element, computed_in, elements, is_float};
use super::kernel::{Parameter, ParameterKind};
use super::simd::SimdLevel;
use super::sums::Axis;
use super::view::View;

/// A tensor's storage, and where in it the elements are.
pub(super) type Source<'a> = (&'a CpuStorage, &'a Layout);

/// What is given for a parameter.
#[derive(Clone, Copy, Debug)]
pub enum Argument<'a> {
    /// The numbers of a trained parameter.
    Trained(&'a Tensor),
    /// The number of a constant.
    Constant(f64),
}

impl<'a> From<&'a Tensor> for Argument<'a> {
    fn from(tensor: &'a Tensor) -> Self {
        Self::Trained(tensor)
    }
}

impl<'a> From<&'a Var> for Argument<'a> {
    fn from(variable: &'a Var) -> Self {
        Self::Trained(variable)
    }
}

impl From<f64> for Argument<'_> {
    fn from(number: f64) -> Self {
        Self::Constant(number)
    }
}

/// Where the number or the numbers of a parameter are.
enum Slot {
    /// Here.
    Constant(f64),
    /// In the packed tensor at this index.
    Number(usize),
    /// In the packed tensor from this index on, and how they vary over the input.
    Row(usize, Axis),
}

/// Where each parameter is, for an input of `len` elements.
///
/// The packed tensor has the type of the input, or, on another device than the CPU and where some parameter has another, the type
/// that the input is computed in:
/// f32 parameters of bf16 inputs keep all their digits. candle's own conversion gives each the gradient in its type.
pub(super) struct Packed {
    slots: Vec<Slot>,
    len: usize,
}

impl Packed {
    /// Checks the arguments for input `x`, and packs those that are trained, if there are any, into a contiguous tensor.
    pub(super) fn new<const X: usize>(
        function: &dyn Function<X>,
        x: &Tensor,
        arguments: &[Argument],
    ) -> Result<(Self, Option<Tensor>)> {
        let (name, len) = (function.name(), x.elem_count());
        let mut tensors = Vec::new();
        let mut at = 0;
        let mut slots = Vec::with_capacity(arguments.len());
        for (parameter, argument) in function.parameters().iter().zip(arguments) {
            let parameter_name = parameter.name;
            slots.push(match (parameter.kind, argument) {
                (ParameterKind::Constant, &Argument::Constant(number)) => Slot::Constant(number),
                (ParameterKind::Scalar, Argument::Trained(tensor)) => {
                    check_tensor(name, parameter, x, tensor)?;
                    if tensor.elem_count() != 1 {
                        bail!(
                            "{name}: `{parameter_name}` has shape {:?}, expected one number of shape [] or [1]",
                            tensor.shape()
                        )
                    }
                    tensors.push(*tensor);
                    Slot::Number(at)
                }
                (ParameterKind::PerChannel(dim), Argument::Trained(tensor)) => {
                    check_tensor(name, parameter, x, tensor)?;
                    tensors.push(*tensor);
                    Slot::Row(at, axis(name, parameter, x, dim, tensor)?)
                }
                (ParameterKind::Constant, Argument::Trained(_)) => {
                    bail!("{name}: `{parameter_name}` is a constant: give it as a number")
                }
                (_, Argument::Constant(_)) => {
                    bail!("{name}: `{parameter_name}` is trained: give it as a tensor")
                }
            });
            at += tensors.last().map_or(0, |tensor| tensor.elem_count())
                * usize::from(parameter.is_trained());
        }
        let same = tensors.iter().all(|tensor| tensor.dtype() == x.dtype());
        let dtype = match same && x.device().is_cpu() {
            true => x.dtype(),
            false => computed_in(x.dtype()),
        };
        let packed = match tensors[..] {
            [] => None,
            // One parameter needs no packing.
            [tensor] => Some(tensor.to_dtype(dtype)?.contiguous()?),
            _ => {
                let flat = tensors.iter();
                let flat = flat.map(|tensor| tensor.to_dtype(dtype)?.flatten_all());
                Some(Tensor::cat(&flat.collect::<Result<Vec<_>>>()?, 0)?)
            }
        };
        Ok((Self { slots, len }, packed))
    }

    /// For each parameter its number, if it is a constant, and otherwise where it begins in the packed tensor and how it varies.
    #[cfg(feature = "cuda")]
    pub(super) fn slots(&self) -> impl Iterator<Item = (f64, usize, Axis)> {
        self.slots.iter().map(|slot| match *slot {
            Slot::Constant(number) => (number, 0, Axis::whole(self.len)),
            Slot::Number(at) => (0.0, at, Axis::whole(self.len)),
            Slot::Row(at, axis) => (0.0, at, axis),
        })
    }

    /// The values, from the source of the packed tensor if there is one.
    pub(super) fn values_of<'a, T: Element>(
        &self,
        packed: Option<&Source<'a>>,
        level: SimdLevel,
    ) -> Result<Vec<(Value<'a, T>, Option<Axis>)>> {
        let Some((storage, layout)) = packed else {
            return Ok(self.values::<T, T>(&[], level, Value::Row));
        };
        let Some((start, end)) = layout.contiguous_offsets() else {
            bail!("the packed parameters are not contiguous")
        };
        Ok(match T::elements(storage) {
            Some(packed) => self.values(&packed[start..end], level, Value::Row),
            None => {
                let packed = elements::<T::Compute>(storage)?;
                self.values(&packed[start..end], level, Value::WideRow)
            }
        })
    }

    /// The value of each parameter, and how it varies if it is trained.
    fn values<'a, T: Element, P: Element<Compute = T::Compute>>(
        &self,
        packed: &'a [P],
        level: SimdLevel,
        row: fn(View<'a, P>) -> Value<'a, T>,
    ) -> Vec<(Value<'a, T>, Option<Axis>)> {
        let mut buffer = Vec::new();
        let value = |slot: &Slot| match *slot {
            Slot::Constant(number) => (Value::Number(T::Compute::of(number)), None),
            Slot::Number(at) => (
                Value::Number(P::widen(level, &packed[at..=at], &mut buffer)[0]),
                Some(Axis::whole(self.len)),
            ),
            Slot::Row(at, axis) => {
                let outer = self.len / (axis.channels * axis.inner).max(1);
                let dims = [(outer, 0), (axis.channels, 1), (axis.inner, 0)];
                (row(View::strided(packed, at, dims)), Some(axis))
            }
        };
        self.slots.iter().map(value).collect()
    }
}

/// Refuses a tensor on another device than the input, or one that does not hold real numbers.
fn check_tensor(name: &str, parameter: &Parameter, x: &Tensor, tensor: &Tensor) -> Result<()> {
    let parameter = parameter.name;
    let (own, needed) = (tensor.device().location(), x.device().location());
    if own != needed {
        bail!(
            "{name}: `{parameter}` is on {own:?}, the input on {needed:?}; move it with .to_device(x.device())"
        )
    }
    if !is_float(tensor.dtype()) {
        bail!(
            "{name}: `{parameter}` is {:?}, expected {}; convert it with .to_dtype(DType::F32)",
            tensor.dtype(),
            EXPECTED
        )
    }
    Ok(())
}

/// How a parameter per channel varies over the elements of `x`.
fn axis(
    name: &str,
    parameter: &Parameter,
    x: &Tensor,
    dim: isize,
    tensor: &Tensor,
) -> Result<Axis> {
    let (parameter, dims) = (parameter.name, x.dims());
    let index = if dim < 0 {
        dim + dims.len() as isize
    } else {
        dim
    };
    let Some(&channels) = usize::try_from(index)
        .ok()
        .and_then(|index| dims.get(index))
    else {
        bail!(
            "{name}: `{parameter}` varies along dimension {dim}, the input of shape {:?} has {}",
            x.shape(),
            dims.len()
        )
    };
    match tensor.elem_count() {
        // Also if there is one channel only: one number serves all.
        1 => Ok(Axis::whole(x.elem_count())),
        count if count == channels => Ok(Axis {
            channels,
            inner: dims[index as usize + 1..].iter().product::<usize>().max(1),
        }),
        count => bail!(
            "{name}: `{parameter}` has {count} channels, dimension {dim} of the input of shape {:?} has {channels}",
            x.shape()
        ),
    }
}
