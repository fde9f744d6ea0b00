//! What pages show is what commands print, and every key of every JSON object stands in `docs/json.md`, in the section of its command.

use std::collections::BTreeSet;

use serde_json::{Deserializer, Value};

use crate::support::{actsmith, text};

const PAGE: &str = include_str!("../../../../docs/json.md");

/// Objects whose keys are the names of variables, functions, activations, sites, groups or formats.
const BY_NAME: [&str; 7] = [
    "derivatives",
    "domain",
    "point",
    "max_ulp_at",
    "constants",
    "sites",
    "formats",
];

/// The text below a heading of the page.
fn section(name: &str) -> &'static str {
    let start = PAGE.find(&format!("\n## {name}\n"));
    let rest = &PAGE[start.unwrap_or_else(|| panic!("no section {name}")) + 4..];
    rest.find("\n## ").map_or(rest, |end| &rest[..end])
}

fn keys(value: &Value, by_name: bool, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                if !by_name {
                    found.insert(key.clone());
                }
                keys(value, !by_name && BY_NAME.contains(&key.as_str()), found);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| keys(value, by_name, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Which keys an output has that its section does not name.
pub(crate) fn undocumented(command: &str, output: &[u8]) -> Vec<String> {
    let mut found = BTreeSet::new();
    let objects = Deserializer::from_slice(output).into_iter::<Value>();
    for object in objects {
        keys(&object.expect("JSON"), false, &mut found);
    }
    assert!(!found.is_empty(), "{command} prints an object");
    let section = section(command);
    found.retain(|key| !section.contains(&format!("`{key}`")));
    found.into_iter().collect()
}

#[test]
fn pages_show_what_is_printed() {
    for (page, command, least) in [
        (include_str!("../../../../docs/exports.md"), "emit", 8),
        (include_str!("../../../../docs/passport.md"), "passport", 2),
    ] {
        let start = format!("```console\n$ actsmith {command} ");
        let mut shown = 0;
        for block in page.split(&start).skip(1) {
            let line = block.lines().next().expect("a command");
            let arguments = shlex::split(line).expect("words");
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let printed = actsmith(&[&[command], &arguments[..]].concat());
            let text = text(&printed.stdout);
            assert!(page.contains(text.trim_end()), "{line}:\n{text}");
            shown += 1;
        }
        assert!(shown >= least, "{command}: {shown}");
    }
}

#[test]
fn every_key_that_is_printed_is_documented() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    let proof = file("proof.json");
    let broken = file("broken.json");
    let written = actsmith(&[
        "simplify",
        "ln(x) + abs(x)",
        "--domain",
        "x=0..4",
        "--certificate",
        &proof,
    ]);
    assert!(written.status.success(), "{}", text(&written.stderr));
    let certificate = std::fs::read_to_string(&proof).expect("a certificate");
    std::fs::write(&broken, certificate.replace("\"0\"", "\"-1\"")).expect("a file");
    const STEP: [&str; 3] = ["--network=resnet8-8x8", "--rounds=1", "--steps=1"];
    let bench = ["--threads=1", "--sizes=2048", "--repetitions=1"];
    for (command, arguments) in [
        ("simplify", &["simplify", "ln(beta * x)", "--explain"][..]),
        ("simplify", &["simplify", "gelu(x)", "--tolerance=0.1"]),
        ("front", &["front", "gelu(x)", "--normal=1"]),
        ("passport", &["passport", "max(gelu(x), sin(x))"]),
        ("passport", &["passport", "square(x) + sign(x)"]),
        ("passport", &["passport", "ln(x)", "--domain=x=1.."]),
        ("check", &["check", &proof]),
        ("check", &["check", &broken]),
        ("equiv", &["equiv", "x", "x + 0"]),
        ("equiv", &["equiv", "x", "beta * x"]),
        ("equiv", &["equiv", "sin(x)", "sin(x) + 1e-30 * sin(7 * x)"]),
        ("eval", &["eval", "beta * x", "--set=beta=2", "--at=1,nan"]),
        ("emit", &["emit", "x", "--name", "A"]),
        (
            "verify",
            &["verify", "silu(x)", "--dtype=f16", "--max-ulp=0.5"],
        ),
        (
            "verify",
            &["verify", "square(x) / (1 + square(x))", "--dtype=bf16"],
        ),
        ("space", &["space", "--sample=2", "--proofs"]),
        ("space", &["space", "--language", "--sample=8", "--proofs"]),
        (
            "bench",
            &["bench", "activations", "silu", bench[0], bench[1], bench[2]],
        ),
        (
            "bench",
            &["bench", "step", bench[0], STEP[0], STEP[1], STEP[2]],
        ),
    ] {
        let output = actsmith(&[arguments, &["--json"]].concat());
        assert_ne!(output.status.code(), Some(2), "{}", text(&output.stdout));
        let missing = undocumented(command, &output.stdout);
        assert!(missing.is_empty(), "{arguments:?}: {missing:?}");
    }
}
