//! What a report reads: run folders of searches, and folders of evaluations.

use std::fs;
use std::path::Path;

use actsmith_codegen::Declaration;
use actsmith_codegen::front::{Domain, Effort, Front, Point};
use actsmith_codegen::passport::Joint;
use actsmith_codegen::{Formula, Region};
use actsmith_search::experiment::Timing;
use actsmith_search::files;
use actsmith_search::report::{Finding, Measure, Outcome};
use serde::Deserialize;
use serde_json::Value;

use crate::error::{Error, Result};
use crate::passport::Measured;

/// A folder, as a report shows it.
#[derive(Debug)]
pub(super) enum Folder {
    /// Of a search.
    Run(Box<Run>),
    /// Of an evaluation.
    Evaluation(Box<Evaluation>),
}

/// A run of a search.
#[derive(Debug)]
pub(super) struct Run {
    /// What it is called: the name of its folder.
    pub name: String,
    pub outcome: Outcome,
    pub functions: Vec<Found>,
    /// The lines of `metrics.jsonl`.
    pub metrics: Vec<Value>,
    pub timing: Timing,
    pub settings: String,
    pub provenance: Vec<Value>,
    /// The evaluation that lies in the folder, if there is one.
    pub evaluation: Option<Evaluation>,
}

/// A function that was found.
#[derive(Debug)]
pub(super) struct Found {
    /// The group of sites, where there are several.
    pub group: Option<String>,
    pub finding: Finding,
    pub formula: Formula,
    /// Its passport; why there is none.
    pub passport: std::result::Result<Measured, String>,
    /// Forms from exact to simple; why there are none.
    pub front: std::result::Result<Forms, String>,
    /// How often numbers come to the sites.
    pub histogram: Option<Histogram>,
    /// A file that needs neither actsmith nor candle-nn.
    pub standalone: String,
}

/// Forms of a function from exact to simple.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Forms {
    pub points: Vec<Form>,
    /// The number of the form that the networks trained from scratch took, where the run has looked for forms itself.
    #[serde(default)]
    pub picked: Option<usize>,
}

/// A form of a function.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Form {
    pub formula: String,
    /// Of value and derivative together, in vectorised additions.
    pub cost: f64,
    /// The largest difference of its value from that of the function, proven.
    pub difference: f64,
    /// That of its derivative.
    pub difference_derivative: f64,
    /// The loss of the search's own network with it on the validation split.
    #[serde(default)]
    pub validation_loss: Option<f64>,
}

impl Forms {
    fn of(front: &Front) -> Self {
        let form = |point: &Point| Form {
            formula: point.formula(),
            cost: point.cost as f64 / 10.0,
            difference: point.value.at_most,
            difference_derivative: point.derivative.at_most,
            validation_loss: None,
        };
        Self {
            points: front.points.iter().map(form).collect(),
            picked: None,
        }
    }
}

/// How often numbers lie between edges.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Histogram {
    pub edges: Vec<f64>,
    pub counts: Vec<f64>,
}

/// An evaluation: what a report takes from `evaluation.json`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Evaluation {
    #[serde(skip)]
    pub name: String,
    pub verdicts: Vec<String>,
    pub network: String,
    pub data: String,
    pub steps: usize,
    pub held_out: usize,
    pub measure: Measure,
    pub seeds: Vec<u64>,
    pub reference: String,
    pub activations: Vec<Activation>,
    pub comparisons: Vec<Comparison>,
}

/// An activation of an evaluation.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Activation {
    pub name: String,
    pub role: String,
    pub formula: String,
    pub diverged: usize,
    pub over_reference: Option<Gain>,
    pub scores: Vec<Score>,
}

/// What an activation gains over another.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Gain {
    pub mean: f64,
    pub interval: Option<[f64; 2]>,
}

/// The network of a seed.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Score {
    pub seed: u64,
    pub loss: Option<f64>,
    pub accuracy: Option<f64>,
}

/// A candidate beside a baseline.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Comparison {
    pub candidate: String,
    pub baseline: String,
    pub difference: Value,
    pub interval: Option<[f64; 2]>,
    pub corrected: Option<f64>,
    pub verdict: String,
}

const CONFIG: &str = "config.toml";
const RESULT: &str = "result.json";
const EVALUATION: &str = "evaluation.json";
const PLAN: &str = "evaluation.toml";
/// More than any file of a folder has that is read whole.
const LARGEST: u64 = 256 << 20;

/// Reads a folder.
///
/// # Errors
/// [`Error::Usage`] if there is none, or it is neither a run nor an evaluation, or not finished; [`Error::Failure`] if a file in it is damaged.
pub(super) fn folder(path: &Path) -> Result<Folder> {
    let shown = path.display();
    if !path.is_dir() {
        return Err(Error::Usage(format!(
            "{shown} is no folder: give the folder of a run, such as runs/digits-seed1"
        )));
    }
    if path.join(CONFIG).exists() {
        return run(path).map(|run| Folder::Run(Box::new(run)));
    }
    if path.join(PLAN).exists() || path.join(EVALUATION).exists() {
        let found = evaluation(path)?;
        let found = found.ok_or_else(|| {
            Error::Usage(format!(
                "the evaluation {shown} is not finished: `actsmith evaluate --resume {shown}` goes on with it"
            ))
        })?;
        return Ok(Folder::Evaluation(Box::new(found)));
    }
    Err(Error::Usage(format!(
        "{shown} is neither a run (it has no {CONFIG}) nor an evaluation (it has no {PLAN}): give the folder of a search or an evaluation"
    )))
}

