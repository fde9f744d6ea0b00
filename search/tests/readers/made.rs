//! Files that SciPy, NumPy, safetensors, Pillow and tokenizers have written, by `tests/data/files.py`.

use std::path::{Path, PathBuf};

use actsmith_search::data::Kind;

use super::support::{Files, all, load};

/// The folder of these files.
pub(crate) fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/files")
        .join(name)
}

/// The files of a folder with their contents.
pub(crate) fn files(name: &str) -> Files {
    fn add(files: &mut Files, folder: &Path, before: &str) {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let name = format!("{before}{}", entry.file_name().to_string_lossy());
            match entry.path().is_dir() {
                true => add(files, &entry.path(), &format!("{name}/")),
                false => files.push((name, std::fs::read(entry.path()).expect("a file"))),
            }
        }
    }
    let mut files = Files::new();
    add(&mut files, &path(name), "");
    files.sort();
    files
}

/// The byte of a channel of a pixel of an image.
pub(crate) fn byte(image: usize, channel: usize, y: usize, x: usize) -> u8 {
    ((37 * image + 11 * channel + 7 * y + 3 * x) % 251) as u8
}

/// The numbers from 0 to 1 of these images of 5×4 pixels.
pub(crate) fn images(numbers: impl IntoIterator<Item = usize>, channels: usize) -> Vec<f32> {
    let mut all = Vec::new();
    for image in numbers {
        for channel in 0..channels {
            for (y, x) in (0..20).map(|pixel| (pixel / 4, pixel % 4)) {
                all.push(f32::from(byte(image, channel, y, x)) / 255.0);
            }
        }
    }
    all
}

#[test]
fn arrays_of_every_kind_are_read() {
    for (name, folder, channels) in [
        ("svhn", "svhn", 3),
        ("arrays", "npz", 3),
        ("arrays", "npz/data.npz", 3),
        ("arrays", "npz-plain", 1),
        ("arrays", "safetensors", 3),
    ] {
        let splits = load(name, &path(folder), "normalize = false").expect(folder);
        let classes = if name == "svhn" { 10 } else { 3 };
        let kind = Kind::Images {
            channels,
            height: 5,
            width: 4,
            classes,
        };
        for (part, count) in [(splits.train, 12), (splits.test, 6)] {
            assert_eq!(part.kind(), kind, "{folder}");
            let (pixels, labels) = all(&*part);
            assert_eq!(pixels, images(0..count, channels), "{folder}");
            let expected: Vec<u32> = (0..count as u32).map(|n| n % 3).collect();
            assert_eq!(labels, expected, "{folder}");
        }
    }
}
