//! Images in folders: a PNG or JPEG file for each image, a folder for each class.
//!
//! The classes are the folders, in the order of their names. If the folders of classes are in folders `train` and `test` (or `val`), the set
//! comes divided.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::augment::Augmentation;
use super::decode::{self, Picture};
use super::files::{ImageFiles, Parts, entries, setting};
use super::source::{plain, wrong};
use super::{Pixels, RawImages, memory};
use crate::error::{Error, Result};

/// A folder for each class.
pub(super) const FOLDER: ImageFiles = ImageFiles {
    name: "folder",
    title: "images, a folder for each class",
    expected: "a folder of PNG or JPEG files for each class; or such folders in `train` and in `test`",
    origin: "your own images",
    recognises: |path| path.is_dir() && has_images(path, 3),
    read,
    own: &["size"],
    augmentation: Augmentation {
        crop: 0,
        flip: false,
    },
    mirrors: true,
};

/// The names of the parts, in lower case.
const TRAIN: [&str; 2] = ["train", "training"];
const TEST: [&str; 5] = ["test", "testing", "val", "valid", "validation"];

/// The largest side that `size` may ask for.
const LARGEST: u32 = 4096;

#[derive(Clone, Copy, Deserialize)]
struct Settings {
    /// Brings all images to so many pixels, high and wide.
    size: Option<u32>,
}

fn is_image(path: &Path) -> bool {
    let end = path.extension().map(|end| end.to_ascii_lowercase());
    end.is_some_and(|end| ["png", "jpg", "jpeg"].iter().any(|known| end == *known))
}

/// Whether there are images in a folder, or in those below it.
fn has_images(dir: &Path, depth: usize) -> bool {
    let entries = entries(dir).unwrap_or_default();
    entries.iter().any(|path| path.is_file() && is_image(path))
        || depth > 1
            && entries
                .iter()
                .any(|path| path.is_dir() && has_images(path, depth - 1))
}

fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn read(dir: &Path, settings: &toml::Table) -> Result<Parts> {
    let settings: Settings = (settings.clone().try_into()).map_err(|error| {
        Error::Invalid(format!("the settings of the data: {}", setting(&error)))
    })?;
    if settings
        .size
        .is_some_and(|size| !(1..=LARGEST).contains(&size))
    {
        return Err(Error::Invalid(format!(
            "`data.size` is from 1 to {LARGEST} pixels"
        )));
    }
    let mut remarks = Vec::new();
    let folders = folders(dir)?;
    let called = |names: &[&str]| {
        let find = |name: &&str| {
            folders
                .iter()
                .find(|path| self::name(path).to_lowercase() == **name)
        };
        names.iter().find_map(find).cloned()
    };
    let (train, test) = match called(&TRAIN) {
        Some(train) => (train, called(&TEST)),
        None => (dir.to_owned(), None),
    };
    let classes: Vec<String> = self::folders(&train)?
        .iter()
        .map(|path| name(path))
        .collect();
    match &classes[..] {
        [] if entries(&train)?.iter().any(|path| is_image(path)) => {
            return Err(wrong(
                &train,
                "has images without a class: put those of each class into a folder with its name",
            ));
        }
        [] => {
            return Err(wrong(
                &train,
                format_args!("has no folders: it should hold {}", FOLDER.expected),
            ));
        }
        [one] => {
            return Err(wrong(
                &train,
                format_args!(
                    "has one folder, {one}: give the folder that has one for each of several classes"
                ),
            ));
        }
        _ => {}
    }
    let train = Listing::of(&train, &classes, true, &mut remarks)?;
    let test = test.map(|test| {
        if let Some(other) =
            (self::folders(&test)?.iter()).find(|path| !classes.contains(&name(path)))
        {
            return Err(wrong(
                other,
                "is a class without images to learn from: name the folders of both parts alike",
            ));
        }
        Listing::of(&test, &classes, false, &mut remarks)
    });
    let test = test.transpose()?;
    let all = || {
        train
            .pictures()
            .chain(test.iter().flat_map(Listing::pictures))
    };
    let colour = all().any(|(_, picture)| picture.colour);
    let size = match settings.size {
        Some(size) => (size, size),
        None => one_size(dir, all())?,
    };
    let decode = |listing: &Listing| listing.decode(size, colour, classes.len());
    let mut parts = Parts::new(decode(&train)?, test.as_ref().map(decode).transpose()?);
    parts.remarks = remarks;
    Ok(parts.named(classes))
}

