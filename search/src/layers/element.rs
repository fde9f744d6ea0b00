//! The element types of the layers, f32 and f64, and where their elements lie.

use std::cell::RefCell;
use std::mem::MaybeUninit;
use std::thread::LocalKey;

use actsmith_codegen::runtime::Float;
use candle_core::{CpuStorage, Layout, Result, Storage, Tensor, WithDType, bail};
use rayon::iter::plumbing::{Producer, ProducerCallback};
use rayon::prelude::*;

/// A type of elements that the layers compute in.
pub(crate) trait Element: Float + WithDType {
    /// The buffers of this thread that are not in use.
    fn buffers() -> &'static LocalKey<RefCell<Vec<Vec<Self>>>>;
}

macro_rules! element {
    ($($t:ty)+) => {$(
        impl Element for $t {
            fn buffers() -> &'static LocalKey<RefCell<Vec<Vec<Self>>>> {
                thread_local!(static BUFFERS: RefCell<Vec<Vec<$t>>> = const { RefCell::new(Vec::new()) });
                &BUFFERS
            }
        }
    )+};
}
element!(f32 f64);

/// Lends a buffer of this thread, whose elements are what its last user left there: fresh memory would cost page faults.
pub(super) fn with_buffer<T: Element, R>(len: usize, f: impl FnOnce(&mut [T]) -> R) -> R {
    let mut buffer = T::buffers().with_borrow_mut(|free| free.pop().unwrap_or_default());
    if buffer.len() < len {
        buffer.resize(len, T::of(0.0));
    }
    let result = f(&mut buffer[..len]);
    T::buffers().with_borrow_mut(|free| free.push(buffer));
    result
}

/// A vector of `len` elements that `write` writes, each of them.
///
/// # Safety
/// `write` writes all elements.
pub(super) unsafe fn written<T: Element, R>(
    len: usize,
    write: impl FnOnce(&mut [MaybeUninit<T>]) -> R,
) -> (Vec<T>, R) {
    let mut elements = Vec::with_capacity(len);
    let memory = &mut elements.spare_capacity_mut()[..len];
    if cfg!(debug_assertions) {
        memory.fill(MaybeUninit::new(T::of(f64::NAN)));
    }
    let result = write(memory);
    // SAFETY: the capacity is at least `len`, and the caller promises that `write` has written each of the first `len` elements.
    unsafe { elements.set_len(len) };
    (elements, result)
}

/// What `job` returns for each group, in order; a single one does not wait for rayon's threads.
pub(super) fn in_groups<I: IndexedParallelIterator, R: Send>(
    groups: I,
    job: impl Fn(I::Item) -> R + Sync + Send,
) -> Vec<R> {
    match groups.len() {
        1 => groups.with_producer(Here(job)),
        _ => groups.map(job).collect(),
    }
}

/// Runs a job for each item in this thread.
struct Here<F>(F);

impl<T, R, F: Fn(T) -> R> ProducerCallback<T> for Here<F> {
    type Output = Vec<R>;

    fn callback<P: Producer<Item = T>>(self, producer: P) -> Vec<R> {
        producer.into_iter().map(self.0).collect()
    }
}

/// The sum of vectors of one length, in their order.
pub(super) fn add_all<T: Element>(parts: Vec<Vec<T>>) -> Vec<T> {
    let mut parts = parts.into_iter();
    let mut total = parts.next().unwrap_or_default();
    for part in parts {
        for (total, part) in total.iter_mut().zip(part) {
            *total += part;
        }
    }
    total
}

/// The elements of a contiguous tensor.
pub(super) fn contiguous<'a, T: WithDType>(
    storage: &'a CpuStorage,
    layout: &Layout,
) -> Result<&'a [T]> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&storage.as_slice()?[start..end]),
        None => bail!(
            "expected a contiguous tensor, not strides {:?}",
            layout.stride()
        ),
    }
}

/// Lends the elements of a contiguous tensor on the CPU.
pub(super) fn with_elements<T: WithDType, R>(
    tensor: &Tensor,
    f: impl FnOnce(&[T]) -> Result<R>,
) -> Result<R> {
    let (storage, layout) = tensor.storage_and_layout();
    match &*storage {
        Storage::Cpu(storage) => f(contiguous(storage, layout)?),
        _ => bail!("expected a tensor on the CPU"),
    }
}

/// Evaluates an expression with `T` standing for the element type: `dispatch!(dtype, "name", T => f::<T>(…))`.
macro_rules! dispatch {
    ($dtype:expr, $op:expr, $T:ident => $body:expr) => {
        match $dtype {
            candle_core::DType::F32 => {
                type $T = f32;
                $body
            }
            candle_core::DType::F64 => {
                type $T = f64;
                $body
            }
            other => Err(candle_core::Error::UnsupportedDTypeForOp(other, $op).bt()),
        }
    };
}
pub(super) use dispatch;

/// Defines a function whose body is compiled once for each instruction set, and picked at run time. What its loops call is inlined.
macro_rules! vectorised {
    ($(#[$documentation:meta])* $visibility:vis fn $name:ident<'a, $T:ident, $S:ident>($($argument:ident: $type:ty),+ $(,)?) -> $result:ty $body:block) => {
        $(#[$documentation])*
        #[allow(clippy::too_many_arguments)]
        $visibility fn $name<'a, $T: $crate::layers::element::Element>($($argument: $type),+) -> $result {
            struct Job<'a, $T> {
                $($argument: $type,)+
                lifetime: std::marker::PhantomData<&'a $T>,
            }
            impl<'a, $T: $crate::layers::element::Element> actsmith_codegen::runtime::SimdJob for Job<'a, $T> {
                type Output = $result;

                #[inline(always)]
                #[allow(unused_mut)]
                fn run<$S: actsmith_codegen::runtime::Simd>(self) -> $result {
                    $(let mut $argument = self.$argument;)+
                    $body
                }
            }
            actsmith_codegen::runtime::dispatch(Job { $($argument,)+ lifetime: std::marker::PhantomData })
        }
    };
}
pub(super) use vectorised;
