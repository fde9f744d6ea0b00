//! The checker: the lemmas are replayed, and the claims compared with what they prove.

use std::collections::HashSet;
use std::fmt;

use super::rejection::{Rejection, at, reject};
use super::replay::{Checker, scan};
use super::scope::over;
use super::{Certificate, Measurement, Of, Output, Support};
use crate::calculus::{Basis, Component, Gradient};
use crate::ir::{Dag, Id, Node};
use crate::ops::Op;

/// What a certificate that holds shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every claim is proved, by so many steps in all.
    Proved(usize),
    /// Some claims are not proved, and their measurements are confirmed: each of these outputs with its points.
    Measured(Vec<(Of, Measurement)>),
}

impl Verdict {
    /// What both show together.
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Proved(a), Self::Proved(b)) => Self::Proved(a + b),
            (Self::Measured(mut a), Self::Measured(b)) => {
                a.extend(b);
                Self::Measured(a)
            }
            (Self::Measured(measured), Self::Proved(_))
            | (Self::Proved(_), Self::Measured(measured)) => Self::Measured(measured),
        }
    }
}

impl fmt::Display for Of {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value => f.write_str("value"),
            Self::SharedValue => f.write_str("value beside its derivatives"),
            Self::Derivative(name) => write!(f, "∂/∂{name}"),
        }
    }
}

impl Certificate {
    /// Replays every step and tests every guard again.
    ///
    /// # Errors
    /// Says which part does not hold, and why.
    pub fn check(&self) -> Result<Verdict, Rejection> {
        let verdict = self.replay().map(|(verdict, _)| verdict)?;
        let Some(refined) = &self.refines else {
            return Ok(verdict);
        };
        let same = refined.variables == self.variables && refined.domain == self.domain;
        let continued = refined
            .outputs
            .first()
            .is_some_and(|output| output.form == self.formula);
        if !(same && continued && refined.refines.is_none()) {
            return reject("refines", "it does not end with the formula");
        }
        Ok(refined.check()?.and(verdict))
    }

    /// Whether each claim holds, as far as it rests on a lemma.
    pub(super) fn accepted(&self) -> Vec<bool> {
        let prepared = Checker::new(self).and_then(|mut checker| {
            for (number, lemma) in self.lemmas.iter().enumerate() {
                // What rests on one that does not hold does not hold either.
                let _ = checker.lemma(number, lemma);
            }
            let basis = checker.bases()?;
            Ok((checker, basis))
        });
        let Ok((mut checker, bases)) = prepared else {
            return vec![false; self.outputs.len()];
        };
        let mut holds = |output: &Output| match output.support {
            Support::Lemma(_) => checker.claim(output, &bases).is_ok(),
            Support::Measured(_) => true,
        };
        self.outputs.iter().map(&mut holds).collect()
    }

    /// The verdict, and everything that was replayed on the way to it.
    pub(super) fn replay(&self) -> Result<(Verdict, Checker<'_>), Rejection> {
        let mut checker = Checker::new(self)?;
        for (number, lemma) in self.lemmas.iter().enumerate() {
            checker.lemma(number, lemma)?;
        }
        checker.divides()?;
        let bases = checker.bases()?;
        let claims = self.outputs.iter().map(|output| &output.of);
        let expected = self.variables.iter().cloned().map(Of::Derivative);
        let expected: Vec<Of> = std::iter::once(Of::Value).chain(expected).collect();
        let all = claims.filter(|of| **of != Of::SharedValue);
        let values = match self.nonzero.is_empty() {
            true => expected.len(),
            false => 1,
        };
        if !all.eq(expected[..values].iter()) {
            return reject(
                "outputs",
                "not the value and each derivative, in this order",
            );
        }
        let mut measured = Vec::new();
        for output in &self.outputs {
            let agreement = checker.claim(output, &bases);
            if let Some(agreement) = agreement.map_err(at(&output.of.to_string()))? {
                measured.push((output.of.clone(), agreement));
            }
        }
        let verdict = if measured.is_empty() {
            Verdict::Proved(self.steps())
        } else {
            Verdict::Measured(measured)
        };
        Ok((verdict, checker))
    }
}

/// A formula with its derivatives.
struct Base {
    text: String,
    gradient: Gradient,
}

/// What claims are about.
struct Bases {
    /// The formula as it is written.
    written: Base,
    /// What all but the value are forms of, if that is another.
    beside: Option<Base>,
}

