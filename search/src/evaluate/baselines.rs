//! The activations that every evaluation compares with.

/// An activation that others are compared with.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct BaselineRow {
    /// Its name.
    pub name: &'static str,
    /// Its formula.
    pub formula: &'static str,
    /// The constants that are trained along with the weights, and where they start.
    pub trained: &'static [(&'static str, f64)],
    /// The model family that it is for; none if it is for all.
    pub family: Option<&'static str>,
}

macro_rules! baselines {
    ($($name:literal $formula:literal $(trained [$($trained:tt)*])? $(only $family:literal)?;)*) => {
        /// The activations that every evaluation compares with, unless it is told otherwise.
        pub const BASELINES: &[BaselineRow] = &[$(BaselineRow {
            name: $name,
            formula: $formula,
            trained: &[$($($trained)*)?],
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
    // A. H. Huang and I. Schlag, "Deriving Activation Functions Using Integration", arXiv 2411.13010: β = 0.5, and αₚ = softplus(a) and
    // αₙ = β + softplus(b) both start at 0.8.
    "xielu" "if x > 0 { softplus(a) * square(x) + 0.5 * x } else { (0.5 + softplus(b)) * (expm1(x) - x) + 0.5 * x }"
        trained [("a", 0.203_382_320_8), ("b", -1.050_225_612_8)] only "gpt";
}

/// The baselines of a model family, as declarations.
pub fn default_baselines(family: &str) -> Vec<String> {
    let fits = |row: &&BaselineRow| row.family.is_none_or(|of| of == family);
    let rows = BASELINES.iter().filter(fits);
    rows.map(|row| {
        let trained = row.trained.iter();
        let trained = trained.map(|(name, start)| format!("{name} = {start}"));
        let trained: Vec<String> = trained.collect();
        let parameters = match trained.is_empty() {
            true => "x".to_owned(),
            false => format!("x; {}", trained.join(", ")),
        };
        format!("{}({parameters}) = {}", row.name, row.formula)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Result;
    use crate::evaluate::{Contender, Role};
    use crate::models::{Configuration, GptConfig, ResNetConfig};
    use actsmith_codegen::Formula;

    #[test]
    fn every_baseline_is_an_activation() -> Result<()> {
        let names = |family: &str| -> Result<Vec<String>> {
            let read = |text: String| Contender::read(&text, "", Role::Baseline);
            let all = default_baselines(family).into_iter().map(read);
            all.map(|of| Ok(of?.name)).collect()
        };
        let common = ["relu", "gelu", "silu", "elu", "leaky_relu", "mish", "relu2"];
        assert_eq!(names(ResNetConfig::FAMILY)?, common);
        let with_xielu = [&common[..], &["xielu"]].concat();
        assert_eq!(names(GptConfig::FAMILY)?, with_xielu);
        Ok(())
    }

    #[test]
    fn xielu_starts_as_it_is_published() {
        let row = BASELINES
            .iter()
            .find(|row| row.name == "xielu")
            .expect("a row");
        let formula = row.trained.iter().fold(
            Formula::parse(row.formula).expect("a formula"),
            |formula, (name, start)| formula.with_constant(name, *start).expect("a constant"),
        );
        // αₚ x² + βx, and αₙ (eˣ − 1 − x) + βx.
        for (x, expected) in [
            (2.0, 0.8 * 4.0 + 1.0),
            (-1.0, 0.8 * (-1f64).exp() - 0.5),
            (0.0, 0.0),
        ] {
            let value = formula.activation().expect("one").values(&[x])[0];
            assert!((value - expected).abs() < 1e-6, "{x}: {value}");
        }
    }
}
