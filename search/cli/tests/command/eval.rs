//! `actsmith eval`.

use actsmith::zoo;
use actsmith_codegen::Formula;
use candle_core::{Device, Module, Tensor, Var};
use serde_json::Value;

use crate::support::{actsmith, failure, json, text};

#[test]
fn eval_says_where_there_is_no_value() {
    let value = |formula: &str, at: &str| {
        let found = json(&["eval", formula, &format!("--at={at}"), "--json"]);
        found["points"][0]["value"].clone()
    };
    for (formula, at) in [
        ("tanh(ln(0))", "1"),
        ("ln(x)", "0"),
        ("sigmoid(ln(x))", "-1"),
        ("atan(1 / x)", "0"),
        ("min(sqrt(x), 1)", "-1"),
        ("if x < 1 { exp(-1 / x) } else { x }", "0"),
    ] {
        assert_eq!(value(formula, at), "undefined", "{formula}");
        let printed = actsmith(&["eval", formula, &format!("--at={at}")]);
        let printed = text(&printed.stdout);
        assert_eq!(printed.matches("undefined").count(), 2, "{printed}");
    }
    for (formula, at, expected) in [
        ("if x > 1 { ln(x) } else { x }", "0", 0.0),
        ("tanh(ln(x))", "1", 0.0),
        ("sqrt(x)", "0", 0.0),
    ] {
        assert_eq!(value(formula, at), expected, "{formula}");
    }
    for formula in [
        "relu(x)",
        "max(x, 1)",
        "min(1, x)",
        "min0(x)",
        "sign(x)",
        "relu6(x)",
    ] {
        assert_eq!(value(formula, "nan"), "NaN", "{formula}");
    }
}

#[test]
fn eval_gives_values_and_derivatives() {
    let found = json(&[
        "eval",
        "x * sigmoid(beta * x)",
        "--at=-1,0,2.5",
        "--set",
        "beta=1.5",
        "--json",
    ]);
    let points = found["points"].as_array().expect("points");
    assert_eq!(points.len(), 3);
    let sigmoid = 1.0 / (1.0 + (-1.5f64 * 2.5).exp());
    let close =
        |value: &Value, expected: f64| (value.as_f64().expect("a number") - expected).abs() < 1e-14;
    assert!(close(&points[2]["value"], 2.5 * sigmoid));
    assert!(close(
        &points[2]["derivatives"]["beta"],
        6.25 * sigmoid * (1.0 - sigmoid)
    ));
    assert!(close(&points[1]["derivatives"]["x"], 0.5));
    let outside = json(&["eval", "ln(x)", "--at=-1", "--json"]);
    assert_eq!(outside["points"][0]["value"], "undefined");
}

#[test]
fn a_number_out_of_range_says_on_which_side() {
    for (argument, side) in [("beta=1e-400", "too small"), ("beta=1e400", "too large")] {
        let (code, message) = failure(&["simplify", "beta * x", "--set", argument]);
        assert_eq!(code, Some(2), "{message}");
        assert!(message.contains(side), "{message}");
    }
    for (at, part) in [
        ("1e400", "too large"),
        ("-1e400", "too large"),
        ("1,1e-400", "too small"),
        ("one", "`one` is not a number"),
        ("", "is not a number"),
    ] {
        let (code, message) = failure(&["eval", "x", &format!("--at={at}")]);
        assert_eq!(code, Some(2), "{message}");
        assert!(message.contains(part), "{message}");
        assert!(message.contains("--at=-1,0,2.5"), "{message}");
    }
    let found = json(&["eval", "x", "--at=1_0,inf,-Infinity,+2,.5", "--json"]);
    let at: Vec<&Value> = (0..5).map(|i| &found["points"][i]["x"]).collect();
    assert_eq!(
        at,
        [
            &10.0.into(),
            &"inf".into(),
            &"-inf".into(),
            &2.0.into(),
            &0.5.into()
        ] as [&Value; 5]
    );
    let (code, message) = failure(&["simplify", "1e-400 + x"]);
    assert_eq!(code, Some(2), "{message}");
    assert!(message.contains("too small"), "{message}");
}

/// At ±∞ the fused operation has limits where the formula, operation by operation, has ∞ · 0.
#[test]
fn at_infinity_eval_gives_what_the_operation_gives() {
    let x = Var::new(&[f64::NEG_INFINITY, f64::INFINITY], &Device::Cpu).expect("a variable");
    let texts = |tensor: &Tensor| -> Vec<String> {
        let numbers = tensor.to_vec1::<f64>().expect("numbers");
        numbers.iter().map(f64::to_string).collect()
    };
    for names in zoo::NAMES {
        let named = zoo::by_name(names[0]).expect("a name of the list");
        let y = named.forward(x.as_tensor()).expect("values");
        let slopes = y.backward().expect("a backward pass");
        let slopes = texts(slopes.get(&x).expect("a gradient"));
        // What was declared: the form that is computed is another formula, with other derivatives as they are written.
        let declared = format!("{}(x)", names[0]);
        let formula = match Formula::parse(&declared) {
            Ok(_) => declared,
            Err(_) => named.formula(),
        };
        let found = json(&["eval", &formula, "--at=-inf,inf", "--json"]);
        let text = |value: &Value| match value.as_f64() {
            Some(number) => number.to_string(),
            None => value.as_str().expect("a number or its name").to_owned(),
        };
        for (k, value) in texts(&y).into_iter().enumerate() {
            let point = &found["points"][k];
            assert_eq!(text(&point["value"]), value, "{formula}: {point}");
            assert_eq!(
                text(&point["derivatives"]["x"]),
                slopes[k],
                "{formula}: {point}"
            );
        }
    }
    // Limits on paper.
    for formula in [
        "silu(x)",
        "x * sigmoid(x)",
        "x / (1 + exp(-x))",
        "mish(x)",
        "x * tanh(ln(1 + exp(x)))",
        "hardswish(x)",
        "relu(x)",
    ] {
        let given = ["--set", "beta=1"];
        let given = if formula.contains("beta") {
            &given[..]
        } else {
            &[]
        };
        let found = json(&[&["eval", formula, "--at=-inf,inf", "--json"], given].concat());
        assert_eq!(found["points"][0]["value"], 0.0, "{formula}");
        assert_eq!(found["points"][1]["value"], "inf", "{formula}");
        if !formula.contains(" * sigmoid") {
            assert_eq!(found["points"][0]["derivatives"]["x"], 0.0, "{formula}");
            assert_eq!(found["points"][1]["derivatives"]["x"], 1.0, "{formula}");
        }
    }
}
