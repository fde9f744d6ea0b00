//! Questions about formulas.

use serde_json::{Value, json};

use crate::page::Page;

fn about(ask: &str, formula: &str) -> Value {
    json!({ "ask": ask, "formula": formula, "x": ["-4", "4"] })
}

#[test]
fn everything_that_the_workbench_shows_is_answered() {
    let page = Page::of(&[]);
    let mut curves = about("curves", "x * sigmoid(beta * x)");
    curves["beside"] = json!(["relu(x)", "x * sigmoid(gamma * x)"]);
    curves["set"] = json!({ "beta": "2" });
    let drawn = page.ask(&curves);
    assert_eq!(drawn["constants"], json!(["beta"]));
    assert_eq!(drawn["latex"], r"x \, \sigma(\beta \, x)");
    let inputs = drawn["x"].as_array().expect("inputs");
    let last = inputs.len() - 1;
    assert_eq!((&inputs[0], &inputs[last]), (&json!(-4.0), &json!(4.0)));
    let value = drawn["curves"][0]["value"][last].as_f64().expect("a value");
    assert!((value - 4.0 / (1.0 + (-8f64).exp())).abs() < 1e-12);
    assert_eq!(drawn["curves"][1]["value"][last], 4.0);
    // What is not set starts at 1.
    let other = drawn["curves"][2]["value"][last].as_f64().expect("a value");
    assert!((other - 4.0 / (1.0 + (-4f64).exp())).abs() < 1e-12);

    let simplified = page.ask(&about("simplify", "x / (1 + exp(-x))"));
    assert_eq!(simplified["formula"], "silu(x)");
    assert_eq!(simplified["proved"], true);
    assert_eq!(simplified["latex"]["value"], r"x \, \sigma(x)");
    let first = &simplified["proof"][0];
    assert_eq!(
        (&first["of"], &first["to"]),
        (&json!("value"), &json!("silu(x)"))
    );
    assert_eq!(first["steps"][0]["why"], "logistic-quotient");
    assert_eq!(first["steps"][0]["whole"]["formula"], "x * sigmoid(x)");

    let front = page.ask(&about("front", "gelu(x)"));
    let points = front["points"].as_array().expect("points");
    assert!(points.len() > 2, "{front}");
    assert!(points.iter().all(|point| point["latex"].is_string()));
    let costs: Vec<f64> = points
        .iter()
        .filter_map(|point| point["cost"].as_f64())
        .collect();
    assert!(costs.is_sorted_by(|a, b| a > b), "{costs:?}");

    let passport = page.ask(&about("passport", "relu(x)"));
    assert_eq!(passport["range"]["low"]["value"], 0.0);
    assert!(
        passport["rows"]
            .as_array()
            .is_some_and(|rows| rows.len() > 10)
    );
}

#[test]
fn there_is_code_for_every_target() {
    let page = Page::of(&[]);
    let language = page.json("/api/language");
    let targets = language["targets"].as_array().expect("targets");
    assert!(targets.len() > 8, "{targets:?}");
    for target in targets {
        let mut code = about("code", "x * tanh(beta * x)");
        code["name"] = "Curve".into();
        code["target"] = target.clone();
        let answer = page.ask(&code);
        let source = answer["source"]
            .as_str()
            .unwrap_or_else(|| panic!("{answer}"));
        assert!(source.to_lowercase().contains("tanh"), "{source}");
    }
    let functions = language["functions"].as_array().expect("functions");
    let silu = functions.iter().find(|function| function["name"] == "silu");
    assert_eq!(silu.expect("silu")["definition"], "a * sigmoid(a)");
    let activations = language["activations"].as_array().expect("activations");
    assert!(
        activations
            .iter()
            .any(|named| named["formula"] == "gelu(x)")
    );
}

