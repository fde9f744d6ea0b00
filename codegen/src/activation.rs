//! A named activation, ready to be written out: what `activation!` declares and `actsmith emit` takes.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::parse_quote;

use crate::diagnostic::Diagnostics;
use crate::formula::{Formula, Simplification};
use crate::ir::Dag;
use crate::number::Number;
use crate::rewrite::{Budget, Region};
use crate::schedule::{Schedule, Step};
use crate::syntax::{Item, Names, Parameter, ParameterKind, parse_tokens};
use crate::target::{Activation, rust};

impl Activation {
    /// What one declaration of `activation!` stands for.
    pub fn from_item(item: Item) -> Result<Self, Diagnostics> {
        let formula = Formula::from_dag(&Dag::from_tree(&item.tree()?));
        let (value, gradient) = finite(&formula, &region(&item.parameters), item.name.span())?;
        Ok(Self {
            value,
            gradient,
            source: formula.to_string(),
            inputs: item.inputs.len(),
            parameters: item.parameters,
            name: item.name,
            visibility: item.visibility,
            attributes: item.attributes,
        })
    }

    /// A public activation of a formula; its parameters start at the values in `initial`, or at 1.
    pub fn new(
        name: &str,
        formula: &Formula,
        initial: &[(String, Number)],
    ) -> Result<Self, Diagnostics> {
        let parameter = |name: &String| {
            let given = initial.iter().find(|(known, _)| known == name);
            Parameter {
                name: Ident::new(name, Span::call_site()),
                kind: ParameterKind::Scalar,
                positive: false,
                initial: given.map_or_else(Number::one, |(_, value)| value.clone()),
            }
        };
        let name = syn::parse_str::<Ident>(name).map_err(|_| {
            let mut diagnostics = Diagnostics::default();
            let message = format!("`{name}` cannot name a Rust struct");
            diagnostics.error_with_help(
                Span::call_site(),
                message,
                "write for example `MyActivation`",
            );
            diagnostics
        })?;
        let (value, gradient) = finite(formula, &Region::default(), Span::call_site())?;
        Ok(Self {
            value,
            gradient,
            source: formula.to_string(),
            inputs: 1,
            parameters: formula
                .dag()
                .variables
                .iter()
                .skip(1)
                .map(parameter)
                .collect(),
            name,
            visibility: parse_quote!(pub),
            attributes: Vec::new(),
        })
    }

    /// The items, naming candle and the runtime by the given paths.
    pub fn to_tokens(&self, candle: &TokenStream, runtime: &TokenStream) -> TokenStream {
        rust::write(self, candle, runtime)
    }

    /// The items as formatted source, naming `candle_core` and `actsmith::runtime`.
    pub fn to_source(&self) -> Result<String, Diagnostics> {
        let tokens = self.to_tokens(&quote!(candle_core), &quote!(actsmith::runtime));
        let file = syn::parse2(tokens)?;
        Ok(prettyplease::unparse(&file))
    }
}

/// Expands the declarations of one `activation!`; mistakes become compile errors beside stubs, so that nothing cascades.
pub fn expand(
    declarations: TokenStream,
    candle: &TokenStream,
    runtime: &TokenStream,
) -> TokenStream {
    let items = match syn::parse2::<Items>(declarations) {
        Ok(Items(items)) => items,
        Err(error) => return Diagnostics::from(error).to_compile_error(),
    };
    items
        .into_iter()
        .map(|item| {
            let stub = stub(&item, candle, runtime);
            match Activation::from_item(item) {
                Ok(activation) => activation.to_tokens(candle, runtime),
                Err(diagnostics) => {
                    let errors = diagnostics.to_compile_error();
                    quote!(#errors #stub)
                }
            }
        })
        .collect()
}

struct Items(Vec<Item>);

impl syn::parse::Parse for Items {
    fn parse(input: syn::parse::ParseStream<'_>) -> syn::Result<Self> {
        let mut items = Vec::new();
        while !input.is_empty() {
            items.push(input.parse()?);
        }
        Ok(Self(items))
    }
}

/// The same declaration with the identity for a formula: what uses the struct still compiles.
fn stub(item: &Item, candle: &TokenStream, runtime: &TokenStream) -> TokenStream {
    let variables: Vec<String> = item.names().map(Ident::to_string).collect();
    let identity = parse_tokens(
        proc_macro2::TokenTree::from(item.inputs[0].clone()).into(),
        Names::Declared(&variables),
    );
    // Raw names cannot be written at all; the error alone has to do.
    let Some(tree) = identity
        .ok()
        .filter(|_| !variables.iter().any(|name| name.starts_with("r#")))
    else {
        return TokenStream::new();
    };
    let value = Dag::from_tree(&tree);
    let activation = Activation {
        name: item.name.clone(),
        visibility: item.visibility.clone(),
        attributes: Vec::new(),
        inputs: item.inputs.len(),
        parameters: item.parameters.clone(),
        source: String::new(),
        gradient: value.with_gradient(),
        value,
    };
    activation.to_tokens(candle, runtime)
}

/// What the constraints say of the parameters.
fn region(parameters: &[Parameter]) -> Region {
    let positive = parameters.iter().filter(|parameter| parameter.positive);
    positive.fold(Region::default(), |region, parameter| {
        let name = parameter.name.to_string();
        // One bound is never empty.
        region
            .clone()
            .with(&name, Some(&Number::zero()), None)
            .unwrap_or(region)
    })
}

/// The simplified value and gradient, unless a constant in them is no number.
pub(crate) fn finite(
    formula: &Formula,
    region: &Region,
    span: Span,
) -> Result<(Dag, Dag), Diagnostics> {
    let Simplification { value, gradient } = formula.simplify(region, Budget::default());
    let undefined = |step: &Step| matches!(step, Step::Constant(value) if !value.is_finite());
    let mut diagnostics = Diagnostics::default();
    if [&value, &gradient]
        .iter()
        .any(|form| Schedule::new(&form.dag).steps.iter().any(undefined))
    {
        let message = format!("a constant in `{formula}` is undefined or too large for f64");
        diagnostics.error_with_help(span, message, "such as `ln(-1)`, `sqrt(-2)` or `exp(1000)`");
    }
    diagnostics.into_result(Some((value.dag, gradient.dag)))
}
