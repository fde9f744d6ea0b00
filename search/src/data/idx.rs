//! Files in the IDX format of MNIST (Y. LeCun, C. Cortes and C. Burges, "The MNIST database", 1998), plain or compressed by gzip.
//!
//! A file begins with two zeros, the type of its elements (8 for unsigned bytes) and the number of its dimensions; then come the sizes,
//! four bytes each, the most significant first, and the elements.

use std::io::Read;

use candle_core::{Device, Tensor};

use super::ImageSet;
use crate::error::{Error, Result};

/// What gzip files begin with.
const GZIP: [u8; 2] = [0x1f, 0x8b];
const UNSIGNED_BYTES: u8 = 8;

/// Images and their classes from the bytes of a file each; `names` are those of the files, for errors. Pixels are from 0 to 1.
///
/// # Errors
/// [`Error::Data`], naming the file, if it is damaged or not what it should be.
pub fn idx(images: &[u8], labels: &[u8], names: [&str; 2], classes: usize) -> Result<ImageSet> {
    let [image_file, label_file] = names;
    let wrong = |name: &str, what: String| Error::Data(format!("{name}: {what}"));
    let (sizes, pixels) = read(images).map_err(|what| wrong(image_file, what))?;
    let [count, height, width] = sizes[..] else {
        let what = format!(
            "images have three dimensions, not {}: is it the file of the labels?",
            sizes.len()
        );
        return Err(wrong(image_file, what));
    };
    let (sizes, labels) = read(labels).map_err(|what| wrong(label_file, what))?;
    if sizes != [count] {
        let what = format!("has the sizes {sizes:?}, not one label for each of {count} images");
        return Err(wrong(label_file, what));
    }
    if let Some(label) = labels.iter().find(|label| usize::from(**label) >= classes) {
        let what = format!("there are {classes} classes, but a label is {label}");
        return Err(wrong(label_file, what));
    }
    let pixels: Vec<f32> = pixels.into_iter().map(|p| f32::from(p) / 255.0).collect();
    let labels: Vec<u32> = labels.into_iter().map(u32::from).collect();
    ImageSet::new(
        Tensor::from_vec(pixels, (count, 1, height, width), &Device::Cpu)?,
        Tensor::from_vec(labels, count, &Device::Cpu)?,
        classes,
    )
}

/// The sizes and elements of a file of unsigned bytes, or what is wrong with it.
fn read(file: &[u8]) -> std::result::Result<(Vec<usize>, Vec<u8>), String> {
    let mut bytes = Vec::new();
    match file.starts_with(&GZIP) {
        true => flate2::read::GzDecoder::new(file).read_to_end(&mut bytes),
        false => {
            bytes.extend_from_slice(file);
            Ok(bytes.len())
        }
    }
    .map_err(|error| format!("is cut short or damaged ({error}): fetch it again"))?;
    let short = || "ends within its first bytes: fetch it again".to_owned();
    let (start, rest) = bytes.split_first_chunk::<4>().ok_or_else(short)?;
    let &[0, 0, UNSIGNED_BYTES, dimensions] = start else {
        return Err(format!(
            "is not an IDX file of unsigned bytes: it begins with {start:02x?}"
        ));
    };
    let mut rest = rest;
    let mut sizes = Vec::new();
    for _ in 0..dimensions {
        let (size, after) = rest.split_first_chunk::<4>().ok_or_else(short)?;
        sizes.push(u32::from_be_bytes(*size) as usize);
        rest = after;
    }
    let product = sizes
        .iter()
        .try_fold(1usize, |all, &size| all.checked_mul(size));
    match product {
        Some(count) if count == rest.len() => Ok((sizes, rest.to_vec())),
        _ => Err(format!(
            "has {} elements, not as many as its sizes {sizes:?} say: fetch it again",
            rest.len()
        )),
    }
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
            (of(&images, &file(&[1], &[2])), ["labels: ", "[1]"]),
            (of(&images[..15], &labels), ["images: ", "ends within"]),
            (of(&images[..17], &labels), ["images: ", "has 1 elements"]),
            (
                of(&file(&[1 << 31, 1 << 31, 4], &[]), &labels),
                ["images: ", "has 0 elements"],
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
