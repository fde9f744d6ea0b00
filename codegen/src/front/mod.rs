//! The front of a formula: cheaper and cheaper forms, each with a proven bound on how far its value and its derivative are from those of the
//! formula.
//!
//! ```
//! use actsmith_codegen::Formula;
//! use actsmith_codegen::front::{Domain, Effort, Front};
//!
//! let gelu = Formula::parse("gelu(x)").expect("a formula");
//! let front = Front::of(&gelu, &Domain::default(), Effort::default())?;
//! let cheap = front.within(0.03).expect("a form so close");
//! assert!(cheap.cost < front.points[0].cost && cheap.value.at_most <= 0.03);
//! # Ok::<(), actsmith_codegen::front::FrontError>(())
//! ```
//!
//! Steps down the front are lossy rules, a row each in `rules.rs`: terms and bounds are dropped, functions replaced with cheaper ones of the
//! same shape, and the constants that remain are fitted again by least squares, then rounded. What the search keeps goes through the
//! exact simplifier, and is bounded by interval arithmetic over its smooth pieces.

pub(crate) mod bound;
mod cells;
mod difference;
mod domain;
mod fit;
mod pieces;
mod reach;
mod round;
mod rules;
mod search;
mod sketch;

use std::fmt;

pub use bound::Bound;
pub(crate) use bound::bounds;
pub use domain::{Domain, DomainError};
pub use reach::{Reached, UnreachedBound, reached};
pub use search::Effort;

use crate::analysis::{Definedness, Region};
use crate::calculus::Component;
use crate::egraph::Budget;
use crate::formula::{Formula, Simplification};
use crate::ir::Dag;
use search::{Candidate, Search, price, values_at};

/// Forms of a formula, from the exact one to the cheapest: each costs less than those before it, and is farther from the formula.
#[derive(Clone, Debug)]
pub struct Front {
    /// The formula that the points are forms of.
    pub formula: Formula,
    /// Where they were compared.
    pub domain: Domain,
    /// The forms; the first one is exact.
    pub points: Vec<Point>,
}

/// A form on a front.
#[derive(Clone, Debug)]
pub struct Point {
    /// The form and its derivative, both simplified.
    pub form: Simplification,
    /// The cost of both together, in tenths of an addition.
    pub cost: u64,
    /// How many characters the formula has.
    pub length: usize,
    /// How far its value is from that of the formula.
    pub value: Bound,
    /// How far its derivative is from that of the formula; at a kink, both one-sided derivatives count.
    pub derivative: Bound,
    /// The root mean squares of both differences, computed by a sum over points, where it is known how inputs are distributed.
    pub mean: Option<[f64; 2]>,
    /// The lossy rules that led to it, in their order.
    pub rules: Vec<&'static str>,
}

impl Point {
    /// The text of the form.
    pub fn formula(&self) -> String {
        self.form.value.dag.formula(0)
    }

    /// The text of its derivative.
    pub fn derivative_formula(&self) -> String {
        self.form
            .gradient
            .dag
            .graph(Component::Derivative(0))
            .formula(0)
    }
}

/// Why a formula has no front.
#[derive(Clone, Debug, PartialEq)]
pub enum FrontError {
    /// It has parameters: their names.
    Parameters(Vec<String>),
    /// It has more operations than simplification takes.
    TooLarge,
    /// It has no value somewhere in the domain: where.
    Undefined(String),
    /// No bound of its value was found over the domain.
    Unbounded,
    /// No bound of its derivative was found over the domain.
    Steep,
    /// A tolerance that no difference is within.
    Tolerance(f64),
}

/// That parameters need values, because something is done with functions of x alone.
pub(crate) fn without_values(names: &[String], what: &str) -> String {
    let given: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let (are, them) = match names.len() {
        1 => ("is a trained parameter", "it a value"),
        _ => ("are trained parameters", "each a value"),
    };
    format!(
        "{} {are}: {what} of x alone; give {them}, such as {}=1",
        given.join(", "),
        names[0]
    )
}

impl fmt::Display for FrontError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parameters(names) => {
                f.write_str(&without_values(names, "forms are compared as functions"))
            }
            Self::TooLarge => f.write_str(
                "the formula is larger than simplification takes; split it into parts",
            ),
            Self::Undefined(gap) => write!(
                f,
                "{gap}; give a domain in which the formula has a value everywhere"
            ),
            Self::Unbounded => f.write_str(
                "no bound of the formula was found over the domain; give a smaller domain",
            ),
            Self::Steep => f.write_str(
                "the derivative of the formula is unbounded over the domain, or no bound was found; give a domain without such points",
            ),
            Self::Tolerance(tolerance) => write!(
                f,
                "a tolerance of {tolerance} is not possible; give a number that is 0 or more, such as 0.001"
            ),
        }
    }
}

impl std::error::Error for FrontError {}

