//! The windows of feature maps as columns: `unfold` lays out every window as a column, `fold` is its adjoint.
//!
//! Where windows lie around pixels, the columns' row for a pixel of the windows is a map, shifted, without what the shift moves from
//! one line or image to another. With a stride of `s`, it is that of one of `s²` *phases*: every `s`-th pixel of every `s`-th line.

use actsmith_codegen::runtime::Float;

use super::element::{Element, vectorised, with_buffer};
use super::window::{Geometry, Tap, Window};

/// Windows of images as columns: `[c, n', h, w]` → rows of `[c · size²]`, each of `n · rows · columns` elements and what fills it up to
/// `filled`, of the images from `first` on, where the maps may hold more images than these.
pub(super) fn unfold<T: Element>(
    geometry: Geometry,
    maps: &[T],
    first: usize,
    columns: &mut [T],
    filled: usize,
) {
    if !geometry.is_centred() {
        return unfold_lines(geometry, maps, first, columns, filled);
    }
    with_marks(geometry, |marks| match geometry.window.stride {
        1 => {
            let start = first * geometry.per_image();
            let per_map = maps.len() / geometry.channels;
            unfold_phases(geometry, &maps[start..], per_map, marks, columns, filled);
        }
        stride => with_buffer(
            geometry.channels * stride * stride * geometry.positions(),
            |phases| {
                split(geometry, maps, first, phases);
                let per_phase = geometry.positions();
                unfold_phases(geometry, phases, per_phase, marks, columns, filled);
            },
        ),
    });
}

/// The adjoint of [`unfold`]: adds every window back to where it was taken from, in maps `[c, n, h, w]`.
pub(super) fn fold<T: Element>(geometry: Geometry, columns: &[T], filled: usize, maps: &mut [T]) {
    if !geometry.is_centred() {
        return fold_lines(geometry, columns, filled, maps);
    }
    let stride = geometry.window.stride;
    with_marks(geometry, |marks| {
        let len = geometry.channels * stride * stride * geometry.positions();
        with_buffer(len, |phases| {
            fold_phases(geometry, columns, filled, marks, phases);
            join(geometry, phases, maps);
        });
    });
}

/// Lends marks of where windows around pixels lie inside their image: 1 for each pixel of a window and each window where it does, else 0.
fn with_marks<T: Element>(geometry: Geometry, f: impl FnOnce(&[T])) {
    let len = geometry.window.size.pow(2) * geometry.positions();
    with_buffer(len, |marks: &mut [T]| {
        for (tap, marks) in marks.chunks_mut(geometry.positions()).enumerate() {
            let (first, rest) = marks.split_at_mut(geometry.per_image());
            let Tap { rows, columns, .. } = geometry.tap(tap);
            first.fill(T::of(0.0));
            let lines = first.chunks_mut(geometry.columns);
            for line in lines.take(rows.end).skip(rows.start) {
                line[columns.clone()].fill(T::of(1.0));
            }
            rest.chunks_mut(geometry.per_image())
                .for_each(|image| image.copy_from_slice(first));
        }
        f(marks);
    });
}

/// A row of the columns: the phase that it shows, counted over all channels, and how far that is shifted ahead, in windows.
#[inline(always)]
fn shown(geometry: &Geometry, row: usize) -> (usize, isize) {
    let Window {
        size,
        stride,
        padding,
    } = geometry.window;
    let (channel, tap) = (row / (size * size), row % (size * size));
    let of = |tap: usize| {
        let pixel = tap as isize - padding as isize;
        let stride = stride as isize;
        (pixel.rem_euclid(stride) as usize, pixel.div_euclid(stride))
    };
    let ((line, down), (pixel, right)) = (of(tap / size), of(tap % size));
    let phase = (channel * stride + line) * stride + pixel;
    (phase, down * geometry.columns as isize + right)
}

/// The parts of two slices of `len` elements of which one is shifted `ahead`: where the result is outside, and inside.
#[inline(always)]
fn overlap(len: usize, ahead: isize) -> (std::ops::Range<usize>, std::ops::Range<usize>) {
    let lost = ahead.unsigned_abs().min(len);
    match ahead >= 0 {
        true => (0..len - lost, lost..len),
        false => (lost..len, 0..len - lost),
    }
}

vectorised! {
    /// [`unfold`] of phases that begin `per_phase` elements apart.
    fn unfold_phases<'a, T, S>(geometry: Geometry, phases: &'a [T], per_phase: usize, marks: &'a [T], columns: &'a mut [T], filled: usize) -> () {
        let len = geometry.positions();
        let taps = geometry.window.size * geometry.window.size;
        for (row, to) in columns.chunks_mut(filled).take(geometry.depth()).enumerate() {
            let (phase, ahead) = shown(&geometry, row);
            let (inside, seen) = overlap(len, ahead);
            let phase = &phases[phase * per_phase..][seen];
            let marks = &marks[row % taps * len..][inside.clone()];
            to[..inside.start].fill(T::of(0.0));
            to[inside.end..len].fill(T::of(0.0));
            for ((to, from), mark) in to[inside].iter_mut().zip(phase).zip(marks) {
                *to = T::select(*mark > T::of(0.0), *from, T::of(0.0));
            }
        }
    }
}

