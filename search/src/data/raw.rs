//! Labelled images in the numbers of their files: what a batch needs is converted when it is asked for.

use std::fmt;
use std::sync::Arc;

use candle_core::{Device, Tensor};
use rand::Rng;

use super::augment::{Augmentation, Change};
use super::{Examples, Kind, stratified};
use crate::error::{Error, Result, counted};

/// The numbers of images `[n, channels, height, width]`, as a file has them.
#[derive(Debug)]
pub enum Pixels {
    /// Bytes, which stand for the numbers from 0 to 1.
    Bytes(Vec<u8>),
    /// Any finite numbers.
    Floats(Vec<f32>),
}

impl Pixels {
    fn len(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Floats(floats) => floats.len(),
        }
    }
}

/// Labelled images in the numbers of their files. Parts share them: a split of 60,000 images takes no more memory than their numbers.
///
/// ```
/// use actsmith_search::data::{Examples, Pixels, RawImages};
///
/// let set = RawImages::new(Pixels::Bytes(vec![0, 51, 255, 102]), (1, 1, 2), vec![1, 0], 2)?;
/// let (images, labels) = set.batch(&[1, 0])?;
/// assert_eq!(images.flatten_all()?.to_vec1::<f32>()?, [1.0, 0.4, 0.0, 0.2]);
/// assert_eq!(labels.to_vec1::<u32>()?, [0, 1]);
/// # Ok::<(), actsmith_search::error::Error>(())
/// ```
#[derive(Clone)]
pub struct RawImages {
    store: Arc<Store>,
    /// Which images of the store these are, in their order.
    members: Arc<[u32]>,
    classes: usize,
    scale: Arc<Scale>,
    augmentation: Augmentation,
}

struct Store {
    pixels: Pixels,
    labels: Vec<u32>,
    /// Channels, height and width.
    shape: (usize, usize, usize),
}

impl fmt::Debug for RawImages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.len(), self.kind())
    }
}

impl RawImages {
    /// Images of `shape` (channels, height, width) with a label below `classes` each.
    ///
    /// # Errors
    /// [`Error::Data`] if there are none, the counts do not agree, a label is too large or a number is not finite.
    pub fn new(
        pixels: Pixels,
        shape: (usize, usize, usize),
        labels: Vec<u32>,
        classes: usize,
    ) -> Result<Self> {
        let wrong = |what: String| Err(Error::Data(what));
        let (channels, height, width) = shape;
        let size = channels
            .checked_mul(height)
            .and_then(|n| n.checked_mul(width));
        let all = size.and_then(|size| size.checked_mul(labels.len()));
        if all != Some(pixels.len()) {
            return wrong(format!(
                "{} numbers are not {} images of {height}×{width} pixels with {}",
                pixels.len(),
                labels.len(),
                counted(channels, "channel")
            ));
        }
        if pixels.len() == 0 || u32::try_from(labels.len()).is_err() {
            return wrong(format!(
                "there are {} images of {height}×{width} pixels: at least one is needed, and fewer than 2³²",
                labels.len()
            ));
        }
        if let Some((index, label)) =
            (labels.iter().enumerate()).find(|(_, label)| **label as usize >= classes)
        {
            return wrong(format!(
                "there are {classes} classes, but the label of image {index} is {label}"
            ));
        }
        if let Pixels::Floats(floats) = &pixels
            && let Some(index) = floats.iter().position(|value| !value.is_finite())
        {
            let image = index / (pixels.len() / labels.len());
            return wrong(format!(
                "a number of image {image} is {}: replace what is not finite",
                floats[index]
            ));
        }
        Ok(Self {
            members: (0..labels.len() as u32).collect(),
            scale: Arc::new(Scale::none(channels)),
            augmentation: Augmentation::default(),
            store: Arc::new(Store {
                pixels,
                labels,
                shape,
            }),
            classes,
        })
    }

    /// Channels, height and width of an image.
    pub fn image_shape(&self) -> (usize, usize, usize) {
        self.store.shape
    }

    /// How many classes there are.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// The same images of at least so many classes.
    pub(super) fn with_classes(self, classes: usize) -> Self {
        Self {
            classes: classes.max(self.classes),
            ..self
        }
    }

    /// The class of each image.
    pub fn labels(&self) -> impl Iterator<Item = u32> {
        let labels = &self.store.labels;
        self.members.iter().map(|&member| labels[member as usize])
    }

    /// Numbers of an image.
    fn size(&self) -> usize {
        let (channels, height, width) = self.store.shape;
        channels * height * width
    }

