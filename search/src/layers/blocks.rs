//! Convolutions on slices, as matrix products over blocks of images.
//!
//! With the windows of the input as columns `U = unfold(x)` and the kernel as a matrix `W [o, c·k·k]`, the output is `Y = W U`, and
//! the gradients are `∂W = ∂Y Uᵀ` and `∂x = fold(Wᵀ ∂Y)`. Where a window lies around each pixel, `∂x` is a convolution of `∂Y` with
//! the kernel turned by 180°, and its windows `V = unfold(∂Y)` give both: `∂x = W' V` and `∂W'ᵀ = V xᵀ`, without `fold` and with a
//! product of a better shape.
//!
//! The columns of a 3×3 convolution are nine times as large as its input, so they are laid out for a block of images at a time,
//! small enough to stay in the cache, and the backward pass lays them out again instead of keeping them. Groups of blocks run in
//! parallel. Which images share a block, and which blocks a group, depends on the shapes alone, and `∂W` is summed in the order of
//! the groups, so the number of threads changes nothing.

use std::mem::MaybeUninit;
use std::ops::Range;

use rayon::prelude::*;

use super::columns::{fold, unfold};
use super::element::{Element, add_all, with_buffer, written};
use super::product::{Matrix, MatrixMut, multiply, multiply_add};
use super::window::Geometry;

/// Elements that the columns of a block should not exceed: 512 KiB in f32, half of a core's second-level cache.
const BLOCK: usize = 1 << 17;

/// The images are shared out among this many groups, as far as there are so many.
const GROUPS: usize = 16;

/// Windows that a group has at least, as far as there are so many.
const LEAST: usize = 64;

/// The columns lie a multiple of this apart: products need not copy rows that are aligned.
const ALIGNED: usize = 16;

/// `(x [c, n, h, w], kernel [o, c·k·k]) ↦ [o, n·h'·w']`
#[derive(Clone, Copy, Debug)]
pub(super) struct Blocks {
    pub(super) geometry: Geometry,
    pub(super) outputs: usize,
}

/// Images that are next to each other, in maps of so many positions an image.
struct Piece<'a, T> {
    images: Range<usize>,
    /// Their part of each map.
    rows: Vec<&'a mut [T]>,
}

impl Blocks {
    /// The images of each block, by groups.
    fn groups(&self) -> Vec<Vec<Range<usize>>> {
        let Geometry { images, .. } = self.geometry;
        let deepest = self.geometry.depth().max(self.back().depth());
        let most = (BLOCK / (deepest * self.geometry.per_image())).max(1);
        // A product of fewer columns wastes the registers that it is computed in.
        let least = LEAST.div_ceil(self.geometry.per_image());
        let cut = |range: Range<usize>, size: usize| -> Vec<Range<usize>> {
            let end = range.end;
            range
                .step_by(size)
                .map(|first| first..(first + size).min(end))
                .collect()
        };
        let groups = cut(0..images, images.div_ceil(GROUPS).max(least));
        groups.into_iter().map(|group| cut(group, most)).collect()
    }

    /// The windows of the gradient's maps, if each pixel has one around it.
    fn back(&self) -> Geometry {
        self.geometry.with_channels(self.outputs)
    }

    /// The output, and what `see` makes of each block of it, by channels.
    pub(super) fn forward<T: Element, R: Send>(
        &self,
        x: &[T],
        kernel: &[T],
        see: impl Fn(&[T]) -> R + Sync,
    ) -> (Vec<T>, Vec<Vec<R>>) {
        let len = self.outputs * self.geometry.positions();
        let depth = self.geometry.depth();
        let block = |piece: &mut Piece<MaybeUninit<T>>| {
            let block = self.geometry.with_images(piece.images.len());
            let len = block.positions().next_multiple_of(ALIGNED);
            with_buffer(depth * len, |columns| {
                unfold(block, x, piece.images.start, columns, len);
                with_buffer(self.outputs * len, |y| {
                    multiply(
                        MatrixMut::rows(y, len),
                        Matrix::rows(kernel, depth),
                        Matrix::rows(columns, len),
                    );
                    let rows = piece.rows.iter_mut().zip(y.chunks(len));
                    let rows = rows.map(|(to, from)| {
                        write(to, &from[..to.len()]);
                        see(&from[..to.len()])
                    });
                    rows.collect()
                })
            })
        };
        let write = |y: &mut [MaybeUninit<T>]| {
            let groups = self.pieces(y, self.geometry.per_image());
            let seen = groups.into_par_iter().map(|mut group| {
                let seen: Vec<Vec<R>> = group.iter_mut().map(block).collect();
                seen
            });
            seen.flatten_iter().collect()
        };
        // SAFETY: the pieces are all of the output, and every block writes each element of its piece.
        unsafe { written(len, write) }
    }

