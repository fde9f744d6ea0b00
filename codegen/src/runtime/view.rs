//! Reads a storage of any layout in logical order, a block at a time.

use std::iter::repeat_n;

use candle_core::Layout;

/// The elements of a tensor in logical (row-major) order.
pub(super) enum View<'a, T> {
    /// They lie side by side.
    Dense(&'a [T]),
    /// Whoever asks for a block has put it into the buffer.
    Given,
    /// Element `i₀…i_k` lies at `offset + Σ i·stride`; a stride of 0 is a broadcast.
    Strided {
        data: &'a [T],
        offset: usize,
        /// `(length, stride)` from the outermost dimension to the innermost, neighbours merged where one stride serves both.
        dims: Vec<(usize, usize)>,
    },
}

impl<'a, T: Copy> View<'a, T> {
    /// The view of `layout` in `data`.
    pub(super) fn new(data: &'a [T], layout: &Layout) -> Self {
        if let Some((start, end)) = layout.contiguous_offsets() {
            return View::Dense(&data[start..end]);
        }
        let dims = layout.dims().iter().copied();
        let dims = dims.zip(layout.stride().iter().copied());
        Self::strided(data, layout.start_offset(), dims)
    }

    /// The view of `dims`, pairs of length and stride, in `data`.
    pub(super) fn strided(
        data: &'a [T],
        offset: usize,
        dims: impl IntoIterator<Item = (usize, usize)>,
    ) -> Self {
        let mut merged: Vec<(usize, usize)> = Vec::new();
        for (len, stride) in dims {
            match merged.last_mut() {
                _ if len == 1 => {}
                Some(outer) if outer.1 == len * stride => *outer = (outer.0 * len, stride),
                _ => merged.push((len, stride)),
            }
        }
        View::Strided {
            data,
            offset,
            dims: merged,
        }
    }

    /// Whether the elements lie side by side.
    pub(super) fn is_dense(&self) -> bool {
        matches!(self, View::Dense(_))
    }

    /// Elements `start..start + len`, copied to `buffer` only if they do not lie side by side.
    #[inline]
    pub(super) fn block<'b>(&'b self, start: usize, len: usize, buffer: &'b mut Vec<T>) -> &'b [T] {
        match self {
            View::Dense(data) => &data[start..start + len],
            View::Given => &buffer[..len],
            View::Strided { data, offset, dims } => {
                buffer.clear();
                gather(data, *offset, dims, start, len, buffer);
                buffer
            }
        }
    }
}

/// Appends the `len` elements from logical index `start` on to `out`, one run of the innermost dimension after the other.
fn gather<T: Copy>(
    data: &[T],
    offset: usize,
    dims: &[(usize, usize)],
    start: usize,
    len: usize,
    out: &mut Vec<T>,
) {
    let Some((&(row_len, stride), outer)) = dims.split_last() else {
        out.extend(repeat_n(data[offset], len));
        return;
    };
    let (mut row, mut column) = (start / row_len, start % row_len);
    let mut rest = len;
    while rest > 0 {
        let run = rest.min(row_len - column);
        let first = row_offset(offset, outer, row) + column * stride;
        match stride {
            0 => out.extend(repeat_n(data[first], run)),
            1 => out.extend_from_slice(&data[first..first + run]),
            _ => out.extend(data[first..].iter().step_by(stride).take(run)),
        }
        (row, column, rest) = (row + 1, 0, rest - run);
    }
}

/// Where row `row` of the outer dimensions begins.
fn row_offset(offset: usize, outer: &[(usize, usize)], mut row: usize) -> usize {
    let mut at = offset;
    for &(len, stride) in outer.iter().rev() {
        at += row % len * stride;
        row /= len;
    }
    at
}