impl Front {
    /// The front of a formula over a domain.
    ///
    /// # Errors
    /// If the formula has parameters, or it or its derivative has no bound over the domain.
    pub fn of(formula: &Formula, domain: &Domain, effort: Effort) -> Result<Self, FrontError> {
        let region = domain.region();
        let exact = exact(formula, &region)?;
        let interval = domain.interval();
        let nothing = Dag::parse("0").unwrap_or_default();
        let [value, derivative] = bound::bounds(&exact.value.dag, &nothing, interval);
        value.ok_or(FrontError::Unbounded)?;
        derivative.ok_or(FrontError::Steep)?;
        let mut search = Search::new(&exact, formula.kinks(), domain, effort);
        search.run();
        let mut points = vec![exact_point(&exact, domain, &region)];
        for candidate in search.front.iter().rev() {
            if candidate.rules.is_empty() {
                continue;
            }
            points.extend(point(candidate, &exact, &search, domain, &region));
        }
        Ok(Self {
            formula: formula.clone(),
            domain: domain.clone(),
            points: undominated(points),
        })
    }

    /// The cheapest point whose value is within a tolerance of the formula all over the domain.
    ///
    /// # Errors
    /// If the tolerance is negative or NaN.
    pub fn within(&self, tolerance: f64) -> Result<&Point, FrontError> {
        if tolerance.is_nan() || tolerance < 0.0 {
            return Err(FrontError::Tolerance(tolerance));
        }
        let within = |point: &&Point| point.value.at_most <= tolerance;
        // The first point is exact.
        Ok(self
            .points
            .iter()
            .rev()
            .find(within)
            .unwrap_or(&self.points[0]))
    }

    /// The point of this number; the exact one is 0.
    pub fn pick(&self, number: usize) -> Option<&Point> {
        self.points.get(number)
    }
}

/// The exact form of a formula of one variable that has a value everywhere in the region.
fn exact(formula: &Formula, region: &Region) -> Result<Simplification, FrontError> {
    if let parameters @ [_, ..] = &formula.dag().variables[1..] {
        return Err(FrontError::Parameters(parameters.to_vec()));
    }
    let budget = Budget::default();
    if formula.with_gradient().nodes().len() > budget.nodes {
        return Err(FrontError::TooLarge);
    }
    let exact = formula.simplify(region, budget);
    match Formula::from_dag(&exact.value.dag).definedness(region) {
        Definedness::Everywhere => Ok(exact),
        Definedness::Partly(gaps) => Err(undefined(&gaps[0])),
        Definedness::Nowhere(gap) | Definedness::Unproved(gap) => Err(undefined(&gap)),
    }
}

fn undefined(gap: &crate::analysis::Gap) -> FrontError {
    FrontError::Undefined(gap.sentence())
}

/// The exact form as a point.
fn exact_point(exact: &Simplification, domain: &Domain, region: &Region) -> Point {
    let none = Bound {
        at_most: 0.0,
        at_least: 0.0,
        at: domain.interval().middle(),
    };
    Point {
        cost: price(exact, region),
        length: exact.value.dag.formula(0).chars().count(),
        value: none,
        derivative: none,
        mean: domain.is_weighted().then_some([0.0; 2]),
        rules: Vec::new(),
        form: exact.clone(),
    }
}

/// A form that the search has kept, with short constants and proven bounds; `None` where there are none.
fn point(
    candidate: &Candidate,
    exact: &Simplification,
    search: &Search<'_>,
    domain: &Domain,
    region: &Region,
) -> Option<Point> {
    let target = &search.target;
    let short = round::shortened(&candidate.sketch, &target.points, &target.values)?;
    let form = Formula::from_dag(&short)
        .with_kinks(search.kinks)
        .simplify(region, Budget::default());
    let [value, derivative] = bound::bounds(&exact.value.dag, &form.value.dag, domain.interval());
    let (value, derivative) = value.zip(derivative)?;
    let slopes = [exact, &form].map(|form| form.gradient.dag.graph(Component::Derivative(0)));
    let apart = |a: &Dag, b: &Dag, points: &[f64]| -> Vec<f64> {
        let sides = [a, b].map(|dag| values_at(dag, points));
        let pairs = sides[0].iter().zip(&sides[1]);
        pairs.map(|(a, b)| a - b).collect()
    };
    let values = |points: &[f64]| apart(&exact.value.dag, &form.value.dag, points);
    let derivatives = |points: &[f64]| apart(&slopes[0], &slopes[1], points);
    let mean = domain
        .root_mean_square(values)
        .zip(domain.root_mean_square(derivatives));
    Some(Point {
        cost: price(&form, region),
        length: form.value.dag.formula(0).chars().count(),
        value,
        derivative,
        mean: mean.map(|(value, derivative)| [value, derivative]),
        rules: candidate.rules.clone(),
        form,
    })
}

/// A point is listed if the next cheaper one is farther by this factor.
const WORTH: f64 = 1.1;

/// The points that no other one beats in cost and bound, dearest first, and without those that are hardly closer
/// than the next.
fn undominated(mut points: Vec<Point>) -> Vec<Point> {
    let key = |point: &Point| (point.value.at_most, point.cost);
    points.sort_by(|a, b| {
        let by_bound = key(a).0.total_cmp(&key(b).0);
        by_bound.then(key(a).1.cmp(&key(b).1))
    });
    let mut kept: Vec<Point> = Vec::new();
    for point in points {
        if kept.last().is_none_or(|last| point.cost < last.cost) {
            kept.push(point);
        }
    }
    // A point that is hardly closer than the next one is not worth its cost.
    let bounds: Vec<f64> = kept.iter().map(|point| point.value.at_most).collect();
    let mut number = 0;
    kept.retain(|_| {
        number += 1;
        let next = bounds.get(number);
        next.is_none_or(|next| bounds[number - 1] * WORTH <= *next)
    });
    kept
}
