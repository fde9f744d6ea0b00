//! Certificates as text: every step as a formula, with the row behind it and why its guards hold.

use std::collections::HashSet;
use std::fmt::Write;

use super::rejection::Rejection;
use super::replay::{About, Checker, Replayed};
use super::{By, Certificate, Measurement, Output, Step, Support};
use crate::egraph::ROWS;
use crate::ir::{Dag, Id};
use crate::rules::Guard;

/// Where a whole formula is wider than this, a step shows only the part that it rewrites.
const WIDTH: usize = 72;
/// Where reasons stand beside formulas that leave them room.
const REASONS: usize = 44;

/// A part of an explanation.
#[derive(Clone, Debug)]
pub enum Passage {
    /// What a claim or a lemma says, with every step of its proof.
    Proof {
        /// What it is called: `value`, `∂/∂x`, `lemma 2`.
        of: String,
        /// The term that the steps start from.
        left: Dag,
        /// The steps.
        links: Vec<Link>,
        /// The text of the term that they end with.
        form: String,
    },
    /// A claim that another one has proved.
    Same {
        /// What the claim is called.
        of: String,
        /// What the other one is called.
        proved_by: String,
    },
    /// A claim that no proof was found for.
    Measured {
        /// What the claim is called.
        of: String,
        /// The form that is claimed.
        form: String,
        /// How well both agree.
        agreement: Measurement,
    },
}

/// A step of a proof.
#[derive(Clone, Debug)]
pub struct Link {
    /// What all becomes.
    pub whole: Dag,
    /// The part that is rewritten.
    pub before: Dag,
    /// What the part becomes.
    pub after: Dag,
    /// What the step rests on, such as the name of a rule.
    pub why: String,
    /// The equation of the rule, if it is one.
    pub rule: Option<String>,
    /// Why its conditions hold.
    pub guards: Vec<String>,
}

impl Certificate {
    /// Every step of every claim, the value first. Whatever several steps rest on is a lemma before them. What the formula is before a
    /// refinement comes first.
    ///
    /// # Errors
    /// If the certificate does not hold: only what has been checked is explained.
    pub fn passages(&self) -> Result<Vec<Passage>, Rejection> {
        let refined = self.refines.as_ref().map(|refined| refined.passages());
        let mut passages = refined.transpose()?.unwrap_or_default();
        passages.extend(self.own_passages()?);
        Ok(passages)
    }

    /// The same as text.
    ///
    /// # Errors
    /// As [`Certificate::passages`].
    pub fn explain(&self) -> Result<String, Rejection> {
        let own = text(&self.own_passages()?);
        let Some(refined) = &self.refines else {
            return Ok(own);
        };
        let divisors = refined.nonzero.join(" and ");
        let first = text(&refined.own_passages()?);
        Ok(format!(
            "where the formula has a value: {divisors} not 0\n\n{first}\n\nthe form of that\n\n{own}"
        ))
    }

    fn own_passages(&self) -> Result<Vec<Passage>, Rejection> {
        let (_, checker) = self.replay()?;
        let mut reader = Reader {
            certificate: self,
            checker,
        };
        let mut passages = Vec::new();
        let mut next = 0;
        for output in &self.outputs {
            let of = output.of.to_string();
            match output.support {
                Support::Lemma(number) if number < next => passages.push(Passage::Same {
                    of,
                    proved_by: reader.name(number),
                }),
                Support::Lemma(number) => {
                    passages.extend((next..=number).filter_map(|lemma| reader.lemma(lemma)));
                    next = number + 1;
                }
                Support::Measured(agreement) => passages.push(Passage::Measured {
                    of,
                    form: output.form.clone(),
                    agreement,
                }),
            }
        }
        Ok(passages)
    }

    /// The claim that a lemma proves, if it is one.
    fn claim(&self, lemma: usize) -> Option<&Output> {
        let proved = |output: &&Output| output.support == Support::Lemma(lemma);
        self.outputs.iter().find(proved)
    }
}

/// Passages as text. The equation of a rule stands where it is used first.
fn text(passages: &[Passage]) -> String {
    let mut seen: HashSet<&str> = HashSet::new();
    let mut out = String::new();
    for passage in passages {
        let _ = match passage {
            Passage::Same { of, proved_by } => {
                write!(out, "{of}\n    the same as {proved_by}\n\n")
            }
            Passage::Measured {
                of,
                form,
                agreement,
            } => {
                let (points, ulp) = (agreement.points, agreement.ulp);
                write!(
                    out,
                    "{of}\n    {form}\n    not proved within the budget; {points} points agree, to {ulp} ULP\n\n"
                )
            }
            Passage::Proof {
                of,
                left,
                links,
                form,
            } => {
                let _ = writeln!(out, "{of}\n    {}", left.formula(0));
                links
                    .iter()
                    .for_each(|link| step(link, &mut seen, &mut out));
                match links.last() {
                    None => out.push_str("    unchanged\n"),
                    Some(last) if is_wide(&last.whole.formula(0)) => {
                        let _ = writeln!(out, "  = {form}");
                    }
                    Some(_) => {}
                }
                writeln!(out)
            }
        };
    }
    out.trim_end().to_owned()
}

