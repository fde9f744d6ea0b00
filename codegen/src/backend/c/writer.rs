//! Writes the header, in the format of `clang-format`.

use super::spelling::C;
use crate::backend::text::{Body, Code, Helper, Output, head, helpers, snake_case};
use crate::kernel::Activation;

/// The longest line.
const WIDTH: usize = 80;

/// The header of an activation; `command` is what writes it.
pub(crate) fn write(activation: &Activation, command: &str) -> String {
    let name = snake_case(&activation.name);
    let wanted = activation.differentiated();
    let guard = format!("ACTSMITH_{}_H", name.to_uppercase());
    let about: String = head(activation, command, WIDTH - 3)
        .iter()
        .map(|line| format!("// {}\n", line.trim_end_matches('\\')).replace("//  \n", "//\n"))
        .map(|line| format!("{}\n", line.trim_end()))
        .collect();
    let mut text = format!(
        "{about}\n#ifndef {guard}\n#define {guard}\n\n#include <math.h>\n#include <stddef.h>\n"
    );
    for (real, suffix) in [("double", ""), ("float", "f")] {
        let c = C {
            name: &name,
            real,
            suffix,
        };
        let value = Code::new(&activation.value, activation.inputs, &c);
        let slopes = activation.gradient.derivatives_of(&wanted);
        let slopes = Code::new(&slopes, activation.inputs, &c);
        let functions = Functions {
            inputs: activation.inputs,
            helpers: &helpers(&[&value, &slopes], &c),
            value: &value,
            slopes: &slopes,
            wanted: &wanted,
            c: &c,
        };
        text.push('\n');
        text.push_str(&functions.text());
    }
    text.push_str("\n#endif\n");
    text
}

/// The functions of one type.
struct Functions<'a> {
    c: &'a C<'a>,
    inputs: usize,
    value: &'a Code,
    slopes: &'a Code,
    wanted: &'a [usize],
    helpers: &'a [Helper],
}

