//! Sliding windows over feature maps: `unfold` lays out every window of the input as a column, `fold` is its adjoint.

use std::ops::Range;

use actsmith_codegen::runtime::Float;
use candle_core::{Result, bail};

use super::element::vectorised;

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
struct Tap {
    rows: Range<usize>,
    columns: Range<usize>,
    /// The pixel of the first of these windows.
    y: usize,
    x: usize,
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

    /// Whether there is a window around each pixel, and no other.
    pub(super) fn is_centred(&self) -> bool {
        self.window.stride == 1 && 2 * self.window.padding + 1 == self.window.size
    }

    #[inline(always)]
    fn tap(&self, tap: usize) -> Tap {
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

/// Elements that are copied at a time.
const WIDE: usize = 16;

/// Copies `len` elements to the beginning of `to`; perhaps also some after them, which are then to be written later.
#[inline(always)]
fn copy_at_least<T: Copy>(to: &mut [T], from: &[T], len: usize) {
    let mut at = 0;
    while at < len {
        match (to[at..].first_chunk_mut::<WIDE>(), from[at..].first_chunk()) {
            (Some(to), Some(from)) => *to = *from,
            _ => return to[at..len].copy_from_slice(&from[at..len]),
        }
        at += WIDE;
    }
}

/// Clears `len` elements at the beginning of `to`, as [`copy_at_least`] copies.
#[inline(always)]
fn clear_at_least<T: Float>(to: &mut [T], len: usize) {
    let mut at = 0;
    while at < len {
        match to[at..].first_chunk_mut::<WIDE>() {
            Some(to) => *to = [T::of(0.0); WIDE],
            None => return to[at..len].fill(T::of(0.0)),
        }
        at += WIDE;
    }
}

vectorised! {
    /// `[c, n', h, w]` → `[c · size², n · rows · columns]`: every window of the images from `first_image` on as a column, where `maps`
    /// may hold more images than these.
    pub(super) fn unfold<'a, T, S>(geometry: Geometry, maps: &'a [T], first_image: usize, columns: &'a mut [T]) -> () {
        let per_map = maps.len() / geometry.channels;
        let (width, stride) = (geometry.columns, geometry.window.stride);
        let (per_image, pixels) = (geometry.per_image(), geometry.height * geometry.width);
        // In the order of memory: what is copied too much is overwritten by what follows.
        let mut rest: &mut [T] = columns;
        for tap in 0..geometry.depth() {
            let channel = tap / (geometry.window.size * geometry.window.size);
            let inside = geometry.tap(tap);
            for image in 0..geometry.images {
                let map = &maps[channel * per_map + (first_image + image) * pixels..][..pixels];
                if inside.columns.is_empty() {
                    clear_at_least(rest, per_image);
                    rest = &mut rest[per_image..];
                    continue;
                }
                let (above, below) = (inside.rows.start * width, (geometry.rows - inside.rows.end) * width);
                clear_at_least(rest, above);
                rest = &mut rest[above..];
                for row in 0..inside.rows.len() {
                    let line = &map[(inside.y + row * stride) * geometry.width + inside.x..];
                    let (left, len) = (inside.columns.start, inside.columns.len());
                    clear_at_least(rest, left);
                    if stride == 1 {
                        copy_at_least(&mut rest[left..], line, len);
                    } else {
                        let pixels = line.iter().step_by(stride);
                        rest[left..left + len].iter_mut().zip(pixels).for_each(|(to, from)| *to = *from);
                    }
                    clear_at_least(&mut rest[left + len..], width - left - len);
                    rest = &mut rest[width..];
                }
                clear_at_least(rest, below);
                rest = &mut rest[below..];
            }
        }
    }
}

vectorised! {
    /// The adjoint of [`unfold`], `[c · size², n · rows · columns]` → `[c, n, h, w]`: adds every window back to where it was taken from.
    pub(super) fn fold<'a, T, S>(geometry: Geometry, columns: &'a [T], maps: &'a mut [T]) -> () {
        maps.fill(T::of(0.0));
        let (width, stride) = (geometry.columns, geometry.window.stride);
        let pixels = geometry.height * geometry.width;
        for tap in 0..geometry.depth() {
            let channel = tap / (geometry.window.size * geometry.window.size);
            let inside = geometry.tap(tap);
            for image in 0..geometry.images {
                let map = &mut maps[(channel * geometry.images + image) * pixels..][..pixels];
                let windows = &columns[(tap * geometry.images + image) * geometry.per_image()..];
                for (row, window) in inside.rows.clone().enumerate() {
                    if inside.columns.is_empty() {
                        break;
                    }
                    let line = &mut map[(inside.y + row * stride) * geometry.width + inside.x..];
                    let window = &windows[window * width + inside.columns.start..][..inside.columns.len()];
                    if stride == 1 {
                        line.iter_mut().zip(window).for_each(|(to, from)| *to += *from);
                    } else {
                        line.iter_mut().step_by(stride).zip(window).for_each(|(to, from)| *to += *from);
                    }
                }
            }
        }
    }
}
