//! The conformance set of `actsmith emit`: every function of the zoo and fifty found ones, in every target, by the tools that are
//! installed. `truth.json` has the true values, which the ignored test writes.
//!
//! `ACTSMITH_PYTHON` names a Python that has the libraries; `.ci/exports` makes one. Without it, `python3` is tried.

mod plan;
mod tolerance;
mod tools;
mod truth;

use std::collections::BTreeMap;

use actsmith_codegen::Export;
use plan::Plan;
use truth::Truths;

/// A target with the tool that runs it.
struct Run {
    name: &'static str,
    /// The file of an emitted function, by the target.
    export: Export,
    /// Where its results come from.
    by: fn(&Plan, &'static str) -> Option<tools::Results>,
    /// Whether derivatives are those of the library's own differentiation, with its numbers at kinks.
    own_derivatives: bool,
}

const RUNS: &[Run] = &[
    Run {
        name: "python",
        export: Export::Python,
        by: tools::python,
        own_derivatives: false,
    },
    Run {
        name: "torch",
        export: Export::Torch,
        by: tools::python,
        own_derivatives: false,
    },
    Run {
        name: "torch-compiled",
        export: Export::Torch,
        by: tools::python,
        own_derivatives: true,
    },
    Run {
        name: "jax",
        export: Export::Jax,
        by: tools::python,
        own_derivatives: false,
    },
    #[cfg(feature = "onnx")]
    Run {
        name: "onnxruntime",
        export: Export::Onnx,
        by: tools::python,
        own_derivatives: false,
    },
    Run {
        name: "sympy",
        export: Export::Sympy,
        by: tools::python,
        own_derivatives: false,
    },
    Run {
        name: "gcc",
        export: Export::C,
        by: tools::compiler,
        own_derivatives: false,
    },
    Run {
        name: "g++",
        export: Export::C,
        by: tools::compiler,
        own_derivatives: false,
    },
    Run {
        name: "clang",
        export: Export::C,
        by: tools::compiler,
        own_derivatives: false,
    },
];

/// The largest error of a target, in units of the tolerance, and what is beyond it.
#[derive(Default)]
struct Report {
    compared: usize,
    beyond: Vec<String>,
    /// The largest error in ULP among results whose tolerance is that of the last bits alone.
    largest: f64,
}

#[test]
fn every_target_has_the_true_values() {
    let plan = Plan::new("values");
    let truths = Truths::read(&plan);
    let mut failures = Vec::new();
    let mut ran = 0;
    let only = std::env::var("ACTSMITH_EXPORTS").ok();
    for run in RUNS {
        if only
            .as_ref()
            .is_some_and(|only| only.split(',').all(|name| name != run.name))
        {
            continue;
        }
        plan.write(run.export);
        let Some(results) = (run.by)(&plan, run.name) else {
            println!("{}: skipped, its tool is not installed", run.name);
            continue;
        };
        ran += 1;
        if let Ok(path) = std::env::var("ACTSMITH_EXPORTS_LOG") {
            std::fs::write(path, failures.join("\n")).expect("a log");
        }
        for (dtype, results) in &results {
            let report = compare(&plan, &truths, run, dtype, results);
            println!(
                "{} {dtype}: {} results, {} beyond their tolerance, the largest error {:.2} ULP",
                run.name,
                report.compared,
                report.beyond.len(),
                report.largest,
            );
            failures.extend(
                report
                    .beyond
                    .into_iter()
                    .map(|what| format!("{} {dtype} {what}", run.name)),
            );
        }
    }
    if let Ok(path) = std::env::var("ACTSMITH_EXPORTS_LOG") {
        std::fs::write(path, failures.join("\n")).expect("a log");
    }
    println!("{ran} of {} tools ran", RUNS.len());
    assert!(
        failures.is_empty(),
        "{} results, such as\n{}",
        failures.len(),
        failures[..failures.len().min(40)].join("\n")
    );
}

/// Modules train, graphs are captured, files have the layout of the formatters, LaTeX compiles.
#[test]
fn emitted_files_are_what_their_users_rely_on() {
    let plan = Plan::new("checks");
    Export::all().for_each(|export| plan.write(export));
    for (what, imports) in [
        ("torch", "torch"),
        ("jax", "jax"),
        #[cfg(feature = "onnx")]
        ("onnx", "onnx, onnxruntime"),
        ("formats", "black, clang_format, ruff"),
        ("latex", "shutil; assert shutil.which('pdflatex')"),
    ] {
        match tools::check(&plan, what, imports) {
            true => println!("{what}: checked"),
            false => println!("{what}: skipped, its tool is not installed"),
        }
    }
}

fn compare(
    plan: &Plan,
    truths: &Truths,
    run: &Run,
    dtype: &str,
    results: &BTreeMap<String, [Vec<String>; 2]>,
) -> Report {
    let mut report = Report::default();
    for function in &plan.functions {
        let name = &function.declaration.activation.name;
        // Not every tool runs every function.
        let Some(columns) = results.get(name) else {
            continue;
        };
        for (index, column) in columns.iter().enumerate() {
            let derivative = index == 1;
            for (at, text) in column.iter().enumerate() {
                let x = plan.points[at];
                if text == "skip"
                    || derivative
                        && run.own_derivatives
                        && (function.joint(x) != plan::Joint::Nowhere || !x.is_finite())
                {
                    continue;
                }
                let got: f64 = text.parse().expect("a number");
                let Some(expected) = truths.at(function, at, x, derivative) else {
                    continue;
                };
                if tolerance::excused(run.name, function, x, derivative, dtype) {
                    continue;
                }
                report.compared += 1;
                let mark = if derivative { "'" } else { "" };
                let what = format!("{name}{mark}({x:e}) = {got:e}, and not {expected:e}");
                if !x.is_finite() || !expected.is_finite() {
                    // The table's values are NaN where the runtime, and some targets, know a limit; and a mask passes over the NaN
                    // of a slope, and need not.
                    let open = expected.is_nan() && x.is_infinite() || derivative && x.is_nan();
                    let close = tolerance::error(got, expected, dtype) <= 10.0;
                    let same = expected.is_nan() && got.is_nan() || expected == got || close;
                    if !same && !open {
                        report.beyond.push(what);
                    }
                    continue;
                }
                let bound = tolerance::bound(run.name, function, x, derivative, expected, dtype);
                // The formula itself overflows on the way.
                let Some(bound) = bound else { continue };
                let error = tolerance::error(got, expected, dtype);
                if error.is_nan() || error > bound.ulps {
                    let allowed = bound.ulps;
                    report.beyond.push(format!(
                        "{what}: {error:.1} ULP, where {allowed:.1} are allowed"
                    ));
                } else if bound.is_tight {
                    report.largest = report.largest.max(error);
                }
            }
        }
    }
    report
}
