//! Sliding windows over feature maps: where they lie.

use std::ops::Range;

use candle_core::{Result, bail};

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
        // Of a window as wide as the map and its border, a pixel may lie in no window.
        let first = first.min(end);
        (
            first..end,
            (first * self.stride + tap).saturating_sub(self.padding),
        )
    }
}

/// A window and the feature maps that it slides over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Geometry {
    pub(super) window: Window,
    pub(super) channels: usize,
    pub(super) images: usize,
    pub(super) height: usize,
    pub(super) width: usize,
    /// Windows along the height and the width.
    pub(super) rows: usize,
    pub(super) columns: usize,
}

/// The windows of one image, and one of their pixels: which windows have it inside the image, and where it is.
pub(super) struct Tap {
    pub(super) rows: Range<usize>,
    pub(super) columns: Range<usize>,
    /// The pixel of the first of these windows.
    pub(super) y: usize,
    pub(super) x: usize,
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

    /// Windows of an image.
    pub(super) fn per_image(&self) -> usize {
        self.rows * self.columns
    }

    /// Windows over all images.
    pub(super) fn positions(&self) -> usize {
        self.images * self.per_image()
    }

    /// The same windows over `images` images.
    pub(super) fn with_images(self, images: usize) -> Self {
        Self { images, ..self }
    }

    /// The same windows over maps of `channels` channels.
    pub(super) fn with_channels(self, channels: usize) -> Self {
        Self { channels, ..self }
    }

    /// Whether windows lie around pixels, the first around the first.
    pub(super) fn is_centred(&self) -> bool {
        2 * self.window.padding + 1 == self.window.size
    }

    /// Whether there is a window around each pixel, and no other.
    pub(super) fn is_around_each(&self) -> bool {
        self.is_centred() && self.window.stride == 1
    }

    /// One of the pixels of a window, counted row by row.
    #[inline(always)]
    pub(super) fn tap(&self, tap: usize) -> Tap {
        let Window { size, .. } = self.window;
        let (rows, y) = self
            .window
            .inside(tap / size % size, self.height, self.rows);
        let (columns, x) = self.window.inside(tap % size, self.width, self.columns);
        Tap {
            rows,
            columns,
            y,
            x,
        }
    }
}