impl Checker<'_> {
    fn parse(&self, location: &str, text: &str) -> Result<Dag, Rejection> {
        Dag::parse(text).or_else(|_| reject(location, "not a formula"))
    }

    /// The formula, over the variables of the certificate: its value need not use them all.
    fn formula(&self) -> Result<Dag, Rejection> {
        let parsed = self.parse("formula", &self.certificate.formula)?;
        match over(&parsed, &self.certificate.variables) {
            Some(formula) => Ok(formula),
            None => reject("variables", "they are not those of the formula"),
        }
    }

    /// Whether each term that is taken for nowhere 0 divides something that the formula needs, so that it has no value where the term is 0.
    fn divides(&mut self) -> Result<(), Rejection> {
        if self.nonzero.is_empty() {
            return Ok(());
        }
        let formula = self.formula()?;
        let mut divisors = formula.clone();
        divisors.roots = formula.divisors();
        let divisors = self.import(&divisors);
        match self.nonzero.iter().all(|id| divisors.contains(id)) {
            true => Ok(()),
            false => reject("nonzero", "not a divisor that the formula needs"),
        }
    }

    /// What the value is a form of, and what everything else is.
    fn bases(&mut self) -> Result<Bases, Rejection> {
        let formula = self.formula()?;
        let differentiate = |checker: &mut Self, text: &str, graph: &Dag| {
            let gradient = checker.gradient(graph, checker.certificate.kinks);
            let text = text.to_owned();
            Ok(Base {
                text,
                gradient: gradient.map_err(at("formula"))?,
            })
        };
        let certificate = self.certificate;
        let written = differentiate(self, &certificate.formula, &formula)?;
        let beside = match (certificate.basis, certificate.outputs.first()) {
            (Basis::Formula, _) | (_, None) => None,
            (Basis::Form, Some(output)) => {
                let graph = self.parse("outputs", &output.form)?;
                let Some(graph) = over(&graph, &certificate.variables) else {
                    return reject("outputs", "the form has other variables");
                };
                if !self.region.is_open(&certificate.variables) {
                    return reject(
                        "basis",
                        "at a single point, equal functions may have different derivatives",
                    );
                }
                Some(differentiate(self, &output.form, &graph)?)
            }
        };
        Ok(Bases { written, beside })
    }

    /// Whether a claim holds; what was measured, if it is not proved.
    fn claim(&mut self, output: &Output, bases: &Bases) -> Result<Option<Measurement>, String> {
        let names = &self.certificate.variables;
        let Base { text, gradient } = match (&output.of, &bases.beside) {
            (Of::Value, _) | (_, None) => &bases.written,
            (Of::SharedValue | Of::Derivative(_), Some(beside)) => beside,
        };
        let component = match &output.of {
            Of::Value | Of::SharedValue => Some(Component::Value),
            Of::Derivative(name) => names
                .iter()
                .position(|n| n == name)
                .map(Component::Derivative),
        };
        let component = component.ok_or("there is no such variable")?;
        let parsed = Dag::parse(&output.form).map_err(|_| "the form is not a formula")?;
        let form = over(&parsed, names).ok_or("the form has other variables")?;
        match output.support {
            Support::Lemma(number) => {
                let components = self.import(gradient);
                let claimed = components[component.output()];
                let form = self.import(&form)[0];
                if self.proved(number)? != (claimed, form) {
                    return Err(format!("lemma {} does not state this", number + 1));
                }
                let value = self.certificate.outputs[0].form.clone();
                let value = Dag::parse(&value)
                    .ok()
                    .and_then(|value| over(&value, names));
                let value = value.map(|value| self.import(&value)[0]);
                let mut sides = vec![*Gradient::split(&components).0, claimed, form];
                sides.extend(value);
                self.asks_for(number, &sides)?;
                Ok(None)
            }
            Support::Measured(claimed) => {
                self.spend(scan(form.nodes().len().max(gradient.nodes().len())))?;
                match Measurement::of_text(
                    (text, self.certificate.kinks),
                    names,
                    component,
                    &output.form,
                    &self.region,
                ) {
                    Some(measured) if measured == claimed => Ok(Some(measured)),
                    Some(measured) => Err(format!(
                        "{} points and {} ULP were measured, not {} and {}",
                        measured.points, measured.ulp, claimed.points, claimed.ulp
                    )),
                    None => Err("the form differs from what it should equal".to_owned()),
                }
            }
        }
    }
}

impl Checker<'_> {
    /// Whether the operations that the proof of a lemma needs the values of are ones without which no side of the claim has one.
    fn asks_for(&self, lemma: usize, sides: &[Id]) -> Result<(), String> {
        let assumed = &self.assumed[lemma];
        let mut needed: HashSet<Id> = HashSet::new();
        let mut open = sides.to_vec();
        while let Some(id) = open.pop().filter(|_| !assumed.is_empty()) {
            if needed.insert(id) {
                let node = self.terms.node(id);
                // A choice needs its condition, and of its branches the one that is taken.
                let count = match node {
                    Node::Apply(Op::If, _) => 1,
                    Node::Number(_) | Node::Variable(_) | Node::Apply(..) => 3,
                };
                open.extend(node.arguments().iter().take(count));
            }
        }
        match assumed.iter().find(|id| !needed.contains(id)) {
            None => Ok(()),
            Some(&id) => {
                let text = self
                    .terms
                    .graph(&[id], &self.certificate.variables)
                    .formula(0);
                Err(format!(
                    "the proof needs a value of `{text}`, which the claim does not"
                ))
            }
        }
    }
}
