//! What is done with an activation that no declaration is needed for: simplified forms that can be computed, and its text for CUDA
//! devices.

use proc_macro2::Span;

use crate::analysis::Region;
use crate::backend::cuda;
use crate::calculus::Gradient;
use crate::diagnostic::Mistakes;
use crate::egraph::Budget;
use crate::formula::{Formula, Simplification};
use crate::ir::Dag;
use crate::kernel::{Activation, first_undefined};
#[cfg(feature = "candle")]
use crate::runtime::cuda::functions::{Precision, functions, plain_functions};

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
    Simplification {
        value, gradient, ..
    }: Simplification,
    span: Span,
) -> Result<(Dag, Gradient), Mistakes> {
    let mut diagnostics = Mistakes::default();
    let forms: [(&str, &Dag); 2] = [("", &value.dag), ("the derivative of ", &gradient.dag)];
    let wrong = forms
        .iter()
        .find_map(|(of, form)| Some((of, form, first_undefined(form)?)));
    if let Some((of, form, (id, value))) = wrong {
        let constant = form.part(id).formula(0);
        let (what, help) = match value.is_nan() {
            true => ("has no value", "write a constant that has one"),
            false => (
                "is infinite, or too large for f64",
                "the largest number is 1.8e308",
            ),
        };
        diagnostics.error_with_help(
            span,
            format!("`{constant}` in {of}`{formula}` {what}"),
            help,
        );
    }
    diagnostics.into_result(Some((value.dag, gradient.dag)))
}

/// What the functions of a device compute in.
#[cfg(feature = "candle")]
fn precision(double: bool) -> Precision {
    match double {
        false => Precision::Single,
        true => Precision::Double,
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
        functions(&self.cuda_functions(), precision(double))
    }

    /// The same with numbers as decimals, for people to read.
    #[cfg(feature = "candle")]
    pub(crate) fn plain_cuda_functions(&self, double: bool) -> String {
        plain_functions(&self.cuda_functions(), precision(double))
    }

    /// The kernels in CUDA C++ as the runtime compiles them for elements of a type, each with what it does; none for a type that
    /// activations do not take. Those of any layout are for three dimensions.
    #[cfg(feature = "candle")]
    pub fn to_cuda_kernels(&self, dtype: candle_core::DType) -> Vec<(String, String)> {
        use crate::runtime::Parameter;
        use crate::runtime::cuda::text::{Kernel, Number, Task};
        use crate::syntax::ParameterKind;
        let Some(number) = Number::of(dtype) else {
            return Vec::new();
        };
        let parameter = |parameter: &crate::kernel::Parameter| match parameter.kind {
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
                let indices = if wide { ", indices of 64 bits" } else { "" };
                (format!("{task:?}{indices}"), kernel(task, wide).text())
            })
        });
        texts.collect()
    }
}