#[test]
fn a_mistake_says_where_it_is_and_what_to_write() {
    let page = Page::of(&[]);
    let answer = page.ask(&about("curves", "x * sigmod(x) + x ^ 2"));
    let at = answer["error"]["at"].as_array().expect("places");
    assert_eq!((&at[0]["start"], &at[0]["end"]), (&json!(4), &json!(10)));
    assert_eq!(at[0]["help"], "did you mean `sigmoid`?");
    assert_eq!(at.len(), 2, "{answer}");
    for (question, part) in [
        (
            json!({ "ask": "curves", "formula": "x", "x": ["2", "1"] }),
            "from a smaller number",
        ),
        (
            json!({ "ask": "curves", "formula": "x", "x": ["0", "inf"] }),
            "not a finite number",
        ),
        (
            json!({ "ask": "curves", "formula": "x", "x": ["0", "1"], "set": { "a": "b" } }),
            "not a finite number",
        ),
        (
            json!({ "ask": "front", "formula": "x * beta", "x": ["0", "1"] }),
            "`beta` is a trained parameter",
        ),
        (
            json!({ "ask": "passport", "formula": "ln(-1 - abs(x))", "x": ["0", "1"] }),
            "no value",
        ),
        (
            json!({ "ask": "code", "formula": "x", "x": ["0", "1"], "name": "1x", "target": "c" }),
            "1x",
        ),
        (
            json!({ "ask": "code", "formula": "x", "x": ["0", "1"], "name": "A", "target": "cobol" }),
            "no target `cobol`",
        ),
        (json!({ "ask": "everything" }), "not a question"),
        (json!([]), "not a question"),
    ] {
        let answer = page.ask(&question);
        let message = answer["error"]["message"].as_str().unwrap_or_default();
        assert!(message.contains(part), "{question}: {answer}");
    }
}

#[test]
fn a_hostile_formula_harms_nobody() {
    let page = Page::of(&[]);
    let deep = format!("{}x{}", "(".repeat(1_900), ")".repeat(1_900));
    let shared = format!(
        "{{ let a = exp(x); {} a }}",
        "let a = a * a + sin(a); ".repeat(40)
    );
    let sum = vec!["sin(x) * exp(cos(x))"; 150].join(" + ");
    for formula in [
        &deep,
        &"x + ".repeat(5_000),
        &shared,
        &sum,
        &"\u{0}".to_owned(),
    ] {
        for ask in ["curves", "simplify", "passport", "front"] {
            let answer = page.ask(&about(ask, formula));
            assert!(answer.is_object(), "{ask} {formula:.40}: {answer}");
        }
    }
    let host = page.host();
    let headers = [
        ("host", host.as_str()),
        ("content-type", "application/json"),
    ];
    let huge = json!({ "ask": "curves", "formula": "x".repeat(100_000) }).to_string();
    assert_eq!(
        page.request("POST /api/ask", &headers, huge.as_bytes())
            .status,
        413
    );
    assert_eq!(page.request("POST /api/ask", &headers, b"{").status, 400);
    assert_eq!(page.ask(&about("simplify", "x + 0"))["formula"], "x");
}

/// Whoever stops waiting for an answer ends the process that works at it, and others are answered.
#[test]
#[cfg(target_os = "linux")]
fn a_question_that_is_given_up_ends_at_once() {
    let page = Page::of(&[]);
    let mut slow = about(
        "front",
        "x * tanh(softplus(x)) + sin(3 * x) * gelu(x) + exp(-x * x) * cos(5 * x)",
    );
    slow["far"] = true.into();
    let question = page.question(&slow);
    let wait_until = |holds: &dyn Fn() -> bool| {
        for _ in 0..1_000 {
            if holds() {
                return true;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        false
    };
    let given_up = page.send(&question);
    assert!(wait_until(&|| page.workers().len() == 1), "a process works");
    let worker = page.workers();
    drop(given_up);
    assert!(
        wait_until(&|| page.workers() != worker),
        "the process has ended"
    );
    // More than there are processes for.
    let connections: Vec<_> = (0..20).map(|_| page.send(&question)).collect();
    drop(connections);
    assert_eq!(page.ask(&about("simplify", "x + 0"))["formula"], "x");
}
