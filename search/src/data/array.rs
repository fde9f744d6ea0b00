//! An array of numbers as a file has it, and what images and labels are made of it.

use std::fmt;

use super::{Pixels, RawImages};

/// What the elements of an array are; the least significant byte comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    Bool,
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F32,
    F64,
}

impl Element {
    pub(super) fn size(self) -> usize {
        match self {
            Self::Bool | Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }

    /// The number that so many bytes are.
    fn number(self, bytes: &[u8]) -> f64 {
        let mut all = [0; 8];
        all[..bytes.len()].copy_from_slice(bytes);
        let word = u64::from_le_bytes(all);
        match self {
            Self::Bool => f64::from(word != 0),
            Self::U8 | Self::U16 | Self::U32 | Self::U64 => word as f64,
            Self::I8 => f64::from(word as i8),
            Self::I16 => f64::from(word as i16),
            Self::I32 => f64::from(word as i32),
            Self::I64 => word as i64 as f64,
            Self::F32 => f64::from(f32::from_bits(word as u32)),
            Self::F64 => f64::from_bits(word),
        }
    }
}

/// The order of the dimensions of four-dimensional images.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Layout {
    /// Channels before height and width, as in PyTorch.
    Nchw,
    /// Channels after them, as in Keras.
    Nhwc,
}

/// An array of numbers. What is wrong with it is said in words to which the caller adds the file and the name of the array.
pub(super) struct Array {
    pub(super) dims: Vec<usize>,
    pub(super) element: Element,
    /// As many as the dimensions say.
    pub(super) bytes: Vec<u8>,
}

/// How many bytes an array of these dimensions has; more than any file where that is no number.
pub(super) fn bytes(dims: &[usize], element: Element) -> usize {
    let product = dims
        .iter()
        .try_fold(element.size(), |all, &dim| all.checked_mul(dim));
    product.unwrap_or(usize::MAX)
}

impl fmt::Debug for Array {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:?}", self.element, self.dims)
    }
}

impl Array {
    fn numbers(&self) -> impl Iterator<Item = f64> {
        let elements = self.bytes.chunks_exact(self.element.size());
        elements.map(|bytes| self.element.number(bytes))
    }

    /// The labels of so many images.
    pub(super) fn labels(&self, count: usize) -> Result<Vec<u32>, String> {
        let dims = &self.dims;
        match dims[..] {
            [n] | [n, 1] if n == count => {}
            [n] | [n, 1] => {
                return Err(format!(
                    "has {n} labels, not one for each of {count} images"
                ));
            }
            [_, _, ..] if dims.len() > 2 => {
                return Err(format!(
                    "has the shape {dims:?}: are these the images? Labels have the shape [n]"
                ));
            }
            _ => {
                return Err(format!(
                    "has the shape {dims:?}: labels have the shape [n], the number of its class for each image (of one-hot rows, their \
                     argmax)"
                ));
            }
        }
        let label = |(index, number): (usize, f64)| match number {
            n if n.fract() == 0.0 && (0.0..f64::from(u32::MAX)).contains(&n) => Ok(n as u32),
            n => Err(format!(
                "label {index} is {n}: labels are whole numbers from 0"
            )),
        };
        self.numbers().enumerate().map(label).collect()
    }

    /// The pixels of images, and channels, height and width.
    pub(super) fn pixels(
        self,
        layout: Option<Layout>,
    ) -> Result<(Pixels, (usize, usize, usize)), String> {
        let (shape, last) = shape(&self.dims, layout)?;
        let (channels, height, width) = shape;
        let size = channels * height * width;
        let pixels = match self.element {
            Element::U8 => Pixels::Bytes(self.bytes),
            Element::Bool => {
                Pixels::Bytes(self.bytes.iter().map(|b| u8::from(*b != 0) * 255).collect())
            }
            // Bytes in wider numbers are bytes.
            Element::I8
            | Element::U16
            | Element::I16
            | Element::U32
            | Element::I32
            | Element::U64
            | Element::I64
                if self.numbers().all(|n| (0.0..=255.0).contains(&n)) =>
            {
                Pixels::Bytes(self.numbers().map(|n| n as u8).collect())
            }
            _ => Pixels::Floats(self.numbers().map(|n| n as f32).collect()),
        };
        let pixels = match pixels {
            _ if !last || channels == 1 => pixels,
            Pixels::Bytes(bytes) => Pixels::Bytes(channels_first(bytes, size, channels)),
            Pixels::Floats(floats) => Pixels::Floats(channels_first(floats, size, channels)),
        };
        Ok((pixels, shape))
    }
}

/// Labelled images of two arrays; the errors are those of the images and of the labels.
pub(super) fn labelled(
    images: Array,
    labels: &Array,
    layout: Option<Layout>,
    classes: Option<usize>,
) -> Result<RawImages, [Option<String>; 2]> {
    let count = images.dims.first().copied().unwrap_or(0);
    let (pixels, shape) = images.pixels(layout).map_err(|what| [Some(what), None])?;
    let labels = labels.labels(count).map_err(|what| [None, Some(what)])?;
    let largest = labels.iter().max().map_or(0, |&label| label as usize);
    // A label that is no class would make as many classes as it says.
    if classes.is_none() && largest >= count.max(2) {
        return Err([
            None,
            Some(format!(
                "a label is {largest}, and there are only {count} images: labels count the classes from 0; set `data.classes` if it is right"
            )),
        ]);
    }
    let classes = classes.unwrap_or(largest + 1);
    if largest >= classes {
        return Err([
            None,
            Some(format!(
                "there are {classes} classes, but a label is {largest}"
            )),
        ]);
    }
    RawImages::new(pixels, shape, labels, classes)
        .map_err(|error| [Some(super::source::plain(error)), None])
}

/// Channels, height and width of images of these dimensions, and whether the channels come last.
fn shape(dims: &[usize], layout: Option<Layout>) -> Result<((usize, usize, usize), bool), String> {
    if dims.contains(&0) {
        return Err(format!("has the shape {dims:?}: there are no images in it"));
    }
    let is_colour = |channels: usize| channels == 1 || channels == 3;
    match dims[..] {
        [_] => Err(format!("has the shape {dims:?}: are these the labels?")),
        [_, height, width] => Ok(((1, height, width), false)),
        [_, first, second, third] => match layout {
            Some(Layout::Nchw) => Ok(((first, second, third), false)),
            Some(Layout::Nhwc) => Ok(((third, first, second), true)),
            None if is_colour(first) && !is_colour(third) => Ok(((first, second, third), false)),
            None if is_colour(third) && !is_colour(first) => Ok(((third, first, second), true)),
            None => Err(format!(
                "has the shape {dims:?}, which does not show where the channels are: set `data.layout` to \"nchw\" or \"nhwc\""
            )),
        },
        _ => Err(format!(
            "has the shape {dims:?}: images have [n, height, width], or four dimensions with the channels"
        )),
    }
}

/// Moves the channels of each image of `size` numbers before its pixels.
fn channels_first<T: Copy>(mut numbers: Vec<T>, size: usize, channels: usize) -> Vec<T> {
    let mut before = Vec::with_capacity(size);
    for image in numbers.chunks_exact_mut(size) {
        before.clear();
        before.extend_from_slice(image);
        for (place, number) in image.iter_mut().enumerate() {
            let (channel, pixel) = (place / (size / channels), place % (size / channels));
            *number = before[pixel * channels + channel];
        }
    }
    numbers
}
