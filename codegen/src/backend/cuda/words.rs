//! Words that cannot be names in the file.

use crate::backend::text::is_word_of_c;

/// What the kernels call their own, and the names that CUDA C++ defines in every kernel.
const OWN: [&str; 15] = [
    "n",
    "i",
    "step",
    "size_t",
    "out",
    "grad",
    "by",
    "T",
    "Real",
    "FN",
    "threadIdx",
    "blockIdx",
    "blockDim",
    "gridDim",
    "warpSize",
];

/// Whether a name cannot be that of a function or an argument.
pub(crate) fn is_reserved(name: &str) -> bool {
    OWN.contains(&name) || is_word_of_c(name)
}
