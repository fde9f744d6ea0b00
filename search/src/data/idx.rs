//! Files in the IDX format of MNIST (Y. LeCun, C. Cortes and C. Burges, "The MNIST database", 1998), plain or compressed by gzip.
//!
//! A file begins with two zeros, the type of its elements (8 for unsigned bytes) and the number of its dimensions; then come the sizes,
//! four bytes each, the most significant first, and the elements.

use std::path::{Path, PathBuf};

use super::files::{ImageFiles, Parts, find, missing};
use super::source::{Source, plain};
use super::{Examples, ImageSet, Pixels, RawImages};
use crate::error::Result;

const UNSIGNED_BYTES: u8 = 8;
/// What the third byte says of other elements, and what they are.
const OTHER_ELEMENTS: [(u8, &str); 5] = [
    (0x09, "signed bytes"),
    (0x0b, "16-bit numbers"),
    (0x0c, "32-bit numbers"),
    (0x0d, "floats"),
    (0x0e, "doubles"),
];
/// More than any file has.
const MOST_DIMENSIONS: u8 = 8;

/// The two parts, by how the names of their files begin, and what the other endings of a name are.
const PARTS: [&str; 2] = ["train", "t10k"];

/// Images and their classes from the bytes of a file each; `names` are those of the files, for errors. Pixels are from 0 to 1.
///
/// # Errors
/// [`crate::error::Error::Data`], naming the file, if it is damaged or not what it should be.
pub fn idx(images: &[u8], labels: &[u8], names: [&str; 2], classes: usize) -> Result<ImageSet> {
    let images = Source::of_bytes(names[0], images)?;
    let labels = Source::of_bytes(names[1], labels)?;
    let set = labelled(images, labels, classes)?;
    let all: Vec<u32> = (0..set.len() as u32).collect();
    let (images, labels) = set.batch(&all)?;
    ImageSet::new(images, labels, classes)
}

/// Whether a folder has files with the names of MNIST.
pub(super) fn recognises(dir: &Path) -> bool {
    PARTS.iter().any(|part| {
        ["images-idx3", "labels-idx1"]
            .iter()
            .any(|what| file(dir, part, what).is_some())
    })
}

/// The four files of a folder with the names of MNIST.
pub(super) fn read(dir: &Path, of: &ImageFiles, names: &[&str]) -> Result<Parts> {
    let mut lacking = Vec::new();
    let mut path = |part: &str, what: &str| {
        file(dir, part, what).unwrap_or_else(|| {
            lacking.push(format!("{part}-{what}-ubyte.gz"));
            PathBuf::new()
        })
    };
    let files = PARTS.map(|part| [path(part, "images-idx3"), path(part, "labels-idx1")]);
    if !lacking.is_empty() {
        let lacking: Vec<&str> = lacking.iter().map(String::as_str).collect();
        return Err(missing(dir, &lacking, of));
    }
    let [train, test] = files.map(|[images, labels]| {
        labelled(Source::open(&images)?, Source::open(&labels)?, names.len())
    });
    Ok(Parts::new(train?, Some(test?)).named(names.iter().copied()))
}

/// A file of a folder, plain or compressed, under the usual name or as some archives unpack it.
fn file(dir: &Path, part: &str, what: &str) -> Option<PathBuf> {
    let names = ["-", "."].map(|dot| {
        let what = what.replace("-idx", &format!("{dot}idx"));
        ["", ".gz"].map(|end| format!("{part}-{what}-ubyte{end}"))
    });
    find(dir, names.iter().flatten().map(String::as_str))
}

/// The images of one file with the labels of another.
fn labelled(mut images: Source, mut labels: Source, classes: usize) -> Result<RawImages> {
    let sizes = sizes(&mut images)?;
    let [count, height, width] = sizes[..] else {
        return Err(images.wrong(format_args!(
            "images have three dimensions, not {}{}",
            sizes.len(),
            if sizes.len() == 1 {
                ": is it the file of the labels?"
            } else {
                ""
            }
        )));
    };
    let pixels = elements(&mut images, &sizes)?;
    let sizes = self::sizes(&mut labels)?;
    if sizes.len() != 1 {
        return Err(labels.wrong(format_args!(
            "labels have one dimension, not {}: is it the file of the images? There is one label for each of {count} images",
            sizes.len()
        )));
    }
    if sizes != [count] {
        return Err(labels.wrong(format_args!(
            "has {} labels, not one label for each of {count} images: both files have to be of the same part of the same set",
            sizes[0]
        )));
    }
    let label_bytes = elements(&mut labels, &sizes)?;
    if let Some(label) = label_bytes
        .iter()
        .find(|label| usize::from(**label) >= classes)
    {
        return Err(labels.wrong(format_args!(
            "there are {classes} classes, but a label is {label}: is it the file of another data set?"
        )));
    }
    let label_numbers = label_bytes.into_iter().map(u32::from).collect();
    let set = RawImages::new(
        Pixels::Bytes(pixels),
        (1, height, width),
        label_numbers,
        classes,
    );
    set.map_err(|error| images.wrong(plain(error)))
}

