//! Writes the module: public functions that widen and round, over private ones that compute.

use super::spelling::NumPy;
use crate::backend::pythonic::{
    Function, about, along, computed, docstring, joined, public_names, tuple,
};
use crate::backend::text::{Code, Output, head, snake_case};
use crate::kernel::Activation;

/// The module of an activation; `command` is what writes it.
pub(crate) fn write(activation: &Activation, command: &str) -> String {
    let name = snake_case(&activation.name);
    let wanted = activation.differentiated();
    let value = Code::new(&activation.value, activation.inputs, &NumPy);
    let slopes = activation.gradient.derivatives_of(&wanted);
    let slopes = Code::new(&slopes, activation.inputs, &NumPy);
    let filled = |x: &str, output: &Output| format!("np.full_like({x}, {})", output.expression);
    let function = Function {
        name: "_value",
        annotation: "",
        result: "",
        filled: &filled,
    };
    let mut code = computed(&value, &slopes, &NumPy, &function, &|body| {
        body.replace("@erfc", "special.erfc").replace('@', "np")
    });
    let by: Vec<String> = wanted
        .iter()
        .map(|&variable| slopes.variables[variable].clone())
        .collect();
    let derivative = match by.len() {
        1 => format!("{name}_derivative"),
        _ => format!("{name}_gradient"),
    };
    let mut parts = vec![docstring(&head(activation, command, 88), "")];
    let scipy = if code.iter().any(|code| code.contains("special.")) {
        "from scipy import special\n"
    } else {
        ""
    };
    parts.push(format!("import numpy as np\n{scipy}"));
    parts.push(public_names(&[&name, &derivative]));
    let mut text = parts.join("\n");
    let doc = about(&activation.value.formula(0));
    let signature = Public {
        activation,
        variables: &value.variables,
    };
    if !along(activation, &value.variables, "").is_empty() {
        code.insert(0, ALONG.to_owned());
    }
    code.push(signature.text(&name, "_value", 1, &doc));
    let doc = match by.len() {
        1 => format!("The derivative with respect to {}.", by[0]),
        _ => format!(
            "The derivatives with respect to {}, element by element.",
            tuple(&by)
        ),
    };
    code.push(signature.text(&derivative, "_derivatives", by.len(), &doc));
    for code in code {
        text.push_str("\n\n");
        text.push_str(&code);
    }
    text
}

/// Gives a parameter the rank of the input.
const ALONG: &str = "\
def _along(values, x, dim):
    shape = [1] * x.ndim
    shape[dim] = -1
    return np.reshape(values, shape)
";

/// The functions that users call.
struct Public<'a> {
    activation: &'a Activation,
    variables: &'a [String],
}

impl Public<'_> {
    fn text(&self, name: &str, inner: &str, outputs: usize, doc: &str) -> String {
        let (inputs, parameters) = self.variables.split_at(self.activation.inputs);
        let initial = self.activation.parameters.iter();
        let defaults = parameters
            .iter()
            .zip(initial)
            .map(|(name, parameter)| format!("{name}={:?}", parameter.initial.to_f64()));
        let arguments: Vec<String> = inputs.iter().cloned().chain(defaults).collect();
        let mut text = joined("", &format!("def {name}"), &arguments, ":");
        text.push_str(&docstring(&[doc.to_owned()], "    "));
        let x = &inputs[0];
        text.push_str(&format!("    {x} = np.asarray({x})\n"));
        text.push_str(&format!(
            "    dtype = {x}.dtype if {x}.dtype.kind == \"f\" else np.float64\n"
        ));
        text.push_str(&along(self.activation, self.variables, "    "));
        text.push_str("    with np.errstate(all=\"ignore\"):\n");
        let wide = inputs.iter().map(|input| match input == x {
            true => format!("{input}.astype(np.result_type(dtype, np.float64))"),
            false => format!("np.asarray({input}, np.float64)"),
        });
        let wide: Vec<String> = wide.chain(parameters.iter().cloned()).collect();
        text.push_str(&joined("        ", &format!("result = {inner}"), &wide, ""));
        match outputs {
            1 => text.push_str("        return result.astype(dtype)[()]\n"),
            _ => text.push_str("        return tuple(by.astype(dtype)[()] for by in result)\n"),
        }
        text
    }
}
