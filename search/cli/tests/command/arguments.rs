//! What all commands have in common: how arguments are read, and what wrong ones bring.

use std::process::Command;

use crate::support::{actsmith, failure, text};

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
        &["bench", "step", "--help"],
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
