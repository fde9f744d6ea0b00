//! Standalone files are compiled beside `candle_core` alone, or with rayon, and compute what the same declarations of `activation!` do.

// Public for the programs.
#[allow(unreachable_pub)]
#[path = "standalone/harness.rs"]
mod harness;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use actsmith::{Declaration, activation};
use actsmith_codegen::syntax::Item;
use candle_core::{DType, Device, Module, Result, Var};
use candle_nn::{VarBuilder, VarMap};
use harness::{CHANNELS, Made, report};

/// Activations, and the text of each declaration by the name of its file.
macro_rules! declared {
    ($($file:literal: { $($declaration:tt)+ })+) => {
        activation! { $($($declaration)+;)+ }

        const DECLARATIONS: &[(&str, &str)] = &[$(($file, stringify!($($declaration)+))),+];
    };
}

declared! {
    "silu": { pub Silu(x) = x * sigmoid(x) }
    "wave": { pub Wave(x) = sin(x) + erf(x) * atan(x) + sinc(x) }
    "swish": { pub Swish(x; beta = 1.5) = x * sigmoid(beta * x) }
    "scaled": { pub Scaled(x; beta > 0 = 1.5) = tanh(beta * x) / beta }
    "mixed": { pub Mixed(x, y; #[per_channel(dim = -2)] b = 0.5, c = 2.0, const d = 0.3) = mish(x) * b + max(y, c * x) * d }
}

fn one(module: impl Module + 'static, variables: Vec<Var>) -> Result<Made> {
    Ok((Box::new(move |x| module.forward(&x[0])), variables))
}

/// What the declarations of the macro compute.
fn expected() -> Result<String> {
    let map = VarMap::new;
    let builder = |map: &VarMap, dtype: DType| VarBuilder::from_varmap(map, dtype, &Device::Cpu);
    // By name, which is the order in the programs.
    let variables = |map: &VarMap| {
        let data = map.data().lock().expect("no other thread");
        let mut named: Vec<_> = data.iter().collect();
        named.sort_by_key(|(name, _)| (*name).clone());
        named
            .into_iter()
            .map(|(_, variable)| variable.clone())
            .collect()
    };
    Ok([
        report("Silu", 1, &|_| one(Silu, vec![]))?,
        report("Wave", 1, &|_| one(Wave, vec![]))?,
        report("Swish", 1, &|dtype| {
            let map = map();
            one(Swish::new(builder(&map, dtype))?, variables(&map))
        })?,
        report("Scaled", 1, &|dtype| {
            let map = map();
            one(Scaled::new(builder(&map, dtype))?, variables(&map))
        })?,
        report("Mixed", 2, &|dtype| {
            let map = map();
            let mixed = Mixed::new(CHANNELS, builder(&map, dtype))?;
            Ok((
                Box::new(move |x| mixed.forward(&x[0], &x[1])),
                variables(&map),
            ))
        })?,
    ]
    .concat())
}

#[test]
fn standalone_files_compute_what_the_macro_does() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let expected = expected()?;
    let serial = run(folder.path(), "serial", false);
    assert_eq!(compare(&serial, &expected), expected.lines().count());
    let threads = run(folder.path(), "threads", true);
    assert!(compare(&threads, &expected) > 40);
    Ok(())
}

/// Holds each line against the one of the same beginning; how many there are.
fn compare(found: &str, expected: &str) -> usize {
    for line in found.lines() {
        let (what, bits) = line.split_once(": ").expect("what and bits");
        let mut lines = expected.lines().filter_map(|line| line.split_once(": "));
        let (_, wanted) = lines.find(|(known, _)| *known == what).expect("a line");
        // The elementary functions of f64 are the standard library's there, and here those of libm.
        let same = match what.contains(" F64 ") {
            true => close(bits, wanted),
            false => bits == wanted,
        };
        assert!(same, "{what}:\n{bits}\nexpected\n{wanted}");
    }
    found.lines().count()
}

/// Whether numbers of a list, or 1 where they are smaller, differ by a few hundred units in the last place: what a derivative, and a
/// sum of thousands of them, makes of the differences.
fn close(found: &str, expected: &str) -> bool {
    let numbers = |text: &str| -> Vec<f64> {
        let bits = text.split(|c: char| !c.is_ascii_hexdigit());
        let bits = bits.filter_map(|bits| u64::from_str_radix(bits, 16).ok());
        bits.map(f64::from_bits).collect()
    };
    let (found, expected) = (numbers(found), numbers(expected));
    let near = |(a, b): (&f64, &f64)| (a - b).abs() <= 400.0 * f64::EPSILON * b.abs().max(1.0);
    found.len() == expected.len() && found.iter().zip(&expected).all(near)
}

/// Emits the files, compiles the program beside them, and runs it.
fn run(folder: &Path, program: &str, rayon: bool) -> String {
    for (file, declaration) in DECLARATIONS {
        let item: Item = syn::parse_str(declaration).expect("a declaration");
        let (declaration, _) = Declaration::from_item(item).expect("an activation");
        let source = declaration.to_standalone(rayon, "a test").expect("source");
        fs::write(folder.join(file).with_extension("rs"), source).expect("a file");
    }
    let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join("standalone");
    let main = programs.join(program).with_extension("rs");
    for path in [&main, &programs.join("harness.rs")] {
        let name = path.file_name().expect("a file");
        fs::copy(path, folder.join(name)).expect("a file");
    }
    let main = folder.join(program).with_extension("rs");
    let binary = folder
        .join(program)
        .with_extension(std::env::consts::EXE_EXTENSION);
    let mut compiler = compiler();
    if rayon {
        compiler.arg(library("rayon"));
    }
    let output = compiler
        .arg(library("candle_core"))
        .arg("-o")
        .arg(&binary)
        .arg(&main)
        .output();
    let output = output.expect("the compiler runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut program = Command::new(&binary);
    let output = program.arg(start_of_beta(folder)).output();
    let output = output.expect("the program runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// What the documentation of `Scaled::new` says to start at.
fn start_of_beta(folder: &Path) -> String {
    let source = fs::read_to_string(folder.join("scaled.rs")).expect("a file");
    let (_, rest) = source
        .split_once("- `beta`: one number, to start at ")
        .expect("a start");
    rest.split_whitespace().next().expect("a number").to_owned()
}

fn libraries() -> PathBuf {
    let this = std::env::current_exe().expect("the path of this test");
    this.parent().expect("a folder of libraries").to_owned()
}

/// The compiler that has built this test.
fn compiler() -> Command {
    let cargo = std::env::var_os("CARGO").expect("the tests are run by cargo");
    let mut command = Command::new(Path::new(&cargo).with_file_name("rustc"));
    command.args(["--edition", "2021", "-Copt-level=0"]);
    command.arg(format!("-Ldependency={}", libraries().display()));
    command
}

/// The library that cargo has built last, for builds with other features may lie beside it.
fn library(name: &str) -> String {
    let prefix = format!("lib{name}-");
    let files = fs::read_dir(libraries()).expect("a folder");
    let paths = files
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| {
            let file = path.file_name().unwrap_or_default().to_string_lossy();
            file.starts_with(&prefix) && file.ends_with(".rlib")
        });
    let built = |path: &PathBuf| {
        let time = fs::metadata(path).and_then(|data| data.modified());
        time.unwrap_or(SystemTime::UNIX_EPOCH)
    };
    let newest = paths.max_by_key(built).expect("a library");
    format!("--extern={name}={}", newest.display())
}
