//! The candle operations that any [`Function`] on blocks becomes.
//!
//! The trained parameters travel packed in one tensor, because a custom operation takes few arguments; the packing is itself made
//! of candle operations, so each parameter gets its gradient. The backward pass is one fused loop over the storages.

use std::sync::Arc;

use candle_core::backend::BackendStorage as _;
use candle_core::{CpuStorage, CustomOp1, CustomOp2, CustomOp3, Layout, Result, Shape, Storage};
use candle_core::{Tensor, bail};

use super::Tiled;
use super::blocks::Function;
use super::compiled::Compiled;
use super::device;
use super::driver::Arguments;
use super::element::{EXPECTED, Element, elements, is_float, with_element};
pub(super) use super::parameters::Source;
use super::parameters::{Argument, Packed};
use super::simd::SimdLevel;
use super::view::View;

/// Applies the kernel to each element of its inputs; gradients flow to each of `x` and to each trained parameter.
///
/// The inputs have one shape, of any rank and layout, and are f32, f64, f16 or bf16. Half precision is computed in f32
/// and rounded once. Parameters may have another of these types than the inputs: they are then converted to what is computed in. The arguments of scalar parameters have one element, those of parameters per channel as many as the input's
/// dimension, or one; the arguments of constants are numbers. The result has the shape of the inputs.
///
/// # Errors
/// If types, devices or shapes are others.
pub fn apply<K: Tiled<X, P>, const X: usize, const P: usize>(
    x: [&Tensor; X],
    parameters: [Argument<'_>; P],
) -> Result<Tensor> {
    const { assert!(X == 1 || X == 2, "a candle operation of one or two inputs") }
    apply_function(Arc::new(Compiled::<K, P>::NEW), x, &parameters)
}

/// Applies any function on blocks in the same way.
pub(super) fn apply_function<const X: usize>(
    function: Arc<dyn Function<X>>,
    x: [&Tensor; X],
    parameters: &[Argument],
) -> Result<Tensor> {
    check_inputs(function.name(), &x)?;
    let (packed, tensor) = Packed::new(&*function, x[0], parameters)?;
    let operation = Fused { function, packed };
    let tensors: Vec<&Tensor> = x.into_iter().chain(&tensor).collect();
    match tensors[..] {
        [a] => a.apply_op1(operation),
        [a, b] => a.apply_op2(b, operation),
        [a, b, c] => a.apply_op3(b, c, operation),
        _ => bail!(
            "{}: a candle operation takes at most three tensors",
            operation.function.name()
        ),
    }
}

/// Refuses tensors that this operation cannot read, and says what to do.
pub(super) fn check_inputs(name: &str, x: &[&Tensor]) -> Result<()> {
    for x in x {
        device::check_device(name, "the input", x.device())?;
        if !is_float(x.dtype()) {
            bail!(
                "{name}: the input is {:?}, expected {}; convert it with .to_dtype(DType::F32)",
                x.dtype(),
                EXPECTED
            )
        }
    }
    if let [a, b] = x {
        let (first, second) = (a.device().location(), b.device().location());
        if first != second {
            bail!(
                "{name}: the first input is on {first:?}, the second on {second:?}; move one with .to_device"
            )
        }
        if a.dtype() != b.dtype() {
            bail!(
                "{name}: the first input is {:?}, the second {:?}; convert one with .to_dtype(DType::{:?})",
                a.dtype(),
                b.dtype(),
                a.dtype()
            )
        }
        if a.dims() != b.dims() {
            bail!(
                "{name}: the first input has shape {:?}, the second {:?}, expected one shape; expand one with .broadcast_as",
                a.shape(),
                b.shape()
            )
        }
    }
    Ok(())
}

/// A function as a candle operation of its inputs and, if it has trained parameters, of these in one tensor.
struct Fused<const X: usize> {
    function: Arc<dyn Function<X>>,
    packed: Packed,
}

impl<const X: usize> Fused<X> {
    fn forward(&self, sources: &[Source]) -> Result<(CpuStorage, Shape)> {
        let out = with_element!(sources[0].0.dtype(), self.function.name(), T => {
            T::into_storage(self.arguments::<T>(sources)?.forward())
        });
        Ok((out, sources[0].1.shape().clone()))
    }

    /// The gradients for the inputs, and for the packed parameters if there are any.
    fn backward(&self, tensors: &[&Tensor], grad: &Tensor) -> Result<Vec<Option<Tensor>>> {
        let elsewhere = device::backward(&*self.function, &self.packed, tensors, grad)?;
        if let Some(gradients) = elsewhere {
            return Ok(gradients);
        }
        let (grad_storage, grad_layout) = grad.storage_and_layout();
        let storages: Vec<_> = tensors.iter().map(|t| t.storage_and_layout()).collect();
        let source = |(storage, layout)| Ok((cpu(storage)?, layout));
        let sources = storages
            .iter()
            .map(|(storage, layout)| source((storage, *layout)));
        let sources = sources.collect::<Result<Vec<Source>>>()?;
        let grad_dtype = grad.dtype();
        let gradients = with_element!(grad_dtype, self.function.name(), T => {
            let grad = view::<T>((cpu(&grad_storage)?, grad_layout))?;
            let (grad_x, sums) = self.arguments::<T>(&sources)?.backward(&grad);
            let grad_x = grad_x.map(T::into_storage);
            let same = sources.get(X).is_none_or(|(packed, _)| packed.dtype() == grad_dtype);
            let sums = match same {
                true => rounded::<T>(&sums.concat()),
                false => rounded::<<T as Element>::Compute>(&sums.concat()),
            };
            grad_x.into_iter().chain([sums]).collect::<Vec<_>>()
        });
        let tensor = |(tensor, storage): (&&Tensor, CpuStorage)| {
            let untracked = candle_core::op::BackpropOp::none();
            let storage = Storage::Cpu(storage);
            let gradient = || Tensor::from_storage(storage, tensor.shape(), untracked, false);
            tensor.track_op().then(gradient)
        };
        Ok(tensors.iter().zip(gradients).map(tensor).collect())
    }

    /// The function with its arguments.
    fn arguments<'a, T: Element>(&'a self, sources: &[Source<'a>]) -> Result<Arguments<'a, T, X>> {
        let level = SimdLevel::best();
        let views = sources[..X].iter().map(|&source| view(source));
        let Ok(x) = <[View<T>; X]>::try_from(views.collect::<Result<Vec<_>>>()?) else {
            bail!("{}: expected {X} inputs", self.function.name())
        };
        Ok(Arguments {
            function: &*self.function,
            level,
            len: sources[0].1.shape().elem_count(),
            x,
            parameters: self.packed.values_of(sources.get(X), level)?,
        })
    }
}

impl<const X: usize> CustomOp1 for Fused<X> {
    fn name(&self) -> &'static str {
        self.function.name()
    }

    fn cpu_fwd(&self, a: &CpuStorage, a_layout: &Layout) -> Result<(CpuStorage, Shape)> {
        self.forward(&[(a, a_layout)])
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        a: &candle_core::CudaStorage,
        a_layout: &Layout,
    ) -> Result<(candle_core::CudaStorage, Shape)> {
        device::forward(&*self.function, &self.packed, &[(a, a_layout)])
    }

    fn bwd(&self, a: &Tensor, _: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        Ok(self.backward(&[a], grad)?.into_iter().next().flatten())
    }
}

impl<const X: usize> CustomOp2 for Fused<X> {
    fn name(&self) -> &'static str {
        self.function.name()
    }

    fn cpu_fwd(
        &self,
        a: &CpuStorage,
        a_layout: &Layout,
        b: &CpuStorage,
        b_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        self.forward(&[(a, a_layout), (b, b_layout)])
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        a: &candle_core::CudaStorage,
        a_layout: &Layout,
        b: &candle_core::CudaStorage,
        b_layout: &Layout,
    ) -> Result<(candle_core::CudaStorage, Shape)> {
        device::forward(
            &*self.function,
            &self.packed,
            &[(a, a_layout), (b, b_layout)],
        )
    }

    fn bwd(
        &self,
        a: &Tensor,
        b: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let mut gradients = self.backward(&[a, b], grad)?.into_iter();
        let mut next = || gradients.next().flatten();
        Ok((next(), next()))
    }
}

