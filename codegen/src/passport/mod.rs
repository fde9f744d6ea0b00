//! The passport of a function: what a reader wants to know of it, each number proved by intervals or marked as sampled.
//!
//! ```
//! use actsmith_codegen::Formula;
//! use actsmith_codegen::passport::Passport;
//!
//! let relu = Formula::parse("relu(x)").expect("a formula");
//! let passport = Passport::of(&relu, &Default::default())?;
//! assert_eq!(passport.range.low.value(), 0.0);
//! assert_eq!(passport.lipschitz.to_string(), "1");
//! assert_eq!(passport.joints[0].place.single(), Some(0.0));
//! let moments = passport.moments.expect("on the whole line");
//! assert_eq!(moments.dead.map(|share| share.to_string()), Some("0.5".to_owned()));
//! # Ok::<(), actsmith_codegen::passport::PassportError>(())
//! ```
//!
//! The line of f64 is divided into stretches on which the function is one smooth graph with three derivatives (`line`). The signs of
//! value, slope and second derivative over them (`signs`) give zeros, extremes, monotone and convex parts (`shape`); where stretches meet there may be jumps
//! (`joints`); branch and bound gives range and Lipschitz constant (`size`), interval quadrature the expectations (`moments`), and
//! the largest inputs tell what happens towards infinity (`tails`). All work is bounded by counts.

mod figure;
mod joints;
mod line;
mod moments;
mod shape;
mod signs;
mod size;
mod tails;

use std::fmt;

pub use figure::{Figure, short};
pub use joints::{Change, Joint};
pub use moments::Moments;
pub use shape::{Bend, Extreme, Part, Trend, Zero};
pub use tails::Tail;

use crate::analysis::{Definedness, Interval, Region};
use crate::egraph::Budget;
use crate::formula::Formula;
use crate::front::without_values;
use line::{END, Line, View};
use size::{Largest, Side};

/// What is known of a function.
#[derive(Clone, Debug)]
pub struct Passport {
    /// The formula.
    pub formula: Formula,
    /// The same function, simplified: the graph that the rest is about.
    pub form: Formula,
    /// The numbers that are looked at; where an end is infinite, inputs up to 10³⁰⁰ stand for all.
    pub domain: Interval,
    /// The part of them in which places are looked for.
    pub window: Interval,
    /// Where the function has a value.
    pub definedness: Definedness,
    /// The lower and the upper end of the values.
    pub range: Range,
    /// Where it is 0.
    pub zeros: Vec<Zero>,
    /// Where it is open whether it is 0 somewhere.
    pub zeros_open: Vec<Interval>,
    /// Its local minima and maxima.
    pub extremes: Vec<Extreme>,
    /// Where pieces meet.
    pub joints: Vec<Joint>,
    /// Where it is open whether and where pieces meet.
    pub joints_open: Vec<Interval>,
    /// Where it rises and where it falls.
    pub monotone: Vec<Part<Trend>>,
    /// Where it is convex and where concave.
    pub bends: Vec<Part<Bend>>,
    /// The smallest number L with |f(a) − f(b)| ≤ L·|a − b|; infinite at jumps.
    pub lipschitz: Figure,
    /// What it does towards −∞ and ∞; none where the domain ends before.
    pub tails: [Option<Tail>; 2],
    /// f(0), where it is defined.
    pub at_zero: Option<Figure>,
    /// Expectations over a standard normal input; none unless the domain is the whole line.
    pub moments: Option<Moments>,
}

/// The ends of the values of a function, each of which lies in an interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The lower end.
    pub low: Figure,
    /// The upper end.
    pub high: Figure,
}

/// Why a formula has no passport.
#[derive(Clone, Debug, PartialEq)]
pub enum PassportError {
    /// It has parameters: their names.
    Parameters(Vec<String>),
    /// It has more operations than simplification takes.
    TooLarge,
    /// It has no value anywhere: why.
    Undefined(String),
    /// The domain is a single number.
    Point,
}

impl fmt::Display for PassportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parameters(names) => {
                f.write_str(&without_values(names, "a passport is of a function"))
            }
            Self::TooLarge => {
                f.write_str("the formula is larger than simplification takes; split it into parts")
            }
            Self::Undefined(gap) => write!(f, "the formula has no value anywhere: {gap}"),
            Self::Point => f.write_str("`x` has a single value; give an interval, such as -8 to 8"),
        }
    }
}

impl std::error::Error for PassportError {}

