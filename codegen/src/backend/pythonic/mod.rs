//! What the targets in Python share: its syntax, in the format of `black`, and functions over arrays whose libraries have the same
//! names for them.

mod arrays;
mod syntax;
mod words;

pub(crate) use arrays::{array_forms, own, powers};
pub(crate) use syntax::{
    Function, about, along, computed, docstring, joined, number, operator, power, public_names,
    tuple,
};
pub(crate) use words::is_reserved;
