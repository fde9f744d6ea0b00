//! The search for cheaper forms: from the exact form, rules are applied to the forms that are best so far, and what is better than any
//! form of its cost is kept.
//!
//! Everything is bounded by counts. Differences are taken at points here; what is kept is bounded afterwards.

use rustc_hash::FxHashSet;

use super::domain::Domain;
use super::fit::{Model, Target};
use super::rules::{Place, Template, templates};
use super::sketch::Sketch;
use crate::analysis::Region;
use crate::backend::rust;
use crate::egraph::{Budget, cost};
use crate::formula::{Formula, Simplification};
use crate::ir::{Dag, Rounding};
use crate::ops::Kinks;

/// How far the search goes.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// How many forms rules are applied to.
    pub expansions: usize,
    /// How many changed forms are fitted.
    pub fits: usize,
    /// How many forms go through the exact simplifier.
    pub forms: usize,
}

impl Default for Effort {
    fn default() -> Self {
        Self {
            expansions: 32,
            fits: 2_500,
            forms: 300,
        }
    }
}

/// Points at which constants are fitted and differences are estimated.
const POINTS: usize = 193;
/// Constants have so many digits while the search goes on.
const DIGITS: usize = 7;
/// What the exact simplifier may still take off the estimated cost of a form.
const HOPE: f64 = 0.75;
/// A form is kept if its error is this part of that of any form that costs no more.
const BETTER: f64 = 0.95;
/// Errors below this are rounding.
const LEAST: f64 = 1e-12;
/// A constant beyond this has lost its way.
const WILD: f64 = 1e4;
/// Forms with more operations are not changed part by part.
const LARGEST: usize = 60;
/// The budget of an exact simplification in the search.
const QUICK: Budget = Budget {
    iterations: 3,
    nodes: 300,
};

/// A form on the way to the front.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub sketch: Sketch,
    /// The rules that made it, one after the other.
    pub rules: Vec<&'static str>,
    /// The largest difference at the points.
    pub error: f64,
    /// In tenths of an addition.
    pub cost: u64,
    expanded: bool,
}

/// A search in progress.
pub(super) struct Search<'a> {
    domain: &'a Domain,
    region: Region,
    pub kinks: Kinks,
    pub target: Target,
    effort: Effort,
    seen: FxHashSet<String>,
    /// In rising order of cost and falling order of error.
    pub front: Vec<Candidate>,
    fits: usize,
    forms: usize,
}

/// The cost of the value and the derivative together.
pub(super) fn price(simplification: &Simplification, region: &Region) -> u64 {
    cost(&simplification.gradient.dag, region, rust::cost)
}

impl<'a> Search<'a> {
    pub(super) fn new(
        exact: &Simplification,
        kinks: Kinks,
        domain: &'a Domain,
        effort: Effort,
    ) -> Self {
        let points = domain.points(POINTS);
        let values = values_at(&exact.value.dag, &points);
        let densities: Vec<f64> = points.iter().map(|&x| domain.density(x)).collect();
        let mean = densities.iter().sum::<f64>() / POINTS as f64;
        let target = Target {
            // What never occurs still counts a little: the largest difference is bounded everywhere.
            weights: densities.iter().map(|d| d / mean + 1e-4).collect(),
            values,
            points,
        };
        let region = domain.region();
        let first = Candidate {
            sketch: Sketch::of(&exact.value.dag),
            rules: Vec::new(),
            error: 0.0,
            cost: price(exact, &region),
            expanded: false,
        };
        Self {
            domain,
            region,
            kinks,
            target,
            effort,
            seen: FxHashSet::default(),
            front: vec![first],
            fits: 0,
            forms: 0,
        }
    }

    /// Applies rules to one form after the other, until nothing is left to change or the effort is spent.
    pub(super) fn run(&mut self) {
        for _ in 0..self.effort.expansions {
            let Some(next) = self.next() else { break };
            self.front[next].expanded = true;
            let parent = self.front[next].clone();
            let parts = match parent.sketch.dag.operations() <= LARGEST {
                true => parent.sketch.parts(),
                false => parent.sketch.dag.roots.clone(),
            };
            let root = parent.sketch.dag.roots[0];
            for part in parts {
                let operation = match parent.sketch.dag.node(part) {
                    crate::ir::Node::Apply(op, _) => Some(*op),
                    crate::ir::Node::Number(_) | crate::ir::Node::Variable(_) => None,
                };
                for template in templates() {
                    let fits = match template.place {
                        Place::At(operations) => {
                            operation.is_some_and(|op| operations.contains(&op))
                        }
                        Place::Anywhere => true,
                        Place::Whole => part == root && parent.rules.is_empty(),
                    };
                    if fits {
                        self.attempt(&parent, part, template);
                    }
                    if self.fits >= self.effort.fits || self.forms >= self.effort.forms {
                        return;
                    }
                }
            }
        }
    }

