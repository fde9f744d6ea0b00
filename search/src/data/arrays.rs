//! Labelled images as arrays in files of NumPy (`.npz`) or in `.safetensors` files.
//!
//! One file has all arrays, `images` and `labels`, and `test_images` and `test_labels` for what is held out; or there is a file
//! `train` and a file `test` with `images` and `labels` each. The names that Keras and MedMNIST give are known, too.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::RawImages;
use super::array::{self, Array, Layout};
use super::augment::Augmentation;
use super::files::{ImageFiles, Parts, setting};
use super::npy::Npz;
use super::source::wrong;
use super::tensors::Tensors;
use crate::error::{Error, Result};

/// Arrays in files.
pub(super) const ARRAYS: ImageFiles = ImageFiles {
    name: "arrays",
    title: "arrays (.npz or .safetensors)",
    expected: "a file .npz or .safetensors with `images` and `labels`, and `test_images` and `test_labels` if there are such; or one file \
               each for `train` and `test`",
    origin: "numpy.savez_compressed(\"data.npz\", images=…, labels=…) or safetensors.numpy.save_file",
    recognises: |path| files(path).is_ok_and(|files| !files.is_empty()),
    read,
    own: &["layout", "classes"],
    augmentation: Augmentation {
        crop: 0,
        flip: false,
    },
    mirrors: true,
};

const IMAGES: [&str; 4] = ["images", "train_images", "x_train", "X_train"];
const LABELS: [&str; 4] = ["labels", "train_labels", "y_train", "Y_train"];
const TEST_IMAGES: [&str; 3] = ["test_images", "x_test", "X_test"];
const TEST_LABELS: [&str; 3] = ["test_labels", "y_test", "Y_test"];

#[derive(Clone, Copy, Deserialize)]
struct Settings {
    layout: Option<Layout>,
    /// How many classes there are, if the largest label does not say it.
    classes: Option<usize>,
}

fn read(path: &Path, settings: &toml::Table) -> Result<Parts> {
    let settings: Settings = (settings.clone().try_into()).map_err(|error| {
        Error::Invalid(format!("the settings of the data: {}", setting(&error)))
    })?;
    let files = files(path)?;
    let (train, test) = match &files[..] {
        [] => {
            return Err(wrong(
                path,
                format_args!("has no arrays: it should hold {}", ARRAYS.expected),
            ));
        }
        [one] => {
            let mut file = Arrays::open(one)?;
            let train = file.part(&IMAGES, &LABELS, settings)?;
            let has_test = file
                .first(&TEST_IMAGES)
                .or(file.first(&TEST_LABELS))
                .is_some();
            (
                train,
                has_test
                    .then(|| file.part(&TEST_IMAGES, &TEST_LABELS, settings))
                    .transpose()?,
            )
        }
        several => {
            let called = |name: &str| {
                let is = |path: &&PathBuf| path.file_stem().is_some_and(|stem| stem == name);
                several.iter().find(is)
            };
            let (Some(train), Some(test)) = (called("train"), called("test")) else {
                let names: Vec<String> = several.iter().map(|file| name(file)).collect();
                return Err(wrong(
                    path,
                    format_args!(
                        "has several files of arrays ({}): give the path of one, or name two of them `train` and `test`",
                        names.join(", ")
                    ),
                ));
            };
            let part = |path: &Path| {
                let mut file = Arrays::open(path)?;
                match file.first(&TEST_IMAGES) {
                    Some(_) => file.part(&TEST_IMAGES, &TEST_LABELS, settings),
                    None => file.part(&IMAGES, &LABELS, settings),
                }
            };
            (part(train)?, Some(part(test)?))
        }
    };
    let Some(test) = test else {
        return Ok(Parts::new(train, None));
    };
    // The largest label of one part may not occur in the other.
    let classes = train.classes().max(test.classes());
    Ok(Parts::new(
        train.with_classes(classes),
        Some(test.with_classes(classes)),
    ))
}

/// The files of arrays in a folder, in the order of their names; or the file itself.
fn files(path: &Path) -> Result<Vec<PathBuf>> {
    let is_arrays = |path: &PathBuf| {
        let end = path.extension().map(|end| end.to_ascii_lowercase());
        end.is_some_and(|end| end == "npz" || end == "safetensors")
    };
    let mut files = match path.is_dir() {
        true => super::files::entries(path)?,
        false => vec![path.to_owned()],
    };
    files.retain(is_arrays);
    Ok(files)
}

fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// A file of arrays.
struct Arrays {
    path: PathBuf,
    names: Vec<String>,
    format: Format,
}

enum Format {
    Npz(Npz),
    Tensors(Tensors),
}

impl Arrays {
    fn open(path: &Path) -> Result<Self> {
        let is_npz = path
            .extension()
            .is_some_and(|end| end.eq_ignore_ascii_case("npz"));
        let (format, mut names) = match is_npz {
            true => {
                let file = Npz::open(path)?;
                let names = file.names();
                (Format::Npz(file), names)
            }
            false => {
                let file = Tensors::open(path)?;
                let names = file.names();
                (Format::Tensors(file), names)
            }
        };
        names.sort();
        Ok(Self {
            path: path.to_owned(),
            names,
            format,
        })
    }

    /// The first of these names that there is an array of.
    fn first<'a>(&self, names: &[&'a str]) -> Option<&'a str> {
        names
            .iter()
            .copied()
            .find(|name| self.names.iter().any(|known| known == name))
    }

    fn array(&mut self, name: &str) -> Result<Array> {
        match &mut self.format {
            Format::Npz(file) => file.array(name),
            Format::Tensors(file) => file.array(name),
        }
    }

    /// Images and labels under the first of these names that there are.
    fn part(&mut self, images: &[&str], labels: &[&str], settings: Settings) -> Result<RawImages> {
        let (Some(images), Some(labels)) = (self.first(images), self.first(labels)) else {
            let lacks = if self.first(images).is_none() {
                images[0]
            } else {
                labels[0]
            };
            return Err(wrong(
                &self.path,
                format_args!(
                    "has no array `{lacks}`, only `{}`: save images and labels under the names {}",
                    self.names.join("`, `"),
                    "`images`, `labels`, `test_images` and `test_labels`"
                ),
            ));
        };
        let label_array = self.array(labels)?;
        let image_array = self.array(images)?;
        array::labelled(image_array, &label_array, settings.layout, settings.classes).map_err(
            |[of_images, of_labels]| {
                let (name, what) = match (of_images, of_labels) {
                    (Some(what), _) => (images, what),
                    (_, what) => (labels, what.unwrap_or_default()),
                };
                wrong(&self.path, format_args!("the array `{name}` {what}"))
            },
        )
    }
}
