//! A [`Tiled`] function as one on blocks: the only code that is compiled for every activation anew.
//!
//! A block is computed in tiles of [`TILE`] elements, the last one padded, into memory of the tile's own: the loop has one
//! constant length, needs neither a remainder nor a check for overlap, and gives each element the same arithmetic wherever it is.

use std::array::from_fn;
use std::marker::PhantomData;
use std::mem::MaybeUninit;

use super::blocks::{Block, Blocks, Function};
use super::element::Float;
use super::kernel::{Parameter, Tile, Tiled};
use super::simd::{Simd, SimdJob, dispatch_at};

/// Elements of a tile.
const TILE: usize = 128;

/// Results of a tile.
type TileRow<C> = [MaybeUninit<C>; TILE];

/// The function of kernel `K`.
pub(super) struct Compiled<K, const P: usize>(PhantomData<fn() -> K>);

impl<K, const P: usize> Compiled<K, P> {
    pub(super) const NEW: Self = Self(PhantomData);
}

impl<K: Tiled<X, P>, const X: usize, const P: usize> Function<X> for Compiled<K, P> {
    fn name(&self) -> &'static str {
        K::NAME
    }

    fn parameters(&self) -> &[Parameter] {
        const { &K::PARAMETERS }
    }

    #[cfg(feature = "cuda")]
    fn cuda(&self) -> &str {
        K::CUDA
    }
}

impl<K: Tiled<X, P>, const X: usize, const P: usize, C: Float> Blocks<X, C> for Compiled<K, P> {
    fn scratch(&self, _: usize, _: bool) -> Vec<C> {
        Vec::new()
    }

    fn value(&self, block: Block<X, C>, _: &mut [C], out: &mut [MaybeUninit<C>]) {
        dispatch_at(
            block.level,
            Value::<K, X, P, C> {
                block,
                out,
                kernel: PhantomData,
            },
        );
    }

    fn gradient(
        &self,
        block: Block<X, C>,
        grad: &[C],
        _: &mut [C],
        grad_x: [&mut [MaybeUninit<C>]; X],
        terms: &mut [MaybeUninit<C>],
    ) {
        dispatch_at(
            block.level,
            Gradient::<K, X, P, C> {
                block,
                grad,
                grad_x,
                terms,
                kernel: PhantomData,
            },
        );
    }
}

struct Value<'a, K, const X: usize, const P: usize, C> {
    block: Block<'a, X, C>,
    out: &'a mut [MaybeUninit<C>],
    kernel: PhantomData<K>,
}

impl<K: Tiled<X, P>, const X: usize, const P: usize, C: Float> SimdJob for Value<'_, K, X, P, C> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        let numbers = numbers::<S, C, P>(self.block.numbers);
        let mut pads = Pads::new();
        for (i, out) in self.out.chunks_mut(TILE).enumerate() {
            let mut values = [MaybeUninit::uninit(); TILE];
            K::values::<C::In<S>, TILE>(&mut ValueTile::<K, S, C, X, P> {
                arguments: Arguments::new(&self.block, i * TILE, &mut pads, numbers),
                values: &mut values,
            });
            out.copy_from_slice(&values[..out.len()]);
        }
    }
}

struct Gradient<'a, K, const X: usize, const P: usize, C> {
    block: Block<'a, X, C>,
    grad: &'a [C],
    grad_x: [&'a mut [MaybeUninit<C>]; X],
    terms: &'a mut [MaybeUninit<C>],
    kernel: PhantomData<K>,
}

impl<K: Tiled<X, P>, const X: usize, const P: usize, C: Float> SimdJob
    for Gradient<'_, K, X, P, C>
{
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self) {
        let numbers = numbers::<S, C, P>(self.block.numbers);
        let mut pads = Pads::new();
        let mut grad_pad = [C::of(0.0); TILE];
        let len = self.grad.len();
        for start in (0..len).step_by(TILE) {
            fill(&mut grad_pad, &self.grad[start..]);
            let mut grad_x = [[MaybeUninit::uninit(); TILE]; X];
            let mut terms = [[MaybeUninit::uninit(); TILE]; P];
            K::gradients::<C::In<S>, TILE>(&mut GradientTile::<K, S, C, X, P> {
                arguments: Arguments::new(&self.block, start, &mut pads, numbers),
                grad: whole(&self.grad[start..], &grad_pad),
                grad_x: grad_x.each_mut(),
                terms: terms.each_mut(),
            });
            let n = TILE.min(len - start);
            for (out, tile) in self.grad_x.iter_mut().zip(&grad_x) {
                out[start..start + n].copy_from_slice(&tile[..n]);
            }
            for (j, tile) in terms.iter().enumerate() {
                if K::PARAMETERS[j].is_trained() {
                    self.terms[j * len + start..][..n].copy_from_slice(&tile[..n]);
                }
            }
        }
    }
}

/// Numbers to compute with.
type Numbers<C, S, const N: usize> = [<C as Float>::In<S>; N];

/// The numbers of the parameters.
#[inline(always)]
fn numbers<S: Simd, C: Float, const P: usize>(numbers: &[C]) -> Numbers<C, S, P> {
    from_fn(|j| numbers[j].enter::<S>())
}

