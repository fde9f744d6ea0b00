//! Convolutions by themselves, and followed by batch normalisation and a shortcut as one operation.
//!
//! (candle's own backward pass goes through a transposed convolution without a fast path, and fails where a stride of two
//! meets one even and one odd side.)

use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor, WithDType, bail};

use super::blocks::Blocks;
use super::element::{contiguous, dispatch, with_elements};
use super::window::{Geometry, Window};

/// Cross-correlates feature maps `x [c, n, h, w]` with a square `kernel [o, c, k, k]`, giving `[o, n, h', w']`.
///
/// # Errors
/// If the shapes do not fit each other, the tensors are not on the CPU, or the elements are neither f32 nor f64.
pub fn conv2d(x: &Tensor, kernel: &Tensor, stride: usize, padding: usize) -> Result<Tensor> {
    let convolution = Blocks::new(x, kernel, stride, padding)?;
    let Geometry {
        images,
        rows,
        columns,
        ..
    } = convolution.geometry;
    let matrix = kernel.flatten_from(1)?.contiguous()?;
    let y = x.contiguous()?.apply_op2(&matrix, convolution)?;
    y.reshape((convolution.outputs, images, rows, columns))
}

impl Blocks {
    pub(super) fn new(x: &Tensor, kernel: &Tensor, stride: usize, padding: usize) -> Result<Self> {
        let (outputs, inputs, size, other) = kernel.dims4()?;
        let dims = x.dims4()?;
        if size != other || inputs != dims.0 {
            bail!(
                "a kernel {:?} does not fit feature maps {:?}",
                kernel.shape(),
                x.shape()
            )
        }
        let window = Window {
            size,
            stride,
            padding,
        };
        let geometry = Geometry::new(window, dims)?;
        Ok(Self { geometry, outputs })
    }
}

impl CustomOp2 for Blocks {
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
            let (x, kernel) = (contiguous::<T>(x, x_layout)?, contiguous(kernel, kernel_layout)?);
            Ok(T::to_cpu_storage_owned(self.forward(x, kernel, |_| ()).0))
        })?;
        Ok((y, (self.outputs, self.geometry.positions()).into()))
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
        let grad = grad.contiguous()?;
        let per_image = self.geometry.per_image();
        dispatch!(x.dtype(), self.name(), T => {
            let (grad_x, grad_kernel) = with_elements::<T, _>(x, |x| {
                with_elements(kernel, |kernel| with_elements::<T, _>(&grad, |grad| {
                    let part = |images: &std::ops::Range<usize>, to: &mut [T]| {
                        let all = grad.chunks(self.geometry.positions());
                        let range = images.start * per_image..images.end * per_image;
                        for (to, from) in to.chunks_mut(range.len()).zip(all) {
                            to.copy_from_slice(&from[range.clone()]);
                        }
                    };
                    Ok(self.backward(x, kernel, part, want_x))
                }))
            })?;
            let grad_x = grad_x.map(|grad_x| Tensor::from_vec(grad_x, x.shape(), x.device()));
            Ok((grad_x.transpose()?, Some(Tensor::from_vec(grad_kernel, kernel.shape(), x.device())?)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_close, assert_gradient, normal};
    use super::*;
    use candle_core::{DType, Var};

    /// `(c, n, h, w, o, k, stride, padding)`: the shapes of a ResNet, odd sides, windows wider than
    /// the maps, and groups and blocks of unequal size.
    const CASES: [[usize; 8]; 10] = [
        [1, 3, 8, 8, 4, 3, 1, 1],
        [4, 2, 8, 8, 8, 3, 2, 1],
        [3, 2, 7, 5, 2, 3, 2, 1],
        [2, 1, 1, 1, 3, 3, 1, 1],
        [2, 2, 5, 5, 2, 1, 2, 0],
        [2, 2, 9, 6, 3, 5, 3, 2],
        [1, 2, 2, 3, 2, 3, 1, 3],
        [4, 40, 8, 8, 3, 3, 1, 1],
        [3, 35, 20, 21, 16, 3, 1, 1],
        [12, 35, 21, 21, 2, 3, 2, 1],
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
            // Sums of at most 14700 products of order one, in f64: far below 14700² · 2⁻⁵³.
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
        for stride in [1, 2] {
            assert_gradient(&x, |x| conv2d(x, &kernel, stride, 1))?;
            assert_gradient(&kernel, |kernel| conv2d(&x, kernel, stride, 1))?;
        }
        Ok(())
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