    /// The form to change next: first the exact one, then those at the corners of the front, where a form that is a little cheaper or a
    /// little closer than its neighbours gains most.
    fn next(&self) -> Option<usize> {
        let corner = |index: usize| {
            let own = &self.front[index];
            let dearer = self.front.get(index + 1);
            let width = dearer.map_or(own.cost, |dearer| dearer.cost - own.cost);
            let cheaper = index.checked_sub(1).map(|before| self.front[before].error);
            let drop = cheaper.unwrap_or(10.0 * own.error) / own.error.max(LEAST);
            (width as f64 + 1.0) * libm::log(drop.max(1.0))
        };
        (0..self.front.len())
            .filter(|&index| !self.front[index].expanded)
            .max_by(|&a, &b| corner(a).total_cmp(&corner(b)))
    }

    /// Changes a form in one place.
    fn attempt(&mut self, parent: &Candidate, part: crate::ir::Id, template: &Template) {
        let sketch = parent.sketch.with(part, template);
        if sketch.values.len() > 14 || !self.seen.insert(sketch.dag.formula(0)) {
            return;
        }
        let mut rules = parent.rules.clone();
        if rules.last() != Some(&template.rule) {
            rules.push(template.rule);
        }
        self.consider(sketch, rules);
    }

    /// Fits the constants of a form, and keeps it if it is better than what is known.
    fn consider(&mut self, mut sketch: Sketch, rules: Vec<&'static str>) {
        let gradient = sketch.dag.with_gradient();
        let estimate = cost(
            &gradient.value_and_derivatives_of(&[0]),
            &self.region,
            rust::cost,
        );
        let hoped = (HOPE * estimate as f64) as u64;
        if self.best_within(hoped) <= LEAST {
            return;
        }
        self.fits += 1;
        let model = Model::of_gradient(&gradient);
        let target = &self.target;
        model.fit(target, &target.weights, &mut sketch.values, 4);
        let error = model.largest(target, &sketch.values);
        // What is far away after a few steps does not become good by more of them.
        if !error.is_finite() || error > 4.0 * self.best_within(hoped) {
            return;
        }
        model.settle(target, &mut sketch.values, !self.domain.is_weighted());
        let wild = |value: &f64| value.abs() > WILD;
        let error = model.largest(target, &sketch.values);
        if error >= BETTER * self.best_within(hoped) || sketch.values.iter().any(wild) {
            return;
        }
        let Some(numbers) = sketch.numbers(DIGITS) else {
            return;
        };
        self.forms += 1;
        let formula = Formula::from_dag(&sketch.settled(&numbers)).with_kinks(self.kinks);
        let form = formula.simplify(&self.region, QUICK);
        let candidate = Candidate {
            error: self.error(&form.value.dag),
            cost: price(&form, &self.region),
            sketch: Sketch::of(&form.value.dag),
            rules,
            expanded: false,
        };
        self.keep(candidate);
    }

    /// The largest difference of a formula at the points.
    pub(super) fn error(&self, dag: &Dag) -> f64 {
        let values = values_at(dag, &self.target.points);
        largest(&values, &self.target.values)
    }

    /// The least error of the forms that cost no more.
    fn best_within(&self, cost: u64) -> f64 {
        let within = self.front.iter().filter(|known| known.cost <= cost);
        within
            .map(|known| known.error)
            .fold(f64::INFINITY, f64::min)
    }

    /// Keeps a form that is better than all of its cost, and drops those that it is better than.
    fn keep(&mut self, candidate: Candidate) {
        if !candidate.error.is_finite()
            || BETTER * self.best_within(candidate.cost) <= candidate.error
        {
            return;
        }
        let beaten =
            |known: &Candidate| known.cost >= candidate.cost && known.error >= candidate.error;
        self.front.retain(|known| !beaten(known));
        let place = self
            .front
            .partition_point(|known| known.cost < candidate.cost);
        self.front.insert(place, candidate);
    }
}

/// The first output of a graph of one variable at points.
pub(super) fn values_at(dag: &Dag, points: &[f64]) -> Vec<f64> {
    let mut columns = dag.tape().columns(&[points.to_vec()], Rounding::F64);
    columns.outputs.swap_remove(0)
}

/// The largest difference of two columns; NaN counts as infinite.
pub(super) fn largest(a: &[f64], b: &[f64]) -> f64 {
    let size = |(a, b): (&f64, &f64)| {
        let difference = (a - b).abs();
        if difference.is_nan() {
            f64::INFINITY
        } else {
            difference
        }
    };
    a.iter().zip(b).map(size).fold(0.0, f64::max)
}
