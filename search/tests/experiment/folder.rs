//! The run folder: what lies there, and what is refused.

use std::fs;
use std::path::Path;

use actsmith_search::error::{Error, Result};
use actsmith_search::experiment::{self, Folder, Provenance, Registry, Specification};
use tempfile::TempDir;

use crate::support::{bytes, config};
use crate::{STRAIGHT, interrupted, resume};

/// Every file of a finished run, but for those of the times and of who did the work.
const FILES: [&str; 11] = [
    "activation.rs",
    "checkpoint/retrain-found-seed1.safetensors",
    "checkpoint/retrain-gelu-seed1.safetensors",
    "checkpoint/retrain-relu-seed1.safetensors",
    "checkpoint/search.safetensors",
    "config.toml",
    "formula.txt",
    "genotype.json",
    "histogram.json",
    "metrics.jsonl",
    "result.json",
];

/// A folder is made whole or not at all: what failed once may be tried again.
#[test]
fn a_folder_that_cannot_be_made_is_not_there() -> Result<()> {
    let directory = TempDir::new().expect("a folder");
    let path = directory.path().join("run");
    let failed = actsmith_search::files::make_folder(&path, |hidden| {
        fs::write(hidden.join("config.toml"), "half").expect("a file");
        Err(Error::Failure("no space".to_owned()))
    });
    assert!(failed.is_err());
    let left = fs::read_dir(directory.path()).expect("a folder").count();
    assert_eq!(left, 0);
    Folder::create(&path, &config())?;
    Ok(())
}

#[test]
fn a_finished_run_has_all_files() {
    let names: Vec<_> = STRAIGHT
        .keys()
        .map(|name| name.to_str().expect("text"))
        .collect();
    assert_eq!(names, FILES);
    let text = |name: &str| String::from_utf8_lossy(&STRAIGHT[Path::new(name)]).into_owned();
    // 104 removals, 3 epochs of search, 3 trainings of 2 epochs.
    assert_eq!(text("metrics.jsonl").lines().count(), 104 + 3 + 6);
    assert_eq!(
        Specification::from_toml(&text("config.toml")).expect("settings"),
        config()
    );
}

#[test]
fn damage_is_refused_and_nothing_is_lost() {
    let directory = TempDir::new().expect("a folder");
    let path = directory.path().join("run");
    // With two epochs of training behind it.
    interrupted(&path, 104 + 6);
    let whole = bytes(&path);
    let refused = |name: &str, content: Option<&[u8]>, part: &str| {
        let file = path.join(name);
        match content {
            Some(content) => fs::write(&file, content),
            None => fs::remove_file(&file),
        }
        .expect("changed");
        let damaged = bytes(&path);
        let message = match resume(&path) {
            Err(error @ (Error::State(_) | Error::Invalid(_))) => error.to_string(),
            other => panic!("{name}: {other:?}"),
        };
        assert!(message.contains(part), "{message}");
        assert_eq!(bytes(&path), damaged);
        if let Some(content) = whole.get(Path::new(name)) {
            fs::write(&file, content).expect("mended");
        }
    };
    let half = |name: &str| {
        let bytes = &whole[Path::new(name)];
        &bytes[..bytes.len() / 2]
    };
    for name in [
        "checkpoint/search.safetensors",
        "checkpoint/retrain-found-seed1.safetensors",
    ] {
        refused(name, Some(half(name)), name);
        refused(name, Some(b""), name);
    }
    refused("checkpoint/search.safetensors", None, "metrics.jsonl");
    refused("metrics.jsonl", None, "metrics.jsonl");
    refused("metrics.jsonl", Some(b"{}\n"), "line 1");
    let metrics = &whole[Path::new("metrics.jsonl")];
    let broken = [metrics, &b"\xff\n"[..]].concat();
    refused("metrics.jsonl", Some(&broken), "line 111 is damaged");
    refused("config.toml", Some(b"seed = 1\xff"), "utf-8");
    refused("result.json", Some(b"{"), "remove it");
    fs::remove_file(path.join("result.json")).expect("removed");
    let config = String::from_utf8_lossy(&whole[Path::new("config.toml")]).into_owned();
    refused(
        "config.toml",
        Some(config.replace("seed = 1\n", "").as_bytes()),
        "seed",
    );
    refused(
        "config.toml",
        Some(format!("speed = 1\n{config}").as_bytes()),
        "speed",
    );
    refused(
        "config.toml",
        Some(config.replace("batch = 256", "batch = 0").as_bytes()),
        "batch",
    );
    for (setting, wrong) in [
        ("seed = 1", "seed = 2"),
        ("width = 2", "width = 9000000000000000000"),
        ("depth = 8", "depth = 9000000000000000000"),
        ("classes = 10", "classes = 11"),
        ("momentum = 0.9", "momentum = nan"),
        ("epochs = 3", "epochs = 9000000000000000000"),
        ("seeds = 1", "seeds = 0"),
    ] {
        let name = setting.split(' ').next().expect("a name");
        let changed = config.replace(setting, wrong);
        assert_ne!(changed, config, "{setting}");
        refused("config.toml", Some(changed.as_bytes()), name);
    }
    // Settings that are possible, and not those of the checkpoint: no network of another size is built to find out.
    for (setting, other, difference) in [
        ("depth = 8", "depth = 800", "`network.depth` (8, not 800)"),
        (
            "width = 2",
            "width = 60000",
            "`network.width` (2, not 60000)",
        ),
        ("batch = 256", "batch = 128", "`batch` (256, not 128)"),
        ("epochs = 2", "epochs = 4", "`retrain.epochs` (2, not 4)"),
        ("seeds = 1", "seeds = 2", "`retrain.seeds` (1, not 2)"),
        (
            "momentum = 0.9",
            "momentum = 0.5",
            "`optimizer.sgd.momentum` (0.9, not 0.5)",
        ),
    ] {
        let changed = config.replace(setting, other);
        assert_ne!(changed, config, "{setting}");
        refused("config.toml", Some(changed.as_bytes()), difference);
    }
    // What is no file where one should be.
    let checkpoint = path.join("checkpoint/search.safetensors");
    fs::rename(&checkpoint, path.join("away")).expect("moved");
    fs::create_dir(&checkpoint).expect("a folder");
    let message = resume(&path).expect_err("a folder").to_string();
    assert!(message.contains("put a copy of it back"), "{message}");
    fs::remove_dir(&checkpoint).expect("removed");
    fs::rename(path.join("away"), &checkpoint).expect("moved back");
    resume(&path).expect("a whole folder goes on");
}

