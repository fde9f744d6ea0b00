//! Targets: each a spelling of the operations and a writer, without algebra.

pub mod rust;

use proc_macro2::Ident;
use syn::{Attribute, Visibility};

use crate::ir::Dag;
use crate::number::Number;

/// An activation with everything that a target writes.
#[derive(Debug)]
pub struct Activation {
    /// Name of the generated struct.
    pub name: Ident,
    /// Its visibility.
    pub visibility: Visibility,
    /// Attributes to pass through.
    pub attributes: Vec<Attribute>,
    /// Trainable scalars with their initial values, in the order of the variables after the input.
    pub parameters: Vec<(String, Number)>,
    /// The formula as the user wrote it.
    pub source: String,
    /// The value alone, simplified.
    pub value: Dag,
    /// The value and its derivatives by every variable, simplified together.
    pub gradient: Dag,
}
