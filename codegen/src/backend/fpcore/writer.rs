//! Writes one `FPCore` for the value and one for each derivative.

use super::spelling::FpCore;
use crate::backend::text::{self, Formulas, head};
use crate::calculus::Component;
use crate::ir::Dag;
use crate::kernel::Activation;

/// The first output of a graph as one expression.
pub(crate) fn expression(dag: &Dag) -> String {
    text::expression(dag, &FpCore)
}

/// The functions of an activation; `command` is what writes them.
pub(crate) fn write(activation: &Activation, command: &str) -> String {
    let about = head(activation, command, 97);
    let about = about.iter().map(|line| format!(";; {line}"));
    let mut text: String = about.map(|line| format!("{}\n", line.trim_end())).collect();
    text.push_str(&core(&activation.value, &activation.name));
    for variable in activation.differentiated() {
        let derivative = activation.gradient.graph(Component::Derivative(variable));
        let name = &activation.gradient.variables[variable];
        let name = format!("{}, derivative with respect to {name}", activation.name);
        text.push_str(&core(&derivative, &name));
    }
    text
}

/// The first output as a function.
fn core(dag: &Dag, name: &str) -> String {
    let formulas = Formulas::new(dag, &FpCore);
    let arguments = formulas.variables.join(" ");
    let mut text = format!("\n(FPCore ({arguments})\n :name \"{name}\"\n");
    match &formulas.parts[..] {
        [] => text.push_str(&format!(" {})\n", formulas.outputs[0])),
        parts => {
            let parts = parts.iter().map(|(name, part)| format!("[{name} {part}]"));
            let parts: Vec<String> = parts.collect();
            let parts = parts.join("\n        ");
            text.push_str(&format!(" (let* ({parts})\n  {}))\n", formulas.outputs[0]));
        }
    }
    text
}
