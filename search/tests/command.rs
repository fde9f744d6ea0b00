//! The command `actsmith` as a program: output, JSON and exit codes.

use std::process::{Command, Output};

use serde_json::Value;

fn actsmith(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_actsmith"));
    command
        .args(arguments)
        .output()
        .expect("a program that starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

fn json(arguments: &[&str]) -> Value {
    let output = actsmith(arguments);
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        text(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("one JSON object")
}

/// Exit code and message of a command that fails.
fn failure(arguments: &[&str]) -> (Option<i32>, String) {
    let output = actsmith(arguments);
    assert!(
        output.stdout.is_empty(),
        "{arguments:?} prints nothing but its error"
    );
    (output.status.code(), text(&output.stderr))
}

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
fn certificates_are_written_checked_and_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("proof.json");
    let file = path.to_str().expect("UTF-8");
    let written = json(&[
        "simplify",
        "x * sigmoid(beta * x) + abs(x)",
        "--domain",
        "x=0..",
        "--certificate",
        file,
        "--json",
    ]);
    assert_eq!(written["proved"], true);
    let checked = json(&["check", file, "--json"]);
    assert_eq!(
        (&checked["status"], &checked["steps"]),
        (&"proved".into(), &written["steps"])
    );
    assert_eq!(checked["outputs"][0]["form"], written["formula"]);
    // The value, which has one form alone and beside its derivatives, and the two derivatives.
    assert_eq!(checked["outputs"].as_array().map(Vec::len), Some(3));
    assert_eq!(checked["domain"]["x"]["low"], "0");
    assert!(checked["domain"]["x"]["high"].is_null() && checked["domain"]["beta"].is_null());
    let plain = actsmith(&["check", file]);
    assert!(
        text(&plain.stdout).contains("  proved for x in 0..\n"),
        "{}",
        text(&plain.stdout)
    );

    let good = std::fs::read_to_string(&path).expect("the certificate");
    let replay = |text: &str| {
        std::fs::write(&path, text).expect("a file");
        actsmith(&["check", file, "--json"])
    };
    let rejected = replay(&good.replace("\"low\":\"0\"", "\"low\":\"-1\""));
    assert_eq!(rejected.status.code(), Some(1));
    let rejected: Value = serde_json::from_slice(&rejected.stdout).expect("one JSON object");
    assert_eq!(rejected["status"], "rejected");
    let (place, reason) = (rejected["place"].as_str(), rejected["reason"].as_str());
    assert!(place.expect("a place").contains("step"), "{place:?}");
    assert!(reason.expect("a reason").contains("guard"), "{reason:?}");

    for text in ["", "{}", "[1]", &good[..good.len() / 2]] {
        std::fs::write(&path, text).expect("a file");
        let (code, message) = failure(&["check", file]);
        assert_eq!(code, Some(2), "{message}");
        assert!(message.contains("not a certificate"), "{message}");
    }
    let (code, message) = failure(&["check", "no/such/file"]);
    assert_eq!(code, Some(2), "{message}");
    let (code, message) = failure(&["simplify", "x", "--certificate", "no/such/file"]);
    assert_eq!(code, Some(1), "{message}");
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
fn a_misspelt_option_is_no_formula() {
    for (option, near) in [("--expalin", "--explain"), ("--jsno", "--json")] {
        let (code, message) = failure(&["simplify", option]);
        assert_eq!(code, Some(2), "{message}");
        assert!(
            message.contains(option) && message.contains(near),
            "{message}"
        );
    }
    let (code, message) = failure(&["simplify", "x", "--zzz"]);
    assert_eq!(code, Some(2), "{message}");
    for formula in ["-x", "-relu(x)", "-(-x)", "- -x", "--x"] {
        assert!(
            actsmith(&["simplify", formula]).status.success(),
            "{formula}"
        );
    }
    let behind = actsmith(&["simplify", "--", "-x * 2"]);
    assert!(behind.status.success(), "{}", text(&behind.stderr));
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
fn a_number_out_of_range_says_on_which_side() {
    for (argument, side) in [("beta=1e-400", "too small"), ("beta=1e400", "too large")] {
        let (code, message) = failure(&["simplify", "beta * x", "--set", argument]);
        assert_eq!(code, Some(2), "{message}");
        assert!(message.contains(side), "{message}");
    }
    let (code, message) = failure(&["simplify", "1e-400 + x"]);
    assert_eq!(code, Some(2), "{message}");
    assert!(message.contains("too small"), "{message}");
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
    assert_eq!(code, Some(1));
    assert!(
        message.contains("both formulas are undefined everywhere"),
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
        assert_eq!(code, Some(1), "{formula}");
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
fn a_reader_that_leaves_is_no_failure() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_actsmith"))
        .args(["eval", "x *"])
        .arg("--at=1")
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("a program that starts");
    // Nobody reads the error.
    drop(child.stderr.take());
    assert_eq!(child.wait().expect("an end").code(), Some(2));
}

#[test]
fn emit_writes_source_whole_or_not_at_all() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("swish.rs");
    let path = file.to_str().expect("UTF-8");
    let written = actsmith(&[
        "emit",
        "x * sigmoid(beta * x)",
        "--name",
        "Swish",
        "-o",
        path,
    ]);
    assert!(written.status.success() && written.stdout.is_empty());
    let printed = actsmith(&["emit", "x * sigmoid(beta * x)", "--name", "Swish"]);
    assert_eq!(std::fs::read(&file).expect("the file"), printed.stdout);
    assert_eq!(failure(&["emit", "x", "--name", "not a name"]).0, Some(2));
    let declaration = "SwiGlu(x, gate) = silu(gate) * x";
    let declared = actsmith(&["emit", declaration, "--standalone", "--rayon"]);
    let source = text(&declared.stdout);
    assert!(source.contains("pub struct SwiGlu;"), "{source}");
    assert!(source.contains("into_par_iter"), "{source}");
    let wrong = "SwiGlu(x, gate) = silo(gate) * x";
    for (arguments, fix) in [
        (&["emit", "x"][..], "--name MyActivation"),
        (&["emit", declaration, "--name", "A"], "leave out --name"),
        (&["emit", declaration, "--set", "gate=1"], "leave out"),
        (&["emit", wrong], "did you mean `silu`?"),
    ] {
        let (code, message) = failure(arguments);
        assert_eq!(code, Some(2), "{message}");
        assert!(message.contains(fix), "{message}");
    }
    let (code, message) = failure(&["emit", "x", "--name", "A", "--rayon"]);
    assert_eq!(code, Some(2));
    assert!(message.contains("--standalone"), "{message}");
    let nowhere = folder.path().join("missing/swish.rs");
    let (code, message) = failure(&[
        "emit",
        "x",
        "--name",
        "A",
        "-o",
        nowhere.to_str().expect("UTF-8"),
    ]);
    assert_eq!(code, Some(1));
    assert!(message.contains("no such folder"), "{message}");
}

/// The command with a text on its standard input.
fn actsmith_reading(arguments: &[&str], input: &[u8]) -> Output {
    use std::io::Write;
    let mut child = Command::new(env!("CARGO_BIN_EXE_actsmith"))
        .args(arguments)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("a program that starts");
    let mut stdin = child.stdin.take().expect("its input");
    stdin.write_all(input).expect("read");
    drop(stdin);
    child.wait_with_output().expect("an end")
}

#[test]
fn formulas_are_read_from_files_and_standard_input() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("formula.txt");
    std::fs::write(&file, "\u{feff}// A comment.\nx /\n(1 + exp(-x))\n").expect("a file");
    let at = format!("@{}", file.to_str().expect("UTF-8"));
    let of = |output: Output| -> Value {
        assert!(output.status.success(), "{}", text(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("one JSON object")
    };
    assert_eq!(json(&["simplify", &at, "--json"])["formula"], "silu(x)");
    let read = actsmith_reading(&["simplify", "-", "--json"], b"x / (1 + exp(-x))\n");
    assert_eq!(of(read)["formula"], "silu(x)");
    let genotype = b"genotype:identity-identity-left-silu-identity-left\n";
    let read = actsmith_reading(&["eval", "-", "--at=1", "--json"], genotype);
    assert_eq!(of(read)["formula"], "silu(x)");
    assert!(actsmith(&["equiv", &at, "silu(x)"]).status.success());
    assert!(
        actsmith_reading(&["equiv", "silu(x)", "-"], b"x * sigmoid(x)")
            .status
            .success()
    );
    let declared = actsmith_reading(&["emit", "-"], b"SwiGlu(x, gate) = silu(gate) * x");
    assert!(text(&declared.stdout).contains("pub struct SwiGlu;"));
    // The command in the source holds the formula itself, on one line.
    let source = actsmith(&["emit", &at, "--name", "A", "--standalone"]);
    let source = text(&source.stdout);
    assert!(
        source.contains("actsmith emit 'x / (1 + exp(-x))' --name A --standalone"),
        "{source}"
    );
    let bench = actsmith(&[
        "bench",
        "activations",
        &at,
        "--threads=1",
        "--sizes=2048",
        "--repetitions=1",
        "--json",
    ]);
    assert!(bench.status.success(), "{}", text(&bench.stderr));

    for (arguments, input, part) in [
        (
            &["simplify", "@no/such/file"][..],
            &b""[..],
            "`no/such/file`",
        ),
        (&["simplify", "@"], b"", "cannot read the file ``"),
        (&["equiv", "-", "-"], b"x", "only once"),
        (&["simplify", "-"], b"", "the formula is empty"),
        (&["simplify", "-"], b"x\xff", "standard input: "),
        (&["simplify", "-"], b"x\n* sigmod(x)", "2 | * sigmod(x)"),
    ] {
        let output = actsmith_reading(arguments, input);
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
        assert!(message.contains(part), "{arguments:?}: {message}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_dash_is_standard_output() {
    let folder = tempfile::tempdir().expect("a folder");
    let within = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_actsmith"))
            .args(arguments)
            .current_dir(folder.path())
            .output()
            .expect("a program that starts");
        assert!(output.status.success(), "{}", text(&output.stderr));
        output.stdout
    };
    let printed = within(&["emit", "x", "--name", "A"]);
    assert_eq!(within(&["emit", "x", "--name", "A", "-o", "-"]), printed);
    let object = within(&["emit", "x", "--name", "A", "-o", "-", "--json"]);
    let object: Value = serde_json::from_slice(&object).expect("one JSON object");
    assert_eq!(object["output"], Value::Null);
    assert_eq!(object["source"], text(&printed));
    let certificate = within(&["simplify", "x / (1 + exp(-x))", "--certificate", "-"]);
    let checked = actsmith_reading(&["check", "-"], &certificate);
    assert!(text(&checked.stdout).contains("conclusion  proved"));
    let left = std::fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(left, 0, "no file of that name");
    for extra in ["--json", "--explain"] {
        let output = actsmith(&["simplify", "x", "--certificate", "-", extra]);
        assert_eq!(output.status.code(), Some(2));
        let message = text(&output.stdout) + &text(&output.stderr);
        assert!(message.contains("name a file"), "{message}");
    }
}

#[test]
fn errors_are_json_where_results_are() {
    for (arguments, code, kind, part) in [
        (
            &["simplify", "x * sigmod(x)", "--json"][..],
            2,
            "usage",
            "did you mean `sigmoid`?",
        ),
        (&["simplify", "--json"], 2, "usage", "FORMULA"),
        (&["simplify", "x", "--jso", "--json"], 2, "usage", "--jso"),
        (
            &["search", "--epochs", "2", "--json"],
            2,
            "usage",
            "at least 3 epochs",
        ),
        (
            &["simplify", "ln(-1) * x", "--json"],
            1,
            "failure",
            "undefined everywhere",
        ),
        (
            &["check", "no/such/file", "--json"],
            2,
            "usage",
            "no/such/file",
        ),
        (
            &["bench", "activations", "silv", "--json"],
            2,
            "usage",
            "`silu`",
        ),
    ] {
        let output = actsmith(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        assert!(output.stderr.is_empty(), "{}", text(&output.stderr));
        let printed = text(&output.stdout);
        assert_eq!(printed.lines().count(), 1, "{printed}");
        let object: Value = serde_json::from_str(&printed).expect("one JSON object");
        assert_eq!(object["error"]["kind"], kind, "{printed}");
        let message = object["error"]["message"].as_str().expect("text");
        assert!(message.contains(part), "{message}");
        assert!(
            !message.starts_with("error") && !message.contains('\u{1b}'),
            "{message}"
        );
    }
    // What stands after `--` is a formula, and help is no error.
    let minus = actsmith(&["simplify", "--", "--json"]);
    assert!(text(&minus.stdout).contains("simplified  json"));
    let help = actsmith(&["simplify", "--json", "--help"]);
    assert!(help.status.success() && text(&help.stdout).contains("Usage"));
}

/// What does not apply is null, and not missing.
#[test]
fn json_objects_have_the_same_keys_whatever_the_answer() {
    let keys = |arguments: &[&str]| -> Vec<String> {
        let output = actsmith(arguments);
        let object: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
        let object = object.as_object().expect("an object");
        object.keys().cloned().collect()
    };
    let plain = keys(&["simplify", "x * sigmoid(x)", "--json"]);
    assert_eq!(keys(&["simplify", "ln(x)", "--explain", "--json"]), plain);
    let proved = keys(&["equiv", "x * sigmoid(x)", "silu(x)", "--json"]);
    assert_eq!(
        keys(&["equiv", "gelu(x)", "gelu_tanh(x)", "--json"]),
        proved
    );
    let hard = [
        "equiv",
        "sin(3 * x)",
        "3 * sin(x) - 4 * cube(sin(x))",
        "--json",
    ];
    assert_eq!(keys(&hard), proved);

    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("proof.json");
    let file = path.to_str().expect("UTF-8");
    json(&[
        "simplify",
        "x / (1 + exp(-x))",
        "--certificate",
        file,
        "--json",
    ]);
    let accepted = keys(&["check", file, "--json"]);
    let good = std::fs::read_to_string(&path).expect("the certificate");
    std::fs::write(
        &path,
        good.replace("\"silu x", "\"tanh x")
            .replace("silu(x)", "tanh(x)"),
    )
    .expect("a file");
    assert_eq!(actsmith(&["check", file]).status.code(), Some(1));
    assert_eq!(keys(&["check", file, "--json"]), accepted);
}

/// The reference of the output names every key.
#[test]
fn the_documentation_names_every_key() {
    let page = include_str!("../../docs/json.md");
    let section = |name: &str| {
        let start = page.find(&format!("\n## {name}\n")).expect("a section");
        let rest = &page[start + 4..];
        &rest[..rest.find("\n## ").unwrap_or(rest.len())]
    };
    for arguments in [
        &["simplify", "ln(x)", "--explain", "--json"][..],
        &["equiv", "gelu(x)", "gelu_tanh(x)", "--json"],
        &["eval", "x", "--at=1", "--json"],
        &["emit", "x", "--name", "A", "--json"],
        &["verify", "x", "--dtype", "f16", "--json"],
        &["space", "--sample", "2", "--proofs", "--json"],
    ] {
        let output = actsmith(arguments);
        let object: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
        let text = section(arguments[0]);
        let mut pending = vec![&object];
        while let Some(value) = pending.pop() {
            match value {
                Value::Object(fields) => {
                    for (key, value) in fields {
                        let variable = key == "x" || key.parse::<u32>().is_ok();
                        assert!(
                            variable || text.contains(&format!("`{key}`")),
                            "{arguments:?}: {key}"
                        );
                        pending.push(value);
                    }
                }
                Value::Array(values) => pending.extend(values),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
            }
        }
    }
}

/// The colours of a mistake in a formula are those of a mistake in the arguments, and are there only where they are wanted.
#[test]
fn mistakes_have_colours_only_where_they_are_wanted() {
    let output = |variables: &[(&str, &str)], arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_actsmith"));
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
            command.env_remove(name);
        }
        let output = command
            .args(arguments)
            .envs(variables.iter().copied())
            .output();
        text(&output.expect("a program that starts").stderr)
    };
    let formula = &["simplify", "x * sigmod(x)"][..];
    let force = &[("CLICOLOR_FORCE", "1")][..];
    let painted = output(force, formula);
    let label = painted.split("error:").next().expect("a label");
    assert!(label.starts_with('\u{1b}'), "{painted}");
    assert!(output(force, &["simplify"]).starts_with(label), "as clap's");
    assert!(painted.contains("\u{1b}[32mhelp:"), "{painted}");
    let marks = painted.split("^^^^^^").next().expect("marks");
    assert!(marks.ends_with(label), "{painted:?}");
    for plain in [&[][..], &[("NO_COLOR", "1")]] {
        assert!(!output(plain, formula).contains('\u{1b}'));
    }
}

#[test]
fn help_breaks_no_word_at_the_width_of_a_terminal() {
    for arguments in [
        &["--help"][..],
        &["search", "--help"],
        &["simplify", "--help"],
        &["emit", "--help"],
        &["space", "--help"],
        &["bench", "activations", "--help"],
        &["bench", "allocator", "--help"],
        &["bench", "cell", "--help"],
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_actsmith"))
            .args(arguments)
            .env("COLUMNS", "80")
            .output()
            .expect("a program that starts");
        let help = text(&output.stdout);
        let longest = help.lines().max_by_key(|line| line.chars().count());
        let longest = longest.expect("help");
        assert!(longest.chars().count() <= 80, "{arguments:?}: {longest}");
    }
    let help = text(&actsmith(&["--help"]).stdout);
    assert!(help.contains("\n  costs "), "{help}");
    let help = text(&actsmith(&["search", "--help"]).stdout);
    assert!(help.contains("at least 3"), "{help}");
}

#[test]
fn wrong_input_names_the_fix_and_exits_with_2() {
    for (arguments, fix) in [
        (&["simplify", "x ^ 2"][..], "powi(x, 2)"),
        (&["simplify", "sigmoyd(x)"], "did you mean `sigmoid`?"),
        (&["eval", "x * alpha", "--at=1"], "--set alpha="),
        (
            &["eval", "x * alpha", "--at=1", "--set", "alpa=1"],
            "did you mean `alpha`?",
        ),
        (&["eval", "x", "--at=1", "--set", "alpha"], "beta=1.5"),
        (
            &[
                "eval", "x * beta", "--at=1", "--set", "beta=1", "--set", "beta=2",
            ],
            "`beta` is given twice",
        ),
        (&["simplify", "x ** 2"], "powi(x, 2)"),
        (&["simplify", "x^2 * sigmod(x)"], "did you mean `sigmoid`?"),
        (&["simplify", "mul"], "mul(x, y)"),
        (
            &["simplify", "x", "--domain", "x=1..0"],
            "smaller bound first",
        ),
        (&["simplify"], "FORMULA"),
    ] {
        let (code, message) = failure(arguments);
        assert_eq!(code, Some(2), "{arguments:?}");
        assert!(message.contains(fix), "{arguments:?}: {message}");
    }
}

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
fn the_language_is_surveyed_the_same_on_any_number_of_threads() {
    let survey = |threads: &str| {
        let arguments = [
            "space",
            "--language",
            "--sample",
            "24",
            "--threads",
            threads,
            "--json",
        ];
        let output = actsmith(&arguments);
        let mut found: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
        for time in ["median_ms", "p99_ms", "longest_ms", "longest", "over_1_s"] {
            found.as_object_mut().expect("an object").remove(time);
        }
        found
    };
    let found = survey("1");
    assert_eq!(found, survey("2"));
    assert_eq!(
        (&found["sample"], &found["conditions"]),
        (&24.into(), &6.into())
    );
    assert!(found["compared"]["equal"].as_u64() > Some(300), "{found}");
    assert_eq!(found["faults"]["panics"], 0);
}

#[test]
fn verify_refuses_what_it_cannot_do() {
    for (arguments, words) in [
        (&["verify", "beta * x"][..], "--set beta=…"),
        (
            &["verify", "x", "--dtype", "f64", "--exhaustive"],
            "leave it out for a sample",
        ),
        (&["verify", "x", "--max-ulp=-1"], "`-1` is no limit"),
        (&["verify", "x * sigmod(x)"], "did you mean `sigmoid`?"),
        (&["verify"], "FORMULA"),
        (&["verify", "x", "--dtype", "f8"], "f32"),
    ] {
        let (code, message) = failure(arguments);
        assert_eq!(code, Some(2), "{message}");
        assert!(message.contains(words), "{arguments:?}: {message}");
    }
}
