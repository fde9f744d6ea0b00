//! Images in folders.

use actsmith_search::data::Kind;
use actsmith_search::error::Error;

use super::made;
use super::support::{Files, all, load, read, refused, with, without};

#[test]
fn folders_of_classes_are_read_in_colour_and_in_grey() {
    let splits = load("folder", &made::path("folder"), "normalize = false").expect("images");
    let kind = Kind::Images {
        channels: 3,
        height: 5,
        width: 4,
        classes: 3,
    };
    assert_eq!([splits.train.kind(), splits.test.kind()], [kind, kind]);
    let (pixels, labels) = all(&*splits.train);
    assert_eq!(labels, [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]);
    let by_class = [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11];
    assert_eq!(pixels, made::images(by_class, 3));
    assert_eq!(all(&*splits.test).0, made::images([0, 3, 1, 4, 2, 5], 3));
    // Not divided: a fifth of each class is held out.
    let splits = load("folder", &made::path("folder-grey"), "normalize = false").expect("images");
    let kind = Kind::Images {
        channels: 1,
        height: 5,
        width: 4,
        classes: 3,
    };
    assert_eq!(splits.train.kind(), kind);
    assert_eq!((splits.train.len(), splits.test.len()), (12, 3));
    assert_eq!(all(&*splits.test).1, [0, 1, 2]);
}

#[test]
fn every_kind_of_file_becomes_planes_of_bytes() {
    let splits = load("folder", &made::path("kinds"), "normalize = false").expect("images");
    let mut means = Vec::new();
    for part in [splits.train, splits.test] {
        let (pixels, labels) = all(&*part);
        for (image, label) in pixels.chunks(3 * 64).zip(labels) {
            let mean = |plane: &[f32]| (plane.iter().sum::<f32>() / 64.0 * 255.0).round() as u32;
            let planes: Vec<u32> = image.chunks(64).map(mean).collect();
            means.push((label, planes));
        }
    }
    means.sort();
    // 40000 of 65535 is 156 of 255. JPEG and the palette keep a single colour but for its last bits.
    let expected = [
        (0, [200, 100, 50]),
        (0, [200, 100, 50]),
        (1, [90, 90, 90]),
        (1, [156, 156, 156]),
        (1, [200, 100, 50]),
    ];
    for ((label, planes), (known, colour)) in means.iter().zip(expected) {
        assert_eq!(*label, known);
        let close = planes.iter().zip(colour).all(|(a, b)| a.abs_diff(b) <= 5);
        assert!(close, "{planes:?} {colour:?}");
    }
}

#[test]
fn images_of_several_sizes_are_refused_unless_they_are_brought_to_one() {
    let mixed: Files = [made::files("folder-grey"), made::files("kinds")].concat();
    refused(
        "folder",
        &mixed,
        "",
        &["a/1.jpg: has 8×8 pixels", "has 5×4", "`data.size = 32`"],
    );
    let splits = read("folder", &mixed, "size = 6").expect("images");
    assert!(
        splits
            .train
            .kind()
            .to_string()
            .starts_with("images of 6×6 pixels with 3 channels")
    );
    for size in [0, 5000] {
        let error = read("folder", &mixed, &format!("size = {size}"));
        assert!(matches!(error, Err(Error::Invalid(text)) if text.contains("from 1 to 4096")));
    }
}

#[test]
fn what_is_wrong_is_named_with_its_file() {
    let files = made::files("folder-grey");
    let (name, image) = files[0].clone();
    let refused = |files: &Files, parts: &[&str]| refused("folder", files, "", parts);
    refused(
        &with(&files, &name, image[..40].to_vec()),
        &["a/00.png: is not a whole PNG or JPEG image"],
    );
    refused(
        &with(&files, &name, Vec::new()),
        &["a/00.png: is not a whole PNG or JPEG image"],
    );
    refused(
        &with(&files, &name, b"<html>".to_vec()),
        &["a/00.png: is not a whole PNG or JPEG image"],
    );
    refused(
        &with(&files, "d/notes.txt", vec![]),
        &["d: has no PNG or JPEG files: remove the folder"],
    );
    let flat: Files = files
        .iter()
        .map(|(name, bytes)| (name.replace('/', "-"), bytes.clone()))
        .collect();
    refused(
        &flat,
        &["has images without a class", "a folder with its name"],
    );
    let one: Files = files
        .iter()
        .filter(|(name, _)| name.starts_with('a'))
        .cloned()
        .collect();
    refused(
        &one,
        &["has one folder, a: give the folder that has one for each of several classes"],
    );
    refused(
        &vec![("notes.txt".to_owned(), vec![])],
        &["has no folders: it should hold a folder of PNG or JPEG files"],
    );
    let divided = made::files("folder");
    refused(
        &with(&divided, "test/d/1.png", image),
        &["test/d: is a class without images to learn from"],
    );
    // A part of the classes may be held out, and other files lie beside the images.
    let fewer = divided
        .iter()
        .map(|(name, _)| name)
        .filter(|name| name.starts_with("test/b"));
    let fewer = fewer.fold(divided.clone(), |files, name| without(&files, name));
    let fewer = with(&fewer, "train/a/Thumbs.db", vec![1]);
    assert_eq!(read("folder", &fewer, "").expect("images").test.len(), 4);
}
