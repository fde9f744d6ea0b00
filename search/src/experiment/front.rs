//! What a search's network, as it stands at the end, tells of the functions that it found: which numbers the data bring to their sites, and
//! how good the network is with cheaper functions in their place.
//!
//! All of it is a pure function of the network and the specification, so that an interrupted run comes to the same. Nothing that is held out
//! is looked at: points of a front are compared by the validation split.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use actsmith_codegen::front::{
    Domain, Effort, Front as Forms, UnreachedBound as Unreached, reached,
};
use actsmith_codegen::{Definedness, Formula, Interpreted, Region};
use candle_core::{DType, Module, Tensor};
use candle_nn::VarMap;
use serde::Serialize;

use super::description::file_name;
use super::discovery::{Discovery, FoundFunction};
use super::folder::HISTOGRAM;
use super::retrain::Contestant;
use super::{Experiment, Folder, Specification};
use crate::data::Examples;
use crate::error::Result;
use crate::models::Activations;
use crate::report::{Excess, Front, Function, Point, Reach, UnreachedBound, standard_error};
use crate::state::{self, State};
use crate::statistics::{Bins, Histogram};
use crate::task::{Scores, Supervised};

/// What its time is called in `timing.json`.
pub(super) const FRONT: &str = "front";
/// How far the front is searched: a part of what `actsmith front` does.
const EFFORT: Effort = Effort {
    expansions: 12,
    fits: 600,
    forms: 60,
};
/// Of so many examples that the search's steps see, one of the validation split is tried with each function, ...
const TRIED: usize = 50;
/// ... and one of the training split is looked at for what it brings to the sites.
const COUNTED: usize = 10;
/// As many examples of a split are looked at, if there are so many, ...
const FEWEST: usize = 64;
/// ... and no more than these.
const MOST: usize = 4_096;

/// Histograms of the numbers that come to each site.
type Sites = BTreeMap<String, Histogram>;

/// The file of histograms: that of all sites of a group, as `actsmith front --histogram` reads it, and that of each site.
#[derive(Serialize)]
struct Histograms {
    #[serde(flatten)]
    all: Bins,
    sites: BTreeMap<String, Bins>,
}

/// A network as the search has left it.
struct Trial<'a> {
    experiment: &'a Experiment,
    network: State,
}

/// An activation that counts the numbers that come to it.
struct Counting {
    site: String,
    activation: Interpreted,
    sites: Arc<Mutex<Sites>>,
}

impl Module for Counting {
    fn forward(&self, xs: &Tensor) -> candle_core::Result<Tensor> {
        let values: Vec<f32> = xs.to_dtype(DType::F32)?.flatten_all()?.to_vec1()?;
        let mut sites = self.sites.lock().unwrap_or_else(PoisonError::into_inner);
        let histogram = sites.entry(self.site.clone()).or_default();
        histogram.extend(values.into_iter().map(f64::from));
        self.activation.forward(xs)
    }
}

/// Looks at what the data bring to each site, which is written to the folder, and tries cheaper functions.
pub(super) fn explore(
    experiment: &Experiment,
    mut found: Discovery,
    network: State,
    folder: &Folder,
) -> Result<Discovery> {
    let specification = &experiment.specification;
    let trial = Trial {
        experiment,
        network,
    };
    let (sites, exact) = trial.reach(&found)?;
    for function in &mut found.functions {
        let of_group = |site: &str| {
            let group = specification.groups.name_of(site);
            function.group.as_deref().is_none_or(|own| own == group)
        };
        let own: Sites = sites
            .iter()
            .filter(|(site, _)| of_group(site))
            .map(|(site, histogram)| (site.clone(), histogram.clone()))
            .collect();
        let histograms = Histograms {
            all: pooled(&own),
            sites: own
                .iter()
                .map(|(site, of)| (site.clone(), of.bins()))
                .collect(),
        };
        let name = file_name(HISTOGRAM, function.group.as_deref());
        folder.write_line(&name, &histograms)?;
        let reach = |(site, of): (&String, &Histogram)| {
            of.range()
                .map(|[low, high]| (site.clone(), Reach { low, high }))
        };
        function.sites = own.iter().filter_map(reach).collect();
        function.bins = histograms.all;
    }
    if specification.search.front {
        for index in 0..found.functions.len() {
            let mut front = trial.front(&found, index, &exact)?;
            front.picked = front.nearest(specification.retrain.pick);
            found.functions[index].front = Some(front);
        }
    }
    Ok(found)
}

/// The bins of several sites together.
fn pooled(sites: &Sites) -> Bins {
    let mut all = Histogram::default();
    sites.values().for_each(|site| all.merge(site));
    all.bins()
}

/// The numbers of so many examples of a set, evenly from all of it.
fn evenly(set: &dyn Examples, count: usize) -> Vec<u32> {
    let count = count.min(set.len());
    let number = |index| (index * set.len() / count) as u32;
    (0..count).map(number).collect()
}

