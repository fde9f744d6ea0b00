//! Searches are resumed, and checkpoints that do not fit are refused.

use actsmith_search::engine::{Search, SearchConfig};
use actsmith_search::error::{Error, Result};
use actsmith_search::task::Task;
use rand::RngExt;

use crate::support::{Regression, bits, config, search, search_from};

#[test]
fn a_resumed_search_writes_the_same_bytes() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let [whole, part, rest] = ["whole", "part", "rest"].map(|name| directory.path().join(name));
    let expected = search(config())?.run(Some(&whole), &mut |_| {})?;

    let mut first = search(config())?;
    // Two steps past the checkpoint at step 12, which the resumed search makes again.
    while first.step() < 14 {
        first.advance(Some(&part), &mut |_| {})?;
    }
    let mut second = search(config())?;
    second.load(&part)?;
    assert_eq!(second.step(), 12);
    assert_eq!(second.run(Some(&rest), &mut |_| {})?, expected);
    let read = |path| std::fs::read(path).expect("a checkpoint");
    assert!(read(&rest) == read(&whole), "the files differ");
    Ok(())
}

#[test]
fn checkpoints_that_do_not_fit_are_refused_with_the_reason() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("search.safetensors");
    let mut original = search(config())?;
    original.save(&path)?;
    let message = |seed| match search_from(seed, config()).and_then(|mut search| search.load(&path))
    {
        Err(error @ Error::State(_)) => error.to_string(),
        other => panic!("{other:?}"),
    };
    let seed = message(12);
    assert!(
        seed.contains("another `seed`") && seed.contains("search.safetensors"),
        "{seed}"
    );

    let bytes = std::fs::read(&path).expect("a checkpoint");
    for length in [0, 5, 100, bytes.len() / 2, bytes.len() - 1] {
        std::fs::write(&path, &bytes[..length]).expect("a shorter file");
        assert!(
            message(11).contains("damaged or not a checkpoint"),
            "{length}"
        );
    }
    let mut newer = bytes.clone();
    let at = bytes
        .windows(10)
        .position(|window| window == br#""format\":"#)
        .expect("the format")
        + 10;
    newer[at] = b'9';
    std::fs::write(&path, newer).expect("a newer file");
    assert!(message(11).contains("has format 9, this version reads format 3"));
    std::fs::remove_file(&path).expect("removed");
    assert!(message(11).contains("cannot be read"));
    Ok(())
}

/// In the length of the header, in its JSON, in the padding and in the numbers.
#[test]
fn a_changed_byte_is_refused_and_changes_nothing() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let [path, changed] = ["good", "changed"].map(|name| directory.path().join(name));
    let mut original = search(config())?;
    original.advance(None, &mut |_| {})?;
    original.save(&path)?;
    let bytes = std::fs::read(&path).expect("a checkpoint");
    let header = u64::from_le_bytes(bytes[..8].try_into().expect("8 bytes")) as usize;

    let mut other = search(config())?;
    let state = |search: &Search<Regression>| -> Result<_> {
        let vars = [
            search.task().variables(),
            search.task().buffers(),
            search.cell().site_group().variables(),
        ];
        Ok((
            bits(&vars.concat())?,
            search.cell().site_group().choices(),
            search.step(),
        ))
    };
    let before = state(&other)?;
    let mut refused = |bytes: &[u8], what: &str| -> Result<()> {
        std::fs::write(&changed, bytes).expect("a file");
        match other.load(&changed) {
            Err(Error::State(message)) => {
                assert!(
                    message.contains("changed: ") && message.lines().count() == 1,
                    "{message}"
                );
            }
            result => panic!("{what}: {result:?}"),
        }
        assert_eq!(state(&other)?, before, "{what}");
        Ok(())
    };
    // Every byte of the lengths and of what the header says of the file, and every 13th of the rest.
    let offsets = (0..8 + 200).chain((8 + 200..bytes.len()).step_by(13));
    for offset in offsets.chain([8 + header - 1, 8 + header, bytes.len() - 1]) {
        for mask in [0x01, 0x20, 0x80] {
            let mut bytes = bytes.clone();
            bytes[offset] ^= mask;
            refused(&bytes, &format!("byte {offset} of {header} + 8, {mask:#x}"))?;
        }
    }
    refused(&[&bytes[..], b"0"].concat(), "a byte more")?;
    other.load(&path)?;
    assert_eq!(state(&other)?, state(&original)?);
    Ok(())
}

/// A file that is whole, but of another network: what fits is not taken over either.
#[test]
fn a_misfit_changes_nothing() -> Result<()> {
    use actsmith_search::checkpoint;
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("misfit");
    let mut original = search(config())?;
    original.advance(None, &mut |_| {})?;
    original.save(&path)?;
    let (header, mut state) = checkpoint::load(&path)?;
    state
        .remove("network.weight_optimizer.momentum.second")
        .expect("momentum");
    checkpoint::save(&path, &header, &state)?;
    let mut other = search(config())?;
    let vars = [
        other.task().variables(),
        other.cell().site_group().variables(),
    ]
    .concat();
    let before = bits(&vars)?;
    match other.load(&path) {
        Err(Error::State(message)) => assert!(message.contains("momentum.second"), "{message}"),
        result => panic!("{result:?}"),
    }
    assert_eq!((bits(&vars)?, other.step()), (before, 0));
    Ok(())
}

/// Settings of 17 digits are those that were written.
#[test]
fn a_checkpoint_fits_its_own_settings() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("search");
    let mut rng = actsmith_search::seed::rng(1, "settings", 0);
    for _ in 0..200 {
        let config = SearchConfig {
            rate: rng.random(),
            architecture_rate: rng.random::<f64>() * 1e-9,
            ..config()
        };
        search(config.clone())?.save(&path)?;
        search(config)?.load(&path)?;
    }
    Ok(())
}
