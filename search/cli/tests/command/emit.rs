//! `actsmith emit`.

use crate::support::{actsmith, failure, text};

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
    assert!(message.contains("--target standalone"), "{message}");
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

#[test]
fn every_target_is_written_by_its_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("swish.h");
    let path = file.to_str().expect("UTF-8");
    let written = actsmith(&[
        "emit",
        "x * sigmoid(beta * x)",
        "--name=Swish",
        "--target=c",
        "-o",
        path,
    ]);
    assert!(written.status.success() && written.stdout.is_empty());
    let header = std::fs::read_to_string(&file).expect("the file");
    assert!(header.contains("static inline double swish(double x, double beta)"));
    assert!(header.contains("actsmith emit 'x * sigmoid(beta * x)' --name Swish --target c"));
    let standalone = actsmith(&["emit", "x", "--name", "A", "--target", "standalone"]);
    let flag = actsmith(&["emit", "x", "--name", "A", "--standalone"]);
    let plain = |output: &[u8]| text(output).replace("--target standalone", "--standalone");
    assert_eq!(plain(&standalone.stdout), plain(&flag.stdout));
    for (arguments, fix) in [
        (
            &["emit", "x", "--name=A", "--target=julia"][..],
            "possible values",
        ),
        (
            &["emit", "x", "--name=Tanh", "--target=c"],
            "`tanh` cannot name an activation for c",
        ),
        (
            &["emit", "x", "--name=lambda", "--target=jax"],
            "`lambda` cannot name",
        ),
        (
            &["emit", "x", "--name=A", "--target=c", "--standalone"],
            "cannot be used with",
        ),
        (
            &["emit", "x", "--name=A", "--target=c", "--rayon"],
            "--target standalone",
        ),
    ] {
        let (code, message) = failure(arguments);
        assert_eq!(code, Some(2), "{message}");
        assert!(message.contains(fix), "{message}");
    }
}
