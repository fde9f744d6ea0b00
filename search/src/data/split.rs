//! Seeded, stratified splits, and standardisation with the statistics of the training part.

use super::ImageSet;
use crate::error::{Error, Result};
use crate::seed;
use candle_core::{D, DType, Tensor};
use rand::seq::SliceRandom;

/// A training and a test part.
#[derive(Debug, Clone)]
pub struct Splits {
    /// What a model learns from.
    pub train: ImageSet,
    /// What it is judged by; it decides nothing.
    pub test: ImageSet,
}

impl Splits {
    /// Splits a set 80 / 20 and standardises both parts with the statistics of the training part.
    ///
    /// # Errors
    /// As [`ImageSet::split`].
    pub fn new(set: &ImageSet, seed: u64) -> Result<Self> {
        let (train, test) = set.split(0.8, seed, "test part")?;
        Self { train, test }.standardize()
    }

    /// Standardises both parts with the statistics of the training part.
    ///
    /// # Errors
    /// If the parts have different numbers of channels.
    pub fn standardize(&self) -> Result<Self> {
        let scale = Standardization::of(&self.train)?;
        Ok(Self {
            train: scale.apply(&self.train)?,
            test: scale.apply(&self.test)?,
        })
    }
}

impl ImageSet {
    /// Two parts of which the first holds `fraction` of every class (rounded), both in the order of the whole. Which
    /// images go where depends on the seed, the name `stream` of the split and the labels alone.
    ///
    /// # Errors
    /// [`Error::Invalid`] unless both parts get an image.
    pub fn split(&self, fraction: f64, seed: u64, stream: &str) -> Result<(Self, Self)> {
        let mut rng = seed::rng(seed, stream, 0);
        let mut by_class = vec![Vec::new(); self.classes];
        for (index, label) in (0..).zip(self.labels.to_vec1::<u32>()?) {
            by_class[label as usize].push(index);
        }
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for mut members in by_class {
            members.shuffle(&mut rng);
            let count = (fraction * members.len() as f64).round() as usize;
            let rest = members.split_off(count.min(members.len()));
            first.extend(members);
            second.extend(rest);
        }
        if first.is_empty() || second.is_empty() {
            return Err(Error::Invalid(format!(
                "{} images cannot be split in a part of {fraction} and the rest: one part would be empty",
                self.len()
            )));
        }
        let part = |mut indices: Vec<u32>| -> Result<Self> {
            indices.sort_unstable();
            let (images, labels) = self.batch(&indices)?;
            Ok(Self {
                images,
                labels,
                classes: self.classes,
            })
        };
        Ok((part(first)?, part(second)?))
    }
}

/// Shifts and scales each channel: `(x − mean) / deviation`.
#[derive(Debug, Clone)]
pub struct Standardization {
    /// `[1, c, 1, 1]`
    mean: Tensor,
    /// `[1, c, 1, 1]`, 1 for a constant channel.
    deviation: Tensor,
}

impl Standardization {
    /// The one that gives the channels of this set mean 0 and variance 1.
    ///
    /// # Errors
    /// If a tensor operation fails.
    pub fn of(set: &ImageSet) -> Result<Self> {
        let channels = set.image_shape().0;
        // Sums over a whole data set need more digits than f32 has.
        let pixels = set
            .images
            .to_dtype(DType::F64)?
            .transpose(0, 1)?
            .reshape((channels, ()))?;
        let mean = pixels.mean_keepdim(D::Minus1)?;
        let variance = pixels
            .broadcast_sub(&mean)?
            .sqr()?
            .mean_keepdim(D::Minus1)?;
        let constant = variance.eq(0.0)?;
        let deviation = constant.where_cond(&variance.ones_like()?, &variance.sqrt()?)?;
        let per_channel = |t: Tensor| t.to_dtype(DType::F32)?.reshape((1, channels, 1, 1));
        Ok(Self {
            mean: per_channel(mean)?,
            deviation: per_channel(deviation)?,
        })
    }

    /// The set with its images shifted and scaled.
    ///
    /// # Errors
    /// If the set has another number of channels.
    pub fn apply(&self, set: &ImageSet) -> Result<ImageSet> {
        let images = set
            .images
            .broadcast_sub(&self.mean)?
            .broadcast_div(&self.deviation)?;
        Ok(ImageSet {
            images,
            labels: set.labels.clone(),
            classes: set.classes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::digits;
    use candle_core::Device;

    /// Images that are their own number, `n` of each class.
    fn numbered(classes: usize, n: usize) -> Result<ImageSet> {
        let count = classes * n;
        let images = Tensor::arange(0f32, count as f32, &Device::Cpu)?.reshape((count, 1, 1, 1))?;
        let labels: Vec<_> = (0..count as u32).map(|i| i % classes as u32).collect();
        ImageSet::new(
            images,
            Tensor::from_vec(labels, count, &Device::Cpu)?,
            classes,
        )
    }

    fn numbers(set: &ImageSet) -> Result<Vec<f32>> {
        Ok(set.images().flatten_all()?.to_vec1()?)
    }

    #[test]
    fn a_split_is_a_stratified_partition() -> Result<()> {
        let set = numbered(3, 20)?;
        let (first, second) = set.split(0.75, 1, "s")?;
        let mut all = [numbers(&first)?, numbers(&second)?].concat();
        all.sort_by(f32::total_cmp);
        assert_eq!(all, numbers(&set)?);
        for class in 0..3 {
            let labels = first.labels().to_vec1::<u32>()?;
            assert_eq!(labels.iter().filter(|label| **label == class).count(), 15);
        }
        // Images keep their labels.
        let labels = second.labels().to_vec1::<u32>()?;
        assert!(
            numbers(&second)?
                .iter()
                .zip(labels)
                .all(|(image, label)| *image as u32 % 3 == label)
        );
        Ok(())
    }

    #[test]
    fn a_split_depends_on_seed_and_stream_alone() -> Result<()> {
        let set = numbered(2, 50)?;
        let first = |seed, stream| numbers(&set.split(0.5, seed, stream)?.0);
        assert_eq!(first(1, "s")?, first(1, "s")?);
        assert_ne!(first(1, "s")?, first(2, "s")?);
        assert_ne!(first(1, "s")?, first(1, "t")?);
        Ok(())
    }

    #[test]
    fn a_split_without_a_part_is_an_error() -> Result<()> {
        for fraction in [0.0, 1.0, 7.0, f64::NAN] {
            assert!(matches!(
                numbered(2, 3)?.split(fraction, 1, "s"),
                Err(Error::Invalid(_))
            ));
        }
        Ok(())
    }

    #[test]
    fn the_test_part_is_scaled_by_the_training_part() -> Result<()> {
        let train = ImageSet::new(
            Tensor::new(&[[[[1f32]], [[5.0]]], [[[3.0]], [[5.0]]]], &Device::Cpu)?,
            Tensor::new(&[0u32, 0], &Device::Cpu)?,
            1,
        )?;
        let scaled = Splits {
            test: train.split(0.5, 0, "s")?.0,
            train,
        }
        .standardize()?;
        // Channel one has mean 2 and deviation 1; channel two is constant.
        assert_eq!(numbers(&scaled.train)?, [-1.0, 0.0, 1.0, 0.0]);
        assert_eq!(numbers(&scaled.test)?[0].abs(), 1.0);
        let digits = Splits::new(&digits()?, 0)?;
        assert_eq!((digits.train.len(), digits.test.len()), (1438, 359));
        Ok(())
    }
}
