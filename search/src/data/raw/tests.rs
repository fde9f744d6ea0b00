//! What batches of images hold.

use super::*;
use crate::data::{ImageSet, Standardization, digits};
use crate::seed;

fn numbers(set: &RawImages) -> Result<Vec<f32>> {
    let all: Vec<u32> = (0..set.len() as u32).collect();
    Ok(set.batch(&all)?.0.flatten_all()?.to_vec1()?)
}

/// Images of two channels whose numbers follow each other.
fn counting(count: usize) -> RawImages {
    let bytes = (0..count * 2 * 3 * 3)
        .map(|i| (i * 7 % 251) as u8)
        .collect();
    let labels = (0..count).map(|i| i as u32 % 4).collect();
    RawImages::new(Pixels::Bytes(bytes), (2, 3, 3), labels, 4).expect("images")
}

#[test]
fn standardised_channels_have_mean_0_and_variance_1() -> Result<()> {
    let set = counting(40);
    let (train, test) = set.parts(0.75, 1, "s")?;
    let (train, test) = train.standardized(&test)?;
    // Against the same by tensors.
    let raw = |part: &RawImages| -> Result<ImageSet> {
        let plain = RawImages {
            scale: Arc::new(Scale::none(2)),
            ..part.clone()
        };
        let all: Vec<u32> = (0..part.len() as u32).collect();
        let (images, labels) = plain.batch(&all)?;
        ImageSet::new(images, labels, 4)
    };
    let scale = Standardization::of(&raw(&train)?)?;
    for part in [&train, &test] {
        let expected = scale
            .apply(&raw(part)?)?
            .images()
            .flatten_all()?
            .to_vec1::<f32>()?;
        for (found, expected) in numbers(part)?.iter().zip(expected) {
            // One rounding of the mean and one of the deviation may fall on the other side.
            assert!(
                (found - expected).abs() <= 4.0 * f32::EPSILON,
                "{found} {expected}"
            );
        }
    }
    Ok(())
}

#[test]
fn floats_are_scaled_like_bytes() -> Result<()> {
    let bytes = counting(12);
    let Pixels::Bytes(of) = &bytes.store.pixels else {
        unreachable!()
    };
    let floats = of.iter().map(|&b| f32::from(b) / 255.0).collect();
    let labels = bytes.labels().collect();
    let floats = RawImages::new(Pixels::Floats(floats), (2, 3, 3), labels, 4)?;
    assert_eq!(numbers(&floats)?, numbers(&bytes)?);
    let [a, b] = [&floats, &bytes].map(|set| numbers(&set.standardized(set)?.0));
    for (a, b) in a?.iter().zip(b?) {
        assert!((a - b).abs() <= 4.0 * f32::EPSILON, "{a} {b}");
    }
    Ok(())
}

#[test]
fn a_constant_channel_is_shifted_alone() -> Result<()> {
    let set = RawImages::new(Pixels::Bytes(vec![51; 4]), (1, 2, 2), vec![0], 1)?;
    let (set, _) = set.standardized(&set)?;
    assert!(numbers(&set)?.iter().all(|v| v.abs() < 1e-6));
    Ok(())
}

#[test]
fn parts_are_those_of_a_set_of_tensors() -> Result<()> {
    let set = digits()?;
    let count = set.labels().elem_count();
    let labels: Vec<u32> = set.labels().to_vec1()?;
    let numbered = (0..count).map(|i| i as f32).collect();
    let raw = RawImages::new(Pixels::Floats(numbered), (1, 1, 1), labels, 10)?;
    let (first, second) = raw.parts(0.8, 7, "test part")?;
    let (of_first, of_second) = set.parts(0.8, 7, "test part")?;
    assert_eq!(
        first.labels().collect::<Vec<_>>(),
        of_first.labels().to_vec1::<u32>()?
    );
    assert_eq!(
        second.labels().collect::<Vec<_>>(),
        of_second.labels().to_vec1::<u32>()?
    );
    let mut all = [numbers(&first)?, numbers(&second)?].concat();
    all.sort_by(f32::total_cmp);
    assert!(all.iter().enumerate().all(|(i, v)| *v == i as f32));
    Ok(())
}

#[test]
fn augmentation_is_for_steps_of_training_alone() -> Result<()> {
    let plain = counting(8);
    let set = plain.augmented(Augmentation {
        crop: 1,
        flip: true,
    });
    let batch = |set: &RawImages, seed| -> Result<Vec<f32>> {
        let all = [0, 1, 2, 3, 4, 5, 6, 7];
        let (images, _) = set.training_batch(&all, &mut seed::rng(seed, "s", 0))?;
        Ok(images.flatten_all()?.to_vec1()?)
    };
    assert_eq!(numbers(&set)?, numbers(&plain)?);
    assert_eq!(batch(&plain, 1)?, numbers(&plain)?);
    assert_eq!(batch(&set, 1)?, batch(&set, 1)?);
    assert_ne!(batch(&set, 1)?, batch(&set, 2)?);
    // Parts are augmented, too.
    let (part, _) = set.parts(0.5, 0, "s")?;
    assert_eq!(part.augmentation, set.augmentation);
    Ok(())
}

#[test]
fn malformed_sets_are_data_errors() {
    let bytes = |count| Pixels::Bytes(vec![0; count]);
    let refused = |set: Result<RawImages>, part: &str| match set {
        Err(Error::Data(message)) => assert!(message.contains(part), "{message}"),
        other => panic!("{other:?}"),
    };
    refused(
        RawImages::new(bytes(7), (1, 2, 2), vec![0, 0], 1),
        "7 numbers are not 2 images",
    );
    refused(
        RawImages::new(bytes(0), (1, 2, 2), vec![], 1),
        "there are 0 images",
    );
    refused(
        RawImages::new(bytes(8), (1, 2, 2), vec![0, 3], 3),
        "the label of image 1 is 3",
    );
    let floats = Pixels::Floats(vec![0.0, f32::NAN]);
    refused(
        RawImages::new(floats, (1, 1, 1), vec![0, 0], 1),
        "a number of image 1 is NaN",
    );
    refused(
        RawImages::new(bytes(1), (usize::MAX, 2, 1), vec![0], 1),
        "are not 1 images",
    );
    assert!(counting(4).batch(&[4]).is_err());
}
