//! Writes a compiled activation as Rust: the struct, its constructor and accessors, its passes.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::header::Header;
use super::kernel::literal;
use super::names::Names;
use super::target::Target;
use super::{conditions, kernel};
use crate::calculus::Component;
use crate::kernel::{Activation, Parameter};
use crate::ops::Kinks;
use crate::syntax::ParameterKind;

/// The items of one activation. They name only the crate and the module of `target`.
pub(crate) fn write(activation: &Activation, header: &Header, target: &Target<'_>) -> TokenStream {
    let writer = Writer {
        activation,
        header,
        target,
        names: &Names::of(activation, target.dialect),
    };
    writer.items()
}

struct Writer<'a> {
    activation: &'a Activation,
    header: &'a Header,
    target: &'a Target<'a>,
    names: &'a Names,
}

impl Writer<'_> {
    fn items(&self) -> TokenStream {
        let structure = self.structure();
        let kernel = kernel::write(self.activation, &self.header.name, self.target);
        let traits = self.traits();
        let (conditions, _) = conditions::split(&self.header.attributes);
        conditions::under(&conditions, quote!(#structure #kernel #traits))
    }

    /// The parameters, each with the field of the struct that holds it.
    fn fields(&self) -> impl Iterator<Item = (&Ident, &Parameter)> {
        let parameters = self.activation.parameters.iter();
        self.header.parameters.iter().zip(parameters)
    }

    fn structure(&self) -> TokenStream {
        let candle = self.target.candle;
        let parameters = &self.activation.parameters;
        let Header {
            name,
            visibility,
            attributes,
            ..
        } = self.header;
        let (_, attributes) = conditions::split(attributes);
        let docs = docs(self.activation);
        let methods = self.methods();
        let derives = self
            .target
            .dialect
            .derive(match parameters.iter().all(is_constant) {
                true if parameters.is_empty() => &["Clone", "Copy", "Debug", "Default"],
                true => &["Clone", "Copy", "Debug", "PartialEq"],
                false => &["Clone", "Debug"],
            });
        let float = self.target.dialect.primitive("f64");
        let fields = self.fields().map(|(name, parameter)| {
            if is_constant(parameter) {
                quote!(#name: #float)
            } else {
                quote!(#name: #candle::Tensor)
            }
        });
        let body = if parameters.is_empty() {
            quote!(;)
        } else {
            quote!({ #(#fields),* })
        };
        // Not every model reads what it computes, or computes in place.
        quote! {
            #(#attributes)*
            #(#[doc = #docs])*
            #derives
            #visibility struct #name #body

            #[allow(dead_code)]
            impl #name {
                #methods
            }
        }
    }

    /// The constants, the constructor, what reads and sets the parameters, and the passes that are no trait's.
    fn methods(&self) -> TokenStream {
        let inputs = self.activation.inputs;
        let constants = self.constants();
        let constructor = (!self.target.minimal).then(|| self.constructor());
        let of_tensors = self.constructor_of_tensors();
        let arguments = &self.names.arguments[inputs..];
        let access = self
            .fields()
            .zip(arguments)
            .map(|((name, parameter), argument)| self.access(name, parameter, argument));
        let forward = (inputs > 1).then(|| self.forward(false));
        let in_place = (!self.target.minimal).then(|| self.forward(true));
        quote! {
            #constants
            #constructor
            #of_tensors
            #(#access)*
            #forward
            #in_place
        }
    }

    /// The formula, its derivatives with respect to the inputs, and the gain for initial weights.
    fn constants(&self) -> TokenStream {
        let (activation, visibility) = (self.activation, &self.header.visibility);
        let [text, float] = ["str", "f64"].map(|name| self.target.dialect.primitive(name));
        let formula = activation.value.formula(0);
        let derivative = |input| {
            activation
                .gradient
                .graph(Component::Derivative(input))
                .formula(0)
        };
        let derivatives = (0..activation.inputs).map(derivative);
        let at_kinks = match activation.kinks {
            _ if activation.value.is_smooth() => "",
            Kinks::Free => " At a kink it is a number between the slopes of both sides.",
            Kinks::Torch => {
                " At a kink it is the number that PyTorch has for the formula as it was written."
            }
        };
        let derivatives = if activation.inputs == 1 {
            let about = format!(" Its derivative with respect to the input.{at_kinks}");
            quote! {
                #[doc = #about]
                #visibility const DERIVATIVE: &'static #text = #(#derivatives)*;
            }
        } else {
            let count = Literal::usize_unsuffixed(activation.inputs);
            let about = format!(" Its derivatives with respect to the inputs.{at_kinks}");
            quote! {
                #[doc = #about]
                #visibility const DERIVATIVES: [&'static #text; #count] = [#(#derivatives),*];
            }
        };
        let gain = activation.init_gain().map(|gain| {
            let gain = literal(gain);
            quote! {
                /// `1 / sqrt(E[f²])` for standard normal inputs, with the parameters at their initial values: weights of this standard
                /// deviation, divided by the square root of the fan-in, keep the variance from layer to layer.
                #[allow(clippy::approx_constant)]
                #visibility const INIT_GAIN: #float = #gain;
            }
        });
        quote! {
            /// The formula that is computed.
            #visibility const FORMULA: &'static #text = #formula;
            #derivatives
            #gain
        }
    }

    fn constructor(&self) -> TokenStream {
        let (candle, runtime) = (self.target.candle, self.target.runtime);
        let (parameters, visibility) = (&self.activation.parameters, &self.header.visibility);
        if parameters.iter().all(is_constant) {
            return TokenStream::new();
        }
        let varies = |p: &Parameter| matches!(p.kind, ParameterKind::PerChannel(_));
        let per_channel = parameters.iter().any(varies);
        let count = self.target.dialect.primitive("usize");
        let [channels, vb] = ["channels", "vb"].map(|name| self.names.argument(name));
        let takes_channels = per_channel.then(|| quote!(#channels: #count,));
        let fields = self.fields().map(|(name, parameter)| {
            let initial = literal(start(parameter));
            let shape = match parameter.kind {
                ParameterKind::Constant => return quote!(#name: #initial),
                ParameterKind::Scalar => quote!(()),
                ParameterKind::PerChannel(_) => quote!(#channels),
            };
            let text = &parameter.name;
            quote!(#name: #vb.get_with_hints(#shape, #text, #runtime::Init::Const(#initial))?)
        });
        let trained = parameters
            .iter()
            .filter(|parameter| !is_constant(parameter));
        let starts = trained.map(|p| match p.positive {
            false => format!("`{}` = {}", p.name, p.initial),
            true => format!(
                "`{}` = {} (kept as the inverse of its softplus)",
                p.name, p.initial
            ),
        });
        let mut docs = vec![format!(
            " Takes the trained numbers from `{vb}` by their names, or starts them at {}.",
            starts.collect::<Vec<_>>().join(", ")
        )];
        if per_channel {
            docs.push(format!(
                " `{channels}` is the size of the dimension that they vary along."
            ));
        }
        docs.extend(errors(&format!(
            "If `{vb}` has a tensor of another shape, or has none and makes none."
        )));
        quote! {
            #(#[doc = #docs])*
            #visibility fn new(#takes_channels #vb: #runtime::VarBuilder<'_>) -> #candle::Result<Self> {
                ::core::result::Result::Ok(Self { #(#fields),* })
            }
        }
    }

    /// The constructor that leaves the making of tensors to others; the only one of a standalone file.
    fn constructor_of_tensors(&self) -> TokenStream {
        let candle = self.target.candle;
        let (parameters, visibility) = (&self.activation.parameters, &self.header.visibility);
        let trained = || parameters.iter().filter(|p| !is_constant(p));
        if trained().next().is_none() {
            return TokenStream::new();
        }
        let mut docs = vec![
            " Takes the tensors that are trained: those of variables (`Var`), or what a `VarBuilder` has made.".to_owned(),
            String::new(),
        ];
        docs.extend(trained().map(|p| {
            let what = match p.kind {
                ParameterKind::PerChannel(dim) => {
                    format!("a number for each index of dimension {dim}")
                }
                ParameterKind::Scalar | ParameterKind::Constant => "one number".to_owned(),
            };
            let positive = match p.positive {
                false => String::new(),
                true => format!(" for {}, because its softplus counts", p.initial),
            };
            format!(
                " - `{}`: {what}, to start at {}{positive}.",
                p.name,
                start(p)
            )
        }));
        let constructor = match self.target.minimal {
            true => format_ident!("new"),
            false => format_ident!("from_tensors"),
        };
        let arguments = &self.names.arguments[self.activation.inputs..];
        let named = parameters.iter().zip(arguments);
        let names = named.filter(|(parameter, _)| !is_constant(parameter));
        let names = names.map(|(_, argument)| argument);
        let fields = self.fields().zip(arguments);
        let fields = fields.map(|((name, parameter), argument)| {
            let initial = literal(start(parameter));
            match is_constant(parameter) {
                true => quote!(#name: #initial),
                false if name == argument => quote!(#argument),
                false => quote!(#name: #argument),
            }
        });
        quote! {
            #(#[doc = #docs])*
            #[must_use]
            #visibility fn #constructor(#(#names: #candle::Tensor),*) -> Self {
                Self { #(#fields),* }
            }
        }
    }

    /// What reads a parameter; what sets it, if it is a constant.
    fn access(&self, name: &Ident, parameter: &Parameter, argument: &Ident) -> TokenStream {
        let (candle, runtime) = (self.target.candle, self.target.runtime);
        let visibility = &self.header.visibility;
        if is_constant(parameter) {
            let float = self.target.dialect.primitive("f64");
            let get = format!(" The constant `{name}`.");
            let set = format!(" The same activation with another `{name}`.");
            let with = format_ident!("with_{name}");
            return quote! {
                #[doc = #get]
                #[must_use]
                #visibility fn #name(&self) -> #float {
                    self.#name
                }

                #[doc = #set]
                #[must_use]
                #visibility fn #with(mut self, #argument: #float) -> Self {
                    self.#name = #argument;
                    self
                }
            };
        }
        let what = match parameter.kind {
            ParameterKind::PerChannel(dim) => {
                format!(" `{name}`, a trained number for each index of dimension {dim}")
            }
            ParameterKind::Scalar | ParameterKind::Constant => {
                format!(" The trained scalar `{name}`")
            }
        };
        if parameter.positive {
            let mut docs = vec![format!(
                "{what}: the softplus of the tensor that checkpoints call `{name}`, and so positive."
            )];
            docs.extend(errors("If candle fails to compute it."));
            quote! {
                #(#[doc = #docs])*
                #visibility fn #name(&self) -> #candle::Result<#candle::Tensor> {
                    #runtime::positive(&self.#name)
                }
            }
        } else {
            let doc = format!("{what}.");
            quote! {
                #[doc = #doc]
                #[must_use]
                #visibility fn #name(&self) -> &#candle::Tensor {
                    &self.#name
                }
            }
        }
    }

    /// A pass that takes the inputs by their names: that of a function of two inputs, or one in place.
    fn forward(&self, in_place: bool) -> TokenStream {
        let (candle, runtime) = (self.target.candle, self.target.runtime);
        let (activation, visibility) = (self.activation, &self.header.visibility);
        let inputs = &self.names.arguments[..activation.inputs];
        let (x, others) = (&inputs[0], &inputs[1..]);
        let (sizes, parameters) = (sizes(activation), self.arguments());
        let mut fails = String::new();
        if in_place {
            fails.push_str("If gradients of the input are tracked, or it is not contiguous. ");
        }
        if activation.inputs > 1 {
            fails.push_str("If the inputs have different shapes. ");
        }
        fails.push_str("If a tensor is not f32, f64, f16 or bf16");
        if self.target.minimal {
            fails.push_str(" on the CPU");
        }
        fails.push_str(match activation.inputs > 1 {
            true => ", or the inputs are of different types.",
            false => ".",
        });
        let errors = errors(&fails);
        if in_place {
            let doc = format!(
                " Writes the values over `{x}`, for inference: no gradient flows, and what shares the memory of `{x}` changes too."
            );
            quote! {
                #[doc = #doc]
                #(#[doc = #errors])*
                #[inline]
                #visibility fn forward_in_place(&self, #x: #candle::Tensor #(, #others: &#candle::Tensor)*) -> #candle::Result<#candle::Tensor> {
                    #runtime::apply_in_place::<Self, #sizes>([&#x #(, #others)*], #parameters)?;
                    ::core::result::Result::Ok(#x)
                }
            }
        } else {
            quote! {
                /// Applies the function to each pair of elements; gradients flow to both inputs and to what is trained.
                #(#[doc = #errors])*
                #[inline]
                #visibility fn forward(&self #(, #inputs: &#candle::Tensor)*) -> #candle::Result<#candle::Tensor> {
                    #runtime::apply::<Self, #sizes>([#(#inputs),*], #parameters)
                }
            }
        }
    }

    /// What the parameters are given.
    fn arguments(&self) -> TokenStream {
        let runtime = self.target.runtime;
        let arguments = self.fields().map(|(name, parameter)| match parameter.kind {
            ParameterKind::Constant => quote!(#runtime::Argument::Constant(self.#name)),
            _ if parameter.positive => quote!(#runtime::Argument::Trained(&self.#name()?)),
            _ => quote!(#runtime::Argument::Trained(&self.#name)),
        });
        quote!([#(#arguments),*])
    }

    /// The traits of candle and the standard library.
    fn traits(&self) -> TokenStream {
        let (candle, runtime) = (self.target.candle, self.target.runtime);
        let (name, parameters) = (&self.header.name, &self.activation.parameters);
        let constants = !parameters.is_empty() && parameters.iter().all(is_constant);
        let default = constants.then(|| {
            let fields = &self.header.parameters;
            let values = parameters
                .iter()
                .map(|parameter| literal(parameter.initial.to_f64()));
            quote! {
                impl ::core::default::Default for #name {
                    fn default() -> Self {
                        Self { #(#fields: #values),* }
                    }
                }
            }
        });
        let module = (self.activation.inputs == 1).then(|| {
            let (sizes, parameters) = (sizes(self.activation), self.arguments());
            let xs = self.names.fresh("xs");
            quote! {
                impl #candle::Module for #name {
                    // Compiled where it is used, so that a library of activations costs its users only those that they take.
                    #[inline]
                    fn forward(&self, #xs: &#candle::Tensor) -> #candle::Result<#candle::Tensor> {
                        #runtime::apply::<Self, #sizes>([#xs], #parameters)
                    }
                }
            }
        });
        quote!(#default #module)
    }
}

/// The numbers of inputs and of parameters.
fn sizes(activation: &Activation) -> TokenStream {
    let inputs = Literal::usize_unsuffixed(activation.inputs);
    let parameters = Literal::usize_unsuffixed(activation.parameters.len());
    quote!(#inputs, #parameters)
}

fn is_constant(parameter: &Parameter) -> bool {
    parameter.kind == ParameterKind::Constant
}

/// Where the tensor of a parameter starts: at the inverse of the softplus, `ln(eᵛ − 1) = v + ln(1 − e⁻ᵛ)`, of what is to be positive.
fn start(parameter: &Parameter) -> f64 {
    let value = parameter.initial.to_f64();
    match parameter.positive {
        false => value,
        true if value < 1.0 => libm::log(libm::expm1(value)),
        true => value + libm::log(-libm::expm1(-value)),
    }
}

/// A section of the documentation.
fn errors(text: &str) -> [String; 4] {
    [
        String::new(),
        " # Errors".to_owned(),
        String::new(),
        format!(" {text}"),
    ]
}

fn docs(activation: &Activation) -> Vec<String> {
    let Activation {
        gradient, source, ..
    } = activation;
    let formula = activation.value.formula(0);
    let inputs = gradient.variables[..activation.inputs].join(", ");
    let mut lines = vec![format!(" `f({inputs}) = {formula}`")];
    for (index, name) in gradient.variables.iter().enumerate() {
        let parameter = index.checked_sub(activation.inputs);
        if !parameter.is_some_and(|index| is_constant(&activation.parameters[index])) {
            lines.push(String::new());
            let derivative = gradient.graph(Component::Derivative(index));
            lines.push(format!(" `∂f/∂{name} = {derivative}`"));
        }
    }
    if *source != formula {
        lines.push(String::new());
        lines.push(format!(" Written as `{source}`."));
    }
    lines.push(String::new());
    lines.push(" One fused candle operation forward and one backward, which saves nothing but its arguments.".to_owned());
    lines
}
