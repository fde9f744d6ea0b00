//! What an evaluation trains, as plain data.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::contender::{Contender, Role};
use crate::error::{Error, Result, worded};
use crate::experiment::Specification;

/// More seeds than any comparison needs.
const MOST_SEEDS: u64 = 1_000;

/// A training of an evaluation.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Unit {
    /// The name of its activation.
    pub activation: String,
    /// The seed of the initial weights and of the order of the examples.
    pub seed: u64,
    /// The learning rate that it tries on the validation split; none of a training that is scored.
    pub rate: Option<f64>,
}

impl Unit {
    /// The name of its folder.
    pub fn name(&self) -> String {
        match self.rate {
            None => format!("{}-seed{}", self.activation, self.seed),
            Some(rate) => format!("{}-rate{rate}", self.activation),
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            activation,
            seed,
            rate,
        } = self;
        match rate {
            None => write!(f, "{activation}, seed {seed}"),
            Some(rate) => write!(f, "{activation}, rate {rate}"),
        }
    }
}

/// What an evaluation trains, as `evaluation.toml` holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Plan {
    /// How many seeds each activation is trained with: that of the task, and those that follow it.
    pub seeds: u64,
    /// The learning rates of which each activation takes its best; without any, all have that of the task.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rates: Vec<f64>,
    /// The activations, candidates first.
    pub activations: Vec<Contender>,
    /// The task: network, data, training. What it says of a search has no meaning here.
    pub task: Specification,
}

impl Plan {
    /// Compares candidates with baselines. Each is a formula, the name of an activation, or a declaration such as
    /// `swish(x) = x * sigmoid(1.5 * x)`, which gives it a name; `PART=FORMULA, PART=FORMULA` is for the parts of a network.
    ///
    /// # Errors
    /// [`Error::Invalid`] if a formula is malformed, a name is taken twice, or the settings make no sense.
    pub fn new(
        task: Specification,
        candidates: &[impl AsRef<str>],
        baselines: &[impl AsRef<str>],
        seeds: u64,
    ) -> Result<Self> {
        let mut activations = Vec::new();
        for (number, text) in candidates.iter().enumerate() {
            let unnamed = match candidates.len() {
                1 => "candidate".to_owned(),
                _ => format!("candidate{}", number + 1),
            };
            activations.push(Contender::read(text.as_ref(), &unnamed, Role::Candidate)?);
        }
        for (number, text) in baselines.iter().enumerate() {
            let unnamed = format!("baseline{}", number + 1);
            activations.push(Contender::read(text.as_ref(), &unnamed, Role::Baseline)?);
        }
        Self::of(task, activations, seeds)
    }

