//! ONNX: a model whose graph calls one function, the activation, and nothing else.
//!
//! The function has no shapes, so that other models can take it over for tensors of any shape; the graph has a rank, because the checker of
//! ONNX asks for one.

mod model;
mod options;
mod proto;
mod spelling;
mod text;
mod words;
mod writer;

pub use model::Onnx;
pub use options::{ElementType, OnnxOptions};
pub(crate) use words::is_reserved;
pub(crate) use writer::write;
