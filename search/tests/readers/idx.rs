//! MNIST and Fashion-MNIST.

use actsmith_search::data::Kind;

use super::support::{Files, all, gzip, load, read, refused, with, without};

pub(crate) const TRAIN_IMAGES: &str = "train-images-idx3-ubyte";
const TRAIN_LABELS: &str = "train-labels-idx1-ubyte";
const TEST_IMAGES: &str = "t10k-images-idx3-ubyte";
const TEST_LABELS: &str = "t10k-labels-idx1-ubyte";

pub(crate) fn idx(sizes: &[u32], elements: &[u8]) -> Vec<u8> {
    let mut file = vec![0, 0, 8, sizes.len() as u8];
    sizes
        .iter()
        .for_each(|size| file.extend(size.to_be_bytes()));
    file.extend(elements);
    file
}

/// 20 images of 4×3 pixels to learn from and 10 held out.
pub(crate) fn files() -> Files {
    let part = |images: &str, labels: &str, count: u8| {
        let pixels: Vec<u8> = (0..count)
            .flat_map(|i| (0..12).map(move |p| i * 7 + p))
            .collect();
        let classes: Vec<u8> = (0..count).map(|i| i % 10).collect();
        [
            (images.to_owned(), idx(&[count.into(), 4, 3], &pixels)),
            (labels.to_owned(), idx(&[count.into()], &classes)),
        ]
    };
    let train = part(TRAIN_IMAGES, TRAIN_LABELS, 20);
    let test = part(TEST_IMAGES, TEST_LABELS, 10);
    train.into_iter().chain(test).collect()
}

#[test]
fn files_are_read_plain_and_compressed_under_each_of_their_names() {
    let plain = files();
    let splits = read("mnist", &plain, "normalize = false").expect("images");
    let kind = Kind::Images {
        channels: 1,
        height: 4,
        width: 3,
        classes: 10,
    };
    assert_eq!([splits.train.kind(), splits.test.kind()], [kind, kind]);
    let (pixels, labels) = all(&*splits.train);
    assert_eq!((pixels.len(), labels.len()), (240, 20));
    assert_eq!(pixels[12 * 3 + 5], 26.0 / 255.0);
    assert_eq!(labels[13], 3);
    let compressed = plain
        .iter()
        .map(|(name, bytes)| (format!("{name}.gz"), gzip(bytes)));
    // As some archives unpack them.
    let dotted = plain
        .iter()
        .map(|(name, bytes)| (name.replace("-idx", ".idx"), bytes.clone()));
    for files in [compressed.collect::<Files>(), dotted.collect()] {
        let splits = read("fashion-mnist", &files, "normalize = false").expect("images");
        assert_eq!(all(&*splits.train), (pixels.clone(), labels.clone()));
    }
}

#[test]
fn the_part_of_fashion_mnist_is_read_as_the_embedded_one() {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/data/fashion-small");
    let splits = load("fashion-mnist", dir.as_ref(), "").expect("images");
    let embedded = super::support::load_with("fashion-small", &toml::Table::new()).expect("images");
    for (part, known) in [(splits.train, embedded.train), (splits.test, embedded.test)] {
        let ((pixels, labels), (expected, known)) = (all(&*part), all(&*known));
        assert_eq!(labels, known);
        let off = pixels.iter().zip(expected).map(|(a, b)| (a - b).abs());
        // Values up to 2; means and deviations are rounded to f32.
        assert!(off.fold(0.0, f32::max) <= 4.0 * f32::EPSILON);
    }
}

