//! The functions and the points, and the files that the tools are given.

use std::fs;
use std::path::{Path, PathBuf};

use actsmith_codegen::ir::Node;
use actsmith_codegen::number::Number;
use actsmith_codegen::syntax::ParameterKind;
use actsmith_codegen::{Declaration, Export, Formula};
use serde_json::json;

/// The functions as they are declared.
const FUNCTIONS: &str = include_str!("functions.txt");

/// What a second input is.
pub(crate) const GATE: f64 = 0.75;

/// The sizes of the points, each with both signs: tiny, ordinary, at kinks, in tails, huge. All are numbers of f32.
const SIZES: [f64; 27] = [
    0.0,
    1e-30,
    1e-8,
    0.000_976_562_5,
    0.062_5,
    0.1,
    0.25,
    0.5,
    0.75,
    1.0,
    1.5,
    2.0,
    2.5,
    3.0,
    3.3,
    4.0,
    5.0,
    6.0,
    8.0,
    9.5,
    12.0,
    20.0,
    30.0,
    60.0,
    88.5,
    1000.0,
    1e15,
];

/// A function of the set.
pub(crate) struct Function {
    pub(crate) declaration: Declaration,
    /// The formula in `x` alone: other variables have their values.
    pub(crate) formula: Formula,
    /// The values of the other variables.
    pub(crate) values: Vec<(String, f64)>,
}

impl Function {
    /// Whether pieces meet at `x`, in the formula or in a part of it.
    pub(crate) fn joint(&self, x: f64) -> Joint {
        let dag = self.formula.dag();
        let mut values: Vec<f64> = Vec::new();
        let mut joint = Joint::Nowhere;
        for node in dag.nodes() {
            let arguments = node.arguments().iter();
            let given: Vec<f64> = arguments.map(|&id| values[usize::from(id)]).collect();
            values.push(match node {
                Node::Number(number) => number.to_f64(),
                Node::Variable(_) => x,
                Node::Apply(op, _) => {
                    let row = op.row();
                    let joins = row.joins.iter().map(|&join| (given[0], join));
                    let meets = row.meets.iter().map(|&[a, b]| (given[a], given[b]));
                    for (a, b) in joins.chain(meets) {
                        joint = match joint {
                            Joint::At => Joint::At,
                            _ if a == b => Joint::At,
                            _ if (a - b).abs() < 1e-13 => Joint::Near,
                            joint => joint,
                        };
                    }
                    op.value(&given)
                }
            });
        }
        joint
    }
}

/// Where a point lies.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Joint {
    Nowhere,
    /// Where pieces meet, if it were not for rounding.
    Near,
    /// Where pieces meet.
    At,
}

/// The whole set.
pub(crate) struct Plan {
    pub(crate) functions: Vec<Function>,
    pub(crate) points: Vec<f64>,
    pub(crate) folder: PathBuf,
}

impl Plan {
    /// The set, with a folder of this name: tests that run at once must not write over what the others read.
    pub(crate) fn new(name: &str) -> Self {
        let lines = FUNCTIONS.lines().filter(|line| !line.starts_with("//"));
        let function = |line: &str| {
            // `tanh` names something else in C.
            let line = &format!("Act{line}");
            let declared = Declaration::parse(line).expect("a declaration");
            let (declaration, _) = declared.unwrap_or_else(|error| panic!("{line}: {error}"));
            let activation = &declaration.activation;
            let names = &activation.value.variables;
            let mut values: Vec<(String, f64)> = Vec::new();
            if activation.inputs == 2 {
                values.push((names[1].clone(), GATE));
            }
            for parameter in &activation.parameters {
                values.push((parameter.name.clone(), parameter.initial.to_f64()));
            }
            let constants: Vec<(String, Number)> = values
                .iter()
                .map(|(name, value)| (name.clone(), Number::from_f64(*value).expect("finite")))
                .collect();
            let text = line.rsplit_once(" = ").expect("a formula").1;
            let formula = Formula::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            Function {
                formula: formula.with_constants(&constants),
                values,
                declaration,
            }
        };
        let mut points: Vec<f64> = SIZES
            .iter()
            .flat_map(|&size| [f64::from(size as f32), -f64::from(size as f32)])
            .collect();
        points.extend([f64::INFINITY, f64::NEG_INFINITY, f64::NAN]);
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("exports")
            .join(name);
        fs::create_dir_all(&folder).expect("a folder");
        let plan = Self {
            functions: lines.map(function).collect(),
            points,
            folder,
        };
        fs::write(plan.folder.join("plan.json"), plan.text()).expect("the plan");
        plan
    }

    /// Writes every function for a target.
    pub(crate) fn write(&self, export: Export) {
        for Function { declaration, .. } in &self.functions {
            let name = &declaration.activation.name;
            let text = declaration
                .to_export(export, "actsmith emit")
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            let path = self.folder.join(format!("{name}.{}", export.name()));
            fs::write(path, text).expect("a file");
            #[cfg(feature = "onnx")]
            if export == Export::Onnx {
                self.write_models(declaration);
            }
        }
    }

    /// Writes the files that runtimes load, for each type.
    #[cfg(feature = "onnx")]
    fn write_models(&self, declaration: &Declaration) {
        use actsmith_codegen::{ElementType, OnnxOptions};
        for (element, name) in [
            (ElementType::F32, "float32"),
            (ElementType::F64, "float64"),
            (ElementType::F16, "float16"),
            (ElementType::BF16, "bfloat16"),
        ] {
            let options = OnnxOptions { element, rank: 2 };
            let model = declaration
                .to_onnx(options, "actsmith emit")
                .expect("a model");
            let file = format!("{}.{name}.onnx", declaration.activation.name);
            fs::write(self.folder.join(file), model.to_bytes()).expect("a file");
        }
    }

    fn text(&self) -> String {
        let functions: Vec<_> = self
            .functions
            .iter()
            .map(|function| {
                let activation = &function.declaration.activation;
                let per_channel = |kind| matches!(kind, ParameterKind::PerChannel(_));
                let trained = |kind| kind != ParameterKind::Constant;
                json!({
                    "name": activation.name,
                    "function": Export::Python.name_of(&activation.name),
                    "inputs": activation.inputs,
                    "channels": activation.parameters.iter().any(|p| per_channel(p.kind)),
                    "trained": activation.parameters.iter().any(|p| trained(p.kind)),
                    "values": function.values.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(),
                })
            })
            .collect();
        let points: Vec<String> = self
            .points
            .iter()
            .map(|point| format!("{point:?}"))
            .collect();
        json!({ "functions": functions, "points": points, "gate": GATE }).to_string()
    }
}
