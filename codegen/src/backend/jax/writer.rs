//! Writes the module: functions that compute, and the public one with its rule.

use super::spelling::Jax;
use crate::backend::pythonic::{
    Function, about, along, computed, docstring, joined, public_names, tuple,
};
use crate::backend::text::{Code, Output, head, snake_case};
use crate::kernel::Activation;
use crate::syntax::ParameterKind;

/// The module of an activation; `command` is what writes it.
pub(crate) fn write(activation: &Activation, command: &str) -> String {
    let name = snake_case(&activation.name);
    // Every argument has a tangent, those for constants too.
    let wanted: Vec<usize> = (0..activation.gradient.variables.len()).collect();
    let jax = Jax { name: &name };
    let value = Code::new(&activation.value, activation.inputs, &jax);
    let slopes = activation.gradient.derivatives_of(&wanted);
    let slopes = Code::new(&slopes, activation.inputs, &jax);
    let filled = |x: &str, output: &Output| format!("jnp.full_like({x}, {})", output.expression);
    let function = Function {
        name: "_value",
        annotation: "",
        result: "",
        filled: &filled,
    };
    let mut code = computed(&value, &slopes, &jax, &function, &|body| {
        body.replace("@erfc", "special.erfc").replace('@', "jnp")
    });
    let along = along(activation, &value.variables, "    ");
    if !along.is_empty() {
        code.insert(0, ALONG.to_owned());
    }
    code.push(WIDE.to_owned());
    code.push(public(activation, &name, &value.variables, &along));
    let scipy = if code.iter().any(|code| code.contains("special.")) {
        "from jax.scipy import special\n"
    } else {
        ""
    };
    let head = docstring(&head(activation, command, 88), "");
    let names = public_names(&[&name]);
    let mut text = format!("{head}\nimport jax\nimport jax.numpy as jnp\n{scipy}\n{names}");
    for code in code {
        text.push_str("\n\n");
        text.push_str(&code);
    }
    text
}

/// Half precision is computed in f32.
const WIDE: &str = "\
def _wide(x):
    x = jnp.asarray(x)
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))
";

/// Gives a parameter the rank of the input.
const ALONG: &str = "\
def _along(values, x, dim):
    shape = [1] * jnp.ndim(x)
    shape[dim] = -1
    return jnp.reshape(values, shape)
";

/// The function with its rule, over the inputs and then the parameters.
fn public(activation: &Activation, name: &str, variables: &[String], along: &str) -> String {
    let (inputs, parameters) = variables.split_at(activation.inputs);
    let x = &inputs[0];
    let initial = parameters.iter().zip(&activation.parameters);
    let defaults = initial.map(|(name, p)| format!("{name}={:?}", p.initial.to_f64()));
    let arguments: Vec<String> = inputs.iter().cloned().chain(defaults).collect();
    let per_channel = activation
        .parameters
        .iter()
        .any(|p| matches!(p.kind, ParameterKind::PerChannel(_)));
    let doc = docstring(&[about(&activation.value.formula(0))], "    ");
    let wide: Vec<String> = variables
        .iter()
        .map(|name| format!("_wide({name})"))
        .collect();
    let type_of_x = format!(".astype(jnp.result_type({x}, 0.0))");
    // What varies along a dimension gets its shape outside, so that the rule sees arrays that fit.
    let inner = if per_channel {
        format!("_{name}")
    } else {
        name.to_owned()
    };
    let mut text = String::from("@jax.custom_jvp\n");
    let signature = if per_channel { variables } else { &arguments };
    text.push_str(&joined("", &format!("def {inner}"), signature, ":"));
    if !per_channel {
        text.push_str(&doc);
    }
    let line = joined("    ", "return _value", &wide, &type_of_x);
    match line.lines().count() {
        1 => text.push_str(&line),
        // The type goes below, as long as the rest fits on a line.
        _ => text.push_str(&format!(
            "    return _value({}).astype(\n        jnp.result_type({x}, 0.0)\n    )\n",
            wide.join(", ")
        )),
    }
    text.push_str(&format!(
        "\n\n@{inner}.defjvp\ndef _jvp(primals, tangents):\n"
    ));
    let unpacked = match variables {
        [only] => format!("({only},)"),
        several => several.join(", "),
    };
    text.push_str(&format!("    {unpacked} = primals\n"));
    let by: Vec<String> = variables.iter().map(|name| format!("by_{name}")).collect();
    text.push_str(&joined(
        "    ",
        &format!("{} = _derivatives", tuple(&by)),
        &wide,
        "",
    ));
    let terms = by
        .iter()
        .enumerate()
        .map(|(index, by)| format!("{by} * tangents[{index}]"));
    let terms: Vec<String> = terms.collect();
    text.push_str(&format!("    tangent = {}\n", terms.join(" + ")));
    text.push_str(&format!(
        "    return {inner}({}), tangent{type_of_x}\n",
        variables.join(", ")
    ));
    if per_channel {
        text.push_str("\n\n");
        text.push_str(&joined("", &format!("def {name}"), &arguments, ":"));
        text.push_str(&doc);
        text.push_str(along);
        text.push_str(&joined("    ", &format!("return {inner}"), variables, ""));
    }
    text
}
