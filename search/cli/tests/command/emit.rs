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

/// A file is what runtimes load, and standard output has the text of the same model.
#[test]
fn onnx_models_are_files_and_text() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("gelu.onnx");
    let path = file.to_str().expect("text");
    let model = |more: &[&str]| {
        let mut arguments = vec!["emit", "gelu(x) * beta", "--name=Scaled", "--target=onnx"];
        arguments.extend(more);
        actsmith(&arguments)
    };
    let written = model(&["-o", path]);
    assert!(written.status.success() && written.stdout.is_empty());
    let bytes = std::fs::read(&file).expect("the file");
    // Field 1, the version of the format.
    assert!(bytes.starts_with(&[0x08, 9]), "{bytes:?}");
    let printed = text(&model(&["--dtype=f16", "--rank=4"]).stdout);
    for line in [
        "Scaled (float16[d0, d1, d2, d3] x) => (float16[d0, d1, d2, d3] y)",
        "<float beta = {1.0}>",
        "  x_wide = Cast <to = 1> (x)",
        "  t0 = Gelu (x)",
        "actsmith emit 'gelu(x) * beta' --name Scaled --target onnx --dtype f16 --rank 4\"",
    ] {
        assert!(
            printed.lines().any(|printed| printed == line),
            "{line}: {printed}"
        );
    }
    let double = model(&["--dtype=f64"]);
    assert!(double.status.success());
    let warning = text(&double.stderr);
    assert!(warning.contains("no kernel for Erf in f64"), "{warning}");
    for option in ["--dtype=f64", "--rank=3"] {
        let (code, message) = failure(&["emit", "x", "--name=A", option]);
        assert_eq!(code, Some(2), "{message}");
        assert!(message.contains("add --target onnx"), "{message}");
    }
}

/// Constants that f32 does not hold are told, and compiled without a warning.
#[test]
fn constants_beyond_f32_are_told() {
    let emitted = |formula: &str, target: &str| {
        let output = actsmith(&["emit", formula, "--name=Activation", "--target", target]);
        assert!(
            output.status.success(),
            "{formula}: {}",
            text(&output.stderr)
        );
        (text(&output.stdout), text(&output.stderr))
    };
    let infinite = "warning: the constant 1e300 is infinite in f32, whose largest number is 3.4e38";
    let zero = "warning: the constant -1e-60 is 0 in f32, whose smallest number is 1.4e-45";
    for target in ["rust", "standalone", "torch", "jax", "c"] {
        assert!(
            emitted("1e300 * x", target).1.contains(infinite),
            "{target}"
        );
        assert!(
            emitted("x - 1e-60 * relu(x)", target).1.contains("in f32"),
            "{target}"
        );
    }
    assert!(emitted("x * -1e-60", "c").1.contains(zero));
    for target in ["python", "latex", "sympy", "fpcore"] {
        assert_eq!(emitted("1e300 * x", target).1, "", "{target}");
    }
    assert_eq!(emitted("1e38 * x + 1e-40", "c").1, "");
    let (header, _) = emitted("min(1e300 * x, -1e300) + 1e-60", "c");
    assert!(
        header.contains("1e300") && header.contains("INFINITY"),
        "{header}"
    );
    for wrong in ["1e300f", "1e-60f"] {
        assert!(!header.contains(wrong), "{header}");
    }
    // PyTorch refuses such a number in these.
    let (module, _) = emitted("min(x, 1e300)", "torch");
    let written = "torch.minimum(x, torch.full((), 1e300, dtype=torch.float64))";
    assert!(module.contains(written), "{module}");
    let (module, _) = emitted("1e300 * x", "torch");
    let written = "torch.zeros_like(x) + torch.full((), 1e300, dtype=torch.float64)";
    assert!(module.contains(written), "{module}");
    let (code, message) = failure(&["emit", "x / 1e-320", "--name=A"]);
    assert_eq!(code, Some(2));
    let part = "`1 / 1e-320` in the derivative of `x / 1e-320` is infinite, or too large for f64";
    assert!(message.contains(part), "{message}");
}