impl Functions<'_> {
    fn text(&self) -> String {
        let name = self.c.name;
        let mut functions: Vec<String> = self
            .helpers
            .iter()
            .map(|helper| self.helper(helper))
            .collect();
        functions.push(self.function(
            &format!("{{real}} {name}{{f}}"),
            &arguments(&self.value.variables),
            &lines(self.value, |output| {
                format!("  return {};\n", output.expression)
            }),
        ));
        if let [only] = &self.slopes.outputs[..] {
            functions.push(self.function(
                &format!("{{real}} {name}_derivative{{f}}"),
                &arguments(&self.slopes.variables),
                &lines(self.slopes, |_| format!("  return {};\n", only.expression)),
            ));
        } else {
            let mut given = arguments(&self.slopes.variables);
            given.push(format!("{{real}} by[{}]", self.slopes.outputs.len()));
            let mut count = 0;
            let body = lines(self.slopes, |output| {
                count += 1;
                format!("  by[{}] = {};\n", count - 1, output.expression)
            });
            functions.push(self.function(&format!("void {name}_gradient{{f}}"), &given, &body));
        }
        functions.extend([self.value_loop(), self.slope_loop()]);
        functions.join("\n")
    }

    /// The values of `n` elements.
    fn value_loop(&self) -> String {
        let (inputs, parameters) = self.value.variables.split_at(self.inputs);
        let mut given = vec!["size_t n".to_owned()];
        given.extend(inputs.iter().map(|name| format!("const {{real}} *{name}")));
        given.extend(parameters.iter().map(|name| format!("{{real}} {name}")));
        given.push("{real} *out".to_owned());
        let elements = inputs.iter().map(|name| format!("{name}[i]"));
        let call: Vec<String> = elements.chain(parameters.iter().cloned()).collect();
        let body = format!(
            "  for (size_t i = 0; i < n; ++i)\n    out[i] = {}{{f}}({});\n",
            self.c.name,
            call.join(", ")
        );
        let name = self.c.name;
        let doc = format!(
            "// Writes the values at n elements to out, which may be {}.\n",
            inputs.join(" or ")
        );
        doc + &self.function(&format!("void {name}_n{{f}}"), &given, &body)
    }

    /// The backward pass over `n` elements: gradients of the inputs, sums for the parameters.
    fn slope_loop(&self) -> String {
        let variables = &self.slopes.variables;
        let (inputs, parameters) = variables.split_at(self.inputs);
        let mut given = vec!["size_t n".to_owned()];
        given.extend(inputs.iter().map(|name| format!("const {{real}} *{name}")));
        given.extend(parameters.iter().map(|name| format!("{{real}} {name}")));
        given.push("const {real} *grad".to_owned());
        given.extend(
            self.wanted
                .iter()
                .map(|&v| format!("{{real}} *by_{}", variables[v])),
        );
        let elements = inputs.iter().map(|name| format!("{name}[i]"));
        let mut call: Vec<String> = elements.chain(parameters.iter().cloned()).collect();
        let name = self.c.name;
        let mut body = String::new();
        let trained: Vec<&String> = self
            .wanted
            .iter()
            .filter(|&&v| v >= self.inputs)
            .map(|&v| &variables[v])
            .collect();
        for parameter in &trained {
            body.push_str(&format!("  {{real}} sum_{parameter} = 0.0{{f}};\n"));
        }
        if let [_] = self.wanted {
            body.push_str(&format!(
                "  for (size_t i = 0; i < n; ++i)\n    by_{}[i] = grad[i] * {name}_derivative{{f}}({});\n",
                variables[self.wanted[0]],
                call.join(", ")
            ));
        } else {
            call.push("by".to_owned());
            body.push_str("  for (size_t i = 0; i < n; ++i) {\n");
            body.push_str(&format!("    {{real}} by[{}];\n", self.wanted.len()));
            body.push_str(&format!("    {name}_gradient{{f}}({});\n", call.join(", ")));
            for (index, &variable) in self.wanted.iter().enumerate() {
                let by = &variables[variable];
                body.push_str(&match variable < self.inputs {
                    true => format!("    by_{by}[i] = grad[i] * by[{index}];\n"),
                    false => format!("    sum_{by} += grad[i] * by[{index}];\n"),
                });
            }
            body.push_str("  }\n");
        }
        for parameter in &trained {
            body.push_str(&format!("  *by_{parameter} = sum_{parameter};\n"));
        }
        let sums = if trained.is_empty() {
            ""
        } else {
            ", and its sums for parameters"
        };
        let doc = format!("// Writes grad times the derivatives at n elements{sums}.\n");
        doc + &self.function(&format!("void {name}_backward_n{{f}}"), &given, &body)
    }

    fn helper(&self, helper: &Helper) -> String {
        let head = format!("{{real}} {}_{}{{f}}", self.c.name, helper.op.name());
        match &helper.body {
            Body::Code(code) => self.function(
                &head,
                &arguments(&code.variables),
                &lines(code, |output| format!("  return {};\n", output.expression)),
            ),
            Body::Own(body) => {
                let names = match helper.op.arity() {
                    1 => &["x"][..],
                    arity => &["a", "b", "c"][..arity],
                };
                let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
                let lines = body.lines().map(|line| format!("  {}\n", line.trim()));
                self.function(&head, &arguments(&names), &lines.collect::<String>())
            }
        }
    }

    /// A function; its arguments in lines below the bracket, if they are long.
    fn function(&self, head: &str, arguments: &[String], body: &str) -> String {
        let fill = |text: &str| self.c.fill(text);
        let length = |text: &str| text.chars().count();
        let arguments: Vec<String> = arguments.iter().map(|argument| fill(argument)).collect();
        let (head, body) = (fill(head), fill(body));
        let start = format!("static inline {head}(");
        let indent = " ".repeat(length(&start));
        let mut text = start.clone();
        let mut column = length(&start);
        for (index, argument) in arguments.iter().enumerate() {
            let last = index == arguments.len() - 1;
            let end = if last { ") {" } else { "," };
            let width = length(argument) + end.len();
            if index > 0 && column + 1 + width > WIDTH {
                text.push_str(&format!("\n{indent}{argument}{}", end.trim_end()));
                column = indent.len() + width;
            } else {
                let space = if index > 0 { " " } else { "" };
                text.push_str(&format!("{space}{argument}{}", end.trim_end()));
                column += width + space.len();
            }
        }
        let short = format!("{text} {} }}", body.trim());
        match body.lines().count() == 1 && !text.contains('\n') && length(&short) <= WIDTH {
            true => format!("{short}\n"),
            false => format!("{text}\n{body}}}\n"),
        }
    }
}

fn arguments(names: &[String]) -> Vec<String> {
    names
        .iter()
        .map(|name| format!("{{real}} {name}"))
        .collect()
}

/// The lines of `code`, those of its outputs last.
fn lines(code: &Code, output: impl FnMut(&Output) -> String) -> String {
    let mut text: String = unused(code);
    for line in &code.lines {
        let real = if line.is_condition { "int" } else { "{real}" };
        text.push_str(&format!("  {real} {} = {};\n", line.name, line.expression));
    }
    text.extend(code.outputs.iter().map(output));
    text
}

/// What keeps compilers from warning of arguments that nothing reads.
fn unused(code: &Code) -> String {
    let all: Vec<&str> = code
        .lines
        .iter()
        .map(|line| line.expression.as_str())
        .chain(code.outputs.iter().map(|output| output.expression.as_str()))
        .collect();
    let reads = |name: &str| {
        let word = |c: char| c.is_alphanumeric() || c == '_';
        all.iter()
            .any(|text| text.split(|c| !word(c)).any(|known| known == name))
    };
    let unread = code.variables.iter().filter(|name| !reads(name));
    unread.map(|name| format!("  (void){name};\n")).collect()
}
