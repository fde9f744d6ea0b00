//! What an operation costs in a fused loop, in tenths of one vectorised f32 addition.
//!
//! Measured and written by `cargo run --release -p actsmith-cli -- costs --write codegen/src/ops/cost.rs` on an AMD EPYC
//! (Zen 4) with AVX-512: the time of a loop over numbers in the first-level cache with the operation less that without, to two
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
            Self::Div => 44,
            Self::Neg => 1,
            Self::Square => 10, // 1.2 additions as measured; its definition costs less
            Self::Cube => 20,
            Self::Powi => 33,
            Self::Sqrt => 83,
            Self::Exp => 140,
            Self::Expm1 => 140,
            Self::Ln => 230,
            Self::Log1p => 240, // 26.1 additions as measured; its definition costs less
            Self::Sigmoid => 170,
            Self::Softplus => 290,
            Self::LogSigmoid => 290,
            Self::Gaussian => 150,
            Self::Sin => 1100,
            Self::Cos => 1100,
            Self::Sinc => 230,
            Self::Sinh => 230,
            Self::Cosh => 150,
            Self::Tanh => 200, // 25.3 additions as measured; its definition costs less
            Self::Asinh => 420,
            Self::Atan => 170,
            Self::Erf => 310,
            Self::Erfc => 320, // 61.7 additions as measured; its definition costs less
            Self::NormalCdf => 340, // 55.2 additions as measured; its definition costs less
            Self::NormalPdf => 170,
            Self::Abs => 1,
            Self::Sign => 22,
            Self::Min => 10,
            Self::Max => 10,
            Self::Clamp => 20, // 2.2 additions as measured; its definition costs less
            Self::Lt => 5,     // 0.5 additions as measured; its definition costs less
            Self::Le => 5,     // 0.5 additions as measured; its definition costs less
            Self::Eq => 5,
            Self::If => 5,
            Self::Relu => 10,
            Self::Min0 => 10,
            Self::LeakyRelu => 20,
            Self::PRelu => 20,
            Self::RRelu => 20,
            Self::Threshold => 10, // 1.1 additions as measured; its definition costs less
            Self::HardTanh => 20,  // 2.2 additions as measured; its definition costs less
            Self::HardShrink => 11, // 1.2 additions as measured; its definition costs less
            Self::SoftShrink => 30,
            Self::Relu6 => 20, // 2.2 additions as measured; its definition costs less
            Self::HardSigmoid => 40, // 4.4 additions as measured; its definition costs less
            Self::HardSwish => 47,
            Self::Silu => 180,
            Self::Gelu => 350, // 48.3 additions as measured; its definition costs less
            Self::GeluTanh => 220, // 29.4 additions as measured; its definition costs less
            Self::Mish => 270,
            Self::Elu => 150,
            Self::EluAlpha => 160,
            Self::Celu => 180,
            Self::Selu => 170,
            Self::Softsign => 44,
            Self::Tanhshrink => 210, // 36.6 additions as measured; its definition costs less
            Self::SigmoidGrad => 210,
            Self::TanhGrad => 220,
            Self::SiluGrad => 270,
            Self::GeluTanhGrad => 400,
            Self::MishGrad => 470,
            Self::SincGrad => 350,
            Self::AsinhGrad => 150,
            Self::AtanGrad => 110,
            Self::SoftsignGrad => 47,
        }
    }
}