    /// Where the numbers of an image of this set are in the store.
    fn place(&self, index: usize) -> std::ops::Range<usize> {
        let start = self.members[index] as usize * self.size();
        start..start + self.size()
    }

    /// The image with this number as bytes for a reader's eye; numbers that are no bytes are spread over the range of the image.
    ///
    /// # Panics
    /// If there is no such image.
    pub fn picture(&self, index: usize) -> Vec<u8> {
        match &self.store.pixels {
            Pixels::Bytes(bytes) => bytes[self.place(index)].to_vec(),
            Pixels::Floats(floats) => {
                let image = &floats[self.place(index)];
                let low = image.iter().copied().fold(f32::INFINITY, f32::min);
                let high = image.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                let range = f64::from(high) - f64::from(low);
                let range = if range > 0.0 { range } else { 1.0 };
                let byte = |v: &f32| ((f64::from(*v) - f64::from(low)) / range * 255.0) as u8;
                image.iter().map(byte).collect()
            }
        }
    }

    /// Two parts of which the first holds `fraction` of every class (rounded), both in the order of the whole. Which images go where
    /// depends on the seed, the name `stream` of the split and the labels alone.
    ///
    /// # Errors
    /// [`Error::Invalid`] unless both parts get an image.
    pub fn parts(&self, fraction: f64, seed: u64, stream: &str) -> Result<(Self, Self)> {
        let labels: Vec<u32> = self.labels().collect();
        let (first, second) = stratified::split(&labels, self.classes(), fraction, seed, stream)?;
        let part = |indices: Vec<u32>| Self {
            members: (indices.iter())
                .map(|&index| self.members[index as usize])
                .collect(),
            ..self.clone()
        };
        Ok((part(first), part(second)))
    }

    /// This set and another, with the channels of both shifted and scaled so that those of this one have mean 0 and variance 1.
    ///
    /// # Errors
    /// [`Error::Data`] if their images have other shapes.
    pub fn standardized(&self, other: &Self) -> Result<(Self, Self)> {
        if self.store.shape != other.store.shape {
            return Err(Error::Data(format!(
                "{} and {} are of one data set: they need one shape",
                self.kind(),
                other.kind()
            )));
        }
        let scale = Arc::new(self.statistics());
        let scaled = |set: &Self| Self {
            scale: Arc::clone(&scale),
            ..set.clone()
        };
        Ok((scaled(self), scaled(other)))
    }

    /// The same images, changed at random where a step of training asks for them.
    pub fn augmented(&self, augmentation: Augmentation) -> Self {
        Self {
            augmentation,
            ..self.clone()
        }
    }

    /// The scale under which the channels have mean 0 and variance 1; a constant channel is shifted alone.
    fn statistics(&self) -> Scale {
        let (channels, height, width) = self.store.shape;
        let area = height * width;
        let pixels = self.members.len() as f64 * area as f64;
        let of = |channel: usize| -> (f64, f64) {
            let places = || {
                (0..self.members.len()).map(move |index| {
                    let start = self.place(index).start + channel * area;
                    start..start + area
                })
            };
            let moments = |value: &dyn Fn(f64) -> f64| -> f64 {
                let sum: f64 = match &self.store.pixels {
                    // Exact counts, and far fewer terms.
                    Pixels::Bytes(bytes) => {
                        let mut counts = [0u64; 256];
                        for place in places() {
                            bytes[place]
                                .iter()
                                .for_each(|&b| counts[usize::from(b)] += 1);
                        }
                        let terms = (0..=u8::MAX).zip(counts);
                        let term = |(b, count)| count as f64 * value(f64::from(b) / 255.0);
                        terms.map(term).sum()
                    }
                    Pixels::Floats(floats) => places()
                        .flat_map(|place| &floats[place])
                        .map(|&v| value(f64::from(v)))
                        .sum(),
                };
                sum / pixels
            };
            let mean = moments(&|v| v);
            (mean, moments(&|v| (v - mean) * (v - mean)).sqrt())
        };
        Scale::new((0..channels).map(of))
    }

