//! Convolution as matrix products over blocks of images.
//!
//! With the windows of the input as columns `U = unfold(x)` and the kernel as a matrix `W [o, c·k·k]`, the output is
//! `Y = W U`, and the gradients are `∂W = ∂Y Uᵀ` and `∂x = fold(Wᵀ ∂Y)`. The columns are nine times as large as the
//! input of a 3×3 convolution, so they are laid out for a block of images at a time, small enough to stay in the cache,
//! and the backward pass lays them out again instead of keeping them. Blocks run in parallel; which images share a block
//! depends on the shapes alone, and `∂W` is summed in the order of the blocks, so the number of threads changes nothing.
//!
//! (candle's own backward pass goes through a transposed convolution without a fast path, and fails where a stride of two
//! meets one even and one odd side.)

use super::window::{Geometry, Window};
use super::{contiguous, dispatch, with_elements};
use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp2, Device, Layout, Result, Shape, Tensor, WithDType, bail};
use rayon::prelude::*;
use std::ops::Range;

/// Elements that the columns of a block should not exceed: 256 KiB in f32, a part of a core's second-level cache.
const BLOCK: usize = 1 << 16;

/// Cross-correlates feature maps `x [c, n, h, w]` with a square `kernel [o, c, k, k]`, giving `[o, n, h', w']`.
///
/// # Errors
/// If the shapes do not fit each other, or the elements are neither f32 nor f64.
pub(crate) fn conv2d(x: &Tensor, kernel: &Tensor, stride: usize, padding: usize) -> Result<Tensor> {
    let (outputs, inputs, size, other) = kernel.dims4()?;
    let dims = x.dims4()?;
    if size != other || inputs != dims.0 {
        bail!(
            "a kernel {:?} does not fit feature maps {:?}",
            kernel.shape(),
            x.shape()
        )
    }
    let geometry = Geometry::new(
        Window {
            size,
            stride,
            padding,
        },
        dims,
    )?;
    let kernel = kernel.reshape((outputs, geometry.depth()))?.contiguous()?;
    let y = x.contiguous()?.apply_op2(&kernel, Convolution(geometry))?;
    y.reshape((outputs, dims.1, geometry.rows, geometry.columns))
}

/// `(x [c, n, h, w], kernel [o, c·k·k]) ↦ [o, n·h'·w']`
struct Convolution(Geometry);

impl Convolution {
    /// The images of each block.
    fn blocks(&self) -> Vec<Range<usize>> {
        let Geometry { images, .. } = self.0;
        let per_image = self.0.depth() * self.0.rows * self.0.columns;
        let size = (BLOCK / per_image).clamp(1, images);
        (0..images)
            .step_by(size)
            .map(|first| first..(first + size).min(images))
            .collect()
    }

    /// The windows of these images as columns.
    fn unfold<T: WithDType>(&self, x: &[T], images: &Range<usize>) -> Result<Tensor> {
        let block = self.0.with_images(images.len());
        let columns = block.unfold(x, images.start);
        Tensor::from_vec(columns, (block.depth(), block.positions()), &Device::Cpu)
    }

    /// Adds the windows of this many images back to where they were taken from.
    fn fold<T: WithDType>(&self, columns: &Tensor, images: usize) -> Result<Tensor> {
        let block = self.0.with_images(images);
        let maps = with_elements(columns, |columns: &[T]| Ok(block.fold(columns)))?;
        Tensor::from_vec(
            maps,
            (block.channels, images, block.height, block.width),
            &Device::Cpu,
        )
    }

    fn forward<T: WithDType>(&self, x: &[T], kernel: &Tensor) -> Result<Tensor> {
        let blocks = self.blocks();
        let outputs = blocks
            .par_iter()
            .map(|images| kernel.matmul(&self.unfold(x, images)?));
        Tensor::cat(&outputs.collect::<Result<Vec<_>>>()?, 1)
    }

    /// `(∂x, ∂W)`, the first only if it is asked for.
    fn backward<T: WithDType>(
        &self,
        x: &[T],
        kernel: &Tensor,
        grad: &Tensor,
        want_x: bool,
    ) -> Result<(Option<Tensor>, Tensor)> {
        let per_image = self.0.rows * self.0.columns;
        let block = |images: &Range<usize>| -> Result<(Option<Tensor>, Tensor)> {
            let grad = grad.narrow(1, images.start * per_image, images.len() * per_image)?;
            let grad_kernel = grad.matmul(&self.unfold(x, images)?.t()?)?;
            let grad_x = || self.fold::<T>(&kernel.t()?.matmul(&grad)?, images.len());
            Ok((want_x.then(grad_x).transpose()?, grad_kernel))
        };
        let blocks = self.blocks();
        let parts = blocks.par_iter().map(block).collect::<Result<Vec<_>>>()?;
        let (grad_x, grad_kernel): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
        let grad_x: Option<Vec<_>> = grad_x.into_iter().collect();
        let grad_x = grad_x.map(|parts| Tensor::cat(&parts, 1)).transpose()?;
        let grad_kernel = grad_kernel
            .into_iter()
            .try_fold(kernel.zeros_like()?, |sum, part| sum + part)?;
        Ok((grad_x, grad_kernel))
    }
}

