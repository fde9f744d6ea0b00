//! A found function in all its forms.

use std::collections::BTreeMap;
use std::fmt;

use actsmith_codegen::backend::rust;
use actsmith_codegen::diagnostic::Diagnostics;
use actsmith_codegen::egraph;
use actsmith_codegen::ir::Node;
use actsmith_codegen::rounding::Rounded;
use actsmith_codegen::{
    Budget, Component, Declaration, Formula, Interpreted, Region, Simplification,
};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::genotype::{Constants, Genotype};

/// The name of the generated struct.
const NAME: &str = "Found";

/// A found function: the cell's bounds and its trained constants are part of it. It is simplified once, when it is made.
///
/// ```
/// use actsmith_search::genotype::{Constants, Genotype};
/// use actsmith_search::report::Function;
/// use candle_core::{Device, Module, Tensor};
///
/// let genotype: Genotype = "silu-silu-mul-gelu-silu-mul".parse()?;
/// let function = Function::new(&genotype, &Constants { beta: [1.0; 4], mix: [0.0; 2] })?;
/// let activation = function.activation()?; // a candle module, at once
/// let y = activation.forward(&Tensor::new(&[0f32, 1.0], &Device::Cpu)?)?;
/// assert_eq!(y.to_vec1::<f32>()?[0], 0.0);
/// assert!(function.source_named("Attention")?.contains("pub struct Attention;"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Function {
    formula: Formula,
    simplification: Simplification,
    formulas: Formulas,
    constants: BTreeMap<String, f64>,
}

/// A function as text, in the formula language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Formulas {
    /// The operations of the cell as they were chosen.
    pub raw: String,
    /// The same function, simplified, with numbers of nine digits for its constants, as many as those of an f32.
    pub simplified: String,
    /// Its derivative, simplified in the same way.
    pub derivative: String,
}

/// One line where there was nothing to simplify.
impl fmt::Display for Formulas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.raw == self.simplified {
            writeln!(f, "formula     {}", self.raw)?;
        } else {
            writeln!(f, "raw         {}", self.raw)?;
            writeln!(f, "simplified  {}", self.simplified)?;
        }
        writeln!(f, "derivative  {}", self.derivative)
    }
}

impl Formulas {
    /// Whether the function is a straight line, as far as its simplified derivative shows: one without x. With such an activation a
    /// layer does nothing that the next could not.
    pub fn is_straight(&self) -> bool {
        let input = |node: &Node| matches!(node, Node::Variable(_));
        Formula::parse(&self.derivative)
            .is_ok_and(|slope| !slope.dag().compact().nodes().iter().any(input))
    }

    /// The function as a file that reads as its simplified formula; the rest stands in comments.
    pub fn to_file(&self) -> String {
        let Self {
            raw,
            simplified,
            derivative,
        } = self;
        format!("// As searched: {raw}\n// Derivative: {derivative}\n{simplified}\n")
    }
}

impl Function {
    /// The function of a genotype. Networks run in f32, and so did the constants: they are written in the fewest digits that
    /// give the same f32 back.
    ///
    /// # Errors
    /// [`Error::Failure`] if the formula cannot be read.
    pub fn new(genotype: &Genotype, constants: &Constants) -> Result<Self> {
        let constants = Constants {
            beta: constants.beta.map(shortest),
            mix: constants.mix.map(shortest),
        };
        let raw = genotype.formula_with_constants(true, &constants);
        let named = genotype.named_constants(&constants).into_iter().collect();
        Self::read(&raw, &named)
    }

    /// The function of a formula with these trained constants in it.
    ///
    /// # Errors
    /// [`Error::Failure`] if the formula cannot be read.
    pub fn read(raw: &str, constants: &BTreeMap<String, f64>) -> Result<Self> {
        let parse = |text: &str| Formula::parse(text).map_err(|error| failure(text, &error));
        // As it is printed, without the parentheses that nobody needs.
        let raw = parse(raw)?.to_string();
        let formula = parse(&raw)?;
        let (region, budget) = (Region::default(), Budget::default());
        let simplification = formula.simplify(&region, budget);
        let rounded = Rounded::of(&formula, &simplification, &region, budget);
        let (value, gradient) = match &rounded {
            Some(rounded) => (&rounded.value, &rounded.gradient),
            None => (&simplification.value.dag, &simplification.gradient.dag),
        };
        Ok(Self {
            formulas: Formulas {
                simplified: value.formula(0),
                derivative: gradient.graph(Component::Derivative(0)).formula(0),
                raw,
            },
            formula,
            simplification,
            constants: constants.clone(),
        })
    }

    /// The function as text.
    pub fn formulas(&self) -> Formulas {
        self.formulas.clone()
    }

    /// The trained constants that the function holds, by the names that they have in the genotype's formula.
    pub fn constants(&self) -> &BTreeMap<String, f64> {
        &self.constants
    }

    /// The function as it is simplified.
    pub(crate) fn simplified(&self) -> Formula {
        Formula::from_dag(&self.simplification.value.dag)
    }

    /// The cost of value and derivative together, in vectorised additions.
    pub fn cost(&self) -> f64 {
        let graph = &self.simplification.gradient.dag;
        egraph::cost(graph, &Region::default(), rust::cost) as f64 / 10.0
    }

    /// Value and derivative at `x`.
    pub fn at(&self, x: f64) -> [f64; 2] {
        let (value, derivatives) = self.simplification.gradient.dag.at(&[x]);
        [value, derivatives[0]]
    }

    /// The function as a candle module that runs at once, interpreted.
    ///
    /// # Errors
    /// [`Error::Failure`] if a constant of the simplified formula is not a number.
    pub fn activation(&self) -> Result<Interpreted> {
        let simplification = self.simplification.clone();
        let activation = self.formula.simplified_activation(simplification);
        activation.map_err(|error| failure(&self.formulas.raw, &error))
    }

    /// The function as a fused candle operation, in Rust, named `Found`.
    ///
    /// # Errors
    /// [`Error::Failure`] if a constant of the simplified formula is not a number.
    pub fn source(&self) -> Result<String> {
        self.source_named(NAME)
    }

    /// The same under another name, so that the functions of several groups go into one file.
    ///
    /// # Errors
    /// [`Error::Failure`] if this cannot name a Rust struct, or a constant of the simplified formula is not a number.
    pub fn source_named(&self, name: &str) -> Result<String> {
        Declaration::simplified(name, &self.formula, self.simplification.clone(), &[])
            .and_then(|declaration| declaration.to_source())
            .map_err(|error| failure(&self.formulas.raw, &error))
    }
}

fn failure(formula: &str, error: &Diagnostics) -> Error {
    Error::Failure(format!("the found formula `{formula}`: {error}"))
}

/// The f64 with the fewest digits among those that round to the same f32.
fn shortest(value: f64) -> f64 {
    let rounded = value as f32;
    rounded.to_string().parse().unwrap_or(f64::from(rounded))
}
