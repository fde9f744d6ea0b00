//! Arrays that are not what they should be; made by candle.

use candle_core::{DType, Device, Tensor};

use super::made;
use super::support::{Files, folder, load, read, refused, with};

/// An array of zeros.
fn zeros(shape: &[usize], kind: DType) -> Tensor {
    Tensor::zeros(shape, kind, &Device::Cpu).expect("zeros")
}

fn labels(labels: &[i64]) -> Tensor {
    Tensor::new(labels, &Device::Cpu).expect("labels")
}

/// A file of arrays with these names.
fn npz(arrays: &[(&str, Tensor)]) -> Files {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("data.npz");
    Tensor::write_npz(arrays, &path).expect("written");
    vec![(
        "data.npz".to_owned(),
        std::fs::read(path).expect("the file"),
    )]
}

fn of(images: Tensor, labels: Tensor) -> Files {
    npz(&[("images", images), ("labels", labels)])
}

#[test]
fn what_is_wrong_with_an_array_is_named() {
    let images = || zeros(&[3, 1, 4, 4], DType::U8);
    let refused =
        |files: Files, settings, part| refused("arrays", &files, settings, &["data.npz: ", part]);
    let three = || labels(&[0, 1, 2]);
    refused(
        npz(&[("images", images())]),
        "",
        "has no array `labels`, only `images`",
    );
    refused(
        npz(&[("pictures", images()), ("labels", three())]),
        "",
        "has no array `images`, only `labels`, `pictures`",
    );
    refused(
        of(images(), images()),
        "",
        "the array `labels` has the shape [3, 1, 4, 4]: are these the images?",
    );
    refused(
        of(three(), images()),
        "",
        "the array `images` has the shape [3]: are these the labels?",
    );
    refused(
        of(three(), three()),
        "",
        "the array `images` has the shape [3]: are these the labels?",
    );
    refused(
        of(images(), labels(&[0, 1])),
        "",
        "`labels` has 2 labels, not one for each of 3 images",
    );
    refused(
        of(images(), zeros(&[3, 10], DType::F32)),
        "",
        "the shape [3, 10]: labels have the shape [n]",
    );
    refused(
        of(images(), labels(&[0, -1, 2])),
        "",
        "label 1 is -1: labels are whole numbers from 0",
    );
    refused(
        of(images(), labels(&[0, 1, 9])),
        "",
        "a label is 9, and there are only 3 images",
    );
    refused(
        of(images(), three()),
        "classes = 2",
        "there are 2 classes, but a label is 2",
    );
    let halves = (three().to_dtype(DType::F32).expect("f32") * 0.5).expect("halves");
    refused(of(images(), halves), "", "label 1 is 0.5");
    refused(
        of(zeros(&[3, 16], DType::U8), three()),
        "",
        "has the shape [3, 16]: images have [n, height, width]",
    );
    refused(
        of(zeros(&[3, 0, 4], DType::U8), three()),
        "",
        "there are no images in it",
    );
    for shape in [[3, 3, 8, 3], [3, 4, 8, 8]] {
        refused(
            of(zeros(&shape, DType::U8), three()),
            "",
            "set `data.layout` to \"nchw\" or \"nhwc\"",
        );
    }
    let infinite = (zeros(&[3, 1, 4, 4], DType::F32) / 0.0).expect("NaN");
    refused(
        of(infinite, three()),
        "",
        "the array `images` a number of image 0 is NaN",
    );
    refused(
        of(zeros(&[3, 1, 4, 4], DType::F16), three()),
        "",
        "elements of the type `<f2`: save it as",
    );
    let some_test = npz(&[
        ("images", images()),
        ("labels", three()),
        ("test_labels", three()),
    ]);
    refused(some_test, "", "has no array `test_images`");
}

#[test]
fn the_layout_and_the_classes_can_be_set() {
    let files = of(zeros(&[3, 3, 8, 3], DType::U8), labels(&[0, 1, 40]));
    let splits = read(
        "arrays",
        &with(&files, "note.txt", vec![]),
        "layout = 'nhwc'\nclasses = 50",
    );
    // One image of each class: the split leaves nothing to hold out.
    let error = splits.expect_err("one image a class").to_string();
    assert!(error.contains("3 images cannot be split"), "{error}");
    let twelve: Vec<i64> = (0..12).map(|n| n % 2).collect();
    let files = of(zeros(&[12, 3, 8, 3], DType::U8), labels(&twelve));
    let splits = read("arrays", &files, "layout = 'nhwc'\nclasses = 50").expect("images");
    let kind = splits.train.kind().to_string();
    assert_eq!(kind, "images of 3×8 pixels with 3 channels in 50 classes");
    let error = read("arrays", &files, "layout = 'hwc'")
        .expect_err("no layout")
        .to_string();
    assert!(error.contains("layout"), "{error}");
}

#[test]
fn other_files_and_folders_are_named() {
    let none = vec![("data.csv".to_owned(), vec![])];
    refused(
        "arrays",
        &none,
        "",
        &["has no arrays: it should hold a file .npz or .safetensors"],
    );
    let several = ["a.npz", "b.npz"]
        .map(|name| (name.to_owned(), vec![]))
        .into();
    refused(
        "arrays",
        &several,
        "",
        &[
            "several files of arrays (a.npz, b.npz)",
            "`train` and `test`",
        ],
    );
    refused(
        "arrays",
        &vec![("a.npz".to_owned(), b"no archive".to_vec())],
        "",
        &["a.npz: is not a whole .npz file"],
    );
    refused(
        "arrays",
        &vec![("a.safetensors".to_owned(), vec![9; 20])],
        "",
        &["a.safetensors: is not a whole .safetensors file"],
    );
    let svhn = made::files("svhn");
    let hdf5 = [&b"MATLAB 7.3 MAT-file"[..], &[b' '; 200]].concat();
    refused(
        "svhn",
        &with(&svhn, "train_32x32.mat", hdf5),
        "",
        &["train_32x32.mat: is of MATLAB 7.3 (HDF5)"],
    );
    refused(
        "svhn",
        &with(&svhn, "train_32x32.mat", vec![b' '; 200]),
        "",
        &["is not a MATLAB file of version 5"],
    );
    let one = vec![svhn[0].clone()];
    refused(
        "svhn",
        &one,
        "",
        &[
            "train_32x32.mat is missing",
            "http://ufldl.stanford.edu/housenumbers/",
        ],
    );
    let dir = folder(&svhn);
    let flipped = load("svhn", dir.path(), "flip = true")
        .expect_err("digits")
        .to_string();
    assert!(
        flipped.contains("a mirrored digit of `svhn` is none"),
        "{flipped}"
    );
}
