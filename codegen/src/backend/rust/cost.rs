//! What an operation costs in a fused loop, in tenths of one vectorised f32 addition.
//!
//! Measured and written by `cargo run --release -p actsmith-cli -- costs --write codegen/src/backend/rust/cost.rs` on an AMD EPYC
//! (Zen 4) with AVX-512: the time of a loop over numbers in the first-level cache with the operation less that without, to two
//! digits. An operation never costs more than its definition: what it takes longer buys digits that the definition loses.

use crate::ops::Op;

/// The time of one evaluation in a fused loop, in tenths of an addition; `powi` for the exponent 5, and half a choice with its
/// comparison for each of the two.
pub const fn cost(op: Op) -> u32 {
    match op {
        Op::Pi => 0,
        Op::Add => 10,
        Op::Sub => 10,
        Op::Mul => 10,
        Op::Div => 44,
        Op::Neg => 1,
        Op::Square => 10, // 1.2 additions as measured; its definition costs less
        Op::Cube => 20,
        Op::Powi => 33,
        Op::Sqrt => 83,
        Op::Exp => 140,
        Op::Expm1 => 140,
        Op::Ln => 230,
        Op::Log1p => 240, // 26.1 additions as measured; its definition costs less
        Op::Sigmoid => 170,
        Op::Softplus => 290,
        Op::LogSigmoid => 290,
        Op::Gaussian => 150,
        Op::Sin => 1100,
        Op::Cos => 1100,
        Op::Sinc => 230,
        Op::Sinh => 230,
        Op::Cosh => 150,
        Op::Tanh => 200, // 25.3 additions as measured; its definition costs less
        Op::Asinh => 420,
        Op::Atan => 170,
        Op::Erf => 310,
        Op::Erfc => 320, // 61.7 additions as measured; its definition costs less
        Op::NormalCdf => 340, // 55.2 additions as measured; its definition costs less
        Op::NormalPdf => 170,
        Op::Abs => 1,
        Op::Sign => 22,
        Op::Min => 10,
        Op::Max => 10,
        Op::Clamp => 20, // 2.2 additions as measured; its definition costs less
        Op::Lt => 5,     // 0.5 additions as measured; its definition costs less
        Op::Le => 5,     // 0.5 additions as measured; its definition costs less
        Op::Eq => 5,
        Op::If => 5,
        Op::Relu => 10,
        Op::Min0 => 10,
        Op::LeakyRelu => 20,
        Op::PRelu => 20,
        Op::RRelu => 20,
        Op::Threshold => 10, // 1.1 additions as measured; its definition costs less
        Op::HardTanh => 20,  // 2.2 additions as measured; its definition costs less
        Op::HardShrink => 11, // 1.2 additions as measured; its definition costs less
        Op::SoftShrink => 30,
        Op::Relu6 => 20, // 2.2 additions as measured; its definition costs less
        Op::HardSigmoid => 40, // 4.4 additions as measured; its definition costs less
        Op::HardSwish => 47,
        Op::Silu => 180,
        Op::Gelu => 350,     // 48.3 additions as measured; its definition costs less
        Op::GeluTanh => 220, // 29.4 additions as measured; its definition costs less
        Op::Mish => 270,
        Op::Elu => 150,
        Op::EluAlpha => 160,
        Op::Celu => 180,
        Op::Selu => 170,
        Op::Softsign => 44,
        Op::Tanhshrink => 210, // 36.6 additions as measured; its definition costs less
        Op::SigmoidGrad => 190, // 21.0 additions as measured; its definition costs less
        Op::TanhGrad => 220,
        Op::SiluGrad => 270,
        Op::GeluTanhGrad => 400,
        Op::MishGrad => 470,
        Op::SincGrad => 350,
        Op::AsinhGrad => 150,
        Op::AtanGrad => 110,
        Op::SoftsignGrad => 47,
    }
}
