//! The named activations, ready to use.
//!
//! Each is a candle module by its own type, such as [`Mish`], and is found by the names that PyTorch and the configuration
//! files of Hugging Face use:
//!
//! ```
//! use actsmith::zoo;
//! use candle_core::{Device, Module, Tensor};
//!
//! let hidden_act = zoo::by_name("gelu_pytorch_tanh")?;
//! let y = hidden_act.forward(&Tensor::new(&[-1f32, 0.0, 1.0], &Device::Cpu)?)?;
//! assert_eq!(y.to_vec1::<f32>()?[1], 0.0);
//! assert_eq!(zoo::by_name("SiLU")?.formula(), "silu(x)");
//! # Ok::<(), candle_core::Error>(())
//! ```
//!
//! The formulas behind the names are functions of the formula language, so that `quick_gelu(x)` can be part of another formula.
//!
//! A number that is chosen once has its usual value by name; `LeakyRelu::default().with_slope(0.2)` chooses another. Anything else
//! is one line of [`activation!`](crate::activation).

use std::fmt;

use actsmith_codegen::Formula;
use actsmith_codegen::syntax::{nearest, plain};
use actsmith_macros::activation;
use candle_core::{Module, Result, Tensor, bail};

/// An activation that [`by_name`] has found: a candle module.
#[derive(Clone, Copy)]
pub struct Named {
    name: &'static str,
    formula: &'static str,
    derivative: &'static str,
    /// The constants that both name, with their values.
    constants: &'static [(&'static str, f64)],
    forward: fn(&Tensor) -> Result<Tensor>,
}

impl Named {
    /// The first of its names.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The formula that is computed, in the formula language.
    pub fn formula(&self) -> String {
        self.with_values(self.formula)
    }

    /// Its derivative.
    pub fn derivative(&self) -> String {
        self.with_values(self.derivative)
    }

    /// The formula with numbers in place of the constants.
    fn with_values(&self, text: &str) -> String {
        let given = |formula: Formula, (name, value): &(&str, f64)| {
            // A derivative need not name every constant.
            formula.with_constant(name, *value).unwrap_or(formula)
        };
        match Formula::parse(text) {
            Ok(formula) if !self.constants.is_empty() => {
                self.constants.iter().fold(formula, given).to_string()
            }
            _ => text.to_owned(),
        }
    }
}

impl Module for Named {
    fn forward(&self, xs: &Tensor) -> Result<Tensor> {
        (self.forward)(xs)
    }
}

impl fmt::Debug for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}(x) = {}", self.name, self.formula())
    }
}

/// The place of a name among `rows`.
fn place(name: &str, rows: &[&[&str]]) -> Option<usize> {
    let wanted = plain(name);
    rows.iter()
        .position(|names| names.iter().any(|known| plain(known) == wanted))
}

/// The name of the activation with trained parameters that is called so.
#[doc(hidden)] // For messages of programs that build no layers.
pub fn trained(name: &str) -> Option<&'static str> {
    place(name, TRAINED).map(|row| TRAINED[row][0])
}

/// The name of the activation of two tensors that is called so.
#[doc(hidden)] // For messages of programs that build no layers.
pub fn gated(name: &str) -> Option<&'static str> {
    let alike = |gated: &&&str| gated.eq_ignore_ascii_case(&name.replace('_', ""));
    GATED.iter().find(alike).copied()
}

/// The error for a name that is not among the rows.
#[cold]
fn unknown<T>(name: &str) -> Result<T> {
    if let Some(name) = trained(name) {
        bail!(
            "the activation `{name}` has trained parameters; build its struct in `actsmith::zoo` with `new(vb)`"
        )
    }
    if let Some(gated) = gated(name) {
        bail!(
            "`{gated}` takes two tensors, so that no name stands for it; call `actsmith::zoo::{gated}.forward(&x, &gate)`"
        )
    }
    let known = || NAMES.iter().chain(TRAINED).flat_map(|names| *names);
    match nearest(name, known().copied()) {
        Some(near) => bail!("there is no activation `{name}`; did you mean `{near}`?"),
        None => bail!(
            "there is no activation `{name}`; `actsmith::zoo::NAMES` has those without trained parameters, and \
             `actsmith::Formula::parse(…)?.activation()` takes any formula"
        ),
    }
}

