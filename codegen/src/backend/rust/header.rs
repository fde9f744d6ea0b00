//! How Rust declares an activation.

use proc_macro2::Ident;
use syn::{Attribute, Visibility};

/// The tokens of a declaration, where its author wrote them: messages of the compiler point there.
#[derive(Clone, Debug)]
pub(crate) struct Header {
    /// Name of the struct.
    pub(crate) name: Ident,
    /// Its visibility.
    pub(crate) visibility: Visibility,
    /// Attributes to pass through.
    pub(crate) attributes: Vec<Attribute>,
    /// The names of the parameters, in their order.
    pub(crate) parameters: Vec<Ident>,
}