/// The sizes that a file of unsigned bytes begins with.
fn sizes(file: &mut Source) -> Result<Vec<usize>> {
    let start: [u8; 4] = file.array()?;
    let [0, 0, kind, dimensions @ 1..=MOST_DIMENSIONS] = start else {
        return Err(file.wrong(format_args!(
            "is not an IDX file of unsigned bytes: it begins with {start:02x?}, not with 00 00 08 and the number of dimensions"
        )));
    };
    if kind != UNSIGNED_BYTES {
        let known = OTHER_ELEMENTS.iter().find(|(other, _)| *other == kind);
        let what = known.map_or("elements of an unknown type", |(_, what)| what);
        return Err(file.wrong(format_args!(
            "is not an IDX file of unsigned bytes: its third byte is {kind:#04x}, for {what}"
        )));
    }
    let mut size = || Ok(u32::from_be_bytes(file.array()?) as usize);
    (0..dimensions).map(|_| size()).collect()
}

/// The elements that follow, as many as the sizes say.
fn elements(file: &mut Source, sizes: &[usize]) -> Result<Vec<u8>> {
    let count = (sizes.iter()).try_fold(1usize, |all, &size| all.checked_mul(size));
    let short = format!("has fewer elements than its sizes {sizes:?} say");
    let elements = file.bytes(count.unwrap_or(usize::MAX), &short)?;
    file.end(|| format!("has more elements than its sizes {sizes:?} say: fetch it again"))?;
    Ok(elements)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Examples;
    use std::io::Write;

    fn file(sizes: &[u32], elements: &[u8]) -> Vec<u8> {
        let mut file = vec![0, 0, 8, sizes.len() as u8];
        sizes
            .iter()
            .for_each(|size| file.extend(size.to_be_bytes()));
        file.extend(elements);
        file
    }

    fn of(images: &[u8], labels: &[u8]) -> Result<ImageSet> {
        idx(images, labels, ["images", "labels"], 3)
    }

    #[test]
    fn files_are_read_plain_and_compressed() -> Result<()> {
        let (images, labels) = (file(&[2, 1, 2], &[0, 51, 255, 102]), file(&[2], &[2, 0]));
        let compressed = |file: &[u8]| {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Default::default());
            encoder.write_all(file).expect("written");
            encoder.finish().expect("finished")
        };
        for set in [
            of(&images, &labels)?,
            of(&compressed(&images), &compressed(&labels))?,
        ] {
            assert_eq!((set.len(), set.image_shape()), (2, (1, 1, 2)));
            let (images, labels) = set.batch(&[0, 1])?;
            assert_eq!(
                images.flatten_all()?.to_vec1::<f32>()?,
                [0.0, 0.2, 1.0, 0.4]
            );
            assert_eq!(labels.to_vec1::<u32>()?, [2, 0]);
        }
        Ok(())
    }

    #[test]
    fn damaged_and_swapped_files_are_named() {
        let (images, labels) = (file(&[2, 1, 2], &[0, 51, 255, 102]), file(&[2], &[2, 0]));
        for (set, parts) in [
            (
                of(&labels, &images),
                ["images: ", "is it the file of the labels?"],
            ),
            (
                of(&images, &images),
                ["labels: ", "one label for each of 2 images"],
            ),
            (
                of(&images, &file(&[2], &[2, 3])),
                ["labels: ", "a label is 3"],
            ),
            (
                of(&images, &file(&[1], &[2])),
                ["labels: ", "has 1 labels, not one label for each of 2"],
            ),
            (of(&images[..15], &labels), ["images: ", "ends within"]),
            (
                of(&images[..17], &labels),
                ["images: ", "fewer elements than its sizes [2, 1, 2]"],
            ),
            (
                of(&file(&[1 << 31, 1 << 31, 4], &[]), &labels),
                ["images: ", "fewer elements than its sizes"],
            ),
            (of(&[0x1f, 0x8b, 8, 0], &labels), ["images: ", "cut short"]),
            (of(b"<html>", &labels), ["images: ", "not an IDX file"]),
            (of(&[], &labels), ["images: ", "ends within"]),
        ] {
            let error = set.expect_err(parts[1]).to_string();
            assert!(parts.iter().all(|part| error.contains(part)), "{error}");
        }
    }
}