#[test]
fn what_is_wrong_is_named_with_its_file() {
    let files = files();
    let of = |name: &str| {
        files
            .iter()
            .find(|(known, _)| known == name)
            .expect("a file")
            .1
            .clone()
    };
    let [images, labels] = [of(TRAIN_IMAGES), of(TRAIN_LABELS)];
    let swapped = with(
        &with(&files, TRAIN_IMAGES, labels.clone()),
        TRAIN_LABELS,
        images.clone(),
    );
    let refused = |files: &Files, parts: &[&str]| refused("mnist", files, "", parts);
    refused(&swapped, &[TRAIN_IMAGES, "is it the file of the labels?"]);
    refused(
        &with(&files, TRAIN_LABELS, images.clone()),
        &[TRAIN_LABELS, "is it the file of the images?"],
    );
    refused(
        &with(&files, TRAIN_LABELS, of(TEST_LABELS)),
        &[
            TRAIN_LABELS,
            "has 10 labels, not one label for each of 20 images",
        ],
    );
    refused(
        &with(&files, TRAIN_IMAGES, of(TEST_IMAGES)),
        &[TRAIN_LABELS, "has 20 labels", "10 images"],
    );
    let mut beyond = labels.clone();
    *beyond.last_mut().expect("a label") = 10;
    refused(
        &with(&files, TRAIN_LABELS, beyond),
        &[TRAIN_LABELS, "there are 10 classes, but a label is 10"],
    );
    refused(
        &with(&files, TRAIN_IMAGES, images[..100].to_vec()),
        &[
            TRAIN_IMAGES,
            "fewer elements than its sizes [20, 4, 3] say",
            "fetch it again",
        ],
    );
    refused(
        &with(&files, TRAIN_IMAGES, [&images[..], &[0]].concat()),
        &[TRAIN_IMAGES, "more elements than its sizes"],
    );
    refused(
        &with(&files, TRAIN_IMAGES, images[..10].to_vec()),
        &[TRAIN_IMAGES, "ends within its first bytes"],
    );
    refused(
        &with(&files, TRAIN_IMAGES, Vec::new()),
        &[TRAIN_IMAGES, "ends within its first bytes"],
    );
    refused(
        &with(&files, TRAIN_IMAGES, b"<!DOCTYPE html>".to_vec()),
        &[TRAIN_IMAGES, "is not an IDX file"],
    );
    refused(
        &with(&files, TRAIN_IMAGES, idx(&[1 << 31, 1 << 31, 4], &[])),
        &[TRAIN_IMAGES, "fewer elements"],
    );
    refused(
        &with(&files, TRAIN_IMAGES, idx(&[20, 0, 3], &[])),
        &[TRAIN_IMAGES, "20 images of 0×3 pixels"],
    );
    refused(
        &with(
            &files,
            TRAIN_IMAGES,
            [&[0, 0, 0x0d][..], &images[3..]].concat(),
        ),
        &[TRAIN_IMAGES, "for floats"],
    );
    let cut = gzip(&images);
    let cut = with(
        &without(&files, TRAIN_IMAGES),
        "train-images-idx3-ubyte.gz",
        cut[..cut.len() - 9].to_vec(),
    );
    refused(
        &cut,
        &["train-images-idx3-ubyte.gz", "cut short or damaged"],
    );
    // A part of images of another size than the other.
    let larger = with(&files, TEST_IMAGES, idx(&[10, 3, 4], &[7; 120]));
    refused(&larger, &["4×3 pixels", "3×4 pixels", "one size"]);
}

#[test]
fn files_that_are_missing_are_named_with_their_origin() {
    let files = files();
    refused(
        "mnist",
        &without(&files, TEST_LABELS),
        "",
        &[
            "t10k-labels-idx1-ubyte.gz is missing",
            "get it from https://storage",
        ],
    );
    refused(
        "fashion-mnist",
        &Vec::new(),
        "",
        &[
            "train-images-idx3-ubyte.gz, ",
            "are missing",
            "zalandoresearch",
        ],
    );
    let archive = with(&Vec::new(), "fashion.zip", b"PK".to_vec());
    refused(
        "fashion-mnist",
        &archive,
        "",
        &["are missing: unpack fashion.zip there"],
    );
    let nowhere = load("mnist", "/nowhere/at all".as_ref(), "")
        .expect_err("no folder")
        .to_string();
    assert!(
        nowhere.contains("/nowhere/at all: there is no such folder: it should hold train-images"),
        "{nowhere}"
    );
}
