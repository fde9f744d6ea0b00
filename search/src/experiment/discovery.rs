//! What a search found.

use crate::engine::Found;
use crate::error::Result;
use crate::objective::Metrics;
use crate::report::{Finding, Findings, Function, Outcome};

/// What a search found: a function for each group of sites.
#[non_exhaustive]
pub struct Discovery {
    /// The functions, in the order of the names of their groups; at least one.
    pub functions: Vec<FoundFunction>,
    /// How good the search's own network is with them.
    pub metrics: Metrics,
}

/// The function of a group of sites.
#[non_exhaustive]
pub struct FoundFunction {
    /// The group, where there are several.
    pub group: Option<String>,
    /// The names of its operations.
    pub genotype: String,
    /// The function.
    pub function: Function,
}

impl Discovery {
    /// What the engine has found.
    pub(super) fn new(found: &Found) -> Result<Self> {
        let several = found.functions.len() > 1;
        let functions = found.functions.iter().map(|found| {
            Ok(FoundFunction {
                group: several.then(|| found.group.clone()),
                genotype: found.genotype.to_string(),
                function: Function::new(&found.genotype, &found.constants)?,
            })
        });
        Ok(Self {
            functions: functions.collect::<Result<_>>()?,
            metrics: found.metrics,
        })
    }

    /// What the search of a finished experiment found.
    pub(super) fn of(outcome: &Outcome) -> Result<Self> {
        let functions = outcome.functions.iter().map(|(group, finding)| {
            Ok(FoundFunction {
                group: group.map(str::to_owned),
                genotype: finding.genotype.clone(),
                function: Function::read(&finding.formulas.raw, &finding.constants)?,
            })
        });
        Ok(Self {
            functions: functions.collect::<Result<_>>()?,
            metrics: outcome.searched,
        })
    }

    /// The functions, for the results.
    pub(super) fn findings(&self) -> Findings {
        let finding = |found: &FoundFunction| Finding {
            genotype: found.genotype.clone(),
            constants: found.function.constants().clone(),
            formulas: found.function.formulas(),
        };
        let functions = self.functions.iter();
        Findings::new(functions.map(|found| (found.group.clone(), finding(found))))
    }
}
