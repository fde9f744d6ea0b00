//! Reads a storage of any layout in logical order, a block at a time.

use candle_core::Layout;

/// The elements of a tensor in logical (row-major) order.
pub(super) enum View<'a, T> {
    /// They lie side by side.
    Dense(&'a [T]),
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
        let mut dims: Vec<(usize, usize)> = Vec::new();
        for (&len, &stride) in layout.dims().iter().zip(layout.stride()) {
            match dims.last_mut() {
                _ if len == 1 => {}
                Some(outer) if outer.1 == len * stride => *outer = (outer.0 * len, stride),
                _ => dims.push((len, stride)),
            }
        }
        View::Strided {
            data,
            offset: layout.start_offset(),
            dims,
        }
    }

    /// Elements `start..start + len`, copied to `buffer` only if they do not lie side by side.
    #[inline]
    pub(super) fn block<'b>(&'b self, start: usize, len: usize, buffer: &'b mut [T]) -> &'b [T] {
        match self {
            View::Dense(data) => &data[start..start + len],
            View::Strided { data, offset, dims } => {
                let block = &mut buffer[..len];
                gather(data, *offset, dims, start, block);
                block
            }
        }
    }
}

/// Fills `out` with the elements from logical index `start` on, one run of the innermost dimension after the other.
fn gather<T: Copy>(
    data: &[T],
    offset: usize,
    dims: &[(usize, usize)],
    start: usize,
    out: &mut [T],
) {
    let Some((&(row_len, stride), outer)) = dims.split_last() else {
        out.fill(data[offset]);
        return;
    };
    let (mut row, mut column) = (start / row_len, start % row_len);
    let mut rest = out;
    while !rest.is_empty() {
        let (run, tail) = rest.split_at_mut(rest.len().min(row_len - column));
        let first = row_offset(offset, outer, row) + column * stride;
        match stride {
            0 => run.fill(data[first]),
            1 => run.copy_from_slice(&data[first..first + run.len()]),
            _ => run
                .iter_mut()
                .zip(data[first..].iter().step_by(stride))
                .for_each(|(to, from)| *to = *from),
        }
        (row, column, rest) = (row + 1, 0, tail);
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
