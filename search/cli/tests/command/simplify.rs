//! `actsmith simplify`, and the formulas that every command reads.

use crate::support::{actsmith, failure, json, text};

#[test]
fn simplify_gives_the_form_and_its_derivatives() {
    let found = json(&["simplify", "x * sigmoid(beta * x)", "--json"]);
    assert_eq!(found["sexpr"], "(mul x (sigmoid (mul beta x)))");
    assert_eq!(found["input"], "x * sigmoid(beta * x)");
    assert!(found["derivatives"]["beta"]["formula"].is_string());
    assert!(found["derivatives"]["x"]["sexpr"].is_string());
    assert!(found["cost_after"].as_u64() <= found["cost_before"].as_u64());
    assert!(found["stop_reason"].is_string());
    let silu = json(&["simplify", "x / (1 + exp(-x))", "--json"]);
    assert_eq!(
        (&silu["formula"], &silu["sexpr"]),
        (&"silu(x)".into(), &"(silu x)".into())
    );
    let plain = actsmith(&["simplify", "x / (1 + exp(-x))"]);
    assert!(text(&plain.stdout).contains("simplified  silu(x)"));
}

#[test]
fn an_explanation_shows_every_step() {
    let output = actsmith(&["simplify", "x / (1 + exp(-x))", "--explain"]);
    let printed = text(&output.stdout);
    for part in [
        "proof ",
        "\nvalue\n    x / (1 + exp(-x))\n  = ",
        "\n∂/∂x\n",
        "silu",
    ] {
        assert!(printed.contains(part), "{part} in {printed}");
    }
}

#[test]
fn simplify_names_the_constants() {
    let found = json(&["simplify", "alpha * x + beta", "--json", "--set", "beta=1"]);
    assert_eq!(found["constants"], serde_json::json!(["alpha"]));
    let printed = text(&actsmith(&["simplify", "alpha * x + beta"]).stdout);
    assert!(
        printed.contains("constants   alpha, beta, trained"),
        "{printed}"
    );
    let printed = text(&actsmith(&["simplify", "x + 1"]).stdout);
    assert!(!printed.contains("constants"), "{printed}");
}

#[test]
fn genotypes_are_formulas_everywhere() {
    let genotype = "genotype:beta_add-x_sq-sig_mul-id-beta-mul";
    let bounded = json(&["simplify", genotype, "--json"]);
    assert!(bounded["input"].as_str().expect("text").contains("clamp"));
    assert!(bounded["derivatives"]["beta3"].is_object());
    let value = |extra: &[&str]| {
        let arguments = [
            &["eval", genotype, "--at=2", "--json", "--set", "beta=1"],
            extra,
        ]
        .concat();
        json(&arguments)["points"][0]["value"]
            .as_f64()
            .expect("a number")
    };
    let sigmoid = 1.0 / (1.0 + (-3f64).exp());
    assert!((value(&["--unbounded"]) - 4.0 * sigmoid).abs() < 1e-14);
    assert!(
        (value(&[]) - 10f64.sqrt()).abs() < 1e-14,
        "the product clamps its factors at √10"
    );
    let (code, message) = failure(&["simplify", "genotype:silu-silu-sig_mul-gelu-silu-addd"]);
    assert_eq!(code, Some(2));
    assert!(
        message.contains("slot b1") && message.contains("`add`"),
        "{message}"
    );
}

#[test]
fn simplify_says_where_a_formula_is_undefined() {
    let partly = actsmith(&["simplify", "2 * ln(x - 3)"]);
    assert!(
        text(&partly.stdout)
            .contains("undefined   where x - 3 <= 0 (ln(x - 3)), for example at x = 0")
    );
    let found = json(&["simplify", "2 * ln(x - 3)", "--json"]);
    assert_eq!(found["defined"], "partly");
    assert_eq!(found["undefined"][0]["operation"], "ln(x - 3)");
    let inside = json(&["simplify", "ln(x)", "--domain", "x=0.5..", "--json"]);
    assert_eq!(inside["defined"], "everywhere");
    for formula in ["ln(-1) * x", "x / (x - x)", "sqrt(-1 - square(x))"] {
        let (code, message) = failure(&["simplify", formula]);
        assert_eq!(code, Some(2), "{formula}");
        assert!(message.contains("undefined everywhere"), "{message}");
    }
}

#[test]
fn long_formulas_are_read_and_deep_ones_refused() {
    let sum = (1..=8_000).map(|k| format!("{k}*x")).collect::<Vec<_>>();
    let long = json(&["simplify", &sum.join("+"), "--json"]);
    assert_eq!(long["stop_reason"], "node limit");
    let value = json(&["eval", &sum.join("+"), "--at= 1, 2", "--json"]);
    assert_eq!(value["points"][1]["value"], 64_008_000.0);
    for deep in [
        format!("{}x{}", "(".repeat(50_000), ")".repeat(50_000)),
        format!("{}x", "-".repeat(100_000)),
        format!("x{}", ".tanh()".repeat(5_000)),
    ] {
        let (code, message) = failure(&["simplify", &deep]);
        assert_eq!(code, Some(2));
        assert!(message.contains("nests too deep"), "{message}");
    }
}

#[test]
fn constants_become_numbers_unless_exact() {
    let text_of = |arguments: &[&str]| text(&actsmith(arguments).stdout);
    let formula = "sigmoid(0.3) * silu(x)";
    let plain = text_of(&["simplify", formula]);
    assert!(
        plain.contains("simplified  0.574442517 * silu(x)"),
        "{plain}"
    );
    assert!(plain.contains("rounded     constants to 9 digits; the value changes by at most "));
    let exact = text_of(&["simplify", formula, "--exact"]);
    assert!(
        exact.contains("simplified  sigmoid(0.3) * silu(x)"),
        "{exact}"
    );
    assert!(!exact.contains("rounded"), "{exact}");
    let found = json(&["simplify", formula, "--json"]);
    assert_eq!(found["rounded"]["exact"], "sigmoid(0.3) * silu(x)");
    let most = found["rounded"]["value_at_most"].as_f64().expect("a bound");
    assert!(most > 0.0 && most < 1e-8, "{most}");
    assert_eq!(
        json(&["simplify", "silu(x)", "--json"])["rounded"],
        serde_json::Value::Null
    );
}
