//! What `activation!` reads: `pub Name(x; beta = 1.0) = formula;`.

use proc_macro2::{Ident, TokenStream};
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, LitFloat, LitInt, Token, Visibility, parenthesized};

use super::{Names, Tree, parse_tokens};
use crate::diagnostic::Diagnostics;
use crate::number::Number;

/// One declared activation.
#[derive(Debug)]
pub struct Item {
    /// Attributes to pass through, documentation among them.
    pub attributes: Vec<Attribute>,
    /// Visibility of the generated struct.
    pub visibility: Visibility,
    /// Name of the generated struct.
    pub name: Ident,
    /// Name of the input.
    pub input: Ident,
    /// Trainable scalars.
    pub parameters: Vec<Parameter>,
    /// The formula.
    pub body: TokenStream,
}

/// A trainable scalar and the value it starts from.
#[derive(Debug)]
pub struct Parameter {
    /// Its name in the formula and in checkpoints.
    pub name: Ident,
    /// Where training starts.
    pub initial: Number,
}

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        let name = input.parse()?;
        let signature;
        parenthesized!(signature in input);
        let argument = signature.parse()?;
        let mut parameters = Vec::new();
        if !signature.is_empty() {
            signature.parse::<Token![;]>()?;
            while !signature.is_empty() {
                parameters.push(signature.parse()?);
                if !signature.is_empty() {
                    signature.parse::<Token![,]>()?;
                }
            }
        }
        input.parse::<Token![=]>()?;
        let mut body = TokenStream::new();
        while !input.is_empty() && !input.peek(Token![;]) {
            body.extend([input.parse::<proc_macro2::TokenTree>()?]);
        }
        if !input.is_empty() {
            input.parse::<Token![;]>()?;
        }
        Ok(Self {
            attributes,
            visibility,
            name,
            input: argument,
            parameters,
            body,
        })
    }
}

impl Parse for Parameter {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.parse()?;
        input.parse::<Token![=]>()?;
        let minus = input.parse::<Option<Token![-]>>()?;
        let (digits, span) = if input.peek(LitInt) {
            let literal: LitInt = input.parse()?;
            (literal.base10_digits().to_owned(), literal.span())
        } else {
            let literal: LitFloat = input.parse()?;
            (literal.base10_digits().to_owned(), literal.span())
        };
        let magnitude = Number::parse(&digits)
            .ok_or_else(|| syn::Error::new(span, "no f64 is near this number"))?;
        let initial = if minus.is_some() {
            magnitude.neg()
        } else {
            magnitude
        };
        Ok(Self { name, initial })
    }
}

impl Item {
    /// Parses the formula of the item over its declared names; also notes parameters that clash or go unused.
    pub fn tree(&self) -> Result<Tree, Diagnostics> {
        let mut diagnostics = Diagnostics::default();
        let mut names = vec![self.input.to_string()];
        for parameter in &self.parameters {
            let name = parameter.name.to_string();
            if names.contains(&name) {
                let message = format!("the name `{name}` is taken already");
                diagnostics.error(parameter.name.span(), message);
            }
            names.push(name);
        }
        for name in [&self.input]
            .into_iter()
            .chain(self.parameters.iter().map(|p| &p.name))
        {
            if name.to_string().starts_with("r#") {
                let message = format!("`{name}` cannot name a variable");
                diagnostics.error_with_help(name.span(), message, "choose another name");
                return Err(diagnostics);
            }
        }
        let tree = match parse_tokens(self.body.clone(), Names::Declared(&names)) {
            Ok(tree) => tree,
            Err(found) => {
                diagnostics.extend(found);
                return Err(diagnostics);
            }
        };
        for (index, name) in names.iter().enumerate().skip(1) {
            let used = tree.terms.contains(&super::Term::Variable(index));
            if !used && diagnostics.is_empty() {
                let span = self.parameters[index - 1].name.span();
                let help = "use it in the formula or remove it";
                diagnostics.error_with_help(span, format!("`{name}` is never used"), help);
            }
        }
        diagnostics.into_result(Some(tree))
    }
}