/// The folders in a folder.
fn folders(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut folders = entries(dir)?;
    folders.retain(|path| path.is_dir());
    Ok(folders)
}

/// The size that all pictures have, width first.
fn one_size<'a>(
    dir: &Path,
    mut all: impl Iterator<Item = &'a (PathBuf, Picture)>,
) -> Result<(u32, u32)> {
    let Some((first, picture)) = all.next() else {
        return Err(wrong(
            dir,
            format_args!("has no images: it should hold {}", FOLDER.expected),
        ));
    };
    let (width, height) = picture.size;
    match all.find(|(_, other)| other.size != picture.size) {
        None => Ok(picture.size),
        Some((path, other)) => Err(wrong(
            path,
            format_args!(
                "has {}×{} pixels (height × width), and {} has {height}×{width}: bring all images to one size with `data.size`, as in \
             `data.size = 32`",
                other.size.1,
                other.size.0,
                first.display()
            ),
        )),
    }
}

/// The images of a part, before they are decoded.
struct Listing {
    pictures: Vec<(PathBuf, Picture)>,
    labels: Vec<u32>,
    dir: PathBuf,
}

impl Listing {
    fn of(
        dir: &Path,
        classes: &[String],
        all_needed: bool,
        remarks: &mut Vec<String>,
    ) -> Result<Self> {
        let mut listing = Self {
            pictures: Vec::new(),
            labels: Vec::new(),
            dir: dir.to_owned(),
        };
        let mut others = Vec::new();
        for (label, class) in (0..).zip(classes) {
            let folder = dir.join(class);
            let before = listing.labels.len();
            let paths = match folder.is_dir() {
                true => entries(&folder)?,
                false => Vec::new(),
            };
            for path in paths {
                if !is_image(&path) {
                    others.push(path);
                    continue;
                }
                let picture = decode::about(&path)?;
                listing.pictures.push((path, picture));
                listing.labels.push(label);
            }
            if listing.labels.len() == before {
                let what =
                    "has no PNG or JPEG files: remove the folder, or add images of its class";
                match all_needed {
                    true => return Err(wrong(&folder, what)),
                    false => {
                        remarks.push(format!("{}: no images of the class {class}", dir.display()))
                    }
                }
            }
        }
        if let Some(first) = others.first() {
            remarks.push(format!(
                "{} entries are not PNG or JPEG files and are left out; the first is {}",
                others.len(),
                first.display()
            ));
        }
        Ok(listing)
    }

    fn pictures(&self) -> impl Iterator<Item = &(PathBuf, Picture)> {
        self.pictures.iter()
    }

    fn decode(
        &self,
        (width, height): (u32, u32),
        colour: bool,
        classes: usize,
    ) -> Result<RawImages> {
        let channels = if colour { 3 } else { 1 };
        let shape = (channels, height as usize, width as usize);
        let needed =
            self.pictures.len() as u64 * u64::from(width) * u64::from(height) * channels as u64;
        memory::check(needed).map_err(|what| wrong(&self.dir, what))?;
        let mut pixels = Vec::with_capacity(usize::try_from(needed).unwrap_or(0));
        for (path, picture) in &self.pictures {
            pixels.extend(decode::decode(path, *picture, (width, height), colour)?);
        }
        RawImages::new(Pixels::Bytes(pixels), shape, self.labels.clone(), classes)
            .map_err(|error| wrong(&self.dir, plain(error)))
    }
}
