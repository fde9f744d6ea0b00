//! SVHN: house numbers photographed from the street, as cropped digits of 32×32 pixels.
//!
//! Y. Netzer et al., "Reading Digits in Natural Images with Unsupervised Feature Learning", NIPS Workshop 2011. `X` has the dimensions
//! height, width, channels and images, the first of which changes fastest; `y` counts from 1, and 10 is the digit 0.

use std::path::Path;

use super::array::Element;
use super::augment::Augmentation;
use super::files::{ImageFiles, Parts, missing};
use super::source::{plain, wrong};
use super::{Pixels, RawImages, mat};
use crate::error::Result;

const FILES: [&str; 2] = ["train_32x32.mat", "test_32x32.mat"];
const CLASSES: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/// The two files of cropped digits; the further ones of `extra_32x32.mat` are not read.
pub(super) const SVHN: ImageFiles = ImageFiles {
    name: "svhn",
    title: "SVHN (cropped digits)",
    expected: "train_32x32.mat and test_32x32.mat",
    origin: "http://ufldl.stanford.edu/housenumbers/ (format 2)",
    recognises: |dir| FILES.iter().any(|name| dir.join(name).exists()),
    read,
    own: &[],
    augmentation: Augmentation {
        crop: 0,
        flip: false,
    },
    mirrors: false,
};

fn read(dir: &Path, _: &toml::Table) -> Result<Parts> {
    let lacking: Vec<&str> = (FILES.into_iter())
        .filter(|name| !dir.join(name).exists())
        .collect();
    if !lacking.is_empty() {
        return Err(missing(dir, &lacking, &SVHN));
    }
    let [train, test] = FILES.map(|name| part(&dir.join(name)));
    Ok(Parts::new(train?, Some(test?)).named(CLASSES))
}

fn part(path: &Path) -> Result<RawImages> {
    let [images, labels] = mat::read(path, ["X", "y"])?;
    let [height, width, channels, count] = images.dims[..] else {
        return Err(wrong(
            path,
            format_args!(
                "`X` has the dimensions {:?}, not height, width, channels and images: is it the file of the cropped digits (format 2)?",
                images.dims
            ),
        ));
    };
    if images.element != Element::U8 || images.bytes.is_empty() {
        let what = format_args!("`X` is {images:?}, not bytes: get the file of the authors");
        return Err(wrong(path, what));
    }
    let mut classes = labels
        .labels(count)
        .map_err(|what| wrong(path, format_args!("`y` {what}")))?;
    for label in &mut classes {
        *label = match *label {
            1..=9 => *label,
            10 => 0,
            other => {
                return Err(wrong(
                    path,
                    format_args!("a label is {other}: those of SVHN are from 1 to 10"),
                ));
            }
        };
    }
    let shape = (channels, height, width);
    let mut pixels = images.bytes;
    let mut columns = Vec::with_capacity(height * width);
    for plane in pixels.chunks_exact_mut(height * width) {
        columns.clear();
        columns.extend_from_slice(plane);
        for (place, pixel) in plane.iter_mut().enumerate() {
            *pixel = columns[place % width * height + place / width];
        }
    }
    RawImages::new(Pixels::Bytes(pixels), shape, classes, CLASSES.len())
        .map_err(|error| wrong(path, plain(error)))
}
