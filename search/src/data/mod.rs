//! Examples to learn from, how they are split, and the order in which they are seen.
//!
//! A [`DataSet`] is a file of this module and a row of [`data_sets`]; users add their own to an
//! [`experiment::Registry`](crate::experiment::Registry).
//!
//! ```
//! use actsmith_search::data::{Examples, Splits, digits};
//!
//! let set = digits()?;
//! let Splits { train, test } = Splits::new(&set, 0)?;
//! assert_eq!((set.len(), train.len() + test.len()), (1797, 1797));
//! assert_eq!(train.batch(&[0, 1])?.0.dims(), [2, 1, 8, 8]);
//! # Ok::<(), actsmith_search::error::Error>(())
//! ```

use std::fmt::{self, Debug};
use std::sync::Arc;

mod array;
mod arrays;
mod augment;
mod austen;
mod batches;
mod cifar;
mod cifar10;
mod cifar100;
mod decode;
mod digits;
mod fashion;
mod fashion_mnist;
mod files;
mod folder;
mod idx;
mod images;
mod inspect;
mod mat;
mod memory;
mod mnist;
mod npy;
mod raw;
mod scale;
mod source;
mod split;
mod stratified;
mod svhn;
mod tensors;
mod text;
mod text_files;
mod tokenizer;
mod tokens;
mod writing;

pub use augment::Augmentation;
pub use austen::{Austen, austen};
pub use batches::Batches;
pub use digits::{Digits, digits};
pub use fashion::FashionSmall;
pub use files::{ImageFiles, Parts};
pub use idx::idx;
pub use images::ImageSet;
pub use inspect::{FileKind, class_counts, image_remarks, text_remarks};
pub(crate) use memory::available as available_memory;
pub use raw::{Pixels, RawImages};
pub use split::{Splits, Standardization};
pub use text::Text;
pub use text_files::{By, CONTEXT, Reading, TextFiles, read_text};
pub use writing::{Bytes, Characters, Writing};

use crate::error::{Error, Result};
use crate::objective::{Classification, Objective};
use candle_core::Tensor;
use rand::Rng;
use toml::Table;

/// Examples to learn from: inputs, and the targets that a network is to give for them.
#[expect(clippy::len_without_is_empty, reason = "there are always some")]
pub trait Examples: Debug + Send + Sync {
    /// How many there are; never zero.
    fn len(&self) -> usize;

    /// What the inputs and targets are.
    fn kind(&self) -> Kind;

    /// The inputs and targets with these numbers, in this order.
    ///
    /// # Errors
    /// If a number is not below [`Self::len`].
    fn batch(&self, indices: &[u32]) -> Result<(Tensor, Tensor)>;

    /// The same for a step of training, in which some sets change their inputs at random.
    ///
    /// # Errors
    /// As [`Self::batch`].
    fn training_batch(&self, indices: &[u32], _random: &mut dyn Rng) -> Result<(Tensor, Tensor)> {
        self.batch(indices)
    }

    /// How the tokens of a text are written, where these are of a text.
    fn writing(&self) -> Option<&dyn Writing> {
        None
    }

    /// Two parts, the first with about `fraction` of the examples. Which go where depends on the seed, the name `stream` of the split
    /// and the targets alone.
    ///
    /// # Errors
    /// [`Error::Invalid`] unless both parts get an example.
    fn split(
        &self,
        fraction: f64,
        seed: u64,
        stream: &str,
    ) -> Result<(Arc<dyn Examples>, Arc<dyn Examples>)>;
}

