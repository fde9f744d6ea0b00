//! Every module that the front page of the documentation lists begins with an example.

use std::fs;
use std::path::Path;

#[test]
fn every_public_module_has_an_example() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let front = fs::read_to_string(root.join("lib.rs")).expect("the front page");
    let mut hidden = false;
    let mut listed = 0;
    for line in front.lines() {
        if let Some(name) = line.strip_prefix("pub mod ")
            && !std::mem::take(&mut hidden)
        {
            let name = name.trim_end_matches(';');
            let file = [format!("{name}.rs"), format!("{name}/mod.rs")]
                .into_iter()
                .find_map(|file| fs::read_to_string(root.join(file)).ok())
                .expect("a module's file");
            let example = file.lines().any(|line| line == "//! ```");
            assert!(example, "`{name}` has no example that is compiled and run");
            listed += 1;
        }
        hidden |= line.starts_with("#[doc(hidden)]");
    }
    assert!(listed > 10, "{listed} modules");
}