impl<const X: usize> CustomOp3 for Fused<X> {
    fn name(&self) -> &'static str {
        self.function.name()
    }

    fn cpu_fwd(
        &self,
        a: &CpuStorage,
        a_layout: &Layout,
        b: &CpuStorage,
        b_layout: &Layout,
        c: &CpuStorage,
        c_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        self.forward(&[(a, a_layout), (b, b_layout), (c, c_layout)])
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        a: &candle_core::CudaStorage,
        a_layout: &Layout,
        b: &candle_core::CudaStorage,
        b_layout: &Layout,
        c: &candle_core::CudaStorage,
        c_layout: &Layout,
    ) -> Result<(candle_core::CudaStorage, Shape)> {
        device::forward(
            &*self.function,
            &self.packed,
            &[(a, a_layout), (b, b_layout), (c, c_layout)],
        )
    }

    fn bwd(
        &self,
        a: &Tensor,
        b: &Tensor,
        c: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let mut gradients = self.backward(&[a, b, c], grad)?.into_iter();
        let mut next = || gradients.next().flatten();
        Ok((next(), next(), next()))
    }
}

/// A storage of the numbers, each rounded once.
fn rounded<T: Element>(numbers: &[f64]) -> CpuStorage {
    T::into_storage(numbers.iter().map(|&number| T::round(number)).collect())
}

/// The storage on the CPU.
pub(super) fn cpu(storage: &Storage) -> Result<&CpuStorage> {
    match storage {
        Storage::Cpu(storage) => Ok(storage),
        _ => bail!("expected a tensor on the CPU; move it with .to_device(&Device::Cpu)"),
    }
}

/// The elements in logical order.
pub(super) fn view<'a, T: Element>((storage, layout): Source<'a>) -> Result<View<'a, T>> {
    Ok(View::new(elements(storage)?, layout))
}
