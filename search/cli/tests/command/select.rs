//! `actsmith select` with tiny budgets.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{fails, succeeds};

const SMALL: &str = "--set network.width=2 --set batch=256 --quiet";

fn selection(folder: &Path) -> Value {
    let text = fs::read_to_string(folder.join("selection.json")).expect("a result");
    serde_json::from_str(&text).expect("an object")
}

#[test]
fn the_better_half_goes_on_for_twice_as_long() {
    let directory = TempDir::new().expect("a folder");
    let path = directory.path();
    let select =
        format!("select 'swish(x) = x * sigmoid(1.5 * x)' tanh silu relu gelu --epochs 1 {SMALL}");
    let text = succeeds(path, &select);
    for part in [
        "ResNet-8 on digits, loss in nats on the validation split (357 examples)",
        "swish = x * sigmoid(1.5 * x)",
        "Chosen: ",
        "Everything is in runs/select-digits-seed1.",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let folder = path.join("runs/select-digits-seed1");
    let first = selection(&folder);
    let candidates = first["candidates"].as_array().expect("a list");
    let losses = |index: usize| candidates[index]["losses"].as_array().expect("a list");
    let rungs: Vec<usize> = (0..5).map(|index| losses(index).len()).collect();
    // Five, then two, and those before the others.
    assert_eq!(rungs, [2, 2, 1, 1, 1]);
    assert_eq!(candidates[0]["name"], first["chosen"]);
    let ordered = |index: usize, rung: usize| {
        losses(index)[rung].as_f64() <= losses(index + 1)[rung].as_f64()
    };
    assert!(ordered(0, 1) && ordered(2, 0) && ordered(3, 0), "{text}");
    assert_eq!(first["rungs"][1]["epochs"], 2);
    // Five steps in each epoch: one epoch five times, and two epochs twice.
    assert_eq!(first["rungs"][0]["steps"], 5);
    assert_eq!(first["steps"], 5 * 5 + 2 * 10);
    // The same command reports again, and goes on where something is missing.
    assert_eq!(succeeds(path, &select), text);
    fs::remove_dir_all(folder.join("rung2")).expect("removed");
    let json = succeeds(
        path,
        "select --resume runs/select-digits-seed1 --quiet --json",
    );
    assert_eq!(selection(&folder), first);
    let missing = crate::documented::undocumented("select", json.as_bytes());
    assert!(missing.is_empty(), "{missing:?}");
    fails(
        path,
        "evaluate --resume runs/select-digits-seed1/rung1",
        2,
        "is a part of a selection, which `actsmith select --resume` reports",
    );
    fails(
        path,
        &format!("select tanh silu {SMALL}"),
        2,
        "holds a selection with other candidates or settings: choose another folder (`--out`)",
    );
}

#[test]
fn one_of_several_searches_is_chosen() {
    let directory = TempDir::new().expect("a folder");
    let path = directory.path();
    for seed in [1, 2] {
        succeeds(
            path,
            &format!(
                "search --epochs 3 --seed {seed} --set split_seed=1 --set search.shrink_start=1 --retrain-epochs 1 --batch 256 \
                 --set network.width=2 --quiet --out runs/seed{seed}"
            ),
        );
    }
    let text = succeeds(path, "select runs/seed1 runs/seed2 --quiet --out chosen");
    let chosen = selection(&path.join("chosen"));
    let chosen = chosen["chosen"].as_str().expect("a name");
    let next = format!("Chosen: {chosen}. `actsmith evaluate runs/{chosen} --seeds 8`");
    assert!(text.contains(&next), "{text}");
    // What goes on names it, too.
    let again = succeeds(path, "select --resume chosen --quiet");
    assert!(again.contains(&next), "{again}");
    assert!(
        text.contains("The 2 searches before took as long as "),
        "{text}"
    );
}

#[test]
fn mistakes_are_named() {
    let directory = TempDir::new().expect("a folder");
    let path = directory.path();
    fs::create_dir(path.join("empty")).expect("a folder");
    for (arguments, part) in [
        ("", "there is no activation to select: give a formula"),
        ("tanh", "there is nothing to choose from"),
        ("tanh 'tanh(x)'", "there is nothing to choose from"),
        ("tanh silu --epochs 0", "choose at least 1"),
        (
            "tanh silu --set retrain.epochs=0",
            "name a task, or set `retrain.epochs`",
        ),
        (
            "tanh silu --epochs 10000000000",
            "choose at most 1000000000",
        ),
        (
            "tanh silu --out empty",
            "empty is not the folder of a selection (it has no selection.toml)",
        ),
        ("--resume empty", "is not the folder of a selection"),
        ("tanh silu --jobs 1024", "choose `--jobs` from 1 to "),
        ("tanh reluu", "did you mean `relu`?"),
    ] {
        fails(path, &format!("select {arguments}"), 2, part);
    }
}
