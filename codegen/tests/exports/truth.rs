//! The true values, by enclosures in any precision, in a file.

use std::collections::BTreeMap;
use std::path::Path;

use super::plan::{Function, Joint, Plan};

/// The true values and derivatives of each function at the points; none where there is none, or it is not known.
pub(crate) struct Truths(BTreeMap<String, [Vec<Option<f64>>; 2]>);

/// The file.
fn path() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/exports/truth.json")
}

impl Truths {
    pub(crate) fn read(plan: &Plan) -> Self {
        let text = std::fs::read_to_string(path()).expect("the true values");
        let truths = Self(serde_json::from_str(&text).expect("numbers"));
        for function in &plan.functions {
            let name = &function.declaration.activation.name;
            let columns = truths
                .0
                .get(name)
                .unwrap_or_else(|| panic!("truth.json lacks {name}: write it anew"));
            let finite = plan.points.iter().filter(|point| point.is_finite()).count();
            assert_eq!(
                columns[0].len(),
                finite,
                "truth.json is of other points: write it anew"
            );
        }
        truths
    }

    /// What a function should have at a point: the true value, or what the operations of the formula give at a kink, an infinity or NaN.
    pub(crate) fn at(
        &self,
        function: &Function,
        at: usize,
        x: f64,
        derivative: bool,
    ) -> Option<f64> {
        let activation = &function.declaration.activation;
        let columns = &self.0[&activation.name];
        let here = || {
            let mut point = vec![x];
            point.extend(function.values.iter().map(|(_, value)| *value));
            let graph = match derivative {
                false => activation.value.clone(),
                true => activation.gradient.derivatives_of(&[0]),
            };
            graph.eval(&point)[0]
        };
        match function.joint(x) {
            _ if !x.is_finite() => return Some(here()),
            Joint::At if derivative => return Some(here()),
            // Which side it is on is a matter of rounding.
            Joint::Near if derivative => return None,
            _ => {}
        }
        columns[usize::from(derivative)][at]
    }
}

#[cfg(feature = "oracle")]
mod write {
    use actsmith_codegen::Component;
    use actsmith_codegen::number::Number;
    use actsmith_codegen::oracle::{Levels, Truth};

    use super::*;

    /// What is too small to be anything but 0, of which no enclosure is sure.
    fn settled(truth: f64) -> f64 {
        if truth.abs() < 1e-290 { 0.0 } else { truth }
    }

    /// Writes the file.
    #[test]
    #[ignore = "writes the true values anew: cargo test -p actsmith-codegen --features oracle --test exports -- --ignored"]
    fn write_the_true_values() {
        let plan = Plan::new("truth");
        let mut levels = Levels::default();
        let finite: Vec<f64> = plan
            .points
            .iter()
            .copied()
            .filter(|point| point.is_finite())
            .collect();
        let mut lines = Vec::new();
        for function in &plan.functions {
            let gradient = function.formula.with_gradient();
            let column = |component| {
                let truth = Truth::new(&gradient.graph(component));
                let at = |&x: &f64| {
                    truth.at(&[Number::exactly(x).expect("finite")], &mut levels)[0]
                        .to_f64()
                        .map(settled)
                };
                finite.iter().map(at).collect::<Vec<Option<f64>>>()
            };
            let columns = [Component::Value, Component::Derivative(0)].map(column);
            let columns = serde_json::to_string(&columns).expect("numbers");
            lines.push(format!(
                "  \"{}\": {columns}",
                function.declaration.activation.name
            ));
        }
        std::fs::write(path(), format!("{{\n{}\n}}\n", lines.join(",\n")))
            .expect("the true values");
    }
}
