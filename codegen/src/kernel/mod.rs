//! An activation as every target takes it: a value and its derivatives, simplified, and the order in which they are computed.

mod gain;
mod schedule;

use crate::calculus::Gradient;
use crate::ir::Dag;
use crate::number::Number;
use crate::ops::Kinks;
use crate::syntax::ParameterKind;

#[cfg(feature = "oracle")]
pub(crate) use gain::expectation;
pub(crate) use schedule::first_undefined;
pub use schedule::{Schedule, Statement, StatementId};

/// An activation with everything that a target writes.
#[derive(Debug)]
pub struct Activation {
    /// Its name.
    pub name: String,
    /// How many of the variables are inputs: the first one or two.
    pub inputs: usize,
    /// The parameters, in the order of the variables after the inputs.
    pub parameters: Vec<Parameter>,
    /// The formula as the user wrote it.
    pub source: String,
    /// The value alone, simplified.
    pub value: Dag,
    /// What the derivatives are at kinks.
    pub kinks: Kinks,
    /// The value and its derivatives with respect to every variable, simplified together.
    pub gradient: Gradient,
}

/// A number of an activation and the value that it has, or starts from.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name in the formula and in checkpoints.
    pub name: String,
    /// How it varies.
    pub kind: ParameterKind,
    /// Whether it is kept positive: it is then the softplus of what is trained.
    pub positive: bool,
    /// Its value; where training starts, if it is trained.
    pub initial: Number,
}

impl Activation {
    /// The constants of the value and of its derivatives that f32 does not hold: it makes them infinite, or 0.
    pub fn beyond_single(&self) -> Vec<f64> {
        let mut beyond: Vec<f64> = Vec::new();
        for form in [&self.value, &*self.gradient] {
            for statement in Schedule::new(form).statements {
                if let Statement::Constant(value) = statement
                    && value != 0.0
                    && matches!((value as f32).abs(), 0.0 | f32::INFINITY)
                    && !beyond.contains(&value)
                {
                    beyond.push(value);
                }
            }
        }
        beyond
    }

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
