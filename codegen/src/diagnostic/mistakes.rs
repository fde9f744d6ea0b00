//! Mistakes at tokens: with the spans of the compiler, which stay in the thread that has read the text.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::Attribute;

use super::{Diagnostic, Diagnostics};

/// One mistake at a token.
#[derive(Clone, Debug)]
struct Mistake {
    span: Span,
    message: String,
    help: Option<String>,
}

impl Mistake {
    /// What is wrong, and below it what to write instead.
    fn text(&self) -> String {
        match &self.help {
            Some(help) => format!("{}\nhelp: {help}", self.message),
            None => self.message.clone(),
        }
    }
}

/// All mistakes found in the tokens of one formula, in their order. [`Diagnostics`] are made of them where they leave the thread.
#[derive(Clone, Debug, Default)]
pub struct Mistakes {
    list: Vec<Mistake>,
}

impl Mistakes {
    /// Notes a mistake that has no obvious fix.
    pub fn error(&mut self, span: Span, message: impl Into<String>) {
        self.list.push(Mistake {
            span,
            message: message.into(),
            help: None,
        });
    }

    /// Notes a mistake together with what to write instead.
    pub fn error_with_help(
        &mut self,
        span: Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.list.push(Mistake {
            span,
            message: message.into(),
            help: Some(help.into()),
        });
    }

    /// What `syn` says, with what to write instead.
    pub fn from_syn(error: syn::Error, help: &str) -> Self {
        let mut mistakes = Self::from(error);
        for mistake in &mut mistakes.list {
            mistake.help = Some(help.to_owned());
        }
        mistakes
    }

    /// Whether a fix of some mistake names `name`.
    pub(crate) fn suggests(&self, name: &str) -> bool {
        let quoted = format!("`{name}`");
        let names = |m: &Mistake| m.help.as_ref().is_some_and(|help| help.contains(&quoted));
        self.list.iter().any(names)
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Adds the mistakes of another part of the same formula.
    pub fn extend(&mut self, other: Self) {
        self.list.extend(other.list);
    }

    /// `value` if nothing was found.
    pub fn into_result<T>(self, value: Option<T>) -> Result<T, Self> {
        match value {
            Some(value) if self.is_empty() => Ok(value),
            _ => Err(self),
        }
    }

    /// The mistakes of tokens that were read from `source`.
    pub fn in_source(self, source: &str) -> Diagnostics {
        Diagnostics {
            source: Some(source.to_owned()),
            ..self.into()
        }
    }

    /// One `compile_error!` a mistake, at its span.
    pub fn to_compile_error(&self) -> TokenStream {
        self.list
            .iter()
            .map(|m| syn::Error::new(m.span, m.text()).to_compile_error())
            .collect()
    }

    /// One warning of the compiler each, at its span, under the lint `deprecated`: on stable Rust, only the use of an item that is
    /// marked so carries a text of its own. `attributes` stand on each, to set the level of the lint.
    pub fn to_compile_warning(&self, attributes: &[Attribute]) -> TokenStream {
        self.list
            .iter()
            .map(|m| {
                let note = m.text();
                // Shown at the user's token, found where it is declared.
                let used = Ident::new("UNDEFINED", Span::call_site().located_at(m.span));
                quote! {
                    #(#attributes)*
                    const _: () = {
                        #[deprecated(note = #note)]
                        const UNDEFINED: () = ();
                        #used
                    };
                }
            })
            .collect()
    }
}

impl From<syn::Error> for Mistakes {
    fn from(error: syn::Error) -> Self {
        let mut mistakes = Self::default();
        for one in error {
            mistakes.error(one.span(), one.to_string());
        }
        mistakes
    }
}

impl From<Mistakes> for Diagnostics {
    fn from(mistakes: Mistakes) -> Self {
        let diagnostic = |m: Mistake| Diagnostic {
            range: m.span.byte_range(),
            message: m.message,
            help: m.help,
        };
        Self {
            list: mistakes.list.into_iter().map(diagnostic).collect(),
            source: None,
        }
    }
}

impl From<syn::Error> for Diagnostics {
    fn from(error: syn::Error) -> Self {
        Mistakes::from(error).into()
    }
}
