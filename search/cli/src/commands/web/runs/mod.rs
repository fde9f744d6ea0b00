//! Runs and evaluations as the page shows them. A folder that is damaged is told as broken, and the others are shown.

mod evaluation;
mod live;
mod run;

use serde_json::{Value, json};

use super::folders::{Folder, Folders};

/// A row for each folder.
pub(super) fn list(folders: &Folders) -> Value {
    let rows = folders.all();
    json!({ "runs": rows.iter().map(row).collect::<Vec<_>>() })
}

/// A folder whole.
pub(super) fn detail(folder: &Folder) -> Value {
    let mut detail = row(folder);
    let more = match is_evaluation(folder) {
        true => evaluation::detail(folder),
        false => run::detail(folder),
    };
    match more {
        Ok(more) => detail["detail"] = more,
        Err(reason) => {
            detail["state"] = "broken".into();
            detail["message"] = reason.into();
        }
    }
    detail
}

fn row(folder: &Folder) -> Value {
    let read = match is_evaluation(folder) {
        true => evaluation::row(folder),
        false => run::row(folder),
    };
    let mut row = read.unwrap_or_else(|reason| json!({ "state": "broken", "message": reason }));
    row["kind"] = match is_evaluation(folder) {
        true => "evaluation".into(),
        false => row.get("kind").cloned().unwrap_or_else(|| "search".into()),
    };
    row["root"] = folder.root.into();
    row["name"] = folder.name.as_str().into();
    row["folder"] = folder.shown.to_string_lossy().into();
    row
}

fn is_evaluation(folder: &Folder) -> bool {
    !folder.holds("config.toml")
        && (folder.holds("evaluation.toml") || folder.holds("evaluation.json"))
}

/// The value of a JSON file; none if there is no such file.
fn value(folder: &Folder, file: &str) -> Result<Option<Value>, String> {
    let Some(text) = folder.text(file)? else {
        return Ok(None);
    };
    let value = serde_json::from_str(&text);
    value
        .map(Some)
        .map_err(|error| format!("{file} is damaged or of another version: {error}"))
}
