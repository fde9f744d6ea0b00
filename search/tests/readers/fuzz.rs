//! Whatever a file holds, reading it gives images or an error that names the file, and takes memory in proportion to the file.

use std::path::Path;

use actsmith_search::error::Error;
use peakmem_alloc::PeakMemAllocTrait;

use super::support::{Files, folder, gzip, load};
use super::{MEMORY, cifar, idx, made};

/// More than any of these small files needs, and far less than a header can claim.
const MOST_MEMORY: usize = 200 << 20;

/// Reads a folder in which one file is damaged in each of many ways.
fn damage(name: &str, files: &Files, settings: &str, header: usize) {
    let folder = folder(files);
    for (file, bytes) in files {
        let path = folder.path().join(file);
        let attempt = |damaged: &[u8], how: &str| {
            std::fs::write(&path, damaged).expect("written");
            check(name, folder.path(), settings, &format!("{file}, {how}"));
        };
        let header = header.min(bytes.len());
        let cuts = (0..header + 4).chain((header..bytes.len()).step_by(bytes.len() / 50 + 1));
        for length in cuts.filter(|length| *length < bytes.len()) {
            attempt(&bytes[..length], &format!("cut to {length}"));
        }
        let ends = bytes.len() - (bytes.len() - header).min(40)..bytes.len();
        for place in (0..header).chain(ends) {
            for bit in 0..8 {
                let mut damaged = bytes.clone();
                damaged[place] ^= 1 << bit;
                attempt(&damaged, &format!("bit {bit} of byte {place}"));
            }
        }
        std::fs::write(&path, bytes).expect("written");
    }
    load(name, folder.path(), settings).expect("the whole files are sound");
}

fn check(name: &str, dir: &Path, settings: &str, how: &str) {
    MEMORY.reset_peak_memory();
    let result = load(name, dir, settings);
    let peak = MEMORY.get_peak_memory();
    assert!(peak < MOST_MEMORY, "{how}: {peak} bytes");
    match result {
        Ok(_) => {}
        Err(Error::Data(message)) => {
            assert!(
                message.starts_with(&*dir.to_string_lossy()),
                "{how}: {message}"
            );
        }
        Err(other) => panic!("{how}: {other}"),
    }
}

#[test]
fn idx_files() {
    let plain = idx::files();
    damage("mnist", &plain, "", 16);
    let packed = plain
        .iter()
        .map(|(name, bytes)| (format!("{name}.gz"), gzip(bytes)));
    damage("fashion-mnist", &packed.collect(), "", 24);
}

#[test]
fn cifar_files() {
    damage("cifar10", &cifar::cifar10(), "", 2);
    damage("cifar100", &cifar::cifar100(), "", 3);
}

#[test]
fn arrays() {
    damage("svhn", &made::files("svhn"), "", 200);
    for folder in ["npz", "npz-plain", "safetensors"] {
        damage("arrays", &made::files(folder), "", 140);
    }
}

#[cfg(feature = "images")]
#[test]
fn images_in_folders() {
    let kinds = made::files("kinds");
    let few = |files: Files, names: &[&str]| -> Files {
        let is_named = |name: &String| names.iter().any(|known| name.ends_with(known));
        files
            .into_iter()
            .filter(|(name, _)| is_named(name))
            .collect()
    };
    damage(
        "folder",
        &few(
            kinds.clone(),
            &["1.jpg", "2.png", "3.png", "4.png", "5.jpeg"],
        ),
        "",
        40,
    );
    let parts = [
        "train/a/00.png",
        "train/b/01.png",
        "test/a/00.png",
        "test/b/01.png",
    ];
    damage(
        "folder",
        &few(made::files("folder"), &parts),
        "size = 3",
        40,
    );
}

#[test]
fn texts() {
    let text = "Ünïcode, and a line.\n".repeat(60).into_bytes();
    let files = vec![
        ("input.txt".to_owned(), text),
        ("more.txt.gz".to_owned(), gzip(b"packed\n")),
    ];
    damage("text", &files, "context = 16", 20);
}

#[test]
fn a_bomb_is_refused() {
    // 100 MB of zeros where sizes promise 12 bytes, and sizes that promise 100 GB.
    let images = |sizes: &[u32], zeros: usize| gzip(&idx::idx(sizes, &vec![0; zeros]));
    let name = format!("{}.gz", idx::TRAIN_IMAGES);
    let mut files = super::support::without(&idx::files(), idx::TRAIN_IMAGES);
    for bomb in [
        images(&[1, 4, 3], 100 << 20),
        images(&[1 << 20, 400, 300], 1 << 20),
    ] {
        files = super::support::with(&files, &name, bomb);
        let folder = folder(&files);
        check("mnist", folder.path(), "", "a bomb");
        assert!(load("mnist", folder.path(), "").is_err());
    }
}
