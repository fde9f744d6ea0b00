//! What a registry gets of each crate: its licences, a page whose links lead somewhere, and nothing of the workspace's own.

use std::fs;
use std::path::Path;
use std::process::Command;

/// The published crates, by name and folder.
const CRATES: [(&str, &str, &str); 5] = [
    ("actsmith", "", "src/README.md"),
    ("actsmith-codegen", "codegen", "README.md"),
    ("actsmith-macros", "macros", "README.md"),
    ("actsmith-search", "search", "README.md"),
    ("actsmith-cli", "search/cli", "README.md"),
];

#[test]
fn every_crate_is_packed_with_its_licences_and_a_page() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace");
    for (name, folder, page) in CRATES {
        let output = Command::new(env!("CARGO"))
            .args([
                "package",
                "--list",
                "--allow-dirty",
                "--offline",
                "-p",
                name,
            ])
            .current_dir(root)
            .output()
            .expect("cargo runs");
        let list = String::from_utf8_lossy(&output.stdout);
        let files: Vec<&str> = list.lines().collect();
        for file in ["LICENSE-MIT", "LICENSE-APACHE", page] {
            assert!(files.contains(&file), "{name} lacks {file}: {list}");
        }
        let own = files
            .iter()
            .find(|file| file.starts_with(".ci") || file.starts_with("examples/s"));
        assert_eq!(own, None, "{name}");
        // A page of a registry shows no file beside it.
        let text = fs::read_to_string(root.join(folder).join(page)).expect("a page");
        let targets = text.split("](").skip(1);
        let relative = targets
            .filter(|target| !target.starts_with("https://"))
            .count();
        assert_eq!(relative, 0, "{name}: {page}");
    }
    let search = fs::read_to_string(root.join("src/README.md")).expect("a page");
    assert!(
        search.contains("cargo install actsmith-cli"),
        "no word on where the command is"
    );
}
