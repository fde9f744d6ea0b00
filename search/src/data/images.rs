//! Labelled images in memory.

use std::sync::Arc;

use candle_core::{DType, Device, Tensor};

use super::{Examples, Kind, stratified};
use crate::error::{Error, Result};

/// Images with their classes.
#[derive(Debug, Clone)]
pub struct ImageSet {
    images: Tensor,
    labels: Tensor,
    classes: usize,
}

impl ImageSet {
    /// A set of f32 `images [n, c, h, w]` whose u32 `labels [n]` are all below `classes`.
    ///
    /// # Errors
    /// [`Error::Data`] if the set is empty, or the shapes, types or labels are others.
    pub fn new(images: Tensor, labels: Tensor, classes: usize) -> Result<Self> {
        let wrong = |what: String| Err(Error::Data(what));
        let (count, ..) = images.dims4().map_err(|_| {
            Error::Data(format!(
                "images have the shape [n, c, h, w], not {:?}",
                images.shape()
            ))
        })?;
        if images.elem_count() == 0 {
            return wrong(format!(
                "there are no images in a tensor of shape {:?}",
                images.shape()
            ));
        }
        if labels.dims() != [count] {
            return wrong(format!(
                "{count} images need labels of shape [{count}], not {:?}",
                labels.shape()
            ));
        }
        if (images.dtype(), labels.dtype()) != (DType::F32, DType::U32) {
            return wrong(format!(
                "images are f32 and labels u32, not {:?} and {:?}",
                images.dtype(),
                labels.dtype()
            ));
        }
        let largest = labels.max_all()?.to_scalar::<u32>()?;
        if largest as usize >= classes {
            return wrong(format!(
                "there are {classes} classes, but a label is {largest}"
            ));
        }
        Ok(Self {
            images,
            labels,
            classes,
        })
    }

    /// The images `[n, c, h, w]`, f32.
    pub fn images(&self) -> &Tensor {
        &self.images
    }

    /// The classes `[n]`, u32.
    pub fn labels(&self) -> &Tensor {
        &self.labels
    }

    /// How many classes there are.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Other images with the same labels.
    pub(super) fn with_images(&self, images: Tensor) -> Self {
        Self {
            images,
            ..self.clone()
        }
    }

    /// Channels, height and width of an image.
    pub fn image_shape(&self) -> (usize, usize, usize) {
        let dims = self.images.dims();
        (dims[1], dims[2], dims[3])
    }

    /// The same images on another device.
    ///
    /// # Errors
    /// If the device refuses them.
    pub fn to_device(&self, device: &Device) -> Result<Self> {
        let (images, labels) = (
            self.images.to_device(device)?,
            self.labels.to_device(device)?,
        );
        Ok(Self {
            images,
            labels,
            classes: self.classes,
        })
    }

    /// Two parts of which the first holds `fraction` of every class (rounded), both in the order of the whole. Which
    /// images go where depends on the seed, the name `stream` of the split and the labels alone.
    ///
    /// # Errors
    /// [`Error::Invalid`] unless both parts get an image.
    pub fn parts(&self, fraction: f64, seed: u64, stream: &str) -> Result<(Self, Self)> {
        let labels: Vec<u32> = self.labels.to_vec1()?;
        let (first, second) = stratified::split(&labels, self.classes, fraction, seed, stream)?;
        let part = |indices: Vec<u32>| -> Result<Self> {
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

impl Examples for ImageSet {
    fn len(&self) -> usize {
        self.labels.elem_count()
    }

    fn kind(&self) -> Kind {
        let (channels, height, width) = self.image_shape();
        Kind::Images {
            channels,
            height,
            width,
            classes: self.classes,
        }
    }

    fn batch(&self, indices: &[u32]) -> Result<(Tensor, Tensor)> {
        let indices = Tensor::new(indices, &Device::Cpu)?.to_device(self.images.device())?;
        Ok((
            self.images.index_select(&indices, 0)?,
            self.labels.index_select(&indices, 0)?,
        ))
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
mod tests {
    use super::*;

    #[test]
    fn malformed_sets_are_data_errors() -> Result<()> {
        let device = &Device::Cpu;
        let images = |shape: &[usize]| Tensor::zeros(shape, DType::F32, device);
        let labels = |values: &[u32]| Tensor::new(values, device);
        let rejected = |images: Tensor, labels: Tensor, classes, part: &str| match ImageSet::new(
            images, labels, classes,
        ) {
            Err(Error::Data(message)) => assert!(message.contains(part), "{message}"),
            other => panic!("{other:?}"),
        };
        rejected(images(&[2, 3, 3])?, labels(&[0, 1])?, 2, "[n, c, h, w]");
        rejected(images(&[0, 1, 3, 3])?, labels(&[])?, 2, "no images");
        rejected(
            images(&[2, 1, 3, 3])?,
            labels(&[0])?,
            2,
            "labels of shape [2]",
        );
        rejected(
            images(&[1, 1, 3, 3])?.to_dtype(DType::F64)?,
            labels(&[0])?,
            2,
            "f32",
        );
        rejected(images(&[2, 1, 3, 3])?, labels(&[0, 2])?, 2, "a label is 2");
        Ok(())
    }

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
        let (first, second) = set.parts(0.75, 1, "s")?;
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
        let first = |seed, stream| numbers(&set.parts(0.5, seed, stream)?.0);
        assert_eq!(first(1, "s")?, first(1, "s")?);
        assert_ne!(first(1, "s")?, first(2, "s")?);
        assert_ne!(first(1, "s")?, first(1, "t")?);
        Ok(())
    }

    #[test]
    fn a_split_without_a_part_is_an_error() -> Result<()> {
        for fraction in [0.0, 1.0, 7.0, f64::NAN] {
            assert!(matches!(
                numbered(2, 3)?.parts(fraction, 1, "s"),
                Err(Error::Invalid(_))
            ));
        }
        Ok(())
    }
}
