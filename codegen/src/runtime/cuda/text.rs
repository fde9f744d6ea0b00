//! Completes the functions of a formula to a kernel.

use candle_core::DType;

use super::super::kernel::{Parameter, ParameterKind};
use super::functions::{Precision, functions, with_bits};

/// The most parameters of a function: they travel as arguments of the kernels.
pub(crate) const MOST_PARAMETERS: usize = 32;

/// The most trained parameters that one kernel sums for.
#[cfg(feature = "cuda")]
pub(crate) const MOST_SUMS: usize = 4;

/// The types of the elements in memory, a row each: how they are computed, how many there are in 16 bytes, and how they are loaded and
/// stored.
macro_rules! numbers {
    ($($number:ident: $dtype:ident, $precision:ident, $lanes:literal, [$($file:literal),+];)+) => {
        /// The type of the elements in memory.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum Number {
            $($number),+
        }

        impl Number {
            /// The type that candle calls `dtype`, if activations take it.
            pub(crate) fn of(dtype: DType) -> Option<Self> {
                match dtype {
                    $(DType::$dtype => Some(Self::$number),)+
                    _ => None,
                }
            }

            pub(crate) fn precision(self) -> Precision {
                match self {
                    $(Self::$number => Precision::$precision),+
                }
            }

            /// Elements in 16 bytes.
            #[cfg(feature = "cuda")]
            pub(crate) fn lanes(self) -> usize {
                match self {
                    $(Self::$number => $lanes),+
                }
            }

            fn text(self) -> &'static str {
                match self {
                    $(Self::$number => concat!($(include_str!($file)),+)),+
                }
            }
        }
    };
}
numbers! {
    F32: F32, Single, 4, ["element_f32.cu"];
    F64: F64, Double, 2, ["element_f64.cu"];
    F16: F16, Single, 8, ["element_half.cu", "element_f16.cu"];
    Bf16: BF16, Single, 8, ["element_half.cu", "element_bf16.cu"];
}

/// What a kernel does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Task {
    /// Values where all lies side by side.
    ForwardDense,
    /// Values in any layout.
    ForwardStrided,
    /// Gradients for the inputs where all lies side by side.
    BackwardDense,
    /// The same in any layout.
    BackwardStrided,
    /// The same, and for this many trained parameters from this one on, each one number.
    Scalars(usize, usize),
    /// The same for parameters of which some vary by channel.
    Channels(usize, usize),
}

impl Task {
    /// The kernels of the text, in the order of their launches.
    #[cfg(feature = "cuda")]
    pub(crate) fn kernels(self) -> &'static [&'static str] {
        match self {
            Self::ForwardDense => &["forward_dense"],
            Self::ForwardStrided => &["forward_strided"],
            Self::BackwardDense => &["backward_dense"],
            Self::BackwardStrided => &["backward_strided"],
            Self::Scalars(..) => &["backward_scalars", "total_scalars"],
            Self::Channels(..) => &["backward_channels", "total_channels"],
        }
    }

    fn text(self) -> [&'static str; 3] {
        let element = include_str!("element.cu");
        match self {
            Self::ForwardDense => [include_str!("forward.cu"), "", ""],
            Self::ForwardStrided => [include_str!("forward_strided.cu"), "", ""],
            Self::BackwardDense => [include_str!("backward.cu"), "", ""],
            Self::BackwardStrided => [element, include_str!("backward_strided.cu"), ""],
            Self::Scalars(..) => [element, include_str!("sums.cu"), include_str!("total.cu")],
            Self::Channels(..) => [
                element,
                include_str!("channels.cu"),
                include_str!("total_channels.cu"),
            ],
        }
    }

    fn is_forward(self) -> bool {
        matches!(self, Self::ForwardDense | Self::ForwardStrided)
    }

    /// The trained parameters that are summed for.
    fn trained(self) -> (usize, usize) {
        match self {
            Self::Scalars(first, count) | Self::Channels(first, count) => (first, count),
            Self::ForwardDense
            | Self::ForwardStrided
            | Self::BackwardDense
            | Self::BackwardStrided => (0, 0),
        }
    }
}

