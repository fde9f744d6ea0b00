//! Who worked on a run: the program and the machine. It decides nothing, and may differ from one run to the next.

use serde::{Deserialize, Serialize};

/// What the bytes of a run may depend on beyond its settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Provenance {
    /// The version of this program.
    pub version: String,
    /// Threads of the fused operations.
    pub threads: usize,
    /// The operating system.
    pub system: String,
    /// The architecture of the processor.
    pub architecture: String,
    /// The name of the processor, where it tells.
    pub processor: Option<String>,
    /// The instructions that it has beyond those of every processor of the architecture, as far as arithmetic may depend on them.
    pub features: Vec<String>,
}

impl Provenance {
    /// This program on this machine.
    pub fn here() -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            threads: rayon::current_num_threads(),
            system: std::env::consts::OS.to_owned(),
            architecture: std::env::consts::ARCH.to_owned(),
            processor: processor(),
            features: features(),
        }
    }
}

#[cfg(target_arch = "x86_64")]
fn processor() -> Option<String> {
    let brand = raw_cpuid::CpuId::new().get_processor_brand_string()?;
    Some(brand.as_str().trim().to_owned())
}

#[cfg(not(target_arch = "x86_64"))]
fn processor() -> Option<String> {
    None
}

#[cfg(target_arch = "x86_64")]
fn features() -> Vec<String> {
    macro_rules! present {
        ($($name:tt),*) => {
            [$(($name, std::arch::is_x86_feature_detected!($name))),*]
        };
    }
    let known = present!(
        "avx", "avx2", "fma", "f16c", "avx512f", "avx512dq", "avx512bw", "avx512vl"
    );
    let found = known.into_iter().filter(|(_, present)| *present);
    found.map(|(name, _)| name.to_owned()).collect()
}

#[cfg(not(target_arch = "x86_64"))]
fn features() -> Vec<String> {
    Vec::new()
}
