//! Picks the instruction set at run time: one loop body, compiled once per level.
//!
//! A [`SimdJob`] is inlined into a function that carries `#[target_feature]`, so LLVM vectorises the same source for each
//! level. The arithmetic is the same IEEE operations everywhere, hence the same bits.

use super::Real;
use super::single::Fma32;

/// What a job knows of the instructions that it is compiled for.
pub trait Simd: Copy + Send + Sync + 'static {
    /// The f32 that is fast with them.
    type Single: Single;
}

/// An f32 with arithmetic that suits some instructions. All give the same bits.
pub trait Single: Real {
    /// The number.
    fn of_f32(v: f32) -> Self;
    /// The number as plain f32.
    fn to_f32(self) -> f32;
}

impl Single for f32 {
    #[inline(always)]
    fn of_f32(v: f32) -> Self {
        v
    }
    #[inline(always)]
    fn to_f32(self) -> f32 {
        self
    }
}

impl Single for Fma32 {
    #[inline(always)]
    fn of_f32(v: f32) -> Self {
        Self(v)
    }
    #[inline(always)]
    fn to_f32(self) -> f32 {
        self.0
    }
}

/// The instructions that every processor of the target has.
#[derive(Clone, Copy, Debug)]
pub struct Plain;

impl Simd for Plain {
    type Single = f32;
}

/// Instructions with a fused multiply-add, whichever they are besides.
#[derive(Clone, Copy, Debug)]
pub struct Fused;

impl Simd for Fused {
    type Single = Fma32;
}

/// A piece of work that is compiled once for every [`SimdLevel`].
///
/// `run`, and everything it calls in its inner loops, must be `#[inline(always)]`: only what is inlined into the function
/// with the target features is compiled for them.
pub trait SimdJob {
    /// What the work returns.
    type Output;

    /// Does the work. Mark the implementation `#[inline(always)]`.
    fn run<S: Simd>(self) -> Self::Output;
}

/// An instruction set that [`dispatch`] can choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SimdLevel {
    /// What the target guarantees: SSE2 on x86-64, NEON on AArch64.
    Baseline,
    /// AVX2 and FMA.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// AVX-512 F, DQ, BW and VL.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl SimdLevel {
    /// Every level of this architecture, widest last.
    pub const ALL: &[SimdLevel] = &[
        SimdLevel::Baseline,
        #[cfg(target_arch = "x86_64")]
        SimdLevel::Avx2,
        #[cfg(target_arch = "x86_64")]
        SimdLevel::Avx512,
    ];

    /// Whether this processor has the level. The standard library caches the answer: one load per call.
    #[inline]
    pub fn is_available(self) -> bool {
        match self {
            SimdLevel::Baseline => true,
            #[cfg(target_arch = "x86_64")]
            SimdLevel::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(target_arch = "x86_64")]
            SimdLevel::Avx512 => {
                is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512vl")
            }
        }
    }

    /// The widest level of this processor.
    #[inline]
    pub fn best() -> Self {
        let available = |level: &SimdLevel| level.is_available();
        Self::ALL
            .iter()
            .copied()
            .rfind(available)
            .unwrap_or(SimdLevel::Baseline)
    }
}

/// Runs `job` with the widest instructions of this processor.
#[inline]
pub fn dispatch<J: SimdJob>(job: J) -> J::Output {
    dispatch_at(SimdLevel::best(), job)
}

/// Runs `job` at `level`, or at the baseline if this processor lacks it.
#[inline]
pub fn dispatch_at<J: SimdJob>(level: SimdLevel, job: J) -> J::Output {
    match level {
        #[cfg(target_arch = "x86_64")]
        SimdLevel::Avx512 if level.is_available() => {
            // SAFETY: the processor has every feature that the function enables; checked on the line above.
            unsafe { run_avx512(job) }
        }
        #[cfg(target_arch = "x86_64")]
        SimdLevel::Avx2 if level.is_available() => {
            // SAFETY: the processor has every feature that the function enables; checked on the line above.
            unsafe { run_avx2(job) }
        }
        _ => job.run::<Plain>(),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl")]
fn run_avx512<J: SimdJob>(job: J) -> J::Output {
    job.run::<Fused>()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn run_avx2<J: SimdJob>(job: J) -> J::Output {
    job.run::<Fused>()
}
