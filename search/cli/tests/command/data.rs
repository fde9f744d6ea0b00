//! `actsmith data check`.

use std::path::Path;

use crate::support::{actsmith, failure, json, text};

/// A folder of the search's own test files.
fn made(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/files");
    folder.join(name).to_str().expect("UTF-8").to_owned()
}

#[test]
fn a_folder_of_images_is_described_with_a_contact_sheet() {
    let folder = tempfile::tempdir().expect("a folder");
    let sheet = folder.path().join("sheet.png");
    let sheet = sheet.to_str().expect("UTF-8");
    let found = json(&["data", "check", &made("folder"), "--sheet", sheet, "--json"]);
    assert_eq!(found["data"], "folder");
    let images = &found["images"];
    let numbers = ["channels", "height", "width", "train", "test"].map(|key| images[key].as_u64());
    assert_eq!(numbers, [3, 5, 4, 12, 6].map(Some));
    assert_eq!(
        images["classes"][1],
        serde_json::json!({ "name": "b", "train": 4, "test": 2 })
    );
    // The images held out are the first of those to learn from.
    let remark = found["remarks"][0].as_str().expect("a remark");
    assert!(
        remark.starts_with("held out: 6 images are among those to learn from"),
        "{remark}"
    );
    // Three rows of four images, ten times as large, with gaps of two pixels.
    let picture = image::open(sheet).expect("a picture").into_rgb8();
    assert_eq!(picture.dimensions(), (12 * 42 + 2, 3 * 52 + 2));
    let byte = |image: usize, channel: usize| ((37 * image + 11 * channel) % 251) as u8;
    assert_eq!(picture.get_pixel(0, 0).0, [255; 3]);
    assert_eq!(
        picture.get_pixel(2, 2).0,
        [0, 1, 2].map(|channel| byte(0, channel))
    );
    assert_eq!(
        picture.get_pixel(2 + 42, 2 + 52).0,
        [0, 1, 2].map(|channel| byte(4, channel))
    );
}

#[test]
fn every_key_is_documented() {
    let small = made("folder-grey");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("input.txt");
    std::fs::write(&path, "abracadabra\n".repeat(20)).expect("written");
    for path in [&*small, path.to_str().expect("UTF-8")] {
        let output = actsmith(&["data", "check", path, "--json"]);
        let none: [&str; 0] = [];
        assert_eq!(
            crate::documented::undocumented("data check", &output.stdout),
            none
        );
    }
}

#[test]
fn every_kind_of_files_is_recognised() {
    for (folder, name) in [
        ("svhn", "svhn"),
        ("npz", "arrays"),
        ("safetensors", "arrays"),
        ("folder-grey", "folder"),
    ] {
        assert_eq!(
            json(&["data", "check", &made(folder), "--json"])["data"],
            name
        );
    }
    let small = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/fashion-small");
    let small = small.to_str().expect("UTF-8");
    let output = actsmith(&["data", "check", small, "--as", "fashion-mnist"]);
    let output = text(&output.stdout);
    assert!(
        output.contains("to learn from  2,000 images, 200 of each class\n"),
        "{output}"
    );
    assert!(output.contains("ankle boot: 200 + 50"), "{output}");
    let unsure = json(&["data", "check", small, "--json"]);
    let remarks = unsure["remarks"].as_array().expect("remarks").iter();
    assert!(
        remarks
            .filter_map(|r| r.as_str())
            .any(|r| r.contains("those of `fashion-mnist`, too: say which with `--as`"))
    );
}

#[test]
fn a_text_is_described_by_its_tokens() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("input.txt");
    std::fs::write(&path, "abracadabra\r\n".repeat(20)).expect("written");
    let path = path.to_str().expect("UTF-8");
    let found = json(&["data", "check", path, "--json"]);
    let text = &found["text"];
    assert_eq!(
        (&text["tokens"], &text["vocabulary"]),
        (&260.into(), &7.into())
    );
    assert!(
        found["remarks"][0]
            .as_str()
            .is_some_and(|remark| remark.contains("as on Windows"))
    );
    let bytes = json(&["data", "check", path, "--bytes", "--json"]);
    assert_eq!(
        (&bytes["text"]["vocabulary"], &bytes["text"]["used"]),
        (&256.into(), &7.into())
    );
    let tokens = json(&[
        "data",
        "check",
        path,
        "--tokenizer",
        &made("tokenizer.json"),
        "--json",
    ]);
    assert_eq!(tokens["text"]["vocabulary"], 300);
}

