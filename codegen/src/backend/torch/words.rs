//! Names that the emitted module needs for itself.

use crate::backend::pythonic;

/// What it imports and defines, and names of `torch.nn.Module` that an attribute would hide
/// (<https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html>).
const OWN: [&str; 23] = [
    "torch",
    "math",
    "nn",
    "F",
    "Tensor",
    "self",
    "ctx",
    "grad",
    "channels",
    "forward",
    "extra_repr",
    "training",
    "train",
    "eval",
    "half",
    "double",
    "bfloat16",
    "compile",
    "children",
    "modules",
    "parameters",
    "buffers",
    "apply",
];

/// Whether a name cannot be that of the module, an argument or a parameter.
pub(crate) fn is_reserved(name: &str) -> bool {
    OWN.contains(&name) || pythonic::is_reserved(name)
}