    /// `(∂x, ∂W)`, the first only if it is asked for; `grad` writes the gradient of the output of some images, a row a channel.
    pub(super) fn backward<T: Element>(
        &self,
        x: &[T],
        kernel: &[T],
        grad: impl Fn(&Range<usize>, &mut [T]) + Sync,
        want_x: bool,
    ) -> (Option<Vec<T>>, Vec<T>) {
        if !want_x {
            let groups = self.groups();
            let groups = groups.into_par_iter().map(|group| {
                let mut sum = vec![T::of(0.0); kernel.len()];
                for images in group {
                    self.with_grad(&images, &grad, |grad| {
                        self.kernel_gradient(x, &images, grad, &mut sum);
                    });
                }
                sum
            });
            return (None, transposed(&add_all(groups.collect()), self.outputs));
        }
        let turned = self.geometry.is_around_each().then(|| self.turned(kernel));
        let block = |piece: &mut Piece<MaybeUninit<T>>, sum: &mut [T]| {
            self.with_grad(&piece.images, &grad, |grad| {
                let block = self.geometry.with_images(piece.images.len());
                let pixels = block.images * block.height * block.width;
                let len = match turned {
                    Some(_) => pixels.next_multiple_of(ALIGNED),
                    None => pixels,
                };
                with_buffer(block.channels * len, |grad_x| {
                    match &turned {
                        Some(turned) => self.both(x, &piece.images, turned, grad, grad_x, sum),
                        None => {
                            self.kernel_gradient(x, &piece.images, grad, sum);
                            let len = block.positions();
                            with_buffer(block.depth() * len, |columns| {
                                multiply(
                                    MatrixMut::rows(columns, len),
                                    Matrix::rows(kernel, block.depth()).t(),
                                    Matrix::rows(grad, len),
                                );
                                fold(block, columns, len, grad_x);
                            });
                        }
                    }
                    for (to, from) in piece.rows.iter_mut().zip(grad_x.chunks(len)) {
                        write(to, &from[..pixels]);
                    }
                });
            });
        };
        let write = |grad_x: &mut [MaybeUninit<T>]| {
            let groups = self.pieces(grad_x, self.geometry.height * self.geometry.width);
            let sums = groups.into_par_iter().map(|mut group| {
                let mut sum = vec![T::of(0.0); kernel.len()];
                group.iter_mut().for_each(|piece| block(piece, &mut sum));
                sum
            });
            add_all(sums.collect())
        };
        // SAFETY: the pieces are all of the input's gradient, and every block writes each element of its piece.
        let (grad_x, sum) = unsafe { written(x.len(), write) };
        match turned {
            Some(_) => (Some(grad_x), self.turned_back(&sum)),
            None => (Some(grad_x), transposed(&sum, self.outputs)),
        }
    }

    /// Lends the gradient of the output of these images.
    fn with_grad<T: Element>(
        &self,
        images: &Range<usize>,
        grad: &impl Fn(&Range<usize>, &mut [T]),
        f: impl FnOnce(&[T]),
    ) {
        let len = self.outputs * images.len() * self.geometry.per_image();
        with_buffer(len, |buffer| {
            grad(images, buffer);
            f(buffer);
        });
    }

