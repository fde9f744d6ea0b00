//! Python's syntax, as `black` formats it.

use crate::backend::text::{
    Binding, Body, Code, Expression, Form, Helper, Language, Output, Reach, helpers, infix,
};
use crate::kernel::Activation;
use crate::ops::Op;
use crate::syntax::ParameterKind;

/// The longest line.
const WIDTH: usize = 88;

/// The operations that Python has a sign for.
pub(crate) fn operator(op: Op) -> Option<Form> {
    use Binding::{Atom, Comparison, Power, Prefix, Product, Sum};
    Some(match op {
        Op::Add => infix("{a} + {b}", Sum, [Sum, Product, Atom]),
        Op::Sub => infix("{a} - {b}", Sum, [Sum, Product, Atom]),
        Op::Mul => infix("{a} * {b}", Product, [Product, Prefix, Atom]),
        Op::Div => infix("{a} / {b}", Product, [Product, Prefix, Atom]),
        Op::Neg => infix("-{a}", Prefix, [Power, Atom, Atom]),
        Op::Lt => infix("{a} < {b}", Comparison, [Sum, Sum, Atom]),
        Op::Le => infix("{a} <= {b}", Comparison, [Sum, Sum, Atom]),
        Op::Eq => infix("{a} == {b}", Comparison, [Sum, Sum, Atom]),
        _ => return None,
    })
}

/// A power of an integer; what is no name has spaces around the sign.
pub(crate) fn power(base: &Expression, exponent: i32) -> Expression {
    let text = base.at_least(Binding::Atom);
    let sign = if base.is_name() { "**" } else { " ** " };
    Expression::new(format!("{text}{sign}{exponent}"), Binding::Power)
}

/// A number: the shortest decimal that is read as this f64.
pub(crate) fn number(value: f64) -> Expression {
    let text = format!("{value:?}");
    Expression::number(text, value)
}

/// `a` and `b` with commas between them, as a tuple: one alone is itself.
pub(crate) fn tuple(items: &[String]) -> String {
    match items {
        [item] => item.clone(),
        items => items.join(", "),
    }
}

/// What the docstring of a function says of its formula, which the head of the file has in full.
pub(crate) fn about(formula: &str) -> String {
    match formula.chars().count() <= 55 {
        true => format!("{formula}, element by element."),
        false => "The formula above, element by element.".to_owned(),
    }
}

/// A docstring of several lines.
pub(crate) fn docstring(lines: &[String], indent: &str) -> String {
    let escape = |line: &String| line.replace('\\', "\\\\").replace("\"\"\"", "\\\"\\\"\\\"");
    let mut text = String::new();
    for (index, line) in lines.iter().enumerate() {
        let line = escape(line);
        match index {
            0 => text.push_str(&format!("{indent}\"\"\"{line}")),
            _ if line.is_empty() => text.push('\n'),
            _ => text.push_str(&format!("\n{indent}{line}")),
        }
    }
    match lines.len() {
        1 => text.push_str("\"\"\"\n"),
        _ => text.push_str(&format!("\n{indent}\"\"\"\n")),
    }
    text
}

/// `head(items)` and what follows on one line, or each item on its own.
pub(crate) fn joined(indent: &str, head: &str, items: &[String], tail: &str) -> String {
    let line = format!("{indent}{head}({}){tail}\n", items.join(", "));
    if line.trim_end().chars().count() <= WIDTH || items.is_empty() {
        return line;
    }
    // All items on one line of their own, if they fit there.
    let inner = format!("{indent}    {}", items.join(", "));
    if inner.chars().count() <= WIDTH && !head.starts_with("def ") && head != "return " {
        return format!("{indent}{head}(\n{inner}\n{indent}){tail}\n");
    }
    let items: String = items
        .iter()
        .map(|item| format!("{indent}    {item},\n"))
        .collect();
    format!("{indent}{head}(\n{items}{indent}){tail}\n")
}

