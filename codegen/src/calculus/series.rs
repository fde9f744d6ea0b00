//! Series in powers of a small t > 0, with exact coefficients: what a formula tends to on one side of a place, and how.
//!
//! Exponents are counted in quarters, so that roots of what vanishes have a series too. A series that is cut off knows where it ends.

use super::coefficient::Coefficient;
use crate::ir::{Dag, Id};
use crate::number::Number;
use crate::ops::Op;

/// The exponent that stands for t itself.
pub(super) const WHOLE: i32 = 4;
/// Powers of t that are kept past the first one.
const SPAN: i32 = 8 * WHOLE;
/// The end of a series without further terms.
const NEVER: i32 = i32::MAX;

/// Why there is no series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Open {
    /// The formula certainly has no value on this side.
    Undefined,
    /// It is not known.
    Unknown,
}

pub(super) type Expanded = Result<Series, Open>;

/// What has to hold of the other variables for a series to be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Assumption {
    /// The node is not 0.
    NotZero(Id),
    /// The node is above 0.
    Positive(Id),
}

/// Terms in the order of their exponents, none of them 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Series {
    terms: Vec<(i32, Coefficient)>,
    /// From this exponent on, nothing is known.
    end: i32,
}

impl Series {
    pub(super) fn constant(value: Coefficient) -> Self {
        Self::new(vec![(0, value)], NEVER)
    }

    pub(super) fn number(number: Number) -> Self {
        Self::constant(Coefficient::number(number))
    }

    /// `start` + `slope`·t.
    pub(super) fn line(start: Coefficient, slope: Number) -> Self {
        let slope = Coefficient::number(slope);
        Self::new(vec![(0, start), (WHOLE, slope)], NEVER)
    }

    /// `start` + `slope`·t, and what is of the order of t².
    pub(super) fn nearly_line(start: Coefficient, slope: Coefficient) -> Self {
        Self::new(vec![(0, start), (WHOLE, slope)], 2 * WHOLE)
    }

    /// `value` + `slope`·self, and what is of the order of self²; self vanishes.
    pub(super) fn tangent(&self, value: Coefficient, slope: &Coefficient) -> Expanded {
        let order = self.order();
        if order <= 0 {
            return Err(Open::Unknown);
        }
        let line = self.scaled(slope)?.add(&Self::constant(value))?;
        let end = line.end.min(self.end).min(order.saturating_mul(2));
        Ok(Self::new(line.terms, end))
    }

    fn new(mut terms: Vec<(i32, Coefficient)>, end: i32) -> Self {
        terms.retain(|(exponent, term)| *exponent < end && !term.is_zero());
        let last = terms
            .first()
            .map_or(NEVER, |first| first.0.saturating_add(SPAN));
        if terms.last().is_some_and(|term| term.0 >= last) {
            terms.retain(|term| term.0 < last);
            return Self { terms, end: last };
        }
        Self { terms, end }
    }

    /// The exponent of the first term, or where the series ends.
    fn order(&self) -> i32 {
        self.terms.first().map_or(self.end, |term| term.0)
    }

    /// The first term; none for 0, and an error where all terms that are known are 0.
    pub(super) fn first(&self) -> Result<Option<&Coefficient>, Open> {
        match self.terms.first() {
            Some((_, first)) => Ok(Some(first)),
            None if self.end == NEVER => Ok(None),
            None => Err(Open::Unknown),
        }
    }

    /// The value, where the series is one.
    pub(super) fn as_constant(&self) -> Option<Coefficient> {
        let all = self.end == NEVER && self.terms.iter().all(|term| term.0 == 0);
        all.then(|| self.coefficient(0))
    }

    fn coefficient(&self, exponent: i32) -> Coefficient {
        let term = self.terms.iter().find(|term| term.0 == exponent);
        term.map_or_else(Coefficient::zero, |term| term.1.clone())
    }

    /// What is smaller than any power of t.
    pub(super) fn flat() -> Self {
        Self::new(Vec::new(), SPAN)
    }

    /// Whether the series grows without end.
    pub(super) fn grows(&self) -> bool {
        self.order() < 0
    }

    /// What the series tends to; an error where it grows without end.
    pub(super) fn value(&self) -> Result<Coefficient, Open> {
        match self.order() {
            order if order < 0 || self.end <= 0 => Err(Open::Unknown),
            _ => Ok(self.coefficient(0)),
        }
    }

    /// What its slope tends to, where that is a number.
    pub(super) fn slope(&self) -> Result<Coefficient, Open> {
        let steep = |term: &(i32, Coefficient)| term.0 != 0 && term.0 < WHOLE;
        if self.end <= WHOLE || self.terms.iter().any(steep) {
            return Err(Open::Unknown);
        }
        Ok(self.coefficient(WHOLE))
    }

    /// Without the value.
    pub(super) fn change(&self) -> Self {
        let terms = self.terms.iter().filter(|term| term.0 != 0);
        Self::new(terms.cloned().collect(), self.end)
    }

    pub(super) fn add(&self, other: &Self) -> Expanded {
        let mut terms = self.terms.clone();
        for (exponent, term) in &other.terms {
            match terms.iter_mut().find(|known| known.0 == *exponent) {
                Some(known) => known.1 = known.1.add(term).ok_or(Open::Unknown)?,
                None => terms.push((*exponent, term.clone())),
            }
        }
        terms.sort_by_key(|term| term.0);
        Ok(Self::new(terms, self.end.min(other.end)))
    }

