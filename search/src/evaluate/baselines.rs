//! The activations that every evaluation compares with.

/// An activation that others are compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BaselineRow {
    /// Its name.
    pub name: &'static str,
    /// Its formula.
    pub formula: &'static str,
    /// The model family that it is for; none if it is for all.
    pub family: Option<&'static str>,
}

macro_rules! baselines {
    ($($name:literal $formula:literal $($family:expr)?;)*) => {
        /// The activations that every evaluation compares with, unless it is told otherwise.
        pub const BASELINES: &[BaselineRow] = &[$(BaselineRow {
            name: $name,
            formula: $formula,
            family: baselines!(@family $($family)?),
        },)*];
    };
    (@family) => { None };
    (@family $family:expr) => { Some($family) };
}

baselines! {
    "relu" "relu(x)";
    "gelu" "gelu(x)";
    "silu" "silu(x)";
    "elu" "elu(x)";
    "leaky_relu" "max(x, 0.01 * x)";
    "mish" "mish(x)";
    // D. So and others, "Primer: Searching for Efficient Transformers for Language Modeling", arXiv 2109.08668.
    "relu2" "square(relu(x))";
}

/// The baselines of a model family.
pub fn default_baselines(family: &str) -> Vec<String> {
    let fits = |row: &&BaselineRow| row.family.is_none_or(|of| of == family);
    let rows = BASELINES.iter().filter(fits);
    rows.map(|row| format!("{}(x) = {}", row.name, row.formula))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::{Configuration, GptConfig};
    use actsmith_codegen::Formula;

    #[test]
    fn every_baseline_is_an_activation() {
        for row in BASELINES {
            let formula = Formula::parse(row.formula).expect(row.name);
            assert!(formula.activation().is_ok(), "{}", row.name);
        }
        let names = default_baselines(GptConfig::FAMILY);
        assert_eq!(names.len(), 7);
        assert_eq!(names[6], "relu2(x) = square(relu(x))");
    }
}