    /// The images with these numbers, each as `change` moves it, and their labels.
    fn convert(
        &self,
        indices: &[u32],
        mut change: impl FnMut() -> Change,
    ) -> Result<(Tensor, Tensor)> {
        let (channels, height, width) = self.store.shape;
        let mut numbers = vec![0f32; indices.len() * self.size()];
        let mut labels = Vec::with_capacity(indices.len());
        for (&index, into) in indices.iter().zip(numbers.chunks_exact_mut(self.size())) {
            let index = index as usize;
            if index >= self.members.len() {
                let count = self.members.len();
                return Err(Error::Invalid(format!(
                    "there is no image {index} of {count}"
                )));
            }
            labels.push(self.store.labels[self.members[index] as usize]);
            let change = change();
            let place = self.place(index);
            match &self.store.pixels {
                Pixels::Bytes(bytes) => {
                    let number = |channel: usize, &byte: &u8| self.scale.of_byte(channel, byte);
                    change.apply(&bytes[place], &0, (height, width), number, into);
                }
                Pixels::Floats(floats) => {
                    let number = |channel: usize, &value: &f32| self.scale.of(channel, value);
                    change.apply(&floats[place], &0.0, (height, width), number, into);
                }
            }
        }
        let shape = (indices.len(), channels, height, width);
        Ok((
            Tensor::from_vec(numbers, shape, &Device::Cpu)?,
            Tensor::from_vec(labels, indices.len(), &Device::Cpu)?,
        ))
    }
}

impl Examples for RawImages {
    fn len(&self) -> usize {
        self.members.len()
    }

    fn kind(&self) -> Kind {
        let (channels, height, width) = self.store.shape;
        Kind::Images {
            channels,
            height,
            width,
            classes: self.classes,
        }
    }

    fn batch(&self, indices: &[u32]) -> Result<(Tensor, Tensor)> {
        self.convert(indices, || Change::NONE)
    }

    fn training_batch(&self, indices: &[u32], random: &mut dyn Rng) -> Result<(Tensor, Tensor)> {
        self.convert(indices, || self.augmentation.draw(random))
    }

    fn split(
        &self,
        fraction: f64,
        seed: u64,
        stream: &str,
    ) -> Result<(Arc<dyn Examples>, Arc<dyn Examples>)> {
        let (first, second) = self.parts(fraction, seed, stream)?;
        Ok((Arc::new(first), Arc::new(second)))
    }
}

/// Shifts and scales each channel: `(x − mean) / deviation`.
struct Scale {
    channels: Vec<(f32, f32)>,
    /// What each byte of each channel becomes.
    bytes: Vec<[f32; 256]>,
}

impl Scale {
    fn none(channels: usize) -> Self {
        Self::new((0..channels).map(|_| (0.0, 1.0)))
    }

    /// That of means and deviations; a deviation of 0 counts as 1.
    fn new(channels: impl Iterator<Item = (f64, f64)>) -> Self {
        let channels: Vec<(f32, f32)> = channels
            .map(|(mean, deviation)| (mean as f32, deviation as f32))
            .map(|(mean, deviation)| (mean, if deviation > 0.0 { deviation } else { 1.0 }))
            .collect();
        let table = |(mean, deviation): &(f32, f32)| {
            std::array::from_fn(|byte| (byte as f32 / 255.0 - mean) / deviation)
        };
        Self {
            bytes: channels.iter().map(table).collect(),
            channels,
        }
    }

    fn of_byte(&self, channel: usize, byte: u8) -> f32 {
        self.bytes[channel][usize::from(byte)]
    }

