//! Writes the display.

use super::spelling::Latex;
use super::words;
use crate::backend::text::{self, Formulas, head};
use crate::ir::Dag;
use crate::kernel::Activation;

/// What the letters stand for that no reader can guess.
const LETTERS: [(&str, &str); 3] = [
    ("\\sigma(", "\\sigma(t) &= \\frac{1}{1 + e^{-t}}"),
    (
        "\\Phi(",
        "\\Phi(t) &= \\frac{1}{2} \\operatorname{erfc}\\left(-\\frac{t}{\\sqrt{2}}\\right)",
    ),
    (
        "\\varphi(",
        "\\varphi(t) &= \\frac{1}{\\sqrt{2 \\pi}} \\, e^{-t^{2} / 2}",
    ),
];

/// The first output of a graph as one expression.
pub(crate) fn expression(dag: &Dag) -> String {
    fitted(&text::expression(dag, &Latex))
}

/// The display of an activation; `command` is what writes it.
pub(crate) fn write(activation: &Activation, command: &str) -> String {
    let wanted = activation.differentiated();
    let mut all = activation.gradient.value_and_derivatives_of(&wanted);
    // The value alone is simpler than what shares its work with the derivatives.
    let variables: Vec<_> = (0..all.variables.len()).map(|v| all.variable(v)).collect();
    all.roots[0] = all.inline(&activation.value, &variables)[0];
    let formulas = Formulas::new(&all, &Latex);
    let set: Vec<String> = formulas
        .variables
        .iter()
        .map(|name| words::variable(name))
        .collect();
    let (inputs, parameters) = set.split_at(activation.inputs);
    let function = match activation.name.chars().count() {
        1 => activation.name.clone(),
        _ => format!("\\operatorname{{{}}}", activation.name.replace('_', "\\_")),
    };
    let arguments = match parameters {
        [] => inputs.join(", "),
        _ => format!("{}; {}", inputs.join(", "), parameters.join(", ")),
    };
    let mut lines = vec![format!(
        "{function}({arguments}) &= {}",
        fitted(&formulas.outputs[0])
    )];
    for (&variable, output) in wanted.iter().zip(&formulas.outputs[1..]) {
        let left = match wanted.len() {
            1 => format!("{function}'({arguments})"),
            _ => format!(
                "\\frac{{\\partial {function}}}{{\\partial {}}}",
                set[variable]
            ),
        };
        lines.push(format!("{left} &= {}", fitted(output)));
    }
    for (name, part) in &formulas.parts {
        lines.push(format!("{} &= {}", words::variable(name), fitted(part)));
    }
    let all = lines.concat();
    for (letter, meaning) in LETTERS {
        if all.contains(letter) {
            lines.push(meaning.to_owned());
        }
    }
    let about = head(activation, command, 98)
        .into_iter()
        .map(|line| format!("% {line}"));
    let about: String = about.map(|line| format!("{}\n", line.trim_end())).collect();
    format!(
        "{about}% Needs \\usepackage{{amsmath}}.\n\\begin{{align*}}\n  {}\n\\end{{align*}}\n",
        lines.join(" \\\\\n  ")
    )
}

/// The same with brackets that grow around what is tall.
fn fitted(text: &str) -> String {
    let mut open: Vec<usize> = Vec::new();
    let mut tall: Vec<usize> = Vec::new();
    for (place, letter) in text.char_indices() {
        match letter {
            '(' => open.push(place),
            ')' => {
                let Some(start) = open.pop() else { continue };
                let inside = &text[start..place];
                if ["\\frac", "\\begin", "\\sqrt"]
                    .iter()
                    .any(|word| inside.contains(word))
                {
                    tall.extend([start, place]);
                }
            }
            _ => {}
        }
    }
    let fit = |(place, letter): (usize, char)| match (letter, tall.contains(&place)) {
        ('(', true) => "\\left(".to_owned(),
        (')', true) => "\\right)".to_owned(),
        _ => letter.to_string(),
    };
    text.char_indices().map(fit).collect()
}
