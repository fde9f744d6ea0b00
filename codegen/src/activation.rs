//! A named activation, ready to be written out: what `activation!` declares and `actsmith emit` takes.

use proc_macro2::{Ident, Span, TokenStream};
use syn::parse_quote;

use crate::analysis::{Definedness, Gap, Region};
#[cfg(feature = "candle")]
use crate::backend::standalone;
use crate::backend::{candle, cuda};
use crate::calculus::Gradient;
use crate::diagnostic::{Diagnostics, Mistakes};
use crate::egraph::Budget;
use crate::formula::{Formula, Simplification};
use crate::ir::Dag;
use crate::kernel::{Activation, Schedule, Step};
use crate::number::Number;
use crate::syntax::{Item, Parameter, ParameterKind, Tree, clash, is_name};

impl Activation {
    /// What one declaration of `activation!` stands for, and what its author should know: the operations that have no value for
    /// some inputs.
    pub fn from_item(item: Item) -> Result<(Self, Mistakes), Mistakes> {
        let (tree, spans) = item.tree()?;
        let formula = Formula::from_dag(&Dag::from_tree(&tree));
        let warnings = gaps(&formula, &item, &tree, &spans)?;
        let region = region(&item.parameters, &Number::zero());
        let (value, gradient) = finite(&formula, &region, item.name.span())?;
        let activation = Self {
            value,
            gradient,
            source: formula.to_string(),
            inputs: item.inputs.len(),
            parameters: item.parameters,
            name: item.name,
            visibility: item.visibility,
            attributes: item.attributes,
        };
        Ok((activation, warnings))
    }

    /// A public activation of a formula; its parameters start at the values in `initial`, or at 1.
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
            Parameter {
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
        let parameters: Vec<Parameter> = formula
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
        Ok(Self {
            value,
            gradient,
            source: formula.to_string(),
            inputs: 1,
            parameters,
            name: Ident::new(name, Span::call_site()),
            visibility: parse_quote!(pub),
            attributes: Vec::new(),
        })
    }

    /// The items as a macro expands to them, naming candle and the runtime by the given paths.
    pub(crate) fn to_expansion(&self, candle: &TokenStream, runtime: &TokenStream) -> TokenStream {
        candle::expansion(self, &self.cuda_functions(), candle, runtime)
    }

    /// One file of formatted source with all that the items need: it names `candle_core`, `std`, and `rayon` if threads are to share
    /// long tensors. `command` is what its documentation says it was written by.
    #[cfg(feature = "candle")]
    pub fn to_standalone(&self, rayon: bool, command: &str) -> Result<String, Diagnostics> {
        self.check_name()?;
        Ok(standalone::write(self, rayon, command)?)
    }

    /// The items as formatted source, naming `candle_core` and `actsmith::runtime::v1`.
    pub fn to_source(&self) -> Result<String, Diagnostics> {
        self.check_name()?;
        Ok(candle::source(self, &self.cuda_functions())?)
    }

    /// A file names the primitive types and these crates and modules plainly; a struct of the same name would hide them.
    fn check_name(&self) -> Result<(), Diagnostics> {
        let name = self.name.to_string();
        let reserved = ["candle_core", "actsmith", "runtime", "f64", "str", "usize"];
        if !reserved.contains(&name.as_str()) {
            return Ok(());
        }
        let message = format!("`{name}` cannot name the struct: the source uses this name");
        Err(refusal(message, "choose another, such as `MyActivation`"))
    }
}

impl Activation {
    /// `value` and `gradient` as functions of CUDA C++, as the runtime completes them to kernels: [`cuda::write`].
    pub(crate) fn cuda_functions(&self) -> String {
        let slopes = self.gradient.derivatives_of(&self.differentiated());
        cuda::write(&self.value, &slopes, self.inputs)
    }

    /// The same functions in f32, or in f64 if `double`, behind all that they reach of the runtime's mathematics. What compiles them
    /// defines `FN`, which precedes each function, and the intrinsics of CUDA that they use.
    #[cfg(feature = "candle")]
    pub fn to_cuda_functions(&self, double: bool) -> String {
        use crate::runtime::cuda::functions::{Precision, functions};
        let precision = match double {
            false => Precision::Single,
            true => Precision::Double,
        };
        functions(&self.cuda_functions(), precision)
    }

