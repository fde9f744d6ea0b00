//! How emitted code names what every Rust program knows: plainly in a file of its own, and beyond doubt where a macro expands,
//! beside whatever the user has named `t0`, `f64` or `Clone`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

/// Where the code is to stand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Dialect {
    /// In a file of its own, for people to read.
    File,
    /// Where `activation!` stands. A constant or a type of the user may have any name there, and there may be no prelude.
    Expansion,
}

impl Dialect {
    /// A primitive type.
    pub(super) fn primitive(self, name: &str) -> TokenStream {
        let name = Ident::new(name, Span::call_site());
        match self {
            Self::File => quote!(#name),
            Self::Expansion => quote!(::core::primitive::#name),
        }
    }

    /// The attribute that derives traits of the standard library.
    pub(super) fn derive(self, traits: &[&str]) -> TokenStream {
        let traits = traits.iter().map(|&name| {
            let module = match name {
                "Clone" => "clone",
                "Copy" => "marker",
                "Debug" => "fmt",
                "Default" => "default",
                _ => "cmp",
            };
            let [module, name] = [module, name].map(|name| Ident::new(name, Span::call_site()));
            match self {
                Self::File => quote!(#name),
                Self::Expansion => quote!(::core::#module::#name),
            }
        });
        quote!(#[derive(#(#traits),*)])
    }

    /// The name of a local variable: a pattern, which a constant or a static of the same name would turn into something else.
    pub(super) fn local(self, name: &str) -> Ident {
        match self {
            Self::File => Ident::new(name, Span::call_site()),
            Self::Expansion => format_ident!("__{name}"),
        }
    }
}
