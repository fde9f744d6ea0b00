//! What `activation!` reads: `pub Name(x; beta = 1.0) = formula;`.
//!
//! Before the `;` one or two inputs, behind it any number of parameters: `beta = 1.0` is trained, `#[per_channel(dim = 1)] beta =
//! 1.0` has a trained number for each index of a dimension, `beta > 0 = 1.0` stays positive, `const beta = 1.0` is not trained.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, LitFloat, LitInt, Token, Visibility, parenthesized};

use super::{Names, Parsed, is_name, is_taken, parse_tokens};
use crate::diagnostic::Mistakes;
use crate::ir::Node;
use crate::number::Number;
use crate::ops::{Kinks, Op};

/// One declared activation.
#[derive(Debug)]
pub struct Item {
    /// Attributes to pass through, documentation among them.
    pub attributes: Vec<Attribute>,
    /// What its derivatives are at kinks: `#[kinks(torch)]`.
    pub kinks: Kinks,
    /// Visibility of the generated struct.
    pub visibility: Visibility,
    /// Name of the generated struct.
    pub name: Ident,
    /// Names of the inputs, one or two.
    pub inputs: Vec<Ident>,
    /// Numbers beside the inputs.
    pub parameters: Vec<DeclaredParameter>,
    /// The formula.
    pub body: TokenStream,
}

/// A number of an activation and the value that it has, or starts from.
#[derive(Clone, Debug)]
pub struct DeclaredParameter {
    /// Its name in the formula and in checkpoints.
    pub name: Ident,
    /// How it varies.
    pub kind: ParameterKind,
    /// Whether it is kept positive: it is then the softplus of what is trained.
    pub positive: bool,
    /// Its value; where training starts, if it is trained.
    pub initial: Number,
}

/// How a parameter varies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ParameterKind {
    /// One trained number.
    Scalar,
    /// A trained number for each index of this dimension of the input; a negative one counts from the end.
    PerChannel(isize),
    /// One number, chosen when the activation is made.
    Constant,
}

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut attributes = input.call(Attribute::parse_outer)?;
        let kinks = take_kinks(&mut attributes)?;
        let visibility = input.parse()?;
        let name = input.parse()?;
        let signature;
        parenthesized!(signature in input);
        let mut inputs: Vec<Ident> = vec![variable(&signature)?];
        while signature.peek(Token![,]) {
            signature.parse::<Token![,]>()?;
            if signature.is_empty() || signature.peek(Token![;]) {
                break;
            }
            let name = variable(&signature)?;
            if inputs.len() == 2 {
                let message = "an activation takes one or two inputs; parameters come after a `;`";
                return Err(syn::Error::new(name.span(), message));
            }
            inputs.push(name);
        }
        let mut parameters: Vec<DeclaredParameter> = Vec::new();
        if !signature.is_empty() {
            signature.parse::<Token![;]>()?;
            while !signature.is_empty() {
                let parameter = parse_parameter(&signature, &parameters)?;
                parameters.push(parameter);
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
            kinks,
            visibility,
            name,
            inputs,
            parameters,
            body,
        })
    }
}

/// Takes `#[kinks(torch)]` from the attributes of a declaration.
fn take_kinks(attributes: &mut Vec<Attribute>) -> syn::Result<Kinks> {
    let mut kinks = Kinks::default();
    let mut refused = None;
    attributes.retain(|attribute| {
        let is_ours = attribute.path().is_ident("kinks");
        if is_ours {
            let name = attribute.parse_args::<Ident>().ok();
            let named = Kinks::NAMED
                .iter()
                .find(|(known, _)| name.as_ref().is_some_and(|name| name == known));
            match named {
                Some((_, named)) => kinks = *named,
                None => {
                    refused = Some(syn::Error::new_spanned(
                        attribute,
                        "expected `#[kinks(torch)]` or `#[kinks(free)]`",
                    ))
                }
            }
        }
        !is_ours
    });
    match refused {
        Some(error) => Err(error),
        None => Ok(kinks),
    }
}

/// The name of a variable.
fn variable(input: ParseStream<'_>) -> syn::Result<Ident> {
    if !input.peek(Ident::peek_any) {
        return input.parse();
    }
    let name = input.call(Ident::parse_any)?;
    if is_name(&name.to_string()) {
        return Ok(name);
    }
    let what = match name.to_string().starts_with("r#") {
        true => "a raw name",
        false => "a keyword of Rust",
    };
    let message = format!("{what} cannot name a variable: choose another name");
    Err(syn::Error::new(name.span(), message))
}

/// One of `beta = 1.0`, `beta > 0 = 1.0`, `#[per_channel(dim = 1)] beta = 1.0` or `const beta = 1.0`.
fn parse_parameter(
    input: ParseStream<'_>,
    earlier: &[DeclaredParameter],
) -> syn::Result<DeclaredParameter> {
    let mut kind = ParameterKind::Scalar;
    for attribute in input.call(Attribute::parse_outer)? {
        kind = ParameterKind::PerChannel(channel_dimension(&attribute, earlier)?);
    }
    if let Some(token) = input.parse::<Option<Token![const]>>()? {
        if kind != ParameterKind::Scalar {
            let message = "a constant is one number: remove `const` or the attribute";
            return Err(syn::Error::new(token.span, message));
        }
        kind = ParameterKind::Constant;
    }
    let name = variable(input)?;
    let bound = input.parse::<Option<Token![>]>>()?;
    if let Some(token) = bound {
        let (zero, span) = number(input)?;
        if zero != Number::zero() {
            let message = "the one constraint is `> 0`";
            return Err(syn::Error::new(span, message));
        }
        if kind == ParameterKind::Constant {
            let message = "a constant is not trained and needs no constraint: remove `> 0`";
            return Err(syn::Error::new(token.span, message));
        }
    }
    input.parse::<Token![=]>()?;
    let (initial, span) = number(input)?;
    if bound.is_some() && initial <= Number::zero() {
        let message = format!("`{name}` stays above 0 and cannot start at {initial}");
        return Err(syn::Error::new(span, message));
    }
    Ok(DeclaredParameter {
        name,
        kind,
        positive: bound.is_some(),
        initial,
    })
}

