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
    let (code, message) = failure(&["bench", "step", "--network=resnet9"]);
    assert_eq!(code, Some(2));
    assert!(message.contains("resnet8-28x28"), "{message}");
}

#[test]
fn bench_step_measures_every_network_of_a_family_with_each_activation() {
    let output = actsmith(&[
        "bench",
        "step",
        "--network=resnet",
        "--threads=1",
        "--rounds=1",
        "--steps=1",
        "--operations=20",
        "--json",
    ]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let lines: Vec<Value> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("a JSON object a line"))
        .collect();
    let of = |line: &Value| (line["network"].clone(), line["activation"].clone());
    let rows: Vec<(Value, Value)> = lines.iter().map(of).collect();
    let activations = ["relu", "discovered_resnet", "cell of 20 operations"];
    let networks = ["resnet8-28x28", "resnet8-8x8"];
    let expected: Vec<(Value, Value)> = networks
        .iter()
        .flat_map(|network| activations.map(|activation| ((*network).into(), activation.into())))
        .collect();
    assert_eq!(rows, expected);
    for line in &lines {
        assert_eq!((&line["threads"], &line["batch"]), (&1.into(), &64.into()));
        assert!(line["step_ms"].as_f64().expect("a time") > 0.0);
        // The activations' inputs alone are held at a time: 64 images of 16 maps, of so many pixels.
        let pixels = if line["network"] == networks[0] {
            28 * 28
        } else {
            8 * 8
        };
        assert!(line["peak_bytes"].as_u64().expect("bytes") > 3 * 64 * 16 * pixels * 4);
    }
    assert_eq!(lines[0]["ratio"], 1.0);
}
