//! Slopes at the edges: where one factor of the chain rule is 0 and another infinite, at single points, between equal bounds.
//!
//! They are those of the operation that runs, in every type of element. The right ones come from one-sided limits on paper.

#![cfg(feature = "candle")]

mod forms;
mod joins;
mod range;

use actsmith_codegen::{Formula, Interpreted};

fn formula(text: &str) -> Formula {
    Formula::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn activation(text: &str) -> Interpreted {
    let activation = formula(text).activation();
    activation.unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The slope at `x` in f32.
fn slope(text: &str, x: f32) -> f32 {
    activation(text).slopes(&[x])[0]
}
