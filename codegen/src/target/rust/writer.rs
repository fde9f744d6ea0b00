//! Writes a compiled activation as Rust: the struct, its kernel, its module.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote};

use super::spelling::{Expression, spell};
use crate::ops::Op;
use crate::schedule::{Schedule, Step};
use crate::target::Activation;

/// The items of one activation. They name only `candle_core` and the module at `runtime`.
pub fn write(activation: &Activation, candle: &TokenStream, runtime: &TokenStream) -> TokenStream {
    let paths = Paths { candle, runtime };
    let structure = paths.structure(activation);
    let kernel = paths.kernel(activation);
    let module = paths.module(activation);
    quote!(#structure #kernel #module)
}

struct Paths<'a> {
    candle: &'a TokenStream,
    runtime: &'a TokenStream,
}

impl Paths<'_> {
    fn structure(&self, activation: &Activation) -> TokenStream {
        let (candle, runtime) = (self.candle, self.runtime);
        let Activation {
            name,
            visibility,
            attributes,
            parameters,
            ..
        } = activation;
        let formula = activation.value.formula(0);
        let derivative = activation.gradient.formula(1);
        let input = &activation.value.variables[0];
        let docs = docs(activation, &formula, &derivative);
        let constants = quote! {
            /// The formula that is computed.
            pub const FORMULA: &'static str = #formula;
            /// Its derivative by the input.
            pub const DERIVATIVE: &'static str = #derivative;
        };
        if parameters.is_empty() {
            return quote! {
                #(#attributes)*
                #(#[doc = #docs])*
                #[derive(Clone, Copy, Debug, Default)]
                #visibility struct #name;

                // Not every model reads what it computes.
                #[allow(dead_code)]
                impl #name { #constants }
            };
        }
        let fields: Vec<Ident> = parameters.iter().map(|(name, _)| ident(name)).collect();
        let names: Vec<&String> = parameters.iter().map(|(name, _)| name).collect();
        let initial = parameters.iter().map(|(_, value)| literal(value.to_f64()));
        let accessors: Vec<String> = names
            .iter()
            .map(|name| format!(" The trained scalar `{name}`."))
            .collect();
        let new = format!(
            "Takes the trained scalars from `vb`, or starts them at their initial values: {}.",
            starts(activation)
        );
        let shape =
            format!(" Scalars enter as tensors of shape `[]`; gradients reach them and `{input}`.");
        quote! {
            #(#attributes)*
            #(#[doc = #docs])*
            #[doc = ""]
            #[doc = #shape]
            #[derive(Clone, Debug)]
            #visibility struct #name {
                #(#fields: #candle::Tensor),*
            }

            #[allow(dead_code)]
            impl #name {
                #constants

                #[doc = #new]
                pub fn new(vb: #runtime::VarBuilder<'_>) -> #candle::Result<Self> {
                    ::core::result::Result::Ok(Self {
                        #(#fields: vb.get_with_hints((), #names, #runtime::Init::Const(#initial))?),*
                    })
                }

                #(
                    #[doc = #accessors]
                    pub fn #fields(&self) -> &#candle::Tensor {
                        &self.#fields
                    }
                )*
            }
        }
    }

    fn kernel(&self, activation: &Activation) -> TokenStream {
        let runtime = self.runtime;
        let Activation {
            name,
            value,
            gradient,
            ..
        } = activation;
        let shown = name.to_string();
        let parameters = activation.parameters.iter().map(|(name, _)| name);
        let count = Literal::usize_unsuffixed(activation.parameters.len());
        let names = Names::of(activation);
        let x = &names.variables[0];
        let packed = names.fresh("p");
        let (packed, unpack) = match &names.variables[1..] {
            [] => (quote!(_), quote!()),
            parameters => (quote!(#packed), quote!(let [#(#parameters),*] = #packed;)),
        };
        let value = straight_line(&Schedule::new(value), &names);
        let all = straight_line(&Schedule::new(gradient), &names);
        let (value_lines, value) = (&value.lines, &value.outputs[0]);
        let f = names.fresh("f");
        let slopes: Vec<Ident> = names
            .variables
            .iter()
            .map(|name| names.fresh(&format!("by_{name}")))
            .collect();
        let (dx, dp) = (&slopes[0], &slopes[1..]);
        let (lines, outputs) = (&all.lines, &all.outputs);
        let results = [&f].into_iter().chain(&slopes);
        // A constant activation or slope does not read its arguments.
        quote! {
            impl #runtime::Kernel<1, #count> for #name {
                const NAME: &'static str = #shown;
                const PARAMETERS: [#runtime::Parameter; #count] = [#(#runtime::Parameter::scalar(#parameters)),*];

                #[inline(always)]
                #[allow(unused_variables, clippy::approx_constant)]
                fn value<T: #runtime::Real>([#x]: [T; 1], #packed: [T; #count]) -> T {
                    #unpack
                    #(#value_lines)*
                    #value
                }

                #[inline(always)]
                #[allow(unused_variables, clippy::approx_constant)]
                fn value_and_gradient<T: #runtime::Real>([#x]: [T; 1], #packed: [T; #count]) -> (T, [T; 1], [T; #count]) {
                    #unpack
                    #(#lines)*
                    #(let #results = #outputs;)*
                    (#f, [#dx], [#(#dp),*])
                }
            }
        }
    }

    fn module(&self, activation: &Activation) -> TokenStream {
        let (candle, runtime) = (self.candle, self.runtime);
        let Activation {
            name, parameters, ..
        } = activation;
        let count = Literal::usize_unsuffixed(parameters.len());
        let fields = parameters.iter().map(|(name, _)| ident(name));
        quote! {
            impl #candle::Module for #name {
                // Compiled where it is used, so that a library of activations costs its users only those that they take.
                #[inline]
                fn forward(&self, xs: &#candle::Tensor) -> #candle::Result<#candle::Tensor> {
                    #runtime::apply::<Self, 1, #count>([xs], [#((&self.#fields).into()),*])
                }
            }
        }
    }
}

