//! The tools that run what was emitted.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::plan::{GATE, Plan};
use actsmith_codegen::Export;

/// Values and derivatives by the type and the name of the function.
pub(crate) type Results = BTreeMap<String, BTreeMap<String, [Vec<String>; 2]>>;

/// What a library of Python computes; none if it is not there.
pub(crate) fn python(plan: &Plan, target: &'static str) -> Option<Results> {
    let imports = match target {
        "python" => "numpy, scipy",
        "torch" | "torch-compiled" => "torch",
        "onnxruntime" => "onnx, onnxruntime",
        other => other,
    };
    let text = script(plan, "run.py", target, imports)?;
    let results = serde_json::from_str(text.trim());
    Some(results.unwrap_or_else(|error| panic!("{target}: {error}: {text}")))
}

/// Whether what users of a target rely on could be checked; it is so then.
pub(crate) fn check(plan: &Plan, what: &str, imports: &str) -> bool {
    script(plan, "check.py", what, imports).is_some()
}

/// What a script prints; none if Python cannot import what it needs.
fn script(plan: &Plan, name: &str, argument: &str, imports: &str) -> Option<String> {
    let python = std::env::var("ACTSMITH_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let there = Command::new(&python)
        .args(["-c", &format!("import {imports}")])
        .output();
    if !there.is_ok_and(|output| output.status.success()) {
        return None;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/exports")
        .join(name);
    let output = Command::new(&python)
        .arg("-B")
        .arg(script)
        .arg(&plan.folder)
        .arg(argument)
        .output()
        .expect("python");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{argument}: {errors}");
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// What a program of a compiler of C or C++ prints; none if it is not there.
pub(crate) fn compiler(plan: &Plan, target: &'static str) -> Option<Results> {
    if Command::new(target).arg("--version").output().is_err() {
        return None;
    }
    let mut program = String::from("#include <stdio.h>\n#include <stddef.h>\n");
    for function in &plan.functions {
        let name = &function.declaration.activation.name;
        program.push_str(&format!("#include \"{name}.c\"\n"));
    }
    let points: Vec<String> = plan
        .points
        .iter()
        .map(|point| match point {
            p if p.is_nan() => "NAN".to_owned(),
            p if p.is_infinite() => if *p > 0.0 { "INFINITY" } else { "-INFINITY" }.to_owned(),
            p => format!("{p:?}"),
        })
        .collect();
    let count = points.len();
    program.push_str("int main(void) {\n");
    for (real, suffix) in [("float", "f"), ("double", "")] {
        program.push_str(&format!(
            "  {{\n    static const {real} x[] = {{{}}};\n",
            points
                .iter()
                .map(|p| format!("({real}){p}"))
                .collect::<Vec<_>>()
                .join(", ")
        ));
        program.push_str(&format!(
            "    {real} y[{count}], d[{count}], gate[{count}], by_gate[{count}], ones[{count}];\n"
        ));
        program.push_str(&format!("    for (size_t i = 0; i < {count}; ++i) {{ gate[i] = ({real}){GATE:?}; ones[i] = 1; }}\n"));
        for function in &plan.functions {
            let activation = &function.declaration.activation;
            let name = Export::C.name_of(&activation.name);
            let gate = if activation.inputs > 1 { ", gate" } else { "" };
            let given: String = activation
                .parameters
                .iter()
                .map(|p| format!(", ({real}){:?}", p.initial.to_f64()))
                .collect();
            let mut by = String::from(", d");
            if activation.inputs > 1 {
                by.push_str(", by_gate");
            }
            for parameter in &activation.parameters {
                if parameter.kind != actsmith_codegen::syntax::ParameterKind::Constant {
                    by.push_str(", by_gate");
                }
            }
            program.push_str(&format!(
                "    {name}_n{suffix}({count}, x{gate}{given}, y);\n"
            ));
            program.push_str(&format!(
                "    {name}_backward_n{suffix}({count}, x{gate}{given}, ones{by});\n"
            ));
            program.push_str(&format!("    for (size_t i = 0; i < {count}; ++i) printf(\"{real} {} %.17g %.17g\\n\", (double)y[i], (double)d[i]);\n", activation.name));
        }
        program.push_str("    (void)by_gate; (void)gate;\n  }\n");
    }
    program.push_str("  return 0;\n}\n");
    let source = plan.folder.join(format!("{target}.c"));
    fs::write(&source, program).expect("a program");
    let binary = plan.folder.join(format!("run-{target}"));
    let language: &[&str] = if target.ends_with("++") {
        &["-x", "c++"]
    } else {
        &["-std=c11"]
    };
    let output = Command::new(target)
        .args(language)
        .args([
            "-O2",
            "-Wall",
            "-Wextra",
            "-Wconversion",
            "-Wpedantic",
            "-Werror",
        ])
        .arg(&source)
        .args(["-x", "none", "-lm", "-o"])
        .arg(&binary)
        .output()
        .expect("a compiler");
    assert!(
        output.status.success(),
        "{target}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let output = Command::new(&binary).output().expect("a program");
    let mut results = Results::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let dtype = if words[0] == "float" {
            "float32"
        } else {
            "float64"
        };
        let of_type = results.entry(dtype.to_owned()).or_default();
        let columns = of_type.entry(words[1].to_owned()).or_default();
        columns[0].push(words[2].to_owned());
        columns[1].push(words[3].to_owned());
    }
    Some(results)
}