    fn of(&self, channel: usize, value: f32) -> f32 {
        let (mean, deviation) = self.channels[channel];
        (value - mean) / deviation
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{ImageSet, Standardization, digits};
    use crate::seed;

    fn numbers(set: &RawImages) -> Result<Vec<f32>> {
        let all: Vec<u32> = (0..set.len() as u32).collect();
        Ok(set.batch(&all)?.0.flatten_all()?.to_vec1()?)
    }

    /// Images of two channels whose numbers follow each other.
    fn counting(count: usize) -> RawImages {
        let bytes = (0..count * 2 * 3 * 3)
            .map(|i| (i * 7 % 251) as u8)
            .collect();
        let labels = (0..count).map(|i| i as u32 % 4).collect();
        RawImages::new(Pixels::Bytes(bytes), (2, 3, 3), labels, 4).expect("images")
    }

    #[test]
    fn standardised_channels_have_mean_0_and_variance_1() -> Result<()> {
        let set = counting(40);
        let (train, test) = set.parts(0.75, 1, "s")?;
        let (train, test) = train.standardized(&test)?;
        // Against the same by tensors.
        let raw = |part: &RawImages| -> Result<ImageSet> {
            let plain = RawImages {
                scale: Arc::new(Scale::none(2)),
                ..part.clone()
            };
            let all: Vec<u32> = (0..part.len() as u32).collect();
            let (images, labels) = plain.batch(&all)?;
            ImageSet::new(images, labels, 4)
        };
        let scale = Standardization::of(&raw(&train)?)?;
        for part in [&train, &test] {
            let expected = scale
                .apply(&raw(part)?)?
                .images()
                .flatten_all()?
                .to_vec1::<f32>()?;
            for (found, expected) in numbers(part)?.iter().zip(expected) {
                // One rounding of the mean and one of the deviation may fall on the other side.
                assert!(
                    (found - expected).abs() <= 4.0 * f32::EPSILON,
                    "{found} {expected}"
                );
            }
        }
        Ok(())
    }

    #[test]
    fn floats_are_scaled_like_bytes() -> Result<()> {
        let bytes = counting(12);
        let Pixels::Bytes(of) = &bytes.store.pixels else {
            unreachable!()
        };
        let floats = of.iter().map(|&b| f32::from(b) / 255.0).collect();
        let labels = bytes.labels().collect();
        let floats = RawImages::new(Pixels::Floats(floats), (2, 3, 3), labels, 4)?;
        assert_eq!(numbers(&floats)?, numbers(&bytes)?);
        let [a, b] = [&floats, &bytes].map(|set| numbers(&set.standardized(set)?.0));
        for (a, b) in a?.iter().zip(b?) {
            assert!((a - b).abs() <= 4.0 * f32::EPSILON, "{a} {b}");
        }
        Ok(())
    }

    #[test]
    fn a_constant_channel_is_shifted_alone() -> Result<()> {
        let set = RawImages::new(Pixels::Bytes(vec![51; 4]), (1, 2, 2), vec![0], 1)?;
        let (set, _) = set.standardized(&set)?;
        assert!(numbers(&set)?.iter().all(|v| v.abs() < 1e-6));
        Ok(())
    }

    #[test]
    fn parts_are_those_of_a_set_of_tensors() -> Result<()> {
        let set = digits()?;
        let count = set.labels().elem_count();
        let labels: Vec<u32> = set.labels().to_vec1()?;
        let numbered = (0..count).map(|i| i as f32).collect();
        let raw = RawImages::new(Pixels::Floats(numbered), (1, 1, 1), labels, 10)?;
        let (first, second) = raw.parts(0.8, 7, "test part")?;
        let (of_first, of_second) = set.parts(0.8, 7, "test part")?;
        assert_eq!(
            first.labels().collect::<Vec<_>>(),
            of_first.labels().to_vec1::<u32>()?
        );
        assert_eq!(
            second.labels().collect::<Vec<_>>(),
            of_second.labels().to_vec1::<u32>()?
        );
        let mut all = [numbers(&first)?, numbers(&second)?].concat();
        all.sort_by(f32::total_cmp);
        assert!(all.iter().enumerate().all(|(i, v)| *v == i as f32));
        Ok(())
    }

    #[test]
    fn augmentation_is_for_steps_of_training_alone() -> Result<()> {
        let plain = counting(8);
        let set = plain.augmented(Augmentation {
            crop: 1,
            flip: true,
        });
        let batch = |set: &RawImages, seed| -> Result<Vec<f32>> {
            let all = [0, 1, 2, 3, 4, 5, 6, 7];
            let (images, _) = set.training_batch(&all, &mut seed::rng(seed, "s", 0))?;
            Ok(images.flatten_all()?.to_vec1()?)
        };
        assert_eq!(numbers(&set)?, numbers(&plain)?);
        assert_eq!(batch(&plain, 1)?, numbers(&plain)?);
        assert_eq!(batch(&set, 1)?, batch(&set, 1)?);
        assert_ne!(batch(&set, 1)?, batch(&set, 2)?);
        // Parts are augmented, too.
        let (part, _) = set.parts(0.5, 0, "s")?;
        assert_eq!(part.augmentation, set.augmentation);
        Ok(())
    }

    #[test]
    fn malformed_sets_are_data_errors() {
        let bytes = |count| Pixels::Bytes(vec![0; count]);
        let refused = |set: Result<RawImages>, part: &str| match set {
            Err(Error::Data(message)) => assert!(message.contains(part), "{message}"),
            other => panic!("{other:?}"),
        };
        refused(
            RawImages::new(bytes(7), (1, 2, 2), vec![0, 0], 1),
            "7 numbers are not 2 images",
        );
        refused(
            RawImages::new(bytes(0), (1, 2, 2), vec![], 1),
            "there are 0 images",
        );
        refused(
            RawImages::new(bytes(8), (1, 2, 2), vec![0, 3], 3),
            "the label of image 1 is 3",
        );
        let floats = Pixels::Floats(vec![0.0, f32::NAN]);
        refused(
            RawImages::new(floats, (1, 1, 1), vec![0, 0], 1),
            "a number of image 1 is NaN",
        );
        refused(
            RawImages::new(bytes(1), (usize::MAX, 2, 1), vec![0], 1),
            "are not 1 images",
        );
        assert!(counting(4).batch(&[4]).is_err());
    }
}
