//! One file for other programs: the functions in f32 and f64 with what they reach of the runtime's mathematics, and kernels over arrays.

use super::words::is_reserved;
use crate::backend::text::{Names, head, snake_case};
use crate::kernel::Activation;

/// How functions are declared on a device, and what the device itself begins a division with.
const DEVICE: &str = include_str!("../../runtime/cuda/device.cu");

/// The longest line of the comment at the head.
const WIDTH: usize = 100;

/// The file of an activation; `command` is what writes it.
pub(crate) fn file(activation: &Activation, command: &str) -> String {
    let name = snake_case(&activation.name);
    let wanted = activation.differentiated();
    let mut text: String = head(activation, command, WIDTH - 3)
        .iter()
        .map(|line| {
            format!("// {}", line.trim_end_matches('\\'))
                .trim_end()
                .to_owned()
                + "\n"
        })
        .collect();
    text.push_str(ABOUT);
    let space = format!("actsmith_{name}");
    text.push_str(&format!("\n#pragma once\n\nnamespace {space} {{\n\n"));
    let defined = DEVICE.lines().next().unwrap_or_default();
    text.push_str(&format!("{defined}\n"));
    for (double, inner) in [(false, "single"), (true, "wide")] {
        text.push_str(&namespace(inner, &activation.plain_cuda_functions(double)));
    }
    text.push_str(&format!(
        "\n#undef FN\n\n{COMPUTED}\n}}  // namespace {space}\n"
    ));
    let names = Names::new(&activation.value.variables, is_reserved);
    let written = Functions {
        name: &name,
        space: &space,
        inputs: activation.inputs,
        variables: &names.variables,
        wanted: &wanted,
    };
    for (real, inner) in [("float", "single"), ("double", "wide")] {
        text.push_str(&written.device(real, inner));
    }
    text.push_str(&written.kernels());
    text
}

/// What the comment at the head ends with.
const ABOUT: &str = "\
//
// Device functions for float and double, and kernels for a grid of one dimension and any element type that float or double converts to
// and from, such as __half. With nvcc --fmad=false, or the same option of NVRTC, float has the bits of the Rust code.
";

/// The type that elements are computed in.
const COMPUTED: &str = "\
template <class T> struct Computed { typedef float type; };
template <> struct Computed<double> { typedef double type; };
template <class T> using Real = typename Computed<T>::type;
";

/// Functions in a namespace of their own; macros end where it does.
fn namespace(name: &str, functions: &str) -> String {
    let macros = functions
        .lines()
        .filter_map(|line| line.strip_prefix("#define "));
    let names = macros.filter_map(|line| line.split([' ', '(']).next());
    let ends: String = names.map(|name| format!("#undef {name}\n")).collect();
    let estimate = match functions.contains("reciprocal_estimate(") {
        // Behind the definition of `FN`.
        true => DEVICE.split_once('\n').map_or("", |(_, rest)| rest),
        false => "",
    };
    format!("\nnamespace {name} {{\n{estimate}{functions}{ends}}}  // namespace {name}\n")
}

/// The functions that other programs call.
struct Functions<'a> {
    name: &'a str,
    space: &'a str,
    inputs: usize,
    variables: &'a [String],
    /// The variables that there are derivatives with respect to.
    wanted: &'a [usize],
}

impl Functions<'_> {
    /// The value and the derivatives, in one type.
    fn device(&self, real: &str, inner: &str) -> String {
        let Self { name, space, .. } = self;
        let declared: Vec<String> = self
            .variables
            .iter()
            .map(|v| format!("{real} {v}"))
            .collect();
        let (declared, given) = (declared.join(", "), self.variables.join(", "));
        let count = self.wanted.len();
        let by: Vec<&str> = self
            .wanted
            .iter()
            .map(|&v| self.variables[v].as_str())
            .collect();
        format!(
            "\nstatic __device__ __forceinline__ {real} {name}({declared}) {{\n    return {space}::{inner}::value({given});\n}}\n\
             // Writes the derivatives with respect to {} to by.\n\
             static __device__ __forceinline__ void {name}_gradient({declared}, {real} (&by)[{count}]) {{\n    \
             {space}::{inner}::gradient({given}, by);\n}}\n",
            by.join(", "),
        )
    }

    /// A loop over the elements of each pass.
    fn kernels(&self) -> String {
        let Self { name, space, .. } = self;
        let (inputs, parameters) = self.variables.split_at(self.inputs);
        let real = format!("{space}::Real<T>");
        let mut arguments = vec!["size_t n".to_owned()];
        arguments.extend(inputs.iter().map(|input| format!("const T* {input}")));
        arguments.extend(
            parameters
                .iter()
                .map(|parameter| format!("{real} {parameter}")),
        );
        let arguments = arguments.join(", ");
        let elements = inputs.iter().map(|input| format!("Real({input}[i])"));
        let given: Vec<String> = elements.chain(parameters.iter().cloned()).collect();
        let given = given.join(", ");
        let kernel = |pass: &str, more: &str, body: &str| {
            format!(
                "\ntemplate <class T>\n__global__ void {name}_{pass}({arguments}, {more}) {{\n    typedef {real} Real;\n    \
                 const size_t step = (size_t)gridDim.x * blockDim.x;\n    \
                 for (size_t i = (size_t)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += step) {{\n{body}    }}\n}}\n"
            )
        };
        let forward = kernel(
            "forward",
            "T* out",
            &format!("        out[i] = T({name}({given}));\n"),
        );
        let mut more = String::from("const T* grad");
        let mut body = format!(
            "        Real by[{}];\n        {name}_gradient({given}, by);\n",
            self.wanted.len()
        );
        for (index, &variable) in self
            .wanted
            .iter()
            .enumerate()
            .filter(|(_, v)| **v < self.inputs)
        {
            let by = &self.variables[variable];
            more.push_str(&format!(", T* by_{by}"));
            body.push_str(&format!(
                "        by_{by}[i] = T(Real(grad[i]) * by[{index}]);\n"
            ));
        }
        format!(
            "\n// Values of n elements; out may be {}.{forward}\n// Gradients of n elements for {}.{}",
            inputs.join(" or "),
            inputs.join(" and "),
            kernel("backward", &more, &body),
        )
    }
}
