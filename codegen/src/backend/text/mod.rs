//! What the targets that are no Rust share: expressions as text, the order and the names in which a graph is written, stable definitions
//! of the operations that a target's library lacks, and what the head of every file says.

mod about;
mod c_words;
mod code;
mod definitions;
mod form;
mod names;
mod notation;

pub(crate) use about::head;
pub(crate) use c_words::is_word_of_c;
pub(crate) use code::{Body, Code, Helper, Language, Output, Reach, helpers};
#[cfg(feature = "onnx")]
pub(crate) use definitions::definition;
pub(crate) use form::{Binding, Expression, Form, Spelling, call, exceeds_single, infix};
#[cfg(any(feature = "candle", feature = "onnx"))]
pub(crate) use names::Names;
pub(crate) use names::snake_case;
pub(crate) use notation::{Formulas, Notation, expression};
