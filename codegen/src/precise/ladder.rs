//! The precisions at which a graph is tried.

use super::span::Arithmetic;

/// Precisions in bits: the next is tried where one does not decide.
const PRECISIONS: [usize; 4] = [64, 256, 1024, 4096];

/// Arithmetic at each precision, with the constants that it has computed.
#[derive(Debug)]
pub(crate) struct Ladder(Vec<Arithmetic>);

impl Ladder {
    /// Nothing is computed yet.
    pub(crate) fn new() -> Self {
        Self(PRECISIONS.map(Arithmetic::new).into())
    }

    /// The lowest precision first.
    pub(crate) fn rungs(&mut self) -> impl Iterator<Item = &mut Arithmetic> {
        self.0.iter_mut()
    }
}