vectorised! {
    /// [`fold`] to phases.
    fn fold_phases<'a, T, S>(geometry: Geometry, columns: &'a [T], filled: usize, marks: &'a [T], phases: &'a mut [T]) -> () {
        let len = geometry.positions();
        let taps = geometry.window.size * geometry.window.size;
        phases.fill(T::of(0.0));
        for (row, from) in columns.chunks(filled).take(geometry.depth()).enumerate() {
            let (phase, ahead) = shown(&geometry, row);
            let (inside, seen) = overlap(len, ahead);
            let phase = &mut phases[phase * len..][seen];
            let marks = &marks[row % taps * len..][inside.clone()];
            for ((to, from), mark) in phase.iter_mut().zip(&from[inside]).zip(marks) {
                *to += T::select(*mark > T::of(0.0), *from, T::of(0.0));
            }
        }
    }
}

/// Calls `line(phase, pixels)` for each line of a phase and the pixels of the maps that it holds every `stride`-th of.
#[inline(always)]
fn for_each_line(
    geometry: &Geometry,
    per_map: usize,
    first: usize,
    mut line: impl FnMut(std::ops::Range<usize>, std::ops::Range<usize>),
) {
    let Geometry {
        rows,
        columns,
        height,
        width,
        ..
    } = *geometry;
    let stride = geometry.window.stride;
    for channel in 0..geometry.channels {
        for phase in 0..stride * stride {
            let (top, left) = (phase / stride, phase % stride);
            let at = (channel * stride * stride + phase) * geometry.positions();
            for image in 0..geometry.images {
                let map = channel * per_map + (first + image) * height * width;
                for row in 0..rows {
                    let y = row * stride + top;
                    let start = at + (image * rows + row) * columns;
                    // Phases of odd sides end earlier: what is after them lies in no window.
                    let pixels = match y < height {
                        true => map + (y * width + left.min(width))..map + (y + 1) * width,
                        false => 0..0,
                    };
                    line(start..start + columns, pixels);
                }
            }
        }
    }
}

vectorised! {
    /// Splits maps `[c, n', h, w]` into phases `[c, stride², n, rows, columns]`.
    fn split<'a, T, S>(geometry: Geometry, maps: &'a [T], first: usize, phases: &'a mut [T]) -> () {
        let per_map = maps.len() / geometry.channels;
        for_each_line(&geometry, per_map, first, |phase, pixels| {
            pick(&mut phases[phase], &maps[pixels], geometry.window.stride);
        });
    }
}

vectorised! {
    /// The adjoint of [`split`].
    fn join<'a, T, S>(geometry: Geometry, phases: &'a [T], maps: &'a mut [T]) -> () {
        let per_map = maps.len() / geometry.channels;
        for_each_line(&geometry, per_map, 0, |phase, pixels| {
            let pixels = maps[pixels].iter_mut().step_by(geometry.window.stride);
            pixels.zip(&phases[phase]).for_each(|(to, from)| *to = *from);
        });
    }
}

/// Every `stride`-th element, and zeros where there are none.
#[inline(always)]
fn pick<T: Float>(to: &mut [T], from: &[T], stride: usize) {
    let count = from.len().div_ceil(stride).min(to.len());
    let (to, after) = to.split_at_mut(count);
    after.fill(T::of(0.0));
    if stride != 2 {
        let from = from.iter().step_by(stride);
        to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
        return;
    }
    // In pairs, which vectorises.
    let (pairs, rest) = from.as_chunks();
    for (to, [from, _]) in to.iter_mut().zip(pairs) {
        *to = *from;
    }
    if let (Some(to), Some(from)) = (to.get_mut(pairs.len()), rest.first()) {
        *to = *from;
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
    /// [`unfold`], a line of an image at a time.
    fn unfold_lines<'a, T, S>(geometry: Geometry, maps: &'a [T], first: usize, columns: &'a mut [T], filled: usize) -> () {
        let per_map = maps.len() / geometry.channels;
        let (width, stride) = (geometry.columns, geometry.window.stride);
        let (per_image, pixels) = (geometry.per_image(), geometry.height * geometry.width);
        for tap in 0..geometry.depth() {
            let channel = tap / (geometry.window.size * geometry.window.size);
            let inside = geometry.tap(tap);
            // In the order of memory: what is copied too much is overwritten by what follows.
            let mut rest = &mut columns[tap * filled..];
            for image in 0..geometry.images {
                let map = &maps[channel * per_map + (first + image) * pixels..][..pixels];
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
    /// [`fold`], a line of an image at a time.
    fn fold_lines<'a, T, S>(geometry: Geometry, columns: &'a [T], filled: usize, maps: &'a mut [T]) -> () {
        maps.fill(T::of(0.0));
        let (width, stride) = (geometry.columns, geometry.window.stride);
        let pixels = geometry.height * geometry.width;
        for tap in 0..geometry.depth() {
            let channel = tap / (geometry.window.size * geometry.window.size);
            let inside = geometry.tap(tap);
            for image in 0..geometry.images {
                let map = &mut maps[(channel * geometry.images + image) * pixels..][..pixels];
                let windows = &columns[tap * filled + image * geometry.per_image()..];
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
