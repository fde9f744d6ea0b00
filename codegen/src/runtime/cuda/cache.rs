//! Kernels are compiled once: a process keeps them in memory, and later ones find them on disk.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use candle_core::cuda_backend::WrapErr;
use candle_core::cuda_backend::cudarc::driver::sys::CUresult;
use candle_core::cuda_backend::cudarc::driver::{CudaContext, CudaFunction, DriverError};
use candle_core::cuda_backend::cudarc::nvrtc::Ptx;
use candle_core::{CudaDevice, Result, bail};

use super::compile::{Target, version};
use super::text::{Kernel, Number, Task};

/// Where compiled kernels are kept, instead of the cache folder of the user; nowhere, if it is empty.
const VARIABLE: &str = "ACTSMITH_CUDA_CACHE";

/// What kernels differ in.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    device: usize,
    function: u128,
    number: Number,
    task: Task,
    rank: usize,
    wide: bool,
    tiled: bool,
}

/// The functions of a kernel's text on a device, compiled if it must be.
pub(super) fn load(device: &CudaDevice, kernel: &Kernel) -> Result<Arc<Vec<CudaFunction>>> {
    static LOADED: Mutex<Option<HashMap<Key, Arc<Vec<CudaFunction>>>>> = Mutex::new(None);
    let stream = device.cuda_stream();
    let context = stream.context();
    let kinds = kernel
        .parameters
        .iter()
        .map(|p| p.is_row() as u8 + 2 * p.is_trained() as u8);
    let kinds: Vec<u8> = kinds.chain([kernel.inputs as u8]).collect();
    let key = Key {
        device: context.ordinal(),
        function: hash([kernel.formula.as_bytes(), kinds.as_slice()]),
        number: kernel.number,
        task: kernel.task,
        rank: kernel.rank,
        wide: kernel.wide,
        tiled: kernel.tiled,
    };
    // Held while a kernel is compiled: threads that wait for the same one need it anyway.
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    let loaded = loaded.get_or_insert_default();
    if let Some(functions) = loaded.get(&key) {
        return Ok(functions.clone());
    }
    let functions = Arc::new(compiled(context, kernel)?);
    loaded.insert(key, functions.clone());
    Ok(functions)
}

/// The functions from disk, or compiled.
fn compiled(context: &Arc<CudaContext>, kernel: &Kernel) -> Result<Vec<CudaFunction>> {
    let (major, minor) = context.compute_capability().w()?;
    let target = Target::new(10 * major + minor)?;
    let text = kernel.text();
    let file = file(&target, &text)?;
    let names = kernel.task.kernels();
    if let Some(file) = &file
        && let Some(code) = read(file)
        && let Ok(functions) = functions(context, code, names)
    {
        return Ok(functions);
    }
    let code = target.compile(&text)?;
    if let Some(file) = &file {
        // Without a cache it is compiled again next time.
        let _ = write(file, &code);
    }
    match functions(context, code, names) {
        Ok(functions) => Ok(functions),
        Err(DriverError(
            error @ (CUresult::CUDA_ERROR_UNSUPPORTED_PTX_VERSION
            | CUresult::CUDA_ERROR_NO_BINARY_FOR_GPU
            | CUresult::CUDA_ERROR_INVALID_IMAGE),
        )) => {
            let (major, minor) = version()?;
            bail!(
                "the driver does not take what NVRTC {major}.{minor} compiles ({error:?}); update the driver, or install an NVRTC that is \
                 not newer than it"
            )
        }
        Err(error) => Err(error).w(),
    }
}

fn functions(
    context: &Arc<CudaContext>,
    code: Vec<u8>,
    names: &[&str],
) -> std::result::Result<Vec<CudaFunction>, DriverError> {
    let module = context.load_module(Ptx::from_binary(code))?;
    names
        .iter()
        .map(|name| module.load_function(name))
        .collect()
}

/// Where the code of a text is kept, if anywhere.
fn file(target: &Target, text: &str) -> Result<Option<PathBuf>> {
    let Some(folder) = folder() else {
        return Ok(None);
    };
    let origin = format!("{:?} {:?}", version()?, target.options);
    let hash = hash([origin.as_bytes(), text.as_bytes()]);
    Ok(Some(folder.join(format!("{hash:032x}.kernel"))))
}

fn folder() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(folder) = std::env::var_os(VARIABLE) {
        return (!folder.is_empty()).then(|| PathBuf::from(folder));
    }
    let cache = variable("XDG_CACHE_HOME")
        .or_else(|| variable("LOCALAPPDATA"))
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(variable("HOME")?).join(".cache")))?;
    Some(cache.join("actsmith").join("cuda"))
}

/// The code in a file, behind the hash of it; none if it is damaged.
fn read(file: &Path) -> Option<Vec<u8>> {
    let bytes = fs::read(file).ok()?;
    let (sum, code) = bytes.split_first_chunk::<16>()?;
    (*sum == hash([code]).to_le_bytes()).then(|| code.to_vec())
}

/// Written aside and renamed: whoever reads the file meanwhile finds all of it or nothing.
fn write(file: &Path, code: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let aside = file.with_extension(format!("{}.aside", std::process::id()));
    fs::write(
        &aside,
        [hash([code]).to_le_bytes().as_slice(), code].concat(),
    )?;
    fs::rename(&aside, file).inspect_err(|_| {
        let _ = fs::remove_file(&aside);
    })
}

/// The hash of Fowler, Noll and Vo (FNV-1a) of 128 bits, taken over words of 8 bytes; parts are kept apart by their lengths.
fn hash<const N: usize>(parts: [&[u8]; N]) -> u128 {
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let mut hash = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128;
    let mut add = |word: u64| hash = (hash ^ u128::from(word)).wrapping_mul(PRIME);
    for part in parts {
        add(part.len() as u64);
        for chunk in part.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            add(u64::from_le_bytes(word));
        }
    }
    hash
}