impl CustomOp2 for Convolution {
    fn name(&self) -> &'static str {
        "convolution"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        kernel: &CpuStorage,
        kernel_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let y = dispatch!(x.dtype(), self.name(), T => {
            let kernel = Tensor::from_slice(contiguous::<T>(kernel, kernel_layout)?, kernel_layout.shape(), &Device::Cpu)?;
            let y = self.forward::<T>(contiguous(x, x_layout)?, &kernel)?;
            with_elements(&y, |y: &[T]| Ok(T::to_cpu_storage(y)))
        })?;
        Ok((y, (kernel_layout.dims()[0], self.0.positions()).into()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        kernel: &Tensor,
        _y: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        // The images themselves need no gradient.
        let want_x = x.track_op();
        let (kernel, grad) = (kernel.detach(), grad.contiguous()?);
        let (grad_x, grad_kernel) = dispatch!(x.dtype(), self.name(), T => {
            with_elements(x, |elements: &[T]| self.backward(elements, &kernel, &grad, want_x))
        })?;
        Ok((grad_x, Some(grad_kernel)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_close, assert_gradient, normal};
    use super::*;
    use candle_core::{DType, Var};

    /// `(c, n, h, w, o, k, stride, padding)`: the shapes of a ResNet, odd sides, windows wider than
    /// the maps, and two blocks of unequal size.
    const CASES: [[usize; 8]; 8] = [
        [1, 3, 8, 8, 4, 3, 1, 1],
        [4, 2, 8, 8, 8, 3, 2, 1],
        [3, 2, 7, 5, 2, 3, 2, 1],
        [2, 1, 1, 1, 3, 3, 1, 1],
        [2, 2, 5, 5, 2, 1, 2, 0],
        [2, 2, 9, 6, 3, 5, 3, 2],
        [1, 2, 2, 3, 2, 3, 1, 3],
        [4, 40, 8, 8, 3, 3, 1, 1],
    ];

    #[test]
    fn values_and_gradients_agree_with_candle() -> Result<()> {
        for [c, n, h, w, o, k, stride, padding] in CASES {
            let x = Var::from_tensor(&normal((c, n, h, w), 1)?)?;
            let kernel = Var::from_tensor(&normal((o, c, k, k), 2)?)?;
            let ours = conv2d(&x, &kernel, stride, padding)?;
            let theirs = x
                .transpose(0, 1)?
                .contiguous()?
                .conv2d(&kernel, padding, stride, 1, 1)?;
            let theirs = theirs.transpose(0, 1)?;
            // Sums of at most 2560 products of order one, in f64: far below 2560² · 2⁻⁵³.
            assert_close(&ours, &theirs, 1e-11)?;
            let weights = normal(ours.dims(), 3)?;
            let ours = (ours * &weights)?.sum_all()?.backward()?;
            let theirs = (theirs * &weights)?.sum_all()?.backward()?;
            for var in [&x, &kernel] {
                assert_close(ours.get(var).unwrap(), theirs.get(var).unwrap(), 1e-11)?;
            }
        }
        Ok(())
    }

    #[test]
    fn gradients_agree_with_finite_differences() -> Result<()> {
        let x = normal((2, 2, 5, 4), 1)?;
        let kernel = normal((3, 2, 3, 3), 2)?;
        assert_gradient(&x, |x| conv2d(x, &kernel, 2, 1))?;
        assert_gradient(&kernel, |kernel| conv2d(&x, kernel, 2, 1))
    }

    #[test]
    fn strided_inputs_and_f32() -> Result<()> {
        let x = normal((2, 3, 6, 6), 1)?;
        let kernel = normal((4, 3, 3, 3), 2)?;
        let expected = conv2d(&x.transpose(0, 1)?.contiguous()?, &kernel, 1, 1)?;
        assert_close(&conv2d(&x.transpose(0, 1)?, &kernel, 1, 1)?, &expected, 0.0)?;
        let f32 = |t: &Tensor| t.to_dtype(DType::F32);
        let single = conv2d(&f32(&x.transpose(0, 1)?)?, &f32(&kernel)?, 1, 1)?;
        // 27 products of order one, each rounded to 2⁻²⁴.
        assert_close(
            &single.to_dtype(DType::F64)?,
            &expected,
            27.0 * 2f64.powi(-20),
        )
    }

    #[test]
    fn misfits_are_errors() -> Result<()> {
        let x = normal((2, 1, 3, 3), 1)?;
        assert!(conv2d(&x, &normal((1, 3, 3, 3), 2)?, 1, 1).is_err());
        assert!(conv2d(&x, &normal((1, 2, 3, 1), 2)?, 1, 1).is_err());
        assert!(conv2d(&x, &normal((1, 2, 5, 5), 2)?, 1, 0).is_err());
        assert!(conv2d(&x, &normal((1, 2, 3, 3), 2)?, 0, 1).is_err());
        Ok(())
    }
}
