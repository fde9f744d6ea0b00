//! The line of layering in the crate's documentation holds: no module imports one to its right.

use std::fs;
use std::path::{Path, PathBuf};

const LAYERS: [&str; 11] = [
    "number",
    "diagnostic",
    "ops",
    "syntax",
    "ir",
    "precise",
    "rewrite",
    "certificate",
    "schedule",
    "target",
    "lib",
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder of sources");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .flat_map(|path| {
            if path.is_dir() {
                sources(&path)
            } else {
                vec![path]
            }
        })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    files.sort();
    files
}

/// The module that a path below `crate::` leads into; whatever is re-exported at the root belongs to the last layer.
fn layer(name: &str) -> usize {
    let place = LAYERS.iter().position(|&layer| layer == name);
    place.unwrap_or(LAYERS.len() - 1)
}

#[test]
fn no_module_imports_one_to_its_right() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let documentation = fs::read_to_string(root.join("lib.rs")).expect("lib.rs");
    assert!(
        documentation.contains(&LAYERS.join(" < ")),
        "the crate documents another order"
    );
    let mut seen = 0;
    for path in sources(&root) {
        let relative = path.strip_prefix(&root).expect("below src");
        let module = relative.iter().next().expect("a name").to_string_lossy();
        let module = module.trim_end_matches(".rs");
        let text = fs::read_to_string(&path).expect("a source file");
        // Tests may look anywhere.
        let code = text
            .split("#[cfg(test)]\nmod tests")
            .next()
            .unwrap_or_default();
        for import in code.split("crate::").skip(1) {
            let name: String = import
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            seen += 1;
            if module == "runtime" {
                assert_eq!(
                    name,
                    "runtime",
                    "{}: the runtime stands alone",
                    relative.display()
                );
            } else if name != "runtime" && name != module {
                let allowed = layer(&name) < layer(module) || layer(module) == LAYERS.len() - 1;
                assert!(
                    allowed,
                    "{}: {module} must not import {name}",
                    relative.display()
                );
            }
        }
    }
    assert!(
        seen > 40,
        "only {seen} imports were found: the test no longer reads the sources"
    );
}