/// The dimension of `#[per_channel(dim = 1)]`, which is that of all parameters per channel.
fn channel_dimension(attribute: &Attribute, earlier: &[DeclaredParameter]) -> syn::Result<isize> {
    const EXPECTED: &str = "expected `#[per_channel(dim = 1)]`";
    if !attribute.path().is_ident("per_channel") {
        return Err(syn::Error::new_spanned(attribute, EXPECTED));
    }
    let dim = attribute.parse_args_with(|input: ParseStream<'_>| {
        let key: Ident = input.parse()?;
        if key != "dim" {
            return Err(syn::Error::new(key.span(), EXPECTED));
        }
        input.parse::<Token![=]>()?;
        let minus = input.parse::<Option<Token![-]>>()?;
        let literal: LitInt = input.parse()?;
        let dim: isize = literal.base10_parse()?;
        Ok(if minus.is_some() { -dim } else { dim })
    })?;
    for parameter in earlier {
        if let ParameterKind::PerChannel(other) = parameter.kind
            && other != dim
        {
            let message = format!(
                "`{}` varies along dimension {other}: all parameters per channel share one",
                parameter.name
            );
            return Err(syn::Error::new_spanned(attribute, message));
        }
    }
    Ok(dim)
}

/// A number with its sign.
fn number(input: ParseStream<'_>) -> syn::Result<(Number, Span)> {
    let minus = input.parse::<Option<Token![-]>>()?;
    let (digits, span) = if input.peek(LitInt) {
        let literal: LitInt = input.parse()?;
        (literal.base10_digits().to_owned(), literal.span())
    } else {
        let literal: LitFloat = input.parse()?;
        (literal.base10_digits().to_owned(), literal.span())
    };
    let magnitude = Number::read(&digits).map_err(|error| syn::Error::new(span, error))?;
    let number = if minus.is_some() {
        magnitude.neg()
    } else {
        magnitude
    };
    Ok((number, span))
}

/// What a generated struct has by name: a parameter is a method too.
const MEMBERS: [&str; 9] = [
    "new",
    "from_tensors",
    "default",
    "forward",
    "forward_in_place",
    "FORMULA",
    "DERIVATIVE",
    "DERIVATIVES",
    "INIT_GAIN",
];

/// What else of the struct has the name of a parameter, if something has.
pub(crate) fn clash(name: &Ident, parameters: &[DeclaredParameter]) -> Option<String> {
    if MEMBERS.iter().any(|member| name == member) {
        return Some("it names a method or a constant of the struct".to_owned());
    }
    let text = name.to_string();
    let set = text.strip_prefix("with_")?;
    let constant = |p: &DeclaredParameter| p.kind == ParameterKind::Constant && p.name == set;
    let clashes = parameters.iter().any(constant);
    clashes.then(|| format!("it is the method that sets the constant `{set}`"))
}

impl Item {
    /// Parses the formula of the item over its declared names; also notes names that clash or go unused.
    pub fn parsed(&self) -> Result<Parsed, Mistakes> {
        let mut diagnostics = Mistakes::default();
        let mut names: Vec<String> = Vec::new();
        for name in self.names() {
            let text = name.to_string();
            if names.contains(&text) {
                let message = format!("the name `{text}` is already taken");
                diagnostics.error_with_help(name.span(), message, "choose another name");
            }
            if is_taken(&text) {
                let what = if text == Op::Pi.name() {
                    "the number π"
                } else {
                    "a function"
                };
                let message = format!("`{text}` cannot name a variable: it is {what} in formulas");
                diagnostics.error_with_help(name.span(), message, "choose another name");
            }
            names.push(text);
        }
        for DeclaredParameter { name, .. } in &self.parameters {
            if let Some(what) = clash(name, &self.parameters) {
                let message = format!("`{name}` cannot name a parameter: {what}");
                diagnostics.error_with_help(name.span(), message, "choose another name");
            }
        }
        let parsed = parse_tokens(self.body.clone(), Names::Declared(&names), self.name.span());
        let (parsed, found) = match parsed {
            Ok(parsed) => (Some(parsed), Mistakes::default()),
            Err(found) => (None, found),
        };
        for (index, name) in self.names().enumerate().skip(1) {
            let text = &names[index];
            let used = match &parsed {
                Some(parsed) => parsed.dag.find(&Node::Variable(index)).is_some(),
                // A slip for the name stands in its place.
                None => mentions(self.body.clone(), text) || found.suggests(text),
            };
            if !used && !names[..index].contains(text) {
                let help = "use it in the formula or remove it";
                diagnostics.error_with_help(name.span(), format!("`{text}` is never used"), help);
            }
        }
        diagnostics.extend(found);
        diagnostics.into_result(parsed)
    }

    /// The names of the variables: the inputs, then the parameters.
    pub fn names(&self) -> impl Iterator<Item = &Ident> {
        self.inputs
            .iter()
            .chain(self.parameters.iter().map(|p| &p.name))
    }
}

/// Whether a name is among the tokens.
fn mentions(tokens: TokenStream, name: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => mentions(group.stream(), name),
        TokenTree::Ident(ident) => ident == name,
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}
