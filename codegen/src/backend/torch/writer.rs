//! Writes the module: functions that compute, the `autograd.Function`, the `nn.Module`.

use super::spelling::Torch;
use crate::backend::pythonic::{
    Function, about, along, computed, docstring, joined, public_names, tuple,
};
use crate::backend::text::{Code, Output, Reach, head};
use crate::kernel::{Activation, Parameter};
use crate::ops::Op;
use crate::syntax::ParameterKind;

/// The module of an activation; `command` is what writes it.
pub(crate) fn write(activation: &Activation, command: &str) -> String {
    let wanted = activation.differentiated();
    let mut value = Code::new(&activation.value, activation.inputs, &Torch);
    // An `autograd.Function` must not return what it saves.
    if value.variables.contains(&value.outputs[0].expression) {
        value.outputs[0].expression.push_str(".clone()");
    }
    let positive = activation.parameters.iter().any(|p| p.positive);
    if positive {
        value.calls.insert(Op::Softplus);
    }
    let slopes = activation.gradient.derivatives_of(&wanted);
    let slopes = Code::new(&slopes, activation.inputs, &Torch);
    // One that f32 does not hold is a tensor.
    let is_number = |text: &str| text.parse::<f64>().is_ok();
    let filled = |x: &str, output: &Output| match output.reach {
        Reach::Nothing if is_number(&output.expression) => {
            format!("torch.full_like({x}, {})", output.expression)
        }
        Reach::Nothing | Reach::Parameters | Reach::Inputs => {
            format!("torch.zeros_like({x}) + {}", output.expression)
        }
    };
    let function = Function {
        name: "_value",
        annotation: ": Tensor",
        result: "Tensor",
        filled: &filled,
    };
    let mut code = computed(&value, &slopes, &Torch, &function, &|body| {
        body.replace('@', "torch.").replace("torch..", "torch.")
    });
    let module = Module {
        activation,
        variables: &value.variables,
        wanted: &wanted,
    };
    if module
        .trained()
        .any(|(_, p)| matches!(p.kind, ParameterKind::PerChannel(_)))
    {
        code.insert(0, ALONG.to_owned());
    }
    if activation
        .parameters
        .iter()
        .any(|p| p.kind == ParameterKind::Constant)
    {
        code.insert(0, CONSTANT.to_owned());
    }
    code.extend([WIDE.to_owned(), module.function(), module.module()]);
    let functional = if code.iter().any(|code| code.contains("F.")) {
        "from torch.nn import functional as F\n"
    } else {
        ""
    };
    let head = docstring(&head(activation, command, 88), "");
    let names = public_names(&[&activation.name]);
    let math = if positive { "import math\n\n" } else { "" };
    let mut text =
        format!("{head}\n{math}import torch\nfrom torch import Tensor, nn\n{functional}\n{names}");
    for code in code {
        text.push_str("\n\n");
        text.push_str(&code);
    }
    text
}

/// Half precision is computed in f32.
const WIDE: &str = "\
def _wide(x: Tensor) -> Tensor:
    half = x.dtype == torch.float16 or x.dtype == torch.bfloat16
    return x.float() if half else x
";

/// Makes a tensor of a constant, with the digits that are computed with.
const CONSTANT: &str = "\
def _constant(value: float, x: Tensor) -> Tensor:
    dtype = torch.float64 if x.dtype == torch.float64 else torch.float32
    return torch.tensor(value, dtype=dtype, device=x.device)
";

/// Gives a parameter the rank of the input.
const ALONG: &str = "\
def _along(values: Tensor, x: Tensor, dim: int) -> Tensor:
    shape = [1] * x.dim()
    shape[dim] = -1
    return values.reshape(shape)
";

struct Module<'a> {
    activation: &'a Activation,
    variables: &'a [String],
    wanted: &'a [usize],
}

