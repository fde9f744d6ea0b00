//! `actsmith passport`.

use crate::support::{actsmith, failure, json, text};

#[test]
fn a_passport_says_what_is_known_and_how() {
    let printed = actsmith(&["passport", "x * sigmoid(beta * x)", "--set=beta=1"]);
    assert!(printed.status.success(), "{}", text(&printed.stderr));
    let printed = text(&printed.stdout);
    for (label, value) in [
        ("simplified", "silu(x)"),
        ("range", "proved      from -0.27846"),
        ("zeros", "proved      x = 0"),
        ("minima", "at x = -1.2784645"),
        ("kinks", "none"),
        ("x → ∞", "sampled     approaches the line x"),
        ("init gain", "proved      1.67653"),
        ("f16", "all inputs  value within 0.5"),
    ] {
        let line = printed.lines().find(|line| line.starts_with(label));
        let line = line.unwrap_or_else(|| panic!("no line {label} in {printed}"));
        assert!(line.contains(value), "{line}");
    }
    let found = json(&["passport", "hardswish(x)", "--json"]);
    assert_eq!(found["joints"][0]["place"]["low"], -3.0);
    assert_eq!(found["range"]["high"]["low"], "inf");
    assert_eq!(found["minima"][0]["value"]["basis"], "proved");
    assert_eq!(found["formats"]["bf16"]["all"], true);
    // The value overflows where the square of an input does.
    let square = json(&["passport", "square(x)", "--json"]);
    assert_eq!(square["formats"]["f16"]["overflow_above"], 256.0);
    let half = json(&["passport", "relu(x)", "--domain=x=1..", "--json"]);
    assert_eq!(half["range"]["low"]["value"], 1.0);
    assert!(half["normal"].is_null() && half["at_zero"].is_null());
}

/// The value goes from 0 to ∞ at 0: where that is not told, nothing is said to be proved.
#[test]
fn what_is_unclear_is_not_proved() {
    let printed = actsmith(&["passport", "if x > 0 { 1 / x } else { 0 }"]);
    assert!(printed.status.success(), "{}", text(&printed.stderr));
    let printed = text(&printed.stdout);
    for label in ["jumps", "kinks"] {
        let line = printed.lines().find(|line| line.starts_with(label));
        let line = line.unwrap_or_else(|| panic!("no line {label} in {printed}"));
        let unclear = "sampled     none; undecided at the unclear joints below";
        assert!(line.contains(unclear), "{line}");
    }
}

#[test]
fn what_has_no_passport_says_why() {
    for (arguments, message) in [
        (&["passport", "x * sigmoid(beta * x)"][..], "--set beta=1"),
        (&["passport", "ln(-1 - square(x))"], "no value anywhere"),
        (&["passport", "x", "--domain=x=2..2"], "single value"),
        (&["passport", "x", "--domain=x=2..1"], "smaller bound first"),
        (&["passport", "x", "--domain=y=2..1"], "no variable `y`"),
        (&["passport", "sigmod(x)"], "did you mean `sigmoid`?"),
        (&["passport", "x", "--set=gamma=1"], "no constant `gamma`"),
    ] {
        let (code, found) = failure(arguments);
        assert!(
            code == Some(2) && found.contains(message),
            "{arguments:?}: {found}"
        );
    }
}

/// Where a format overflows is told of the numbers that were asked about.
#[test]
fn overflows_lie_in_the_domain() {
    for (domain, place) in [("x=0..", "88.7228"), ("x=100..200", "100")] {
        let printed = actsmith(&["passport", "exp(x)", "--domain", domain]);
        let text = text(&printed.stdout);
        let row = text.lines().find(|line| line.starts_with("f32 "));
        let row = row.expect("a row");
        assert!(
            row.ends_with(&format!("overflows from x = {place}")),
            "{row}"
        );
    }
}