/// What inputs and targets are: a model has to fit them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Inputs `[n, channels, height, width]` of f32, targets `[n]` of u32 below `classes`.
    Images {
        /// Colours, say.
        channels: usize,
        /// In pixels.
        height: usize,
        /// In pixels.
        width: usize,
        /// How many classes there are.
        classes: usize,
    },
    /// Inputs `[n, context]` of u32 below `vocabulary`, targets of the same shape: the token after each.
    Text {
        /// How many different tokens there are.
        vocabulary: usize,
        /// How many tokens an example has.
        context: usize,
    },
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Images {
                channels,
                height,
                width,
                classes,
            } => write!(
                f,
                "images of {height}×{width} pixels with {channels} channel{} in {classes} class{}",
                if *channels == 1 { "" } else { "s" },
                if *classes == 1 { "" } else { "es" },
            ),
            Self::Text {
                vocabulary,
                context,
            } => write!(f, "text of {vocabulary} tokens in pieces of {context}"),
        }
    }
}

/// Examples that an experiment knows by name.
///
/// ```
/// use actsmith_search::data::{DataSet, Examples, ImageSet, Splits};
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
///     fn load(&self, seed: u64) -> Result<Splits> {
///         let shades = Tensor::arange(0u32, 2, &Device::Cpu)?.repeat(50)?;
///         let images = shades.to_dtype(DType::F32)?.reshape((100, 1, 1, 1))?.repeat((1, 1, 8, 8))?;
///         Splits::new(&ImageSet::new(images, shades, 2)?, seed)
///     }
/// }
///
/// let Splits { train, test } = Shades.load(1)?;
/// assert_eq!((train.len(), test.len()), (80, 20));
/// assert_eq!(train.kind().to_string(), "images of 8×8 pixels with 1 channel in 2 classes");
/// # Ok::<(), actsmith_search::error::Error>(())
/// ```
pub trait DataSet: Send + Sync {
    /// The name in settings and folders.
    fn name(&self) -> &str;

    /// What is learned from, and what is held out: as the set comes divided, or by the seed.
    ///
    /// # Errors
    /// If it cannot be read.
    fn load(&self, seed: u64) -> Result<Splits>;

    /// The same with settings, those of the table `[data]` beside its name. A set that has none refuses any.
    ///
    /// # Errors
    /// [`Error::Invalid`], naming the setting, if one is missing, unknown or makes no sense; and if the set cannot be read.
    fn load_with(&self, settings: &Table, seed: u64) -> Result<Splits> {
        match settings.keys().next() {
            Some(key) => Err(Error::Invalid(format!(
                "the data set `{}` has no settings: leave out `data.{key}`",
                self.name()
            ))),
            None => self.load(seed),
        }
    }

    /// What is minimised and what is counted.
    fn objective(&self) -> Box<dyn Objective> {
        Box::new(Classification)
    }
}

/// The data sets of images in files that come with this crate.
pub const IMAGE_FILES: [ImageFiles; 7] = [
    mnist::MNIST,
    fashion_mnist::FASHION_MNIST,
    cifar10::CIFAR10,
    cifar100::CIFAR100,
    svhn::SVHN,
    arrays::ARRAYS,
    folder::FOLDER,
];

/// The data sets of text in files that come with this crate.
pub const TEXT_FILES: [TextFiles; 2] = [text_files::SHAKESPEARE, text_files::TEXT];

/// Which files the data set of this name reads, and where they come from; none if there is no such set, or its data are embedded.
pub fn files_of(name: &str) -> Option<(&'static str, &'static str)> {
    let images = IMAGE_FILES
        .iter()
        .map(|of| (of.name, of.expected, of.origin));
    let texts = TEXT_FILES
        .iter()
        .map(|of| (of.name, of.expected, of.origin));
    let of = images.chain(texts).find(|(known, ..)| *known == name);
    of.map(|(_, expected, origin)| (expected, origin))
}

/// The data sets that come with this crate: those embedded in it, and those that are read from files.
pub fn data_sets() -> Vec<Arc<dyn DataSet>> {
    let embedded: [Arc<dyn DataSet>; 3] =
        [Arc::new(Digits), Arc::new(FashionSmall), Arc::new(Austen)];
    let files = IMAGE_FILES.map(|files| Arc::new(files) as Arc<dyn DataSet>);
    let texts = TEXT_FILES.map(|files| Arc::new(files) as Arc<dyn DataSet>);
    embedded.into_iter().chain(files).chain(texts).collect()
}
