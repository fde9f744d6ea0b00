//! CIFAR-10 and CIFAR-100.

use actsmith_search::data::Kind;

use super::support::{Files, all, read, refused, with, without};

/// Records whose labels count, each with the byte of its number as red, 1 as green, 2 as blue, but for the first pixel.
fn records(count: usize, labels: impl Fn(usize) -> Vec<u8>) -> Vec<u8> {
    let record = |number: usize| {
        let planes = [number as u8, 1, 2].map(|byte| vec![byte; 1024]);
        let mut record = [labels(number), planes.concat()].concat();
        record[labels(number).len()] = 255;
        record
    };
    (0..count).flat_map(record).collect()
}

pub(crate) fn cifar10() -> Files {
    let batch = |count| records(count, |number| vec![number as u8 % 10]);
    let mut files: Files = (1..=5)
        .map(|i| (format!("data_batch_{i}.bin"), batch(i)))
        .collect();
    files.push(("test_batch.bin".to_owned(), batch(3)));
    files
}

pub(crate) fn cifar100() -> Files {
    let part = |count| records(count, |number| vec![number as u8 % 20, number as u8 % 100]);
    [("train.bin", 30), ("test.bin", 5)]
        .map(|(name, count)| (name.to_owned(), part(count)))
        .into()
}

#[test]
fn all_batches_are_read_in_their_order() {
    let splits = read("cifar10", &cifar10(), "normalize = false").expect("images");
    let kind = Kind::Images {
        channels: 3,
        height: 32,
        width: 32,
        classes: 10,
    };
    assert_eq!([splits.train.kind(), splits.test.kind()], [kind, kind]);
    let (pixels, labels) = all(&*splits.train);
    assert_eq!(labels, [0, 0, 1, 0, 1, 2, 0, 1, 2, 3, 0, 1, 2, 3, 4]);
    let last = &pixels[14 * 3072..];
    assert_eq!(
        [last[0], last[1], last[1024], last[3071]],
        [1.0, 4.0 / 255.0, 1.0 / 255.0, 2.0 / 255.0]
    );
    assert_eq!(splits.test.len(), 3);
}

#[test]
fn the_folder_of_the_archive_may_be_in_the_one_that_is_given() {
    let inner = |(name, bytes): (String, Vec<u8>)| (format!("cifar-10-batches-bin/{name}"), bytes);
    let files: Files = cifar10().into_iter().map(inner).collect();
    assert_eq!(read("cifar10", &files, "").expect("images").train.len(), 15);
}

#[test]
fn either_label_of_cifar100_may_be_the_class() {
    let of = |settings| {
        read("cifar100", &cifar100(), settings)
            .expect("images")
            .train
    };
    let (_, fine) = all(&*of(""));
    assert_eq!(fine, (0..30).collect::<Vec<u32>>());
    let coarse = of("labels = 'coarse'");
    assert_eq!(
        all(&*coarse).1,
        (0..30).map(|i| i % 20).collect::<Vec<u32>>()
    );
    assert!(coarse.kind().to_string().ends_with("in 20 classes"));
}

#[test]
fn what_is_wrong_is_named_with_its_file() {
    let files = cifar10();
    let (name, whole) = files[2].clone();
    refused(
        "cifar10",
        &with(&files, &name, whole[..5000].to_vec()),
        "",
        &["data_batch_3.bin", "5000 bytes", "records of 3073"],
    );
    refused(
        "cifar10",
        &with(&files, &name, Vec::new()),
        "",
        &["data_batch_3.bin", "0 bytes"],
    );
    let mut other = whole.clone();
    other[3073] = 10;
    refused(
        "cifar10",
        &with(&files, &name, other),
        "",
        &["data_batch_3.bin", "the label of record 1 is 10"],
    );
    refused(
        "cifar10",
        &without(&files, &name),
        "",
        &["data_batch_3.bin is missing", "cifar-10-binary.tar.gz"],
    );
    refused(
        "cifar10",
        &without(&files, "test_batch.bin"),
        "",
        &["test_batch.bin is missing"],
    );
    let python = vec![
        ("data_batch_1".to_owned(), vec![0x80, 2]),
        ("test_batch".to_owned(), vec![0x80, 2]),
    ];
    refused(
        "cifar10",
        &python,
        "",
        &[
            "data_batch_1",
            "of the version for Python: get the binary version",
        ],
    );
    refused(
        "cifar10",
        &vec![("cifar-10-binary.tar.gz".to_owned(), vec![])],
        "",
        &["unpack cifar-10-binary.tar.gz there"],
    );
    let files = cifar100();
    refused(
        "cifar100",
        &with(&files, "train.bin", whole),
        "",
        &["train.bin", "records of 3074"],
    );
    refused(
        "cifar100",
        &without(&files, "test.bin"),
        "",
        &["test.bin is missing"],
    );
    let python = vec![
        ("train".to_owned(), vec![0x80, 2]),
        ("meta".to_owned(), vec![0x80, 2]),
    ];
    refused(
        "cifar100",
        &python,
        "",
        &["train", "of the version for Python"],
    );
}
