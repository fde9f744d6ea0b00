//! Functions and powers of other languages, in terms of those of the formula language.

use proc_macro2::Span;

use super::piece::{Level, Piece};

/// Functions of one or two arguments that have another name here.
const RENAMED: [(&str, &str); 22] = [
    ("Abs", "abs"),
    ("absolute", "abs"),
    ("fabs", "abs"),
    ("Max", "max"),
    ("maximum", "max"),
    ("fmax", "max"),
    ("Min", "min"),
    ("minimum", "min"),
    ("fmin", "min"),
    ("log", "ln"),
    ("sgn", "sign"),
    ("expit", "sigmoid"),
    ("ndtr", "normal_cdf"),
    ("clip", "clamp"),
    ("negative", "neg"),
    ("add", "add"),
    ("subtract", "sub"),
    ("multiply", "mul"),
    ("divide", "div"),
    ("true_divide", "div"),
    ("arcsinh", "asinh"),
    ("arctan", "atan"),
];

/// The call of a function that other languages have; the name stays where it is one of the formula language.
pub(super) fn call(name: &str, mut arguments: Vec<Piece>, span: Span) -> Piece {
    let number = |text| Piece::number(text, span);
    let product = |a, b| Piece::infix(a, "*", b, Level::Product, span);
    let quotient = |a, b| Piece::infix(a, "/", b, Level::Product, span);
    let sum = |a, b| Piece::infix(a, "+", b, Level::Sum, span);
    let ln = |a| Piece::call("ln", vec![a], span);
    let first = |arguments: &mut Vec<Piece>| arguments.remove(0);
    match (name, arguments.len()) {
        ("pow" | "power" | "float_power" | "Pow", 2) => {
            let exponent = arguments.remove(1);
            power(first(&mut arguments), exponent, span)
        }
        ("where" | "select" | "ITE", 3) => {
            let otherwise = arguments.remove(2);
            let then = arguments.remove(1);
            Piece::choice(first(&mut arguments), then, otherwise, span)
        }
        // With the value at 0 behind the input.
        ("Heaviside" | "heaviside", 2) => {
            let zero = arguments.remove(1);
            step(first(&mut arguments), zero, span)
        }
        ("hardshrink", 2) => {
            let bound = arguments.remove(1);
            let input = first(&mut arguments);
            let size = Piece::call("abs", vec![input.clone()], span);
            let outside = Piece::infix(size, ">", bound, Level::Comparison, span);
            Piece::choice(outside, input, number("0"), span)
        }
        ("exp2", 1) => Piece::call(
            "exp",
            vec![product(first(&mut arguments), ln(number("2")))],
            span,
        ),
        ("log2", 1) => quotient(ln(first(&mut arguments)), ln(number("2"))),
        ("log10", 1) => quotient(ln(first(&mut arguments)), ln(number("10"))),
        ("reciprocal", 1) => quotient(number("1"), first(&mut arguments)),
        ("rsqrt", 1) => quotient(number("1"), Piece::call("sqrt", arguments, span)),
        ("tan", 1) => {
            let cosine = Piece::call("cos", arguments.clone(), span);
            quotient(Piece::call("sin", arguments, span), cosine)
        }
        ("fma" | "addcmul", 3) => {
            let added = arguments.remove(2);
            let factor = arguments.remove(1);
            sum(product(first(&mut arguments), factor), added)
        }
        ("fdim", 2) => {
            let right = arguments.remove(1);
            let difference = Piece::infix(first(&mut arguments), "-", right, Level::Sum, span);
            Piece::call("relu", vec![difference], span)
        }
        ("logaddexp", 2) => {
            let exp = |a| Piece::call("exp", vec![a], span);
            let right = arguments.remove(1);
            let left = first(&mut arguments);
            match (left.value(), right.value()) {
                (_, Some(0.0)) => Piece::call("softplus", vec![left], span),
                (Some(0.0), _) => Piece::call("softplus", vec![right], span),
                _ => ln(sum(exp(left), exp(right))),
            }
        }
        // Any number of them.
        ("Max" | "Min" | "max" | "min" | "fmax" | "fmin", 3..) => {
            let name = if name.ends_with("ax") { "max" } else { "min" };
            let all = arguments.into_iter();
            all.reduce(|left, right| Piece::call(name, vec![left, right], span))
                .unwrap_or_else(|| number("0"))
        }
        _ => {
            let here = RENAMED.iter().find(|(other, _)| *other == name);
            Piece::call(here.map_or(name, |(_, here)| here), arguments, span)
        }
    }
}

/// 0 below 0, 1 above, and a value at 0.
pub(super) fn step(input: Piece, at_zero: Piece, span: Span) -> Piece {
    let number = |text| Piece::number(text, span);
    let against = |sign| Piece::infix(input.clone(), sign, number("0"), Level::Comparison, span);
    let rest = Piece::choice(against("<"), number("0"), at_zero, span);
    Piece::choice(against(">"), number("1"), rest, span)
}

/// `base` to the power `exponent`: a power of an integer, a root, or an exponential.
pub(super) fn power(base: Piece, exponent: Piece, span: Span) -> Piece {
    let one = || Piece::number("1", span);
    let quotient = |value| Piece::infix(one(), "/", value, Level::Product, span);
    let root = |base| Piece::call("sqrt", vec![base], span);
    match exponent.value() {
        Some(1.0) => base,
        Some(-1.0) => quotient(base),
        Some(0.5) => root(base),
        Some(-0.5) => quotient(root(base)),
        Some(value) if value.fract() == 0.0 && value.abs() <= 1000.0 => {
            let exponent = Piece::number(&format!("{value}"), span);
            Piece::call("powi", vec![base, exponent], span)
        }
        _ => {
            let logarithm = Piece::call("ln", vec![base], span);
            let product = Piece::infix(exponent, "*", logarithm, Level::Product, span);
            Piece::call("exp", vec![product], span)
        }
    }
}
