//! Products of matrices that lie in memory already, in one thread: what calls them has the threads.

use std::marker::PhantomData;
use std::mem::MaybeUninit;

use gemm::Parallelism;

use super::element::Element;

/// Where the elements of a matrix lie: that of row `i` and column `j` at `i * strides[0] + j * strides[1]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    dims: [usize; 2],
    strides: [usize; 2],
}

impl Place {
    /// # Panics
    /// If the last element lies outside a slice of `len` elements.
    fn inside(self, len: usize) -> Self {
        let [rows, columns] = self.dims;
        let last = (rows.max(1) - 1) * self.strides[0] + (columns.max(1) - 1) * self.strides[1];
        assert!(
            rows == 0 || columns == 0 || last < len,
            "{self:?} in {len} elements"
        );
        self
    }

    fn rows(len: usize, columns: usize) -> Self {
        Self {
            dims: [len / columns.max(1), columns],
            strides: [columns, 1],
        }
    }
}

/// A matrix to read.
#[derive(Clone, Copy)]
pub(super) struct Matrix<'a, T> {
    elements: &'a [T],
    place: Place,
}

impl<'a, T> Matrix<'a, T> {
    /// Rows of this many columns, one after another.
    pub(super) fn rows(elements: &'a [T], columns: usize) -> Self {
        Self {
            elements,
            place: Place::rows(elements.len(), columns),
        }
    }

    /// Rows of contiguous elements that begin `stride` elements apart.
    ///
    /// # Panics
    /// If they do not lie in the slice.
    pub(super) fn strided(elements: &'a [T], dims: [usize; 2], stride: usize) -> Self {
        let place = Place {
            dims,
            strides: [stride, 1],
        };
        Self {
            elements,
            place: place.inside(elements.len()),
        }
    }

    /// The transpose.
    pub(super) fn t(self) -> Self {
        let Place {
            dims: [rows, columns],
            strides: [down, right],
        } = self.place;
        let place = Place {
            dims: [columns, rows],
            strides: [right, down],
        };
        Self { place, ..self }
    }
}

/// A matrix to write.
pub(super) struct MatrixMut<'a, T> {
    elements: *mut T,
    /// Whether there is something to add to.
    initialised: bool,
    place: Place,
    lifetime: PhantomData<&'a mut [T]>,
}

impl<'a, T> MatrixMut<'a, T> {
    /// As [`Matrix::rows`].
    pub(super) fn rows(elements: &'a mut [T], columns: usize) -> Self {
        let place = Place::rows(elements.len(), columns);
        Self {
            elements: elements.as_mut_ptr(),
            initialised: true,
            place,
            lifetime: PhantomData,
        }
    }

    /// As [`Matrix::strided`], in memory without elements yet.
    pub(super) fn fresh(
        elements: &'a mut [MaybeUninit<T>],
        dims: [usize; 2],
        stride: usize,
    ) -> Self {
        let place = Place {
            dims,
            strides: [stride, 1],
        };
        Self {
            place: place.inside(elements.len()),
            elements: elements.as_mut_ptr().cast(),
            initialised: false,
            lifetime: PhantomData,
        }
    }
}

/// `c = a b`
pub(super) fn multiply<T: Element>(c: MatrixMut<T>, a: Matrix<T>, b: Matrix<T>) {
    product(c, a, b, T::of(0.0));
}

/// `c += a b`
pub(super) fn multiply_add<T: Element>(c: MatrixMut<T>, a: Matrix<T>, b: Matrix<T>) {
    assert!(c.initialised, "nothing to add to");
    product(c, a, b, T::of(1.0));
}

/// `c = keep c + a b`
fn product<T: Element>(c: MatrixMut<T>, a: Matrix<T>, b: Matrix<T>, keep: T) {
    let ([m, n], [_, k]) = (c.place.dims, a.place.dims);
    assert_eq!([a.place.dims, b.place.dims], [[m, k], [k, n]]);
    let strides = |place: Place| place.strides.map(|stride| stride as isize);
    let ([c_row, c_column], [a_row, a_column], [b_row, b_column]) =
        (strides(c.place), strides(a.place), strides(b.place));
    // SAFETY: all three matrices lie in the slices that they were made of, which live through the call; `c` is borrowed mutably, so
    // that it overlaps with neither of the others; and it is only read where it has elements.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            c.elements,
            c_column,
            c_row,
            keep != T::of(0.0),
            a.elements.as_ptr(),
            a_column,
            a_row,
            b.elements.as_ptr(),
            b_column,
            b_row,
            keep,
            T::of(1.0),
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}
