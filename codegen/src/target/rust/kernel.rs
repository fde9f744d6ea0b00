//! Writes the kernel of an activation: its value, and its value with all derivatives, as straight-line code.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote};

use super::spelling::{Expression, spell};
use crate::ops::Op;
use crate::schedule::{Schedule, Step};
use crate::syntax::ParameterKind;
use crate::target::Activation;

/// The implementation of the runtime's `Kernel`.
pub(super) fn write(activation: &Activation, runtime: &TokenStream) -> TokenStream {
    let Activation {
        name,
        value,
        gradient,
        ..
    } = activation;
    let shown = name.to_string();
    let inputs = Literal::usize_unsuffixed(activation.inputs);
    let count = Literal::usize_unsuffixed(activation.parameters.len());
    let kinds = activation.parameters.iter().map(|parameter| {
        let name = parameter.name.to_string();
        match parameter.kind {
            ParameterKind::Scalar => quote!(#runtime::Parameter::scalar(#name)),
            ParameterKind::Constant => quote!(#runtime::Parameter::constant(#name)),
            ParameterKind::PerChannel(dim) => {
                let magnitude = Literal::usize_unsuffixed(dim.unsigned_abs());
                let minus = (dim < 0).then(|| quote!(-));
                quote!(#runtime::Parameter::per_channel(#name, #minus #magnitude))
            }
        }
    });
    let names = Names::of(activation);
    let (x, parameters) = names.variables.split_at(activation.inputs);
    let (xs, packed) = (names.fresh("xs"), names.fresh("p"));
    let (packed, unpack) = if parameters.is_empty() {
        (quote!(_), quote!())
    } else {
        (quote!(#packed), quote!(let [#(#parameters),*] = #packed;))
    };
    // The value, then what is differentiated by: nobody asks for derivatives by constants.
    let constant = |index: usize| {
        let parameter = index.checked_sub(activation.inputs + 1);
        parameter.is_some_and(|index| activation.parameters[index].kind == ParameterKind::Constant)
    };
    let wanted: Vec<usize> = (0..gradient.roots.len())
        .filter(|&index| !constant(index))
        .collect();
    let value = straight_line(&Schedule::new(value), &names);
    let all = straight_line(&Schedule::new(&gradient.select(&wanted)), &names);
    let (value_lines, value) = (&value.lines, &value.outputs[0]);
    let (lines, outputs) = (&all.lines, &all.outputs);
    let result = |&index: &usize| match index.checked_sub(1) {
        None => names.fresh("f"),
        Some(variable) => names.fresh(&format!("by_{}", names.variables[variable])),
    };
    let results: Vec<Ident> = wanted.iter().map(result).collect();
    let (f, dx) = (&results[0], &results[1..=activation.inputs]);
    let mut trained = results[activation.inputs + 1..].iter();
    let dp = (1..=parameters.len()).map(|index| {
        if constant(activation.inputs + index) {
            quote!(T::of(0.0))
        } else {
            let by = trained.next();
            quote!(#by)
        }
    });
    // A constant activation or slope does not read its arguments.
    quote! {
        impl #runtime::Kernel<#inputs, #count> for #name {
            const NAME: &'static str = #shown;
            const PARAMETERS: [#runtime::Parameter; #count] = [#(#kinds),*];

            #[inline(always)]
            #[allow(unused_variables, clippy::all, clippy::pedantic)]
            fn value<T: #runtime::Real>(#xs: [T; #inputs], #packed: [T; #count]) -> T {
                let [#(#x),*] = #xs;
                #unpack
                #(#value_lines)*
                #value
            }

            #[inline(always)]
            #[allow(unused_variables, clippy::all, clippy::pedantic)]
            fn value_and_gradient<T: #runtime::Real>(#xs: [T; #inputs], #packed: [T; #count]) -> (T, [T; #inputs], [T; #count]) {
                let [#(#x),*] = #xs;
                #unpack
                #(#lines)*
                #(let #results = #outputs;)*
                (#f, [#(#dx),*], [#(#dp),*])
            }
        }
    }
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
pub(super) fn literal(value: f64) -> TokenStream {
    let magnitude = Literal::f64_unsuffixed(value.abs());
    if value.is_sign_negative() {
        quote!(-#magnitude)
    } else {
        quote!(#magnitude)
    }
}

pub(super) fn ident(name: &str) -> Ident {
    // Names come from parsed identifiers; a keyword cannot be among them.
    Ident::new(name, Span::call_site())
}
