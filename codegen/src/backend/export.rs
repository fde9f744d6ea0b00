//! The targets other than Rust, as one list.

#[cfg(feature = "candle")]
use super::cuda;
#[cfg(feature = "onnx")]
use super::onnx::{self, OnnxOptions};
use super::text::snake_case;
use super::{c, fpcore, jax, latex, python, sympy, torch};
use crate::kernel::Activation;

/// A target of `actsmith emit` other than Rust.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Export {
    /// A PyTorch module.
    Torch,
    /// A JAX function.
    Jax,
    /// A C header.
    C,
    /// Functions over NumPy arrays.
    Python,
    /// A LaTeX display.
    Latex,
    /// SymPy expressions.
    Sympy,
    /// FPCore, as Herbie reads it.
    Fpcore,
    /// A file of CUDA C++.
    #[cfg(feature = "candle")]
    Cuda,
    /// An ONNX model in the textual syntax of ONNX; [`Declaration::to_onnx`](crate::Declaration::to_onnx) has the file.
    #[cfg(feature = "onnx")]
    Onnx,
}

/// What the list says of a target.
struct Row {
    export: Export,
    name: &'static str,
    /// How the name of an activation is written there.
    case: fn(&str) -> String,
    is_reserved: fn(&str) -> bool,
    /// Whether it computes in f32.
    single: bool,
    write: fn(&Activation, &str) -> String,
}

const ROWS: &[Row] = &[
    Row {
        export: Export::Torch,
        name: "torch",
        case: str::to_owned,
        is_reserved: torch::is_reserved,
        single: true,
        write: torch::write,
    },
    Row {
        export: Export::Jax,
        name: "jax",
        case: snake_case,
        is_reserved: jax::is_reserved,
        single: true,
        write: jax::write,
    },
    Row {
        export: Export::C,
        name: "c",
        case: snake_case,
        is_reserved: c::is_reserved,
        single: true,
        write: c::write,
    },
    Row {
        export: Export::Python,
        name: "python",
        case: snake_case,
        is_reserved: python::is_reserved,
        single: false,
        write: python::write,
    },
    Row {
        export: Export::Latex,
        name: "latex",
        case: str::to_owned,
        is_reserved: latex::is_reserved,
        single: false,
        write: latex::write,
    },
    Row {
        export: Export::Sympy,
        name: "sympy",
        case: snake_case,
        is_reserved: sympy::is_reserved,
        single: false,
        write: sympy::write,
    },
    Row {
        export: Export::Fpcore,
        name: "fpcore",
        case: str::to_owned,
        is_reserved: fpcore::is_reserved,
        single: false,
        write: fpcore::write,
    },
    #[cfg(feature = "candle")]
    Row {
        export: Export::Cuda,
        name: "cuda",
        case: snake_case,
        is_reserved: cuda::is_reserved,
        single: true,
        write: cuda::file,
    },
    #[cfg(feature = "onnx")]
    Row {
        export: Export::Onnx,
        name: "onnx",
        case: str::to_owned,
        is_reserved: onnx::is_reserved,
        single: true,
        write: |activation, command| {
            onnx::write(activation, OnnxOptions::default(), command).to_string()
        },
    },
];

impl Export {
    /// Every target.
    pub fn all() -> impl Iterator<Item = Self> {
        ROWS.iter().map(|row| row.export)
    }

    /// The target of a name.
    pub fn named(name: &str) -> Option<Self> {
        let mut rows = ROWS.iter();
        rows.find(|row| row.name == name).map(|row| row.export)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// Whether it computes in f32, where the input is f32 or narrower.
    pub fn is_single(self) -> bool {
        self.row().single
    }

    fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }

    /// How the name of an activation is written in the target.
    pub fn name_of(self, activation: &str) -> String {
        (self.row().case)(activation)
    }

    /// How the name of an activation is written in the target, if it means nothing else there; otherwise this is the error.
    pub(crate) fn checked_name(self, activation: &Activation) -> Result<String, String> {
        let name = self.name_of(&activation.name);
        let is_reserved = self.row().is_reserved;
        let variables = &activation.value.variables;
        let means_something_else = is_reserved(&name)
            || match self {
                // The functions of float have an f behind their names, and loops call the function beside its input.
                Self::C => {
                    is_reserved(&format!("{name}f"))
                        || variables[..activation.inputs].contains(&name)
                }
                // The module has the symbols, and what is computed on the way as t0, t1 and so on, beside the function.
                Self::Sympy => {
                    let number = name.strip_prefix('t').unwrap_or_default();
                    let is_step = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
                    is_step || variables.contains(&name)
                }
                _ => false,
            };
        match means_something_else {
            true => Err(name),
            false => Ok(name),
        }
    }

    /// The file of an activation; `command` is what it says it was written by.
    pub(crate) fn write(self, activation: &Activation, command: &str) -> String {
        (self.row().write)(activation, command)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declaration::Declaration;
    use crate::formula::Formula;

    fn declaration(name: &str, text: &str) -> Declaration {
        let formula = Formula::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        Declaration::new(name, &formula, &[]).unwrap_or_else(|e| panic!("{text}: {e}"))
    }

    #[test]
    fn a_row_stands_where_its_target_does() {
        for export in Export::all() {
            assert_eq!(Export::named(export.name()), Some(export));
        }
    }

    #[test]
    fn names_that_mean_something_else_are_refused_or_get_an_underscore() {
        for (export, name) in [
            (Export::C, "Tanh"),
            (Export::C, "Double"),
            (Export::Jax, "jnp"),
            (Export::Torch, "nn"),
            (Export::Python, "Lambda"),
            (Export::Sympy, "Erf"),
            (Export::C, "X"),
            (Export::C, "Print"),
            (Export::Sympy, "X"),
            (Export::Sympy, "T0"),
        ] {
            let error = declaration(name, "x")
                .to_export(export, "")
                .expect_err(name);
            assert!(
                error.to_string().contains("cannot name an activation"),
                "{error}"
            );
        }
        let parameters = declaration("Beta", "x * lambda + tanh(n * x) + beta * _value");
        for (export, argument) in [
            (Export::C, "double n_, double beta_"),
            (Export::Jax, "lambda_=1.0, n=1.0, beta_=1.0, _value_=1.0"),
            (Export::Torch, "lambda_: float = 1.0, n: float"),
            (Export::Python, "lambda_=1.0, n=1.0, beta=1.0, _value_=1.0"),
        ] {
            let text = parameters.to_export(export, "").expect("a file");
            let plain: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(plain.contains(argument), "{text}");
        }
    }

    #[test]
    fn the_same_formula_gives_the_same_text() {
        let text = "sigmoid(gelu(sigmoid(silu(x)) * silu(x))) * silu(x) + sinc(beta * x)";
        for export in Export::all() {
            let write = || {
                declaration("A", text)
                    .to_export(export, "")
                    .expect("a file")
            };
            assert_eq!(write(), write());
        }
    }
}
