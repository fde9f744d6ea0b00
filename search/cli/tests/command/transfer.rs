//! `actsmith transfer` with tiny budgets.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{fails, succeeds};

const SMALL: &str = "--set batch=512 --epochs 1 --baselines relu,tanh --quiet";

#[test]
fn gains_on_several_tasks_stand_in_one_table() {
    let directory = TempDir::new().expect("a folder");
    let path = directory.path();
    let own = "data = \"digits\"\nbatch = 256\n[network]\nfamily = \"resnet\"\ndepth = 8\nwidth = 2\nchannels = 1\nclasses = 10\n";
    fs::write(path.join("narrow.toml"), own).expect("a file");
    let transfer = format!(
        "transfer 'swish(x) = x * sigmoid(1.5 * x)' --to narrow.toml digits-vit --seeds 5 {SMALL}"
    );
    let text = succeeds(path, &transfer);
    for part in [
        "narrow: ResNet-8 on digits, ",
        "digits-vit: ViT of 2 layers and width 32 on digits, ",
        " over relu",
        "swish is ahead of relu on ",
        " of 2 tasks",
        "Everything is in runs/transfer, with an evaluation for each task.",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let json = succeeds(path, &format!("{transfer} --json"));
    let value: Value = serde_json::from_str(&json).expect("an object");
    let rows = value["result"]["rows"].as_array().expect("a list");
    assert_eq!(rows.len(), 2);
    // Those of the evaluation.
    let evaluation = fs::read(path.join("runs/transfer/narrow/evaluation.json")).expect("one");
    let evaluation: Value = serde_json::from_slice(&evaluation).expect("an object");
    let comparison = &evaluation["comparisons"][0];
    assert_eq!(comparison["baseline"], "relu");
    let against = &rows[0]["over_reference"];
    assert_eq!(against["gain"]["mean"], comparison["difference"]["mean"]);
    assert_eq!(against["corrected"], comparison["corrected"]);
    let missing = crate::documented::undocumented("transfer", json.as_bytes());
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn mistakes_are_named() {
    let directory = TempDir::new().expect("a folder");
    let path = directory.path();
    for (arguments, part) in [
        (
            "--to digits-vit",
            "there is no activation to transfer: give a formula",
        ),
        ("tanh", "--to <TASK>"),
        (
            "tanh --to digits-vit digits-vitt",
            "did you mean `digits-vit`?",
        ),
        (
            "tanh --to digits-vit digits-vit",
            "`--to` names `digits-vit` twice: leave one out",
        ),
        ("tanh --to list", "`actsmith evaluate --task list` lists"),
        (
            "tanh --to shakespeare-gpt",
            "give their folder with `--data DIR`",
        ),
        ("tanh --to digits-vit=here", "reads no files"),
        ("tanh --to none.toml", "none.toml: "),
    ] {
        fails(path, &format!("transfer {arguments}"), 2, part);
    }
    assert!(!path.join("runs").exists());
}
