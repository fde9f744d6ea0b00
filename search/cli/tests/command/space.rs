//! `actsmith space`.

use serde_json::Value;

use crate::support::actsmith;

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
fn the_formulas_of_a_survey_can_be_listed() {
    let list = |sample: &str| {
        let output = actsmith(&["space", "--language", "--list", "--sample", sample]);
        String::from_utf8(output.stdout).expect("text")
    };
    let formulas = list("8");
    assert_eq!(formulas.lines().count(), 8);
    assert!(formulas.starts_with(&list("3")));
    for formula in formulas.lines() {
        let read = actsmith_codegen::Formula::parse(formula);
        assert!(read.is_ok(), "{formula}: {read:?}");
    }
}