impl Trial<'_> {
    /// How many examples are looked at, where one of `one_of` that the search's steps see is: so that a short search is not prolonged by much.
    fn examples(&self, one_of: usize) -> usize {
        let Specification {
            search,
            batch,
            training,
            ..
        } = &self.experiment.specification;
        let steps = search.epochs * self.experiment.search_steps_per_epoch();
        let seen = steps.saturating_mul(training.accumulate.saturating_mul(*batch));
        (seen / one_of).clamp(FEWEST, MOST)
    }

    /// Scores on the validation split.
    fn validate(&self, model: &Supervised) -> Result<Scores> {
        let validation = &*self.experiment.splits[1];
        model.scores(validation, &evenly(validation, self.examples(TRIED)))
    }

    /// The network with other activations.
    fn model(&self, activations: &dyn Activations) -> Result<Supervised> {
        let Experiment {
            stages,
            architecture,
            ..
        } = self.experiment;
        let (vars, device) = (VarMap::new(), stages[0].device.device());
        let model = architecture.build(activations, &vars, &device, stages[0].seed)?;
        let model = self.experiment.supervised(model, vars);
        state::restore(&model.variables(), &self.network)?;
        Ok(model)
    }

    /// What comes to each site from the training split and the validation split, and how good the found functions are on the latter.
    fn reach(&self, found: &Discovery) -> Result<(Sites, Scores)> {
        let contestant = Contestant::found(found)?;
        let groups = &self.experiment.specification.groups;
        let sites = Arc::new(Mutex::new(Sites::new()));
        let counting = |site: &str| -> candle_core::Result<Box<dyn Module + Send + Sync>> {
            Ok(Box::new(Counting {
                site: site.to_owned(),
                activation: contestant.at(site, groups)?.clone(),
                sites: sites.clone(),
            }))
        };
        let model = self.model(&counting)?;
        let training = &*self.experiment.splits[0];
        model.scores(training, &evenly(training, self.examples(COUNTED)))?;
        let scores = self.validate(&model)?;
        let sites = sites.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok((sites, scores))
    }

    /// How good the network is on the validation split with other functions.
    fn scores(&self, contestant: &Contestant) -> Result<Scores> {
        let groups = &self.experiment.specification.groups;
        let activations = |site: &str| -> candle_core::Result<Box<dyn Module + Send + Sync>> {
            Ok(Box::new(contestant.at(site, groups)?.clone()))
        };
        self.validate(&self.model(&activations)?)
    }

    /// The front of a found function, each point tried beside the other functions as they were found.
    fn front(&self, found: &Discovery, index: usize, exact: &Scores) -> Result<Front> {
        let FoundFunction { function, bins, .. } = &found.functions[index];
        let counts: Vec<f64> = bins.counts.iter().map(|&count| count as f64).collect();
        let formula = function.simplified();
        let domain = Domain::histogram(&bins.edges, &counts).map_err(|error| error.to_string());
        let forms = domain.and_then(|domain| {
            let forms = Forms::of(&reached(&formula, &domain).formula, &domain, EFFORT);
            forms.map_err(|error| error.to_string())
        });
        let ends = [bins.edges.first(), bins.edges.last()].map(|end| end.copied().unwrap_or(0.0));
        let mut front = Front {
            low: ends[0],
            high: ends[1],
            unreached: Vec::new(),
            examples: exact.losses.len(),
            points: vec![tried(function, [0.0; 2], &[], exact, exact)],
            simplest: 0,
            picked: 0,
            missing: None,
        };
        let forms = match forms {
            Ok(forms) => forms,
            Err(reason) => {
                front.missing = Some(reason);
                return Ok(front);
            }
        };
        // By the names that they have where the function is printed.
        let printed = Formula::parse(&front.points[0].formula)?;
        let unreached = reached(&printed, &forms.domain).unreached.into_iter();
        let bound = |Unreached { bound, part }: Unreached| UnreachedBound { bound, part };
        front.unreached = unreached.map(bound).collect();
        let mut cheapest = front.points[0].cost;
        for form in &forms.points {
            let cheaper = Function::read(&form.formula(), &BTreeMap::new())?;
            // Networks that are trained anew bring other numbers to it.
            let defined = cheaper.simplified().definedness(&Region::default());
            let everywhere = matches!(defined, Definedness::Everywhere | Definedness::Unproved(_));
            if cheaper.cost() >= cheapest || !everywhere {
                continue;
            }
            cheapest = cheaper.cost();
            let functions = found.functions.iter().enumerate();
            let functions = functions.map(|(other, of)| match other == index {
                true => (of.group.clone(), &cheaper),
                false => (of.group.clone(), &of.function),
            });
            let scores = self.scores(&Contestant::of(functions)?)?;
            let apart = [form.value.at_most, form.derivative.at_most];
            front
                .points
                .push(tried(&cheaper, apart, &form.rules, &scores, exact));
        }
        front.simplest = Front::simplest(&front.points, standard_error(&exact.losses));
        Ok(front)
    }
}

/// A point with what the network's scores say of it.
fn tried(
    function: &Function,
    [difference, difference_derivative]: [f64; 2],
    rules: &[&str],
    scores: &Scores,
    exact: &Scores,
) -> Point {
    let formulas = function.formulas();
    let loss = scores.losses.iter().sum::<f64>() / scores.losses.len() as f64;
    Point {
        formula: formulas.simplified,
        derivative: formulas.derivative,
        cost: function.cost(),
        difference,
        difference_derivative,
        rules: rules.iter().map(|rule| (*rule).to_owned()).collect(),
        validation_loss: loss.is_finite().then_some(loss),
        validation_accuracy: scores.accuracy,
        excess: Excess::of(&scores.losses, &exact.losses),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn histograms_are_written_as_the_command_reads_them() {
        let mut site = Histogram::default();
        site.extend([-1.0, 0.5, 3.0]);
        let sites = Sites::from([("stem".to_owned(), site)]);
        let histograms = Histograms {
            all: pooled(&sites),
            sites: sites
                .iter()
                .map(|(name, of)| (name.clone(), of.bins()))
                .collect(),
        };
        let value = serde_json::to_value(&histograms).unwrap();
        assert_eq!(value["edges"][0], -1.0);
        assert_eq!(value["edges"], value["sites"]["stem"]["edges"]);
        assert_eq!(value["counts"], value["sites"]["stem"]["counts"]);
    }
}