#[test]
fn files_that_cannot_be_used_are_a_failure_and_wrong_options_wrong_usage() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().to_str().expect("UTF-8");
    let fails = |arguments: &[&str], code, part: &str| {
        let (found, message) = failure(arguments);
        assert_eq!(found, Some(code), "{message}");
        assert!(message.contains(part), "{message}");
    };
    fails(
        &["data", "check", "/nowhere/at all"],
        1,
        "there is no such file or folder",
    );
    fails(&["data", "check", dir], 1, "is no data set of a known kind");
    fails(
        &["data", "check", dir, "--as", "mnist"],
        1,
        "are missing: get them from https://",
    );
    fails(
        &["data", "check", dir, "--as", "imagenet"],
        2,
        "there is no data set `imagenet`",
    );
    fails(
        &["data", "check", &made("npz"), "--bytes"],
        2,
        "leave out `--bytes`",
    );
    fails(&["data", "check"], 2, "DIR");
    std::fs::write(folder.path().join("train.bin"), [0; 100]).expect("written");
    std::fs::write(folder.path().join("test.bin"), [0; 100]).expect("written");
    fails(
        &["data", "check", dir],
        1,
        "train.bin: has 100 bytes, which is not a whole number of records of 3074",
    );
}

#[test]
fn a_contact_sheet_is_a_png_file() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, code, part) in [
        ("sheet.jpg", 2, "a contact sheet is a PNG file, not `.jpg`"),
        ("sheet.JPEG", 2, "sheet.png"),
    ] {
        let sheet = folder.path().join(name);
        let path = sheet.to_str().expect("UTF-8");
        let (found, message) = failure(&["data", "check", &made("folder"), "--sheet", path]);
        assert_eq!(found, Some(code), "{message}");
        assert!(message.contains(part), "{message}");
        assert!(!sheet.exists());
    }
    for name in ["sheet.PNG", "sheet"] {
        let sheet = folder.path().join(name);
        let path = sheet.to_str().expect("UTF-8");
        json(&["data", "check", &made("folder"), "--sheet", path, "--json"]);
        assert!(sheet.exists());
    }
}

/// The last tenth has to hold a piece.
#[test]
fn a_text_that_is_too_short_for_its_context_is_remarked_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("input.txt");
    let remark = |characters: usize| -> Option<String> {
        std::fs::write(&path, "ab".repeat(characters / 2)).expect("written");
        let found = json(&["data", "check", path.to_str().expect("UTF-8"), "--json"]);
        let remarks = found["remarks"].as_array().expect("remarks").clone();
        let remarks = remarks.iter().filter_map(|remark| remark.as_str());
        remarks
            .map(str::to_owned)
            .find(|remark| remark.contains("too short"))
    };
    assert_eq!(remark(1290), None);
    assert!(
        remark(1280)
            .expect("a remark")
            .contains("`network.context` to at most 127")
    );
    assert!(remark(6).expect("a remark").contains("give a longer text"));
    std::fs::write(&path, "").expect("written");
    let (code, message) = failure(&["data", "check", path.to_str().expect("UTF-8")]);
    assert_eq!(code, Some(1), "{message}");
    assert!(message.contains("is empty: give a text"), "{message}");
}

/// A PNG file of one grey, so many pixels wide and high.
fn picture(path: &Path, width: u32, height: u32) {
    image::GrayImage::from_pixel(width, height, image::Luma([9]))
        .save(path)
        .expect("written");
}

