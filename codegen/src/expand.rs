//! The expansion of `activation!`: every declaration becomes its items, or compile errors beside a stub.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::quote;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, Visibility, parse_quote};

use crate::backend::rust::{Header, conditions};
use crate::declaration::{Declaration, neutral};
use crate::diagnostic::{Diagnostics, Mistakes};
use crate::ir::Dag;
use crate::kernel::Activation;
use crate::number::Number;
use crate::ops::Kinks;
use crate::syntax::{DeclaredParameter, Item, ParameterKind, clash, is_name};

const HELP: &str = "a declaration reads `pub Name(x; beta = 1.0) = x * sigmoid(beta * x);`";

/// Expands the declarations of one `activation!`; mistakes become compile errors beside stubs, so that nothing cascades.
pub fn expand(
    declarations: TokenStream,
    candle: &TokenStream,
    runtime: &TokenStream,
) -> TokenStream {
    let mut mistakes = Mistakes::default();
    let pieces = split(declarations, &mut mistakes);
    let items: TokenStream = pieces
        .into_iter()
        .map(|piece| declaration(piece, candle, runtime))
        .collect();
    let mistakes = mistakes.to_compile_error();
    quote!(#mistakes #items)
}

/// What one declaration expands to.
fn declaration(tokens: TokenStream, candle: &TokenStream, runtime: &TokenStream) -> TokenStream {
    let mut item = match enclosed(tokens.clone(), Item::parse) {
        Ok(item) => item,
        Err(error) => {
            let errors = Mistakes::from_syn(error, HELP).to_compile_error();
            let Ok(head) = enclosed(tokens, Head::salvaged) else {
                return errors;
            };
            return head.with_errors(&errors, candle, runtime);
        }
    };
    let head = Head::of(&item);
    let (attributes, lints) = lint_levels(item.attributes);
    let expected: Vec<&Attribute> = lints.iter().filter(|lint| expects(lint)).collect();
    item.attributes = attributes;
    match Declaration::from_item(item) {
        Ok((mut declaration, warnings)) => {
            let attributes = &mut declaration.header.attributes;
            let kept = lints.iter().filter(|lint| !expects(lint)).cloned();
            attributes.splice(0..0, kept);
            // An expectation that no warning meets stays where the compiler says so.
            if warnings.is_empty() {
                let unmet = expected.into_iter().cloned();
                attributes.extend(unmet);
            }
            let warnings = warnings.to_compile_warning(&lints);
            let warnings = conditions::under(&head.conditions, warnings);
            let items = declaration.to_expansion(candle, runtime);
            quote!(#warnings #items)
        }
        Err(diagnostics) => head.with_errors(&diagnostics.to_compile_error(), candle, runtime),
    }
}

impl Declaration {
    /// What the text of one declaration stands for, public if it does not say otherwise, and what its author should know; nothing if
    /// the text does not begin like one.
    ///
    /// ```
    /// use actsmith_codegen::Declaration;
    ///
    /// let declared = Declaration::parse("SwiGlu(x, gate) = silu(gate) * x");
    /// assert!(declared.is_some_and(|declaration| declaration.is_ok()));
    /// assert!(Declaration::parse("silu(x) * x").is_none());
    /// ```
    pub fn parse(text: &str) -> Option<Result<(Self, Diagnostics), Diagnostics>> {
        let behind_arguments = |(at, _): (usize, &str)| text[..at].trim_end().ends_with(')');
        if !text.match_indices('=').any(behind_arguments) {
            return None;
        }
        let tokens: TokenStream = text.parse().ok()?;
        head(&tokens.clone().into_iter().collect::<Vec<_>>())?;
        let item = enclosed(tokens, Item::parse);
        let item = item.map_err(|error| Mistakes::from_syn(error, HELP));
        let declaration = item.and_then(|mut item| {
            if matches!(item.visibility, Visibility::Inherited) {
                item.visibility = parse_quote!(pub);
            }
            Self::from_item(item)
        });
        Some(match declaration {
            Ok((declaration, warnings)) => Ok((declaration, warnings.in_source(text))),
            Err(mistakes) => Err(mistakes.in_source(text)),
        })
    }
}

/// The tokens of each declaration. One that lacks its `;` is a mistake, and ends where the next begins.
fn split(declarations: TokenStream, mistakes: &mut Mistakes) -> Vec<TokenStream> {
    let tokens: Vec<TokenTree> = declarations.into_iter().collect();
    let mut pieces = vec![Vec::new()];
    let mut equals = false;
    for (index, token) in tokens.iter().enumerate() {
        if is_sign(token, ';') {
            pieces.push(Vec::new());
            equals = false;
            continue;
        }
        if equals && let Some(length) = head(&tokens[index..]) {
            let last: Option<&TokenTree> = pieces.last().and_then(|piece| piece.last());
            let span = last.map_or_else(Span::call_site, TokenTree::span);
            let next = &tokens[index + length - 3];
            let message = format!("`;` is missing between this and the declaration of `{next}`");
            mistakes.error_with_help(span, message, "end each declaration with `;`");
            pieces.push(Vec::new());
            equals = false;
        }
        equals |= is_sign(token, '=');
        if let Some(piece) = pieces.last_mut() {
            piece.push(token.clone());
        }
    }
    let filled = pieces.into_iter().filter(|piece| !piece.is_empty());
    filled.map(TokenStream::from_iter).collect()
}

/// How many tokens make up the head of a declaration, `#[…] pub(…) Name(…) =`, if one begins here.
fn head(tokens: &[TokenTree]) -> Option<usize> {
    let group = |index: usize, delimiter: Delimiter| match tokens.get(index) {
        Some(TokenTree::Group(group)) => group.delimiter() == delimiter,
        _ => false,
    };
    let mut at = 0;
    while is_sign(tokens.get(at)?, '#') && group(at + 1, Delimiter::Bracket) {
        at += 2;
    }
    if matches!(tokens.get(at)?, TokenTree::Ident(word) if word == "pub") {
        at += 1 + usize::from(group(at + 1, Delimiter::Parenthesis));
    }
    let named =
        matches!(tokens.get(at)?, TokenTree::Ident(_)) && group(at + 1, Delimiter::Parenthesis);
    let declares = is_sign(tokens.get(at + 2)?, '=')
        && !tokens.get(at + 3).is_some_and(|token| is_sign(token, '='));
    (named && declares).then_some(at + 3)
}

fn is_sign(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}

/// Parses tokens such that what breaks off is shown at the last of them.
fn enclosed<T>(
    tokens: TokenStream,
    parse: fn(ParseStream<'_>) -> syn::Result<T>,
) -> syn::Result<T> {
    let last = tokens.clone().into_iter().last();
    let mut group = Group::new(Delimiter::Brace, tokens);
    group.set_span(last.map_or_else(Span::call_site, |token| token.span()));
    let inside = |input: ParseStream<'_>| {
        let content;
        syn::braced!(content in input);
        parse(&content)
    };
    inside.parse2(TokenTree::from(group).into())
}

/// What a stub needs of a declaration.
struct Head {
    conditions: Vec<Attribute>,
    visibility: Visibility,
    name: Ident,
    inputs: usize,
    parameters: Vec<DeclaredParameter>,
}

impl Head {
    fn of(item: &Item) -> Self {
        Self {
            conditions: conditions::split(&item.attributes).0,
            visibility: item.visibility.clone(),
            name: item.name.clone(),
            inputs: item.inputs.len(),
            parameters: item.parameters.clone(),
        }
    }

    /// As much as a broken declaration has.
    fn salvaged(input: ParseStream<'_>) -> syn::Result<Self> {
        let (conditions, _) = conditions::split(&input.call(Attribute::parse_outer)?);
        let (visibility, name) = (input.parse()?, input.parse()?);
        let rest: Vec<TokenTree> = input.parse::<TokenStream>()?.into_iter().collect();
        let signature: Vec<TokenTree> = match rest.first() {
            Some(TokenTree::Group(group)) => group.stream().into_iter().collect(),
            _ => Vec::new(),
        };
        let mut halves = signature.splitn(2, |token| is_sign(token, ';'));
        let inputs = halves.next().unwrap_or_default();
        let parameters = halves.next().unwrap_or_default();
        let inputs = inputs.split(|token| is_sign(token, ',')).count();
        let parameters = parameters.split(|token| is_sign(token, ','));
        Ok(Self {
            conditions,
            visibility,
            name,
            inputs: inputs.clamp(1, 2),
            parameters: parameters.filter_map(salvaged_parameter).collect(),
        })
    }

    /// The mistakes beside the stub.
    fn with_errors(
        self,
        errors: &TokenStream,
        candle: &TokenStream,
        runtime: &TokenStream,
    ) -> TokenStream {
        let errors = conditions::under(&self.conditions, errors.clone());
        let stub = self.stub(candle, runtime);
        quote!(#errors #stub)
    }

    /// The struct with the identity for a formula: what uses it still compiles.
    fn stub(self, candle: &TokenStream, runtime: &TokenStream) -> TokenStream {
        let mut parameters: Vec<DeclaredParameter> = Vec::new();
        let named = |p: &DeclaredParameter| {
            is_name(&p.name.to_string()) && clash(&p.name, &self.parameters).is_none()
        };
        for parameter in self.parameters.iter().filter(|p| named(p)) {
            let known = parameters.iter().any(|known| known.name == parameter.name);
            if !known {
                parameters.push(parameter.clone());
            }
        }
        let names: Vec<String> = parameters.iter().map(|p| p.name.to_string()).collect();
        let free = (0..).map(|index| format!("x{index}"));
        let inputs = free
            .filter(|input| !names.contains(input))
            .take(self.inputs);
        let mut value = Dag::new(inputs.chain(names.iter().cloned()).collect());
        value.roots = vec![value.variable(0)];
        let activation = Activation {
            name: self.name.to_string(),
            inputs: self.inputs,
            parameters: parameters.iter().map(neutral).collect(),
            source: value.formula(0),
            gradient: value.with_gradient(),
            kinks: Kinks::default(),
            value,
        };
        let header = Header {
            name: self.name,
            visibility: self.visibility,
            attributes: self.conditions,
            parameters: parameters.into_iter().map(|p| p.name).collect(),
        };
        Declaration { activation, header }.to_expansion(candle, runtime)
    }
}

/// The parameter whose name stands before a `=` or `>`.
fn salvaged_parameter(tokens: &[TokenTree]) -> Option<DeclaredParameter> {
    let name = tokens.windows(2).find_map(|pair| match pair {
        [TokenTree::Ident(name), sign] if is_sign(sign, '=') || is_sign(sign, '>') => Some(name),
        _ => None,
    })?;
    let kind = match tokens.first()? {
        TokenTree::Ident(word) if word == "const" => ParameterKind::Constant,
        token if is_sign(token, '#') => ParameterKind::PerChannel(0),
        _ => ParameterKind::Scalar,
    };
    Some(DeclaredParameter {
        name: name.clone(),
        kind,
        positive: tokens.iter().any(|token| is_sign(token, '>')),
        initial: Number::one(),
    })
}

/// Separates the attributes that set the level of `deprecated`, the lint of our warnings, from all others.
fn lint_levels(attributes: Vec<Attribute>) -> (Vec<Attribute>, Vec<Attribute>) {
    let level = |attribute: &Attribute| {
        let levels = ["allow", "expect", "warn", "deny", "forbid"];
        let named = levels.iter().any(|level| attribute.path().is_ident(level));
        let list = attribute.meta.require_list().ok();
        named && list.is_some_and(|list| mentions_deprecated(&list.tokens))
    };
    attributes
        .into_iter()
        .partition(|attribute| !level(attribute))
}

fn mentions_deprecated(lints: &TokenStream) -> bool {
    let word = |token: TokenTree| matches!(&token, TokenTree::Ident(word) if word == "deprecated");
    lints.clone().into_iter().any(word)
}

fn expects(attribute: &Attribute) -> bool {
    attribute.path().is_ident("expect")
}