fn docs(activation: &Activation, formula: &str, derivative: &str) -> Vec<String> {
    let Activation {
        gradient, source, ..
    } = activation;
    let input = &gradient.variables[0];
    let mut lines = vec![
        format!(" `f({input}) = {formula}`"),
        String::new(),
        format!(" `∂f/∂{input} = {derivative}`"),
    ];
    for (index, name) in gradient.variables.iter().enumerate().skip(1) {
        lines.push(String::new());
        lines.push(format!(" `∂f/∂{name} = {}`", gradient.formula(index + 1)));
    }
    if source != formula {
        lines.push(String::new());
        lines.push(format!(" Written as `{source}`."));
    }
    lines.push(String::new());
    lines.push(" One fused candle operation forward and one backward, which saves nothing but its arguments.".to_owned());
    lines
}

fn starts(activation: &Activation) -> String {
    let starts = activation
        .parameters
        .iter()
        .map(|(name, value)| format!("`{name}` = {value}"));
    starts.collect::<Vec<_>>().join(", ")
}

/// The Rust names of the variables, and of the steps that are named.
struct Names {
    variables: Vec<Ident>,
}

impl Names {
    fn of(activation: &Activation) -> Self {
        Self {
            variables: activation
                .value
                .variables
                .iter()
                .map(|name| ident(name))
                .collect(),
        }
    }

    /// A name that no variable has.
    fn fresh(&self, base: &str) -> Ident {
        let mut name = ident(base);
        while self.variables.contains(&name) {
            name = format_ident!("{name}_");
        }
        name
    }
}

struct StraightLine {
    lines: Vec<TokenStream>,
    outputs: Vec<TokenStream>,
}

/// An expression that nests deeper gets a name, for compilers recurse.
const NESTING_LIMIT: usize = 60;

/// `let` lines for what is used more than once or nests deep; everything else is written where it is used.
fn straight_line(schedule: &Schedule, names: &Names) -> StraightLine {
    let mut lines = Vec::new();
    let mut expressions: Vec<Expression> = Vec::with_capacity(schedule.steps.len());
    let mut depths: Vec<usize> = Vec::with_capacity(schedule.steps.len());
    for (step, &uses) in schedule.steps.iter().zip(&schedule.uses) {
        let depth = match step {
            Step::Constant(_) | Step::Variable(_) => 0,
            Step::Apply(_, places) => 1 + places.iter().map(|&a| depths[a]).max().unwrap_or(0),
        };
        let expression = match step {
            Step::Constant(value) => {
                let value = literal(*value);
                Expression::atom(quote!(T::of(#value)))
            }
            Step::Variable(index) => {
                let name = &names.variables[*index];
                Expression::atom(quote!(#name))
            }
            Step::Apply(op, places) => {
                let mut arguments: Vec<Expression> =
                    places.iter().map(|&a| expressions[a].clone()).collect();
                // An exponent is a literal of its own type.
                if *op == Op::Powi
                    && let Step::Constant(exponent) = schedule.steps[places[1]]
                {
                    let exponent = Literal::i32_unsuffixed(exponent as i32);
                    arguments[1] = Expression::atom(quote!(#exponent));
                }
                spell(*op, &arguments)
            }
        };
        let named = (uses > 1 || depth > NESTING_LIMIT) && matches!(step, Step::Apply(..));
        depths.push(if named { 0 } else { depth });
        expressions.push(if named {
            let (name, value) = (
                names.fresh(&format!("t{}", lines.len())),
                expression.tokens(),
            );
            lines.push(quote!(let #name = #value;));
            Expression::atom(quote!(#name))
        } else {
            expression
        });
    }
    let output = |&output: &usize| expressions[output].tokens().clone();
    StraightLine {
        lines,
        outputs: schedule.outputs.iter().map(output).collect(),
    }
}

/// A literal, with its sign as a token of its own, as in source text.
fn literal(value: f64) -> TokenStream {
    let magnitude = Literal::f64_unsuffixed(value.abs());
    if value.is_sign_negative() {
        quote!(-#magnitude)
    } else {
        quote!(#magnitude)
    }
}

fn ident(name: &str) -> Ident {
    // Names come from parsed identifiers; a keyword cannot be among them.
    Ident::new(name, Span::call_site())
}
