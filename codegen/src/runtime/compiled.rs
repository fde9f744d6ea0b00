//! A [`Kernel`] as a function on blocks: the only code that is compiled for every activation anew.
//!
//! A block is computed in tiles of [`TILE`] elements, the last one padded, into memory of the tile's own: the loop has one
//! constant length, needs neither a remainder nor a check for overlap, and gives each element the same arithmetic wherever it is.

use std::array::from_fn;
use std::marker::PhantomData;
use std::mem::MaybeUninit;

use super::Kernel;
use super::blocks::{Block, Blocks, Function};
use super::element::Float;
use super::kernel::Parameter;
use super::simd::{Simd, SimdJob, dispatch_at};

/// Elements of a tile.
const TILE: usize = 128;

/// The function of kernel `K`.
pub(super) struct Compiled<K, const P: usize>(PhantomData<fn() -> K>);

impl<K, const P: usize> Compiled<K, P> {
    pub(super) const NEW: Self = Self(PhantomData);
}

impl<K: Kernel<X, P>, const X: usize, const P: usize> Function<X> for Compiled<K, P> {
    fn name(&self) -> &'static str {
        K::NAME
    }

    fn parameters(&self) -> &[Parameter] {
        const { &K::PARAMETERS }
    }
}

impl<K: Kernel<X, P>, const X: usize, const P: usize, C: Float> Blocks<X, C> for Compiled<K, P> {
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

impl<K: Kernel<X, P>, const X: usize, const P: usize, C: Float> SimdJob for Value<'_, K, X, P, C> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        let numbers = numbers::<S, C, P>(self.block.numbers);
        let mut pads = Pads::new();
        for (i, out) in self.out.chunks_mut(TILE).enumerate() {
            let tile = Tile::new::<K>(&self.block, i * TILE, &mut pads);
            let mut values = [MaybeUninit::uninit(); TILE];
            for (k, value) in values.iter_mut().enumerate() {
                let (x, p) = tile.element::<K, S>(k, numbers);
                value.write(C::leave::<S>(K::value(x, p)));
            }
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

impl<K: Kernel<X, P>, const X: usize, const P: usize, C: Float> SimdJob
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
            let tile = Tile::new::<K>(&self.block, start, &mut pads);
            fill(&mut grad_pad, &self.grad[start..]);
            let grad = whole(&self.grad[start..], &grad_pad);
            let mut grad_x = [[MaybeUninit::uninit(); TILE]; X];
            let mut terms = [[MaybeUninit::uninit(); TILE]; P];
            for k in 0..TILE {
                let (x, p) = tile.element::<K, S>(k, numbers);
                let (_, dx, dp) = K::value_and_gradient(x, p);
                let g = grad[k].enter::<S>();
                for i in 0..X {
                    grad_x[i][k].write(C::leave::<S>(g * dx[i]));
                }
                for j in 0..P {
                    if K::PARAMETERS[j].is_trained() {
                        terms[j][k].write(C::leave::<S>(g * dp[j]));
                    }
                }
            }
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

/// The arguments for the elements of a tile.
struct Tile<'a, C, const X: usize, const P: usize> {
    x: [&'a [C; TILE]; X],
    /// Those of the parameters per channel; the others are not read.
    rows: [&'a [C; TILE]; P],
}

impl<'a, C: Float, const X: usize, const P: usize> Tile<'a, C, X, P> {
    /// The tile of `block` that begins at element `start`.
    #[inline(always)]
    fn new<K: Kernel<X, P>>(
        block: &Block<'a, X, C>,
        start: usize,
        pads: &'a mut Pads<C, X, P>,
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
        }
    }

    /// The inputs and the parameters of element `k`.
    #[inline(always)]
    fn element<K: Kernel<X, P>, S: Simd>(
        &self,
        k: usize,
        numbers: Numbers<C, S, P>,
    ) -> (Numbers<C, S, X>, Numbers<C, S, P>) {
        let parameter = |j: usize| {
            if K::PARAMETERS[j].is_row() {
                self.rows[j][k].enter::<S>()
            } else {
                numbers[j]
            }
        };
        (from_fn(|i| self.x[i][k].enter::<S>()), from_fn(parameter))
    }
}
