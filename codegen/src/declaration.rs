//! A declared activation, ready to be written out as Rust: what `activation!` declares and `actsmith emit` takes.

use proc_macro2::{Ident, Span, TokenStream};
use syn::parse_quote;

use crate::activation::{checked, finite};
use crate::analysis::{Definedness, Gap, Region};
use crate::backend::Export;
use crate::backend::candle;
#[cfg(feature = "onnx")]
use crate::backend::onnx::{self, Onnx, OnnxOptions};
use crate::backend::rust::Header;
#[cfg(feature = "candle")]
use crate::backend::standalone;
use crate::diagnostic::{Diagnostics, Mistakes};
use crate::egraph::Budget;
use crate::formula::{Formula, Simplification};
use crate::kernel::{Activation, Parameter};
use crate::number::Number;
use crate::syntax::{DeclaredParameter, Item, ParameterKind, Parsed, clash, is_name};

/// An activation, and how Rust declares it.
#[derive(Debug)]
pub struct Declaration {
    /// The activation.
    pub activation: Activation,
    pub(crate) header: Header,
}

impl Declaration {
    /// What one declaration of `activation!` stands for, and what its author should know: the operations that have no value for
    /// some inputs.
    pub fn from_item(item: Item) -> Result<(Self, Mistakes), Mistakes> {
        let Parsed { dag, spans } = item.parsed()?.compact();
        let formula = Formula::from_dag(&dag).with_kinks(item.kinks);
        let warnings = gaps(&formula, &item, &spans)?;
        let region = region(&item.parameters, &Number::zero());
        let (value, gradient) = finite(&formula, &region, item.name.span())?;
        let activation = Activation {
            name: item.name.to_string(),
            value,
            kinks: formula.kinks(),
            gradient,
            source: formula.to_string(),
            inputs: item.inputs.len(),
            parameters: item.parameters.iter().map(neutral).collect(),
        };
        let header = Header {
            name: item.name,
            visibility: item.visibility,
            attributes: item.attributes,
            parameters: item.parameters.into_iter().map(|p| p.name).collect(),
        };
        Ok((Self { activation, header }, warnings))
    }

    /// The public declaration of a formula; its parameters start at the values in `initial`, or at 1.
    pub fn new(
        name: &str,
        formula: &Formula,
        initial: &[(String, Number)],
    ) -> Result<Self, Diagnostics> {
        let simplification = formula.simplify(&Region::default(), Budget::default());
        Self::simplified(name, formula, simplification, initial)
    }

    /// As [`Self::new`], of a formula that has been simplified already, for all inputs and with the default budget.
    pub fn simplified(
        name: &str,
        formula: &Formula,
        simplification: Simplification,
        initial: &[(String, Number)],
    ) -> Result<Self, Diagnostics> {
        let parameter = |name: &String| {
            let given = initial.iter().find(|(known, _)| known == name);
            DeclaredParameter {
                name: Ident::new(name, Span::call_site()),
                kind: ParameterKind::Scalar,
                positive: false,
                initial: given.map_or_else(Number::one, |(_, value)| value.clone()),
            }
        };
        if !is_name(name) {
            let message = format!("`{name}` cannot name a Rust struct");
            return Err(refusal(message, "write for example `MyActivation`"));
        }
        let parameters: Vec<DeclaredParameter> = formula
            .dag()
            .variables
            .iter()
            .skip(1)
            .map(parameter)
            .collect();
        for parameter in &parameters {
            if let Some(what) = clash(&parameter.name, &parameters) {
                let message = format!("`{}` cannot name a parameter: {what}", parameter.name);
                return Err(refusal(message, "choose another name"));
            }
        }
        let (value, gradient) = checked(formula, simplification, Span::call_site())?;
        let activation = Activation {
            name: name.to_owned(),
            value,
            kinks: formula.kinks(),
            gradient,
            source: formula.to_string(),
            inputs: 1,
            parameters: parameters.iter().map(neutral).collect(),
        };
        let header = Header {
            name: Ident::new(name, Span::call_site()),
            visibility: parse_quote!(pub),
            attributes: Vec::new(),
            parameters: parameters.into_iter().map(|p| p.name).collect(),
        };
        Ok(Self { activation, header })
    }

    /// The items as a macro expands to them, naming candle and the runtime by the given paths.
    pub(crate) fn to_expansion(&self, candle: &TokenStream, runtime: &TokenStream) -> TokenStream {
        let device = self.activation.cuda_functions();
        candle::expansion(&self.activation, &self.header, &device, candle, runtime)
    }

