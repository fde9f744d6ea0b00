//! Writes the kernel of an activation: its value, and its value with all derivatives, as straight-line code; or, where one of
//! them is long, the value and the derivatives in passes over a tile.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use super::dialect::Dialect;
use super::names::Names;
use super::passes::Passes;
use super::spelling::{Expression, spell};
use super::target::Target;
use crate::calculus::Gradient;
use crate::kernel::{Activation, Schedule, Statement, StatementId};
use crate::ops::Op;
use crate::syntax::ParameterKind;

/// The implementation of the runtime's `Kernel`, or of its `Tiled`; with its text for other devices if there is a runtime to compile it.
pub(super) fn write(activation: &Activation, name: &Ident, target: &Target<'_>) -> TokenStream {
    let runtime = target.runtime;
    let device = target.device.map(|text| {
        let text = raw_string(text);
        quote!(#runtime::cuda_text! { #text })
    });
    Kernel::new(activation, runtime, target.dialect).implementation(name, device)
}

/// A literal whose lines stay lines.
fn raw_string(text: &str) -> Literal {
    let raw = format!("r\"{text}\"").parse();
    raw.unwrap_or_else(|_| Literal::string(text))
}

struct Kernel<'a> {
    activation: &'a Activation,
    runtime: &'a TokenStream,
    dialect: Dialect,
    names: Names,
    /// The variables whose derivatives are computed, by their indices.
    wanted: Vec<usize>,
    /// What the derivatives are called.
    slopes: Vec<Ident>,
    /// The numbers of inputs and of parameters.
    sizes: TokenStream,
    /// The types of the arguments, and the patterns that take the variables out of them.
    arguments: [(TokenStream, TokenStream); 2],
}

