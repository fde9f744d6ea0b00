//! An activation as every target takes it: a value and its derivatives, simplified, and the order in which they are computed.

mod gain;
mod schedule;

use proc_macro2::Ident;
use syn::{Attribute, Visibility};

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
    /// The value and its derivatives by every variable, simplified together.
    pub gradient: Dag,
}

impl Activation {
    /// The outputs of `gradient` that are computed, in order: the derivatives, except those by constants, which nobody asks for.
    pub(crate) fn slopes(&self) -> Vec<usize> {
        let constant = |place: &usize| {
            let parameter = place.checked_sub(self.inputs + 1);
            parameter.is_some_and(|j| self.parameters[j].kind == ParameterKind::Constant)
        };
        let places = 1..self.gradient.roots.len();
        places.filter(|place| !constant(place)).collect()
    }
}
