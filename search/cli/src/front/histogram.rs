//! Histograms of inputs: JSON with the edges of bins and how many inputs each counted, `{"edges": [-2, 0, 2], "counts": [10, 30]}`.

use std::path::Path;

use actsmith_codegen::front::Domain;
use serde::Deserialize;

use crate::error::{Error, Result};
use actsmith_search::files;

/// More than any histogram has.
const LARGEST: u64 = 16 << 20;
const EXAMPLE: &str = r#"write for example {"edges": [-2, 0, 2], "counts": [10, 30]}"#;

/// The file: other keys are for its reader.
#[derive(Debug, Deserialize)]
struct Histogram {
    edges: Vec<f64>,
    counts: Vec<f64>,
}

/// The domain of the inputs that a file counts.
///
/// # Errors
/// [`Error::Usage`] if the file cannot be read, or holds no histogram.
pub fn read(path: &Path) -> Result<Domain> {
    let wrong = |reason: String| {
        let path = path.display();
        Error::Usage(format!("`{path}` is not a histogram: {reason}; {EXAMPLE}"))
    };
    let size = std::fs::metadata(path).map_err(files::at(path))?.len();
    if size > LARGEST {
        return Err(wrong("it is too long".to_owned()));
    }
    let text = std::fs::read(path).map_err(files::at(path))?;
    let histogram: Histogram =
        serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))?;
    Domain::histogram(&histogram.edges, &histogram.counts).map_err(|error| wrong(error.to_string()))
}
