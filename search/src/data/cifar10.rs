//! CIFAR-10: 60,000 colour images of 32×32 pixels, in its binary version.
//!
//! A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009. A record is a label and the image, 32×32 bytes of red,
//! as many of green and of blue.

use std::path::{Path, PathBuf};

use super::augment::Augmentation;
use super::cifar::{self, records};
use super::files::{ImageFiles, Parts, missing};
use crate::error::Result;

const CLASSES: [&str; 10] = [
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
];
const TRAIN: [&str; 5] = [
    "data_batch_1.bin",
    "data_batch_2.bin",
    "data_batch_3.bin",
    "data_batch_4.bin",
    "data_batch_5.bin",
];
const TEST: &str = "test_batch.bin";
/// Where the archive puts the files.
const FOLDER: &str = "cifar-10-batches-bin";
/// The files of the version for Python, which is another format.
const PYTHON: [&str; 2] = ["data_batch_1", "test_batch"];

/// The six files of the binary version.
pub(super) const CIFAR10: ImageFiles = ImageFiles {
    name: "cifar10",
    title: "CIFAR-10 (binary version)",
    expected: "data_batch_1.bin to data_batch_5.bin and test_batch.bin",
    origin: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
    recognises: |dir| {
        let dir = folder(dir);
        let names = TRAIN.iter().chain([&TEST]).chain(&PYTHON);
        names.into_iter().any(|name| dir.join(name).exists())
    },
    read,
    own: &[],
    augmentation: Augmentation {
        crop: 4,
        flip: true,
    },
    mirrors: true,
};

fn folder(dir: &Path) -> PathBuf {
    cifar::folder(dir, FOLDER)
}

fn read(dir: &Path, _: &toml::Table) -> Result<Parts> {
    let dir = folder(dir);
    cifar::refuse_python(&dir, &PYTHON, &CIFAR10)?;
    let there: Vec<&str> = (TRAIN.into_iter())
        .filter(|name| dir.join(name).exists())
        .collect();
    // A part of the set may have fewer, but none from the middle.
    let needed = &TRAIN[..there.len().max(1)];
    let lacking: Vec<&str> = (needed.iter().chain([&TEST]).copied())
        .filter(|name| !dir.join(name).exists())
        .collect();
    if !lacking.is_empty() {
        return Err(missing(&dir, &lacking, &CIFAR10));
    }
    let part = |names: &[&str]| records(&dir, names, 1, 0, CLASSES.len());
    let mut parts = Parts::new(part(&there)?, Some(part(&[TEST])?)).named(CLASSES);
    if there.len() < TRAIN.len() {
        parts.remarks.push(format!(
            "has {} of the {} files to learn from: a part of CIFAR-10",
            there.len(),
            TRAIN.len()
        ));
    }
    Ok(parts)
}