    pub(super) fn neg(&self) -> Self {
        let terms = self.terms.iter();
        Self {
            terms: terms.map(|(n, term)| (*n, term.neg())).collect(),
            end: self.end,
        }
    }

    pub(super) fn sub(&self, other: &Self) -> Expanded {
        self.add(&other.neg())
    }

    pub(super) fn mul(&self, other: &Self) -> Expanded {
        if [self, other].iter().any(|s| s.first() == Ok(None)) {
            return Ok(Self::number(Number::zero()));
        }
        let end = later(self.end, other.order()).min(later(other.end, self.order()));
        let last = end.min(later(self.order(), other.order()).saturating_add(SPAN));
        let mut product = Self::new(Vec::new(), end);
        for (n, a) in &self.terms {
            let within = |(m, _): &&(i32, Coefficient)| n + m < last;
            let row = other.terms.iter().filter(within);
            let row = row.map(|(m, b)| Some((n + m, a.mul(b)?)));
            let row: Option<Vec<_>> = row.collect();
            let row = Self {
                terms: row.ok_or(Open::Unknown)?,
                end,
            };
            product = product.add(&row)?;
        }
        let tops = self.terms.last().zip(other.terms.last());
        if tops.is_some_and(|(a, b)| a.0 + b.0 >= last) {
            product.end = product.end.min(last);
        }
        Ok(product)
    }

    pub(super) fn scaled(&self, factor: &Coefficient) -> Expanded {
        self.mul(&Self::constant(factor.clone()))
    }

    /// self/other; what vanishes in both cancels.
    pub(super) fn div(
        &self,
        other: &Self,
        dag: &mut Dag,
        assumed: &mut Vec<Assumption>,
    ) -> Expanded {
        let first = other.first()?.ok_or(Open::Undefined)?.clone();
        // A divisor that is constant has no other form where it is 0: there is no value then.
        if other.as_constant().is_none() {
            not_zero(&first, dag, assumed);
        }
        let first = first.reciprocal(dag).ok_or(Open::Unknown)?;
        // other = first·t^n·(1 + rest), and 1/(1 + rest) = Σ (−rest)^k.
        let rest = other.shifted(-other.order()).scaled(&first)?.change();
        let signs = (0..8).map(|k| Number::from(if k % 2 == 0 { 1 } else { -1 }));
        let inverse = rest.composed(&signs.collect::<Vec<_>>())?;
        let quotient = self.shifted(-other.order()).scaled(&first)?;
        quotient.mul(&inverse)
    }

    /// The square root, where it has a value.
    pub(super) fn sqrt(&self, dag: &mut Dag, assumed: &mut Vec<Assumption>) -> Expanded {
        let Some(first) = self.first()?.cloned() else {
            return Ok(self.clone());
        };
        match first.sign(dag) {
            Some(std::cmp::Ordering::Less) => return Err(Open::Undefined),
            Some(_) => {}
            None => {
                let node = first.write(dag);
                assumed.push(Assumption::Positive(node));
            }
        }
        if self.order() % 2 != 0 {
            return Err(Open::Unknown);
        }
        let root = match first.as_number().and_then(|number| number.sqrt()) {
            Some(root) => Coefficient::number(root),
            None => {
                let node = first.write(dag);
                Coefficient::node(dag.apply(Op::Sqrt, &[node]))
            }
        };
        let inverse = first.reciprocal(dag).ok_or(Open::Unknown)?;
        let rest = self.shifted(-self.order()).scaled(&inverse)?.change();
        // The binomial series of √(1 + rest).
        let mut binomial = vec![Number::one()];
        for k in 0..7 {
            let ratio = Number::from(1 - 2 * k).div(&Number::from(2 * (k + 1)));
            let next = ratio.and_then(|ratio| binomial[k as usize].mul(&ratio));
            binomial.push(next.ok_or(Open::Unknown)?);
        }
        let root = rest.composed(&binomial)?.scaled(&root)?;
        Ok(root.shifted(self.order() / 2))
    }

    /// Σ taylor[k]·selfᵏ, where self vanishes.
    pub(super) fn composed(&self, taylor: &[Number]) -> Expanded {
        let order = self.order();
        if order <= 0 {
            return Err(Open::Unknown);
        }
        let mut sum = Self::number(Number::zero());
        for coefficient in taylor.iter().rev() {
            sum = sum.mul(self)?;
            sum = sum.add(&Self::number(coefficient.clone()))?;
        }
        if self.first() != Ok(None) {
            sum.end = sum.end.min(order.saturating_mul(taylor.len() as i32));
            sum.terms.retain(|term| term.0 < sum.end);
        }
        Ok(sum)
    }

    fn shifted(&self, by: i32) -> Self {
        let terms = self.terms.iter();
        Self {
            terms: terms.map(|(n, term)| (n + by, term.clone())).collect(),
            end: later(self.end, by),
        }
    }
}

fn later(end: i32, by: i32) -> i32 {
    match end {
        NEVER => NEVER,
        end => end.saturating_add(by),
    }
}

/// Notes that a coefficient is taken for another number than 0, unless that is certain.
pub(super) fn not_zero(value: &Coefficient, dag: &mut Dag, assumed: &mut Vec<Assumption>) {
    if matches!(value.sign(dag), None | Some(std::cmp::Ordering::Equal)) {
        let node = value.write(dag);
        assumed.push(Assumption::NotZero(node));
    }
}