    /// The same, of activations that are read already.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn of(task: Specification, activations: Vec<Contender>, seeds: u64) -> Result<Self> {
        let mut task = task;
        task.split_seed = Some(task.splits());
        task.retrain.seeds = 1;
        let plan = Self {
            seeds,
            rates: Vec::new(),
            activations,
            task,
        };
        plan.validate()?;
        Ok(plan)
    }

    /// The same, with learning rates of which each activation takes the one with the lowest loss on the validation split.
    ///
    /// # Errors
    /// [`Error::Invalid`] if a rate is not positive, or given twice.
    pub fn with_rates(self, rates: &[f64]) -> Result<Self> {
        let plan = Self {
            rates: rates.to_owned(),
            ..self
        };
        plan.validate()?;
        Ok(plan)
    }

    fn validate(&self) -> Result<()> {
        let invalid = |message: String| Err(Error::Invalid(message));
        if !(1..=MOST_SEEDS).contains(&self.seeds) {
            return invalid(format!(
                "the seeds are {}: choose from 1 to {MOST_SEEDS}",
                self.seeds
            ));
        }
        let last = self.task.seed.checked_add(self.seeds);
        if last.is_none_or(|last| i64::try_from(last).is_err()) {
            return invalid(format!(
                "the seed is {}, and {} more exceed the largest number: choose a smaller one",
                self.task.seed, self.seeds
            ));
        }
        if self.task.retrain.epochs == 0 {
            return invalid(
                "an evaluation trains from scratch: choose `retrain.epochs` from 1".to_owned(),
            );
        }
        if self.task.activation.is_some() {
            return invalid(
                "`activation` is among the settings of the task: leave it out, and name the activation as a candidate".to_owned(),
            );
        }
        if self.of_role(Role::Candidate).next().is_none() {
            return invalid(
                "there is no activation to evaluate: give a formula or the folder of a search"
                    .to_owned(),
            );
        }
        // On the validation split, candidates are compared with one another.
        if !self.task.on_validation && self.of_role(Role::Baseline).next().is_none() {
            return invalid("there is no baseline to compare with: name one".to_owned());
        }
        let mut known = BTreeMap::new();
        for (index, contender) in self.activations.iter().enumerate() {
            let name = &contender.name;
            if known.insert(name.to_lowercase(), ()).is_some() {
                return invalid(format!(
                    "two activations are called `{name}`: give one of them another name, as `{name}_2(x) = …`"
                ));
            }
            // Two searches may find one function: each counts in the mean over searches.
            let searched =
                |other: &Contender| other.strategy.is_some() && contender.strategy.is_some();
            let same =
                |other: &&Contender| other.activation == contender.activation && !searched(other);
            if let Some(other) = self.activations[..index].iter().find(same) {
                return invalid(format!(
                    "`{}` and `{name}` are the same formula: leave one out",
                    other.name
                ));
            }
        }
        for (index, rate) in self.rates.iter().enumerate() {
            if !(rate.is_finite() && *rate > 0.0) {
                return invalid(format!(
                    "a learning rate is {rate}: choose finite numbers above 0"
                ));
            }
            if self.rates[..index].contains(rate) {
                return invalid(format!("the learning rate {rate} is given twice"));
            }
        }
        if let [rate] = self.rates[..] {
            return invalid(format!(
                "one learning rate leaves nothing to choose: give several, or set `rate={rate}`"
            ));
        }
        Ok(())
    }

    /// The activations with a part.
    pub fn of_role(&self, role: Role) -> impl Iterator<Item = &Contender> {
        self.activations.iter().filter(move |of| of.role == role)
    }

    /// The seeds, which all activations share.
    pub fn seeds(&self) -> impl Iterator<Item = u64> + use<> {
        let first = self.task.seed;
        (0..self.seeds).map(move |further| first + further)
    }

    /// The trainings that find learning rates, on the validation split and with a seed of their own.
    pub fn tunings(&self) -> Vec<Unit> {
        let seed = self.task.seed + self.seeds;
        let of = |contender: &Contender| {
            let activation = contender.name.clone();
            self.rates.iter().map(move |rate| Unit {
                activation: activation.clone(),
                seed,
                rate: Some(*rate),
            })
        };
        self.activations.iter().flat_map(of).collect()
    }

    /// The trainings that are scored, seed by seed.
    pub fn scored(&self) -> Vec<Unit> {
        let of = |seed: u64| {
            self.activations.iter().map(move |contender| Unit {
                activation: contender.name.clone(),
                seed,
                rate: None,
            })
        };
        self.seeds().flat_map(of).collect()
    }

    /// All trainings, in the order in which they are made.
    pub fn units(&self) -> Vec<Unit> {
        let mut units = self.tunings();
        units.extend(self.scored());
        units
    }

    /// The settings of a training at this learning rate, those of `actsmith train`.
    pub(super) fn specification(&self, unit: &Unit, rate: f64) -> Result<Specification> {
        let named = |of: &&Contender| of.name == unit.activation;
        let contender = self.activations.iter().find(named).ok_or_else(|| {
            Error::Invalid(format!(
                "the evaluation has no activation `{}`",
                unit.activation
            ))
        })?;
        let mut specification = self.task.clone();
        specification.seed = unit.seed;
        specification.activation = Some(contender.activation.clone());
        specification.rate = rate;
        specification.on_validation |= unit.rate.is_some();
        Ok(specification)
    }

    /// The text of `evaluation.toml`.
    ///
    /// # Errors
    /// [`Error::Invalid`] if TOML cannot say it.
    pub fn to_toml(&self) -> Result<String> {
        toml::to_string(self).map_err(|error| Error::Invalid(format!("the settings: {error}")))
    }

    /// Reads what [`Self::to_toml`] writes.
    ///
    /// # Errors
    /// [`Error::Invalid`], naming what is missing or unknown, or makes no sense.
    pub fn from_toml(text: &str) -> Result<Self> {
        let plan: Self =
            toml::from_str(text).map_err(|error| Error::Invalid(worded(&error.to_string())))?;
        plan.validate()?;
        Ok(plan)
    }

    /// The settings in which two plans differ, by their keys.
    pub(super) fn differences(&self, other: &Self) -> Result<Vec<String>> {
        let json = |plan: &Self| {
            serde_json::to_value(plan).map_err(|error| Error::Failure(error.to_string()))
        };
        let mut different = Vec::new();
        differ("", &json(self)?, &json(other)?, &mut different);
        Ok(different)
    }
}

