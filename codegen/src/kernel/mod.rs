//! An activation as every target takes it: a value and its derivatives, simplified, and the order in which they are computed.

mod gain;
mod schedule;

use proc_macro2::Ident;
use syn::{Attribute, Visibility};

use crate::calculus::Gradient;
use crate::ir::Dag;
use crate::syntax::{Parameter, ParameterKind};

pub use schedule::{Schedule, Step, StepId};

/// An activation with everything that a target writes.
#[derive(Debug)]
pub struct Activation {
    /// Name of the generated struct.
    pub name: Ident,
    /// Its visibility.
    pub visibility: Visibility,
    /// Attributes to pass through.
    pub attributes: Vec<Attribute>,
    /// How many of the variables are inputs: the first one or two.
    pub inputs: usize,
    /// The parameters, in the order of the variables after the inputs.
    pub parameters: Vec<Parameter>,
    /// The formula as the user wrote it.
    pub source: String,
    /// The value alone, simplified.
    pub value: Dag,
    /// The value and its derivatives with respect to every variable, simplified together.
    pub gradient: Gradient,
}

impl Activation {
    /// The variables whose derivatives are computed, by their indices: nobody asks for those with respect to constants.
    pub(crate) fn differentiated(&self) -> Vec<usize> {
        let constant = |variable: &usize| {
            let parameter = variable.checked_sub(self.inputs);
            parameter.is_some_and(|j| self.parameters[j].kind == ParameterKind::Constant)
        };
        let variables = 0..self.gradient.variables.len();
        variables.filter(|variable| !constant(variable)).collect()
    }
}
