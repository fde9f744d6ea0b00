//! `actsmith front`, and `actsmith simplify --tolerance`.

use serde_json::Value;

use crate::support::{actsmith, failure, json, text};

/// The message of a failure that is printed as JSON.
fn json_error(arguments: &[&str]) -> String {
    let output = actsmith(arguments);
    assert_eq!(output.status.code(), Some(2));
    let object: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    object["error"]["message"].to_string()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value}"))
}

#[test]
fn a_front_goes_from_exact_to_simple() {
    let found = json(&["front", "x / (1 + exp(-x))", "--json"]);
    let points = found["points"].as_array().expect("a list");
    assert_eq!(points[0]["formula"], "silu(x)");
    assert_eq!(number(&points[0]["difference"]["at_most"]), 0.0);
    assert!(points.len() >= 4, "{found}");
    for pair in points.windows(2) {
        assert!(
            number(&pair[0]["cost"]) > number(&pair[1]["cost"]),
            "{found}"
        );
        let bound = |point: &Value| number(&point["difference"]["at_most"]);
        assert!(bound(&pair[0]) < bound(&pair[1]), "{found}");
    }
    for point in &points[1..] {
        let bound = &point["difference"];
        assert!(number(&bound["at_least"]) <= number(&bound["at_most"]));
        assert!(point["derivatives"]["x"]["formula"].is_string());
        assert!(
            point["rules"]
                .as_array()
                .is_some_and(|rules| !rules.is_empty())
        );
        assert!(point["rms"].is_null());
    }
    // The differences of well-known forms: relu is 0.278 from silu at −1.278.
    let relu = points.iter().find(|point| point["formula"] == "relu(x)");
    let relu = number(&relu.expect("relu is on the front")["difference"]["at_most"]);
    assert!((0.278_46..0.284).contains(&relu), "{relu}");
    let again = json(&["front", "x / (1 + exp(-x))", "--json"]);
    assert_eq!(found, again);
}

#[test]
fn distributions_of_inputs_give_root_mean_squares() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("histogram.json");
    std::fs::write(
        &file,
        r#"{"edges": [-9, -1, 0, 3, 9], "counts": [0, 5, 15, 0]}"#,
    )
    .expect("written");
    let file = file.to_str().expect("UTF-8");
    for (arguments, ends) in [
        (["--normal", "0.5"], ["-4", "4"]),
        (["--histogram", file], ["-1", "3"]),
    ] {
        let found = json(&["front", "tanh(x)", "--json", arguments[0], arguments[1]]);
        let domain = &found["domain"]["x"];
        assert_eq!([&domain["low"], &domain["high"]], ends);
        for point in found["points"].as_array().expect("a list") {
            let (rms, most) = (&point["rms"], &point["difference"]["at_most"]);
            assert!(number(rms) <= number(most), "{point}");
            assert!(number(&point["rms_derivative"]) >= 0.0);
        }
        let printed = text(&actsmith(&["front", "tanh(x)", arguments[0], arguments[1]]).stdout);
        assert!(printed.contains("not proven"), "{printed}");
    }
}

#[test]
fn a_tolerance_gives_the_cheapest_form_within_it() {
    let exact = json(&["simplify", "gelu(x)", "--tolerance=0", "--json"]);
    assert_eq!(exact["formula"], "gelu(x)");
    let close = json(&["simplify", "gelu(x)", "--tolerance=0.03", "--json"]);
    assert!(number(&close["difference"]["at_most"]) <= 0.03);
    assert!(number(&close["cost"]) < number(&close["cost_exact"]));
    let printed = text(&actsmith(&["simplify", "gelu(x)", "--tolerance", "0.2"]).stdout);
    assert!(printed.contains("simplified  relu(x)"), "{printed}");
    assert!(printed.contains("proven"), "{printed}");
    // A bound that the domain never reaches goes, at no loss.
    let bound = ["simplify", "min(x, 100) * 2", "--tolerance=0", "--json"];
    assert_eq!(json(&bound)["formula"], "2 * x");
}

