//! What a search found.

use std::collections::BTreeMap;

use crate::engine::Found;
use crate::error::Result;
use crate::objective::Metrics;
use crate::report::{Finding, Findings, Front, Function, Outcome, Point, Reach};
use crate::statistics::Bins;

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
    /// By the name of each site, the numbers that the data bring there.
    pub sites: BTreeMap<String, Reach>,
    /// Cheaper functions, if any were looked for.
    pub front: Option<Front>,
    /// The histogram of what the data bring to all of its sites; empty where the run is read from its folder.
    pub(super) bins: Bins,
}

impl FoundFunction {
    /// The function that the networks trained from scratch take: the found one, or a point of its front.
    ///
    /// # Errors
    /// [`Error::Failure`](crate::error::Error::Failure) if its formula cannot be read.
    pub fn picked(&self) -> Result<Function> {
        match self.point() {
            Some(point) => Function::read(&point.formula, &BTreeMap::new()),
            None => Ok(self.function.clone()),
        }
    }

    /// The point of the front that is taken in place of the found function.
    pub(super) fn point(&self) -> Option<&Point> {
        let front = self.front.as_ref().filter(|front| front.picked > 0)?;
        front.points.get(front.picked)
    }
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
                sites: BTreeMap::new(),
                front: None,
                bins: Bins::default(),
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
                sites: finding.sites.clone(),
                front: finding.front.clone(),
                bins: Bins::default(),
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
            cost: Some(found.function.cost()),
            sites: found.sites.clone(),
            front: found.front.clone(),
        };
        let functions = self.functions.iter();
        Findings::new(functions.map(|found| (found.group.clone(), finding(found))))
    }
}
