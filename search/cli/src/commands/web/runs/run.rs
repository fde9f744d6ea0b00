//! A run of a search, or of a training with a given activation.

use actsmith_search::experiment::Specification;
use actsmith_search::report::{Finding, Outcome};
use serde_json::{Value, json};

use super::super::folders::Folder;
use super::live::is_at_work;
use super::value;

/// The settings, which a run always has.
fn settings(folder: &Folder) -> Result<(String, Specification), String> {
    let text = folder
        .text("config.toml")?
        .ok_or("config.toml is missing: without its settings, nothing can be said of the run")?;
    let read = Specification::from_toml(&text);
    let read = read.map_err(|error| format!("config.toml cannot be read: {error}"))?;
    Ok((text, read))
}

/// The lines of the metrics. One that is not yet written to its end is left out.
fn records(folder: &Folder) -> Result<Vec<Value>, String> {
    let text = folder.text("metrics.jsonl")?.unwrap_or_default();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let lines = whole
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.is_empty());
    let read = |(number, line): (usize, &str)| {
        serde_json::from_str(line)
            .map_err(|error| format!("line {} of metrics.jsonl is damaged: {error}", number + 1))
    };
    lines.map(read).collect()
}

/// What a table says of a run.
pub(super) fn row(folder: &Folder) -> Result<Value, String> {
    let (_, settings) = settings(folder)?;
    let result = value(folder, "result.json")?;
    let training = settings.activation.is_some();
    let mut row = json!({
        "kind": if training { "training" } else { "search" },
        "data": settings.data.to_string(),
        "seed": settings.seed,
        "strategy": strategy(&settings),
    });
    match result {
        Some(result) if training => {
            row["state"] = "finished".into();
            row["network"] = result["network"].clone();
            row["formula"] = result["activation"].clone();
            row["score"] =
                json!({ "accuracy": result["accuracy"], "loss": result["loss"], "of": "training" });
        }
        Some(result) => finished(&mut row, result)?,
        None => unfinished(&mut row, folder, &settings)?,
    }
    Ok(row)
}

/// The name of the strategy of the search, which may have settings of its own.
fn strategy(settings: &Specification) -> Option<String> {
    match serde_json::to_value(settings.search.strategy).ok()? {
        Value::String(name) => Some(name),
        Value::Object(named) => named.keys().next().cloned(),
        _ => None,
    }
}

fn finished(row: &mut Value, result: Value) -> Result<(), String> {
    let outcome: Outcome = serde_json::from_value(result)
        .map_err(|error| format!("result.json is damaged or of another version: {error}"))?;
    let functions: Vec<&Finding> = outcome
        .functions
        .iter()
        .map(|(_, finding)| finding)
        .collect();
    row["state"] = "finished".into();
    row["network"] = outcome.title().into();
    row["formula"] = functions
        .iter()
        .map(|finding| finding.formulas.simplified.as_str())
        .collect::<Vec<_>>()
        .join("  |  ")
        .into();
    row["cost"] = functions.first().and_then(|finding| finding.cost).into();
    row["score"] = match outcome.retrained.first() {
        Some(found) => json!({
            "of": "trainings",
            "accuracy": found.scores.iter().any(|score| score.score.accuracy.is_some()).then(|| found.accuracy().mean),
            "accuracy_deviation": found.accuracy().deviation,
            "loss": found.loss().mean,
            "loss_deviation": found.loss().deviation,
        }),
        None => json!({
            "of": "search",
            "accuracy": outcome.searched.accuracy,
            "loss": outcome.searched.loss,
        }),
    };
    row["measure"] = json!(outcome.measure);
    Ok(())
}

fn unfinished(row: &mut Value, folder: &Folder, settings: &Specification) -> Result<(), String> {
    let records = records(folder)?;
    let text = |record: &Value, key: &str| record[key].as_str().map(str::to_owned);
    let last = records
        .iter()
        .rev()
        .find(|record| matches!(record["event"].as_str(), Some("searched" | "trained")));
    let genotype = records
        .iter()
        .rev()
        .find_map(|record| text(record, "genotype"));
    row["state"] = if is_at_work(folder.path()) {
        "running"
    } else {
        "unfinished"
    }
    .into();
    row["genotype"] = genotype.into();
    row["epochs"] = settings.search.epochs.into();
    if let Some(last) = last {
        row["stage"] = last["stage"].clone();
        row["epoch"] = last["epoch"].clone();
        row["score"] = json!({
            "of": last["stage"],
            "accuracy": last["test_accuracy"],
            "loss": last["test_loss"],
        });
    }
    Ok(())
}

/// The run whole.
pub(super) fn detail(folder: &Folder) -> Result<Value, String> {
    let (text, settings) = settings(folder)?;
    Ok(json!({
        "settings": text,
        "epochs": settings.search.epochs,
        "records": records(folder)?,
        "result": value(folder, "result.json")?,
        "timing": value(folder, "timing.json")?,
        "provenance": value(folder, "provenance.json")?,
    }))
}
