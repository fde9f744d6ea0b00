//! `actsmith equiv`.

use serde_json::Value;

use crate::support::{actsmith, failure, text};

#[test]
fn equiv_answers_by_its_exit_code() {
    let proved = actsmith(&["equiv", "x * sigmoid(x)", "silu(x)"]);
    assert_eq!(
        (
            proved.status.code(),
            text(&proved.stdout).contains("proved")
        ),
        (Some(0), true)
    );
    let different = actsmith(&["equiv", "gelu(x)", "gelu_tanh(x)", "--json"]);
    assert_eq!(different.status.code(), Some(1));
    let witness: Value = serde_json::from_slice(&different.stdout).expect("JSON");
    assert_ne!(witness["witness"]["left"], witness["witness"]["right"]);
    assert!(witness["witness"]["point"]["x"].is_number());
    assert_eq!(failure(&["equiv", "x", "x +"]).0, Some(2));
    let undecided = actsmith(&[
        "equiv",
        "sin(3 * x)",
        "3 * sin(x) - 4 * cube(sin(x))",
        "--json",
    ]);
    assert_eq!(undecided.status.code(), Some(3));
    let agreement: Value = serde_json::from_slice(&undecided.stdout).expect("JSON");
    assert_eq!(agreement["status"], "undecided");
    assert!(agreement["points"].as_u64() > Some(200));
    assert!(agreement["max_ulp"].as_u64() <= Some(1) && agreement["max_ulp_at"]["x"].is_number());
}

#[test]
fn equiv_refutes_no_identity_and_prints_no_figure_of_what_cancels() {
    for (left, right) in [
        ("cos(x)", "sin(pi / 2 - x)"),
        ("1 / (sqrt(square(x) + 1) - x)", "sqrt(square(x) + 1) + x"),
    ] {
        let output = actsmith(&["equiv", left, right]);
        assert_eq!(output.status.code(), Some(3), "{left} {right}");
        let printed = text(&output.stdout);
        assert!(
            printed.contains("round to the same f64") || printed.contains("at most 1 ULP"),
            "{printed}"
        );
    }
}

#[test]
fn equiv_looks_where_formulas_are_undefined() {
    let differ = |left: &str, right: &str, expected: &str| {
        let output = actsmith(&["equiv", left, right]);
        assert_eq!(output.status.code(), Some(1), "{left} {right}");
        assert_eq!(text(&output.stdout).trim_end(), expected);
    };
    differ(
        "exp(ln(abs(x)))",
        "abs(x)",
        "different at x = 0:\n  left   undefined\n  right  0",
    );
    differ(
        "x",
        "if 3 * x == 1 { 1e300 } else { x }",
        "different at x = 1 / 3:\n  left   0.3333333333333333\n  right  1e300",
    );
    let json = actsmith(&["equiv", "x / x", "1", "--json"]);
    let found: Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!(found["witness"]["left"], "undefined");
    let (code, message) = failure(&["equiv", "ln(-1) * x", "sqrt(-1 - square(x))"]);
    assert_eq!(code, Some(2));
    assert!(
        message.contains("both formulas are undefined everywhere"),
        "{message}"
    );
}
