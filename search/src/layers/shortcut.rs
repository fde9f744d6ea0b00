//! The shortcut of residual networks without parameters (He et al., arXiv 1512.03385, option A).

use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, WithDType, bail};
use rayon::prelude::*;

use super::element::{Element, contiguous, dispatch, with_elements};

/// Every `stride`-th row and column of the feature maps `[c, n, h, w]`, from the first on, between `before` and `after` more channels of
/// zeros.
///
/// # Errors
/// If the tensor has another rank, an empty dimension, or is not on the CPU, or its elements are neither f32 nor f64.
pub fn shortcut(maps: &Tensor, stride: usize, before: usize, after: usize) -> Result<Tensor> {
    let (channels, images, height, width) = maps.dims4()?;
    if maps.elem_count() == 0 || stride == 0 {
        bail!("no maps in {:?}, with a stride of {stride}", maps.shape())
    }
    maps.contiguous()?.apply_op1(Shortcut {
        stride,
        before,
        channels,
        after,
        images,
        height,
        width,
    })
}

#[derive(Clone, Copy)]
struct Shortcut {
    stride: usize,
    before: usize,
    channels: usize,
    after: usize,
    images: usize,
    height: usize,
    width: usize,
}

impl Shortcut {
    /// Rows and columns of the result.
    fn size(&self) -> [usize; 2] {
        [self.height, self.width].map(|side| side.div_ceil(self.stride))
    }

    fn forward<T: Element>(&self, maps: &[T]) -> Vec<T> {
        let [rows, columns] = self.size();
        let (large, small) = (self.images * self.height, self.images * rows);
        let mut picked =
            vec![T::zero(); (self.before + self.channels + self.after) * small * columns];
        let kept = &mut picked[self.before * small * columns..][..self.channels * small * columns];
        let channels = kept.par_chunks_mut(small * columns);
        channels
            .zip(maps.par_chunks(large * self.width))
            .for_each(|(to, from)| {
                let images = to.chunks_mut(rows * columns);
                for (to, from) in images.zip(from.chunks(self.height * self.width)) {
                    let lines = from.chunks(self.width).step_by(self.stride);
                    for (to, from) in to.chunks_mut(columns).zip(lines) {
                        let pixels = from.iter().step_by(self.stride);
                        to.iter_mut().zip(pixels).for_each(|(to, from)| *to = *from);
                    }
                }
            });
        picked
    }

    fn backward<T: Element>(&self, grad: &[T]) -> Vec<T> {
        let [rows, columns] = self.size();
        let (large, small) = (self.images * self.height, self.images * rows);
        let mut grad_maps = vec![T::zero(); self.channels * large * self.width];
        let kept = &grad[self.before * small * columns..];
        let channels = grad_maps.par_chunks_mut(large * self.width);
        channels
            .zip(kept.par_chunks(small * columns))
            .for_each(|(to, from)| {
                let images = to.chunks_mut(self.height * self.width);
                for (to, from) in images.zip(from.chunks(rows * columns)) {
                    let lines = to.chunks_mut(self.width).step_by(self.stride);
                    for (to, from) in lines.zip(from.chunks(columns)) {
                        let pixels = to.iter_mut().step_by(self.stride);
                        pixels.zip(from).for_each(|(to, from)| *to = *from);
                    }
                }
            });
        grad_maps
    }
}

impl CustomOp1 for Shortcut {
    fn name(&self) -> &'static str {
        "shortcut"
    }

    fn cpu_fwd(&self, maps: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let [rows, columns] = self.size();
        let channels = self.before + self.channels + self.after;
        let picked = dispatch!(maps.dtype(), self.name(), T => {
            Ok(T::to_cpu_storage_owned(self.forward::<T>(contiguous(maps, layout)?)))
        })?;
        Ok((picked, (channels, self.images, rows, columns).into()))
    }

    fn bwd(&self, maps: &Tensor, _picked: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let grad = grad.contiguous()?;
        let grad_maps = dispatch!(maps.dtype(), self.name(), T => {
            let grad_maps = with_elements::<T, _>(&grad, |grad| Ok(self.backward(grad)))?;
            Tensor::from_vec(grad_maps, maps.shape(), maps.device())
        })?;
        Ok(Some(grad_maps))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_agree, normal};
    use super::*;
    use candle_core::Device;

    #[test]
    fn values_and_gradients_agree_with_candle() -> Result<()> {
        for ([c, n, h, w], stride, before, after) in [
            ([2, 3, 4, 6], 2, 1, 2),
            ([1, 2, 5, 7], 2, 0, 0),
            ([2, 1, 7, 4], 3, 0, 3),
            ([3, 2, 2, 2], 1, 1, 0),
        ] {
            let maps = normal((c, n, h, w), 1)?;
            let every =
                |len: usize| Tensor::arange_step(0u32, len as u32, stride as u32, &Device::Cpu);
            assert_agree(
                &[&maps],
                |maps| shortcut(&maps[0], stride, before, after),
                |maps| {
                    let picked = maps[0].index_select(&every(h)?, 2)?;
                    let picked = picked.index_select(&every(w)?, 3)?;
                    picked.pad_with_zeros(0, before, after)
                },
            )?;
        }
        Ok(())
    }

    #[test]
    fn misfits_are_errors() -> Result<()> {
        assert!(shortcut(&normal((2, 3, 4), 1)?, 2, 0, 0).is_err());
        assert!(shortcut(&normal((2, 3, 0, 4), 1)?, 2, 0, 0).is_err());
        assert!(shortcut(&normal((2, 3, 4, 4), 1)?, 0, 0, 0).is_err());
        Ok(())
    }
}
