//! Names that the emitted module needs for itself.

use crate::backend::pythonic;

/// The modules that it imports, and what its functions call their own.
const OWN: [&str; 6] = ["jax", "jnp", "special", "primals", "tangents", "tangent"];

/// Whether a name cannot be that of a function or an argument.
pub(crate) fn is_reserved(name: &str) -> bool {
    OWN.contains(&name) || pythonic::is_reserved(name)
}
