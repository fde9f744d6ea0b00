//! MNIST: 70,000 handwritten digits of 28×28 pixels.
//!
//! Y. LeCun, C. Cortes and C. Burges, "The MNIST database of handwritten digits", 1998.

use super::augment::Augmentation;
use super::files::ImageFiles;
use super::idx;

const CLASSES: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/// The four files of MNIST.
pub(super) const MNIST: ImageFiles = ImageFiles {
    name: "mnist",
    title: "MNIST (IDX files)",
    expected: "train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz, \
               compressed or not",
    origin: "https://storage.googleapis.com/cvdf-datasets/mnist/",
    recognises: idx::recognises,
    read: |dir, _| idx::read(dir, &MNIST, &CLASSES),
    own: &[],
    augmentation: Augmentation {
        crop: 0,
        flip: false,
    },
    mirrors: false,
};
