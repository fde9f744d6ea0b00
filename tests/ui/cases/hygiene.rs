//! Whatever the user has named, and without a prelude: nothing clashes with what the macro writes.
#![no_implicit_prelude]
#![deny(warnings)]
#![allow(dead_code, non_camel_case_types, non_snake_case, non_upper_case_globals)]

use ::forge::activation;

mod types {
    pub struct f64;
    pub struct usize;
    pub struct str;
    pub struct bool;
    pub struct Result;
    pub struct Option;
    pub struct Vec;
    pub trait Clone {}
    pub trait Copy {}
    pub trait Debug {}
    pub trait Default {}
    pub trait Into {}
    pub trait PartialEq {}
}
#[allow(unused_imports)]
use types::*;

mod core {}
mod std {}
mod candle_core {}
mod actsmith {}

const t0: u8 = 0;
static t1: u8 = 0;
const xs: u8 = 0;
static p: u8 = 0;
const f: u8 = 0;
static k: u8 = 0;
const tile: u8 = 0;
static by_x: u8 = 0;
const by_beta: u8 = 0;
const N: u8 = 0;
struct T;
const K: u8 = 0;
struct G;
enum Variants {
    Beta,
}
#[allow(unused_imports)]
use Variants::*;

activation! {
    /// Temporaries.
    pub Shared(x) = { let s = tanh(x); s * x + s * sigmoid(x) * s };
    /// Several passes over a tile.
    pub Long(x) = sin(exp(tanh(x))) + exp(sin(atan(x)));
    /// Every kind of parameter.
    pub Gate(x, gate; #[per_channel(dim = 1)] beta > 0 = 1.0, alpha = 0.5, const slope = 0.5) =
        alpha * x * sigmoid(beta * gate) + slope * x;
    /// Constants alone.
    pub Leaky(x; const slope = 0.01) = prelu(x, slope);
    /// Undefined somewhere.
    #[allow(deprecated)]
    pub Logarithm(x) = ln(x);
    /// Constants, unit structs and variants of the same names.
    pub Capitals(G; K = 1.0, const Beta = 2.0, None = 3.0) = G * K * Beta + None;
    pub Named(Named) = Named * 2;
}
