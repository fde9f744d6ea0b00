//! Settings of data sets in files.

use actsmith_search::error::Error;
use actsmith_search::seed;

use super::support::{all, folder, load, load_with, read};
use super::{cifar, idx};

fn invalid(result: Result<actsmith_search::data::Splits, Error>, parts: &[&str]) {
    match result {
        Err(Error::Invalid(message)) => {
            assert!(parts.iter().all(|part| message.contains(part)), "{message}");
        }
        other => panic!("{parts:?}: {other:?}"),
    }
}

#[test]
fn settings_that_make_no_sense_are_named() {
    let files = folder(&idx::files());
    let mnist = |settings| load("mnist", files.path(), settings);
    invalid(
        load_with("mnist", &toml::Table::new()),
        &["set `data.dir`", "train-images", "https://"],
    );
    invalid(
        mnist("flip = true"),
        &["a mirrored digit of `mnist` is none"],
    );
    invalid(mnist("crop = 3"), &["`data.crop` is 3", "4×3 pixels"]);
    invalid(mnist("crop = -1"), &["crop"]);
    invalid(mnist("flop = true"), &["unknown field `flop`"]);
    let cifar = folder(&cifar::cifar100());
    invalid(
        load("cifar100", cifar.path(), "labels = 'all'"),
        &["`data.labels`", "all"],
    );
    invalid(
        load("cifar100", cifar.path(), "label = 'fine'"),
        &["unknown field `label`", "`cifar100` also has `labels`"],
    );
    let one = "x = 1".parse().expect("settings");
    invalid(
        load_with("digits", &one),
        &["`digits` has no settings: leave out `data.x`"],
    );
}

#[test]
fn images_are_normalised_and_augmented_as_the_settings_say() {
    let files = cifar::cifar100();
    let plain = read(
        "cifar100",
        &files,
        "normalize = false\ncrop = 0\nflip = false",
    )
    .expect("images");
    let usual = read("cifar100", &files, "").expect("images");
    let numbers = |set: &dyn actsmith_search::data::Examples, seed| {
        let batch = set.training_batch(&[0, 1, 2, 3], &mut seed::rng(seed, "s", 0));
        batch
            .and_then(|(images, _)| Ok(images.flatten_all()?.to_vec1::<f32>()?))
            .expect("images")
    };
    assert_eq!(numbers(&*plain.train, 1), all(&*plain.train).0[..4 * 3072]);
    assert_ne!(numbers(&*usual.train, 1), all(&*usual.train).0[..4 * 3072]);
    assert_ne!(numbers(&*usual.train, 1), numbers(&*usual.train, 2));
    // What is held out never changes.
    assert_eq!(numbers(&*usual.test, 1), all(&*usual.test).0[..4 * 3072]);
    let (pixels, _) = all(&*usual.train);
    let mean = pixels.iter().map(|v| f64::from(*v)).sum::<f64>() / pixels.len() as f64;
    assert!(mean.abs() < 1e-5, "{mean}");
}
