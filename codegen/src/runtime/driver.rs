//! Applies a function on blocks to whole tensors: blocks for the cache, threads over chunks of blocks.
//!
//! Forward: `yᵢ = f(xᵢ; p)`. Backward, in one pass: `dxᵢ = gᵢ·∂f/∂x(xᵢ; p)` and `dp = Σᵢ gᵢ·∂f/∂p(xᵢ; p)`, each sum over the
//! elements that the number of the parameter serves.
//!
//! Chunks and blocks have fixed lengths, whatever the threads do; so have the runs that [`Sums`] add up.

use std::array::from_fn;
use std::mem::MaybeUninit;

use super::Real;
use super::blocks::{Block, Blocks, Function};
use super::element::{Element, Float, sized, uninit};
use super::simd::SimdLevel;
use super::sums::{Axis, Sums};
use super::threads;
use super::view::View;

/// Elements of a block: its buffers (x, g and each ∂f/∂p) stay in the first-level cache.
const BLOCK: usize = 1024;

/// Elements of a chunk, the unit of work of a thread and of the sums.
pub(super) const CHUNK: usize = 16 * BLOCK;

/// A parameter's numbers.
pub(super) enum Value<'a, T: Element> {
    /// One for all elements.
    Number(T::Compute),
    /// One for each element.
    Row(View<'a, T>),
    /// The same, as what is computed in.
    WideRow(View<'a, T::Compute>),
}

/// A function with all that it is applied to.
pub(super) struct Arguments<'a, T: Element, const X: usize> {
    pub(super) function: &'a dyn Function<X>,
    pub(super) level: SimdLevel,
    /// Elements of each input.
    pub(super) len: usize,
    pub(super) x: [View<'a, T>; X],
    /// The value of each parameter; and if it is trained, how it varies.
    pub(super) parameters: Vec<(Value<'a, T>, Option<Axis>)>,
}

impl<'a, T: Element, const X: usize> Arguments<'a, T, X> {
    /// `f(x; p)`.
    pub(super) fn forward(&self) -> Vec<T> {
        let mut out = Vec::with_capacity(self.len);
        self.forward_into(&mut out.spare_capacity_mut()[..self.len]);
        // SAFETY: the capacity is at least `len`, and `forward_into` has written each of the first `len` elements.
        unsafe { out.set_len(self.len) };
        out
    }

    /// The gradients for the inputs, and for each number of each parameter; none for constants.
    pub(super) fn backward(&self, grad: &View<T>) -> ([Vec<T>; X], Vec<Vec<f64>>) {
        let mut grad_x: [Vec<T>; X] = from_fn(|_| Vec::with_capacity(self.len));
        let memory = grad_x.each_mut();
        let memory = memory.map(|grad_x| &mut grad_x.spare_capacity_mut()[..self.len]);
        let sums = self.backward_into(grad, memory);
        for grad_x in &mut grad_x {
            // SAFETY: the capacity is at least `len`, and `backward_into` has written each of the first `len` elements.
            unsafe { grad_x.set_len(self.len) };
        }
        (grad_x, sums)
    }

    /// Writes `f(x; p)` over the first input, which is given as `first` and not as a view.
    pub(super) fn forward_in_place(&self, first: &mut [T]) {
        map_chunks([first], |start, [chunk]| {
            let mut work = Work::new(self, chunk.len(), false, false);
            for (i, block) in chunk.chunks_mut(work.step).enumerate() {
                let given = &mut work.x[0].gathered;
                given.clear();
                given.extend_from_slice(block);
                work.forward(start + i * work.step, uninit(block));
            }
        });
    }

    /// Writes every element of `out`.
    pub(super) fn forward_into(&self, out: &mut [MaybeUninit<T>]) {
        map_chunks([out], |start, [out]| {
            let mut work = Work::new(self, out.len(), self.is_direct(), false);
            for (i, out) in out.chunks_mut(work.step).enumerate() {
                work.forward(start + i * work.step, out);
            }
        });
    }

    /// Writes every element of `grad_x`; returns the sums for each number of each parameter, none for constants.
    pub(super) fn backward_into(
        &self,
        grad: &View<T>,
        grad_x: [&mut [MaybeUninit<T>]; X],
    ) -> Vec<Vec<f64>> {
        let trained = self.parameters.iter().any(|(_, axis)| axis.is_some());
        let direct = self.is_direct() && grad.is_dense() && !trained;
        let sums: Vec<Vec<Option<Sums>>> = map_chunks(grad_x, |start, mut grad_x| {
            let len = grad_x[0].len();
            let sums = |(_, axis): &(_, Option<Axis>)| axis.map(|axis| Sums::new(axis, start, len));
            let mut sums: Vec<Option<Sums>> = self.parameters.iter().map(sums).collect();
            let mut work = Work::new(self, len, direct, true);
            let mut grad = Reader::new(grad);
            for at in (0..len).step_by(work.step) {
                let end = len.min(at + work.step);
                let grad_x = grad_x.each_mut().map(|grad_x| &mut grad_x[at..end]);
                work.backward(start + at, &mut grad, grad_x, &mut sums);
            }
            sums
        });
        let totals = |(j, (_, axis)): (usize, &(_, Option<Axis>))| {
            let mut totals = vec![0.0; axis.map_or(0, |axis| axis.channels)];
            for chunk in sums.iter().filter_map(|chunk| chunk[j].as_ref()) {
                chunk.add_to(&mut totals);
            }
            totals
        };
        self.parameters.iter().enumerate().map(totals).collect()
    }

    /// Whether blocks can be computed where the elements are.
    fn is_direct(&self) -> bool {
        let number = |(value, _): &(Value<T>, _)| matches!(value, Value::Number(_));
        T::DIRECT && self.x.iter().all(View::is_dense) && self.parameters.iter().all(number)
    }
}

/// What `job` returns for each chunk of `outs`, slices of one length, in order; it is told the element at which the chunk begins.
/// Threads share the work if there is enough of it.
fn map_chunks<T: Send, R: Send, const N: usize>(
    outs: [&mut [T]; N],
    job: impl Fn(usize, [&mut [T]; N]) -> R + Send + Sync,
) -> Vec<R> {
    let len = outs[0].len();
    let mut rest = outs;
    let mut chunks = Vec::with_capacity(len.div_ceil(CHUNK));
    for start in (0..len).step_by(CHUNK) {
        chunks.push(rest.each_mut().map(|rest| {
            let (chunk, later) = std::mem::take(rest).split_at_mut(CHUNK.min(len - start));
            *rest = later;
            chunk
        }));
    }
    threads::map(len, chunks, |(i, chunk)| job(i * CHUNK, chunk))
}

/// What a thread needs to go through the blocks of a chunk.
struct Work<'a, T: Element, const X: usize> {
    level: SimdLevel,
    blocks: &'a dyn Blocks<X, T::Compute>,
    /// Elements of a block.
    step: usize,
    x: [Reader<'a, T>; X],
    numbers: Vec<T::Compute>,
    /// For the parameters that have a number for each element.
    rows: Vec<Option<RowReader<'a, T>>>,
    scratch: Vec<T::Compute>,
    /// What is yet to be rounded to the type of the results.
    out: [Vec<T::Compute>; X],
    terms: Vec<T::Compute>,
}

impl<'a, T: Element, const X: usize> Work<'a, T, X> {
    /// For the values or the gradients of a chunk of `len` elements, in one block if `direct`.
    fn new(arguments: &'a Arguments<'a, T, X>, len: usize, direct: bool, gradient: bool) -> Self {
        let step = if direct { len } else { len.min(BLOCK) };
        let blocks = T::Compute::blocks(arguments.function);
        let values = || arguments.parameters.iter().map(|(value, _)| value);
        let number = |value: &Value<T>| match value {
            Value::Number(number) => *number,
            Value::Row(_) | Value::WideRow(_) => T::Compute::of(0.0),
        };
        let row = |value: &'a Value<T>| match value {
            Value::Number(_) => None,
            Value::Row(view) => Some(RowReader::Own(Reader::new(view))),
            Value::WideRow(view) => Some(RowReader::Wide(view, Vec::new())),
        };
        Self {
            level: arguments.level,
            blocks,
            step,
            x: arguments.x.each_ref().map(Reader::new),
            numbers: values().map(number).collect(),
            rows: values().map(row).collect(),
            scratch: blocks.scratch(step, gradient),
            out: from_fn(|_| Vec::new()),
            terms: Vec::new(),
        }
    }

    /// Writes the values of the elements from `start` on.
    fn forward(&mut self, start: usize, out: &mut [MaybeUninit<T>]) {
        let (level, len) = (self.level, out.len());
        let rows = rows(&mut self.rows, level, start, len);
        let block = Block {
            level,
            x: self.x.each_mut().map(|x| x.read(level, start, len)),
            numbers: &self.numbers,
            rows: &rows,
        };
        let buffer = &mut self.out[0];
        self.blocks
            .value(block, &mut self.scratch, T::target(out, buffer));
        T::settle(level, buffer, out);
    }

    /// Writes the gradients for the inputs of the elements from `start` on; adds those for the parameters to `sums`.
    fn backward(
        &mut self,
        start: usize,
        grad: &mut Reader<T>,
        mut grad_x: [&mut [MaybeUninit<T>]; X],
        sums: &mut [Option<Sums>],
    ) {
        let (level, len) = (self.level, grad_x[0].len());
        let rows = rows(&mut self.rows, level, start, len);
        let block = Block {
            level,
            x: self.x.each_mut().map(|x| x.read(level, start, len)),
            numbers: &self.numbers,
            rows: &rows,
        };
        let terms = if sums.iter().any(Option::is_some) {
            sized(&mut self.terms, sums.len() * len)
        } else {
            &mut []
        };
        let targets = zip(grad_x.each_mut(), self.out.each_mut());
        self.blocks.gradient(
            block,
            grad.read(level, start, len),
            &mut self.scratch,
            targets.map(|(out, buffer)| T::target(out, buffer)),
            uninit(terms),
        );
        for (out, buffer) in grad_x.into_iter().zip(&self.out) {
            T::settle(level, buffer, out);
        }
        for (sums, terms) in sums.iter_mut().zip(terms.chunks(len)) {
            if let Some(sums) = sums {
                sums.add(level, start, terms);
            }
        }
    }
}

/// The block of each parameter that has a number for each element.
fn rows<'a, T: Element>(
    readers: &'a mut [Option<RowReader<T>>],
    level: SimdLevel,
    start: usize,
    len: usize,
) -> Vec<&'a [T::Compute]> {
    let read = |reader: &'a mut Option<RowReader<T>>| match reader {
        Some(RowReader::Own(reader)) => reader.read(level, start, len),
        Some(RowReader::Wide(view, gathered)) => view.block(start, len, gathered),
        None => &[],
    };
    readers.iter_mut().map(read).collect()
}

fn zip<A, B, const N: usize>(a: [A; N], b: [B; N]) -> [(A, B); N] {
    let mut b = b.into_iter();
    a.map(|a| match b.next() {
        Some(b) => (a, b),
        None => unreachable!("both have N elements"),
    })
}

/// Reads the numbers of a parameter.
enum RowReader<'a, T: Element> {
    Own(Reader<'a, T>),
    Wide(&'a View<'a, T::Compute>, Vec<T::Compute>),
}

/// Reads a view as the numbers that are computed in.
struct Reader<'a, T: Element> {
    view: &'a View<'a, T>,
    gathered: Vec<T>,
    widened: Vec<T::Compute>,
}

impl<'a, T: Element> Reader<'a, T> {
    fn new(view: &'a View<'a, T>) -> Self {
        Self {
            view,
            gathered: Vec::new(),
            widened: Vec::new(),
        }
    }

    /// Elements `start..start + len`.
    fn read(&mut self, level: SimdLevel, start: usize, len: usize) -> &[T::Compute] {
        let values = self.view.block(start, len, &mut self.gathered);
        T::widen(level, values, &mut self.widened)
    }
}
