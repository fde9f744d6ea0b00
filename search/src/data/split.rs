//! What is learned from and what is held out, and standardisation with the statistics of the former.

use std::sync::Arc;

use super::{Examples, ImageSet};
use crate::error::Result;
use candle_core::{D, DType, Tensor};

/// What is learned from, and what is held out.
#[derive(Debug, Clone)]
pub struct Splits {
    /// What a model learns from.
    pub train: Arc<dyn Examples>,
    /// What it is judged by; it decides nothing.
    pub test: Arc<dyn Examples>,
}

impl Splits {
    /// Splits images 80 / 20, and standardises them as [`Self::standardized`] does.
    ///
    /// # Errors
    /// As [`ImageSet::parts`].
    pub fn new(set: &ImageSet, seed: u64) -> Result<Self> {
        let (train, test) = set.parts(0.8, seed, "test part")?;
        Self::standardized(&train, &test)
    }

    /// Images as they come divided, with both parts standardised by the statistics of the training part.
    ///
    /// # Errors
    /// If the parts have different numbers of channels.
    pub fn standardized(train: &ImageSet, test: &ImageSet) -> Result<Self> {
        let scale = Standardization::of(train)?;
        Ok(Self {
            train: Arc::new(scale.apply(train)?),
            test: Arc::new(scale.apply(test)?),
        })
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
            .images()
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
            .images()
            .broadcast_sub(&self.mean)?
            .broadcast_div(&self.deviation)?;
        Ok(set.with_images(images))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::digits;
    use candle_core::Device;

    #[test]
    fn the_test_part_is_scaled_by_the_training_part() -> Result<()> {
        let train = ImageSet::new(
            Tensor::new(&[[[[1f32]], [[5.0]]], [[[3.0]], [[5.0]]]], &Device::Cpu)?,
            Tensor::new(&[0u32, 0], &Device::Cpu)?,
            1,
        )?;
        let scaled = Splits::standardized(&train, &train.parts(0.5, 0, "s")?.0)?;
        let numbers = |set: &dyn Examples| -> Result<Vec<f32>> {
            let all: Vec<u32> = (0..set.len() as u32).collect();
            Ok(set.batch(&all)?.0.flatten_all()?.to_vec1()?)
        };
        // Channel one has mean 2 and deviation 1; channel two is constant.
        assert_eq!(numbers(&*scaled.train)?, [-1.0, 0.0, 1.0, 0.0]);
        assert_eq!(numbers(&*scaled.test)?[0].abs(), 1.0);
        let digits = Splits::new(&digits()?, 0)?;
        assert_eq!((digits.train.len(), digits.test.len()), (1438, 359));
        Ok(())
    }
}
