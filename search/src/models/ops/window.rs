//! Sliding windows over feature maps: `unfold` lays out every window of the input as a column, `fold` is its adjoint.

use super::{contiguous, dispatch};
use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, WithDType, bail};
use std::ops::Range;

/// A square window that slides over feature maps `[c, n, h, w]` with zeros around them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    /// Side of the window, in pixels.
    pub(super) size: usize,
    /// Distance between neighbouring windows, in pixels.
    pub(super) stride: usize,
    /// Width of the border of zeros, in pixels.
    pub(super) padding: usize,
}

impl Window {
    /// How many windows fit along a side of `len` pixels.
    pub(super) fn count(&self, len: usize) -> Result<usize> {
        match (len + 2 * self.padding).checked_sub(self.size) {
            Some(room) if self.size > 0 && self.stride > 0 => Ok(room / self.stride + 1),
            _ => bail!("no {self:?} fits a side of {len} pixels"),
        }
    }

    /// The windows whose pixel number `tap` lies inside a side of `len` pixels, and the first of those pixels.
    fn inside(&self, tap: usize, len: usize, count: usize) -> (Range<usize>, usize) {
        let first = self.padding.saturating_sub(tap).div_ceil(self.stride);
        let end = (len + self.padding)
            .saturating_sub(tap)
            .div_ceil(self.stride)
            .min(count);
        (
            first..end.max(first),
            (first * self.stride + tap).saturating_sub(self.padding),
        )
    }
}

/// A window and the feature maps that it slides over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Geometry {
    window: Window,
    pub(super) channels: usize,
    pub(super) images: usize,
    pub(super) height: usize,
    pub(super) width: usize,
    /// Windows along the height and the width.
    pub(super) rows: usize,
    pub(super) columns: usize,
}

impl Geometry {
    pub(super) fn new(
        window: Window,
        (channels, images, height, width): (usize, usize, usize, usize),
    ) -> Result<Self> {
        if channels == 0 || images == 0 {
            bail!("a window needs at least one channel and one image, not {channels} and {images}")
        }
        let (rows, columns) = (window.count(height)?, window.count(width)?);
        Ok(Self {
            window,
            channels,
            images,
            height,
            width,
            rows,
            columns,
        })
    }

    /// Pixels of a window over all channels.
    pub(super) fn depth(&self) -> usize {
        self.channels * self.window.size * self.window.size
    }

    /// Windows over all images.
    pub(super) fn positions(&self) -> usize {
        self.images * self.rows * self.columns
    }

    /// The same windows over `images` images.
    pub(super) fn with_images(self, images: usize) -> Self {
        Self { images, ..self }
    }

    /// Calls `line(windows, pixel)` for each line of windows and each of the pixels in a window: pixel
    /// `pixel + i · stride` of the maps is that of window `i` of the line.
    fn for_each_line(
        &self,
        first_image: usize,
        per_map: usize,
        mut line: impl FnMut(Range<usize>, usize),
    ) {
        let Self {
            window,
            height,
            width,
            rows,
            columns,
            ..
        } = *self;
        for channel in 0..self.channels {
            for tap_y in 0..window.size {
                let (valid_rows, first_y) = window.inside(tap_y, height, rows);
                for tap_x in 0..window.size {
                    let (valid, first_x) = window.inside(tap_x, width, columns);
                    if valid.is_empty() {
                        continue;
                    }
                    let tap = (channel * window.size + tap_y) * window.size + tap_x;
                    for image in 0..self.images {
                        let windows = (tap * self.images + image) * rows * columns;
                        let pixels =
                            channel * per_map + (first_image + image) * height * width + first_x;
                        for (i, row) in valid_rows.clone().enumerate() {
                            let start = windows + row * columns;
                            let y = first_y + i * window.stride;
                            line(start + valid.start..start + valid.end, pixels + y * width);
                        }
                    }
                }
            }
        }
    }