impl<'a> Kernel<'a> {
    fn new(activation: &'a Activation, runtime: &'a TokenStream, dialect: Dialect) -> Self {
        let names = Names::of(activation, dialect);
        let wanted = activation.differentiated();
        let variables = &activation.gradient.variables;
        let slope = |&variable: &usize| names.fresh(&format!("by_{}", variables[variable]));
        let slopes = wanted.iter().map(slope).collect();
        let (x, p) = names.variables.split_at(activation.inputs);
        let argument = |names: &[Ident]| {
            let count = Literal::usize_unsuffixed(names.len());
            (quote!([T; #count]), quote!([#(#names),*]))
        };
        let [inputs, parameters] = [x, p].map(|names| Literal::usize_unsuffixed(names.len()));
        Self {
            activation,
            runtime,
            dialect,
            wanted,
            slopes,
            sizes: quote!(#inputs, #parameters),
            arguments: [argument(x), argument(p)],
            names,
        }
    }

    fn implementation(&self, name: &Ident, device: Option<TokenStream>) -> TokenStream {
        let (runtime, sizes, shown) = (self.runtime, &self.sizes, &self.activation.name);
        let count = Literal::usize_unsuffixed(self.activation.parameters.len());
        let kinds = self.activation.parameters.iter().map(|parameter| {
            let name = &parameter.name;
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
        let text = self.dialect.primitive("str");
        let value = Code::new(&Schedule::new(&self.activation.value), &self.names);
        let slopes = self.activation.gradient.derivatives_of(&self.wanted);
        let slopes = Code::new(&Schedule::new(&slopes), &self.names);
        let (interface, functions) = if value.passes.len() == 1 && slopes.passes.len() == 1 {
            (quote!(Kernel), self.scalar(&value))
        } else {
            (quote!(Tiled), self.tiled(&value, &slopes))
        };
        quote! {
            impl #runtime::#interface<#sizes> for #name {
                const NAME: &'static #text = #shown;
                const PARAMETERS: [#runtime::Parameter; #count] = [#(#kinds),*];

                #device

                #functions
            }
        }
    }

    /// Functions of one element.
    fn scalar(&self, value: &Code) -> TokenStream {
        let runtime = self.runtime;
        let gradient = &self.activation.gradient;
        let all = gradient.value_and_derivatives_of(&self.wanted);
        let all = Code::new(&Schedule::new(&all), &self.names);
        let (value_lines, value) = (&value.passes[0].lines, &value.outputs[0]);
        let lines = &all.passes[0].lines;
        let (f_value, outputs) = Gradient::split(&all.outputs);
        let (f, slopes, gradient) = (self.names.fresh("f"), &self.slopes, self.gradient());
        let (xs, packed) = (self.names.fresh("xs"), self.names.fresh("p"));
        let [(x_type, x), (p_type, p)] = &self.arguments;
        let (packed, unpack) = if self.activation.parameters.is_empty() {
            (quote!(_), quote!())
        } else {
            (quote!(#packed), quote!(let #p = #packed;))
        };
        // A constant activation or slope does not read its arguments.
        quote! {
            #[inline(always)]
            #[allow(unused_variables, clippy::all, clippy::pedantic)]
            fn value<T: #runtime::Real>(#xs: #x_type, #packed: #p_type) -> T {
                let #x = #xs;
                #unpack
                #(#value_lines)*
                #value
            }

            #[inline(always)]
            #[allow(unused_variables, clippy::all, clippy::pedantic)]
            fn value_and_gradient<T: #runtime::Real>(#xs: #x_type, #packed: #p_type) -> (T, #x_type, #p_type) {
                let #x = #xs;
                #unpack
                #(#lines)*
                let #f = #f_value;
                #(let #slopes = #outputs;)*
                (#f, #gradient)
            }
        }
    }

    /// Functions of a tile, in passes.
    fn tiled(&self, value: &Code, slopes: &Code) -> TokenStream {
        let (runtime, sizes) = (self.runtime, &self.sizes);
        let [n, tile, k] = ["N", "tile", "k"].map(|name| self.names.fresh(name));
        let count_type = self.dialect.primitive("usize");
        let passes = |code: &Code, last: TokenStream| {
            let rows = &code.rows;
            let count = code.passes.len();
            let loops = code.passes.iter().enumerate().map(|(index, pass)| {
                let lines = &pass.lines;
                let [(_, x), (_, p)] = &self.arguments;
                let p = if self.activation.parameters.is_empty() {
                    &quote!(_)
                } else {
                    p
                };
                let arguments = pass
                    .reads_variables
                    .then(|| quote!(let (#x, #p) = #tile.arguments(#k);));
                let last = (index == count - 1).then_some(&last);
                quote!(for #k in 0..#n { #arguments #(#lines)* #last })
            });
            quote!(#(let mut #rows = [T::of(0.0); #n];)* #(#loops)*)
        };
        let (f, outputs, names) = (&value.outputs[0], &slopes.outputs, &self.slopes);
        let gradient = self.gradient();
        let values = passes(value, quote!(#tile.set(#k, #f);));
        let gradients = passes(
            slopes,
            quote!(#(let #names = #outputs;)* #tile.set(#k, (#gradient));),
        );
        let [(x_type, _), (p_type, _)] = &self.arguments;
        quote! {
            #[inline(always)]
            #[allow(unused_variables, clippy::all, clippy::pedantic)]
            fn values<T: #runtime::Real, const #n: #count_type>(#tile: &mut impl #runtime::Tile<T, T, #sizes>) {
                #values
            }

            #[inline(always)]
            #[allow(unused_variables, clippy::all, clippy::pedantic)]
            fn gradients<T: #runtime::Real, const #n: #count_type>(#tile: &mut impl #runtime::Tile<T, (#x_type, #p_type), #sizes>) {
                #gradients
            }
        }
    }

    /// The derivatives with respect to the inputs and to the parameters.
    fn gradient(&self) -> TokenStream {
        let (dx, trained) = self.slopes.split_at(self.activation.inputs);
        let mut trained = trained.iter();
        let dp = self.activation.parameters.iter().map(|parameter| {
            if parameter.kind == ParameterKind::Constant {
                quote!(T::of(0.0))
            } else {
                let by = trained.next();
                quote!(#by)
            }
        });
        quote!([#(#dx),*], [#(#dp),*])
    }
}

/// A schedule as code.
struct Code {
    /// What is kept from one pass for later ones: an array each.
    rows: Vec<Ident>,
    passes: Vec<Pass>,
    /// The outputs, for the last pass.
    outputs: Vec<TokenStream>,
}

#[derive(Clone, Default)]
struct Pass {
    lines: Vec<TokenStream>,
    reads_variables: bool,
}

/// An expression that nests deeper gets a name, for compilers recurse.
const NESTING_LIMIT: usize = 60;

impl Code {
    /// A line for what is used in a later pass or more than once, or nests deep; everything else is written where it is used.
    fn new(schedule: &Schedule, names: &Names) -> Self {
        let cut = Passes::new(schedule);
        let k = names.fresh("k");
        let (mut rows, mut passes) = (Vec::new(), vec![Pass::default(); cut.count]);
        let is_variable =
            |&id: &StatementId| matches!(schedule.statements[id], Statement::Variable(_));
        let mut lines = 0;
        let mut expressions: Vec<Expression> = Vec::with_capacity(schedule.statements.len());
        let mut depths: Vec<usize> = Vec::with_capacity(schedule.statements.len());
        for (id, statement) in schedule.statements.iter().enumerate() {
            let depth = match statement {
                Statement::Constant(_) | Statement::Variable(_) => 0,
                Statement::Apply(_, statements) => {
                    1 + statements.iter().map(|&a| depths[a]).max().unwrap_or(0)
                }
            };
            let expression = expression(schedule, statement, &expressions, names);
            let shared = schedule.uses[id] > 1 || depth > NESTING_LIMIT;
            let named = cut.kept[id] || shared && matches!(statement, Statement::Apply(..));
            depths.push(if named { 0 } else { depth });
            expressions.push(if named {
                let (name, value) = (names.fresh(&format!("t{lines}")), expression.tokens());
                lines += 1;
                let (line, atom) = if cut.kept[id] {
                    (quote!(#name[#k] = #value;), quote!(#name[#k]))
                } else {
                    (quote!(let #name = #value;), quote!(#name))
                };
                passes[cut.of[id]].lines.push(line);
                if cut.kept[id] {
                    rows.push(name);
                }
                Expression::atom(atom)
            } else {
                expression
            });
            if let Statement::Apply(_, statements) = statement {
                passes[cut.of[id]].reads_variables |= statements.iter().any(is_variable);
            }
        }
        passes[cut.count - 1].reads_variables |= schedule.outputs.iter().any(is_variable);
        let output = |&output: &usize| expressions[output].tokens().clone();
        Self {
            rows,
            passes,
            outputs: schedule.outputs.iter().map(output).collect(),
        }
    }
}

/// A statement, given the expressions of those before it.
fn expression(
    schedule: &Schedule,
    statement: &Statement,
    before: &[Expression],
    names: &Names,
) -> Expression {
    match statement {
        Statement::Constant(value) => {
            let value = literal(*value);
            Expression::atom(quote!(T::of(#value)))
        }
        Statement::Variable(index) => {
            let name = &names.variables[*index];
            Expression::atom(quote!(#name))
        }
        Statement::Apply(op, statements) => {
            let mut arguments: Vec<Expression> =
                statements.iter().map(|&a| before[a].clone()).collect();
            // An exponent is a literal of its own type.
            if *op == Op::Powi
                && let Statement::Constant(exponent) = schedule.statements[statements[1]]
            {
                let exponent = Literal::i32_unsuffixed(exponent as i32);
                arguments[1] = Expression::atom(quote!(#exponent));
            }
            spell(*op, &arguments)
        }
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
