//! What `activation!` says to a mistake, as the compiler shows it, and that the rest of the crate compiles beside it.
//!
//! Each file of `cases/` is compiled against the libraries that cargo has built for this test; what the compiler prints is the
//! file of the same name in `.stderr`, or nothing where there is none. `ACTSMITH_BLESS=1 cargo test -p actsmith-ui` writes them
//! anew.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use forge::runtime::candle_core::{Device, Module, Result, Tensor};

#[test]
fn a_crate_that_renames_actsmith_and_lacks_candle_computes() -> Result<()> {
    let x = Tensor::new(&[-1f64, 0.0, 3.0], &Device::Cpu)?;
    assert_eq!(
        actsmith_ui::Hinge.forward(&x)?.to_vec1::<f64>()?,
        [0.0, 0.0, 3.0]
    );
    assert!((actsmith_ui::Hinge::INIT_GAIN - std::f64::consts::SQRT_2).abs() < 1e-10);
    Ok(())
}

#[test]
fn mistakes_are_shown_at_their_tokens() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let mut sources = with_extension(&cases, "rs");
    sources.sort();
    assert!(sources.len() > 5, "the cases are gone");
    let compiler = Compiler::new();
    let mut failures = Vec::new();
    for source in sources {
        let found = compiler.check(&source);
        let golden = source.with_extension("stderr");
        if std::env::var_os("ACTSMITH_BLESS").is_some() {
            let written = match found.is_empty() {
                true => fs::remove_file(&golden).or(Ok(())),
                false => fs::write(&golden, &found),
            };
            written.expect("a golden file");
        }
        let expected = fs::read_to_string(&golden).unwrap_or_default();
        if found != expected {
            failures.push(format!("{}:\n{found}", source.display()));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The compiler that has built this test, with the libraries that stand beside it.
struct Compiler {
    program: PathBuf,
    libraries: PathBuf,
    actsmith: PathBuf,
}

impl Compiler {
    fn new() -> Self {
        // cargo gives its own path to the tests that it runs.
        let cargo = std::env::var_os("CARGO").expect("the tests are run by cargo");
        let this = std::env::current_exe().expect("the path of this test");
        let libraries = this.parent().expect("a folder of libraries").to_owned();
        let built = |path: &PathBuf| {
            let time = fs::metadata(path).and_then(|data| data.modified());
            time.unwrap_or(SystemTime::UNIX_EPOCH)
        };
        // Builds with other features may lie beside the one just made.
        let named = with_extension(&libraries, "rlib")
            .into_iter()
            .filter(|path| {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                name.starts_with("libactsmith-")
            });
        let actsmith = named.max_by_key(built).expect("actsmith as a library");
        Self {
            program: Path::new(&cargo).with_file_name("rustc"),
            libraries,
            actsmith,
        }
    }

    /// What the compiler says of `source`, whose folder it does not name.
    fn check(&self, source: &Path) -> String {
        let folder = tempfile::tempdir().expect("a folder for the output");
        let [libraries, actsmith] = [&self.libraries, &self.actsmith].map(|path| path.display());
        let output = Command::new(&self.program)
            .args([
                "--edition",
                "2024",
                "--crate-type",
                "lib",
                "--emit",
                "metadata",
            ])
            .args(["--color", "never", "--diagnostic-width", "140"])
            .arg(format!("-Ldependency={libraries}"))
            .arg(format!("--extern=forge={actsmith}"))
            .arg("--out-dir")
            .arg(folder.path())
            .arg(source.file_name().expect("a file"))
            .current_dir(source.parent().expect("a folder"))
            .output()
            .expect("the compiler runs");
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(
            !text.is_empty() || output.status.success(),
            "the compiler fails in silence"
        );
        text.into_owned()
    }
}

fn with_extension(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect()
}