/// The text of a file, if there is one.
fn text(path: &Path) -> Result<Option<String>> {
    match fs::metadata(path) {
        Ok(found) if found.len() > LARGEST => {
            return Err(Error::Failure(format!("{} is too long", path.display())));
        }
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(files::at(path)(error).into()),
    }
    let bytes = fs::read(path).map_err(files::at(path))?;
    let text = String::from_utf8(bytes).map_err(|error| damaged(path, &error))?;
    Ok(Some(text))
}

fn damaged(path: &Path, error: &dyn std::fmt::Display) -> Error {
    Error::Failure(format!(
        "{} is damaged or of another version ({error}): restore it, or leave the folder out",
        path.display()
    ))
}

/// The value of a JSON file, if there is one.
fn json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    let Some(text) = text(path)? else {
        return Ok(None);
    };
    let value = serde_json::from_str(&text);
    value.map(Some).map_err(|error| damaged(path, &error))
}

/// The last part of a path.
fn name(path: &Path) -> String {
    let full = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let last = full.file_name().unwrap_or(full.as_os_str());
    last.to_string_lossy().into_owned()
}

fn evaluation(path: &Path) -> Result<Option<Evaluation>> {
    let found: Option<Evaluation> = json(&path.join(EVALUATION))?;
    Ok(found.map(|found| Evaluation {
        name: name(path),
        ..found
    }))
}

fn run(path: &Path) -> Result<Run> {
    let shown = path.display();
    let outcome: Option<Value> = json(&path.join(RESULT))?;
    let outcome = outcome.ok_or_else(|| {
        Error::Usage(format!(
            "the run {shown} is not finished: `actsmith search --resume {shown}` goes on with it"
        ))
    })?;
    if outcome.get("activation").is_some() {
        return Err(Error::Usage(format!(
            "{shown} is a training with an activation that was given: a report is of searches and evaluations"
        )));
    }
    let written = outcome.clone();
    let outcome: Outcome =
        serde_json::from_value(outcome).map_err(|error| damaged(&path.join(RESULT), &error))?;
    let functions = outcome.functions.iter().map(|(group, finding)| {
        let own = group.map_or(Some(&written), |group| written.get("groups")?.get(group));
        found(path, group, finding, own.and_then(|own| own.get("front")))
    });
    let metrics = path.join("metrics.jsonl");
    let lines = text(&metrics)?.unwrap_or_default();
    let lines = lines.lines().map(serde_json::from_str);
    Ok(Run {
        name: name(path),
        functions: functions.collect::<Result<_>>()?,
        metrics: lines
            .collect::<std::result::Result<_, _>>()
            .map_err(|error| damaged(&metrics, &error))?,
        timing: json(&path.join("timing.json"))?.unwrap_or_default(),
        settings: text(&path.join(CONFIG))?.unwrap_or_default(),
        provenance: json(&path.join("provenance.json"))?.unwrap_or_default(),
        evaluation: evaluation(path)?,
        outcome,
    })
}

/// How far fronts are searched: further, they take longer than a reader waits.
pub(super) const EFFORT: Effort = Effort {
    expansions: 12,
    fits: 600,
    forms: 60,
};

/// A function of a run, with the front that the run has looked for, if it has.
fn found(
    path: &Path,
    group: Option<&str>,
    finding: &Finding,
    front: Option<&Value>,
) -> Result<Found> {
    let result = path.join(RESULT);
    let wrong = |error: &dyn std::fmt::Display| damaged(&result, error);
    let formula = Formula::parse(&finding.formulas.raw).map_err(|error| wrong(&error))?;
    let file = match group {
        Some(group) => format!("histogram-{group}.json"),
        None => "histogram.json".to_owned(),
    };
    let file = path.join(file);
    let histogram: Option<Histogram> = json(&file)?;
    let domain = match &histogram {
        Some(found) => Domain::histogram(&found.edges, &found.counts)
            .map_err(|error| damaged(&file, &error))?,
        None => Domain::default(),
    };
    let known: Option<Forms> = front.and_then(|front| Forms::deserialize(front).ok());
    let front = match known.filter(|known| !known.points.is_empty()) {
        Some(known) => Ok(known),
        None => Front::of(&formula, &domain, EFFORT)
            .map(|front| Forms::of(&front))
            .map_err(|error| error.to_string()),
    };
    let declaration = Declaration::new("Found", &formula, &[]).map_err(|error| wrong(&error))?;
    let command = format!("actsmith emit '{formula}' --name Found --standalone");
    let standalone = declaration.to_standalone(false, &command);
    Ok(Found {
        group: group.map(str::to_owned),
        finding: finding.clone(),
        passport: Measured::of(&formula, &Region::default()).map_err(|error| error.to_string()),
        front,
        standalone: standalone.map_err(|error| wrong(&error))?,
        histogram,
        formula,
    })
}

impl Found {
    /// Where the pieces of the function meet, as far as that is known.
    pub(super) fn joints(&self) -> &[Joint] {
        self.passport
            .as_ref()
            .map_or(&[], |measured| &measured.passport.joints)
    }

    /// The macro call that makes the activation.
    pub(super) fn macro_call(&self) -> String {
        format!(
            "actsmith::activation!(pub Found(x) = {});",
            self.finding.formulas.simplified
        )
    }
}