impl Module<'_> {
    fn inputs(&self) -> &[String] {
        &self.variables[..self.activation.inputs]
    }

    /// Every parameter with its name here.
    fn parameters(&self) -> impl Iterator<Item = (&String, &Parameter)> {
        let names = &self.variables[self.activation.inputs..];
        names.iter().zip(&self.activation.parameters)
    }

    fn trained(&self) -> impl Iterator<Item = (&String, &Parameter)> {
        self.parameters()
            .filter(|(_, p)| p.kind != ParameterKind::Constant)
    }

    /// The `autograd.Function` over inputs, trained tensors and constants, in the order of the variables.
    fn function(&self) -> String {
        let variables = self.variables.join(", ");
        let wide = self.wide();
        let x = &self.inputs()[0];
        let mut text = format!(
            "class _Function(torch.autograd.Function):\n    \
             \"\"\"Saves what it is called with alone, and has the simplified derivatives.\"\"\"\n\n    \
             generate_vmap_rule = True\n\n    \
             @staticmethod\n    def forward({variables}):\n"
        );
        text.push_str(&joined(
            "        ",
            "return _value",
            &wide,
            &format!(".to({x}.dtype)"),
        ));
        text.push_str(&format!(
            "\n    @staticmethod\n    def setup_context(ctx, inputs, output):\n        {} = inputs\n        ctx.save_for_backward({variables})\n",
            if self.variables.len() == 1 { format!("({variables},)") } else { variables.clone() }
        ));
        let unpacked = match &self.variables {
            [only] => format!("({only},)"),
            _ => variables,
        };
        text.push_str(&format!(
            "\n    @staticmethod\n    def backward(ctx, grad):\n        {unpacked} = ctx.saved_tensors\n"
        ));
        let by: Vec<String> = self
            .wanted
            .iter()
            .map(|&variable| format!("by_{}", self.variables[variable]))
            .collect();
        text.push_str(&joined(
            "        ",
            &format!("{} = _derivatives", tuple(&by)),
            &wide,
            "",
        ));
        text.push_str("        grad = _wide(grad)\n");
        let gradient = |(index, name): (usize, &String)| {
            if !self.wanted.contains(&index) {
                return "None".to_owned();
            }
            match index < self.activation.inputs {
                true => format!("(grad * by_{name}).to({name}.dtype)"),
                false => format!("(grad * by_{name}).sum_to_size({name}.shape).to({name}.dtype)"),
            }
        };
        let gradients: Vec<String> = self.variables.iter().enumerate().map(gradient).collect();
        match gradients.len() {
            1 => text.push_str(&format!("        return {}\n", gradients[0])),
            _ => {
                let lines: String = gradients
                    .iter()
                    .map(|gradient| format!("            {gradient},\n"))
                    .collect();
                text.push_str(&format!("        return (\n{lines}        )\n"));
            }
        }
        text
    }

    fn module(&self) -> String {
        let activation = self.activation;
        let mut text = format!("class {}(nn.Module):\n", activation.name);
        let formula = about(&activation.value.formula(0));
        text.push_str(&docstring(&[formula], "    "));
        if self.parameters().next().is_some() {
            text.push_str(&self.constructor());
        }
        text.push_str(&self.forward());
        if self.parameters().next().is_some() {
            text.push_str(&self.extra_repr());
        }
        text
    }

    fn constructor(&self) -> String {
        let per_channel = |p: &Parameter| matches!(p.kind, ParameterKind::PerChannel(_));
        let channels = self.parameters().any(|(_, p)| per_channel(p));
        let mut arguments = vec!["self".to_owned()];
        arguments.extend(channels.then(|| "channels: int".to_owned()));
        arguments.extend(
            self.parameters()
                .map(|(name, p)| format!("{name}: float = {:?}", p.initial.to_f64())),
        );
        let mut text = String::from("\n");
        text.push_str(&joined("    ", "def __init__", &arguments, " -> None:"));
        text.push_str("        super().__init__()\n");
        for (name, parameter) in self.parameters() {
            let initial = match parameter.positive {
                // The inverse of softplus.
                true => format!("{name} + math.log(-math.expm1(-{name}))"),
                false => name.clone(),
            };
            let argument = match parameter.kind {
                ParameterKind::Constant => {
                    text.push_str(&format!("        self.{name} = {initial}\n"));
                    continue;
                }
                ParameterKind::Scalar => format!("torch.tensor({initial})"),
                ParameterKind::PerChannel(_) => format!("torch.full((channels,), {initial})"),
            };
            let head = format!("self.{name} = nn.Parameter");
            text.push_str(&joined("        ", &head, &[argument], ""));
        }
        text
    }

    /// Every variable in the type that is computed in.
    fn wide(&self) -> Vec<String> {
        let variables = self.variables.iter();
        variables.map(|name| format!("_wide({name})")).collect()
    }

    /// The values of the parameters where they are used.
    fn read(&self, (name, parameter): (&String, &Parameter)) -> String {
        let x = &self.variables[0];
        match parameter.kind {
            ParameterKind::Constant => format!("_constant(self.{name}, {x})"),
            _ if parameter.positive => format!("_softplus(self.{name})"),
            _ => format!("self.{name}"),
        }
    }

    fn forward(&self) -> String {
        let inputs = self.inputs();
        let typed: Vec<String> = inputs
            .iter()
            .map(|name| format!("{name}: Tensor"))
            .collect();
        let mut text = String::from("\n");
        let arguments: Vec<String> = [String::from("self")].into_iter().chain(typed).collect();
        text.push_str(&joined("    ", "def forward", &arguments, " -> Tensor:"));
        for (name, parameter) in self.parameters() {
            text.push_str(&format!(
                "        {name} = {}\n",
                self.read((name, parameter))
            ));
        }
        text.push_str(&along(self.activation, self.variables, "        "));
        let wide = self.wide();
        let x = &inputs[0];
        text.push_str(
            "        # TorchScript compiles nothing under this condition.\n        \
             if not torch.jit.is_scripting():\n            \
             if not (torch.jit.is_tracing() or torch.compiler.is_compiling()):\n",
        );
        text.push_str(&joined(
            "                ",
            "return _Function.apply",
            self.variables,
            "",
        ));
        text.push_str(&joined(
            "        ",
            "return _value",
            &wide,
            &format!(".to({x}.dtype)"),
        ));
        text
    }

    fn extra_repr(&self) -> String {
        let shown = self
            .parameters()
            .map(|(name, parameter)| match parameter.kind {
                ParameterKind::Constant => format!("{name}={{self.{name}}}"),
                ParameterKind::Scalar => {
                    format!("{name}={{{}.item():.4g}}", self.read((name, parameter)))
                }
                ParameterKind::PerChannel(dim) => {
                    format!("{name}=<{{self.{name}.numel()}} along dimension {dim}>")
                }
            });
        let shown: Vec<String> = shown.collect();
        format!(
            "\n    def extra_repr(self) -> str:\n        return f\"{}\"\n",
            shown.join(", ")
        )
    }
}