/// Whole tiles for what is left at the end of a block.
struct Pads<C, const X: usize, const P: usize> {
    x: [[C; TILE]; X],
    rows: [[C; TILE]; P],
}

impl<C: Float, const X: usize, const P: usize> Pads<C, X, P> {
    #[inline(always)]
    fn new() -> Self {
        Self {
            x: [[C::of(0.0); TILE]; X],
            rows: [[C::of(0.0); TILE]; P],
        }
    }
}

/// Copies `values` to `pad` if they fill no tile.
#[inline(always)]
fn fill<C: Float>(pad: &mut [C; TILE], values: &[C]) {
    if values.len() < TILE {
        pad[..values.len()].copy_from_slice(values);
    }
}

/// The first tile of `values`, or else `pad`.
#[inline(always)]
fn whole<'a, C>(values: &'a [C], pad: &'a [C; TILE]) -> &'a [C; TILE] {
    values.first_chunk().unwrap_or(pad)
}

/// The arguments of the elements of a tile.
struct Arguments<'a, K, S: Simd, C: Float, const X: usize, const P: usize> {
    x: [&'a [C; TILE]; X],
    /// Those of the parameters per channel; the others are not read.
    rows: [&'a [C; TILE]; P],
    /// Those of the others.
    numbers: Numbers<C, S, P>,
    kernel: PhantomData<K>,
}

impl<'a, K: Tiled<X, P>, S: Simd, C: Float, const X: usize, const P: usize>
    Arguments<'a, K, S, C, X, P>
{
    /// Those of the tile of `block` that begins at element `start`.
    #[inline(always)]
    fn new(
        block: &Block<'a, X, C>,
        start: usize,
        pads: &'a mut Pads<C, X, P>,
        numbers: Numbers<C, S, P>,
    ) -> Self {
        for i in 0..X {
            fill(&mut pads.x[i], &block.x[i][start..]);
        }
        for j in 0..P {
            if K::PARAMETERS[j].is_row() {
                fill(&mut pads.rows[j], &block.rows[j][start..]);
            }
        }
        let pads = &*pads;
        Self {
            x: from_fn(|i| whole(&block.x[i][start..], &pads.x[i])),
            rows: from_fn(|j| {
                if K::PARAMETERS[j].is_row() {
                    whole(&block.rows[j][start..], &pads.rows[j])
                } else {
                    &pads.rows[j]
                }
            }),
            numbers,
            kernel: PhantomData,
        }
    }

    /// Those of element `k`.
    #[inline(always)]
    fn of(&self, k: usize) -> (Numbers<C, S, X>, Numbers<C, S, P>) {
        let parameter = |j: usize| {
            if K::PARAMETERS[j].is_row() {
                self.rows[j][k].enter::<S>()
            } else {
                self.numbers[j]
            }
        };
        (from_fn(|i| self.x[i][k].enter::<S>()), from_fn(parameter))
    }
}

/// A tile for the values of a function.
struct ValueTile<'a, K, S: Simd, C: Float, const X: usize, const P: usize> {
    arguments: Arguments<'a, K, S, C, X, P>,
    values: &'a mut TileRow<C>,
}

impl<K: Tiled<X, P>, S: Simd, C: Float, const X: usize, const P: usize>
    Tile<C::In<S>, C::In<S>, X, P> for ValueTile<'_, K, S, C, X, P>
{
    #[inline(always)]
    fn arguments(&self, k: usize) -> (Numbers<C, S, X>, Numbers<C, S, P>) {
        self.arguments.of(k)
    }

    #[inline(always)]
    fn set(&mut self, k: usize, value: C::In<S>) {
        self.values[k].write(C::leave::<S>(value));
    }
}

/// A tile for the gradients of a function, each times what is given from above.
struct GradientTile<'a, K, S: Simd, C: Float, const X: usize, const P: usize> {
    arguments: Arguments<'a, K, S, C, X, P>,
    grad: &'a [C; TILE],
    grad_x: [&'a mut TileRow<C>; X],
    terms: [&'a mut TileRow<C>; P],
}

impl<K: Tiled<X, P>, S: Simd, C: Float, const X: usize, const P: usize>
    Tile<C::In<S>, (Numbers<C, S, X>, Numbers<C, S, P>), X, P> for GradientTile<'_, K, S, C, X, P>
{
    #[inline(always)]
    fn arguments(&self, k: usize) -> (Numbers<C, S, X>, Numbers<C, S, P>) {
        self.arguments.of(k)
    }

    #[inline(always)]
    fn set(&mut self, k: usize, (dx, dp): (Numbers<C, S, X>, Numbers<C, S, P>)) {
        let grad = self.grad[k].enter::<S>();
        for (row, dx) in self.grad_x.iter_mut().zip(dx) {
            row[k].write(C::leave::<S>(grad * dx));
        }
        for (j, dp) in dp.into_iter().enumerate() {
            if K::PARAMETERS[j].is_trained() {
                self.terms[j][k].write(C::leave::<S>(grad * dp));
            }
        }
    }
}