/// Collects the keys of which two values differ.
fn differ(
    path: &str,
    one: &serde_json::Value,
    two: &serde_json::Value,
    different: &mut Vec<String>,
) {
    match (one.as_object(), two.as_object()) {
        (Some(one), Some(two)) => {
            let keys: std::collections::BTreeSet<&String> = one.keys().chain(two.keys()).collect();
            let null = serde_json::Value::Null;
            for key in keys {
                let path = match path {
                    "" => key.clone(),
                    _ => format!("{path}.{key}"),
                };
                let of = |map: &serde_json::Map<String, serde_json::Value>| {
                    map.get(key).unwrap_or(&null).clone()
                };
                differ(&path, &of(one), &of(two), different);
            }
        }
        _ if one == two => {}
        _ => different.push(path.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::StrategyKind;

    fn plan(candidates: &[&str], baselines: &[&str], seeds: u64) -> Result<Plan> {
        Plan::new(Specification::default(), candidates, baselines, seeds)
    }

    #[test]
    fn activations_have_names() -> Result<()> {
        let plan = plan(
            &[
                "swish(x) = x * sigmoid(1.5 * x)",
                "sin(x)",
                "stem=tanh, inner=mish,outer=relu",
            ],
            &["ReLU", "relu2"],
            2,
        )?;
        let names: Vec<&str> = plan.activations.iter().map(|of| of.name.as_str()).collect();
        assert_eq!(
            names,
            ["swish", "candidate2", "candidate3", "relu", "relu2"]
        );
        assert_eq!(plan.activations[0].formula(), "x * sigmoid(1.5 * x)");
        assert_eq!(
            plan.activations[2].formula(),
            "inner: mish(x); outer: relu(x); stem: tanh(x)"
        );
        let units: Vec<String> = plan.units().iter().map(Unit::name).collect();
        assert_eq!(units.len(), 10);
        assert_eq!([&*units[0], &*units[5]], ["swish-seed1", "swish-seed2"]);
        let trained = self::plan(
            &["f(x; beta = 1.5, c = -1) = x * sigmoid(beta * x) + c"],
            &["relu"],
            1,
        )?;
        assert_eq!(
            trained.activations[0].formula(),
            "x * sigmoid(beta * x) + c with trained beta = 1.5, c = -1"
        );
        assert_eq!(Plan::from_toml(&trained.to_toml()?)?, trained);
        let tuned = plan.clone().with_rates(&[0.1, 0.03])?;
        assert_eq!(tuned.units().len(), 20);
        assert_eq!(tuned.units()[1].name(), "swish-rate0.03");
        // No seed of a score: nothing is chosen with it.
        assert_eq!(tuned.units()[1].seed, 3);
        for plan in [plan, tuned] {
            assert_eq!(Plan::from_toml(&plan.to_toml()?)?, plan);
        }
        Ok(())
    }

    #[test]
    fn plans_that_make_no_sense_are_refused() -> Result<()> {
        let refused = |made: Result<Plan>, part: &str| {
            let error = made.expect_err(part).to_string();
            assert!(error.contains(part), "{error}");
        };
        refused(plan(&["relu2"], &["relu"], 0), "choose from 1 to 1000");
        refused(plan(&["relu2"], &[], 1), "no baseline to compare with");
        refused(plan(&[], &["relu"], 1), "no activation to evaluate");
        refused(plan(&["reluu"], &["relu"], 1), "did you mean `relu`?");
        refused(
            plan(&["relu"], &["relu"], 1),
            "two activations are called `relu`",
        );
        refused(
            plan(&["relu(x)"], &["relu"], 1),
            "`candidate` and `relu` are the same formula",
        );
        let found = |name: &str| -> Result<Contender> {
            let found = Contender::read("x + 1", name, Role::Candidate)?;
            Ok(found.found_by(StrategyKind::Gradient))
        };
        let relu = Contender::read("relu", "", Role::Baseline)?;
        let twice = vec![found("one")?, found("two")?, relu];
        assert!(Plan::of(Specification::default(), twice, 1).is_ok());
        refused(
            plan(&["x * beta"], &["relu"], 1),
            "`beta` of `x * beta` has no value",
        );
        let rates = |rates: &[f64]| plan(&["tanh"], &["relu"], 1)?.with_rates(rates);
        refused(rates(&[0.1]), "one learning rate leaves nothing to choose");
        refused(rates(&[0.1, 0.1]), "0.1 is given twice");
        refused(rates(&[0.1, -1.0]), "choose finite numbers above 0");
        let mut task = Specification::default();
        task.retrain.epochs = 0;
        refused(
            Plan::new(task, &["tanh"], &["relu"], 1),
            "`retrain.epochs` from 1",
        );
        Ok(())
    }

    #[test]
    fn differences_are_named() -> Result<()> {
        let one = plan(&["tanh"], &["relu"], 2)?;
        let mut two = one.clone();
        two.seeds = 3;
        two.task.rate = 0.2;
        assert_eq!(one.differences(&two)?, ["seeds", "task.rate"]);
        assert_eq!(one.differences(&one)?, [""; 0]);
        Ok(())
    }
}