    /// Adds `U ∂Yᵀ` of some images to the transposed gradient of the kernel.
    fn kernel_gradient<T: Element>(
        &self,
        x: &[T],
        images: &Range<usize>,
        grad: &[T],
        sum: &mut [T],
    ) {
        let block = self.geometry.with_images(images.len());
        let len = block.positions();
        with_buffer(block.depth() * len, |columns| {
            unfold(block, x, images.start, columns, len);
            // In this order the product copies the smaller of both.
            multiply_add(
                MatrixMut::rows(sum, self.outputs),
                Matrix::rows(columns, len),
                Matrix::rows(grad, len).t(),
            );
        });
    }

    /// Both gradients of some images from the windows of the output's; that of the kernel is added to `V xᵀ [o·k·k, c]`.
    fn both<T: Element>(
        &self,
        x: &[T],
        images: &Range<usize>,
        turned: &[T],
        grad: &[T],
        grad_x: &mut [T],
        sum: &mut [T],
    ) {
        let block = self.back().with_images(images.len());
        let (pixels, channels) = (block.positions(), self.geometry.channels);
        let len = pixels.next_multiple_of(ALIGNED);
        with_buffer(block.depth() * len, |columns| {
            unfold(block, grad, 0, columns, len);
            multiply(
                MatrixMut::rows(grad_x, len),
                Matrix::rows(turned, block.depth()),
                Matrix::rows(columns, len),
            );
            let per_map = x.len() / channels;
            let x = &x[images.start * block.per_image()..];
            multiply_add(
                MatrixMut::rows(sum, channels),
                Matrix::strided(columns, [block.depth(), pixels], len),
                Matrix::strided(x, [channels, pixels], per_map).t(),
            );
        });
    }

    /// `W' [c, o·k·k]`, where `W'` of a pixel is `W [o, c·k·k]` of the one across the centre.
    fn turned<T: Element>(&self, kernel: &[T]) -> Vec<T> {
        let (channels, size) = (self.geometry.channels, self.geometry.window.size.pow(2));
        let mut turned = Vec::with_capacity(kernel.len());
        for channel in 0..channels {
            for output in 0..self.outputs {
                let taps = &kernel[(output * channels + channel) * size..][..size];
                turned.extend(taps.iter().rev());
            }
        }
        turned
    }

    /// `∂W` of `∂W'`, transposed: `[o·k·k, c]`.
    fn turned_back<T: Element>(&self, sum: &[T]) -> Vec<T> {
        let (channels, size) = (self.geometry.channels, self.geometry.window.size.pow(2));
        let mut kernel = Vec::with_capacity(sum.len());
        for output in sum.chunks(size * channels) {
            for channel in 0..channels {
                let taps = output[channel..].iter().step_by(channels);
                kernel.extend(taps.rev());
            }
        }
        kernel
    }

    /// Maps of so many positions an image as pieces, by blocks and groups.
    fn pieces<'a, T>(&self, maps: &'a mut [T], per_image: usize) -> Vec<Vec<Piece<'a, T>>> {
        let groups = self.groups();
        let piece = |images: &Range<usize>| Piece {
            images: images.clone(),
            rows: Vec::new(),
        };
        let pieces = groups.iter().map(|group| group.iter().map(piece).collect());
        let mut pieces: Vec<Vec<Piece<T>>> = pieces.collect();
        for map in maps.chunks_mut(self.geometry.images * per_image) {
            let mut rest = map;
            for piece in pieces.iter_mut().flatten() {
                let (row, after) = rest.split_at_mut(piece.images.len() * per_image);
                piece.rows.push(row);
                rest = after;
            }
        }
        pieces
    }
}

/// The transpose of a matrix of so many columns.
fn transposed<T: Element>(matrix: &[T], columns: usize) -> Vec<T> {
    let column = |column: usize| matrix[column..].iter().step_by(columns).copied();
    (0..columns).flat_map(column).collect()
}

/// Copies elements to memory without any.
pub(super) fn write<T: Copy>(to: &mut [MaybeUninit<T>], from: &[T]) {
    for (to, from) in to.iter_mut().zip(from) {
        to.write(*from);
    }
}
