//! `actsmith check`.

use serde_json::Value;

use crate::support::{actsmith, failure, json, text};

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
    let (at, reason) = (rejected["at"].as_str(), rejected["reason"].as_str());
    assert!(at.expect("a step").contains("step"), "{at:?}");
    assert!(reason.expect("a reason").contains("guard"), "{reason:?}");

    let older = replay(&good.replace("\"version\":4", "\"version\":3"));
    assert_eq!(older.status.code(), Some(1));
    let older: Value = serde_json::from_slice(&older.stdout).expect("one JSON object");
    let reason = older["reason"].as_str().expect("a reason");
    assert!(
        reason.contains("version 3") && reason.contains("make it again"),
        "{reason}"
    );

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
fn rounded_constants_are_computed_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("proof.json");
    let file = path.to_str().expect("UTF-8");
    let written = json(&[
        "simplify",
        "sigmoid(0.3) * silu(x)",
        "--certificate",
        file,
        "--json",
    ]);
    let checked = json(&["check", file, "--json"]);
    assert_eq!(
        (&checked["status"], &checked["steps"]),
        (&"proved".into(), &written["steps"])
    );
    assert_eq!(checked["rounded"]["outputs"][0]["form"], written["formula"]);
    assert_eq!(
        checked["rounded"]["value_at_most"],
        written["rounded"]["value_at_most"]
    );
    let good = std::fs::read_to_string(&path).expect("the certificate");
    std::fs::write(&path, good.replace("0.574442517", "0.574442527")).expect("a file");
    let refused = actsmith(&["check", file]);
    assert_eq!(refused.status.code(), Some(1));
    let refused = text(&refused.stdout);
    assert!(
        refused.contains("0.574442527 is not `sigmoid(0.3)`"),
        "{refused}"
    );
}
