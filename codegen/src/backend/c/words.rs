//! Words that cannot be names in the header.

use crate::backend::text::is_word_of_c;

/// What the loops and gradients call their own, and the function of `<stdio.h>` that `print` for `float` would hide.
const OWN: [&str; 7] = ["n", "i", "size_t", "out", "grad", "by", "printf"];

/// Whether a name cannot be that of a function or an argument.
pub(crate) fn is_reserved(name: &str) -> bool {
    OWN.contains(&name) || is_word_of_c(name)
}
