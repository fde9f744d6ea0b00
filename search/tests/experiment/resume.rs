//! Runs that were interrupted go on, and end as if nobody had.

use std::fs;
use std::path::Path;

use actsmith_search::engine::StrategyKind;
use actsmith_search::error::Result;
use actsmith_search::experiment::{Folder, Specification, Update};
use actsmith_search::relaxation::RelaxationKind;
use tempfile::TempDir;

use crate::support::{config, files, run};
use crate::{STRAIGHT, interrupted, resume};

#[test]
fn an_interrupted_run_ends_with_the_same_bytes() -> Result<()> {
    // In the search with a line that no checkpoint knows; between a removal and its epoch; in the first and last training.
    for lines in [1, 60, 104 + 3, 104 + 4, 104 + 9] {
        let directory = TempDir::new().expect("a folder");
        let path = directory.path().join("run");
        interrupted(&path, lines);
        resume(&path)?;
        for (name, bytes) in &*STRAIGHT {
            assert!(
                files(&path)[name] == *bytes,
                "{} after {lines} lines",
                name.display()
            );
        }
    }
    Ok(())
}

/// Trainings with several seeds go on like those with one, and each seed is a training of its own.
#[test]
fn functions_are_compared_over_several_seeds() -> Result<()> {
    let mut config = config();
    config.retrain.seeds = 2;
    let directory = TempDir::new().expect("a folder");
    let [whole, stopped] = ["whole", "stopped"].map(|name| directory.path().join(name));
    let outcome = run(&config, &mut Folder::create(&whole, &config)?, &mut |_| {})?;
    for (activation, retrained) in ["found", "relu", "gelu"].iter().zip(&outcome.retrained) {
        assert_eq!(retrained.activation, *activation);
        let seeds: Vec<u64> = retrained.scores.iter().map(|score| score.seed).collect();
        assert_eq!(seeds, [1, 2]);
        let [first, second] = [0, 1].map(|i| retrained.scores[i].score);
        assert_ne!(first.loss, second.loss, "{activation}");
    }
    // The first seed is that of a run with one alone.
    let alone: serde_json::Value =
        serde_json::from_slice(&STRAIGHT[Path::new("result.json")]).expect("an object");
    let loss = &alone["retrained"][1]["scores"][0]["loss"];
    assert_eq!(*loss, outcome.retrained[1].scores[0].score.loss);
    // In the last training with the first seed, and in the first with the second.
    for lines in [104 + 3 + 6, 104 + 3 + 7] {
        let mut folder = Folder::create(&stopped, &config)?;
        let mut seen = 0;
        let interruption = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            run(&config, &mut folder, &mut |update| {
                seen += usize::from(matches!(update, Update::Record(_)));
                if seen == lines {
                    std::panic::resume_unwind(Box::new(()));
                }
            })
        }));
        assert!(interruption.is_err());
        drop(folder);
        resume(&stopped)?;
        assert!(files(&stopped) == files(&whole), "{lines} lines");
        fs::remove_dir_all(&stopped).expect("removed");
    }
    Ok(())
}

/// Whatever spends the steps and relaxes the cell: the settings come back from their text, and a run that goes on ends as one that
/// nobody interrupted.
#[test]
fn baselines_and_relaxations_are_runs_too() -> Result<()> {
    for (strategy, relaxation, epochs) in [
        (StrategyKind::Random(3), RelaxationKind::DrNas, 6),
        (StrategyKind::Halving(4), RelaxationKind::DrNas, 6),
        (StrategyKind::Gradient, RelaxationKind::ReinMax, 3),
        (StrategyKind::Gradient, RelaxationKind::Darts, 3),
    ] {
        let mut config = config();
        config.retrain.epochs = 0;
        config.search.strategy = strategy;
        config.search.relaxation = relaxation;
        assert_eq!(Specification::from_toml(&config.to_toml()?)?, config);
        let directory = TempDir::new().expect("a folder");
        let [whole, stopped] = ["whole", "stopped"].map(|name| directory.path().join(name));
        run(&config, &mut Folder::create(&whole, &config)?, &mut |_| {})?;
        let mut folder = Folder::create(&stopped, &config)?;
        let mut seen = 0;
        let interruption = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            run(&config, &mut folder, &mut |update| {
                if let Update::Record(record) = update {
                    seen = record.epoch.epoch;
                }
                if seen == 3 {
                    std::panic::resume_unwind(Box::new(()));
                }
            })
        }));
        assert!(interruption.is_err());
        drop(folder);
        resume(&stopped)?;
        assert!(
            files(&stopped) == files(&whole),
            "{strategy:?} {relaxation:?}"
        );
        let lines = fs::read_to_string(whole.join("metrics.jsonl")).expect("lines");
        let epochs_told = lines
            .lines()
            .filter(|line| line.contains("\"searched\""))
            .count();
        assert_eq!(epochs_told, epochs);
    }
    Ok(())
}
