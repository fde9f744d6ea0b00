//! Rust items that run on the runtime of the crate `actsmith`: what `activation!` expands to, and the same as source text.

use proc_macro2::TokenStream;
use quote::quote;

use super::rust::{Dialect, Header, Target, write};
use crate::kernel::Activation;

/// The items as a macro expands to them, naming candle and the runtime by the given paths; `device` is the text of their kernels for
/// CUDA devices.
pub(crate) fn expansion(
    activation: &Activation,
    header: &Header,
    device: &str,
    candle: &TokenStream,
    runtime: &TokenStream,
) -> TokenStream {
    let target = Target {
        candle,
        runtime,
        dialect: Dialect::Expansion,
        device: Some(device),
        minimal: false,
    };
    write(activation, header, &target)
}

/// The items as formatted source, naming `candle_core` and `actsmith::runtime::v1`.
pub(crate) fn source(
    activation: &Activation,
    header: &Header,
    device: &str,
) -> syn::Result<String> {
    let target = Target {
        candle: &quote!(candle_core),
        runtime: &quote!(actsmith::runtime::v1),
        dialect: Dialect::File,
        device: Some(device),
        minimal: false,
    };
    let file = syn::parse2(write(activation, header, &target))?;
    Ok(prettyplease::unparse(&file))
}
