//! Convolutions on slices, as matrix products over blocks of images.
//!
//! With the windows of the input as columns `U = unfold(x)` and the kernel as a matrix `W [o, c·k·k]`, the output is `Y = W U`, and
//! the gradients are `∂W = ∂Y Uᵀ` and `∂x = fold(Wᵀ ∂Y)`. Where a window lies around each pixel, `∂x` is a convolution of `∂Y` with
//! the kernel turned by 180°, and its windows `V = unfold(∂Y)` give both: `∂x = W' V` and `∂W' = x Vᵀ`, without `fold` and with a
//! product of a better shape.
//!
//! The columns of a 3×3 convolution are nine times as large as its input, so they are laid out for a block of images at a time,
//! small enough to stay in the cache, and the backward pass lays them out again instead of keeping them. Groups of blocks run in
//! parallel. Which images share a block, and which blocks a group, depends on the shapes alone, and `∂W` is summed in the order of
//! the groups, so the number of threads changes nothing.

use std::mem::MaybeUninit;
use std::ops::Range;

use rayon::prelude::*;

use super::element::{Element, add_all, with_buffer, written};
use super::product::{Matrix, MatrixMut, multiply, multiply_add};
use super::window::{Geometry, fold, unfold};

/// Elements that the columns of a block should not exceed: 512 KiB in f32, half of a core's second-level cache.
const BLOCK: usize = 1 << 17;

/// The images are shared out among this many groups, as far as there are so many.
const GROUPS: usize = 16;

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
        let cut = |range: Range<usize>, size: usize| -> Vec<Range<usize>> {
            let end = range.end;
            range
                .step_by(size)
                .map(|first| first..(first + size).min(end))
                .collect()
        };
        let groups = cut(0..images, images.div_ceil(GROUPS));
        groups.into_iter().map(|group| cut(group, most)).collect()
    }

    /// The windows of the gradient's maps, if each pixel has one around it.
    fn back(&self) -> Geometry {
        self.geometry.with_channels(self.outputs)
    }

    /// The output, and what `see` makes of each block of it, a row a channel, in order.
    pub(super) fn forward<T: Element, R: Send>(
        &self,
        x: &[T],
        kernel: &[T],
        see: impl Fn(&[T]) -> R + Sync,
    ) -> (Vec<T>, Vec<R>) {
        let len = self.outputs * self.geometry.positions();
        let depth = self.geometry.depth();
        let block = |piece: &mut Piece<MaybeUninit<T>>| {
            let block = self.geometry.with_images(piece.images.len());
            with_buffer(depth * block.positions(), |columns| {
                unfold(block, x, piece.images.start, columns);
                with_buffer(self.outputs * block.positions(), |y| {
                    multiply(
                        MatrixMut::rows(y, block.positions()),
                        Matrix::rows(kernel, depth),
                        Matrix::rows(columns, block.positions()),
                    );
                    for (to, from) in piece.rows.iter_mut().zip(y.chunks(block.positions())) {
                        write(to, from);
                    }
                    see(y)
                })
            })
        };
        let write = |y: &mut [MaybeUninit<T>]| {
            let groups = self.pieces(y, self.geometry.per_image());
            let seen = groups.into_par_iter().map(|mut group| {
                let seen: Vec<R> = group.iter_mut().map(block).collect();
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
            return (None, add_all(groups.collect()));
        }
        let turned = self.geometry.is_centred().then(|| self.turned(kernel));
        let block = |piece: &mut Piece<MaybeUninit<T>>, sum: &mut [T]| {
            self.with_grad(&piece.images, &grad, |grad| {
                let block = self.geometry.with_images(piece.images.len());
                let pixels = block.images * block.height * block.width;
                with_buffer(block.channels * pixels, |grad_x| {
                    match &turned {
                        Some(turned) => self.both(x, &piece.images, turned, grad, grad_x, sum),
                        None => {
                            self.kernel_gradient(x, &piece.images, grad, sum);
                            with_buffer(block.depth() * block.positions(), |columns| {
                                multiply(
                                    MatrixMut::rows(columns, block.positions()),
                                    Matrix::rows(kernel, block.depth()).t(),
                                    Matrix::rows(grad, block.positions()),
                                );
                                fold(block, columns, grad_x);
                            });
                        }
                    }
                    for (to, from) in piece.rows.iter_mut().zip(grad_x.chunks(pixels)) {
                        write(to, from);
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
            None => (Some(grad_x), sum),
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

    /// Adds `∂Y Uᵀ` of some images to the kernel's gradient.
    fn kernel_gradient<T: Element>(
        &self,
        x: &[T],
        images: &Range<usize>,
        grad: &[T],
        sum: &mut [T],
    ) {
        let block = self.geometry.with_images(images.len());
        with_buffer(block.depth() * block.positions(), |columns| {
            unfold(block, x, images.start, columns);
            multiply_add(
                MatrixMut::rows(sum, block.depth()),
                Matrix::rows(grad, block.positions()),
                Matrix::rows(columns, block.positions()).t(),
            );
        });
    }

    /// Both gradients of some images from the windows of the output's.
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
        with_buffer(block.depth() * pixels, |columns| {
            unfold(block, grad, 0, columns);
            multiply(
                MatrixMut::rows(grad_x, pixels),
                Matrix::rows(turned, block.depth()),
                Matrix::rows(columns, pixels),
            );
            let per_map = x.len() / channels;
            let x = &x[images.start * block.per_image()..];
            multiply_add(
                MatrixMut::rows(sum, block.depth()),
                Matrix::strided(x, [channels, pixels], per_map),
                Matrix::rows(columns, pixels).t(),
            );
        });
    }

    /// `W' [c, o·k·k]`, where `W'` of a pixel is `W [o, c·k·k]` of the one across the centre.
    fn turned<T: Element>(&self, kernel: &[T]) -> Vec<T> {
        let (channels, size) = (self.geometry.channels, self.geometry.window.size.pow(2));
        let from = |i: usize| {
            let (channel, output, tap) =
                (i / (self.outputs * size), i / size % self.outputs, i % size);
            kernel[(output * channels + channel) * size + size - 1 - tap]
        };
        (0..kernel.len()).map(from).collect()
    }

    /// The reverse of [`Self::turned`].
    fn turned_back<T: Element>(&self, turned: &[T]) -> Vec<T> {
        let across = Self {
            geometry: self.back(),
            outputs: self.geometry.channels,
        };
        across.turned(turned)
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

/// Copies elements to memory without any.
pub(super) fn write<T: Copy>(to: &mut [MaybeUninit<T>], from: &[T]) {
    for (to, from) in to.iter_mut().zip(from) {
        to.write(*from);
    }
}