    /// One file of formatted source with all that the items need: it names `candle_core`, `std`, and `rayon` if threads are to share
    /// long tensors. `command` is what its documentation says it was written by.
    #[cfg(feature = "candle")]
    pub fn to_standalone(&self, rayon: bool, command: &str) -> Result<String, Diagnostics> {
        self.check_name()?;
        Ok(standalone::write(
            &self.activation,
            &self.header,
            rayon,
            command,
        )?)
    }

    /// The file of a target that is no Rust; `command` is what it says it was written by.
    ///
    /// # Errors
    /// If the name of the activation means something else there.
    pub fn to_export(&self, export: Export, command: &str) -> Result<String, Diagnostics> {
        self.check_export(export)?;
        Ok(export.write(&self.activation, command))
    }

    /// The ONNX model; `command` is what it says it was written by.
    ///
    /// # Errors
    /// If the name of the activation means something else there.
    #[cfg(feature = "onnx")]
    pub fn to_onnx(&self, options: OnnxOptions, command: &str) -> Result<Onnx, Diagnostics> {
        self.check_export(Export::Onnx)?;
        Ok(onnx::write(&self.activation, options, command))
    }

    fn check_export(&self, export: Export) -> Result<(), Diagnostics> {
        if let Err(taken) = export.checked_name(&self.activation) {
            let target = export.name();
            let message = format!(
                "`{taken}` cannot name an activation for {target}, where it means something else"
            );
            return Err(refusal(
                message,
                "choose another name, such as `MyActivation`",
            ));
        }
        Ok(())
    }

    /// The items as formatted source, naming `candle_core` and `actsmith::runtime::v1`.
    pub fn to_source(&self) -> Result<String, Diagnostics> {
        self.check_name()?;
        let device = self.activation.cuda_functions();
        Ok(candle::source(&self.activation, &self.header, &device)?)
    }

    /// A file names the primitive types and these crates and modules plainly; a struct of the same name would hide them.
    fn check_name(&self) -> Result<(), Diagnostics> {
        let name = self.activation.name.as_str();
        let reserved = ["candle_core", "actsmith", "runtime", "f64", "str", "usize"];
        if !reserved.contains(&name) {
            return Ok(());
        }
        let message = format!("`{name}` cannot name the struct: the source uses this name");
        Err(refusal(message, "choose another, such as `MyActivation`"))
    }
}

/// A parameter without its tokens.
pub(crate) fn neutral(declared: &DeclaredParameter) -> Parameter {
    Parameter {
        name: declared.name.to_string(),
        kind: declared.kind,
        positive: declared.positive,
        initial: declared.initial.clone(),
    }
}

fn refusal(message: String, help: &str) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    diagnostics.note(message, help);
    diagnostics
}

/// What the constraints say of the parameters: the positive ones are at least `low`.
fn region(parameters: &[DeclaredParameter], low: &Number) -> Region {
    let positive = parameters.iter().filter(|parameter| parameter.positive);
    positive.fold(Region::default(), |region, parameter| {
        let name = parameter.name.to_string();
        // One bound is never empty.
        region
            .clone()
            .with(&name, Some(low), None)
            .unwrap_or(region)
    })
}

/// The operations without a value somewhere, each at its token; an error if the formula has none anywhere.
fn gaps(formula: &Formula, item: &Item, spans: &[Span]) -> Result<Mistakes, Mistakes> {
    let least = Number::from_f64(f64::MIN_POSITIVE).unwrap_or_else(Number::zero);
    let defined = formula.definedness(&region(&item.parameters, &least));
    let span = |gap: &Gap| {
        let known = spans.get(usize::from(gap.id));
        known.copied().unwrap_or_else(|| item.name.span())
    };
    let mut diagnostics = Mistakes::default();
    match &defined {
        // What is not proved is no news.
        Definedness::Everywhere | Definedness::Unproved(_) => {}
        Definedness::Nowhere(gap) => {
            let message = format!("the formula is undefined everywhere: {}", gap.sentence());
            let help = "give it an argument that has a value";
            diagnostics.error_with_help(span(gap), message, help);
            return Err(diagnostics);
        }
        Definedness::Partly(gaps) => {
            for gap in gaps {
                diagnostics.error_with_help(span(gap), gap.sentence(), SILENCE);
            }
        }
    }
    Ok(diagnostics)
}

/// How to have no warning of a gap.
const SILENCE: &str = "keep its argument in the domain with `max`, `abs` or `if`, declare a trained divisor with `> 0`, or write `#[allow(deprecated)]` above the activation";
