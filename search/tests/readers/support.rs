//! Folders of files, and the data sets of the crate by their names.

use std::fs;
use std::io::Write;
use std::path::Path;

use actsmith_search::data::{Splits, data_sets};
use actsmith_search::error::{Error, Result};
use tempfile::TempDir;

/// Files by their names.
pub(crate) type Files = Vec<(String, Vec<u8>)>;

/// A new folder with these files; those of folders in it have a `/` in their names.
pub(crate) fn folder(files: &[(String, Vec<u8>)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, bytes).expect("a file");
    }
    folder
}

/// The files with one of them changed.
pub(crate) fn with(files: &Files, name: &str, bytes: Vec<u8>) -> Files {
    let mut files = files.clone();
    files.retain(|(known, _)| known != name);
    files.push((name.to_owned(), bytes));
    files
}

/// The files without one of them.
pub(crate) fn without(files: &Files, name: &str) -> Files {
    let mut files = files.clone();
    files.retain(|(known, _)| known != name);
    files
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Default::default());
    encoder.write_all(bytes).expect("written");
    encoder.finish().expect("finished")
}

/// Loads a data set from a folder with some more settings.
pub(crate) fn load(name: &str, dir: &Path, settings: &str) -> Result<Splits> {
    let mut table: toml::Table = settings.parse().expect("settings");
    table.insert("dir".to_owned(), dir.to_str().expect("UTF-8").into());
    load_with(name, &table)
}

pub(crate) fn load_with(name: &str, settings: &toml::Table) -> Result<Splits> {
    let set = data_sets().into_iter().find(|set| set.name() == name);
    set.expect(name).load_with(settings, 1)
}

/// Loads a data set from these files.
pub(crate) fn read(name: &str, files: &Files, settings: &str) -> Result<Splits> {
    load(name, folder(files).path(), settings)
}

/// Checks that the files are refused as such, in one line with all these parts.
pub(crate) fn refused(name: &str, files: &Files, settings: &str, parts: &[&str]) {
    match read(name, files, settings) {
        Err(Error::Data(message)) => {
            assert!(parts.iter().all(|part| message.contains(part)), "{message}");
            assert!(!message.contains('\n'), "{message}");
        }
        other => panic!("{parts:?}: {other:?}"),
    }
}

/// Inputs and targets of all examples.
pub(crate) fn all(set: &dyn actsmith_search::data::Examples) -> (Vec<f32>, Vec<u32>) {
    let numbers: Vec<u32> = (0..set.len() as u32).collect();
    let (inputs, targets) = set.batch(&numbers).expect("a batch");
    let inputs = inputs.flatten_all().and_then(|t| t.to_vec1()).expect("f32");
    let targets = targets.flatten_all().and_then(|t| t.to_vec1());
    (inputs, targets.expect("u32"))
}