    /// `[c, n', h, w]` → `[c · size², n · rows · columns]`: every window of the images from `first_image` on as a
    /// column, where `maps` may hold more images than these.
    pub(super) fn unfold<T: WithDType>(&self, maps: &[T], first_image: usize) -> Vec<T> {
        let mut columns = vec![T::zero(); self.depth() * self.positions()];
        let stride = self.window.stride;
        self.for_each_line(first_image, maps.len() / self.channels, |line, pixel| {
            let columns = &mut columns[line];
            if stride == 1 {
                columns.copy_from_slice(&maps[pixel..pixel + columns.len()]);
            } else {
                let pixels = maps[pixel..].iter().step_by(stride);
                columns
                    .iter_mut()
                    .zip(pixels)
                    .for_each(|(to, from)| *to = *from);
            }
        });
        columns
    }

    /// The adjoint of [`Self::unfold`], `[c · size², n · rows · columns]` → `[c, n, h, w]`: adds every window back to
    /// where it was taken from.
    pub(super) fn fold<T: WithDType>(&self, columns: &[T]) -> Vec<T> {
        let per_map = self.images * self.height * self.width;
        let mut maps = vec![T::zero(); self.channels * per_map];
        let stride = self.window.stride;
        self.for_each_line(0, per_map, |line, pixel| {
            let columns = &columns[line];
            if stride == 1 {
                let pixels = &mut maps[pixel..pixel + columns.len()];
                pixels
                    .iter_mut()
                    .zip(columns)
                    .for_each(|(to, from)| *to += *from);
            } else {
                let pixels = maps[pixel..].iter_mut().step_by(stride);
                pixels.zip(columns).for_each(|(to, from)| *to += *from);
            }
        });
        maps
    }
}

/// [`Geometry::unfold`] as an operation on tensors.
pub(super) struct Unfold(pub(super) Geometry);

/// [`Geometry::fold`] as an operation on tensors.
pub(super) struct Fold(pub(super) Geometry);

impl CustomOp1 for Unfold {
    fn name(&self) -> &'static str {
        "unfold"
    }

    fn cpu_fwd(&self, maps: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let shape = (self.0.depth(), self.0.positions()).into();
        let columns = dispatch!(maps.dtype(), self.name(), T => {
            Ok(T::to_cpu_storage_owned(self.0.unfold::<T>(contiguous(maps, layout)?, 0)))
        })?;
        Ok((columns, shape))
    }

    fn bwd(&self, _maps: &Tensor, _columns: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        Ok(Some(grad.contiguous()?.apply_op1(Fold(self.0))?))
    }
}

impl CustomOp1 for Fold {
    fn name(&self) -> &'static str {
        "fold"
    }

    fn cpu_fwd(&self, columns: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let Geometry {
            channels,
            images,
            height,
            width,
            ..
        } = self.0;
        let maps = dispatch!(columns.dtype(), self.name(), T => {
            Ok(T::to_cpu_storage_owned(self.0.fold::<T>(contiguous(columns, layout)?)))
        })?;
        Ok((maps, (channels, images, height, width).into()))
    }

    fn bwd(&self, _columns: &Tensor, _maps: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        Ok(Some(grad.contiguous()?.apply_op1(Unfold(self.0))?))
    }
}

/// Every `stride`-th row and column of the feature maps `[c, n, h, w]`, from the first on.
///
/// # Errors
/// If the tensor has another rank or an empty dimension, or its elements are neither f32 nor f64.
pub(crate) fn subsample(maps: &Tensor, stride: usize) -> Result<Tensor> {
    let window = Window {
        size: 1,
        stride,
        padding: 0,
    };
    let dims = maps.dims4()?;
    let geometry = Geometry::new(window, dims)?;
    let picked = maps.contiguous()?.apply_op1(Unfold(geometry))?;
    picked.reshape((dims.0, dims.1, geometry.rows, geometry.columns))
}
