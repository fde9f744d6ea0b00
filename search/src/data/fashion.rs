//! The embedded clothes: 2,500 images of Fashion-MNIST.
//!
//! "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms" by H. Xiao, K. Rasul and R. Vollgraf
//! (arXiv 1708.07747), under the MIT licence: the first 200 images of each class of its training set, and the first 50 of its test set.

use super::{DataSet, Splits, idx};
use crate::error::Result;

const CLASSES: usize = 10;

/// A part of Fashion-MNIST: 2,000 images to learn from and 500 held out, of 28×28 pixels in ten classes.
#[derive(Clone, Copy, Debug)]
pub struct FashionSmall;

impl DataSet for FashionSmall {
    fn name(&self) -> &str {
        "fashion-small"
    }

    fn load(&self, _seed: u64) -> Result<Splits> {
        let train = idx(
            include_bytes!("../../data/fashion-small/train-images-idx3-ubyte.gz"),
            include_bytes!("../../data/fashion-small/train-labels-idx1-ubyte.gz"),
            ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"],
            CLASSES,
        )?;
        let test = idx(
            include_bytes!("../../data/fashion-small/t10k-images-idx3-ubyte.gz"),
            include_bytes!("../../data/fashion-small/t10k-labels-idx1-ubyte.gz"),
            ["t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"],
            CLASSES,
        )?;
        Splits::standardized(&train, &test)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Kind;

    #[test]
    fn the_images_are_those_of_the_repository() -> Result<()> {
        let Splits { train, test } = FashionSmall.load(0)?;
        assert_eq!((train.len(), test.len()), (2_000, 500));
        let kind = Kind::Images {
            channels: 1,
            height: 28,
            width: 28,
            classes: 10,
        };
        assert_eq!([train.kind(), test.kind()], [kind, kind]);
        for (part, of_each) in [(train, 200), (test, 50)] {
            let all: Vec<u32> = (0..part.len() as u32).collect();
            let mut counts = [0; 10];
            for label in part.batch(&all)?.1.to_vec1::<u32>()? {
                counts[label as usize] += 1;
            }
            assert_eq!(counts, [of_each; 10]);
        }
        Ok(())
    }
}
