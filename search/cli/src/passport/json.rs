//! A passport as JSON. Infinite ends are `"inf"` and `"-inf"`.

use actsmith_codegen::analysis::Interval;
use actsmith_codegen::passport::{Figure, Joint, Tail};
use serde_json::{Value, json};

use super::Measured;
use super::formats::{Accuracy, Output};

/// A number; what JSON lacks, as text.
fn number(value: f64) -> Value {
    serde_json::Number::from_f64(value)
        .map_or_else(|| Value::String(value.to_string()), Value::Number)
}

fn interval(range: Interval) -> Value {
    json!({ "low": number(range.low), "high": number(range.high) })
}

fn figure(figure: &Figure) -> Value {
    match figure {
        Figure::Proved(range) => json!({
            "value": number(figure.value()),
            "low": number(range.low),
            "high": number(range.high),
            "basis": "proved",
        }),
        Figure::Sampled(value) => json!({ "value": number(*value), "basis": "sampled" }),
    }
}

fn basis(proved: bool) -> &'static str {
    if proved { "proved" } else { "sampled" }
}

pub(super) fn json(measured: &Measured) -> Value {
    let passport = &measured.passport;
    let optional = |value: &Option<Figure>| value.as_ref().map(figure);
    let gaps: Vec<String> = passport
        .definedness
        .gaps()
        .iter()
        .map(ToString::to_string)
        .collect();
    let zeros: Vec<Value> = passport
        .zeros
        .iter()
        .map(|zero| json!({ "place": interval(zero.place), "interval": zero.all && zero.place.low < zero.place.high, "basis": basis(zero.proved) }))
        .collect();
    let extremes = |is_minimum: bool| -> Vec<Value> {
        let own = passport
            .extremes
            .iter()
            .filter(|e| e.is_minimum == is_minimum);
        own.map(|e| json!({ "place": interval(e.place), "value": figure(&e.value) }))
            .collect()
    };
    let joints: Vec<Value> = passport.joints.iter().map(joint).collect();
    let monotone: Vec<Value> = passport
        .monotone
        .iter()
        .map(|part| json!({ "x": interval(part.side), "kind": part.kind.name(), "basis": basis(part.is_proved()), "proved": part.proved.map(interval) }))
        .collect();
    let bends: Vec<Value> = passport
        .bends
        .iter()
        .map(|part| json!({ "x": interval(part.side), "kind": part.kind.name(), "basis": basis(part.is_proved()), "proved": part.proved.map(interval) }))
        .collect();
    let moments = passport.moments.as_ref().map(|moments| {
        json!({
            "mean": optional(&moments.mean),
            "square": optional(&moments.square),
            "derivative_square": optional(&moments.slope_square),
            "init_gain": optional(&moments.gain),
            "dead": optional(&moments.dead),
        })
    });
    let formats: serde_json::Map<String, Value> = measured
        .formats
        .iter()
        .map(|accuracy| (accuracy.dtype.name().to_owned(), format(accuracy)))
        .collect();
    json!({
        "input": passport.formula.to_string(),
        "simplified": passport.form.to_string(),
        "domain": { "x": interval(passport.domain) },
        "window": interval(passport.window),
        "defined": { "where": passport.definedness.name(), "gaps": gaps },
        "range": { "low": figure(&passport.range.low), "high": figure(&passport.range.high) },
        "at_zero": optional(&passport.at_zero),
        "zeros": zeros,
        "zeros_undecided": passport.zeros_open.iter().map(|side| interval(*side)).collect::<Vec<_>>(),
        "minima": extremes(true),
        "maxima": extremes(false),
        "joints": joints,
        "joints_undecided": passport.joints_open.iter().map(|side| interval(*side)).collect::<Vec<_>>(),
        "monotone": monotone,
        "bending": bends,
        "lipschitz": figure(&passport.lipschitz),
        "at_minus_infinity": passport.tails[0].as_ref().map(tail),
        "at_infinity": passport.tails[1].as_ref().map(tail),
        "normal": moments,
        "formats": formats,
    })
}

fn joint(joint: &Joint) -> Value {
    json!({
        "place": interval(joint.place),
        "jump_of": joint.change.name(),
        "left": joint.sides.as_ref().map(|sides| figure(&sides[0])),
        "right": joint.sides.as_ref().map(|sides| figure(&sides[1])),
        "value": joint.value.as_ref().map(figure),
        "basis": basis(joint.proved),
    })
}

fn tail(tail: &Tail) -> Value {
    match tail {
        Tail::Limit(limit) => json!({ "kind": "limit", "limit": figure(limit) }),
        Tail::Line { slope, offset } => {
            json!({ "kind": "line", "slope": figure(slope), "offset": figure(offset) })
        }
        Tail::Slope(slope) => json!({ "kind": "slope", "slope": figure(slope) }),
        Tail::Steep { up, proved } => {
            let limit = if *up { "inf" } else { "-inf" };
            json!({ "kind": "steep", "limit": limit, "basis": basis(*proved) })
        }
        Tail::Absent => json!({ "kind": "absent" }),
        Tail::Open => json!({ "kind": "unknown" }),
    }
}

fn format(accuracy: &Accuracy) -> Value {
    let [value, derivative] = &accuracy.outputs;
    json!({
        "inputs": accuracy.inputs,
        "all": accuracy.are_all,
        "overflow_below": accuracy.overflow[0].map(number),
        "overflow_above": accuracy.overflow[1].map(number),
        "value": output(value),
        "derivative": output(derivative),
    })
}

fn output(output: &Output) -> Value {
    json!({
        "max_ulp": number(output.max_ulp),
        "small": number(output.small),
        "max_ulp_of_larger": output.worst.map(|worst| number(worst.error)),
        "max_ulp_of_larger_at": output.worst.map(|worst| number(worst.case.x)),
        "lost": output.lost,
        "lost_at": output.lost_at.map(number),
        "undecided": output.undecided,
    })
}
