//! The embedded data set: 1,797 handwritten digits of 8×8 pixels.
//!
//! "Optical Recognition of Handwritten Digits" by E. Alpaydin and C. Kaynak, UCI Machine Learning Repository, 1998
//! (doi 10.24432/C50P49): the test part. Each pixel counts the ink in a 4×4 cell of the scanned digit, 0 to 16.

use super::{DataSet, ImageSet, Splits};
use crate::error::{Error, Result};
use candle_core::{Device, Tensor};
use std::io::Read;

const SIDE: usize = 8;
const INK: u32 = 16;
const CLASSES: u32 = 10;

/// The embedded digits.
#[derive(Clone, Copy, Debug)]
pub struct Digits;

impl DataSet for Digits {
    fn name(&self) -> &str {
        "digits"
    }

    fn load(&self, seed: u64) -> Result<Splits> {
        Splits::new(&digits()?, seed)
    }
}

/// The embedded digits, in the order of the file: images `[1797, 1, 8, 8]` with values 0 to 16, ten classes.
///
/// # Errors
/// Only if tensors cannot be made.
pub fn digits() -> Result<ImageSet> {
    read(flate2::read::GzDecoder::new(
        include_bytes!("../../data/digits.csv.gz").as_slice(),
    ))
}

/// Reads rows of 64 pixels and a label.
fn read(csv: impl Read) -> Result<ImageSet> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(csv);
    let (mut pixels, mut labels) = (Vec::new(), Vec::new());
    for (row, record) in reader.records().enumerate() {
        let wrong = |what: String| Error::Data(format!("row {}: {what}", row + 1));
        let record = record.map_err(|error| wrong(error.to_string()))?;
        if record.len() != SIDE * SIDE + 1 {
            return Err(wrong(format!(
                "expected {} values, found {}",
                SIDE * SIDE + 1,
                record.len()
            )));
        }
        for (column, text) in record.iter().enumerate() {
            let limit = if column < SIDE * SIDE {
                INK
            } else {
                CLASSES - 1
            };
            match text.trim().parse::<u32>() {
                Ok(value) if value > limit => {
                    return Err(wrong(format!(
                        "value {} is {value}, above {limit}",
                        column + 1
                    )));
                }
                Ok(value) if column < SIDE * SIDE => pixels.push(value as f32),
                Ok(label) => labels.push(label),
                Err(_) => {
                    return Err(wrong(format!(
                        "value {} is not a whole number: `{text}`",
                        column + 1
                    )));
                }
            }
        }
    }
    let count = labels.len();
    let images = Tensor::from_vec(pixels, (count, 1, SIDE, SIDE), &Device::Cpu)?;
    ImageSet::new(
        images,
        Tensor::from_vec(labels, count, &Device::Cpu)?,
        CLASSES as usize,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Examples;

    #[test]
    fn the_digits_are_those_of_the_repository() -> Result<()> {
        let set = digits()?;
        assert_eq!(
            (set.len(), set.image_shape(), set.classes()),
            (1797, (1, 8, 8), 10)
        );
        let mut counts = [0; 10];
        for label in set.labels().to_vec1::<u32>()? {
            counts[label as usize] += 1;
        }
        // From the description of the data set (optdigits.names, class distribution of the test part).
        assert_eq!(counts, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
        Ok(())
    }

    #[test]
    fn malformed_files_are_data_errors() {
        let row = |pixel: &str, label: &str| format!("{}{label}\n", format!("{pixel},").repeat(64));
        assert_eq!(
            read(row("16", "9").as_bytes()).expect("a valid row").len(),
            1
        );
        for (text, part) in [
            (row("17", "9"), "row 1: value 1 is 17, above 16"),
            (
                row("0", "0") + &row("3", "10"),
                "row 2: value 65 is 10, above 9",
            ),
            (row("1.5", "0"), "`1.5`"),
            ("1,2,3\n".to_owned(), "expected 65 values, found 3"),
            (String::new(), "no images"),
        ] {
            match read(text.as_bytes()) {
                Err(Error::Data(message)) => assert!(message.contains(part), "{message}"),
                other => panic!("{other:?}"),
            }
        }
        let cut = &include_bytes!("../../data/digits.csv.gz")[..5000];
        assert!(matches!(
            read(flate2::read::GzDecoder::new(cut)),
            Err(Error::Data(_))
        ));
    }
}