impl Passport {
    /// The passport of a formula of `x`, over the numbers that the region gives it: all finite f64, unless it says otherwise.
    ///
    /// # Errors
    /// If the formula has parameters, is too large, or has no value anywhere.
    pub fn of(formula: &Formula, region: &Region) -> Result<Self, PassportError> {
        if let parameters @ [_, ..] = &formula.dag().variables[1..] {
            return Err(PassportError::Parameters(parameters.to_vec()));
        }
        let given = region.interval("x");
        let domain = Interval {
            low: given.low.max(-END),
            high: given.high.min(END),
        };
        if domain.low >= domain.high {
            return Err(PassportError::Point);
        }
        let budget = Budget::default();
        if formula.with_gradient().nodes().len() > budget.nodes {
            return Err(PassportError::TooLarge);
        }
        let definedness = formula.definedness(region);
        if let Definedness::Nowhere(gap) = &definedness {
            return Err(PassportError::Undefined(gap.sentence()));
        }
        let form = Formula::from_dag(&formula.simplify(region, budget).value.dag);
        let line = Line::new(form.dag(), domain);
        let view = line.view();
        let runs = [0, 1, 2].map(|order| signs::runs(&view, order));
        let joints = joints::joints(&view);
        let is_whole = domain.low == -END && domain.high == END;
        let everywhere = definedness == Definedness::Everywhere;
        let tails = tails::tails(&view);
        let zero = Interval::point(0.0);
        let at_zero = (!domain.misses(zero)).then(|| view.value(zero));
        Ok(Self {
            formula: formula.clone(),
            domain: open_ended(domain),
            window: line.window,
            range: range(&view, &tails),
            zeros: shape::zeros(&view, &runs[0])
                .into_iter()
                .map(|zero| Zero {
                    place: open_ended(zero.place),
                    ..zero
                })
                .collect(),
            zeros_open: shape::open(&runs[0]).into_iter().map(open_ended).collect(),
            extremes: shape::extremes(&view, &runs[1], &joints),
            monotone: parts_of(shape::monotone(&view, &runs[1], &joints)),
            bends: parts_of(shape::bends(&view, &runs[2], &joints)),
            lipschitz: lipschitz(&view, &joints),
            tails,
            at_zero: at_zero
                .filter(|zero| zero.present)
                .map(|zero| Figure::Proved(zero.range)),
            moments: is_whole.then(|| moments::moments(&view, &runs[1], everywhere)),
            joints_open: joints::open(&view).into_iter().map(open_ended).collect(),
            joints,
            definedness,
            form,
        })
    }
}

/// The numbers that stand for infinity become infinite.
fn open_ended(side: Interval) -> Interval {
    let end = |end: f64| match end.abs() >= END {
        true => end * f64::INFINITY,
        false => end,
    };
    Interval {
        low: end(side.low),
        high: end(side.high),
    }
}

fn parts_of<K>(parts: Vec<Part<K>>) -> Vec<Part<K>> {
    let open = |part: Part<K>| Part {
        side: open_ended(part.side),
        proved: part.proved.map(open_ended),
        ..part
    };
    parts.into_iter().map(open).collect()
}

/// A value beyond this is reached at the largest inputs alone.
const HUGE: f64 = 1e290;

/// The upper end of the values. What still grows at the largest inputs is bounded by the largest input alone.
fn upper(found: Largest) -> Figure {
    let Largest { size, grows } = found;
    let end = |value: f64| if value >= HUGE { f64::INFINITY } else { value };
    Figure::Proved(Interval {
        low: end(size.low),
        high: if grows { f64::INFINITY } else { end(size.high) },
    })
}

fn lower(found: Largest) -> Figure {
    match upper(found) {
        Figure::Proved(Interval { low, high }) => Figure::Proved(Interval {
            low: -high,
            high: -low,
        }),
        sampled => sampled,
    }
}

/// The ends of the values: those of the function at all numbers that stand for the line, and infinity where a tail goes there.
fn range(view: &View<'_>, tails: &[Option<Tail>; 2]) -> Range {
    let goes = |up: bool| {
        let ends = tails.iter().zip([-1.0, 1.0]);
        let mut found = ends.filter_map(|(tail, sign)| tail.as_ref()?.rises(sign));
        found.any(|rises| rises == up)
    };
    let infinite = |end: f64| Figure::Proved(Interval::point(end));
    Range {
        low: match goes(false) {
            true => infinite(f64::NEG_INFINITY),
            false => lower(size::largest(view, 0, Side::Below)),
        },
        high: match goes(true) {
            true => infinite(f64::INFINITY),
            false => upper(size::largest(view, 0, Side::Above)),
        },
    }
}

/// The Lipschitz constant: the largest slope, unless the value jumps.
fn lipschitz(view: &View<'_>, joints: &[Joint]) -> Figure {
    let jump = |joint: &Joint| joint.change == Change::Value && joint.proved;
    if joints.iter().any(jump) {
        return Figure::Proved(Interval::point(f64::INFINITY));
    }
    let steepest = upper(size::largest(view, 1, Side::Either));
    let may_jump = |joint: &Joint| !joint.proved && !view.is_continuous(joint.place);
    match steepest {
        Figure::Proved(range) if joints.iter().any(may_jump) => Figure::Proved(Interval {
            high: f64::INFINITY,
            ..range
        }),
        steepest => steepest,
    }
}
