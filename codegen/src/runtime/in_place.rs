//! Inference that writes the values over the first input.

use std::sync::Arc;

use candle_core::backend::BackendStorage as _;
use candle_core::{CpuStorage, InplaceOp1, InplaceOp2, InplaceOp3, Layout, Result, Tensor, bail};

use super::Tiled;
use super::blocks::Function;
use super::compiled::Compiled;
use super::driver::Arguments;
use super::element::{Element, with_element};
use super::op::{Source, check_inputs, view};
use super::parameters::{Argument, Packed};
use super::simd::SimdLevel;
use super::view::View;

/// Writes the values over the first of the inputs: for inference, without the memory of a result. The bits are those of
/// [`apply`](super::apply).
///
/// No gradient flows, not even to the parameters. Every tensor that shares its memory with the first input, such as a clone or
/// a view, changes too.
///
/// # Errors
/// As [`apply`](super::apply); if the first input is part of a graph that tracks gradients, or not contiguous.
pub fn apply_in_place<K: Tiled<X, P>, const X: usize, const P: usize>(
    x: [&Tensor; X],
    parameters: [Argument<'_>; P],
) -> Result<()> {
    const { assert!(X == 1 || X == 2, "a candle operation of one or two inputs") }
    apply_function_in_place(Arc::new(Compiled::<K, P>::NEW), x, &parameters)
}

/// Applies any function on blocks in the same way.
pub(super) fn apply_function_in_place<const X: usize>(
    function: Arc<dyn Function<X>>,
    x: [&Tensor; X],
    parameters: &[Argument],
) -> Result<()> {
    let name = function.name();
    check_inputs(name, &x)?;
    if x[0].track_op() {
        bail!(
            "{name}: the input's gradients are tracked, and would be wrong after an operation in place; use `forward`, or .detach() the input"
        )
    }
    if !x[0].is_contiguous() {
        bail!("{name}: the input is not contiguous, and cannot be overwritten; use `forward`")
    }
    let (packed, tensor) = Packed::new(&*function, x[0], parameters)?;
    let operation = InPlace { function, packed };
    let others: Vec<&Tensor> = x[1..].iter().copied().chain(&tensor).collect();
    match others[..] {
        [] => x[0].inplace_op1(&operation),
        [b] => x[0].inplace_op2(b, &operation),
        [b, c] => x[0].inplace_op3(b, c, &operation),
        _ => bail!("{name}: a candle operation takes at most three tensors"),
    }
}

/// A function that overwrites its first input.
struct InPlace<const X: usize> {
    function: Arc<dyn Function<X>>,
    packed: Packed,
}

impl<const X: usize> InPlace<X> {
    /// Overwrites `first`; the other inputs follow, then the packed parameters if there are any.
    fn run(&self, first: &mut CpuStorage, layout: &Layout, others: &[Source]) -> Result<()> {
        let name = self.function.name();
        with_element!(first.dtype(), name, T => {
            let Some((start, end)) = layout.contiguous_offsets() else {
                bail!("{name}: the input is not contiguous; use `forward`")
            };
            let Some(first) = T::elements_mut(first) else {
                bail!("{name}: the input has another type than its storage")
            };
            let level = SimdLevel::best();
            let views = others[..X - 1].iter().map(|&source| view(source));
            let views = [Ok(View::Given)].into_iter().chain(views);
            let Ok(x) = <[View<T>; X]>::try_from(views.collect::<Result<Vec<_>>>()?) else {
                bail!("{name}: expected {X} inputs")
            };
            let arguments = Arguments {
                function: &*self.function,
                level,
                len: end - start,
                x,
                parameters: self.packed.values_of(others.get(X - 1), level)?,
            };
            arguments.forward_in_place(&mut first[start..end]);
            Ok(())
        })
    }
}

impl<const X: usize> InplaceOp1 for InPlace<X> {
    fn name(&self) -> &'static str {
        self.function.name()
    }

    fn cpu_fwd(&self, a: &mut CpuStorage, a_layout: &Layout) -> Result<()> {
        self.run(a, a_layout, &[])
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(&self, a: &mut candle_core::CudaStorage, a_layout: &Layout) -> Result<()> {
        super::device::in_place(&*self.function, &self.packed, a, a_layout, &[])
    }
}

impl<const X: usize> InplaceOp2 for InPlace<X> {
    fn name(&self) -> &'static str {
        self.function.name()
    }

    fn cpu_fwd(
        &self,
        a: &mut CpuStorage,
        a_layout: &Layout,
        b: &CpuStorage,
        b_layout: &Layout,
    ) -> Result<()> {
        self.run(a, a_layout, &[(b, b_layout)])
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        a: &mut candle_core::CudaStorage,
        a_layout: &Layout,
        b: &candle_core::CudaStorage,
        b_layout: &Layout,
    ) -> Result<()> {
        super::device::in_place(&*self.function, &self.packed, a, a_layout, &[(b, b_layout)])
    }
}

impl<const X: usize> InplaceOp3 for InPlace<X> {
    fn name(&self) -> &'static str {
        self.function.name()
    }

    fn cpu_fwd(
        &self,
        a: &mut CpuStorage,
        a_layout: &Layout,
        b: &CpuStorage,
        b_layout: &Layout,
        c: &CpuStorage,
        c_layout: &Layout,
    ) -> Result<()> {
        self.run(a, a_layout, &[(b, b_layout), (c, c_layout)])
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        a: &mut candle_core::CudaStorage,
        a_layout: &Layout,
        b: &candle_core::CudaStorage,
        b_layout: &Layout,
        c: &candle_core::CudaStorage,
        c_layout: &Layout,
    ) -> Result<()> {
        super::device::in_place(
            &*self.function,
            &self.packed,
            a,
            a_layout,
            &[(b, b_layout), (c, c_layout)],
        )
    }
}
