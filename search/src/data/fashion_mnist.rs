//! Fashion-MNIST: 70,000 pictures of clothes of 28×28 pixels.
//!
//! H. Xiao, K. Rasul and R. Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms", arXiv 1708.07747.

use super::augment::Augmentation;
use super::files::ImageFiles;
use super::idx;

const CLASSES: [&str; 10] = [
    "T-shirt/top",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
];

/// The four files of Fashion-MNIST; half of the images are mirrored in training.
pub(super) const FASHION_MNIST: ImageFiles = ImageFiles {
    name: "fashion-mnist",
    title: "Fashion-MNIST (IDX files)",
    expected: "train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz, \
               compressed or not",
    origin: "https://github.com/zalandoresearch/fashion-mnist, or the Debian package dataset-fashion-mnist",
    recognises: idx::recognises,
    read: |dir, _| idx::read(dir, &FASHION_MNIST, &CLASSES),
    own: &[],
    augmentation: Augmentation {
        crop: 0,
        flip: true,
    },
    mirrors: true,
};
