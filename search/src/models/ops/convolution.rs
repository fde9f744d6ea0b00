//! Convolution as one matrix product over the whole batch.
//!
//! With the windows of the input as columns `U = unfold(x)` and the kernel as a matrix `W [o, c·k·k]`, the output is
//! `Y = W U`, and the gradients are `∂W = ∂Y Uᵀ` and `∂x = fold(Wᵀ ∂Y)`. The columns are nine times as large as the
//! input of a 3×3 convolution, so the backward pass lays them out again instead of keeping them.
//! (candle's own backward pass goes through a transposed convolution without a fast path.)

use super::window::{Fold, Geometry, Unfold, Window};
use super::{contiguous, dispatch};
use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor, WithDType, bail};

/// Cross-correlates feature maps `x [c, n, h, w]` with a square `kernel [o, c, k, k]`, giving `[o, n, h', w']`.
///
/// # Errors
/// If the shapes do not fit each other, or the elements are neither f32 nor f64.
pub fn conv2d(x: &Tensor, kernel: &Tensor, stride: usize, padding: usize) -> Result<Tensor> {
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
        let columns = dispatch!(x.dtype(), self.name(), T => {
            Ok(T::to_cpu_storage_owned(self.0.unfold::<T>(contiguous(x, x_layout)?)))
        })?;
        let (outputs, depth) = kernel_layout.shape().dims2()?;
        let positions = self.0.positions();
        let columns_layout = Layout::contiguous((depth, positions));
        let sizes = (1, outputs, positions, depth);
        let y = kernel.matmul(&columns, sizes, kernel_layout, &columns_layout)?;
        Ok((y, (outputs, positions).into()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        kernel: &Tensor,
        _y: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let grad_x = || kernel.t()?.matmul(grad)?.apply_op1(Fold(self.0));
        let grad_kernel = || grad.matmul(&x.apply_op1(Unfold(self.0))?.t()?);
        // The images themselves need no gradient.
        let grad_x = x.track_op().then(grad_x).transpose()?;
        let grad_kernel = kernel.track_op().then(grad_kernel).transpose()?;
        Ok((grad_x, grad_kernel))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_close, assert_gradient, normal};
    use super::*;
    use candle_core::{DType, Var};

    /// `(c, n, h, w, o, k, stride, padding)`: the shapes of a ResNet, odd sides, and windows wider than the maps.
    const CASES: [[usize; 8]; 7] = [
        [1, 3, 8, 8, 4, 3, 1, 1],
        [4, 2, 8, 8, 8, 3, 2, 1],
        [3, 2, 7, 5, 2, 3, 2, 1],
        [2, 1, 1, 1, 3, 3, 1, 1],
        [2, 2, 5, 5, 2, 1, 2, 0],
        [2, 2, 9, 6, 3, 5, 3, 2],
        [1, 2, 2, 3, 2, 3, 1, 3],
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
            // Sums of at most 100 products of order one, in f64.
            assert_close(&ours, &theirs, 1e-12)?;
            let weights = normal(ours.dims(), 3)?;
            let ours = (ours * &weights)?.sum_all()?.backward()?;
            let theirs = (theirs * &weights)?.sum_all()?.backward()?;
            for var in [&x, &kernel] {
                assert_close(ours.get(var).unwrap(), theirs.get(var).unwrap(), 1e-12)?;
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