/// A function to write.
pub(crate) struct Function<'a> {
    pub(crate) name: &'a str,
    /// What the signature says of each variable, behind its name.
    pub(crate) annotation: &'a str,
    /// The type of one result.
    pub(crate) result: &'a str,
    /// An output that does not depend on the inputs, in the shape of the first of them.
    pub(crate) filled: &'a dyn Fn(&str, &Output) -> String,
}

impl Function<'_> {
    /// The function that returns the outputs of `code`.
    pub(crate) fn text(&self, code: &Code) -> String {
        let argument = |name: &String| format!("{name}{}", self.annotation);
        let arguments: Vec<String> = code.variables.iter().map(argument).collect();
        let returns = match (self.result, code.outputs.len()) {
            ("", _) => ":".to_owned(),
            (result, 1) => format!(" -> {result}:"),
            (result, count) => format!(" -> tuple[{}]:", vec![result; count].join(", ")),
        };
        let mut text = joined("", &format!("def {}", self.name), &arguments, &returns);
        for line in &code.lines {
            text.push_str(&format!("    {} = {}\n", line.name, line.expression));
        }
        let first = code.variables.first().map_or("", String::as_str);
        let outputs: Vec<String> = code
            .outputs
            .iter()
            .map(|output| match output.reach {
                Reach::Inputs => output.expression.clone(),
                Reach::Parameters | Reach::Nothing => (self.filled)(first, output),
            })
            .collect();
        let line = format!("    return {}\n", tuple(&outputs));
        match line.trim_end().chars().count() <= WIDTH {
            true => text.push_str(&line),
            false => text.push_str(&joined("    ", "return ", &outputs, "")),
        }
        text
    }
}

/// The functions that compute: those that stand for operations, `function` with the value, and `_derivatives`. `own` puts the module in the
/// place of `@` in what is written for the target.
pub(crate) fn computed<L: Language>(
    value: &Code,
    slopes: &Code,
    language: &L,
    function: &Function<'_>,
    own: &dyn Fn(&str) -> String,
) -> Vec<String> {
    let mut code = functions(&helpers(&[value, slopes], language), function, own);
    let derivatives = Function {
        name: "_derivatives",
        ..*function
    };
    code.extend([function.text(value), derivatives.text(slopes)]);
    code
}

/// The functions that stand for operations; `@` in what is written for the target stands for `module`.
fn functions(
    helpers: &[Helper],
    function: &Function<'_>,
    own: &dyn Fn(&str) -> String,
) -> Vec<String> {
    let text = |helper: &Helper| {
        let name = format!("_{}", helper.op.name());
        match &helper.body {
            Body::Code(code) => Function {
                name: &name,
                ..*function
            }
            .text(code),
            Body::Own(body) => {
                let argument = format!("x{}", function.annotation);
                let returns = match function.result {
                    "" => String::new(),
                    result => format!(" -> {result}"),
                };
                let lines = own(body);
                let lines = lines.lines().map(|line| format!("    {}\n", line.trim()));
                format!(
                    "def {name}({argument}){returns}:\n{}",
                    lines.collect::<String>()
                )
            }
        }
    };
    helpers.iter().map(text).collect()
}

/// Those parameters that vary along a dimension, each with the line that gives it the rank of `x`.
pub(crate) fn along(activation: &Activation, variables: &[String], indent: &str) -> String {
    let (inputs, parameters) = variables.split_at(activation.inputs);
    let lines = parameters.iter().zip(&activation.parameters);
    let lines = lines.filter_map(|(name, parameter)| match parameter.kind {
        ParameterKind::PerChannel(dim) => Some(format!(
            "{indent}{name} = _along({name}, {}, {dim})\n",
            inputs[0]
        )),
        ParameterKind::Scalar | ParameterKind::Constant => None,
    });
    lines.collect()
}

/// What `from module import *` takes.
pub(crate) fn public_names(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    format!("__all__ = [{}]\n", names.join(", "))
}
