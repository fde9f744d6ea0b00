//! A model as users take it.

use std::fmt;

use prost::Message;

use super::options::ElementType;
use super::proto::ModelProto;
use super::{spelling, text};

/// A model; shown in the textual syntax of ONNX, which `onnx.parser` reads.
#[derive(Clone, Debug)]
pub struct Onnx {
    pub(super) model: ModelProto,
    pub(super) element: ElementType,
}

impl Onnx {
    /// The file that runtimes load.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.model.encode_to_vec()
    }

    /// The operators of the model that ONNX Runtime has no kernel for in the type of the model, on processors.
    pub fn without_kernel(&self) -> Vec<&str> {
        if self.element != ElementType::F64 {
            return Vec::new();
        }
        let nodes = self
            .model
            .functions
            .iter()
            .flat_map(|function| &function.node);
        let operators = nodes.map(|node| node.op_type.as_str());
        let mut lacking: Vec<&str> = operators
            .filter(|operator| spelling::SINGLE_ONLY.contains(operator))
            .collect();
        lacking.sort_unstable();
        lacking.dedup();
        lacking
    }
}

impl fmt::Display for Onnx {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&text::of_model(&self.model))
    }
}