/// A kernel of a function.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kernel<'a> {
    /// `value` and `gradient`, as the CUDA target writes them.
    pub(crate) formula: &'a str,
    pub(crate) inputs: usize,
    pub(crate) parameters: &'a [Parameter],
    pub(crate) number: Number,
    pub(crate) task: Task,
    /// Dimensions of the layout.
    pub(crate) rank: usize,
    /// Whether indices of elements need more than 32 bits.
    pub(crate) wide: bool,
    /// Whether a block of threads takes a tile of the last two dimensions, in strided layouts.
    pub(crate) tiled: bool,
}

/// Vectors of 16 bytes that a thread of a dense kernel loads before it computes.
pub(crate) fn unrolled(inputs: usize) -> usize {
    if inputs == 1 { 2 } else { 1 }
}

impl Kernel<'_> {
    /// The whole text, without includes.
    pub(crate) fn text(&self) -> String {
        let gradient = self.formula.find("FN void gradient");
        let (value, gradient) = self
            .formula
            .split_at(gradient.unwrap_or(self.formula.len()));
        let formula = if self.task.is_forward() {
            value
        } else {
            gradient
        };
        let functions = functions(formula, self.number.precision());
        let element = self.number.text();
        let [first, second, third] = self.task.text();
        let text = format!(
            "namespace actsmith {{\n{}{functions}{element}{}{}{}{first}{second}{third}}}\n",
            include_str!("device.cu"),
            self.sizes(),
            include_str!("arguments.cu"),
            self.glue(),
        );
        with_bits(&text, self.number.precision())
    }

    fn sizes(&self) -> String {
        let (first, count) = self.task.trained();
        let slopes = self.inputs + self.parameters.iter().filter(|p| p.is_trained()).count();
        let (index, wide) = match self.wide {
            false => ("u32", ""),
            true => ("u64", "#define WIDE\n"),
        };
        let tiled = if self.tiled { "#define TILED\n" } else { "" };
        format!(
            "#define INPUTS {}\n#define PARAMETERS {}\n#define MOST_PARAMETERS {MOST_PARAMETERS}\n#define RANK {}\n#define UNROLL {}\n\
             #define SLOPES {slopes}\n#define FIRST_TRAINED {first}\n#define TRAINED {count}\n{wide}{tiled}typedef {index} index;\n",
            self.inputs,
            self.parameters.len(),
            self.rank,
            unrolled(self.inputs),
        )
    }

    /// The parameters as the functions take them.
    fn glue(&self) -> String {
        let (mut numbers, mut rows) = (String::new(), String::new());
        for (j, parameter) in self.parameters.iter().enumerate() {
            match parameter.kind {
                ParameterKind::Constant => {
                    numbers += &format!(" p[{j}] = (real)a.parameters[{j}].number;");
                }
                ParameterKind::Scalar => {
                    numbers += &format!(" p[{j}] = a.packed[a.parameters[{j}].at];");
                }
                ParameterKind::PerChannel(_) => {
                    rows += &format!(" p[{j}] = row(a, a.parameters[{j}], i);");
                }
            }
        }
        let x = (0..self.inputs).map(|k| format!("x[{k}][j]"));
        let p = (0..self.parameters.len()).map(|j| format!("p[{j}]"));
        let arguments = x.chain(p).collect::<Vec<_>>().join(", ");
        let (first, count) = self.task.trained();
        let indices = self
            .trained()
            .skip(first)
            .take(count)
            .map(|j| format!("{j}"));
        let indices = indices.collect::<Vec<_>>().join(", ");
        format!(
            "FN void numbers(const Launch& a, real* p) {{{numbers} }}\n\
             FN void rows(const Launch& a, index i, real* p) {{{rows} }}\n\
             FN u32 trained(u32 k) {{ const u32 places[TRAINED + 1] = {{{indices}}}; return places[k]; }}\n\
             #define VALUE(x, j, p) value({arguments})\n#define GRADIENT(x, j, p, by) gradient({arguments}, by)\n"
        )
    }

    /// The indices of the trained parameters.
    pub(crate) fn trained(&self) -> impl Iterator<Item = usize> {
        let trained = |(_, parameter): &(usize, &Parameter)| parameter.is_trained();
        self.parameters
            .iter()
            .enumerate()
            .filter(trained)
            .map(|(j, _)| j)
    }
}
