//! Words of the textual syntax of ONNX (<https://onnx.ai/onnx/repo-docs/Syntax.html>).

/// The types that begin the declaration of a value.
const TYPES: [&str; 20] = [
    "bfloat16",
    "bool",
    "complex64",
    "complex128",
    "double",
    "float",
    "float16",
    "int8",
    "int16",
    "int32",
    "int64",
    "map",
    "optional",
    "seq",
    "sparse_tensor",
    "string",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
];

/// Whether a name cannot be that of a value or a function.
pub(crate) fn is_reserved(name: &str) -> bool {
    TYPES.contains(&name)
}