#[test]
fn a_plot_is_a_picture() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("front.svg");
    let path = file.to_str().expect("UTF-8");
    assert!(
        actsmith(&["front", "relu(x)", "--plot", path])
            .status
            .success()
    );
    let picture = std::fs::read_to_string(&file).expect("a file");
    assert!(picture.starts_with("<svg") && picture.contains("vectorised additions"));
    let streamed = actsmith(&["front", "relu(x)", "--plot", "-"]);
    assert_eq!(text(&streamed.stdout), picture);
}

#[test]
fn what_has_no_front_is_one_clear_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, content: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("written");
        path.to_str().expect("UTF-8").to_owned()
    };
    let no_json = file("a.json", "edges");
    let no_counts = file("b.json", r#"{"edges": [0, 1]}"#);
    let uneven = file("c.json", r#"{"edges": [0, 1], "counts": [1, 2]}"#);
    let falling = file("d.json", r#"{"edges": [1, 0], "counts": [1]}"#);
    let empty = file("e.json", r#"{"edges": [0, 1], "counts": [0]}"#);
    let negative = file("f.json", r#"{"edges": [0, 1], "counts": [-1]}"#);
    for (arguments, part) in [
        (&["simplify", "x", "--tolerance=-1"][..], "tolerance of -1"),
        (&["simplify", "x", "--tolerance=nan"], "tolerance of NaN"),
        (
            &["simplify", "x", "--tolerance=inf", "--domain=x=1..0"],
            "smaller bound first",
        ),
        (&["simplify", "x", "--normal=1"], "--tolerance"),
        (&["front", "x", "--domain=x=1..0"], "smaller bound first"),
        (&["front", "x", "--domain=x=1..1"], "single value"),
        (&["front", "x", "--domain=x=1.."], "give both"),
        (&["front", "x", "--domain=y=0..1"], "no variable `y`"),
        (&["front", "x", "--domain=x=-1e300..1e300"], "too far apart"),
        (&["front", "ln(x)"], "`ln(x)` is undefined where x <= 0"),
        (&["front", "1 / (x - 3)"], "undefined"),
        (&["front", "sqrt(abs(x))"], "derivative"),
        (&["front", "sqrt(x)", "--domain=x=0..1"], "derivative"),
        (&["front", "exp(x)", "--domain=x=0..1000"], "no bound"),
        (&["front", "x * sigmoid(beta * x)"], "--set beta=1"),
        (
            &["front", "gamma * x + beta"],
            "`gamma`, `beta` are trained parameters",
        ),
        (&["front", "x", "--normal=0"], "standard deviation of 0"),
        (&["front", "x", "--normal=-2"], "standard deviation of -2"),
        (&["front", "x", "--normal=nan"], "standard deviation of NaN"),
        (&["front", "x", "--normal=1", "--domain=x=0..1"], "--domain"),
        (
            &["front", "x", "--histogram", &no_json],
            "is not a histogram",
        ),
        (
            &["front", "x", "--histogram", &no_counts],
            "missing field `counts`",
        ),
        (
            &["front", "x", "--histogram", &uneven],
            "one edge more than counts",
        ),
        (&["front", "x", "--histogram", &falling], "edges rise"),
        (&["front", "x", "--histogram", &empty], "all counts are 0"),
        (&["front", "x", "--histogram", &negative], "a count is -1"),
        (&["front", "x * sigmod(x)"], "did you mean `sigmoid`?"),
    ] {
        let (code, message) = failure(arguments);
        assert_eq!(code, Some(2), "{arguments:?}: {message}");
        assert!(message.contains(part), "{arguments:?}: {message}");
    }
    let both = json_error(&["front", "x", "--plot=-", "--json"]);
    assert!(both.contains("--plot -"), "{both}");
    let (code, _) = failure(&["front", "x", "--histogram=/no/such/file"]);
    assert_eq!(code, Some(1));
}
