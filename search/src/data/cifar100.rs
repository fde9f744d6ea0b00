//! CIFAR-100: 60,000 colour images of 32×32 pixels in 100 classes, in its binary version.
//!
//! A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009. A record is a coarse label (one of 20), a fine one
//! (one of 100) and the image as in CIFAR-10.

use std::path::Path;

use serde::Deserialize;

use super::augment::Augmentation;
use super::cifar::{self, records};
use super::files::{ImageFiles, Parts, missing, setting};
use crate::error::{Error, Result};

const FILES: [&str; 2] = ["train.bin", "test.bin"];
/// Where the archive puts the files.
const FOLDER: &str = "cifar-100-binary";
/// The files of the version for Python, which is another format.
const PYTHON: [&str; 2] = ["train", "meta"];

/// The two files of the binary version.
pub(super) const CIFAR100: ImageFiles = ImageFiles {
    name: "cifar100",
    title: "CIFAR-100 (binary version)",
    expected: "train.bin and test.bin",
    origin: "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
    recognises: |dir| {
        let dir = cifar::folder(dir, FOLDER);
        let is_file = |name: &str| dir.join(name).is_file();
        FILES.iter().any(|name| is_file(name)) || PYTHON.iter().all(|name| is_file(name))
    },
    read,
    own: &["labels"],
    augmentation: Augmentation {
        crop: 4,
        flip: true,
    },
    mirrors: true,
};

/// Which of the two labels of an image is its class.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Labels {
    #[default]
    Fine,
    Coarse,
}

#[derive(Deserialize)]
struct Settings {
    #[serde(default)]
    labels: Labels,
}

fn read(dir: &Path, settings: &toml::Table) -> Result<Parts> {
    let settings: Settings = (settings.clone().try_into())
        .map_err(|error| Error::Invalid(format!("`data.labels`: {}", setting(&error))))?;
    let (place, classes, names) = match settings.labels {
        Labels::Coarse => (0, 20, "coarse_label_names.txt"),
        Labels::Fine => (1, 100, "fine_label_names.txt"),
    };
    let dir = cifar::folder(dir, FOLDER);
    cifar::refuse_python(&dir, &PYTHON, &CIFAR100)?;
    let lacking: Vec<&str> = (FILES.into_iter())
        .filter(|name| !dir.join(name).exists())
        .collect();
    if !lacking.is_empty() {
        return Err(missing(&dir, &lacking, &CIFAR100));
    }
    let [train, test] = FILES.map(|name| records(&dir, &[name], 2, place, classes));
    let parts = Parts::new(train?, Some(test?));
    let names = std::fs::read_to_string(dir.join(names)).unwrap_or_default();
    let names: Vec<&str> = names.lines().filter(|line| !line.is_empty()).collect();
    Ok(match names.len() == classes {
        true => parts.named(names),
        false => parts,
    })
}
