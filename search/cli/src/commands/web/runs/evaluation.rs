//! An evaluation: activations over several seeds.

use std::fs;

use serde_json::{Value, json};

use super::super::folders::Folder;
use super::value;

const RESULT: &str = "evaluation.json";

/// What a table says of an evaluation.
pub(super) fn row(folder: &Folder) -> Result<Value, String> {
    let Some(result) = value(folder, RESULT)? else {
        let [done, planned] = progress(folder)?;
        return Ok(json!({ "state": "unfinished", "done": done, "planned": planned }));
    };
    let activations = result["activations"]
        .as_array()
        .ok_or("evaluation.json has no activations")?;
    let candidate = activations
        .iter()
        .find(|of| of["role"] == "candidate")
        .or(activations.first());
    let candidate = candidate.ok_or("evaluation.json has no activations")?;
    Ok(json!({
        "state": "finished",
        "data": result["data"],
        "network": result["network"],
        "measure": result["measure"],
        "seeds": result["seeds"].as_array().map(Vec::len),
        "formula": candidate["formula"],
        "verdict": result["verdicts"][0],
        "score": {
            "of": "evaluation",
            "accuracy": candidate["accuracy"]["mean"],
            "accuracy_deviation": candidate["accuracy"]["deviation"],
            "loss": candidate["loss"]["mean"],
            "loss_deviation": candidate["loss"]["deviation"],
        },
    }))
}

/// The trainings that are finished, and how many there are to be.
fn progress(folder: &Folder) -> Result<[usize; 2], String> {
    let plan = folder.text("evaluation.toml")?.unwrap_or_default();
    let plan: toml::Table = plan
        .parse()
        .map_err(|error| format!("evaluation.toml cannot be read: {error}"))?;
    let activations = plan.get("activations").and_then(toml::Value::as_array);
    let seeds = plan.get("seeds").and_then(toml::Value::as_integer);
    let planned =
        activations.map_or(0, Vec::len) * usize::try_from(seeds.unwrap_or(1)).unwrap_or(1);
    let units = fs::read_dir(folder.path().join("units"));
    let done = units
        .into_iter()
        .flatten()
        .flatten()
        .filter(|unit| unit.path().join("unit.json").exists());
    Ok([done.count(), planned])
}

/// The evaluation whole: what it found, and its plan as text.
pub(super) fn detail(folder: &Folder) -> Result<Value, String> {
    let mut result = value(folder, RESULT)?.unwrap_or(Value::Null);
    if let Some(object) = result.as_object_mut() {
        object.remove("plan");
    }
    Ok(json!({ "result": result, "settings": folder.text("evaluation.toml")? }))
}
