//! What the Rust targets differ in.

use proc_macro2::TokenStream;

use super::dialect::Dialect;

/// How emitted code names what it needs, and how much of it there is.
pub(crate) struct Target<'a> {
    /// The path of candle.
    pub(crate) candle: &'a TokenStream,
    /// The path of the runtime.
    pub(crate) runtime: &'a TokenStream,
    pub(crate) dialect: Dialect,
    /// The text of the kernels for CUDA devices, if the runtime compiles it.
    pub(crate) device: Option<&'a str>,
    /// Whether there is nothing that an activation can do without: neither candle's `VarBuilder` nor operations in place.
    pub(crate) minimal: bool,
}
