//! `actsmith bench`.

use serde_json::Value;

use crate::support::{actsmith, failure, text};

#[test]
fn bench_measures_every_form_of_a_function() {
    let output = actsmith(&[
        "bench",
        "activations",
        "silu",
        "copy",
        "x * tanh(x)",
        "--threads=1",
        "--sizes=2048",
        "--repetitions=1",
        "--json",
    ]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(output.stderr.is_empty(), "no progress but on a terminal");
    let lines: Vec<Value> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("a JSON object a line"))
        .collect();
    let of = |line: &Value| (line["function"].clone(), line["mode"].clone());
    let rows: Vec<(Value, Value)> = lines.iter().map(of).collect();
    let expected = [
        ("silu", "fused"),
        ("silu", "candle"),
        ("silu", "composed"),
        ("copy", "candle"),
        ("x * tanh(x)", "interpreted"),
        ("x * tanh(x)", "composed"),
    ];
    assert_eq!(
        rows,
        expected.map(|(function, mode)| (function.into(), mode.into()))
    );
    for line in &lines {
        assert_eq!((&line["n"], &line["threads"]), (&2048.into(), &1.into()));
        for figure in [
            "forward_ns",
            "forward_backward_ns",
            "autograd_ns",
            "step_ns",
            "peak_bytes",
        ] {
            assert!(line[figure].is_number(), "{figure} of {line}");
        }
    }
    // The input alone, and what describes the tensors.
    let kept = lines[0]["kept_bytes"].as_f64().expect("bytes");
    assert!((4.0..4.5).contains(&kept), "{kept} bytes an element");
    let composed = lines[2]["kept_bytes"].as_f64().expect("bytes");
    assert!(
        (8.0..8.5).contains(&composed),
        "x and its sigmoid, not {composed}"
    );
}

#[test]
fn bench_refuses_what_it_cannot_run() {
    let (code, message) = failure(&["bench", "activations", "silv"]);
    assert_eq!(code, Some(2));
    assert!(
        message.contains("did you mean the function `silu`?"),
        "{message}"
    );
    let (code, message) = failure(&["bench", "activations", "--sizes", "0"]);
    assert_eq!(code, Some(2));
    assert!(message.contains("--sizes"), "{message}");
}
