//! The records of the binary versions of CIFAR-10 and CIFAR-100: labels, a byte each, and an image of 3×32×32 bytes.

use std::path::{Path, PathBuf};

use super::files::ImageFiles;
use super::source::{self, plain, wrong};
use super::{Pixels, RawImages};
use crate::error::Result;

const SHAPE: (usize, usize, usize) = (3, 32, 32);
const IMAGE: usize = SHAPE.0 * SHAPE.1 * SHAPE.2;

/// The folder of the files: this one, or the one in it that the archive made.
pub(super) fn folder(dir: &Path, made: &str) -> PathBuf {
    let inner = dir.join(made);
    match inner.is_dir() {
        true => inner,
        false => dir.to_owned(),
    }
}

/// Says what to do about files of the version for Python, unless those of the binary one are there as well.
pub(super) fn refuse_python(dir: &Path, python: &[&str], of: &ImageFiles) -> Result<()> {
    let has_binary = std::fs::read_dir(dir).is_ok_and(|entries| {
        (entries.flatten()).any(|entry| entry.path().extension().is_some_and(|e| e == "bin"))
    });
    match python.iter().find(|name| dir.join(name).is_file()) {
        Some(name) if !has_binary => Err(wrong(
            &dir.join(name),
            format_args!(
                "is of the version for Python: get the binary version, {}",
                of.origin
            ),
        )),
        _ => Ok(()),
    }
}

/// The images of all records of some files; of the `labels` of a record, that at `place` is the class.
pub(super) fn records(
    dir: &Path,
    names: &[&str],
    labels: usize,
    place: usize,
    classes: usize,
) -> Result<RawImages> {
    let (mut pixels, mut all_labels) = (Vec::new(), Vec::new());
    for name in names {
        let path = dir.join(name);
        let mut bytes = source::read(&path)?;
        let record = labels + IMAGE;
        if bytes.is_empty() || bytes.len() % record != 0 {
            return Err(wrong(
                &path,
                format_args!(
                    "has {} bytes, which is not a whole number of records of {record}: it is cut short or of another data set; fetch it again",
                    bytes.len()
                ),
            ));
        }
        for (number, record) in bytes.chunks_exact(record).enumerate() {
            let label = u32::from(record[place]);
            if label as usize >= classes {
                return Err(wrong(
                    &path,
                    format_args!(
                        "there are {classes} classes, but the label of record {number} is {label}: it is damaged or of another data set"
                    ),
                ));
            }
            all_labels.push(label);
        }
        // The images move together, in place.
        let count = bytes.len() / record;
        for number in 0..count {
            let start = number * record + labels;
            bytes.copy_within(start..start + IMAGE, number * IMAGE);
        }
        bytes.truncate(count * IMAGE);
        match pixels.is_empty() {
            true => {
                bytes.reserve_exact((names.len() - 1) * bytes.len());
                pixels = bytes;
            }
            false => pixels.append(&mut bytes),
        }
    }
    RawImages::new(Pixels::Bytes(pixels), SHAPE, all_labels, classes)
        .map_err(|e| wrong(dir, plain(e)))
}
