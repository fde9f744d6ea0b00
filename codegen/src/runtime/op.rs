//! The candle operations that any [`Kernel`] becomes.
//!
//! Parameters travel packed in one `[P]` tensor, because a custom operation takes few arguments; the packing is itself made
//! of candle operations, so each parameter gets its gradient. The backward pass is one fused loop over the storages.

use std::marker::PhantomData;

use candle_core::{
    CpuStorage, CustomOp1, CustomOp2, DType, Layout, Result, Shape, Storage, Tensor, WithDType,
    bail,
};

use super::view::View;
use super::{Kernel, Real, driver};

/// Applies the kernel to each element of `x`; gradients flow to `x` and to each of `params`.
///
/// `x` has any shape and layout; each parameter is one number, of shape `[]` or `[1]`. The result has the shape of `x`.
///
/// # Errors
/// If `x` is not f32 or f64 on the CPU, or if a parameter is not one number of the same type on the same device.
pub fn apply<K: Kernel<P>, const P: usize>(x: &Tensor, params: [&Tensor; P]) -> Result<Tensor> {
    check_input(K::NAME, x)?;
    if P == 0 {
        return x.apply_op1(Fused::<K, P>(PhantomData));
    }
    let params = params
        .iter()
        .map(|p| check_param(K::NAME, x, p))
        .collect::<Result<Vec<_>>>()?;
    x.apply_op2(&Tensor::cat(&params, 0)?, Fused::<K, P>(PhantomData))
}

/// Refuses a tensor that this operation cannot read, and says what to do.
pub(super) fn check_input(name: &str, x: &Tensor) -> Result<()> {
    if !x.device().is_cpu() {
        bail!(
            "{name}: the input is on {:?}, this operation runs on the CPU; move it with .to_device(&Device::Cpu)",
            x.device().location()
        )
    }
    if !matches!(x.dtype(), DType::F32 | DType::F64) {
        bail!(
            "{name}: the input is {:?}, expected F32 or F64; convert it with .to_dtype(DType::F32)",
            x.dtype()
        )
    }
    Ok(())
}

/// The parameter as a tensor of shape `[1]`.
fn check_param(name: &str, x: &Tensor, param: &Tensor) -> Result<Tensor> {
    if param.elem_count() != 1 {
        bail!(
            "{name}: a parameter has shape {:?}, expected one number of shape [] or [1]",
            param.shape()
        )
    }
    if !param.device().is_cpu() {
        bail!(
            "{name}: a parameter is on {:?}, the input on the CPU; move it with .to_device(&Device::Cpu)",
            param.device().location()
        )
    }
    if param.dtype() != x.dtype() {
        bail!(
            "{name}: a parameter is {:?}, the input {:?}; convert one with .to_dtype(DType::{:?})",
            param.dtype(),
            x.dtype(),
            x.dtype()
        )
    }
    param.reshape(1)
}

/// The kernel as a candle operation: of `x` alone if it has no parameters, else of `x` and the packed parameters.
struct Fused<K, const P: usize>(PhantomData<fn() -> K>);

impl<K: Kernel<P>, const P: usize> CustomOp1 for Fused<K, P> {
    fn name(&self) -> &'static str {
        K::NAME
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        forward::<K, P>((x, layout), None)
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        Ok(Some(backward::<K, P>(x, None, grad)?.0))
    }
}

impl<K: Kernel<P>, const P: usize> CustomOp2 for Fused<K, P> {
    fn name(&self) -> &'static str {
        K::NAME
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        p: &CpuStorage,
        p_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        forward::<K, P>((x, x_layout), Some((p, p_layout)))
    }

    fn bwd(
        &self,
        x: &Tensor,
        params: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let (grad_x, grad_p) = backward::<K, P>(x, Some(params), grad)?;
        Ok((Some(grad_x), Some(grad_p)))
    }
}

/// A tensor's storage, and where in it the elements are.
pub(super) type Source<'a> = (&'a CpuStorage, &'a Layout);

fn forward<K: Kernel<P>, const P: usize>(
    x: Source,
    params: Option<Source>,
) -> Result<(CpuStorage, Shape)> {
    fn typed<K: Kernel<P>, const P: usize, T: Real + WithDType>(
        x: Source,
        params: Option<Source>,
    ) -> Result<CpuStorage> {
        let out = driver::forward::<K, P, T>(&view(x)?, unpack(params)?, x.1.shape().elem_count());
        Ok(T::to_cpu_storage_owned(out))
    }
    let out = match x.0 {
        CpuStorage::F32(_) => typed::<K, P, f32>(x, params)?,
        CpuStorage::F64(_) => typed::<K, P, f64>(x, params)?,
        _ => bail!(
            "{}: expected F32 or F64; convert with .to_dtype(DType::F32)",
            K::NAME
        ),
    };
    Ok((out, x.1.shape().clone()))
}

/// The gradients for `x` and for the packed parameters.
fn backward<K: Kernel<P>, const P: usize>(
    x: &Tensor,
    params: Option<&Tensor>,
    grad: &Tensor,
) -> Result<(Tensor, Tensor)> {
    fn typed<K: Kernel<P>, const P: usize, T: Real + WithDType>(
        x: &Tensor,
        params: Option<&Tensor>,
        grad: &Tensor,
    ) -> Result<(Tensor, Tensor)> {
        let (x_storage, x_layout) = x.storage_and_layout();
        let (grad_storage, grad_layout) = grad.storage_and_layout();
        let params = match params {
            Some(params) => {
                let (storage, layout) = params.storage_and_layout();
                unpack(Some((cpu(&storage)?, layout)))?
            }
            None => unpack(None)?,
        };
        let (grad_x, grad_p) = driver::backward::<K, P, T>(
            &view((cpu(&x_storage)?, x_layout))?,
            params,
            &view((cpu(&grad_storage)?, grad_layout))?,
            x.elem_count(),
        );
        Ok((
            Tensor::from_vec(grad_x, x.shape(), x.device())?,
            Tensor::from_vec(grad_p.to_vec(), P, x.device())?,
        ))
    }
    match x.dtype() {
        DType::F32 => typed::<K, P, f32>(x, params, grad),
        DType::F64 => typed::<K, P, f64>(x, params, grad),
        other => bail!(
            "{}: expected F32 or F64, not {other:?}; convert with .to_dtype(DType::F32)",
            K::NAME
        ),
    }
}

/// The storage on the CPU.
pub(super) fn cpu(storage: &Storage) -> Result<&CpuStorage> {
    match storage {
        Storage::Cpu(storage) => Ok(storage),
        _ => bail!("expected a tensor on the CPU; move it with .to_device(&Device::Cpu)"),
    }
}

/// The elements in logical order.
pub(super) fn view<'a, T: Real + WithDType>((storage, layout): Source<'a>) -> Result<View<'a, T>> {
    Ok(View::new(storage.as_slice()?, layout))
}

/// The numbers of the packed parameters; without a tensor, none.
fn unpack<const P: usize, T: Real + WithDType>(params: Option<Source>) -> Result<[T; P]> {
    let mut numbers = [T::of(0.0); P];
    if let Some(params) = params {
        let mut buffer = numbers;
        numbers.copy_from_slice(view(params)?.block(0, P, &mut buffer));
    }
    Ok(numbers)
}
