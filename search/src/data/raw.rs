//! Labelled images in the numbers of their files: what a batch needs is converted when it is asked for.

use std::fmt;
use std::sync::Arc;

use candle_core::{Device, Tensor};
use rand::Rng;

use super::augment::{Augmentation, Change};
use super::scale::Scale;
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

#[cfg(test)]
mod tests;
