//! Data sets of images in files: what each kind has in common, from its settings to its splits.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use toml::Table;

use super::augment::Augmentation;
use super::source::{plain, wrong};
use super::{DataSet, RawImages, Splits};
use crate::error::{Error, Result, worded};
use crate::files::at;

/// A kind of files with labelled images: a row of [`IMAGE_FILES`](super::IMAGE_FILES), and what its module knows of them.
#[derive(Clone, Copy, Debug)]
pub struct ImageFiles {
    /// The name in settings.
    pub name: &'static str,
    /// What the files are, for a reader.
    pub title: &'static str,
    /// The names of the files that belong into the folder.
    pub expected: &'static str,
    /// Where they come from.
    pub origin: &'static str,
    /// Whether a folder or file looks like one of this kind.
    pub(super) recognises: fn(&Path) -> bool,
    /// Reads it, with the settings of this kind alone.
    pub(super) read: fn(&Path, &Table) -> Result<Parts>,
    /// The settings of this kind alone.
    pub(super) own: &'static [&'static str],
    /// What suits the images, unless the settings say otherwise.
    pub(super) augmentation: Augmentation,
    /// Whether a mirrored image keeps its class.
    pub(super) mirrors: bool,
}

/// What the files of a data set hold.
#[derive(Debug)]
pub struct Parts {
    /// What is learned from; all images, if the set does not come divided.
    pub train: RawImages,
    /// What is held out, if the set comes divided.
    pub test: Option<RawImages>,
    /// The names of the classes; where the files do not have them, their numbers.
    pub classes: Vec<String>,
    /// What is allowed, and hardly meant.
    pub remarks: Vec<String>,
}

impl Parts {
    /// Parts without names or remarks.
    pub(super) fn new(train: RawImages, test: Option<RawImages>) -> Self {
        Self {
            classes: (0..train.classes())
                .map(|class| class.to_string())
                .collect(),
            train,
            test,
            remarks: Vec::new(),
        }
    }

    /// The same with the names of the classes.
    pub(super) fn named(self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let classes = names.into_iter().map(Into::into).collect();
        Self { classes, ..self }
    }
}

/// The settings that all kinds have.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The folder of the files.
    dir: Option<PathBuf>,
    /// [`Augmentation::crop`].
    crop: Option<usize>,
    /// [`Augmentation::flip`].
    flip: Option<bool>,
    /// Whether the channels are shifted and scaled by the statistics of what is learned from.
    normalize: Option<bool>,
}

impl ImageFiles {
    /// Whether a folder or file looks like one of this kind: it has the names or the first bytes of such.
    pub fn recognises(&self, path: &Path) -> bool {
        (self.recognises)(path)
    }

    /// What is in a folder, with the settings of this kind alone.
    ///
    /// # Errors
    /// [`Error::Data`], naming the file and the remedy, if one is missing, damaged or not what it should be.
    pub fn read(&self, dir: &Path, own: &Table) -> Result<Parts> {
        if !dir.exists() {
            return Err(wrong(
                dir,
                format_args!(
                    "there is no such folder: it should hold {}, from {}",
                    self.expected, self.origin
                ),
            ));
        }
        let parts = (self.read)(dir, own)?;
        if let Some(test) = &parts.test
            && test.image_shape() != parts.train.image_shape()
        {
            return Err(wrong(
                dir,
                format_args!(
                    "what is learned from is {}, what is held out {}: both parts need images of one size",
                    super::Examples::kind(&parts.train),
                    super::Examples::kind(test),
                ),
            ));
        }
        Ok(parts)
    }

    fn settings(&self, settings: &Table) -> Result<(Settings, Table)> {
        let (own, common): (Table, Table) =
            (settings.clone().into_iter()).partition(|(key, _)| self.own.contains(&key.as_str()));
        let common = common.try_into().map_err(|error: toml::de::Error| {
            let also = match self.own {
                [] => String::new(),
                own => format!("; `{}` also has `{}`", self.name, own.join("`, `")),
            };
            Error::Invalid(format!(
                "the settings of the data: {}{also}",
                setting(&error)
            ))
        })?;
        Ok((common, own))
    }
}

impl DataSet for ImageFiles {
    fn name(&self) -> &str {
        self.name
    }

    fn load(&self, seed: u64) -> Result<Splits> {
        self.load_with(&Table::new(), seed)
    }

    fn load_with(&self, settings: &Table, seed: u64) -> Result<Splits> {
        let invalid = |what: String| Err(Error::Invalid(what));
        let (settings, own) = self.settings(settings)?;
        let Some(dir) = settings.dir else {
            return invalid(format!(
                "the data set `{}` is read from files: set `data.dir` to the folder of {}, which come from {}",
                self.name, self.expected, self.origin
            ));
        };
        let augmentation = Augmentation {
            crop: settings.crop.unwrap_or(self.augmentation.crop),
            flip: settings.flip.unwrap_or(self.augmentation.flip),
        };
        if augmentation.flip && !self.mirrors {
            return invalid(format!(
                "`data.flip` mirrors images, and a mirrored digit of `{}` is none: leave it out",
                self.name
            ));
        }
        let parts = self.read(&dir, &own)?;
        let (_, height, width) = parts.train.image_shape();
        if augmentation.crop >= height.min(width) {
            return invalid(format!(
                "`data.crop` is {}, and the images have {height}×{width} pixels: choose a narrower margin",
                augmentation.crop
            ));
        }
        let (train, test) = match parts.test {
            Some(test) => (parts.train, test),
            None => {
                let parts = parts.train.parts(0.8, seed, "test part");
                parts.map_err(|error| wrong(&dir, plain(error)))?
            }
        };
        let (train, test) = match settings.normalize.unwrap_or(true) {
            true => train.standardized(&test)?,
            false => (train, test),
        };
        Ok(Splits {
            train: Arc::new(train.augmented(augmentation)),
            test: Arc::new(test),
        })
    }
}

/// What lies in a folder, in the order of the names, but for hidden files.
pub(super) fn entries(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(at(dir))? {
        let entry = entry.map_err(at(dir))?;
        if !entry.file_name().as_encoded_bytes().starts_with(b".") {
            entries.push(entry.path());
        }
    }
    entries.sort();
    Ok(entries)
}

/// What is wrong with a setting, in one line that names it.
pub(super) fn setting(error: &toml::de::Error) -> String {
    worded(&error.to_string()).replace('\n', " ")
}

/// The first of these files that there is in a folder.
pub(super) fn find<'a>(dir: &Path, names: impl IntoIterator<Item = &'a str>) -> Option<PathBuf> {
    (names.into_iter())
        .map(|name| dir.join(name))
        .find(|path| path.exists())
}

/// The error for a folder that lacks files: the names of those, and where all of them come from.
pub(super) fn missing(dir: &Path, names: &[&str], of: &ImageFiles) -> Error {
    let (is, it) = match names {
        [_] => ("is", "it"),
        _ => ("are", "them"),
    };
    let archive = (dir.read_dir().into_iter().flatten().flatten())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .find(|name| {
            [".tar.gz", ".tgz", ".tar", ".zip"]
                .iter()
                .any(|end| name.ends_with(end))
        });
    let remedy = match archive {
        Some(archive) => format!("unpack {archive} there"),
        None => format!("get {it} from {}", of.origin),
    };
    wrong(
        dir,
        format_args!("{} {is} missing: {remedy}", names.join(", ")),
    )
}
