//! Labelled images, how they are split, and the order in which they are seen.
//!
//! A [`DataSet`] is a file of this module and a row of [`data_sets`]; users add their own to an
//! [`experiment::Registry`](crate::experiment::Registry).
//!
//! ```
//! use actsmith_search::data::{Splits, digits};
//!
//! let set = digits()?;
//! let Splits { train, test } = Splits::new(&set, 0)?;
//! assert_eq!((set.len(), train.len() + test.len()), (1797, 1797));
//! assert_eq!(train.batch(&[0, 1])?.0.dims(), [2, 1, 8, 8]);
//! # Ok::<(), actsmith_search::error::Error>(())
//! ```

use std::sync::Arc;

mod batches;
mod digits;
mod split;

pub use batches::Batches;
pub use digits::{Digits, digits};
pub use split::{Splits, Standardization};

use crate::error::{Error, Result};
use crate::objective::{Classification, Objective};
use candle_core::{DType, Device, Tensor};

/// Labelled examples that an experiment knows by name.
///
/// ```
/// use actsmith_search::data::{DataSet, ImageSet};
/// use actsmith_search::error::Result;
/// use candle_core::{DType, Device, Tensor};
///
/// /// Black images and white ones.
/// struct Shades;
///
/// impl DataSet for Shades {
///     fn name(&self) -> &str {
///         "shades"
///     }
///     fn load(&self) -> Result<ImageSet> {
///         let shades = Tensor::arange(0u32, 2, &Device::Cpu)?.repeat(50)?;
///         let images = shades.to_dtype(DType::F32)?.reshape((100, 1, 1, 1))?.repeat((1, 1, 8, 8))?;
///         ImageSet::new(images, shades, 2)
///     }
/// }
///
/// let set = Shades.load()?;
/// assert_eq!((set.len(), set.image_shape(), set.classes()), (100, (1, 8, 8), 2));
/// # Ok::<(), actsmith_search::error::Error>(())
/// ```
pub trait DataSet: Send + Sync {
    /// The name in settings and folders.
    fn name(&self) -> &str;

    /// The whole set.
    ///
    /// # Errors
    /// If it cannot be read.
    fn load(&self) -> Result<ImageSet>;

    /// What is minimised and what is counted.
    fn objective(&self) -> Box<dyn Objective> {
        Box::new(Classification)
    }
}

/// The data sets that come with this crate.
pub fn data_sets() -> Vec<Arc<dyn DataSet>> {
    vec![Arc::new(Digits)]
}

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

    /// How many images there are; never zero.
    #[expect(clippy::len_without_is_empty, reason = "a set is never empty")]
    pub fn len(&self) -> usize {
        self.labels.elem_count()
    }

    /// Channels, height and width of an image.
    pub fn image_shape(&self) -> (usize, usize, usize) {
        let dims = self.images.dims();
        (dims[1], dims[2], dims[3])
    }

    /// The images of these numbers with their labels, in this order.
    ///
    /// # Errors
    /// If a number is not below [`Self::len`].
    pub fn batch(&self, indices: &[u32]) -> Result<(Tensor, Tensor)> {
        let indices = Tensor::new(indices, &Device::Cpu)?.to_device(self.images.device())?;
        Ok((
            self.images.index_select(&indices, 0)?,
            self.labels.index_select(&indices, 0)?,
        ))
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
}
