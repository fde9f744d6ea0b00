//! What an operation costs in a fused loop, in tenths of one vectorised f32 addition.
//!
//! Measured and written by `cargo run --release -p actsmith-search -- costs --write codegen/src/ops/cost.rs` on an AMD EPYC
//! (Zen 5) with AVX-512: the time of a loop over numbers in the first-level cache with the operation less that without, to two
//! digits. An operation never costs more than its definition: what it takes longer buys digits that the definition loses.

use super::Op;

impl Op {
    /// The time of one evaluation in a fused loop, in tenths of an addition; `powi` for the exponent 5, and half a choice with
    /// its comparison for each of the two.
    pub const fn cost(self) -> u32 {
        match self {
            Self::Pi => 0,
            Self::Add => 10,
            Self::Sub => 10,
            Self::Mul => 10,
            Self::Div => 30,
            Self::Neg => 1,
            Self::Square => 10, // 1.3 additions as measured; its definition costs less
            Self::Cube => 19,
            Self::Powi => 32,
            Self::Sqrt => 66,
            Self::Exp => 290,
            Self::Expm1 => 270,
            Self::Ln => 440,
            Self::Log1p => 450, // 47.9 additions as measured; its definition costs less
            Self::Sigmoid => 331, // 36.6 additions as measured; its definition costs less
            Self::Softplus => 740, // 108.9 additions as measured; its definition costs less
            Self::LogSigmoid => 742, // 109.5 additions as measured; its definition costs less
            Self::Gaussian => 301, // 37.0 additions as measured; its definition costs less
            Self::Sin => 640,
            Self::Cos => 640,
            Self::Sinc => 250,
            Self::Sinh => 410,
            Self::Cosh => 330,
            Self::Tanh => 361, // 40.5 additions as measured; its definition costs less
            Self::Asinh => 1000,
            Self::Atan => 310,
            Self::Erf => 780,
            Self::Erfc => 770,
            Self::NormalCdf => 790,
            Self::NormalPdf => 340, // 39.7 additions as measured; its definition costs less
            Self::Abs => 1,         // 0.1 additions as measured; its definition costs less
            Self::Sign => 24,
            Self::Min => 10,
            Self::Max => 10,
            Self::Clamp => 20, // 2.3 additions as measured; its definition costs less
            Self::Lt => 5,
            Self::Le => 5,
            Self::Eq => 5,
            Self::If => 5,
            Self::Relu => 10,
            Self::Min0 => 10,
            Self::LeakyRelu => 13,
            Self::PRelu => 13,
            Self::RRelu => 13,
            Self::Threshold => 10,
            Self::HardTanh => 20,
            Self::HardShrink => 11, // 1.3 additions as measured; its definition costs less
            Self::SoftShrink => 28,
            Self::Relu6 => 20, // 2.2 additions as measured; its definition costs less
            Self::HardSigmoid => 32,
            Self::HardSwish => 42,
            Self::Silu => 341, // 49.6 additions as measured; its definition costs less
            Self::Gelu => 800, // 89.4 additions as measured; its definition costs less
            Self::GeluTanh => 381, // 94.4 additions as measured; its definition costs less
            Self::Mish => 480,
            Self::Elu => 276,
            Self::EluAlpha => 286,
            Self::Celu => 320,
            Self::Selu => 296,
            Self::Softsign => 33,
            Self::Tanhshrink => 371, // 46.7 additions as measured; its definition costs less
            Self::SigmoidSlope => 331,
            Self::TanhSlope => 361,
            Self::SiluSlope => 350,
            Self::GeluTanhSlope => 420,
            Self::MishSlope => 450,
            Self::SincSlope => 300,
            Self::AsinhSlope => 106,
            Self::AtanSlope => 50,
            Self::SoftsignSlope => 60,
        }
    }
}