#[test]
fn a_folder_has_one_process() -> Result<()> {
    let directory = TempDir::new().expect("a folder");
    let path = directory.path().join("run");
    let _first = Folder::create(&path, &config())?;
    match Folder::open(&path, &Registry::default()) {
        Err(Error::Invalid(message)) => assert!(message.contains("another process"), "{message}"),
        _ => panic!("the folder was opened twice"),
    }
    Ok(())
}

/// What describes the function is made again from the results, and nothing else is touched.
#[test]
fn a_finished_run_gets_its_lost_files_back() -> Result<()> {
    let directory = TempDir::new().expect("a folder");
    let path = directory.path().join("run");
    for (name, bytes) in &*STRAIGHT {
        let file = path.join(name);
        fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        fs::write(file, bytes).expect("copied");
    }
    // Without any checkpoint, too.
    fs::remove_dir_all(path.join("checkpoint")).expect("removed");
    for lost in [&["genotype.json"][..], &["formula.txt", "activation.rs"]] {
        for name in lost {
            fs::remove_file(path.join(name)).expect("removed");
        }
        resume(&path)?;
        for name in lost {
            let made = fs::read(path.join(name)).expect("the file");
            assert!(made == STRAIGHT[Path::new(name)], "{name}");
        }
    }
    assert!(!path.join("checkpoint").exists());
    Ok(())
}

/// A folder names the program and the machine once, however often the run goes on there.
#[test]
fn a_run_says_who_did_it() -> Result<()> {
    let directory = TempDir::new().expect("a folder");
    let path = directory.path().join("run");
    interrupted(&path, 104 + 3);
    resume(&path)?;
    let text = fs::read(path.join("provenance.json")).expect("the file");
    let known: Vec<Provenance> = serde_json::from_slice(&text).expect("a list");
    assert_eq!(known, [Provenance::here()]);
    let here = &known[0];
    assert_eq!(here.version, env!("CARGO_PKG_VERSION"));
    assert!(here.threads > 0 && !here.architecture.is_empty());
    Ok(())
}

/// The table of the files is that of the documentation, and the folder holds no others.
#[test]
fn every_file_is_in_the_table_and_in_the_documentation() {
    let page = include_str!("../../../docs/search.md");
    let rows: Vec<&str> = page
        .lines()
        .filter(|line| line.starts_with("| `"))
        .collect();
    for (name, _) in experiment::files() {
        let documented = rows.iter().any(|row| row.contains(&format!("`{name}")));
        assert!(documented, "{name}");
    }
    for path in STRAIGHT.keys() {
        let name = path.components().next().expect("a name").as_os_str();
        assert!(
            experiment::files().any(|(known, _)| name == known),
            "{name:?}"
        );
    }
}
