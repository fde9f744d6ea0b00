//! What a model is written for.

/// The types of elements that a model is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ElementType {
    /// Single precision.
    F32,
    /// Double precision.
    F64,
    /// Half precision, computed in `F32`.
    F16,
    /// The upper half of single precision, computed in `F32`.
    BF16,
}

/// What a model is written for.
#[derive(Clone, Copy, Debug)]
pub struct OnnxOptions {
    /// The type of the elements.
    pub element: ElementType,
    /// How many dimensions the input of the graph has; their sizes are open.
    pub rank: usize,
}

impl Default for OnnxOptions {
    /// Batches of vectors, in single precision.
    fn default() -> Self {
        Self {
            element: ElementType::F32,
            rank: 2,
        }
    }
}
