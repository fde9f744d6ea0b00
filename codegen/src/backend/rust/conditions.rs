//! `#[cfg(…)]` of a declaration holds for every item that the declaration becomes, its mistakes and warnings included.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::punctuated::Punctuated;
use syn::{Attribute, Item, Meta, Token, parse_quote};

/// The attributes that decide whether a declaration is there at all, and all others. `#[cfg_attr(a, cfg(b), doc = "…")]` is both.
pub(crate) fn split(attributes: &[Attribute]) -> (Vec<Attribute>, Vec<Attribute>) {
    let (mut conditions, mut others) = (Vec::new(), Vec::new());
    for attribute in attributes {
        let list = Punctuated::<Meta, Token![,]>::parse_terminated;
        let conditional = attribute.path().is_ident("cfg_attr");
        match attribute.parse_args_with(list) {
            _ if attribute.path().is_ident("cfg") => conditions.push(attribute.clone()),
            Ok(metas) if conditional => {
                let mut metas = metas.into_iter();
                let predicate = metas.next();
                let (cfg, rest): (Vec<Meta>, Vec<Meta>) =
                    metas.partition(|meta| meta.path().is_ident("cfg"));
                if !cfg.is_empty() {
                    conditions.push(parse_quote!(#[cfg_attr(#predicate, #(#cfg),*)]));
                }
                if !rest.is_empty() {
                    others.push(parse_quote!(#[cfg_attr(#predicate, #(#rest),*)]));
                }
            }
            _ => others.push(attribute.clone()),
        }
    }
    (conditions, others)
}

/// The items, each under the conditions.
pub(crate) fn under(conditions: &[Attribute], items: TokenStream) -> TokenStream {
    if conditions.is_empty() {
        return items;
    }
    match syn::parse2::<syn::File>(items.clone()) {
        Ok(file) => {
            let item = |item: Item| quote!(#(#conditions)* #item);
            file.items.into_iter().map(item).collect()
        }
        Err(error) => [error.to_compile_error(), items.into_token_stream()]
            .into_iter()
            .collect(),
    }
}