/// A row: the documentation, the struct, the names, the formula. Behind the `;` stand parameters: constants in `fixed`, which by
/// name have their usual value, and trained ones in `trained`. What is `gated` takes a second tensor and thus has no name.
macro_rules! zoo {
    (
        fixed { $($(#[$meta:meta])* $name:ident [$($known:literal),+] ($x:ident $(; const $constant:ident = $usual:literal)?) = $formula:expr;)+ }
        trained { $($(#[$trained_meta:meta])* $trained:ident [$($trained_known:literal),+] ($input:ident; $($parameter:tt)+) = $trained_formula:expr;)+ }
        gated { $($(#[$gated_meta:meta])* $gated:ident ($value:ident, $gate:ident) = $gated_formula:expr;)+ }
    ) => {
        activation! {
            $($(#[$meta])* pub $name($x $(; const $constant = $usual)?) = $formula;)+
            $($(#[$trained_meta])* pub $trained($input; $($parameter)+) = $trained_formula;)+
            $($(#[$gated_meta])* pub $gated($value, $gate) = $gated_formula;)+
        }

        /// The names of every activation that [`by_name`] finds.
        pub const NAMES: &[&[&str]] = &[$(&[$($known),+]),+];

        /// Those of the activations with trained parameters.
        const TRAINED: &[&[&str]] = &[$(&[$($trained_known),+]),+];

        /// The activations of two tensors.
        const GATED: &[&str] = &[$(stringify!($gated)),+];

        /// The activation of this name, whether it is spelled as PyTorch's class (`LogSigmoid`), its function (`logsigmoid`) or
        /// in a configuration of Hugging Face (`gelu_new`). Case and underscores do not matter.
        ///
        /// # Errors
        /// If there is none, with the nearest name, or if it has trained parameters and thus needs a `VarBuilder`.
        // Inlined: only a program that calls it compiles all of them.
        #[inline]
        pub fn by_name(name: &str) -> Result<Named> {
            let rows = [$(Named {
                name: [$($known),+][0],
                formula: $name::FORMULA,
                derivative: $name::DERIVATIVE,
                constants: &[$((stringify!($constant), $usual))?],
                forward: |xs| $name::default().forward(xs),
            }),+];
            find(name, &rows)
        }
    };
}

#[doc(hidden)]
pub fn find(name: &str, rows: &[Named]) -> Result<Named> {
    match place(name, NAMES) {
        Some(row) => Ok(rows[row]),
        None => unknown(name),
    }
}

zoo! {
    fixed {
        /// The identity, for configurations that name one.
        Identity ["linear", "identity"] (x) = x;

        // Rectifiers.

        /// Fukushima, "Visual Feature Extraction by a Multilayered Network of Analog Threshold Elements" (1969); Nair and Hinton,
        /// "Rectified Linear Units Improve Restricted Boltzmann Machines" (ICML 2010).
        Relu ["relu"] (x) = relu(x);
        /// Krizhevsky, "Convolutional Deep Belief Networks on CIFAR-10" (2010).
        Relu6 ["relu6"] (x) = relu6(x);
        /// So et al., "Primer: Searching for Efficient Transformers for Language Modeling" (arXiv 2109.08668).
        Relu2 ["relu2", "relu_squared", "squared_relu"] (x) = relu2(x);
        /// Maas et al., "Rectifier Nonlinearities Improve Neural Network Acoustic Models" (ICML 2013).
        LeakyRelu ["leaky_relu"] (x; const slope = 0.01) = prelu(x, slope);
        /// As in evaluation, with the mean slope 11/48 below 0: Xu et al., "Empirical Evaluation of Rectified Activations in
        /// Convolutional Network" (arXiv 1505.00853).
        RRelu ["rrelu"] (x) = rrelu(x);
        /// Clevert et al., "Fast and Accurate Deep Network Learning by Exponential Linear Units" (arXiv 1511.07289).
        Elu ["elu"] (x; const alpha = 1.0) = elu(x, alpha);
        /// Barron, "Continuously Differentiable Exponential Linear Units" (arXiv 1704.07483).
        Celu ["celu"] (x; const alpha = 1.0) = celu(x, alpha);
        /// Klambauer et al., "Self-Normalizing Neural Networks" (arXiv 1706.02515).
        Selu ["selu"] (x) = selu(x);

        // Gates on the input itself.

        /// x·Φ(x): Hendrycks and Gimpel, "Gaussian Error Linear Units" (arXiv 1606.08415).
        Gelu ["gelu", "gelu_python", "gelu_erf"] (x) = gelu(x);
        /// The approximation of GELU by tanh, of the same paper. Hugging Face has five names for it.
        GeluTanh ["gelu_tanh", "gelu_pytorch_tanh", "gelu_new", "gelu_fast", "gelu_python_tanh", "gelu_accurate"] (x) = gelu_tanh(x);
        /// The approximation of GELU by the logistic function, of the same paper, as CLIP uses it.
        QuickGelu ["quick_gelu"] (x) = quick_gelu(x);
        /// GELU between -10 and 10: Wu et al., "Integer Quantization for Deep Learning Inference" (arXiv 2004.09602).
        Gelu10 ["gelu_10"] (x) = gelu_10(x);
        /// x·σ(x): Elfwing et al., "Sigmoid-Weighted Linear Units for Neural Network Function Approximation in Reinforcement
        /// Learning" (arXiv 1702.03118).
        Silu ["silu", "swish"] (x) = silu(x);
        /// Misra, "Mish: A Self Regularized Non-Monotonic Activation Function" (arXiv 1908.08681).
        Mish ["mish"] (x) = mish(x);
        /// Howard et al., "Searching for MobileNetV3" (arXiv 1905.02244).
        HardSwish ["hardswish", "hard_silu"] (x) = hardswish(x);
        /// Roy et al., "LiSHT: Non-Parametric Linearly Scaled Hyperbolic Tangent Activation Function" (arXiv 1901.05894).
        Lisht ["lisht"] (x) = lisht(x);
        /// Nag et al., "SERF: Towards better training of deep neural networks using log-Softplus ERror activation Function"
        /// (arXiv 2108.09598).
        Serf ["serf"] (x) = serf(x);
        /// Fernandez and Mali, "TeLU Activation Function for Fast and Stable Deep Learning" (arXiv 2412.20269):
        /// `x * tanh(exp(x))`, whose tangent is 1 from 4 on, where the exponential need not grow until it overflows.
        Telu ["telu"] (x) = telu(x);

        // Smooth rectifiers.

        /// Dugas et al., "Incorporating Second-Order Functional Knowledge for Better Option Pricing" (NIPS 2000).
        Softplus ["softplus"] (x) = softplus(x);
        /// Barron, "Squareplus: A Softplus-Like Algebraic Rectifier" (arXiv 2112.11687), with b = 4:
        /// `(x + sqrt(square(x) + 4)) / 2`, written so that neither side cancels or overflows.
        Squareplus ["squareplus"] (x) = squareplus(x);

        // Sigmoids.

        /// 1/(1 + e⁻ˣ).
        Sigmoid ["sigmoid", "logistic"] (x) = sigmoid(x);
        /// Of binary connections: Courbariaux et al., "BinaryConnect" (arXiv 1511.00363), with PyTorch's slope of 1/6.
        HardSigmoid ["hardsigmoid"] (x) = hardsigmoid(x);
        /// ln σ(x).
        LogSigmoid ["log_sigmoid"] (x) = log_sigmoid(x);
        /// The hyperbolic tangent.
        Tanh ["tanh"] (x) = tanh(x);
        /// Collobert, "Large Scale Machine Learning" (2004).
        HardTanh ["hardtanh"] (x) = hardtanh(x);
        /// Turian et al., "Quadratic features and deep architectures for chunking" (NAACL 2009).
        Softsign ["softsign"] (x) = softsign(x);
        /// The distribution function of a normal distribution with μ = √½ and σ = 1/√(4π), close to a Laplace distribution's: Ma et
        /// al., "Mega: Moving Average Equipped Gated Attention" (arXiv 2209.10655), with the digits of Hugging Face.
        Laplace ["laplace"] (x) = laplace(x);
        /// The inverse tangent.
        Atan ["atan", "arctan"] (x) = atan(x);
        /// The inverse hyperbolic sine.
        Asinh ["asinh", "arcsinh"] (x) = asinh(x);
        /// The error function.
        Erf ["erf"] (x) = erf(x);

        // Shrinkage.

        /// Donoho and Johnstone, "Ideal spatial adaptation by wavelet shrinkage" (1994), with λ = 0.5.
        HardShrink ["hardshrink"] (x) = hardshrink(x);
        /// Of the same paper, with λ = 0.5.
        SoftShrink ["softshrink"] (x) = softshrink(x);
        /// x - tanh(x).
        Tanhshrink ["tanhshrink"] (x) = tanhshrink(x);

        // Bumps and waves.

        /// e^(-x²).
        Gaussian ["gaussian"] (x) = gaussian(x);
        /// Sitzmann et al., "Implicit Neural Representations with Periodic Activation Functions" (arXiv 2006.09661).
        Sine ["sine", "sin"] (x) = sin(x);
        /// sin(πx)/(πx).
        Sinc ["sinc"] (x) = sinc(x);
    }

    trained {
        /// He et al., "Delving Deep into Rectifiers" (arXiv 1502.01852), with one slope for all channels.
        PRelu ["prelu"] (x; a = 0.25) = prelu(x, a);
        /// Of the same paper, with a slope for each index of dimension 1.
        ChannelPRelu ["channel_prelu"] (x; #[per_channel(dim = 1)] a = 0.25) = prelu(x, a);
        /// Huang and Schlag, "Deriving Activation Functions Using Integration" (arXiv 2411.13010), with its β of ½.
        XIelu ["xielu"] (x; alpha_p > 0 = 0.8, alpha_n > 0 = 0.3) = xielu(x, alpha_p, alpha_n);
        /// Ramachandran et al., "Searching for Activation Functions" (arXiv 1710.05941), with a trained β; with β = 1 it is [`Silu`].
        Swish ["trained_swish"] (x; beta = 1.0) = swish(x, beta);
        /// Yu et al., "MetaFormer Baselines for Vision" (arXiv 2210.13452): mean 0 and variance 1 for normal inputs at the start.
        StarRelu ["star_relu"] (x; scale = 0.8944, bias = -0.4472) = star_relu(x, scale, bias);
        /// Ziyin et al., "Neural Networks Fail to Learn Periodic Functions and How to Fix It" (arXiv 2006.08195).
        #[expect(deprecated, reason = "undefined for a = 0 alone, as in the paper")]
        Snake ["snake"] (x; a = 1.0) = snake(x, a);
    }

    gated {
        /// Dauphin et al., "Language Modeling with Gated Convolutional Networks" (arXiv 1612.08083).
        Glu (x, gate) = glu(x, gate);
        /// Shazeer, "GLU Variants Improve Transformer" (arXiv 2002.05202).
        SwiGlu (x, gate) = swiglu(x, gate);
        /// Of the same paper.
        GeGlu (x, gate) = geglu(x, gate);
        /// Of the same paper.
        ReGlu (x, gate) = reglu(x, gate);
    }
}
