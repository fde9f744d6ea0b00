//! `actsmith evaluate` with tiny budgets.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{actsmith_in, fails, succeeds};

const SMALL: &str = "--set network.width=2 --set batch=256 --epochs 1 --baselines relu,silu";

fn results(folder: &Path) -> [Vec<u8>; 2] {
    ["evaluation.json", "evaluation.md"].map(|name| fs::read(folder.join(name)).expect(name))
}

fn assert_keys_are_documented(json: &mut Value) {
    // The keys of the plan are those of `config.toml`.
    let result = json["result"].as_object_mut();
    result.expect("an object").remove("plan");
    let missing = crate::documented::undocumented("evaluate", json.to_string().as_bytes());
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn an_evaluation_is_the_same_in_one_go_in_shards_and_at_once() {
    let directory = TempDir::new().expect("a folder");
    let path = directory.path();
    let evaluate = format!("evaluate 'new(x) = x * sigmoid(1.5 * x)' --seeds 5 {SMALL}");
    let text = succeeds(path, &evaluate);
    for part in [
        "ResNet-8 on digits, 1 epoch from scratch (6 steps), 5 seeds, 359 held-out examples",
        "new over relu",
        "new = x * sigmoid(1.5 * x)",
        "the best baseline, ",
        "Time of a step, in steps with silu",
        "Everything is in runs/evaluate-digits-seed1;",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let folder = path.join("runs/evaluate-digits-seed1");
    let expected = results(&folder);
    // The same command reports again, and so does `--collect`.
    assert!(succeeds(path, &evaluate).contains("new over silu"));
    assert_eq!(results(&folder), expected);
    succeeds(
        path,
        "evaluate --collect runs/evaluate-digits-seed1 --out again",
    );
    assert_eq!(results(&path.join("again")), expected);

    let first = succeeds(path, &format!("{evaluate} --shard 1/2 --out one"));
    assert!(
        first.contains("8 of 15 trainings are finished in one."),
        "{first}"
    );
    fails(
        path,
        "evaluate --collect one",
        1,
        "7 of 15 trainings are not finished (relu, seed 1; ",
    );
    fails(
        path,
        &format!("{evaluate} --shard 2/2 --out one --seed 2"),
        2,
        "one holds an evaluation with other settings (`task.seed`, `task.split_seed`): choose another folder (`--out`)",
    );
    succeeds(path, &format!("{evaluate} --shard 2/2 --out two --json"));
    fails(path, "evaluate --collect one two", 2, "`--out DIR`");
    succeeds(path, "evaluate --collect two one --out both");
    assert_eq!(results(&path.join("both")), expected);

    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let json = succeeds(
        path,
        &format!("{evaluate} --jobs {} --out at-once --json", cores.min(2)),
    );
    assert_eq!(results(&path.join("at-once")), expected);
    let mut json: Value = serde_json::from_str(&json).expect("an object");
    assert_eq!(json["result"]["comparisons"][1]["baseline"], "silu");
    assert_keys_are_documented(&mut json);
}

/// A process that is killed leaves trainings that the same command goes on with.
#[test]
fn an_interrupted_evaluation_goes_on() {
    let directory = TempDir::new().expect("a folder");
    let path = directory.path();
    let evaluate =
        "evaluate mish --seeds 2 --set network.width=2 --set batch=256 --epochs 3 --baselines relu";
    succeeds(path, &format!("{evaluate} --out whole"));
    let mut child = Command::new(env!("CARGO_BIN_EXE_actsmith"))
        .current_dir(path)
        .args(evaluate.split(' '))
        .args(["--out", "killed"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the command starts");
    // Until the second training has made an epoch.
    let second = path.join("killed/units/relu-seed1/metrics.jsonl");
    while !second.exists() && child.try_wait().expect("a child").is_none() {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    child.kill().expect("killed");
    child.wait().expect("ended");
    let first = path.join("killed/units/mish-seed1");
    let times = fs::read(first.join("timing.json")).expect("times");
    succeeds(path, "evaluate --resume killed");
    // What was finished was not made again.
    assert_eq!(fs::read(first.join("timing.json")).expect("times"), times);
    assert_eq!(results(&path.join("killed")), results(&path.join("whole")));
}

#[test]
fn the_function_of_a_search_is_evaluated_on_its_task() {
    let directory = TempDir::new().expect("a folder");
    let path = directory.path();
    let small =
        "--set network.width=2 --batch 256 --retrain-epochs 1 --set search.shrink_start=1 --quiet";
    succeeds(
        path,
        &format!("search --epochs 3 --seed 3 --out runs/one {small}"),
    );
    succeeds(
        path,
        &format!("search --epochs 3 --seed 4 --out runs/two {small} --set split_seed=3"),
    );
    let text = succeeds(
        path,
        "evaluate runs/one --seeds 1 --baselines relu --out alone --json",
    );
    let alone: Value = serde_json::from_str(&text).expect("an object");
    let alone = &alone["result"];
    assert_eq!(alone["activations"][0]["name"], "found");
    assert_eq!(alone["plan"]["task"]["split_seed"], 3);
    // The same training as at the end of the search.
    let result = fs::read_to_string(path.join("runs/one/result.json")).expect("a result");
    let result: Value = serde_json::from_str(&result).expect("an object");
    let loss = &result["retrained"][0]["scores"][0]["loss"];
    assert_eq!(&alone["activations"][0]["scores"][0]["loss"], loss);
    let verdict = alone["verdicts"][0].as_str().expect("a sentence");
    assert!(
        verdict.contains("one seed is too few for a test"),
        "{verdict}"
    );

    let both = actsmith_in(
        path,
        "evaluate runs/one runs/two --seeds 1 --baselines relu --out both",
    );
    let errors = String::from_utf8_lossy(&both.stderr);
    assert!(both.status.success(), "{errors}");
    assert!(!errors.contains("held out here"), "{errors}");
    let text = String::from_utf8_lossy(&both.stdout);
    assert!(
        text.contains("one is not told apart") && text.contains("two is not"),
        "{text}"
    );

    assert!(text.contains("gradient         2  "), "{text}");
    let json = succeeds(path, "evaluate --resume both --json");
    let mut json: Value = serde_json::from_str(&json).expect("an object");
    let searches = &json["result"]["searches"];
    assert_eq!(
        searches[0]["activations"],
        serde_json::json!(["one", "two"])
    );
    assert_eq!(searches.as_array().map(Vec::len), Some(1));
    assert_keys_are_documented(&mut json);

    succeeds(
        path,
        &format!("search --epochs 3 --seed 5 --out runs/three {small}"),
    );
    let other = actsmith_in(
        path,
        "evaluate runs/one runs/three --seeds 1 --baselines relu --out seeds",
    );
    let errors = String::from_utf8_lossy(&other.stderr);
    assert!(
        errors.contains("runs/three has searched with examples that are held out here: splits are those of seed 5 there"),
        "{errors}"
    );
    // What another search found may be a baseline.
    let against = succeeds(
        path,
        "evaluate runs/one --baselines runs/two,relu --seeds 1 --out against --json",
    );
    let against: Value = serde_json::from_str(&against).expect("an object");
    assert_eq!(against["result"]["comparisons"][0]["baseline"], "two");
    let small = small.replace("width=2", "width=3");
    succeeds(
        path,
        &format!("search --epochs 3 --seed 3 --out runs/wide {small}"),
    );
    fails(
        path,
        "evaluate runs/one runs/wide --seeds 1",
        2,
        "runs/one and runs/wide are searches on different tasks (`network`)",
    );
    fs::remove_file(path.join("runs/two/result.json")).expect("removed");
    fails(
        path,
        "evaluate runs/two --seeds 1",
        2,
        "holds a search that is not finished: go on with it first (`actsmith search --resume runs/two`)",
    );
}

#[test]
fn rates_are_tuned() {
    let directory = TempDir::new().expect("a folder");
    let evaluate = format!("evaluate tanh --seeds 1 --tune-rate 0.1,0.001 {SMALL}");
    let text = succeeds(directory.path(), &format!("{evaluate} --out one")).replace('\n', " ");
    assert!(
        text.contains("chosen by the loss on the validation split"),
        "{text}"
    );
    // The scores of tanh, number 7 of 9, wait for the trials of the other shard.
    let text = succeeds(
        directory.path(),
        &format!("{evaluate} --out shards --shard 1/2"),
    );
    assert!(
        text.contains("wait for learning rates that other shards find"),
        "{text}"
    );
    succeeds(
        directory.path(),
        &format!("{evaluate} --out shards --shard 2/2"),
    );
    succeeds(
        directory.path(),
        &format!("{evaluate} --out shards --shard 1/2"),
    );
    let [one, shards] = ["one", "shards"].map(|name| results(&directory.path().join(name)));
    assert_eq!(one, shards);
}

#[test]
fn mistakes_are_named() {
    let directory = TempDir::new().expect("a folder");
    let path = directory.path();
    fs::create_dir(path.join("empty")).expect("a folder");
    fs::write(path.join("taken"), "").expect("a file");
    for (arguments, part) in [
        ("", "there is no activation to evaluate: give a formula"),
        ("reluu", "did you mean `relu`?"),
        (
            "runs/none",
            "there is no folder `runs/none`; if it is a formula, write it with spaces",
        ),
        ("empty", "is not a run folder (it has no config.toml)"),
        ("'ln(x)'", "candidate: `ln(x)` is not finite at x = -"),
        ("'x * beta'", "`beta` of `x * beta` has no value"),
        ("tanh tanh", "two activations are called `tanh`"),
        ("relu --baselines relu", "two activations are called `relu`"),
        (
            "'relu(x)' --baselines relu",
            "`candidate` and `relu` are the same formula",
        ),
        (
            "tanh --baselines relu,,gelu",
            "a name is missing between commas",
        ),
        (
            "tanh --baselines reluu",
            "--baselines: there is no activation `reluu`",
        ),
        (
            "tanh --task digits-resnet9",
            "did you mean `digits-resnet8`?",
        ),
        (
            "tanh --task mnist-resnet8",
            "give their folder with `--data DIR`",
        ),
        (
            "tanh --set retrain.seeds=3",
            "`--seeds` gives `retrain.seeds` too",
        ),
        (
            "tanh --set activation=relu",
            "name the activation as an argument",
        ),
        ("tanh --epochs 0", "`retrain.epochs` from 1"),
        ("tanh --seeds 0", "0 is not in 1..=1000"),
        (
            "tanh --jobs 1024",
            "trainings at once: choose `--jobs` from 1 to ",
        ),
        ("tanh --shard 3/2", "as `1/4` to `4/4`"),
        ("tanh --shard 0/2", "as `1/4` to `4/4`"),
        (
            "tanh --tune-rate 0.1",
            "one learning rate leaves nothing to choose",
        ),
        ("tanh --tune-rate 0.1,-1", "choose finite numbers above 0"),
        (
            "tanh --out taken",
            "taken is not the folder of an evaluation",
        ),
        (
            "tanh --out empty",
            "empty is not the folder of an evaluation",
        ),
        ("--resume empty", "is not the folder of an evaluation"),
        ("--collect nowhere", "is not the folder of an evaluation"),
        ("tanh --collect empty", "cannot be used with"),
        ("--collect empty ./empty", "./empty is given twice"),
        (
            "'relu(x) = x'",
            "`relu` is the name of a baseline, `relu(x)`, and `x` is another function: call it otherwise, as `relu_2(x) = …`",
        ),
        ("'ReLU(x) = x'", "`ReLU` is the name of a baseline"),
        (
            "tanh --baselines '+gelu(x) = x'",
            "`gelu` is the name of a baseline, `gelu(x)`, and `x` is another function",
        ),
    ] {
        fails(path, &format!("evaluate {arguments}"), 2, part);
    }
    fails(
        path,
        "evaluate tanh --task mnist-resnet8 --data empty",
        1,
        "train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz, t10k-labels-idx1-ubyte.gz are missing",
    );
    assert!(!path.join("runs").exists());
    let few = actsmith_in(path, &format!("evaluate tanh --seeds 2 {SMALL}"));
    let message = String::from_utf8_lossy(&few.stderr);
    assert!(
        message.contains("2 seeds are too few for a test"),
        "{message}"
    );
}
