//! What the tests of runs share: tiny settings, and the bytes that a run leaves.
#![allow(dead_code, reason = "each test uses a part")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use actsmith_search::error::Result;
use actsmith_search::experiment::{
    Description, Experiment, Folder, Network, Registry, Specification, Update,
};
use actsmith_search::models::ResNetConfig;
use actsmith_search::report::Outcome;
use tempfile::TempDir;

/// The bytes of every file of a run, by its path in the folder, without what the clock decides (`timing.json`, and
/// `steps_per_second` in `metrics.jsonl`) and who did the work (`provenance.json`).
pub(crate) type Files = BTreeMap<PathBuf, Vec<u8>>;

/// A network of width 2, 3 epochs of search, and trainings of 2 epochs.
pub(crate) fn config() -> Specification {
    let mut config = Specification {
        batch: 256,
        ..Specification::default()
    };
    config.network = Network::new(&ResNetConfig {
        depth: 8,
        width: 2,
        channels: 1,
        classes: 10,
    })
    .expect("small counts");
    config.search.epochs = 3;
    config.search.shrink_start = 1;
    config.retrain.epochs = 2;
    config
}

/// The experiment of a specification.
pub(crate) fn prepared(specification: Specification) -> Result<Experiment> {
    Experiment::new(specification, &Registry::default())
}

/// Runs what is left of an experiment.
pub(crate) fn run(
    config: &Specification,
    folder: &mut Folder,
    watch: &mut dyn FnMut(Update<'_>),
) -> Result<Outcome> {
    prepared(config.clone())?.run(folder, &[], watch)
}

/// The files of a run that nobody interrupted, with other descriptions of what was found.
pub(crate) fn straight(config: &Specification, also: &[Description]) -> Files {
    let directory = TempDir::new().expect("a folder");
    let path = directory.path().join("run");
    let mut folder = Folder::create(&path, config).expect("a new folder");
    let experiment = prepared(config.clone()).expect("an experiment");
    experiment
        .run(&mut folder, also, &mut |_| {})
        .expect("a run");
    files(&path)
}

/// The files of a folder.
pub(crate) fn files(folder: &Path) -> Files {
    let mut files = bytes(folder);
    if let Some(metrics) = files.get_mut(Path::new("metrics.jsonl")) {
        *metrics = untimed(metrics);
    }
    files
}

/// The files of a folder with every byte, but for `timing.json` and `provenance.json`.
pub(crate) fn bytes(folder: &Path) -> Files {
    let mut files = Files::new();
    for directory in [folder.to_owned(), folder.join("checkpoint")] {
        for entry in fs::read_dir(directory).expect("a folder") {
            let path = entry.expect("an entry").path();
            let varies = ["timing.json", "provenance.json"].map(|name| path.ends_with(name));
            if path.is_file() && varies == [false; 2] {
                let name = path.strip_prefix(folder).expect("inside").to_owned();
                files.insert(name, fs::read(&path).expect("a file"));
            }
        }
    }
    files
}

/// The lines without the field that stands last in some.
fn untimed(metrics: &[u8]) -> Vec<u8> {
    let field = br#","steps_per_second":"#;
    let mut lines = Vec::new();
    for line in metrics.split_inclusive(|byte| *byte == b'\n') {
        match line.windows(field.len()).position(|window| window == field) {
            Some(end) => lines.extend([&line[..end], b"}\n"].concat()),
            None => lines.extend(line),
        }
    }
    lines
}
