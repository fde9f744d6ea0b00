//! The lines of layering in the documentation of the crates hold: no module imports one to its right. And no two files of a crate need
//! each other.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A crate whose modules stand in a line.
struct Layered {
    folder: &'static str,
    layers: &'static [&'static str],
    /// What stands beside the line and imports only these.
    beside: &'static [(&'static str, &'static [&'static str])],
    /// What stands beside the line, and from which layer on the line may import it.
    lent: &'static [(&'static str, &'static str)],
    /// The fewest paths that a reading of all sources has found.
    paths: usize,
}

const CODEGEN: Layered = Layered {
    folder: "codegen",
    layers: &[
        "number",
        "diagnostic",
        "ops",
        "ir",
        "syntax",
        "calculus",
        "analysis",
        "rules",
        "egraph",
        "certificate",
        "kernel",
        "backend",
    ],
    beside: &[
        ("precise", &["number", "ops", "ir", "syntax"]),
        ("runtime", &[]),
    ],
    lent: &[("precise", "analysis")],
    paths: 200,
};

const SEARCH: Layered = Layered {
    folder: "search",
    layers: &[
        "error",
        "files",
        "seed",
        "statistics",
        "layers",
        "state",
        "objective",
        "space",
        "genotype",
        "relaxation",
        "optim",
        "checkpoint",
        "data",
        "models",
        "cell",
        "task",
        "train",
        "engine",
        "report",
        "experiment",
        "evaluate",
    ],
    beside: &[],
    lent: &[],
    paths: 100,
};

impl Layered {
    fn layer(&self, name: &str) -> Option<usize> {
        self.layers.iter().position(|layer| *layer == name)
    }

