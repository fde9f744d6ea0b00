//! The page in a real browser: `browser.mjs`, by Playwright, where that and Chromium are installed. `.ci/browser` installs Playwright.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::folders::searched;
use crate::page::Page;

/// Where `.ci/browser` puts Playwright.
fn playwright() -> Option<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")))?;
    let folder = cache.join("actsmith/browser");
    folder
        .join("node_modules/playwright-core")
        .is_dir()
        .then_some(folder)
}

/// The path of the first program that is installed.
fn installed(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let mut found = names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    found.find(|path| path.is_file())
}

#[test]
fn the_page_works_in_a_browser() {
    let found = (
        playwright(),
        installed(&["node"]),
        installed(&["chromium", "chromium-browser", "google-chrome"]),
    );
    let (Some(playwright), Some(node), Some(chromium)) = found else {
        eprintln!(
            "skipped: the page is looked at with Node, Chromium and Playwright, which `.ci/browser` installs: {found:?}"
        );
        return;
    };
    let directory = tempfile::tempdir().expect("a folder");
    let runs = directory.path().join("runs");
    fs::create_dir(&runs).expect("a folder");
    searched(&runs.join("good <b>&"));
    let broken = runs.join("broken");
    fs::create_dir(&broken).expect("a folder");
    fs::write(broken.join("config.toml"), "<script>alert(1)</script>").expect("a file");
    let page = Page::of(&[&runs]);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/web/browser.mjs");
    let done = Command::new(node)
        .arg(script)
        .env("PAGE", format!("http://{}/", page.host()))
        .env("PLAYWRIGHT", playwright)
        .env("CHROMIUM", chromium)
        .env("ACTSMITH", env!("CARGO_BIN_EXE_actsmith"))
        .env("RUNS", &runs)
        .output()
        .expect("node runs");
    let (out, errors) = (
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr),
    );
    println!("{out}");
    assert!(done.status.success(), "{out}\n{errors}");
}