/// What files can be wrong in ends a training before it starts, with one line that names the file and what to do.
#[test]
fn a_training_on_files_that_cannot_be_used_is_one_error_that_names_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    let fashion = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/fashion-small");
    let copy = |name: &str| {
        std::fs::create_dir(root.join(name)).expect("a folder");
        for entry in std::fs::read_dir(&fashion).expect("files").flatten() {
            let to = root.join(name).join(entry.file_name());
            std::fs::copy(entry.path(), to).expect("copied");
        }
        root.join(name)
    };
    let [images, labels] = ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"];
    let swapped = copy("swapped");
    std::fs::rename(swapped.join(images), swapped.join("kept")).expect("renamed");
    std::fs::rename(swapped.join(labels), swapped.join(images)).expect("renamed");
    std::fs::rename(swapped.join("kept"), swapped.join(labels)).expect("renamed");
    let cut = copy("cut").join(images);
    let bytes = std::fs::read(&cut).expect("read");
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).expect("written");
    // Labels that are not packed: a header of eight bytes, then a byte each.
    let beyond = copy("beyond");
    std::fs::remove_file(beyond.join(labels)).expect("removed");
    let mut plain = vec![0, 0, 8, 1, 0, 0, 7, 208];
    plain.extend((0..2000).map(|i| if i == 5 { 77 } else { (i % 10) as u8 }));
    std::fs::write(beyond.join("train-labels-idx1-ubyte"), plain).expect("written");
    for class in ["a", "b"] {
        std::fs::create_dir_all(root.join("mixed").join(class)).expect("a folder");
        (0..4).for_each(|i| picture(&root.join(format!("mixed/{class}/{i}.png")), 8, 8));
    }
    picture(&root.join("mixed/b/2.png"), 9, 8);
    let texts = [
        ("empty", String::new()),
        ("short", "ab\n".repeat(40)),
        ("greek", "αβγδε ζηθ\n".repeat(300)),
    ];
    for (name, text) in texts {
        std::fs::create_dir(root.join(name)).expect("a folder");
        std::fs::write(root.join(name).join("a.txt"), text).expect("written");
    }
    let tokenizer = format!("data.tokenizer={}", made("tokenizer.json"));
    let missing = format!("data.tokenizer={}", root.join("none.json").display());
    for (data, settings, code, parts) in [
        (
            "swapped",
            &["--task", "fashion-resnet8"][..],
            1,
            [images, "is it the file of the labels?"],
        ),
        (
            "cut",
            &["--task", "fashion-resnet8"],
            1,
            [images, "fetch it again"],
        ),
        (
            "beyond",
            &["--task", "fashion-resnet8"],
            1,
            ["train-labels-idx1-ubyte", "a label is 77"],
        ),
        (
            "mixed",
            &["--set", "data=folder"],
            1,
            ["2.png", "`data.size`"],
        ),
        (
            "mixed",
            &["--set", "data=folder", "--set", "data.size=8"],
            2,
            ["1 channel and 10 classes", "`network.classes`"],
        ),
        (
            "nowhere",
            &["--task", "text-gpt"],
            1,
            ["nowhere", "there is no such file or folder"],
        ),
        (
            "empty",
            &["--task", "text-gpt"],
            1,
            ["empty", "give a text"],
        ),
        (
            "short",
            &["--task", "text-gpt"],
            1,
            ["short", "choose a shorter context, or a longer text"],
        ),
        (
            "greek",
            &["--task", "text-gpt", "--set", &missing],
            1,
            ["none.json", ""],
        ),
        (
            "greek",
            &["--task", "text-gpt", "--set", &tokenizer],
            2,
            ["the text 300 and 128", "`network.vocabulary`"],
        ),
        (
            "greek",
            &[
                "--task",
                "text-gpt",
                "--set",
                "data.context=64",
                "--set",
                "data.context=9",
            ],
            2,
            ["given twice", ""],
        ),
        (
            "greek",
            &["--task", "text-gtp"],
            2,
            ["text-gtp", "did you mean `text-gpt`?"],
        ),
    ] {
        let dir = root.join(data);
        let dir = dir.to_str().expect("UTF-8");
        let out = root.join("run");
        let out = [
            "--data",
            dir,
            "--activation",
            "relu",
            "--out",
            out.to_str().expect("UTF-8"),
        ];
        let (found, message) = failure(&[&["train"], settings, &out].concat());
        assert_eq!(found, Some(code), "{data}: {message}");
        for part in parts {
            assert!(message.contains(part), "{data}: {message}");
        }
        assert_eq!(message.trim_end().lines().count(), 1, "{message}");
        assert!(!root.join("run").exists(), "{data}");
    }
}