    /// Whether `module` may import `name`. Whatever else stands at the root puts the parts together, and nothing of the line knows it.
    fn may_import(&self, module: &str, name: &str) -> bool {
        if module == name {
            return true;
        }
        if let Some((_, imported)) = self.beside.iter().find(|(own, _)| *own == module) {
            return imported.contains(&name);
        }
        let Some(own) = self.layer(module) else {
            return true;
        };
        match self.layer(name) {
            Some(imported) => imported < own,
            None => self
                .lent
                .iter()
                .any(|(lent, first)| *lent == name && Some(own) >= self.layer(first)),
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The files by the paths of their modules, such as `cell::site`, with their code: without comments and without tests.
fn modules(folder: &str) -> BTreeMap<String, String> {
    fn collect(folder: &Path, root: &Path, modules: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(folder).expect("a folder of sources") {
            let path: PathBuf = entry.expect("an entry").path();
            if path.is_dir() {
                collect(&path, root, modules);
                continue;
            }
            let relative = path.strip_prefix(root).expect("below src");
            let name = relative.with_extension("");
            let mut parts: Vec<String> = name
                .iter()
                .map(|part| part.to_string_lossy().into_owned())
                .collect();
            match parts.last().map(String::as_str) {
                Some("lib" | "tests") => continue,
                Some("mod") => drop(parts.pop()),
                _ => {}
            }
            let text = fs::read_to_string(&path).expect("a source file");
            let text = text.split("\nmod tests {").next();
            let lines = text.unwrap_or_default().lines();
            let code: Vec<&str> = lines
                .filter(|line| !line.trim_start().starts_with("//"))
                .collect();
            modules.insert(parts.join("::"), code.join("\n"));
        }
    }
    let root = root().join(folder).join("src");
    let mut modules = BTreeMap::new();
    collect(&root, &root, &mut modules);
    modules
}

/// The paths that a text has after its beginning: those in braces one by one.
fn expanded(text: &str) -> Vec<String> {
    let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let end = text.find(|c| !is_path(c)).unwrap_or(text.len());
    let (head, rest) = text.split_at(end);
    let Some(inside) = rest
        .strip_prefix('{')
        .filter(|_| head.is_empty() || head.ends_with("::"))
    else {
        return vec![head.trim_end_matches(':').to_owned()];
    };
    let (mut depth, mut start, mut paths) = (0, 0, Vec::new());
    for (at, c) in inside.char_indices() {
        let over = depth == 0 && matches!(c, ',' | '}');
        if over {
            let part = inside[start..at].trim();
            let parts = expanded(part).into_iter();
            paths.extend(
                parts
                    .filter(|_| !part.is_empty())
                    .map(|part| format!("{head}{part}")),
            );
            start = at + 1;
        }
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            _ => {}
        }
    }
    paths
}

/// The absolute paths that a module names.
fn named(module: &str, code: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for (keyword, level) in [("crate::", 0), ("super::super::", 2), ("super::", 1)] {
        let parts: Vec<&str> = code.split(keyword).collect();
        for pair in parts.windows(2) {
            let inner = pair[0].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
            if inner || pair[1].starts_with("super::") {
                continue;
            }
            let mut base: Vec<&str> = module.split("::").collect();
            let kept = match level {
                0 => 0,
                // Of a module inside the file.
                1 if base.len() == 1 => 1,
                _ => base.len().saturating_sub(level),
            };
            base.truncate(kept);
            for path in expanded(pair[1]) {
                let mut whole = base.clone();
                whole.extend(path.split("::"));
                paths.push(whole.join("::"));
            }
        }
    }
    paths
}

/// The module of the file that a path leads to, past what other files pass on.
fn file_of(path: &str, modules: &BTreeMap<String, String>) -> Option<String> {
    let parts: Vec<&str> = path.split("::").collect();
    let length = (1..=parts.len())
        .rev()
        .find(|&length| modules.contains_key(&parts[..length].join("::")))?;
    let module = parts[..length].join("::");
    let Some(item) = parts.get(length) else {
        return Some(module);
    };
    for line in modules[&module].split("use ").skip(1) {
        let statement = line.split(';').next().unwrap_or_default();
        for path in expanded(statement.trim()) {
            if path.rsplit("::").next() == Some(item) && path.contains("::") {
                let inner = format!("{module}::{path}");
                if modules.contains_key(&format!("{module}::{}", path.split("::").next()?)) {
                    return file_of(&inner, modules);
                }
            }
        }
    }
    Some(module)
}

#[test]
fn no_module_imports_one_to_its_right() {
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let page = page.replace('\n', " ");
    for layered in [CODEGEN, SEARCH] {
        let folder = layered.folder;
        let line = layered.layers.join(" < ");
        let documentation = root().join(folder).join("src/lib.rs");
        let documentation = fs::read_to_string(documentation).expect("lib.rs");
        assert!(
            documentation.replace("\n//! ", " ").contains(&line),
            "the documentation of {folder} has another order"
        );
        assert!(
            page.contains(&line),
            "ARCHITECTURE.md has another order of {folder}"
        );
        let mut seen = 0;
        for (module, code) in &modules(folder) {
            let own = module.split("::").next().expect("a name").to_owned();
            for path in named(module, code) {
                let name = path.split("::").next().expect("a name");
                seen += 1;
                assert!(
                    layered.may_import(&own, name),
                    "{folder}, {module}: {own} must not import {name}, for `{path}`"
                );
            }
        }
        assert!(
            seen > layered.paths,
            "only {seen} paths were found in {folder}: the test no longer reads the sources"
        );
    }
}

/// Every module of the search has a layer.
#[test]
fn no_module_of_the_search_stands_beside_the_line() {
    for module in modules(SEARCH.folder).keys() {
        let own = module.split("::").next().expect("a name");
        assert!(SEARCH.layer(own).is_some(), "{module} is of no layer");
    }
}

/// What targets share, each with the folders of `backend` that may import it. `export` lists those that are no Rust.
const SHARED: [(&str, &[&str]); 3] = [
    ("rust", &["candle", "standalone"]),
    (
        "text",
        &[
            "c", "cuda", "export", "fpcore", "jax", "latex", "onnx", "python", "pythonic", "sympy",
            "torch",
        ],
    ),
    ("pythonic", &["jax", "python", "sympy", "torch"]),
];

/// Whether a file of one folder of `backend` may import from another.
fn backend_may_import(own: &str, other: &str) -> bool {
    let lent = |(shared, users): &(&str, &[&str])| *shared == other && users.contains(&own);
    own == other || own == "export" || SHARED.iter().any(lent)
}

#[test]
fn no_target_imports_another() {
    assert!(!backend_may_import("standalone", "candle"));
    assert!(!backend_may_import("rust", "cuda"));
    assert!(!backend_may_import("torch", "jax") && !backend_may_import("text", "torch"));
    let modules = modules(CODEGEN.folder);
    let mut shared = 0;
    for (module, code) in &modules {
        let Some(own) = module.strip_prefix("backend::") else {
            continue;
        };
        let own = own.split("::").next().expect("a name");
        for path in named(module, code) {
            let Some(other) = path.strip_prefix("backend::") else {
                continue;
            };
            let other = other.split("::").next().expect("a name");
            // A text that is written out names modules of its own.
            if !modules.contains_key(&format!("backend::{other}")) {
                continue;
            }
            shared += usize::from(own != other);
            assert!(
                backend_may_import(own, other),
                "{module}: {own} must not import {other}, for `{path}`"
            );
        }
    }
    assert!(shared > 1, "the test no longer sees what the targets share");
}

/// Modules that no target is written into: tokens of Rust are a matter of the macro, of its grammar and of the Rust backends.
const WITHOUT_TOKENS: [&str; 10] = [
    "number",
    "ops",
    "ir",
    "calculus",
    "analysis",
    "rules",
    "egraph",
    "certificate",
    "kernel",
    "backend::cuda",
];

#[test]
fn only_what_reads_and_writes_rust_knows_its_tokens() {
    let modules = modules(CODEGEN.folder);
    let tokens = |code: &str| {
        ["syn::", "proc_macro2", "quote::"]
            .into_iter()
            .find(|name| code.contains(name))
    };
    assert!(tokens(&modules["backend::rust::header"]).is_some());
    for (module, code) in &modules {
        let floor = WITHOUT_TOKENS.iter().find(|floor| {
            let inside = module.strip_prefix(**floor);
            inside.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        });
        if floor.is_some() {
            assert_eq!(tokens(code), None, "{module}");
        }
    }
}

#[test]
fn the_order_forbids_what_it_should() {
    for (module, name) in [
        ("ir", "syntax"),
        ("analysis", "egraph"),
        ("kernel", "backend"),
        ("runtime", "ops"),
        ("rules", "runtime"),
        ("calculus", "precise"),
        ("precise", "analysis"),
        ("backend", "formula"),
    ] {
        assert!(
            !CODEGEN.may_import(module, name),
            "{module} may import {name}"
        );
    }
    assert!(!SEARCH.may_import("cell", "engine"));
    assert!(!SEARCH.may_import("models", "cell"));
}

/// Files of a folder may need what the folder's own file defines, which in turn passes them on.
#[test]
fn no_two_files_need_each_other() {
    for layered in [CODEGEN, SEARCH] {
        let left = circles(&modules(layered.folder));
        assert!(
            left.is_empty(),
            "circles in {} among:\n{}",
            layered.folder,
            left.join("\n")
        );
    }
}

/// The files that are needed by one another, each with those that it needs.
fn circles(modules: &BTreeMap<String, String>) -> Vec<String> {
    let mut needs: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (module, code) in modules {
        let is_folder = modules
            .keys()
            .any(|other| other.starts_with(&format!("{module}::")));
        if is_folder {
            continue;
        }
        let mut files: Vec<String> = named(module, code)
            .iter()
            .filter_map(|path| file_of(path, modules))
            .filter(|file| file != module)
            .collect();
        files.sort();
        files.dedup();
        needs.insert(module, files);
    }
    assert!(needs.values().flatten().count() > 100, "{needs:?}");
    // Whoever needs nobody that is left can go; what stays in the end goes round in circles.
    loop {
        let free: Vec<&str> = needs
            .iter()
            .filter(|(_, files)| !files.iter().any(|file| needs.contains_key(file.as_str())))
            .map(|(module, _)| *module)
            .collect();
        if free.is_empty() {
            break;
        }
        needs.retain(|module, _| !free.contains(module));
    }
    needs
        .iter()
        .map(|(module, files)| {
            let files: Vec<&str> = files
                .iter()
                .map(String::as_str)
                .filter(|file| needs.contains_key(file))
                .collect();
            format!("{module} needs {}", files.join(", "))
        })
        .collect()
}
