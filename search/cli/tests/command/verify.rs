//! `actsmith verify`.

use serde_json::Value;

use crate::support::{actsmith, failure, json, text};

#[test]
fn verify_measures_against_the_true_values() {
    let found = json(&[
        "verify",
        "x * sigmoid(beta * x)",
        "--set",
        "beta=1.5",
        "--json",
    ]);
    assert_eq!(found["formula"], "x * sigmoid(1.5 * x)");
    assert_eq!(
        (&found["dtype"], &found["exhaustive"]),
        (&"f32".into(), &false.into())
    );
    for output in ["value", "derivative"] {
        let tally = &found[output];
        assert!(tally["points"].as_u64() > Some(1_000_000), "{tally}");
        assert_eq!(tally["not_finite"]["count"], 0, "{tally}");
        assert_eq!(tally["undecided"]["count"], 0, "{tally}");
        // Rounding alone is half a unit, at some of a million inputs nearly all of it.
        let worst = tally["max_ulp"]["error"].as_f64();
        assert!(worst > Some(0.49), "{tally}");
    }
    // x is computed without any error.
    let exact = actsmith(&["verify", "x", "--max-ulp", "0", "--dtype", "f64"]);
    assert_eq!(exact.status.code(), Some(0), "{}", text(&exact.stdout));
    let loose = actsmith(&["verify", "sigmoid(x)", "--max-ulp", "0.4"]);
    assert_eq!(loose.status.code(), Some(1));
    assert!(text(&loose.stdout).contains("ULP at x ="));
}

#[test]
fn verify_fails_where_a_number_is_lost() {
    // The square overflows f32 at 2⁶⁴, and ∞/∞ is no number; the true value is 1.
    let output = actsmith(&["verify", "square(x) / (1 + square(x))", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let found: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    let lost = &found["value"]["not_finite"];
    assert!(lost["count"].as_u64() > Some(0), "{lost}");
    assert_eq!(
        (&lost["first"][0]["got"], &lost["first"][0]["true"]),
        (&"NaN".into(), &1.0.into())
    );
}

/// Errors next to the zero of a derivative are many units, and count only above an absolute limit.
#[test]
fn verify_says_which_limit_is_broken() {
    let swish = [
        "verify",
        "x * sigmoid(beta * x)",
        "--set",
        "beta=1.5",
        "--max-ulp",
        "4",
    ];
    let output = actsmith(&[&swish[..], &["--max-ulp-derivative", "4"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    assert!(text(&output.stdout).ends_with("\nverdict   passed\n"));
    let strict = [
        "verify",
        "silu(x)",
        "--max-ulp-derivative",
        "4",
        "--max-absolute-derivative",
        "0",
    ];
    let output = actsmith(&strict);
    assert_eq!(output.status.code(), Some(1));
    let found = text(&output.stdout);
    let verdict = found.lines().last().unwrap_or_default();
    for part in [
        "verdict   failed: the derivative is",
        "at x = -1.278",
        "--max-ulp-derivative 4",
    ] {
        assert!(verdict.contains(part), "{verdict}");
    }
    let output = actsmith(&[&strict[..], &["--json"]].concat());
    let found: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    let verdict = &found["verdict"];
    assert_eq!(
        (&verdict["passed"], &verdict["undecided"]),
        (&false.into(), &0.into())
    );
    let broken = &verdict["broken"][0];
    assert_eq!(
        (&broken["output"], &broken["limit"]),
        (&"derivative".into(), &"max_ulp_derivative".into())
    );
    assert!(
        broken["ulp"].as_f64() > Some(4.0) && broken["inputs"].as_u64() > Some(0),
        "{broken}"
    );
}

/// A condition that no number of digits within the budget tells: the verification is neither passed nor failed.
#[test]
fn verify_does_not_pass_what_it_cannot_decide() {
    for formula in [
        "if cosh(1e-300) > 1 { x } else { 2 }",
        "x * (if cosh(1e-300) > 1 { 1 } else { 2 })",
    ] {
        let arguments = ["verify", formula, "--dtype", "bf16"];
        let output = actsmith(&arguments);
        assert_eq!(output.status.code(), Some(3), "{}", text(&output.stdout));
        let found = text(&output.stdout);
        let verdict = found.lines().last().unwrap_or_default();
        assert!(verdict.starts_with("verdict   not decided: "), "{verdict}");
        let output = actsmith(&[&arguments[..], &["--json"]].concat());
        let found: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
        let verdict = &found["verdict"];
        assert_eq!(verdict["status"], "undecided", "{verdict}");
        assert_eq!(verdict["passed"], false, "{verdict}");
        assert!(verdict["undecided"].as_u64() > Some(60_000), "{verdict}");
    }
}

/// True values that take more digits than the work for an input pays for are counted, not waited for.
#[test]
fn verify_ends_on_towers_of_exponentials() {
    for formula in ["tanh(exp(x)) * x", "exp(-exp(x))", "ln(cosh(x))"] {
        for dtype in ["f16", "bf16"] {
            let output = actsmith(&["verify", formula, "--dtype", dtype, "--json"]);
            let found: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
            let verdict = &found["verdict"];
            let passed = verdict["passed"] == Value::Bool(true);
            assert_eq!(
                output.status.code(),
                Some(i32::from(!passed)),
                "{formula}: {verdict}"
            );
            assert!(
                verdict["undecided"].as_u64() < Some(30_000),
                "{formula}: {verdict}"
            );
        }
    }
}

#[test]
fn verify_refuses_what_it_cannot_do() {
    for (arguments, words) in [
        (&["verify", "beta * x"][..], "--set beta=…"),
        (
            &["verify", "x", "--dtype", "f64", "--exhaustive"],
            "leave it out for a sample",
        ),
        (&["verify", "x", "--max-ulp=-1"], "`-1` is not a limit"),
        (
            &["verify", "x", "--max-ulp", "-1"],
            "write a number from 0 on",
        ),
        (&["verify", "x", "--max-absolute", "1e400"], "too large"),
        (&["verify", "x", "--max-ulp", "nan"], "`nan` is not a limit"),
        (&["verify", "ln(-1)"], "ln(-1)"),
        (&["verify", "x * sigmod(x)"], "did you mean `sigmoid`?"),
        (&["verify"], "FORMULA"),
        (&["verify", "x", "--dtype", "f8"], "f32"),
    ] {
        let (code, message) = failure(arguments);
        assert_eq!(code, Some(2), "{message}");
        assert!(message.contains(words), "{arguments:?}: {message}");
    }
}