    /// The kernels in CUDA C++ as the runtime compiles them for elements of a type, each with what it does; none for a type that
    /// activations do not take. Those of any layout are for three dimensions.
    #[cfg(feature = "candle")]
    pub fn to_cuda_kernels(&self, dtype: candle_core::DType) -> Vec<(String, String)> {
        use crate::runtime::Parameter;
        use crate::runtime::cuda::text::{Kernel, Number, Task};
        use candle_core::DType;
        let number = match dtype {
            DType::F32 => Number::F32,
            DType::F64 => Number::F64,
            DType::F16 => Number::F16,
            DType::BF16 => Number::Bf16,
            _ => return Vec::new(),
        };
        let parameter = |parameter: &crate::syntax::Parameter| match parameter.kind {
            ParameterKind::Scalar => Parameter::scalar(""),
            ParameterKind::Constant => Parameter::constant(""),
            ParameterKind::PerChannel(dim) => Parameter::per_channel("", dim),
        };
        let parameters: Vec<Parameter> = self.parameters.iter().map(parameter).collect();
        let formula = self.cuda_functions();
        let kernel = |task, wide| Kernel {
            formula: &formula,
            inputs: self.inputs,
            parameters: &parameters,
            number,
            task,
            rank: 3,
            wide,
            tiled: wide,
        };
        let trained = parameters.iter().filter(|p| p.is_trained()).count();
        let mut tasks = vec![
            Task::ForwardDense,
            Task::ForwardStrided,
            Task::BackwardDense,
            Task::BackwardStrided,
        ];
        if trained > 0 {
            tasks.extend([
                Task::Scalars(0, trained.min(4)),
                Task::Channels(0, trained.min(4)),
            ]);
        }
        let texts = tasks.into_iter().flat_map(|task| {
            [false, true].map(|wide| {
                let places = if wide { ", places of 64 bits" } else { "" };
                (format!("{task:?}{places}"), kernel(task, wide).text())
            })
        });
        texts.collect()
    }
}

fn refusal(message: String, help: &str) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    diagnostics.note(message, help);
    diagnostics
}

/// What the constraints say of the parameters: the positive ones are at least `low`.
fn region(parameters: &[Parameter], low: &Number) -> Region {
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

/// The simplified value and gradient, unless a constant in them is no number.
pub(crate) fn finite(
    formula: &Formula,
    region: &Region,
    span: Span,
) -> Result<(Dag, Gradient), Mistakes> {
    checked(formula, formula.simplify(region, Budget::default()), span)
}

/// The value and gradient of a simplification, unless a constant in them is no number.
pub(crate) fn checked(
    formula: &Formula,
    Simplification { value, gradient }: Simplification,
    span: Span,
) -> Result<(Dag, Gradient), Mistakes> {
    let undefined = |step: &Step| matches!(step, Step::Constant(value) if !value.is_finite());
    let mut diagnostics = Mistakes::default();
    if [&value.dag, &gradient.dag]
        .iter()
        .any(|form| Schedule::new(form).steps.iter().any(undefined))
    {
        let message = format!("a constant in `{formula}` is undefined or too large for f64");
        diagnostics.error_with_help(span, message, "such as `ln(-1)`, `sqrt(-2)` or `exp(1000)`");
    }
    diagnostics.into_result(Some((value.dag, gradient.dag)))
}

/// The operations without a value somewhere, each at its token; an error if the formula has none anywhere.
fn gaps(formula: &Formula, item: &Item, tree: &Tree, spans: &[Span]) -> Result<Mistakes, Mistakes> {
    let least = Number::from_f64(f64::MIN_POSITIVE).unwrap_or_else(Number::zero);
    let defined = formula.definedness(&region(&item.parameters, &least));
    let places = formula.dag().places(tree);
    let span = |gap: &Gap| {
        let term = places.iter().position(|place| *place == Some(gap.place));
        term.map_or(item.name.span(), |term| spans[term])
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
