//! A function and its derivatives as one graph.

use std::fmt;
use std::ops::Deref;

use crate::ir::{Dag, Id};

/// One of the functions of a [`Gradient`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Component {
    /// The function itself.
    Value,
    /// Its derivative with respect to the variable of this index.
    Derivative(usize),
}

impl Component {
    /// The component that an output of the graph is, by the output's index.
    pub fn of_output(index: usize) -> Self {
        index.checked_sub(1).map_or(Self::Value, Self::Derivative)
    }

    /// The index of the output that the component is.
    pub fn output(self) -> usize {
        match self {
            Self::Value => 0,
            Self::Derivative(variable) => variable + 1,
        }
    }
}

/// What derivatives are taken of. At kinks, where there is none, equal functions may have different ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Basis {
    /// The formula as it is written.
    #[default]
    Formula,
    /// The simplified form of its value.
    Form,
}

/// A function and its derivative with respect to every variable, which share what they compute.
///
/// It is read as a graph whose outputs are the components, the value first; what such outputs have given is taken apart by [`split`].
///
/// ```
/// use actsmith_codegen::{Component, Formula};
///
/// let gradient = Formula::parse("beta * square(x)")?.with_gradient();
/// assert_eq!(gradient.variables, ["x", "beta"]);
/// assert_eq!(gradient.graph(Component::Derivative(1)).to_string(), "square(x)");
///
/// let (value, derivatives) = gradient.at(&[3.0, 2.0]);
/// assert_eq!((value, derivatives), (18.0, vec![12.0, 9.0]));
/// # Ok::<(), actsmith_codegen::diagnostic::Diagnostics>(())
/// ```
///
/// [`split`]: Gradient::split
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gradient {
    /// The outputs are the components.
    dag: Dag,
}

impl Deref for Gradient {
    type Target = Dag;

    fn deref(&self) -> &Dag {
        &self.dag
    }
}

impl fmt::Display for Gradient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.dag.fmt(f)
    }
}

impl Gradient {
    /// The graph whose outputs are a value and its derivative with respect to every variable, in this order.
    pub(crate) fn of_outputs(dag: Dag) -> Self {
        debug_assert_eq!(dag.roots.len(), 1 + dag.variables.len());
        Self { dag }
    }

    /// The node of the value.
    pub fn value(&self) -> Id {
        *self.nodes_of_components().0
    }

    /// The nodes of the derivatives, in the order of the variables.
    pub fn derivatives(&self) -> &[Id] {
        self.nodes_of_components().1
    }

    fn nodes_of_components(&self) -> (&Id, &[Id]) {
        Self::split(&self.dag.roots)
    }

    /// The value and the derivatives among what the outputs of the graph have given, in their order.
    ///
    /// # Panics
    /// If there is not even a value.
    pub fn split<T>(outputs: &[T]) -> (&T, &[T]) {
        outputs.split_first().expect("the value is an output")
    }

    /// All components, in the order of the outputs.
    pub fn components(&self) -> impl Iterator<Item = Component> + use<> {
        (0..self.dag.roots.len()).map(Component::of_output)
    }

    /// One component as a graph of its own.
    pub fn graph(&self, component: Component) -> Dag {
        self.dag.select(&[component.output()])
    }

    /// The same with another function, the first output of a graph over the same variables, for a component.
    #[must_use]
    pub fn with_component(&self, component: Component, function: &Dag) -> Self {
        let mut dag = self.dag.clone();
        let variables: Vec<Id> = (0..dag.variables.len()).map(|v| dag.variable(v)).collect();
        dag.roots[component.output()] = dag.inline(function, &variables)[0];
        Self::of_outputs(dag.compact())
    }

    /// The derivatives with respect to these variables, given by their indices, as one graph.
    pub fn derivatives_of(&self, variables: &[usize]) -> Dag {
        self.select_components(
            variables
                .iter()
                .map(|&variable| Component::Derivative(variable)),
        )
    }

    /// The value and the derivatives with respect to these variables as one graph.
    pub fn value_and_derivatives_of(&self, variables: &[usize]) -> Dag {
        let derivatives = variables
            .iter()
            .map(|&variable| Component::Derivative(variable));
        self.select_components([Component::Value].into_iter().chain(derivatives))
    }

    fn select_components(&self, components: impl Iterator<Item = Component>) -> Dag {
        let outputs: Vec<usize> = components.map(Component::output).collect();
        self.dag.select(&outputs)
    }

    /// The value and the derivatives in f64, with `values` for the variables.
    pub fn at(&self, values: &[f64]) -> (f64, Vec<f64>) {
        let outputs = self.dag.eval(values);
        let (value, derivatives) = Self::split(&outputs);
        (*value, derivatives.to_vec())
    }
}