fn step<'a>(link: &'a Link, seen: &mut HashSet<&'a str>, out: &mut String) {
    let [whole, before, after] = [&link.whole, &link.before, &link.after].map(|dag| dag.formula(0));
    let change = if !is_wide(&whole) {
        format!("  = {whole}")
    } else if before.chars().count() + after.chars().count() + 8 > WIDTH {
        format!("  … {before}\n  → {after}")
    } else {
        format!("  … {before}  →  {after}")
    };
    let last = change.lines().last().unwrap_or_default().chars().count();
    let gap = if last > WIDTH {
        format!("\n{}", " ".repeat(REASONS))
    } else {
        " ".repeat(REASONS.saturating_sub(last).max(2))
    };
    let rule = link.rule.as_deref().filter(|rule| seen.insert(rule));
    let rule = rule.map_or_else(String::new, |rule| format!(": {rule}"));
    let _ = writeln!(out, "{change}{gap}{}{rule}", link.why);
    for guard in &link.guards {
        let _ = writeln!(out, "      where {guard}");
    }
}

fn is_wide(formula: &str) -> bool {
    formula.chars().count() > WIDTH
}

/// Reads the steps of a certificate that has been checked.
struct Reader<'a> {
    certificate: &'a Certificate,
    checker: Checker<'a>,
}

impl Reader<'_> {
    /// A lemma with its steps; none if it does not hold.
    fn lemma(&mut self, number: usize) -> Option<Passage> {
        let certificate = self.certificate;
        let (left, right) = self.checker.lemmas[number]?;
        let replayed = std::mem::take(&mut self.checker.replayed[number]);
        let steps = certificate.lemmas[number].steps.iter().zip(&replayed);
        let links = steps.map(|(step, done)| self.link(step, done)).collect();
        self.checker.replayed[number] = replayed;
        let claim = certificate.claim(number);
        Some(Passage::Proof {
            of: self.name(number),
            left: self.graph(left),
            links,
            form: claim.map_or_else(|| self.formula(right), |output| output.form.clone()),
        })
    }

    fn link(&self, step: &Step, done: &Replayed) -> Link {
        let turned = if step.back { ", right to left" } else { "" };
        let (why, rule) = match &step.by {
            By::Rule(name) => (
                format!("{name}{turned}"),
                Some(ROWS.get(name).map_or(String::new(), |row| row.text.clone())),
            ),
            By::Fold => ("exact arithmetic".to_owned(), None),
            By::Lemma(number) => (format!("{}{turned}", self.name(*number)), None),
            By::Derivative { lemma, .. } => (
                format!("derivatives of both sides of {}{turned}", self.name(*lemma)),
                None,
            ),
        };
        let guards = done.guards.iter();
        Link {
            whole: self.graph(done.whole),
            before: self.graph(done.part.0),
            after: self.graph(done.part.1),
            why,
            rule,
            guards: guards
                .map(|(guard, about)| self.guard(*guard, about, &step.facts))
                .collect(),
        }
    }

    /// The guard with terms for its names, and what is known of them.
    fn guard(&self, guard: Guard, about: &[About], facts: &[usize]) -> String {
        let subject = |name: &str| about.iter().find(|subject| subject.name == name);
        let term = |name: &str| subject(name).map_or_else(String::new, |s| self.formula(s.term));
        let mut text = guard.text(term);
        for subject in about.iter().filter(|subject| subject.value.exact.is_none()) {
            let term = self.formula(subject.term);
            let _ = write!(text, "; {term} {}", subject.value.range.describe());
        }
        if !facts.is_empty() {
            let names = facts.iter().map(|&number| self.name(number));
            let _ = write!(text, ", by {}", names.collect::<Vec<_>>().join(", "));
        }
        text
    }

    fn name(&self, lemma: usize) -> String {
        let claim = self.certificate.claim(lemma);
        claim.map_or_else(
            || format!("lemma {}", lemma + 1),
            |output| output.of.to_string(),
        )
    }

    fn graph(&self, term: Id) -> Dag {
        let terms = &self.checker.terms;
        terms.graph(&[term], &self.certificate.variables)
    }

    fn formula(&self, term: Id) -> String {
        self.graph(term).formula(0)
    }
}
