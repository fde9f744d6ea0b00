//! The text of a kernel to machine code, by NVRTC.

use std::ffi::CString;

use candle_core::cuda_backend::cudarc::nvrtc::result::NvrtcError;
use candle_core::cuda_backend::cudarc::nvrtc::{result, sys};
use candle_core::{Result, bail};

/// What makes the results those of IEEE arithmetic, rounded as they are written.
const EXACT: [&str; 6] = [
    "--std=c++17",
    "--fmad=false",
    "--ftz=false",
    "--prec-div=true",
    "--prec-sqrt=true",
    "--disable-warnings",
];

/// The version of NVRTC.
pub(super) fn version() -> Result<(i32, i32)> {
    let (mut major, mut minor) = (0, 0);
    // SAFETY: both pointers are to integers of this function.
    let status = unsafe { sys::nvrtcVersion(&mut major, &mut minor) }.result();
    status.map_err(|error| failure("its version", error))?;
    Ok((major, minor))
}

/// How to compile for a compute capability.
pub(super) struct Target {
    /// The options, of which the results depend.
    pub(super) options: Vec<String>,
    /// Whether machine code comes out, or code that the driver compiles: NVRTC may not know the device.
    binary: bool,
}

impl Target {
    /// The device's own machine code if NVRTC knows the device, else the intermediate code of the nearest earlier one.
    pub(super) fn new(capability: i32) -> Result<Self> {
        let known = known()?;
        let binary = known.contains(&capability);
        let earlier = known.iter().filter(|&&known| known <= capability).max();
        let Some(nearest) = earlier else {
            let (major, minor) = version()?;
            let least = known.first().copied().unwrap_or_default();
            bail!(
                "NVRTC {major}.{minor} compiles for compute capability {}.{} and later, the device has {}.{}; install an earlier NVRTC",
                least / 10,
                least % 10,
                capability / 10,
                capability % 10
            )
        };
        let kind = if binary { "sm" } else { "compute" };
        let mut options = vec![format!("--gpu-architecture={kind}_{nearest}")];
        options.extend(EXACT.map(str::to_owned));
        Ok(Self { options, binary })
    }

    /// Compiles a text.
    pub(super) fn compile(&self, text: &str) -> Result<Vec<u8>> {
        let source = CString::new(text).map_err(candle_core::Error::wrap)?;
        let program = Program::new(&source)?;
        // SAFETY: the program was created above and is destroyed when it is dropped.
        if let Err(error) = unsafe { result::compile_program(program.0, &self.options) } {
            // SAFETY: as above.
            let log = unsafe { result::get_program_log(program.0) }.unwrap_or_default();
            let log: Vec<u8> = log.into_iter().map(|c| c as u8).collect();
            let log = String::from_utf8_lossy(&log);
            bail!(
                "NVRTC fails to compile a kernel ({error}): {}",
                log.trim_end_matches('\0')
            )
        }
        if !self.binary {
            // SAFETY: as above; it has been compiled.
            let ptx = unsafe { result::get_ptx(program.0) };
            let ptx = ptx.map_err(|error| failure("its result", error))?;
            return Ok(ptx.into_iter().map(|c| c as u8).collect());
        }
        let mut size = 0;
        // SAFETY: as above; the pointer is to an integer of this function.
        let status = unsafe { sys::nvrtcGetCUBINSize(program.0, &mut size) }.result();
        status.map_err(|error| failure("its result", error))?;
        let mut code = vec![0u8; size];
        // SAFETY: as above; the buffer has the size that NVRTC has asked for.
        let status = unsafe { sys::nvrtcGetCUBIN(program.0, code.as_mut_ptr().cast()) }.result();
        status.map_err(|error| failure("its result", error))?;
        Ok(code)
    }
}

/// The compute capabilities that NVRTC compiles for, in order.
fn known() -> Result<Vec<i32>> {
    let mut count = 0;
    // SAFETY: the pointer is to an integer of this function.
    let status = unsafe { sys::nvrtcGetNumSupportedArchs(&mut count) }.result();
    status.map_err(|error| failure("its devices", error))?;
    let mut known = vec![0; usize::try_from(count).unwrap_or_default()];
    // SAFETY: the buffer has as many elements as NVRTC has said.
    let status = unsafe { sys::nvrtcGetSupportedArchs(known.as_mut_ptr()) }.result();
    status.map_err(|error| failure("its devices", error))?;
    known.sort_unstable();
    Ok(known)
}

fn failure(what: &str, error: NvrtcError) -> candle_core::Error {
    candle_core::Error::Msg(format!(
        "NVRTC does not tell {what} ({error}); is the library of CUDA's toolkit installed, of the version that this program was built for?"
    ))
}

/// A program of NVRTC.
struct Program(sys::nvrtcProgram);

impl Program {
    fn new(source: &CString) -> Result<Self> {
        let program = result::create_program(source, None);
        program
            .map(Self)
            .map_err(|error| failure("what it can do", error))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // SAFETY: the program was created by NVRTC and is destroyed only here. There is nothing to do about a failure.
        let _ = unsafe { result::destroy_program(self.0) };
    }
}
