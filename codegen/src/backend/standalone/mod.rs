//! One file that holds an activation and what it needs of the runtime, and names only `candle_core` and `std`.
//!
//! The text is the runtime's own, cut to what is reached from the activation. Where the runtime takes a crate that the file has to do
//! without, a module of this folder stands in: for libm, for half, and without rayon for its threads.

mod parts;
mod print;
mod reach;

use proc_macro2::TokenStream;
use quote::quote;

use super::rust::{self, Dialect, Header, Target};
use crate::kernel::Activation;
use print::{File, Printer, closed_up, indented};
use reach::{Modules, Reached};

/// The files of the runtime by their paths, in the order of the file that is written.
macro_rules! runtime {
    ($($($name:ident)/+),+ $(,)?) => {
        &[$((
            &[$(stringify!($name)),+],
            include_str!(concat!("../../runtime", $("/", stringify!($name)),+, ".rs")),
        )),+]
    };
}

type Source = (&'static [&'static str], &'static str);

const ROOT: &str = include_str!("../../runtime/mod.rs");
const MATH: Source = (&["math"], include_str!("../../runtime/math/mod.rs"));
const FILES: &[Source] = runtime![
    kernel,
    op,
    positive,
    parameters,
    driver,
    sums,
    view,
    blocks,
    compiled,
    element,
    simd,
    real,
    single,
    math / double,
    math / elementary,
    math / log,
    math / trig,
    math / hyperbolic,
    math / erf,
    math / gate,
    math / fma,
];
const THREADS: Source = (&["threads"], include_str!("../../runtime/threads.rs"));
const SERIAL: Source = (&["threads"], include_str!("serial.rs"));
const DEVICE: Source = (&["device"], include_str!("device.rs"));
const HALVES: Source = (&["halves"], include_str!("halves.rs"));
const LIBM: Source = (&["math", "libm"], include_str!("libm.rs"));

/// Threads share long tensors if `rayon`. The documentation says that `command` has written the file.
pub(crate) fn write(
    activation: &Activation,
    header: &Header,
    rayon: bool,
    command: &str,
) -> syn::Result<String> {
    let target = Target {
        candle: &quote!(candle_core),
        runtime: &quote!(runtime),
        dialect: Dialect::File,
        device: None,
        minimal: true,
    };
    let items = rust::write(activation, header, &target);
    let code = prettyplease::unparse(&syn::parse2(items.clone())?);
    let (head, runtime) = (head(activation, rayon, command), runtime(&items, rayon)?);
    Ok(format!("{head}\n{code}\n{runtime}"))
}

/// What the file is and needs.
fn head(activation: &Activation, rayon: bool, command: &str) -> String {
    let inputs = activation.value.variables[..activation.inputs].join(", ");
    let (name, formula) = (&activation.name, activation.value.formula(0));
    let rayon = if rayon { "\n//! rayon = \"1\"" } else { "" };
    format!(
        "//! `{name}({inputs}) = {formula}`, a fused operation for candle on the CPU.
//!
//! Written by actsmith {version} ({license}):
//!
//! ```sh
//! {command}
//! ```
//!
//! It needs Rust 1.89 and, in `Cargo.toml`:
//!
//! ```toml
//! [dependencies]
//! candle-core = \"0.11\"{rayon}
//! ```
//!
//! Inputs are f32, f64, f16 or bf16, of any layout. The instructions of the processor are chosen at run time; the results do not depend
//! on them. In f64 the elementary functions are the standard library's.
",
        version = env!("CARGO_PKG_VERSION"),
        license = env!("CARGO_PKG_LICENSE"),
    )
}

/// The module `runtime` with what `items` need of it.
fn runtime(items: &TokenStream, rayon: bool) -> syn::Result<String> {
    let root: Source = (&[], ROOT);
    let threads = if rayon { THREADS } else { SERIAL };
    let sources = [&[root, MATH, threads, DEVICE, HALVES, LIBM], FILES].concat();
    let mut files = Vec::new();
    let mut modules = Modules::new();
    for (path, text) in sources {
        let path: Vec<String> = path.iter().map(|&word| word.to_owned()).collect();
        // The crate becomes a module beside that which names it.
        let text = text.replace("libm::", "super::libm::");
        let (parts, start) = parts::items(&text)?;
        modules.insert(path.clone(), parts);
        files.push(File { path, text, start });
    }
    let (root, _) = parts::items(&items.to_string())?;
    let root: Vec<parts::Node> = root.into_iter().map(parts::Node::Part).collect();
    let reached = Reached::from(&root, &modules);
    let printer = Printer {
        files: &files,
        modules: &modules,
        reached: &reached,
    };
    let inside = printer.inside(&files[0]);
    Ok(closed_up(&format!(
        "{RUNTIME}mod runtime {{\n{}\n}}",
        indented(inside.trim())
    )))
}

const RUNTIME: &str = "/// What the activation runs on.
#[allow(dead_code, unsafe_code, clippy::all, clippy::pedantic)]
";
