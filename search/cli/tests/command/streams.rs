//! What all commands have in common: files, standard streams, JSON and colours.

use std::process::{Command, Output};

use serde_json::Value;

use crate::support::{actsmith, actsmith_reading, json, text};

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

/// Activations that are trained are read from the same places; those here are misspelt, so that nothing is trained.
#[test]
fn activations_are_read_from_files_and_standard_input() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("formula.txt");
    std::fs::write(&file, "// A comment.\nx *\n  sigmod(x)\n").expect("a file");
    let at = format!("@{}", file.to_str().expect("UTF-8"));
    let part = |from: &str| format!("stem={from}");
    let list = |from: &str| format!("relu,{from}");
    for from in ["-", &at] {
        for arguments in [
            &["train", "--activation", from][..],
            &["train", "--activation", &part(from)],
            &["evaluate", from],
            &["evaluate", "tanh", "--baselines", &list(from)],
            &["select", "tanh", from],
            &["transfer", from, "--to", "digits-vit", "digits-resnet8"],
        ] {
            let input = b"// A comment.\nx *\n  sigmod(x)\n";
            let output = actsmith_reading(arguments, input);
            let message = text(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
            for part in ["| x * sigmod(x)", "did you mean `sigmoid`?"] {
                assert!(message.contains(part), "{arguments:?}: {message}");
            }
        }
    }
    // Read once, for all tasks; and of another language.
    for (arguments, input, part) in [
        (
            &["transfer", "-", "--to", "digits-vit", "digits-vitt"][..],
            "relu2",
            "did you mean `digits-vit`?",
        ),
        (&["evaluate", "-", "-"], "relu2", "only once"),
        (
            &["train", "--activation", "-"],
            "torch:x * F.sigmod(x)",
            "did you mean `sigmoid`?",
        ),
        (
            &["evaluate", "relu(x)", "torch:F.relu(x)"],
            "",
            "`candidate1` and `candidate2` are the same formula",
        ),
    ] {
        let output = actsmith_reading(arguments, input.as_bytes());
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
        assert!(message.contains(part), "{arguments:?}: {message}");
    }
}

/// Several formulas give an answer each; a mistake in one is told in its place.
#[test]
fn several_formulas_are_answered_line_by_line() {
    let lines = |arguments: &[&str], code: i32| -> Vec<Value> {
        let output = actsmith(arguments);
        assert_eq!(
            output.status.code(),
            Some(code),
            "{arguments:?}: {}",
            text(&output.stderr)
        );
        text(&output.stdout)
            .lines()
            .map(|line| serde_json::from_str(line).expect("an object"))
            .collect()
    };
    for (arguments, key, expected) in [
        (
            &["simplify", "x / (1 + exp(-x))", "tanh(x)", "--json"][..],
            "formula",
            ["silu(x)", "tanh(x)"],
        ),
        (
            &["simplify", "x + 0", "tanh(x)", "--tolerance", "0", "--json"],
            "formula",
            ["x", "tanh(x)"],
        ),
        (
            &["passport", "relu(x)", "x * 1", "--json"],
            "input",
            ["relu(x)", "x * 1"],
        ),
        (
            &["emit", "A(x) = relu(x)", "B(x) = x", "--target=c", "--json"],
            "name",
            ["A", "B"],
        ),
    ] {
        let objects = lines(arguments, 0);
        let found: Vec<&str> = objects
            .iter()
            .map(|of| of[key].as_str().expect(key))
            .collect();
        assert_eq!(found, expected, "{arguments:?}");
    }
    let mixed = lines(&["simplify", "x + 0", "sigmod(x)", "(-x)", "--json"], 2);
    assert_eq!(mixed[0]["formula"], "x");
    assert_eq!(mixed[1]["error"]["kind"], "usage");
    assert_eq!(mixed[2]["formula"], "-x");
    let shown = actsmith(&["simplify", "x + 0", "tanh(x)"]);
    let shown = text(&shown.stdout);
    assert_eq!(shown.matches("simplified").count(), 2, "{shown}");
    assert!(shown.contains("\n\ninput       tanh(x)\n"), "{shown}");
    for (arguments, part) in [
        (
            &["simplify", "x", "x", "--certificate", "-"][..],
            "--certificate is for one formula, and 2 are given",
        ),
        (
            &["emit", "x", "x", "--name", "A"],
            "--name is for one formula",
        ),
        (
            &["emit", "A(x) = x", "B(x) = x", "-o", "a.rs"],
            "--output is for one formula",
        ),
    ] {
        let output = actsmith(arguments);
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains(part), "{message}");
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
            2,
            "usage",
            "undefined everywhere",
        ),
        (
            &["emit", "x", "--name", "A", "-o", "no/such/a.rs", "--json"],
            1,
            "failure",
            "no such folder",
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
    let page = include_str!("../../../../docs/json.md");
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
